"""What the hub asks of a system, and what can come of it. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

import msgspec

from hub.model import (
    Attachment,
    AttachmentId,
    Audience,
    CommentId,
    Json,
    Person,
    RemoteId,
    System,
    TicketId,
)
from hub.replica import RemoteComment


class CreateReplica(msgspec.Struct, frozen=True, tag=True, omit_defaults=True):
    """Create a replica with these raw fields. `key` travels with it, so a lost answer can be found."""

    system: System
    ticket_id: TicketId
    key: TicketId
    raw: Mapping[str, Json]
    requester: Person | None = None
    quiet: bool = False
    follows: RemoteId = RemoteId("")
    """The closed replica that the new one is a follow-up of."""


class UpdateReplica(msgspec.Struct, frozen=True, tag=True, omit_defaults=True):
    """
    Set these raw fields.

    `before` holds each field's raw value as last seen: what a conditional write expects, what
    composite fields (a description with our block in it) are written onto, and what undo restores.
    """

    system: System
    ticket_id: TicketId
    remote_id: RemoteId
    expect: str
    changes: Mapping[str, Json]
    before: Mapping[str, Json] = {}
    quiet: bool = False
    """No notifications, where the system lets us."""
    closed: bool = False
    """The replica was last seen closed: only the ways that are open to closed tickets may work."""
    ours: bool = False
    """Only the hub writes these fields, so that an unconditional bulk write can lose nobody's edit."""


class AddComment(msgspec.Struct, frozen=True, tag=True, omit_defaults=True):
    """Add a comment. `body` is Markdown and complete: attribution is already in it."""

    system: System
    ticket_id: TicketId
    remote_id: RemoteId
    key: CommentId
    body: str
    public: bool
    audience: Audience
    author: Person
    created_at: str
    attachments: tuple[Attachment, ...] = ()
    expect: str = ""
    quiet: bool = False
    """Put it there without telling anybody, where the system can (a backfill)."""


class EditComment(msgspec.Struct, frozen=True, tag=True, omit_defaults=True):
    """Replace a comment's body, where the system lets us."""

    system: System
    ticket_id: TicketId
    remote_id: RemoteId
    comment: RemoteId
    key: CommentId
    body: str
    before: str = ""
    public: bool | None = None
    """Who may read it from now on, where comments have audiences; None: whoever may now."""


class RemoveComment(msgspec.Struct, frozen=True, tag=True, omit_defaults=True):
    """Take a copy of a comment away: delete it, or where that cannot be, hide it from customers."""

    system: System
    ticket_id: TicketId
    remote_id: RemoteId
    comment: RemoteId
    key: CommentId


class AddAttachment(msgspec.Struct, frozen=True, tag=True, omit_defaults=True):
    """Put a copy of a file on a replica (where files hang on the replica, not on a comment)."""

    system: System
    ticket_id: TicketId
    remote_id: RemoteId
    attachment: Attachment


class SetReference(msgspec.Struct, frozen=True, tag=True, omit_defaults=True):
    """Show on a replica that another one belongs to it; with `url` empty, stop showing it."""

    system: System
    ticket_id: TicketId
    remote_id: RemoteId
    global_id: str
    url: str
    title: str
    summary: str = ""
    resolved: bool = False


class DeleteReplica(msgspec.Struct, frozen=True, tag=True, omit_defaults=True):
    """Delete a replica that the hub created (undo only)."""

    system: System
    ticket_id: TicketId
    remote_id: RemoteId


Operation: TypeAlias = (
    CreateReplica
    | UpdateReplica
    | AddComment
    | EditComment
    | RemoveComment
    | AddAttachment
    | SetReference
    | DeleteReplica
)


class Done(msgspec.Struct, frozen=True, tag=True, omit_defaults=True):
    """
    It was done. Whatever is given is as that write left it, never from a later read.

    `raw` None: the system answered without the record; the shadow then moves to what was sent.
    """

    remote_id: RemoteId = RemoteId("")
    label: str = ""
    url: str = ""
    version: str = ""
    raw: Mapping[str, Json] | None = None
    comment: RemoteComment | None = None
    attachment: RemoteId = RemoteId("")
    attachments: Mapping[AttachmentId, str] = {}
    """sha256 of each file whose bytes were read for this."""
    refused: Mapping[str, str] = {}
    """Fields of the operation that the system refused, each with the reason; the others were done."""
    cut: Mapping[str, str] = {}
    """Fields that had to be shortened, each with what was lost, for the loss ledger."""


class Stale(msgspec.Struct, frozen=True, tag=True):
    """The replica changed after we saw it. Look again, plan again."""

    reason: str = ""


class Retryable(msgspec.Struct, frozen=True, tag=True):
    """Nothing was done. The same may work later."""

    reason: str
    after: float = 0.0
    """Seconds that the system asked us to wait."""


class Unanswered(msgspec.Struct, frozen=True, tag=True):
    """It may have been done. Look before asking again."""

    reason: str


class Refused(msgspec.Struct, frozen=True, tag=True, omit_defaults=True):
    """The system will not do it however often it is asked. Park it."""

    reason: str
    """Says what is wrong, where, and what to do; fit to show to a person; holds no secret."""
    code: Literal["closed", "too_long", "too_large", "no_such", "forbidden", "invalid", "gone"] = "invalid"


Outcome: TypeAlias = Done | Stale | Retryable | Unanswered | Refused
