"""What a run has claimed of what it gathers, and what it leaves to the workers that have it."""

from __future__ import annotations

from collections.abc import Iterable

from hub.batch import Batch, grouped
from hub.claiming import Claim, ClaimStore, replica_claim, ticket_claim
from hub.cluster import Replica
from hub.model import TicketId


class Claimed:
    """
    One run's claims. Where no other worker can be at work, nothing is claimed and all is ours.

    What is claimed before it is read cannot change until it is let go.
    """

    def __init__(self, store: ClaimStore) -> None:
        self._store = store
        self._ours: set[Claim] = set()
        self._looks_only = False

    def look_only(self, *, only: bool) -> None:
        """From now on, claim nothing: leave out what others have, to count the rest (or no longer so)."""
        self._looks_only = only

    def has(self, replicas: Iterable[Replica]) -> None:
        """These were claimed as they were taken from the inbox."""
        if self._store.shared and not self._looks_only:
            self._ours.update(map(replica_claim, replicas))

    def claim(self, batch: Batch, tickets: Iterable[TicketId], replicas: Iterable[Replica]) -> None:
        """Claim these; what another worker has makes its whole cluster busy."""
        if not self._store.shared:
            return
        wanted: dict[Claim, TicketId | Replica] = {ticket_claim(t): t for t in tickets}
        wanted |= {replica_claim(r): r for r in replicas}
        names = wanted.keys() - self._ours
        if self._looks_only:
            theirs = self._store.claimed_by_others(names)
        else:
            ours = self._store.claims(names)
            self._ours |= ours
            theirs = names - ours
        batch.busy.update(wanted[name] for name in theirs)

    def leave_busy(self, batch: Batch) -> None:
        """Take every cluster that another worker has a part of out of the batch: it waits for its turn."""
        self.claim(batch, batch.held, batch.seen)
        self._doubt_looks(batch)
        if not batch.busy:
            return
        left: list[Claim] = []
        for tickets, replicas in grouped(batch):
            if not batch.busy.isdisjoint(tickets) or not batch.busy.isdisjoint(replicas):
                for ticket in tickets:
                    del batch.held[ticket]
                    batch.new.discard(ticket)
                left += map(ticket_claim, tickets)
                left += self._forget(batch, replicas)
        left += self._forget(batch, [one for one in batch.busy if isinstance(one, Replica)])
        self._let_go(left)

    def _doubt_looks(self, batch: Batch) -> None:
        """What another worker wrote after a look began, and before it was claimed, was not seen by it."""
        ticks, batch.ticks = batch.ticks, {}
        if not self._looks_only:
            batch.busy |= self._store.outdated({r: at for r, at in ticks.items() if r not in batch.busy})

    def _forget(self, batch: Batch, replicas: Iterable[Replica]) -> list[Claim]:
        for replica in replicas:
            _ = batch.seen.pop(replica, None)
            _ = batch.rows.pop(replica, None)
            batch.fresh.discard(replica)
        return [replica_claim(replica) for replica in replicas]

    def _let_go(self, names: Iterable[Claim]) -> None:
        ours = self._ours.intersection(names)
        self._ours -= ours
        self._store.release(ours)

    def end(self) -> None:
        """Let everything go: it is done, as far as this run can do it."""
        self._let_go(set(self._ours))
