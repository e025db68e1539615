"""Reconcile where it is killed, where a side is down, and what it costs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from flows import reconciling
from flows.reconciling import forecast, run_reconcile
from hub.model import JIRA
from sandbox.faults import Crash, Fault
from tests.properties.sides import Jira, Zendesk
from tests.world import World, writes


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setattr(reconciling, "PAGE", 2)
    made = World(tmp_path)
    for i in range(5):
        _ = Zendesk(made).create(f"case {i}")
    _ = made.settle()
    yield made
    made.close()


def calls(world: World) -> int:
    return sum(sum(c.calls().values()) for c in world.assembly.connectors.values())


def die(*_: object) -> None:
    raise Crash


def test_one_that_was_killed_goes_on_where_it_was(world: World) -> None:
    """What was compared is not looked at again; what drifted in it is mended all the same."""
    world.jira.person("set_fields", issue="SUP-1", fields={"summary": "drifted"})
    before = None
    for calls_before in range(1, 12):  # let it die a little later each time, until it dies in its midst
        world.sandbox.faults["jira"].follow([*[Fault()] * calls_before, Fault(before=die)])
        with suppress(Crash):
            _ = run_reconcile(world.assembly)
        world.sandbox.faults["jira"].clear()
        world.reborn()
        before = world.store.open_pass(report=False)
        if before is not None:
            break
    assert before is not None
    assert 0 < before.tickets < 5
    world.reborn()
    world.tick()
    run = run_reconcile(world.assembly)
    assert run.state in ("clean", "attention"), run.summary
    assert run.summary["compared"] == 5 - before.tickets
    assert world.store.open_pass(report=False) is None
    assert Zendesk(world).see(1)["subject"] == "drifted"


def test_a_report_mends_nothing_and_stages_nothing(world: World) -> None:
    world.jira.person("set_fields", issue="SUP-2", fields={"summary": "drifted"})
    mark, cursors = world.store.inbox_mark(), world.store.cursors()
    run = run_reconcile(world.assembly, report=True)
    assert (run.state, writes(run), run.summary["drifted"]) == ("attention", 0, 1)
    assert (world.store.inbox_mark(), world.store.cursors()) == (mark, cursors)
    assert world.store.dirty(5) == []
    assert Zendesk(world).see(2)["subject"] == "case 1"


def test_a_side_that_is_down_fails_it_and_it_goes_on_later(world: World) -> None:
    world.sandbox.faults["jira"].always("fail")
    run = run_reconcile(world.assembly)
    assert run.state == "failed"
    world.sandbox.faults["jira"].clear()
    world.tick()
    assert run_reconcile(world.assembly).state in ("clean", "attention")


def test_it_costs_what_was_forecast(world: World) -> None:
    """In calls to look at replicas, a hundred at a time; the feeds are read as in every run."""
    expected = forecast(world.assembly)
    assert {s: one["replicas"] for s, one in expected["sides"].items()} == {"zendesk": 5, "jira": 5}
    before = dict(world.assembly.connectors[JIRA].calls())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reconciling, "PAGE", 500)
        run: Any = run_reconcile(world.assembly, report=True)
    after = world.assembly.connectors[JIRA].calls()
    asked = {name: n - before.get(name, 0) for name, n in after.items() if n != before.get(name, 0)}
    assert sum(asked.values()) <= 2 * expected["sides"]["jira"]["calls"], asked
    assert run.summary["calls"]["jira"] == sum(asked.values())
    assert Jira(world).keys()
