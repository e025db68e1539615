"""Reconcile where it is killed, where a side is down, and what it costs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from flows import reconciling
from flows.reconciling import forecast, run_reconcile
from hub.budget_store import Standing
from hub.model import JIRA
from sandbox.faults import Crash, Fault
from tests.properties.sides import Jira, Zendesk
from tests.scenarios.stage import Stage
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


def test_a_side_that_is_down_is_compared_later_and_the_others_now(world: World) -> None:
    """isolates: what drifted elsewhere is mended; what the side would have shown is not taken for compared."""
    world.jira.person("set_fields", issue="SUP-5", fields={"summary": "drifted"})
    assert Zendesk(world).set(1, subject="drifted, too")
    Stage(world).play("missed")
    world.sandbox.faults["jira"].always("fail")
    run = run_reconcile(world.assembly)
    assert run.state == "failed"
    assert "jira" in run.summary["error"]
    assert world.store.load(["zendesk:1"])["zendesk:1"].ticket.get("subject") == "drifted, too"
    assert run_reconcile(world.assembly, report=True).state == "failed"
    world.sandbox.faults["jira"].clear()
    world.tick()
    run = run_reconcile(world.assembly)
    assert run.state in ("clean", "attention")
    assert (run.summary["compared"], Zendesk(world).see(5)["subject"]) == (5, "drifted")


def test_where_the_calls_of_the_day_are_spent_nothing_is_compared(world: World) -> None:
    """No call left is not no limit: it says so, and goes on when there are some again."""
    world.store.tell_budgets("jira", [Standing(("daily-calls", ""), 1000.0, 0.0, 3600.0)])
    run = run_reconcile(world.assembly)
    assert (run.state, run.summary["compared"]) == ("attention", 0)
    assert "calls of the day are spent" in run.summary["error"]
    world.store.tell_budgets("jira", [Standing(("daily-calls", ""), 1000.0, 900.0, 3600.0)])
    world.tick()
    assert run_reconcile(world.assembly).summary["compared"] == 5


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
