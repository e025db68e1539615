"""What a worker read before another one wrote: it is looked at again, and no more of it than it showed."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from flows.inline import run_sync
from sandbox.faults import Fault
from tests.postgres import POSTGRES, empty_schema
from tests.properties.sides import Zendesk
from tests.properties.test_several_workers import TwoWorkers
from tests.world import summary

pytestmark = pytest.mark.skipif(
    POSTGRES not in os.environ, reason=f"SEVERAL WORKERS NOT TESTED: set {POSTGRES}; SQLite takes one at a time"
)
TICKETS = 3


@pytest.fixture
def world(tmp_path: Path) -> Iterator[TwoWorkers]:
    with ExitStack() as stack:
        made = TwoWorkers(tmp_path, store={"url": stack.enter_context(empty_schema())})
        _ = stack.callback(made.close)
        agents = Zendesk(made)
        for n in range(TICKETS):
            _ = agents.create(f"case {n}")
        _ = made.settle()
        yield made


def read_too_early(world: TwoWorkers, meanwhile: Callable[[], object] = lambda: None) -> None:
    """The second worker reads what the first one wrote, while that one is not done with its writes."""
    agents = Zendesk(world)
    for number in range(1, TICKETS + 1):
        assert agents.set(number, subject=f"news {number}")

    def reads(_: Any) -> None:
        world.tick()
        _ = meanwhile()
        world.tick()
        assert summary(run_sync(world.second), "observed")["jira"] > 0

    world.sandbox.faults["jira"].follow([*[Fault()] * (TICKETS - 1), Fault(before=reads)], writes=True)
    assert world.sync().state == "clean"


def test_an_echo_that_was_read_too_early_costs_no_look_at_links(world: TwoWorkers) -> None:
    read_too_early(world)
    assert sum(world.store.inbox_size().values()) > 0, "the echoes wait"
    before = Counter(world.sandbox.calls["jira"].endpoints)
    assert world.sync().state == "clean"
    asked = Counter(world.sandbox.calls["jira"].endpoints) - before
    assert sum(count for name, count in asked.items() if "bulkfetch" in name) > 0, asked
    assert not [name for name in asked if "remotelink" in name], asked
    assert not world.store.inbox_size()


def test_a_link_that_was_read_too_early_is_looked_at_again(world: TwoWorkers) -> None:
    """An engineer links an issue to a second ticket between the hub's writes."""
    agents = Zendesk(world)
    other = agents.create("the same, elsewhere", **{"Needs engineering": False})
    _ = world.settle()
    key = agents.see(1)["fields"]["Jira issue"]
    url = f"{world.settings.zendesk.url}/agent/tickets/{other}"  # type: ignore[union-attr]
    link = partial(world.jira.person, "add_remote_link", issue=key, url=url, title="This one, too")
    read_too_early(world, link)
    assert not agents.see(other)["fields"].get("Jira issue"), "it was read, and waits"
    _ = world.settle()
    assert agents.see(other)["fields"]["Jira issue"] == key
