"""What the store keeps beside tickets and links: runs, journal, conflicts, parked operations, losses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

import msgspec

from hub.history.event import Event
from hub.model import HUB, RemoteId, System, Ticket, TicketId, Value
from hub.operations import Operation, Outcome
from hub.replica import Link, Observation
from hub.score_records import Feedback
from hub.signals.reading import Reading


class Reason(msgspec.Struct, frozen=True, omit_defaults=True):
    """One factor's part in a score."""

    factor: str
    points: float
    sentence: str
    evidence: str = ""
    value: Value = None
    """What was found, as the register or the measure holds it."""
    group: str = ""
    """How a sentence calls what it belongs to (`The account`): all that is told who may not see it."""
    reads: tuple[str, ...] = ()
    """What one must be allowed to see to be told it: registers; `comment.internal` where one is quoted."""


class Score(msgspec.Struct, frozen=True, omit_defaults=True):
    """How urgent a ticket is and how likely it escalates. The points of the reasons sum to the score."""

    priority: int
    label: str
    escalation_risk: float
    """The chance of an escalation within the horizon."""
    reasons: tuple[Reason, ...] = ()
    risk_reasons: tuple[Reason, ...] = ()
    """In log-odds, the largest first."""
    attention: int = 0
    """Where to look first, 0 to 100: priority, and where its risk stands among the open tickets."""
    risk_range: tuple[float, float] = (0.0, 0.0)
    """Between what the chance lies, as far as the matured outcomes of tickets like this tell."""
    model: str = ""
    """Version of the learned model; "": the rule alone, uncalibrated."""
    facts: str = ""
    """Of what it was made from, without the clock: with the same facts it moves only by a whole step."""
    at: str = ""


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
    """How it was settled: whose value was put in place, `kept`, or `overtaken`; empty while it is open."""
    kept_from: System = HUB
    times: Mapping[System, str] = {}
    """When each side's value was set there, as far as that side tells; the kept one's among them."""
    note: str = ""
    """The name of the note that tells people of it; empty: nobody is told but by `hub conflicts`."""
    answer: str = ""
    """The name of the note that tells them how it ended."""
    due: bool = False
    """It ended, and not everybody who was told of it has been told so."""
    by: str = ""
    """Who settled it, and where."""
    ended: str = ""
    """When it was settled."""
    unheard: tuple[str, ...] = ()
    """Who chose otherwise, too late."""
    wish: str = ""
    """What a command asks for, until the plan that does it; never stored."""


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
    since: str = ""
    """When something was refused in this slot first; empty: `at`."""
    tries: int = 1
    edited: str | None = None
    """What a person wants a comment's copy to say instead, on this side alone."""


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
    outdated: tuple[Observation, ...] = ()
    """Readings that began before a worker wrote to the replica: they say what is to be read anew."""


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
    before: Ticket | None = None
    """The ticket as the store has it, where a person's command changed `ticket` before it is planned."""
    readings: Mapping[str, Reading] = {}
    """What a reader that knows more than the lexicon made of its texts, by their digests."""
    conflicts: tuple[Conflict, ...] = ()
    """Open ones, and those of which somebody is still to be told how they ended; oldest first."""


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
    feedback: tuple[Feedback, ...] = ()
    events: tuple[Event, ...] = ()
    """What happened to the ticket since it was held; its course has them already."""
    settled: tuple[Conflict, ...] = ()
    """Conflicts held before, as they are now."""


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
