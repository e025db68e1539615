"""Several workers in simulated time: threads of which one at a time runs, and a clock that jumps ahead."""

from __future__ import annotations

import heapq
import random
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from math import ceil
from typing import Any

from connectors.allowance import Allowance, Bucket, Window
from connectors.pacing import Limit, PacedBudget
from connectors.sharing import Share
from hub.budget_store import Drawn
from hub.store.budgets import Ledger
from hub.store.engine import Database
from hub.store.every_table import metadata

CALL = "PUT /api/v2/tickets/{id}"


class Killed(BaseException):
    """The process is gone: nothing of it goes on, and nothing is given back."""


class Process:
    """What dies together."""

    def __init__(self, simulation: Simulation) -> None:
        self.simulation = simulation
        self.dead = False

    def start(self, act: Callable[[], None]) -> None:
        self.simulation.start(act, self)

    def kill(self) -> None:
        self.dead = True


class Simulation:
    """Time that passes only when everybody sleeps."""

    def __init__(self) -> None:
        self.time = 1_760_000_000.0
        self._order = count()
        self._asleep: list[tuple[float, int, threading.Event, Process | None]] = []
        self._handed = threading.Event()
        self._threads: list[threading.Thread] = []
        self._local = threading.local()
        self._failures: list[BaseException] = []
        self._ends = False

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        mine, process = threading.Event(), self._local.process
        heapq.heappush(self._asleep, (self.time + seconds, next(self._order), mine, process))
        self._handed.set()
        _ = mine.wait()
        if self._ends or (process is not None and process.dead):
            raise Killed

    def start(self, act: Callable[[], None], process: Process | None = None) -> None:
        begin = threading.Event()

        def live() -> None:
            self._local.process = process
            _ = begin.wait()
            try:
                if not self._ends:
                    act()
            except Killed:
                pass
            except BaseException as error:  # noqa: BLE001  told by `run`
                self._failures.append(error)
            finally:
                self._handed.set()

        thread = threading.Thread(target=live, daemon=True)
        self._threads.append(thread)
        thread.start()
        heapq.heappush(self._asleep, (self.time, next(self._order), begin, process))

    def at(self, seconds: float, act: Callable[[], None]) -> None:
        """Do it so long after the beginning."""

        def later() -> None:
            self.sleep(seconds)
            act()

        self.start(later)

    def run(self, seconds: float) -> None:
        """Let time pass, then end everybody."""
        end = self.time + seconds
        while self._asleep and self._asleep[0][0] < end and not self._failures:
            self._wake()
        self.time = max(self.time, end)
        self._ends = True
        while self._asleep:
            self._wake()
        for thread in self._threads:
            thread.join(5)
        if self._failures:
            raise self._failures[0]

    def _wake(self) -> None:
        at, _, event, _ = heapq.heappop(self._asleep)
        self.time = max(self.time, at)
        self._handed.clear()
        event.set()
        assert self._handed.wait(60)


def most_in_any(times: list[float], period: float) -> int:
    """Return the most that came in one period, wherever it begins."""
    ordered = sorted(times)
    first, most = 0, 0
    for last, time in enumerate(ordered):
        while ordered[first] <= time - period:
            first += 1
        most = max(most, last - first + 1)
    return most


class _Counted(Ledger):
    """Knows how often it was asked."""

    drawn = 0

    def draw(self, *given: Any, **named: Any) -> Drawn:
        self.drawn += 1
        return super().draw(*given, **named)


@dataclass
class Fleet:
    """Workers on one store, in simulated time, and the vendor that writes down when each call came."""

    make: Callable[[], Allowance]
    seed: int = 1
    travel: tuple[float, float] = (0.05, 0.4)
    simulation: Simulation = field(default_factory=Simulation)
    came: list[float] = field(default_factory=list[float])
    by: dict[str, int] = field(default_factory=dict[str, int])

    def __post_init__(self) -> None:
        database = Database("sqlite://")
        with database.writing() as connection:
            metadata.create_all(connection)
        self.ledger = _Counted(database, lambda _: self.simulation.now())
        self.random = random.Random(self.seed)

    def budget(self, name: str, ahead: float = 0.0) -> PacedBudget:
        """The budget of one worker, whose own clock may be anywhere."""

        def now() -> float:
            return self.simulation.now() + ahead

        limits = (Limit("limit", re.compile("."), "account", self.make),)
        share = Share(self.ledger, "zendesk", name, now)
        return PacedBudget(
            "zendesk", limits, share=share, longest=1e9, now=now, sleep=self.simulation.sleep, wall=now
        )

    def join(self, name: str, threads: int = 2) -> Process:
        process = Process(self.simulation)
        budget = self.budget(name, ahead=self.random.uniform(-1e6, 1e6))
        for _ in range(threads):
            process.start(lambda: self._work(name, budget))
        return process

    def _work(self, name: str, budget: PacedBudget) -> None:
        while True:
            budget.take(CALL)
            self.simulation.sleep(self.random.uniform(*self.travel) / 2)
            self.came.append(self.simulation.now())
            self.by[name] = self.by.get(name, 0) + 1
            self.simulation.sleep(self.random.uniform(*self.travel) / 2)
            budget.learn(CALL, 200, {})


def run() -> Iterator[str]:
    """Yield how much of a limit workers use together, and what that costs the store."""
    yield "| limit | workers | calls | share of the allowed | most in any window | transactions a call |"
    yield "|---|---:|---:|---:|---:|---:|"
    for most, workers in ((10, 1), (10, 3), (100, 1), (100, 3), (100, 5), (2500, 3)):
        yield _line(f"{most:,} in 60 s", workers, lambda m=most: Window(m, 60), most / 60, 60)
    for workers in (1, 3):
        yield _line("100 a second", workers, lambda: Bucket(100, 100), 100, 1)


def _line(
    name: str, workers: int, make: Callable[[], Allowance], pace: float, period: float, seconds: float = 600.0
) -> str:
    seconds = min(seconds, 6000 / pace)
    fleet = Fleet(make)
    for number in range(workers):
        _ = fleet.join(f"w{number}", threads=32 if pace > 10 else 2)
    fleet.simulation.run(seconds)
    calls, worst = len(fleet.came), most_in_any(fleet.came, period)
    allowed = pace * period * ceil(seconds / period)
    return (
        f"| {name} | {workers} | {calls:,} in {seconds:.0f} s | {calls / allowed:.1%} | {worst:,} "
        f"| {fleet.ledger.drawn / calls:.2f} |"
    )
