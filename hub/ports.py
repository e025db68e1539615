"""What the hub asks of the world. Connectors and the store fit these shapes. Everything is in batches."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol, runtime_checkable

import msgspec

from hub.approval_store import ApprovalStore
from hub.audit_store import AuditStore
from hub.budget_store import BudgetStore
from hub.claiming import ClaimStore
from hub.crm import AccountStore
from hub.desk_store import DeskStore
from hub.forget_store import ForgetStore
from hub.hint_store import HintStore
from hub.lifecycle_store import LifecycleStore
from hub.model import Attachment, RemoteId, System, TicketId
from hub.operations import Operation, Outcome
from hub.records import (
    Asked,
    Conflict,
    Decision,
    Held,
    JournalEntry,
    Loss,
    Noted,
    Parked,
    RunRecord,
    Staged,
)
from hub.replica import Cursor, Observation, Page
from hub.schema import Schema
from hub.score_store import ScoreStore
from hub.vitals_store import VitalsStore


class Webhook(msgspec.Struct, frozen=True):
    """A request that claims to be a system's webhook, as it came."""

    method: str
    path: str
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes
    received_at: float
    """Unix seconds by our clock."""


class Hint(msgspec.Struct, frozen=True):
    """A verified nudge: look at this replica. `delivery` is the same when it is delivered again."""

    system: System
    remote_id: RemoteId
    delivery: str


class Rejected(Exception):
    """A webhook that did not prove where it comes from, or is too old. `str()` says which."""


class Files(Protocol):
    """The bytes of attachments, wherever they lie."""

    def open(self, attachment: Attachment) -> AbstractContextManager[Iterator[bytes]]:
        """
        Stream an attachment's bytes from its origin, never whole in memory.

        Raises `hub.errors.Unavailable` if the origin does not serve it now, and `FileNotFoundError`
        if it is not there any more.
        """
        ...


class Connector(Protocol):
    """One system, seen from the hub. Safe to use from one thread at a time."""

    @property
    def system(self) -> System: ...

    def changes(self, cursor: Cursor | None) -> Iterator[Page]:
        """
        Yield everything that changed since `cursor` (None: everything there is), oldest first.

        Pages may repeat what an earlier page or run showed; nothing may be skipped. Each page's
        cursor is good to resume from once the page is stored. At least one page, possibly empty.
        Raises `SignInFailed`, `Forbidden`, `Unavailable`.
        """
        ...

    def fetch(self, names: Sequence[str], *, whole: bool = False) -> Mapping[str, Observation]:
        """
        Look at replicas now, in bulk, by id or label.

        A name that is neither there nor visible is answered by an observation whose `gone` says so.
        With `whole`, comments, attachments and references are complete.
        """
        ...

    def find(self, keys: Sequence[TicketId]) -> Mapping[TicketId, Observation]:
        """Return the replicas that carry these keys of ours, as far as the system's search sees yet."""
        ...

    def execute(self, operations: Sequence[Operation]) -> Iterator[tuple[int, Outcome]]:
        """
        Ask for these operations by the system's bulk calls; yield (index, outcome) as answers come.

        Operations on one replica are asked in the given order, one after the other's answer; no
        order holds between replicas. Every index is yielded exactly once, and no operation is ever
        repeated after an answer that leaves open whether it was done.
        Raises `SignInFailed` and `Unavailable` when nothing further can be asked; operations whose
        outcome was not yielded by then were not asked, or are `Unanswered` and were yielded as such.
        """
        ...

    def schema(self) -> Schema:
        """Describe fields, types, options and limits as the system states them now."""
        ...

    def open(self, attachment: Attachment) -> AbstractContextManager[Iterator[bytes]]:
        """Stream the bytes of an attachment that this system is the origin of. See `Files.open`."""
        ...

    def verify(self, webhook: Webhook) -> tuple[Hint, ...]:
        """Return what a webhook hints at, or raise `Rejected` if its proof does not hold."""
        ...

    def acknowledgement(self, webhook: Webhook) -> bytes | None:
        """Return the body (XML) that a webhook which was taken must be answered with; None: any will do."""
        ...

    def calls(self) -> Mapping[str, int]:
        """How often each endpoint (`GET /api/v2/tickets/{id}`) was called so far."""
        ...

    def close(self) -> None: ...


@runtime_checkable
class Troubled(Protocol):
    """A connector with things of its own that people should look at."""

    def troubles(self) -> Mapping[str, int]:
        """How many there are now, by what they are in words (`mails held back`)."""
        ...


@runtime_checkable
class Sends(Protocol):
    """A connector that also sends what earlier runs left to be sent, whenever it is asked for something."""

    def withholding(self) -> AbstractContextManager[None]:
        """Within it, nothing leaves: first it must be known what was taken back meanwhile."""
        ...

    def send(self) -> None:
        """Send what is due. Raises `HubError` where a server does not take it."""
        ...


class Kept(msgspec.Struct, frozen=True):
    """A text kept since `at`."""

    value: str
    at: str


class Clock(Protocol):
    def now(self) -> str:
        """The present instant, ISO 8601 in UTC with seconds, ending in `Z`."""
        ...


class Store(
    AccountStore,
    AuditStore,
    ForgetStore,
    ScoreStore,
    ClaimStore,
    VitalsStore,
    BudgetStore,
    HintStore,
    ApprovalStore,
    DeskStore,
    LifecycleStore,
    Protocol,
):
    """
    What the hub remembers. Every method is one transaction: all of it happened, or nothing.

    All methods raise `StoreBroken` when the database is locked by another program, read-only or
    damaged, saying which and where.
    """

    def lease(self, holder: str) -> AbstractContextManager[None]:
        """
        Hold the store for one run. Raises `StoreInUse`, naming process, host and since when.

        A lease whose holder died (same host and no such process, or not renewed for 120 s) is taken over.
        `stage`, `commit` and `note` renew it.
        """
        ...

    def still(self) -> None:
        """
        Raise `StoreInUse` if our right to write has been taken over: asked before each write to a system.

        Whoever was taken for dead while it slept must not write there, either. The store is only asked if
        the right was not renewed for a while; without a right, nothing is.
        """
        ...

    # observe
    def cursors(self) -> Mapping[System, Cursor]: ...
    def stage(self, system: System, page: Page, at: str, tick: int | None = None) -> None:
        """Store a page's observations, whose reading began at `tick` (None: now), and move the cursor."""
        ...

    def stage_observations(
        self, observations: Iterable[Observation], at: str, tick: int | None = None
    ) -> None:
        """Store observations that did not come from a feed (a look at a hint, `hub link`)."""
        ...

    def stage_hints(self, hints: Iterable[Hint], at: str) -> int:
        """Store hints, once per delivery id; return how many were new."""
        ...

    def take_hints(self, hints: Iterable[Hint], at: str) -> Collection[tuple[str, str]]:
        """Do the same; return the deliveries that were new, each with its system."""
        ...

    def inbox_size(self, after: int = 0, *, complete: bool = False) -> Mapping[System, int]:
        """
        How many replicas wait in the inbox (in rows after this one), per system.

        `complete`: without those of which only what another worker is in the midst of reading waits.
        """
        ...

    def claim(
        self, limit: int, after: int = 0, until: int | None = None, *, since: int = 0, complete: bool = False
    ) -> Sequence[Staged]:
        """
        Take all that waits for up to `limit` replicas, of those for which anything came after `since`.

        Oldest first, by the first row that came since; of those, whose row is after `after`, and not after
        `until`; `complete` as in `inbox_size`. The replicas are claimed, and what others have claimed is
        not among them. Rows stay until `commit` is given their numbers.
        """
        ...

    def waiting(
        self, limit: int, after: int = 0, until: int | None = None, *, since: int = 0
    ) -> Sequence[Staged]:
        """Return the same without claiming it, to be looked at only."""
        ...

    # plan
    def tickets_of(
        self, replicas: Iterable[tuple[System, RemoteId]]
    ) -> Mapping[tuple[System, RemoteId], tuple[TicketId, ...]]:
        """Return the tickets with a link (tombstones included) to each replica."""
        ...

    def load(self, tickets: Iterable[TicketId]) -> Mapping[TicketId, Held]: ...
    def dirty(self, limit: int, after: str = "") -> Sequence[TicketId]:
        """Tickets with decisions that may not have been asked yet, by id, greater than `after`."""
        ...

    def awaited(self, limit: int, after: str = "") -> Sequence[TicketId]:
        """Tickets with an awaited link, by id, greater than `after`."""
        ...

    def named(self, name: str) -> Sequence[TicketId]:
        """Tickets with this id, or a link with this label or remote id (`#123`, `SUP-7`, `123`)."""
        ...

    def ticket_count(self, system: System | None = None) -> int:
        """How many tickets are held; with a system, how many live links into it."""
        ...

    def ticket_ids(self, limit: int, after: str = "") -> Sequence[TicketId]:
        """All tickets, by id, greater than `after` (reconcile, rescore, checks)."""
        ...

    # commit, note
    def commit(
        self, decisions: Sequence[Decision], rows: Iterable[int], run: str, at: str
    ) -> Sequence[Sequence[Asked]]:
        """
        Take these decisions as ours: tickets, links, conflicts, losses, events, a journal row an operation.

        Removes the inbox `rows` that they came from. Returns the journalled operations a decision.
        """
        ...

    def note(self, notes: Sequence[Noted], run: str, at: str) -> None:
        """Close journal rows, move links, park what was refused, write losses."""
        ...

    def settle(self, tickets: Iterable[TicketId]) -> None:
        """These tickets have nothing pending: not dirty any more."""
        ...

    # what people see and decide
    def begin_run(self, run: RunRecord) -> None: ...
    def end_run(self, run: RunRecord) -> None: ...
    def runs(self, limit: int = 20) -> Sequence[RunRecord]: ...
    def run(self, run_id: str) -> RunRecord | None: ...
    def conflicts(self, *, only_open: bool = True) -> Sequence[Conflict]: ...
    def resolve_conflict(self, conflict_id: int, how: str) -> None: ...
    def parked(self) -> Sequence[Parked]:
        """Every parked operation that a person has not dropped."""
        ...

    def set_parked(self, parked_ids: Iterable[int], state: str) -> None:
        """`retry`: the next run asks again; `dropped`: never again. Marks the tickets dirty."""
        ...

    def journal(self, run: str, states: Sequence[str] = ()) -> Iterator[JournalEntry]: ...
    def mark_undone(self, journal_ids: Iterable[int]) -> None: ...
    def losses(self, ticket: TicketId | None = None) -> Sequence[Loss]: ...
    def save_secret(self, name: str, value: str) -> None:
        """Keep a rotating token; stored so that only this database's owner can read it."""
        ...

    def secret(self, name: str) -> str | None: ...
    def keep(self, name: str, value: str, at: str) -> None:
        """Keep a text that can be got again (a system's schema), so that runs need not ask for it."""
        ...

    def kept(self, name: str) -> Kept | None: ...
    def close(self) -> None: ...
