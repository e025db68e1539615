"""What the store keeps beside tickets and links: runs, journal, conflicts, parked operations, losses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

import msgspec

from hub.model import HUB, RemoteId, System, Ticket, TicketId, Value
from hub.operations import Operation, Outcome
from hub.replica import Link, Observation


class Reason(msgspec.Struct, frozen=True, omit_defaults=True):
    """One factor's part in a score."""

    factor: str
    points: float
    sentence: str
    evidence: str = ""


class Score(msgspec.Struct, frozen=True, omit_defaults=True):
    """How urgent a ticket is and how likely it escalates. The points of the reasons sum to the score."""

    priority: int
    label: str
    escalation_risk: float
    reasons: tuple[Reason, ...] = ()
    risk_reasons: tuple[Reason, ...] = ()


class Conflict(msgspec.Struct, frozen=True, omit_defaults=True):
    """Values that gave way: kept, shown, restorable. `HUB` among `dropped` names what the hub held."""

    ticket_id: TicketId
    register: str
    kept: Value
    dropped: Mapping[System, Value]
    id: int = 0
    at: str = ""
    run: str = ""
    resolved: str = ""
    """How a person settled it; empty while it is open."""
    kept_from: System = HUB


class Parked(msgspec.Struct, frozen=True, omit_defaults=True):
    """An operation, or one field of it, that a system refused. Not asked again until it changes."""

    ticket_id: TicketId
    system: System
    remote_id: RemoteId
    slot: str
    """What was refused: `create`, `field:<id>`, `comment:<id>`, `attachment:<id>`, `reference:<id>`."""
    fingerprint: str
    """Of the wanted value: another value is another attempt."""
    reason: str
    code: str
    operation: Operation
    id: int = 0
    at: str = ""
    run: str = ""
    state: Literal["parked", "retry", "dropped"] = "parked"
    """`retry`: a person asked to try once more; `dropped`: a person gave it up, never asked again."""


class Loss(msgspec.Struct, frozen=True, omit_defaults=True):
    """Something that a side could not show in full, for the loss ledger."""

    ticket_id: TicketId
    system: System
    register: str
    what: Literal["cut", "retyped", "dropped", "unwritable", "edit_unseen"]
    detail: str
    id: int = 0
    at: str = ""
    run: str = ""


class Staged(msgspec.Struct, frozen=True):
    """All that waits in the inbox for one replica, oldest first."""

    system: System
    remote_id: RemoteId
    observations: tuple[Observation, ...]
    hinted: bool
    """A webhook or a person asked to look at it."""
    rows: tuple[int, ...]


class Held(msgspec.Struct, frozen=True):
    """What the hub holds of one ticket."""

    ticket: Ticket
    links: tuple[Link, ...] = ()
    parked: tuple[Parked, ...] = ()
    score: Score | None = None
    dirty: bool = False
    """Something was decided and may not have been asked yet."""
    revision: int = 0
    traces: tuple[str, ...] = ()
    """By these the ticket's account is found (`hub.account`), and the ticket of an account; sorted."""


class Asked(msgspec.Struct, frozen=True):
    """An operation with its journal row."""

    journal: int
    operation: Operation


JournalState: TypeAlias = Literal["asked", "done", "stale", "retryable", "unanswered", "refused", "undone"]


class JournalEntry(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was asked of a system in a run, and what came of it. `operation.before` serves undo."""

    id: int
    run: str
    ticket_id: TicketId
    system: System
    operation: Operation
    state: JournalState
    at: str
    outcome: Outcome | None = None


class Decision(msgspec.Struct, frozen=True):
    """One ticket's part of a plan, to be committed before anything is asked."""

    ticket: Ticket
    links: tuple[Link, ...]
    score: Score | None
    conflicts: tuple[Conflict, ...]
    losses: tuple[Loss, ...]
    operations: tuple[Operation, ...]
    dirty: bool
    unfinished: bool = False
    """More must be seen, or a creation answered, before the rest can be decided."""
    traces: tuple[str, ...] = ()
    done: bool = False
    """The ticket is solved or closed: what its account does concerns it no more."""


class Noted(msgspec.Struct, frozen=True):
    """What came of one operation, and the links as it left them."""

    journal: int
    ticket_id: TicketId
    outcome: Outcome
    links: tuple[Link, ...] = ()
    parked: tuple[Parked, ...] = ()
    losses: tuple[Loss, ...] = ()


class RunRecord(msgspec.Struct, frozen=True, omit_defaults=True):
    """One run: when, what kind, how it ended, and its counts."""

    id: str
    kind: str
    started: str
    ended: str = ""
    state: Literal["running", "clean", "attention", "stopped", "failed"] = "running"
    summary: Mapping[str, object] = {}
