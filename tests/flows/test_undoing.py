"""`can_be_undone`, where the answer to an undo is lost, its process dies, or a person is faster; and its command."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from flows.undo_meant import moment_of
from flows.undoing import undo_run
from hub.errors import Misconfigured
from sandbox.faults import Crash, Fate, Fault
from tests.properties.sides import Jira, Zendesk
from tests.world import World, writes


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.close()


def written(world: World) -> tuple[int, str]:
    """A ticket whose new subject a run wrote on its issue: the ticket, and the run."""
    agents = Zendesk(world)
    number = agents.create("first")
    _ = world.settle()
    assert agents.set(number, subject="second")
    run = world.sync()
    assert Jira(world).see("SUP-1")["subject"] == "second"
    return number, run.id


def die(*_: object) -> None:
    raise Crash


@pytest.mark.parametrize("fate", [Fault(Fate.LOST), Fault(after=die)], ids=["lost", "died"])
def test_an_undo_without_an_answer_is_nobodys_edit(world: World, fate: Fault) -> None:
    """What was put back stays, the ticket keeps its value, and no conflict is told."""
    number, run = written(world)
    world.sandbox.faults["jira"].follow([fate], writes=True)
    with suppress(Crash):
        _ = undo_run(world.assembly, run)
    world.sandbox.faults["jira"].clear()
    world.reborn()
    _ = world.settle()
    assert Jira(world).see("SUP-1")["subject"] == "first"
    assert Zendesk(world).see(number)["subject"] == "second"
    assert world.store.conflicts(only_open=False) == []
    assert writes(world.sync()) == 0


def test_an_edit_in_the_moment_of_an_undo_is_an_edit(world: World) -> None:
    """loses_no_edit: what an undo could not write, because it was refused, is as it was before."""
    number, run = written(world)
    world.sandbox.faults["jira"].follow([Fault(Fate.LOST_BEFORE)], writes=True)
    told = undo_run(world.assembly, run)
    world.sandbox.faults["jira"].clear()
    assert told["restored"] == []
    assert any("may have been done" in one["why"] for one in told["kept"])
    world.jira.person("set_fields", issue="SUP-1", fields={"summary": "third"})
    _ = world.settle()
    assert Zendesk(world).see(number)["subject"] == "third"


def test_a_side_that_is_down_is_named_and_can_be_taken_back_later(world: World) -> None:
    """isolates, tells_the_truth: the other sides are served, and no undo is left as running."""
    number = Zendesk(world).create("first")
    _ = world.settle()
    _ = Zendesk(world).set(number, subject="second")
    world.jira.person("set_fields", issue="SUP-1", fields={"priority": "Highest"})
    run = world.sync().id
    world.sandbox.faults["jira"].always("fail_500")
    told = undo_run(world.assembly, run)
    world.sandbox.faults["jira"].clear()
    assert {one["system"] for one in told["restored"]} == {"zendesk"}
    assert all("does not answer now" in one["why"] for one in told["kept"] if one["system"] == "jira")
    assert world.store.run(told["undo"]).state == "attention"
    assert Jira(world).see("SUP-1")["subject"] == "second"
    assert [one["system"] for one in undo_run(world.assembly, run)["restored"]] == ["jira"]
    assert Jira(world).see("SUP-1")["subject"] == "first"


def test_a_time_with_an_offset_is_that_instant(world: World) -> None:
    """An ops person writes their own time: 09:30+02:00 is 07:30 UTC."""
    assert moment_of(world.assembly, "2026-03-01T09:30+02:00") == "2026-03-01T07:30:00Z"
    assert moment_of(world.assembly, "2026-03-01T09:30") == "2026-03-01T09:30:00Z"


def test_a_dry_run_changes_nothing_and_says_the_same(world: World) -> None:
    _, run = written(world)
    before = world.store.runs()
    told = undo_run(world.assembly, run, dry_run=True)
    assert (world.store.runs(), Jira(world).see("SUP-1")["subject"]) == (before, "second")
    done = undo_run(world.assembly, run)
    assert [r["what"] for r in told["restored"]] == [r["what"] for r in done["restored"]]
    assert (told["undo"], bool(done["undo"])) == ("", True)


def test_what_is_asked_for_must_be_there(world: World) -> None:
    """A run, a ticket, a field, a time that nobody knows is named, with what is near to it."""
    _, run = written(world)
    for given, says in (
        ({"run_id": "nope"}, "there is no run"),
        ({}, "say what to take back"),
        ({"ticket": "#999"}, "no ticket is called"),
        ({"run_id": run, "fields": ("priorty",)}, r"nothing is called 'priorty' on any side.*priority"),
        ({"ticket": "#1", "since": "yesterday"}, "neither a run nor a time"),
    ):
        with pytest.raises(Misconfigured, match=says):
            _ = undo_run(world.assembly, **given)  # type: ignore[arg-type]


def test_what_all_runs_wrote_since_a_day(world: World) -> None:
    """Times are those of the journal; nothing was written after tomorrow."""
    number, _ = written(world)
    assert undo_run(world.assembly, ticket=f"#{number}", since="2031-01-01")["restored"] == []
    told = undo_run(world.assembly, ticket=f"#{number}", since="2020-01-01", fields=("summary",))
    assert [r["what"] for r in told["restored"]] == ["summary"]
    assert Jira(world).see("SUP-1")["subject"] == "first"
