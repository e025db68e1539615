"""
Runs at once when a webhook comes, or other workers leave something: of what waits, without reading any feed.

On PostgreSQL each worker hears of every hint, whichever machine took it in, and claims keep workers
apart; what one reads from a feed and does not take up itself, another does at once. On SQLite a run
takes turns with those by the clock. What it cannot do, a run by the clock does.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from flows.inline import BEGUN, run_sync
from flows.turns import Turns
from flows.wiring import Assembly
from hub.errors import HubError, StoreInUse
from hub.records import RunRecord

TOGETHER = 0.25
"""Seconds from the first news to the run: a change is told in several webhooks, and they come together."""
LOOKS = 0.25
"""Seconds between two looks whether a hint came in, on whatever machine: one read of an index."""
APART = 0.5
"""Seconds from the end of a run to the next one at the earliest."""
TROUBLED = 30.0
"""Seconds without such runs after one that was stopped or failed: the clock goes on meanwhile."""
_FIRST, _LAST = 1.0, 30.0
"""Seconds until a run looks again at hints that one left (their system is down): at first, and at most."""
BUSY = 0.2


def run_hints(assembly: Assembly) -> RunRecord:
    """Do one run of what waits."""
    return run_sync(assembly, "hints")


@dataclass
class Prompt:
    """
    One loop over one hub, until `stop`. Runs in a thread of its own.

    `opened` puts the hub together, anew after an error and when a file that it was made of has changed
    (`stamp`). `turn` is held during a run; `tell` is told of troubles, `record` handed every run.
    """

    opened: Callable[[], AbstractContextManager[Assembly]]
    turn: Callable[[], AbstractContextManager[object]]
    tell: Callable[[str], None] = lambda _: None
    record: Callable[[RunRecord], None] = lambda _: None
    stamp: Callable[[], object] = lambda: None
    work: Callable[[Assembly], RunRecord] = run_hints
    take_over: Callable[[Turns], bool] = lambda _: False
    """Take the turn of a run by the clock that is due, if the thread that does those is still at work."""
    relieve: Callable[[Assembly], RunRecord] = run_sync
    """Do that one."""
    give_back: Callable[[Turns], object] = lambda _: None
    """It could not be begun, and stays due."""
    leaving: Callable[[], bool] = lambda: False
    """Whether the end was asked for: no run is begun any more."""
    clock: Callable[[], float] = time.monotonic
    _ends: threading.Event = field(default_factory=threading.Event, init=False)
    _seen: int = field(default=0, init=False)
    """The last row of the inbox that a run was there for."""
    _begun: bool = field(default=False, init=False)
    _again: float = field(default=0.0, init=False)
    _pause: float = field(default=_FIRST, init=False)
    _told: str = field(default="", init=False)

    def stop(self) -> None:
        """End after the run in progress."""
        self._ends.set()

    def run(self) -> None:
        while not self._ends.is_set():
            stamp = self.stamp()
            try:
                with self.opened() as assembly:
                    while not self._ends.is_set() and self.stamp() == stamp:
                        self._once(assembly)
            except HubError as error:
                self._say(f"no run at once: {error}")
                _ = self._ends.wait(TROUBLED)

    def _once(self, assembly: Assembly) -> None:
        if self.leaving():
            _ = self._ends.wait(LOOKS)
            return
        late = self._begun and self.take_over(assembly.store)
        newest = self._waits(assembly) if late else self._heard(assembly)
        if not (late or newest):
            return
        try:
            with self.turn():
                record = self.relieve(assembly) if late else self.work(assembly)
        except StoreInUse:
            if late:
                self.give_back(assembly.store)
            _ = self._ends.wait(BUSY)
            return
        self._look_back(assembly, newest)
        self.record(record)
        troubled = record.state in ("stopped", "failed")
        self._say(f"{record.state}: {record.summary.get('error', '')}" if troubled else "")
        _ = self._ends.wait(TROUBLED if troubled else APART)

    def _heard(self, assembly: Assembly) -> int:
        """Return as `_waits` does; if something does, once what comes with it had time to come."""
        if not self._waits(assembly):
            _ = self._ends.wait(LOOKS)
            return 0
        # Of several workers that heard the same, not all at the same moment.
        _ = self._ends.wait(TOGETHER + random.uniform(0.0, LOOKS) * assembly.store.shares_budgets)  # noqa: S311
        return 0 if self._ends.is_set() else self._waits(assembly)

    def _waits(self, assembly: Assembly) -> int:
        """Return the number of the last row of the inbox if one waits that is worth a run now."""
        newest = assembly.store.newest_hint()
        if newest > self._seen or (newest and self.clock() >= self._again):
            return newest
        if not self._begun:  # the first run of all, which goes unguarded, is the clock's
            self._begun = assembly.store.kept(BEGUN) is not None
        return assembly.store.at_hand(self._seen) if self._begun else 0

    def _look_back(self, assembly: Assembly, newest: int) -> None:
        """What this run left is looked at again, later and later: the clock's runs have it, too."""
        left = 0 < assembly.store.newest_hint() <= newest
        self._pause = min(2 * self._pause, _LAST) if left else _FIRST
        self._again = self.clock() + self._pause
        self._seen = max(self._seen, newest)
        assembly.fleet.rest()

    def _say(self, text: str) -> None:
        """Say it, unless it is what was said last."""
        if text and text != self._told:
            self.tell(text)
        self._told = text
