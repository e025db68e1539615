"""
Replicas that a person said are the same problem, though each was there before the hub: brought together.

What they said holds from the first run on: neither is taken for a ticket of its own, and none gets a copy.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol, TypeAlias

import msgspec

from hub.batch import Batch
from hub.cluster import Look, Replica
from hub.matching import SHARED
from hub.model import RemoteId, System, TicketId
from hub.ports import Kept

MATCHED = "matched"
"""Kept in the store: `jira 10001` -> `zendesk:7`, or all the tickets that share it: `zendesk:7 zendesk:9`."""
Pair: TypeAlias = tuple[TicketId, Replica]
"""Two that a person said are one: the replica's, and the ticket as which the other one begins."""
Matched: TypeAlias = Mapping[Replica, frozenset[TicketId]]


class Keeps(Protocol):
    """The store, as far as it keeps texts."""

    def kept(self, name: str) -> Kept | None: ...
    def keep(self, name: str, value: str, at: str) -> None: ...


def matches_of(pairs: Iterable[Pair]) -> dict[Replica, frozenset[TicketId]]:
    """
    Return which tickets each replica is of, if all these pairs hold.

    Of a ticket, its Case and an issue that was paired with either, all is the ticket's. An issue makes
    no one of the tickets that share it.
    """
    given = list(pairs)
    owner = {replica: ticket for ticket, replica in given if replica.system not in SHARED}
    found: dict[Replica, set[TicketId]] = {}
    for ticket, replica in given:
        found.setdefault(replica, set()).add(owner.get(home_of(ticket), ticket))
    return {replica: frozenset(tickets) for replica, tickets in found.items()}


def read_matches(store: Keeps) -> dict[Replica, frozenset[TicketId]]:
    """Return which tickets each replica was matched with."""
    kept = store.kept(MATCHED)
    rows = msgspec.json.decode(kept.value, type=dict[str, str]) if kept is not None else {}
    return {_replica(name): frozenset(map(TicketId, tickets.split())) for name, tickets in rows.items()}


def keep_matches(store: Keeps, matches: Matched, at: str) -> None:
    """Keep these in the place of those before."""
    rows = {f"{r.system} {r.remote_id}": " ".join(sorted(tickets)) for r, tickets in sorted(matches.items())}
    store.keep(MATCHED, msgspec.json.encode(rows).decode(), at)


def _replica(name: str) -> Replica:
    system, _, remote_id = name.partition(" ")
    return Replica(System(system), RemoteId(remote_id))


def home_of(ticket: TicketId) -> Replica:
    """Return the replica that a ticket began as."""
    system, _, remote_id = ticket.partition(":")
    return Replica(System(system), RemoteId(remote_id))


class Matches:
    """What people said, as one run needs it."""

    def __init__(self, matches: Matched) -> None:
        self._matches = matches
        self._of: dict[TicketId, list[Replica]] = {}
        for replica, tickets in matches.items():
            for ticket in tickets:
                self._of.setdefault(ticket, []).append(replica)

    def __bool__(self) -> bool:
        return bool(self._matches)

    def wanted(self, batch: Batch) -> Iterator[TicketId]:
        """Yield the tickets that replicas of the batch belong to, as far as they are not in it."""
        for replica in batch.seen:
            yield from sorted(self._matches.get(replica, frozenset()) - batch.held.keys())

    def looks(self, batch: Batch) -> Iterator[Look]:
        """Yield what must be seen of both sides, whole, before they come together."""
        for ticket, replica in self.pairs(batch):
            home = home_of(ticket)
            if ticket not in batch.held and home not in batch.seen:
                yield Look(home.system, home.remote_id, whole=True)
            if replica not in batch.whole:
                yield Look(replica.system, replica.remote_id, whole=True)

    def pairs(self, batch: Batch) -> Iterator[Pair]:
        """Yield the pairs of which a part is in the batch, and which never were together."""
        here = {t for r in batch.seen if (t := TicketId(f"{r.system}:{r.remote_id}")) in self._of}
        here |= {ticket for ticket in batch.held if ticket in self._of}
        here.update(*(self._matches[replica] for replica in batch.seen if replica in self._matches))
        for ticket in sorted(here):
            held = batch.held.get(ticket)
            known = (
                {Replica(k.system, k.remote_id) for k in held.links} if held is not None else set[Replica]()
            )
            for replica in self._of[ticket]:
                if replica not in known:
                    yield ticket, replica

    def together(self, batch: Batch) -> set[Pair]:
        """Return the pairs of which both parts are there now."""
        there = {r for r, seen in batch.seen.items() if seen.raw is not None and seen.gone is None}
        return {
            (ticket, replica)
            for ticket, replica in self.pairs(batch)
            if replica in there and (ticket in batch.held or home_of(ticket) in there)
        }
