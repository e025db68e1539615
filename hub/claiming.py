"""
Several workers on one store: what each has claimed, and what any of them may take up.

A worker works only on what it has claimed: a cluster of tickets and replicas, a feed, the mails to be
sent. A claim is tried, never waited for; what another worker has waits for it. Claims end with the
work, or with the worker: who is taken for dead has none, and cannot write any more.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import NewType, Protocol

from hub.cluster import Replica
from hub.model import System, TicketId
from hub.safety import Toll

Claim = NewType("Claim", str)
"""The name of what is claimed: `ticket zendesk:7`, `replica jira:10001`, `feed jira`."""

WAVE = Claim("wave")
"""The right to count what waits, and to let it through."""
ACCOUNTS = Claim("accounts")
"""The right to read the CRM's accounts, and to show there what support knows of them."""


def ticket_claim(ticket: TicketId) -> Claim:
    return Claim(f"ticket {ticket}")


def replica_claim(replica: Replica) -> Claim:
    return Claim(f"replica {replica.system}:{replica.remote_id}")


def feed_claim(system: System) -> Claim:
    return Claim(f"feed {system}")


def send_claim(system: System) -> Claim:
    return Claim(f"send {system}")


@contextmanager
def alone(store: ClaimStore, claim: Claim) -> Generator[bool]:
    """Within it, whether this is ours to do; where another worker does it, that will do."""
    mine = bool(store.claims({claim}))
    try:
        yield mine
    finally:
        if mine:
            store.release({claim})


class ClaimStore(Protocol):
    """What workers ask of the store; part of `hub.ports.Store`, and under its rules."""

    def work(self, holder: str) -> AbstractContextManager[None]:
        """
        Work on the store, beside other workers where the database takes several (PostgreSQL).

        Raises `StoreInUse` where a run has it alone, or waits for that. On SQLite this is `lease`.
        """
        ...

    @property
    def shared(self) -> bool:
        """Whether others may be at work on the store now; if not, everything is ours unclaimed."""
        ...

    def claims(self, names: Collection[Claim]) -> set[Claim]:
        """Claim these; return those that are ours now. Where nobody else may be at work, all are."""
        ...

    def release(self, names: Collection[Claim]) -> None:
        """Let these go, as far as they are ours."""
        ...

    def claimed_by_others(self, names: Collection[Claim]) -> set[Claim]: ...
    def last_row(self) -> int:
        """The number of the inbox's youngest row; 0: there is none."""
        ...

    def begin_reading(self, system: System) -> None:
        """What a feed that is claimed shows from now on is to be counted together, once that claim ends."""
        ...

    def complete_row(self) -> int:
        """The number of the inbox's youngest row before what other workers are in the midst of reading."""
        ...

    def admit(self, row: int, tickets: Iterable[TicketId]) -> None:
        """Let workers take up the inbox rows up to this one, and these tickets: they were counted."""
        ...

    def admitted(self) -> int:
        """Up to which row of the inbox workers may take up what waits."""
        ...

    def uncounted(self) -> Toll:
        """What workers did since the last count that nobody had counted."""
        ...

    def add_uncounted(self, toll: Toll, fits: Callable[[Toll], bool], at: str) -> bool:
        """Add to that, if the sum `fits`; return whether it did. No other worker comes between."""
        ...

    def forget_uncounted(self) -> None:
        """From now on nothing was done uncounted."""
        ...

    def admitted_tickets(self, limit: int, after: str = "") -> Sequence[TicketId]:
        """Unfinished tickets that workers may take up, by id, greater than `after`."""
        ...

    def tick(self) -> int:
        """Return the present moment for readings, by the store's own clock; 0 where only one run reads."""
        ...

    def outdated(self, ticks: Mapping[Replica, int]) -> set[Replica]:
        """
        Return of which of these replicas something newer is known than a reading that began at its tick.

        The others are known as of that tick from now on. They must be claimed.
        """
        ...
