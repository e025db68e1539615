"""
The canonical model: a support ticket in no system's dialect. Values only; nothing here acts.

A ticket is a set of *registers* (one mergeable value each), its comments and its attachments.
Register names are dotted words from a closed catalogue (`hub.registers`), or `custom.<name>`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NewType, TypeAlias

import msgspec

System = NewType("System", str)
TicketId = NewType("TicketId", str)
CommentId = NewType("CommentId", str)
AttachmentId = NewType("AttachmentId", str)
RemoteId = NewType("RemoteId", str)

Value: TypeAlias = bool | int | float | str | tuple[str, ...] | None
"""A canonical value: immutable, comparable, and itself again after JSON. A tuple is a sorted set of
words; an instant is ISO 8601 in UTC ending in `Z`; a person is a normalised e-mail address, or
`<system>:<their id>` where no address is known."""

Json: TypeAlias = Any
"""A raw value as a system's API shows it."""

Raw: TypeAlias = Mapping[str, Json]
"""A replica's raw fields, by the field ids of `Schema`."""

Audience: TypeAlias = Literal["public", "internal", "engineering"]
"""Who may read a comment: the customer too; support staff; only the engineers in their tracker."""

HUB = System("hub")
ZENDESK = System("zendesk")
JIRA = System("jira")
SALESFORCE = System("salesforce")
EMAIL = System("email")

HUB_NOTE = "hub:"
"""Keys of what the hub says in its own name begin so; it is never taken for a person's word."""


class Person(msgspec.Struct, frozen=True, omit_defaults=True):
    """A human as one system names them. `email` is lower-case, or None where it is not shown."""

    id: str = ""
    name: str = ""
    email: str | None = None


class Comment(msgspec.Struct, frozen=True, omit_defaults=True):
    """One comment as the hub holds it. `body` is Markdown; `created_at` is when its author said it."""

    id: CommentId
    body: str
    author: Person
    created_at: str
    audience: Audience
    origin: System
    removed: bool = False
    """Its author, or a redaction, took it back at its origin: never shown again anywhere."""

    @property
    def place(self) -> tuple[str, int, str]:
        """Where it stands among others; of one second, by the number that its origin gave it (9, then 10)."""
        return self.created_at, len(self.id), self.id


class Attachment(msgspec.Struct, frozen=True, omit_defaults=True):
    """One file. Its bytes stay where they are until a system needs a copy."""

    id: AttachmentId
    name: str
    content_type: str
    size: int
    audience: Audience
    origin: System
    remote_id: RemoteId
    """Its id at the origin."""
    on: RemoteId
    """The replica that it hangs on, at the origin."""
    url: str = ""
    """Where the origin serves its bytes; may be another host, which never sees our credentials."""
    comment: CommentId | None = None
    sha256: str = ""
    """Hex; empty until the bytes were read once."""


class Origin(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where a register's present value came from."""

    system: System
    at: str
    run: str = ""


class Course(msgspec.Struct, frozen=True, omit_defaults=True):
    """
    What happened to a ticket so far, as far as its present values do not tell it.

    Folded event by event (`hub.history.course`), the same in a live hub and in a back-test. Moments
    are instants; "" means never. Lists are bounded, as the fold states.
    """

    opened: str = ""
    spells: tuple[tuple[str, str], ...] = ()
    """Each status that it had, and since when; oldest first."""
    reopened: int = 0
    reassigned: int = 0
    """How often it went to another person after the first."""
    moved: int = 0
    """How often it went to another group after the first."""
    returned: int = 0
    """How often it went back to a group that had had it before."""
    agents: tuple[str, ...] = ()
    """Who of ours had it or spoke on it."""
    groups: tuple[str, ...] = ()
    """Which groups had it."""
    assignee: str = ""
    """Who had it last, even if nobody has it now."""
    group: str = ""
    """Which group had it last."""
    line: int = 0
    """Which line of support has it; 0: nothing tells."""
    climbed: int = 0
    """How often it went to a higher line."""
    actor: str = ""
    """Who did the latest thing that somebody is known to have done."""
    raised: int = 0
    """How often its priority or severity went up."""
    lowered: int = 0
    raised_at: str = ""
    events: int = 0
    customer_said: int = 0
    we_said: int = 0
    """Public answers of ours."""
    notes: int = 0
    asked_again: int = 0
    """How often the customer wrote once more before anybody had answered."""
    first_answer: str = ""
    last_customer: str = ""
    last_ours: str = ""
    waiting_since: str = ""
    """The customer's first word since our last public one."""
    escalated: str = ""
    """When it was first marked as escalated."""
    breached: str = ""
    """When it first missed a deadline."""


class Ticket(msgspec.Struct, frozen=True, omit_defaults=True):
    """One customer problem, as the hub holds it."""

    id: TicketId
    registers: Mapping[str, Value] = {}
    origins: Mapping[str, Origin] = {}
    comments: Mapping[CommentId, Comment] = {}
    attachments: Mapping[AttachmentId, Attachment] = {}
    course: Course = Course()

    def get(self, register: str) -> Value:
        return self.registers.get(register)
