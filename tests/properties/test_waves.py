"""stops_in_time, with two workers: what waits is counted once, before either writes of it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flows.inline import Kind, run_sync
from hub.claiming import feed_claim
from hub.model import ZENDESK, RemoteId
from hub.ports import Hint
from sandbox.faults import Fate, Fault
from tests.postgres import POSTGRES, empty_schema
from tests.properties.sides import Zendesk
from tests.properties.test_several_workers import TwoWorkers
from tests.world import World, writes

pytestmark = pytest.mark.skipif(
    POSTGRES not in os.environ, reason=f"SEVERAL WORKERS NOT TESTED: set {POSTGRES}; SQLite takes one at a time"
)
MANY = 7


@pytest.fixture
def world(tmp_path: Path) -> Iterator[TwoWorkers]:
    """Seven tickets with an issue each, and a limit of five."""
    with empty_schema() as url:
        world = TwoWorkers(tmp_path, store={"url": url})
        people = Zendesk(world)
        numbers = printers(world, people)
        limit_touches(world)
        for n, number in enumerate(numbers):
            assert people.set(number, subject=f"Printer {n} is ash")
        yield world
        world.close()


def printers(world: World, people: Zendesk, many: int = MANY) -> list[int]:
    """Create so many tickets with an issue each; return their numbers."""
    numbers = [people.create(f"Printer {n} is on fire") for n in range(many)]
    for number in numbers:
        assert people.set(number, assignee_email="hub@support.example")
    _ = world.settle()
    return numbers


def limit_touches(world: World) -> None:
    """From now on a run that would touch more than five records stops."""
    policy = world.folder / "mappings" / "policy.yaml"
    _ = policy.write_text(policy.read_text().replace("  touch: 20000", "  touch: 5"))
    world.reborn()


def summaries(world: World) -> set[str]:
    return {issue.values["summary"] for issue in world.jira.state.issues.values()}


def meanwhile(world: TwoWorkers, vendor: str, times: int, *, writes: bool = False) -> list[Any]:
    """At the next requests (writes) to a vendor, let the second worker do a whole run; return its runs."""
    runs: list[Any] = []
    busy: list[bool] = []

    def other(*_: object) -> None:
        if not busy:
            busy.append(True)
            runs.append(run_sync(world.second))
            busy.clear()

    world.sandbox.faults[vendor].follow([Fault(Fate.OK, before=other)] * times, writes=writes)
    return runs


def test_too_much_is_stopped_whoever_meets_it(world: TwoWorkers) -> None:
    """Neither worker does a part of it that alone would be little enough."""
    theirs = meanwhile(world, "jira", 3)
    mine = world.sync()
    assert theirs
    assert {run.state for run in [mine, *theirs]} == {"stopped"}
    assert sum(map(writes, [mine, *theirs])) == 0
    assert "the limit" in str(mine.summary["error"])


def test_of_a_large_wave_each_worker_takes_a_part(tmp_path: Path) -> None:
    """What is more than a batch is counted, and then done by whoever is there; nobody waits for who counted."""
    with empty_schema() as url:
        world = TwoWorkers(tmp_path, store={"url": url}, sync={"batch": 2})
        people = Zendesk(world)
        numbers = printers(world, people)
        for n, number in enumerate(numbers):
            assert people.set(number, subject=f"Printer {n} is ash")
        theirs = meanwhile(world, "jira", 1, writes=True)
        mine = world.sync()
        assert {run.state for run in [mine, *theirs]} == {"clean"}
        assert all(map(writes, [mine, *theirs])), "the other one did its part while the first one wrote"
        issues = world.jira.state.issues.values()
        assert sorted(i.values["summary"] for i in issues) == [f"Printer {n} is ash" for n in range(MANY)]
        world.close()


@pytest.mark.parametrize("kind", ["hints", "sync"])
@pytest.mark.parametrize(("batch", "hints", "done"), [(2, 3, 0), (1000, 1, 1)])
def test_of_a_feed_that_is_still_read_no_part_is_counted(
    tmp_path: Path, kind: Kind, batch: int, hints: int, done: int
) -> None:
    """Three edits and then four would be little enough each. What a webhook named waits only in a large wave."""
    with empty_schema() as url:
        world = TwoWorkers(tmp_path, store={"url": url}, sync={"batch": batch})
        people = Zendesk(world)
        numbers = printers(world, people)
        limit_touches(world)
        for number in numbers:
            assert people.set(number, subject="lost")
        reader = world.store
        with reader.work("reader"):
            assert reader.claims({feed_claim(ZENDESK)})
            reader.begin_reading(ZENDESK)
            stage(world, *numbers[:3])
            assert writes(run_sync(world.second, kind)) == 0
            told = [Hint(ZENDESK, RemoteId(str(number)), f"told {number}") for number in numbers[1:][:hints]]
            assert reader.stage_hints(told, world.iso()) == hints
            _ = run_sync(world.second, kind)
            assert len(summaries(world) - {"lost"}) == MANY - done
            stage(world, *numbers[3:])
            assert writes(run_sync(world.second, kind)) == 0
            reader.release({feed_claim(ZENDESK)})
            assert run_sync(world.second, kind).state == "stopped"
            assert len(summaries(world) - {"lost"}) == MANY - done
        world.close()


def stage(world: TwoWorkers, *numbers: int) -> None:
    found = world.assembly.connectors[ZENDESK].fetch([str(number) for number in numbers])
    world.store.stage_observations(found.values(), world.iso())


def test_what_was_approved_is_everybodys_to_do(world: TwoWorkers) -> None:
    """The other worker helps, and counts only what came since."""
    assert world.sync().state == "stopped"
    theirs = meanwhile(world, "jira", 3, writes=True)
    mine = world.sync(approved=True)
    assert {run.state for run in [mine, *theirs]} <= {"clean", "attention"}, [run.summary for run in theirs]
    assert sum(map(writes, [mine, *theirs])) >= MANY
    world.settle()
    issues = world.jira.state.issues.values()
    assert sorted(issue.values["summary"] for issue in issues) == [f"Printer {n} is ash" for n in range(MANY)]
