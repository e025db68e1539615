"""
stops_in_time, for what comes to tickets that were let through and still wait.

It is done with them as far as the limits allow a run; what is more is left to the next count, which adds
what was done (ADR 9).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from flows.inline import run_sync
from hub.claiming import WAVE
from hub.model import ZENDESK, RemoteId
from hub.ports import Hint
from hub.records import RunRecord
from sandbox.faults import Fate, Fault
from tests.postgres import POSTGRES, empty_schema
from tests.properties.sides import Zendesk
from tests.properties.test_several_workers import TwoWorkers
from tests.properties.test_waves import limit_touches, printers, stage
from tests.world import World, writes

SEVERAL = pytest.mark.skipif(
    POSTGRES not in os.environ, reason=f"SEVERAL WORKERS NOT TESTED: set {POSTGRES}; SQLite takes one at a time"
)


@SEVERAL
def test_a_mass_edit_of_tickets_that_are_let_through_is_counted(tmp_path: Path) -> None:
    """
    While five edits are at work, somebody edits all twelve tickets: too many, whoever counts them.

    Who takes up the five may take what came since with them, as far as a run may do: three here.
    """
    with empty_schema() as url:
        world = TwoWorkers(tmp_path, store={"url": url}, sync={"batch": 2})
        people = Zendesk(world)
        numbers = printers(world, people, 12)
        limit_touches(world)
        for number in numbers[:5]:
            assert people.set(number, subject=f"Printer {number} is ash")
        theirs: list[Any] = []

        def mass_edit(*_: object) -> None:
            for number in numbers:
                assert people.set(number, subject="lost")
            theirs.append(run_sync(world.second))

        world.sandbox.faults["jira"].follow([Fault(Fate.OK, before=mass_edit)], writes=True)
        mine = world.sync()
        assert [run.state for run in theirs] == ["stopped"]
        assert "would change 10 tickets; the limit is 5" in str(theirs[0].summary["error"])
        assert writes(mine), "what was let through is done"
        assert lost(world) == 3
        after = world.sync()
        assert after.state == "stopped"
        assert "would change 12 tickets; the limit is 5" in str(after.summary["error"])
        assert "Among them are 3 that changed while they were let through" in str(after.summary["error"])
        assert lost(world) == 3
        assert world.sync(approved=True).state == "clean"
        assert lost(world) == 12
        world.close()


@SEVERAL
@pytest.mark.parametrize("webhook", [False, True])
def test_what_came_since_is_done_as_far_as_a_run_may(tmp_path: Path, *, webhook: bool) -> None:
    """Five of twelve, by whatever workers and in however many parts; the rest waits for the next count."""
    with empty_schema() as url:
        world = TwoWorkers(tmp_path, store={"url": url}, sync={"batch": 2})
        numbers = printers(world, Zendesk(world), 12)
        limit_touches(world)
        runs = uncounted_edits(world, numbers, webhook=webhook)
        assert [run.state for run in runs] == ["attention"] * 2
        assert [run.summary["waiting"] for run in runs] == [8, 8]
        assert lost(world) == 4, "two at a time: six would be too many"
        after = world.sync()
        assert after.state == "stopped"
        assert "would change 12 tickets; the limit is 5" in str(after.summary["error"])
        assert lost(world) == 4
        assert world.sync(approved=True).state == "clean"
        assert lost(world) == 12
        world.close()


@SEVERAL
def test_what_was_done_uncounted_is_counted_once(tmp_path: Path) -> None:
    """With the next count; after that, as much as ever may go."""
    with empty_schema() as url:
        world = TwoWorkers(tmp_path, store={"url": url}, sync={"batch": 2})
        people = Zendesk(world)
        numbers = printers(world, people)
        limit_touches(world)
        assert {run.state for run in uncounted_edits(world, numbers[:4])} == {"clean"}
        assert lost(world) == 4
        assert world.sync().state == "clean"
        for number in numbers[:4]:
            assert people.set(number, subject="found")
        assert world.sync().state == "clean"
        assert lost(world) == 0
        world.close()


def test_what_comes_while_one_run_works_is_done_as_far_as_a_run_may(tmp_path: Path) -> None:
    """Also where one run does all there is: of twelve that were edited meanwhile, at most five more."""
    world = World(tmp_path, sync={"batch": 2})
    people = Zendesk(world)
    numbers = printers(world, people, 12)
    limit_touches(world)
    for number in numbers[:5]:
        assert people.set(number, subject=f"Printer {number} is ash")

    def mass_edit(*_: object) -> None:
        for number in numbers:
            assert people.set(number, subject="lost")
        hints = [Hint(ZENDESK, RemoteId(str(number)), f"told {number}") for number in numbers]
        assert world.assembly.store.stage_hints(hints, world.iso()) == len(numbers)

    world.sandbox.faults["jira"].follow([Fault(Fate.OK, before=mass_edit)], writes=True)
    assert world.sync().state == "clean"
    assert lost(world) == 3, "those of the five that were not at work yet"
    assert world.sync().state == "stopped"
    assert lost(world) == 3
    assert world.sync(approved=True).state == "clean"
    assert lost(world) == 12
    world.close()


def uncounted_edits(world: TwoWorkers, numbers: list[int], *, webhook: bool = False) -> list[RunRecord]:
    """
    Edit tickets, let them through, and let something newer come; then do two runs that count nothing.

    Another worker has the right to count meanwhile, and does not use it.
    """
    for number in numbers:
        assert Zendesk(world).set(number, subject="lost")
    store = world.store
    with store.work("who counts"):
        stage(world, *numbers)
        store.admit(store.last_row(), ())
        if webhook:
            hints = [Hint(ZENDESK, RemoteId(str(number)), f"told {number}") for number in numbers]
            assert store.stage_hints(hints, world.iso()) == len(numbers)
        else:
            stage(world, *numbers)
        assert store.claims({WAVE})
        runs = [run_sync(world.second, "hints") for _ in range(2)]
        assert store.claims({WAVE})
        store.release({WAVE})
    return runs


def lost(world: World) -> int:
    return [issue.values["summary"] for issue in world.jira.state.issues.values()].count("lost")
