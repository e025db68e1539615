"""An index of records by when they last changed: what an incremental export walks."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Iterator


class Feed:
    """
    Record ids in the order (second of last change, id).

    A record that changes again moves to its new place; its old entry is skipped when it is met
    and swept out when such entries pile up.
    """

    def __init__(self, current: Callable[[int], int | None]) -> None:
        """`current(id)` tells the second of a record's last change, None if it is gone."""
        self._current = current
        self._entries: list[tuple[int, int]] = []
        self._stale = 0

    def touch(self, at: int, key: int, *, moved: bool) -> None:
        """Note that a record changed. `moved`: it was in the feed before."""
        entry = (at, key)
        entries = self._entries
        if not entries or entries[-1] < entry:
            entries.append(entry)
        else:
            insort(entries, entry)
        if moved:
            self._stale += 1
            if self._stale > 1000 and self._stale * 2 > len(entries):
                self._sweep()

    def after(self, at: int, key: int = -1) -> Iterator[tuple[int, int]]:
        """Yield the entries that come after (at, key), oldest first, each record once."""
        last = None
        for entry in self._entries[bisect_left(self._entries, (at, key + 1)) :]:
            if entry != last and self._current(entry[1]) == entry[0]:
                yield entry
            last = entry

    def refill(self, entries: list[tuple[int, int]]) -> None:
        """Start over with these entries."""
        self._entries = sorted(entries)
        self._stale = 0

    def _sweep(self) -> None:
        kept = [entry for entry in self._entries if self._current(entry[1]) == entry[0]]
        self._entries = sorted(set(kept))
        self._stale = 0
