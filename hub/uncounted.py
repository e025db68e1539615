"""
What is done that nobody counted: what came to a ticket after it was let through, and is done with it.

To leave that to the next count would starve where tickets change faster than a backlog is worked off
(docs/adr/0009). So it is done, up to as much as the limits allow a run; what is more waits to be counted,
and the next count adds what was done.
"""

from __future__ import annotations

from collections.abc import Mapping

from hub.errors import Halted
from hub.model import System
from hub.ports import Clock, Store
from hub.safety import Limits, Toll, added, guard


class Uncounted:
    """What was done uncounted since the last count: by all workers, or by one run that does all there is."""

    def __init__(self, store: Store, limits: Limits, clock: Clock) -> None:
        self._store = store
        self._limits = limits
        self._clock = clock
        self._own = Toll()

    def since_the_count(self) -> Toll:
        return self._store.uncounted() if self._store.shared else self._own

    def may_do(self, toll: Toll, live: Mapping[System, int]) -> bool:
        """Return whether this much more may be done, and take it for done if it may."""

        def fits(total: Toll) -> bool:
            try:
                guard(total, self._limits, live)
            except Halted:
                return False
            return True

        if self._store.shared:
            return self._store.add_uncounted(toll, fits, self._clock.now())
        total = added(self._own, toll)
        if fits(total):
            self._own = total
        return self._own is total

    def counted(self) -> None:
        """All that waits was counted just now, and what was done before with it."""
        if self._store.shared and self._store.uncounted() != Toll():
            self._store.forget_uncounted()
        self._own = Toll()
