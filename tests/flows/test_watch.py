"""`hub watch` goes on, whatever one run met, and ends when it is told to; no test sleeps."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal, TypeAlias, cast

import pytest

from flows.watching import BUSY, LEAST, Ended, Watch, message_of, stamp_of
from flows.wiring import Assembly
from hub.errors import HubError, Misconfigured, StoreInUse, Unavailable
from hub.model import EMAIL
from hub.records import RunRecord
from tests.flows.conftest import Office

RunState: TypeAlias = Literal["running", "clean", "attention", "stopped", "failed"]
ROOT = Path(__file__).parents[2]


def ran(state: RunState = "clean", **summary: object) -> RunRecord:
    return RunRecord("20260501T100000-abc", "sync", "", "", state, summary)


@dataclass
class Clock:
    """Stand for the store: the turns that all workers share, of which others take some at told times."""

    world: World
    others: list[float] = field(default_factory=list[float])
    last: float = -1000.0

    def take_turn(self, name: str, seconds: float) -> float:
        assert name == "clock"
        self.last = max([self.last, *(at for at in self.others if at <= self.world.now)])
        left = self.last + seconds - self.world.now
        if left > 0:
            return left
        self.last = self.world.now
        return 0.0

    def give_turn_back(self, name: str) -> None:
        assert name == "clock"
        self.last = -1000.0


@dataclass
class World:
    """
    A clock that only waiting moves, and runs and news that are told beforehand.

    `runs` are what each run ends in, an error to raise among them; the watch is asked to end when they
    are used up. `news` are what each waiting at the mailbox brings: seconds until mail comes, None for
    no mail, or an error.
    """

    runs: list[RunRecord | HubError]
    news: list[float | HubError | None] = field(default_factory=list[float | HubError | None])
    mailbox: bool = False
    now: float = 0.0
    begun: list[float] = field(default_factory=list[float])
    opened: int = 0
    said: list[str] = field(default_factory=list[str])
    during: Callable[[], None] = lambda: None
    options: dict[str, Any] = field(default_factory=dict[str, Any])
    clock_of_all: Clock | None = None

    def __post_init__(self) -> None:
        self.watch_ = Watch(
            self.open, lambda text, _: self.said.append(text), work=self.work, sleep=self.sleep,
            clock=lambda: self.now, **self.options,
        )  # fmt: skip

    def run(self) -> int:
        return self.watch_.run()

    @contextmanager
    def _assembly(self) -> Generator[Assembly]:
        self.opened += 1
        connectors = {EMAIL: SimpleNamespace(inbox=self)} if self.mailbox else {}
        yield cast("Assembly", SimpleNamespace(connectors=connectors, store=self.clock_of_all))

    def open(self) -> AbstractContextManager[Assembly]:
        return self._assembly()

    def work(self, _: Assembly) -> RunRecord:
        self.begun.append(self.now)
        self.during()
        found = self.runs.pop(0)
        if isinstance(found, HubError):
            raise found
        return found

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.now += seconds
        if not self.runs:
            self.watch_.stop()

    def watch(self, seconds: float) -> bool:
        """Stand for the mailbox."""
        if not self.runs:
            self.watch_.stop()
        found = self.news.pop(0) if self.news else None
        if isinstance(found, HubError):
            raise found
        self.now += seconds if found is None else found
        return found is not None


class TestTimes:
    def test_by_the_clock(self) -> None:
        world = World([ran(), ran(), ran()])
        assert world.run() == 0
        assert world.begun == [0.0, 60.0, 120.0]
        assert world.opened == 1

    def test_a_long_run_is_followed_at_once(self) -> None:
        """Time counts from the beginning of a run; one that took longer leaves a moment only."""
        world = World([ran(), ran()])
        world.during = lambda: setattr(world, "now", world.now + 100)
        _ = world.run()
        assert world.begun == [0.0, 100.0 + LEAST]

    def test_somebody_beside_it_begins_the_run_that_is_due(self) -> None:
        """While one lasts; the next one here comes when its time has passed since that began."""
        world = World([ran(), ran(), ran()], options={"every": 60.0})
        taken: list[bool] = []
        store = Clock(world)

        def lasts() -> None:
            taken.append(world.watch_.take_over(store))
            if len(world.begun) == 1:
                world.now += 70
                taken.extend(world.watch_.take_over(store) for _ in range(2))
                world.now += 10

        world.during = lasts
        assert not world.watch_.take_over(store)
        world.run()
        assert world.begun == [0.0, 130.0, 190.0]
        assert taken == [False, True, False, False, False]

    def test_of_several_workers_whoever_is_free_does_the_next_run(self) -> None:
        """One run in so many seconds, all in all: two workers ask no vendor twice as often as one."""
        world = World([ran(), ran(), ran()], options={"every": 20.0, "shared": True})
        world.clock_of_all = Clock(world, [5.0, 25.0])
        _ = world.run()
        assert world.begun == [0.0, 45.0, 65.0]

    def test_nobody_begins_a_run_once_the_end_was_asked_for(self) -> None:
        world = World([ran(), ran()], options={"every": 20.0, "shared": True})
        world.clock_of_all = store = Clock(world)
        taken: list[bool] = []

        def lasts() -> None:
            world.watch_.stop()
            world.now += 30
            taken.append(world.watch_.take_over(store))

        world.during = lasts
        _ = world.run()
        assert (taken, store.last) == ([False], 0.0)

    def test_a_turn_that_could_not_be_used_is_left_to_whoever_is_free_first(self) -> None:
        """While somebody has the store alone, nobody's asking again moves the clock of all."""
        world = World([StoreInUse("hub reconcile has it"), ran(), ran()], options={"every": 20.0, "shared": True})
        world.clock_of_all = Clock(world, [BUSY - 1])
        _ = world.run()
        assert world.begun == [0.0, BUSY - 1 + 20.0, BUSY - 1 + 40.0]

    def test_mail_is_no_turn_that_anybody_waits_for(self) -> None:
        """It is heard at once, and the clock of all begins anew."""
        world = World(
            [ran(), ran(), ran()], [3.0, None], mailbox=True, options={"every": 20.0, "shared": True}
        )
        world.clock_of_all = Clock(world, [4.0])
        _ = world.run()
        assert world.begun == [0.0, 3.0 + LEAST, 3.0 + LEAST + 20.0]

    def test_mail_wakes_it(self) -> None:
        """What comes together is heard together: a moment after the first news."""
        world = World([ran(), ran(), ran()], [7.0, None], mailbox=True)
        _ = world.run()
        assert world.begun == [0.0, 7.0 + LEAST, 7.0 + LEAST + 60.0]

    def test_a_mailbox_that_is_down_leaves_the_clock(self) -> None:
        """It is told once, and tried again at every waiting."""
        down = Unavailable("the mail server is away")
        world = World([ran(), ran(), ran()], [down, down], mailbox=True)
        assert world.run() == 0
        assert world.begun == [0.0, 60.0, 120.0]
        assert sum("the mail server is away" in said for said in world.said) == 2  # a clean run lies between

    def test_no_second_sign_in_where_the_run_could_not_get_in(self) -> None:
        """A wrong password is not tried more often than runs are: servers lock accounts out."""
        world = World([ran("failed", down={EMAIL: "no"}, error="email: no"), ran()], [1.0], mailbox=True)
        _ = world.run()
        assert (world.begun, world.news) == ([0.0, 60.0], [1.0])


class TestTroubles:
    def test_another_run_is_waited_for(self) -> None:
        world = World([StoreInUse("hub sync has it"), StoreInUse("hub sync has it"), ran()])
        assert world.run() == 0
        assert world.begun == [0.0, BUSY, 2 * BUSY]
        assert [said for said in world.said if "hub sync has it" in said] == ["waiting: hub sync has it"]

    def test_limits_are_shown_and_a_person_waited_for(self) -> None:
        """It stops nothing but itself: as soon as somebody approved, the next run is as any."""
        stopped = ran("stopped", error="51 tickets would be closed at once")
        world = World([stopped, stopped, ran("clean", written={"jira": 1})])
        assert world.run() == 0
        assert [s for s in world.said if "51 tickets" in s] == [
            "stopped: nothing to do; 51 tickets would be closed at once"
        ]
        assert "clean: 1 written" in world.said

    def test_what_is_wrong_from_the_beginning_ends_it(self) -> None:
        """Whoever started it is still there to read it."""
        with pytest.raises(Misconfigured, match=r"jira\.yaml"):
            _ = World([Misconfigured("jira.yaml:3: no such field")]).run()

    def test_what_goes_wrong_later_is_waited_out(self) -> None:
        """With a hub that is put together anew, since what it was made of may be what is wrong."""
        world = World([ran(), Misconfigured("jira.yaml:3: no such field"), ran()])
        assert world.run() == 0
        assert (world.begun, world.opened) == ([0.0, 60.0, 120.0], 2)
        assert "no run: jira.yaml:3: no such field" in world.said

    def test_a_changed_file_is_read(self, tmp_path: Path) -> None:
        """As it is by `hub sync`."""
        file = tmp_path / "jira.yaml"
        _ = file.write_text("one")
        world = World(
            [ran(), ran(), ran()], options={"stamp": lambda: stamp_of(tmp_path / "hub.toml", tmp_path)}
        )

        def edit() -> None:
            if len(world.begun) == 2:
                os.utime(file, ns=(1, 1))

        world.during = edit
        _ = world.run()
        assert (len(world.begun), world.opened) == (3, 2)


class TestEnd:
    def test_after_the_run_in_progress(self) -> None:
        world = World([ran("clean", written={"jira": 2}), ran()])
        world.during = world.watch_.stop
        assert world.run() == 0
        assert world.said == ["clean: 2 written", "The watch has ended."]
        assert len(world.begun) == 1

    def test_at_once_while_it_waits(self) -> None:
        """The waiting is interrupted where it is."""
        world = World([ran()], mailbox=True)
        assert world.run() == 0
        assert world.now == 0.0

    def test_asked_twice_the_run_is_broken_off(self) -> None:
        world = World([ran()])

        def impatient() -> None:
            world.watch_.stop()
            world.watch_.stop()

        world.during = impatient
        with pytest.raises(KeyboardInterrupt):
            _ = world.run()

    def test_a_signal_just_before_the_waiting(self) -> None:
        """None is overlooked, whenever it comes."""
        world = World([ran(), ran()])
        world.watch_.tell = lambda text, _: world.watch_.stop() if "nothing" in text else None
        assert world.run() == 0
        assert len(world.begun) == 1

    @pytest.mark.parametrize(("state", "code"), [("clean", 0), ("attention", 1)])
    def test_once_idle(self, state: RunState, code: int) -> None:
        """It ends with the first run that finds nothing to do, with that run's exit code."""
        runs = [
            ran("clean", created={"jira": 1}),
            ran("attention", waiting=1),
            ran(state, parked=code),
            ran(),
        ]
        world = World([*runs], options={"once_idle": True})
        assert world.run() == code
        assert len(world.begun) == 3

    def test_once_idle_does_not_wait_for_a_person(self) -> None:
        world = World([ran("stopped", error="too much"), ran()], options={"once_idle": True})
        assert (world.run(), len(world.begun)) == (2, 1)

    def test_ended_is_no_error_that_anybody_catches(self) -> None:
        assert not issubclass(Ended, Exception)


def test_a_run_in_one_line() -> None:
    summary = {"written": {"jira": 2, "zendesk": 1}, "created": {"jira": 1}, "comments": {}, "parked": 4}
    assert message_of(ran("attention", **summary)) == "attention: 3 written, 1 created, 4 parked"
    assert message_of(ran()) == "clean: nothing to do"
    waited = ran(written={"jira": 2}, waited={"zendesk incremental-exports": 25})
    assert message_of(waited) == "clean: 2 written, waited 25 s for zendesk incremental-exports"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_process(office: Office, number: int) -> None:
    """It runs at once, waits at the mailbox, and a signal ends it in good order."""
    _ = office.hand_over()
    command = [
        sys.executable,
        "-m",
        "flows.cli",
        "watch",
        "--every",
        "600",
        "--json",
        "-c",
        str(office.config),
    ]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        first = json.loads(process.stdout.readline())
        assert (first["state"], first["kind"]) == ("clean", "sync")
        process.send_signal(number)
        assert process.wait(20) == 0, process.stderr.read()
        assert process.stderr.read() == ""
