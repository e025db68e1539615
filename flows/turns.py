"""When the next run by the clock is due, and who does it: of all workers of one store, whoever is free."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

_NAME = "clock"


class Turns(Protocol):
    """What this asks of `hub.vitals_store.VitalsStore`."""

    def take_turn(self, name: str, seconds: float) -> float: ...
    def give_turn_back(self, name: str) -> None: ...


class Turn:
    """
    The clock of one process. Safe to share between its threads.

    `shared`: one run in `every` seconds, whoever of the workers of the store begins it; a process that is
    busy, or gone, holds none of them up. Else this process is the only one, and its own clock counts.
    """

    def __init__(
        self, every: float, *, shared: bool = False, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.every = every
        self.shared = shared
        self.clock = clock
        self._due = 0.0

    def left(self) -> float:
        """Return seconds until a turn may be had; never more than there are, as far as is known here."""
        return max(0.0, self._due - self.clock())

    def take(self, store: Turns, *, now: bool = False) -> bool:
        """Begin the next run by the clock, if it is due (or `now`) and nobody else began it."""
        if self.left() and not now:
            return False
        waits = store.take_turn(_NAME, 0.0 if now else self.every) if self.shared else 0.0
        self._due = self.clock() + (waits or self.every)
        return not waits

    def give_back(self, store: Turns) -> None:
        """What was taken could not be begun: it is due still, and whoever is free first has it."""
        if self.shared:
            store.give_turn_back(_NAME)
        self._due = self.clock()
