"""A worker that slept for minutes wakes in the midst of its writes, and others have done its work."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from flows.inline import run_sync
from sandbox.faults import Fault
from tests.postgres import POSTGRES, empty_schema
from tests.properties.sides import Zendesk
from tests.properties.test_several_workers import TwoWorkers
from tests.unit.store.test_decisions import run_sql

pytestmark = pytest.mark.skipif(
    POSTGRES not in os.environ, reason=f"SEVERAL WORKERS NOT TESTED: set {POSTGRES}; SQLite takes one at a time"
)


def test_who_was_taken_over_writes_nothing_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its claims went to another worker; what it had planned may be old news by now."""
    monkeypatch.setattr("hub.store.lease.STILL", 0.0)
    with ExitStack() as stack:
        url = stack.enter_context(empty_schema())
        world = TwoWorkers(tmp_path, store={"url": url})
        _ = stack.callback(world.close)
        agents = Zendesk(world)
        numbers = [agents.create(f"case {n}") for n in range(3)]
        _ = world.settle()
        for number in numbers:
            assert agents.set(number, subject=f"old {number}")
        calls = world.sandbox.calls["jira"].endpoints
        done: list[int] = []

        def sleeps(_: Any) -> None:
            """The first write is on its way; two wait behind it."""
            run_sql(url, "UPDATE workers SET renewed = '2020-01-01T00:00:00Z'")
            for number in numbers:
                assert agents.set(number, subject=f"new {number}")
            world.tick()
            assert run_sync(world.second).state == "clean"
            done.append(sum(count for name, count in calls.items() if not name.startswith("GET")))

        world.sandbox.faults["jira"].follow([Fault(before=sleeps)], writes=True)
        run = world.sync()
        assert run.state == "failed"
        assert "took it over" in str(run.summary["error"])
        after = sum(count for name, count in calls.items() if not name.startswith("GET"))
        assert after - done[0] <= 1, "but what was on its way already"
        _ = world.settle()
        shown = {issue.values["summary"] for issue in world.jira.state.issues.values()}
        assert {f"new {number}" for number in numbers[1:]} <= shown
