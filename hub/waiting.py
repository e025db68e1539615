"""What there is to do: what waits in the inbox, and what earlier runs left; and of it, what may be done."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from hub.batch import Batch
from hub.claiming import ticket_claim
from hub.gather import Gatherer
from hub.model import TicketId
from hub.ports import Store
from hub.records import Staged


class Take(Protocol):
    """`Store.claim`, or `Store.waiting`."""

    def __call__(self, limit: int, after: int, until: int | None, *, since: int) -> Sequence[Staged]: ...


class Waiting:
    """What waits, for one run, in batches of so many replicas or tickets."""

    def __init__(self, store: Store, gatherer: Gatherer, size: int) -> None:
        self._store = store
        self._gatherer = gatherer
        self._size = size

    def before(self) -> int:
        """Up to which row of the inbox all was counted before: 0 where one run does all there is."""
        return self._store.admitted() if self._store.shared else 0

    def let_in(self, tickets: Iterable[TicketId], row: int | None = None) -> None:
        """Tell all workers what they may take up."""
        if self._store.shared:
            self._store.admit(self._store.last_row() if row is None else row, tickets)

    def size(self, after: int) -> int:
        """Return how many replicas wait (in rows after this one), but for what is still being read."""
        return sum(self._store.inbox_size(after, complete=True).values())

    def everything(self, after: int = 0) -> Batch:
        """
        Gather all that there is to do (in rows after this one), in one batch.

        But for what other workers are in the midst of reading: what a feed shows is counted when it was
        read to its end, or no mass edit would ever be too much.
        """
        staged = self._store.claim(self.size(after) + 1, since=after, complete=True)
        return self._gatherer.batch(staged, [*self.unfinished()])

    def unfinished(self) -> Iterator[TicketId]:
        """Yield what earlier runs left, and nobody else has at work or let through already."""
        for source in (self._store.dirty, self._store.awaited):
            last = ""
            while tickets := source(self._size, last):
                last = tickets[-1]
                yield from self.free(tickets)

    def free(self, tickets: Iterable[TicketId]) -> Sequence[TicketId]:
        """Return which of these no other worker has."""
        given = list(tickets)
        if not self._store.shared:
            return given
        theirs = self._store.claimed_by_others([ticket_claim(ticket) for ticket in given])
        return [ticket for ticket in given if ticket_claim(ticket) not in theirs]

    def _left(self) -> Iterator[TicketId]:
        """Yield what earlier runs left, as far as it was let through."""
        if not self._store.shared:
            yield from self.unfinished()
            return
        last = ""
        while tickets := self._store.admitted_tickets(self._size, last):
            last = tickets[-1]
            yield from self.free(tickets)

    def batches(
        self, take: Take, since: int = 0, until: int | None = None, size: int | None = None
    ) -> Iterator[Batch]:
        """
        Yield all that waits where something came between two rows of the inbox.

        Then what earlier runs left unfinished. In batches of `size`, or of this run's own size.
        `take`: `Store.claim`, or `Store.waiting` to look only, at what nobody let through yet too.
        """
        size = size or self._size
        looks = take == self._store.waiting
        earlier = set(self.unfinished() if looks else self._left())
        after = since
        while staged := take(size, after, until, since=since):
            after = max(min(row for row in one.rows if row > since) for one in staged)
            batch = self._gatherer.batch(staged)
            earlier -= batch.held.keys()
            yield batch
            del batch, staged  # two batches at a time would be twice the memory
        left = sorted(earlier)
        for start in range(0, len(left), size):
            yield self._gatherer.batch((), left[start : start + size])
