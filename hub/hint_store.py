"""What those who wait for work ask of the store; part of `hub.ports.Store`, and under its rules."""

from __future__ import annotations

from typing import Protocol


class HintStore(Protocol):
    """Whether something waits, on whatever machine it came in."""

    def newest_hint(self) -> int:
        """Return the number of the last hint that waits and no worker has at work; 0: there is none."""
        ...

    def at_hand(self, after: int) -> int:
        """
        Return the number of the last row of the inbox after this one that a worker could take up now.

        0: there is none; another one has them at work, counts them, or still brings them in from a
        feed, which is counted as a whole; what was let through before is at hand meanwhile. Always 0
        where one run at a time does all (SQLite).
        """
        ...
