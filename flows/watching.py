"""
`hub watch`: runs by the clock, and at once when mail comes.

What stops one run does not stop the watch: a side that is down, a mailbox that cannot be reached, limits
that a person must look at, another run at work. It is told once, and the next run tries again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol, TypeAlias, cast

from flows.inline import EXIT, run_sync
from flows.turns import Turn, Turns
from flows.wiring import Assembly
from hub.errors import HubError, StoreInUse
from hub.model import EMAIL
from hub.records import RunRecord

BUSY = 5.0
"""Seconds until the store is asked for again while another run has it."""
LEAST = 2.0
"""Seconds before every run but the first: what comes together is heard together, and others get a turn."""
_SOON = 0.01
"""Seconds before the turn is asked for again: clocks tick in steps."""
_DONE = ("written", "created", "comments")
_WAITS = ("conflicts", "parked", "waiting")

Colour: TypeAlias = Literal["", "dim", "green", "yellow", "red"]


class Ended(BaseException):
    """The end was asked for while nothing is under way."""


class Inbox(Protocol):
    """The mailbox, as far as it can be waited for."""

    def watch(self, seconds: float) -> bool: ...


class _Mail(Protocol):
    @property
    def inbox(self) -> Inbox: ...


@dataclass
class Watch:
    """
    One watch over one hub.

    `opened` puts the hub together, anew after an error and when a file that it was made of has changed
    (`stamp`). `tell` says what happened to people, `record` hands every run to programs.
    """

    opened: Callable[[], AbstractContextManager[Assembly]]
    tell: Callable[[str, Colour], None]
    record: Callable[[RunRecord], None] = lambda _: None
    every: float = 60.0
    once_idle: bool = False
    """End as soon as a run found nothing to do, or could not do it."""
    stamp: Callable[[], object] = lambda: None
    work: Callable[[Assembly], RunRecord] = run_sync
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    shared: bool = False
    """Whether other workers do runs by the clock on the same store, too."""
    turn: Turn = field(init=False)
    _stopping: bool = field(default=False, init=False)
    _working: bool = field(default=False, init=False)
    _asked: bool = field(default=True, init=False)
    """Whether the next run is wanted whatever the clock says: the first one, or mail came."""
    _waiting: bool = field(default=False, init=False)
    _last: RunRecord | None = field(default=None, init=False)
    _told: str = field(default="", init=False)

    def __post_init__(self) -> None:
        self.turn = Turn(self.every, shared=self.shared, clock=self.clock)

    def stop(self) -> None:
        """
        End after the run in progress, or at once if there is none. Signal handlers call it.

        Asked again, it breaks the run off: nothing is lost by that, but the next one has to look again
        at what this one asked for.
        """
        again, self._stopping = self._stopping, True
        if self._waiting:
            raise Ended
        if again:
            raise KeyboardInterrupt

    @property
    def stopping(self) -> bool:
        """Whether the end was asked for."""
        return self._stopping

    def take_over(self, store: Turns) -> bool:
        """Take the turn of a run that is due while one is still at work here: somebody beside begins it."""
        return self._working and not self._stopping and self.turn.take(store)

    def run(self) -> int:
        """
        Run and wait until the end is asked for; return the exit code.

        What is wrong with the hub itself (`Misconfigured`, `StoreBroken`) is raised if it is wrong from
        the beginning; later, it is told and waited out like everything else.
        """
        try:
            while not self._stopping:
                self._watch_over_one_hub()
        except Ended:
            pass
        self.tell("The watch has ended.", "dim")
        return EXIT[self._last.state] if self.once_idle and self._last is not None else 0

    def _watch_over_one_hub(self) -> None:
        """Run and wait on one assembly, for as long as it is good."""
        stamp = self.stamp()
        try:
            with self.opened() as assembly:
                while not self._stopping and self.stamp() == stamp:
                    self._once(assembly)
        except HubError as error:
            if self._last is None:
                raise
            self._say(f"no run: {error}", "red")
            _ = self._wait(self.every)

    def _once(self, assembly: Assembly) -> None:
        if not self.turn.take(assembly.store, now=self._asked or self.once_idle):
            self._asked = self._wait(max(_SOON, self.turn.left()), self._inbox(assembly))
            return
        self._asked = False
        self._working = True
        try:
            record = self.work(assembly)
        except StoreInUse as busy:
            self._say(f"waiting: {busy}", "yellow")
            self.turn.give_back(assembly.store)
            _ = self._wait(BUSY)
            return
        finally:
            self._working = False
        self._last = record
        self._report(record)
        if self.once_idle and (_is_idle(record) or EXIT[record.state] == EXIT["failed"]):
            self._stopping = True
        if not self._stopping:
            self._asked = self._wait(max(LEAST, self.turn.left()), self._inbox(assembly))

    def _wait(self, seconds: float, inbox: Inbox | None = None) -> bool:
        """
        Let time pass, or less of it if mail comes; return whether it did.

        Raises `Ended` as soon as the end is asked for.
        """
        self._waiting = True
        try:
            if self._stopping:
                raise Ended
            return self._pass(seconds, inbox)
        finally:
            self._waiting = False

    def _pass(self, seconds: float, inbox: Inbox | None) -> bool:
        end = self.clock() + seconds
        try:
            if inbox is not None and inbox.watch(seconds):
                self.sleep(LEAST)
                return True
        except HubError as error:
            self._say(f"new mail is found by the clock only: {error}", "yellow")
        left = end - self.clock()
        if left > 0:
            self.sleep(left)
        return False

    def _inbox(self, assembly: Assembly) -> Inbox | None:
        """Return the mailbox to wait at; none where there is none, or where the last run could not get in."""
        down: Any = self._last.summary.get("down") if self._last is not None else None
        connector = assembly.connectors.get(EMAIL)
        return cast("_Mail", connector).inbox if connector is not None and EMAIL not in (down or {}) else None

    def _report(self, record: RunRecord) -> None:
        self.record(record)
        colours: Mapping[int, Colour] = {0: "green", 1: "yellow"}
        if _count(record, *_DONE):
            self._told = ""
        self._say(message_of(record), colours.get(EXIT[record.state], "red"))

    def _say(self, text: str, colour: Colour) -> None:
        """Say it, unless it is what was said last: a fault that lasts must not fill the log."""
        if text != self._told:
            self.tell(text, colour)
            self._told = text


def message_of(record: RunRecord) -> str:
    """Return in one line what a run did, and what is left for a person."""
    summary = record.summary
    did = [f"{n} {name}" for name in _DONE if (n := _count(record, name))]
    left = [f"{summary[name]} {name}" for name in _WAITS if summary.get(name)]
    waited = cast("Mapping[str, float]", summary.get("waited") or {})
    left += [f"waited {seconds} s for {limit}" for limit, seconds in sorted(waited.items())]
    said = f"{record.state}: {', '.join([*did, *left]) or 'nothing to do'}"
    return f"{said}; {summary['error']}" if summary.get("error") else said


def _is_idle(record: RunRecord) -> bool:
    return not _count(record, *_DONE) and not record.summary.get("waiting")


def _count(record: RunRecord, *names: str) -> int:
    found = [cast("Mapping[str, int]", record.summary.get(name) or {}) for name in names]
    return sum(sum(one.values()) for one in found)


def stamp_of(config: Path, mappings: Path) -> object:
    """Return something that is another thing once the settings or a mapping file changed."""
    files = [config, *sorted(mappings.glob("*.yaml"))]
    return tuple((file.name, file.stat().st_mtime_ns) for file in files if file.exists())
