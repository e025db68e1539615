"""From a webhook to the write within a moment: of what it names, without reading a feed; and never in a frenzy."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, Literal, TypeAlias, cast

from flows.inline import run_sync
from flows.prompting import Prompt
from flows.wiring import Assembly, assemble
from hub.errors import HubError, StoreInUse
from hub.model import JIRA, ZENDESK, RemoteId
from hub.ports import Hint
from hub.records import RunRecord
from hub.settings import load
from tests.flows.conftest import Office

RunState: TypeAlias = Literal["running", "clean", "attention", "stopped", "failed"]


class Ends:
    """The end, as an event whose waiting only moves a clock."""

    def __init__(self, world: World) -> None:
        self.world = world

    def is_set(self) -> bool:
        return self.world.over

    def set(self) -> None:
        self.world.ended = True

    def wait(self, seconds: float = 0.0) -> bool:
        self.world.now += seconds
        return self.world.over


@dataclass
class World:
    """Hints and other rows that come at told times, runs that end as told, and a clock that only waiting moves."""

    hints: list[float]
    runs: list[RunState | HubError] = field(default_factory=list[RunState | HubError])
    leaves: int = 0
    """Runs that leave what they were to look at."""
    rows: list[float] = field(default_factory=list[float])
    """What other workers brought in and did not take up."""
    first_run: bool = True
    """There was one already."""
    due: list[float] = field(default_factory=list[float])
    """From when on a run by the clock is due, each time."""
    relieved: list[float] = field(default_factory=list[float])
    now: float = 0.0
    until: float = 100.0
    ended: bool = False
    leaving_at: float = 1e9
    given_back: list[float] = field(default_factory=list[float])
    begun: list[float] = field(default_factory=list[float])
    done: int = 0
    said: list[str] = field(default_factory=list[str])

    @property
    def over(self) -> bool:
        return self.ended or self.now > self.until

    def newest_hint(self) -> int:
        came = sum(at <= self.now for at in self.hints)
        return came if came > self.done else 0

    def at_hand(self, after: int) -> int:
        came = sum(at <= self.now for at in self.rows)
        return came if came > max(after, self.done) else 0

    def work(self, _: Assembly) -> RunRecord:
        self.begun.append(round(self.now, 2))
        found = self.runs.pop(0) if self.runs else "clean"
        if isinstance(found, HubError):
            raise found
        if self.leaves:
            self.leaves -= 1
        elif found == "clean":
            self.done = self.newest_hint() or self.at_hand(0) or self.done
        return RunRecord("r", "hints", "", "", found, {"error": "too much"} if found == "stopped" else {})

    def relieve(self, _: Assembly) -> RunRecord:
        self.relieved.append(self.due.pop(0))
        if self.runs and isinstance(self.runs[0], HubError):
            raise cast("HubError", self.runs.pop(0))
        return RunRecord("r", "sync", "", "", "clean", {})

    @contextmanager
    def _assembly(self) -> Generator[Assembly]:
        store = SimpleNamespace(
            newest_hint=self.newest_hint,
            at_hand=self.at_hand,
            kept=lambda _: "run" if self.first_run else None,
            shares_budgets=False,
        )
        yield cast("Assembly", SimpleNamespace(store=store, fleet=SimpleNamespace(rest=lambda: None)))

    def open(self) -> AbstractContextManager[Assembly]:
        return self._assembly()

    def run(self) -> list[float]:
        prompt = Prompt(
            self.open, nullcontext, self.said.append, work=self.work, clock=lambda: self.now,
            take_over=lambda _: bool(self.due) and self.due[0] <= self.now, relieve=self.relieve,
            give_back=lambda _: self.given_back.append(self.now), leaving=lambda: self.now >= self.leaving_at,
        )  # fmt: skip
        prompt._ends = cast("Any", Ends(self))
        prompt.run()
        return self.begun


class TestTimes:
    def test_a_hint_is_followed_at_once_and_those_that_come_together_in_one_run(self) -> None:
        assert World([10.0, 10.1, 10.2]).run() == [10.25]

    def test_nothing_is_run_for_nothing(self) -> None:
        assert World([]).run() == []

    def test_a_steady_stream_makes_runs_a_moment_apart(self) -> None:
        """Never one run a webhook."""
        begun = World([10.0 + 0.05 * n for n in range(200)], until=30.0).run()
        assert len(begun) <= 15
        assert all(later - earlier >= 0.7 for earlier, later in itertools.pairwise(begun))

    def test_what_a_run_left_is_tried_again_later_and_later(self) -> None:
        """Its system is down: the clock's runs have it too, so there is no hurry."""
        begun = World([1.0], leaves=100, until=200.0).run()
        gaps = [later - earlier for earlier, later in itertools.pairwise(begun)]
        assert gaps[0] < 4
        assert gaps[-1] >= 29
        assert len(begun) < 14

    def test_a_new_hint_does_not_wait_for_an_old_one_that_was_left(self) -> None:
        begun = World([1.0, 50.0], leaves=7, until=52.0).run()
        assert any(50.0 <= at < 51.0 for at in begun)


    def test_what_another_worker_leaves_is_taken_up_at_once(self) -> None:
        assert World([], rows=[10.0, 10.1, 30.0]).run() == [10.25, 30.25]

    def test_what_no_run_can_take_up_is_the_clocks(self) -> None:
        """It waits for its system or for a person: without news there is no second run."""
        assert World([], rows=[10.0], leaves=9).run() == [10.25]

    def test_before_the_first_run_there_is_none_at_once(self) -> None:
        """It goes unguarded; else all that is there would be too much to begin with."""
        assert World([], rows=[10.0], first_run=False).run() == []


    def test_a_run_by_the_clock_that_lasts_does_not_hold_up_the_next_one(self) -> None:
        world = World([30.0], due=[10.0, 20.0])
        assert world.run() == [30.25]
        assert world.relieved == [10.0, 20.0]

    def test_the_first_run_of_all_is_done_once(self) -> None:
        world = World([], due=[10.0], first_run=False)
        assert (world.run(), world.relieved) == ([], [])


    def test_none_is_begun_once_the_end_was_asked_for(self) -> None:
        """The run by the clock may last still: what comes in meanwhile is for who goes on."""
        world = World([1.0, 10.0], due=[12.0], leaving_at=5.0)
        assert (world.run(), world.relieved) == ([1.25], [])


class TestTroubles:
    def test_a_turn_that_could_not_be_used_is_given_back(self) -> None:
        world = World([], ["clean", StoreInUse("hub reconcile has it")], due=[10.0], rows=[1.0])
        assert (world.run(), world.relieved) == ([1.25], [10.0])
        assert len(world.given_back) == 1

    def test_a_run_that_was_stopped_is_not_repeated_at_every_hint(self) -> None:
        """A person must look; until then only the clock tries."""
        world = World([1.0 + n for n in range(60)], ["stopped"] * 9, until=61.0)
        assert len(world.run()) == 2
        assert world.said == ["stopped: too much"]

    def test_another_run_is_waited_for(self) -> None:
        begun = World([1.0], [StoreInUse("hub sync has it"), StoreInUse("hub sync has it")]).run()
        assert len(begun) == 3
        assert begun[-1] < 3

    def test_a_store_that_breaks_is_opened_anew(self) -> None:
        world = World([1.0], [HubError("the database is away")])
        assert len(world.run()) == 2
        assert world.said == ["no run at once: the database is away"]


def test_from_hint_to_write_without_a_feed(office: Office) -> None:
    """Both ways, with real connectors: what was hinted at is looked at, and nothing else is asked."""
    office.running.sandbox.vendors["zendesk"].settings["export_delay"] = 0
    ticket = office.hand_over()
    with assemble(load(office.config)) as assembly:
        assert run_sync(assembly).state == "clean"
        [issue] = office.issues
        office.agent("set", ticket=ticket, subject="Printer is ash")
        office.engineer("set_fields", issue=issue.key, fields={"priority": "Highest"})
        for calls in office.running.sandbox.calls.values():
            calls.reset()
        ended = threading.Event()
        records: list[RunRecord] = []

        def record(one: RunRecord) -> None:
            records.append(one)
            ended.set()

        prompt = Prompt(lambda: assemble(load(office.config)), nullcontext, record=record)
        thread = threading.Thread(target=prompt.run)
        thread.start()
        hints = [Hint(ZENDESK, RemoteId(str(ticket)), "d1"), Hint(JIRA, RemoteId(str(issue.id)), "d2")]
        assert assembly.store.stage_hints(hints, "2026-03-01T10:00:00Z") == 2
        assert ended.wait(30)
        prompt.stop()
        thread.join(30)

    assert (records[0].kind, records[0].state) == ("hints", "clean")
    assert issue.values["summary"] == "Printer is ash"
    assert office.agent("show", ticket=ticket)["priority"] == "urgent"
    asked = {name for calls in office.running.sandbox.calls.values() for name in calls.endpoints}
    assert not [name for name in asked if "incremental" in name or "search" in name], asked


def test_before_the_first_run_hints_do_not_bring_everything_in_unguarded(office: Office) -> None:
    """Only a run that read the feeds may be the first one, which goes unguarded."""
    with assemble(load(office.config)) as assembly:
        record = run_sync(assembly, "hints")
        assert record.state == "clean"
        assert assembly.store.kept("begun") is None
