"""What a system shows of a ticket, and what the hub remembers of having seen it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NewType, TypeAlias

import msgspec

from hub.model import (
    AttachmentId,
    CommentId,
    Json,
    Person,
    RemoteId,
    System,
    TicketId,
    Value,
)

Cursor = NewType("Cursor", str)
"""An opaque place in a system's feed of changes. It moves only after what lies before it is stored."""


class RemoteComment(msgspec.Struct, frozen=True, omit_defaults=True):
    """A comment as a system shows it."""

    id: RemoteId
    body: str
    """Markdown, translated by the connector."""
    author: Person
    created_at: str
    public: bool
    """Whether a customer can read it there."""
    key: CommentId | None = None
    """Our mark: set when the hub wrote this comment, and the system could carry the mark."""
    marked: bool = False
    """An engineer marked it to be sent to the customer (`read: only_if_marked`)."""
    redacted: bool = False


class RemoteAttachment(msgspec.Struct, frozen=True, omit_defaults=True):
    """A file as a system shows it."""

    id: RemoteId
    name: str
    content_type: str
    size: int
    url: str
    public: bool
    comment: RemoteId | None = None
    key: AttachmentId | None = None
    """Our mark, where the system can carry one; else the hub knows its own files by name and size."""
    by_hub: bool = False
    """Our account put it there."""


class Reference(msgspec.Struct, frozen=True, omit_defaults=True, order=True):
    """One replica naming another: a Jira key typed on a ticket, a remote link on an issue."""

    system: System
    name: str
    """The other replica's id or label (`SUP-7`, `123`)."""


class Gone(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why a replica is not there any more."""

    how: Literal["deleted", "merged", "scrubbed", "absent"]
    """`absent`: neither read nor told to be deleted; may be a lost permission. Believed only twice."""
    into: RemoteId | None = None


class Observation(msgspec.Struct, frozen=True, omit_defaults=True):
    """
    A replica, or a part of it, as its system just showed it.

    `raw` None says that only comments or attachments were seen. Comments given are those seen now;
    if `comments_complete`, the replica has no others. The same for attachments.
    """

    system: System
    remote_id: RemoteId
    version: str = ""
    """For a conditional write; empty where the system has none, or it was not seen."""
    label: str = ""
    url: str = ""
    key: TicketId | None = None
    """Our mark on a replica that the hub created."""
    raw: Mapping[str, Json] | None = None
    comments: tuple[RemoteComment, ...] = ()
    comments_complete: bool = False
    comment_count: int | None = None
    """How many comments the system says there are, where it says so with the record."""
    attachments: tuple[RemoteAttachment, ...] = ()
    attachments_complete: bool = False
    references: tuple[Reference, ...] | None = None
    """Other replicas that this one names outside its fields (Jira remote links); None: not looked."""
    gone: Gone | None = None
    at: str = ""
    """When it last changed, by the system's clock."""
    early: bool = False
    """Seen before the feed shows it: the record is good, but comments may be there that are not here."""
    follows: RemoteId | None = None
    """The closed replica of the same system that people's replica was begun as a follow-up of."""


class Page(msgspec.Struct, frozen=True):
    """Some observations of a feed, and the place to go on from once they are stored."""

    observations: tuple[Observation, ...]
    cursor: Cursor


class Agreed(msgspec.Struct, frozen=True, array_like=True):
    """A raw value (or the fingerprint of a long one), and the canonical value it stood for."""

    raw: Json
    value: Value


class Mark(msgspec.Struct, frozen=True, omit_defaults=True):
    """A comment's or attachment's copy in one replica. `remote_id` empty: asked for, not seen yet."""

    remote_id: RemoteId = RemoteId("")
    digest: str = ""
    """Of the body as that side shows it; the base against which an edit is recognised. Of a file: its
    sha256, once its bytes went through our hands."""
    said: str = ""
    """Of the hub's body when this copy was last written; another one is news for this side."""
    asked: str = ""
    """When it was asked for, and no answer came yet; empty when answered."""


class Shadow(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a replica last showed, and what it stood for."""

    registers: Mapping[str, Agreed] = {}
    comments: Mapping[CommentId, Mark] = {}
    attachments: Mapping[AttachmentId, Mark] = {}
    asked: Mapping[str, Agreed] = {}
    """What we asked to be shown and have no answer about: our own write, if that is what turns up."""
    references: Mapping[str, str] = {}
    """Reference shown there on our behalf: its global id -> digest of what it shows."""


LinkState: TypeAlias = Literal["live", "awaited", "gone", "unlinked"]
Ended: TypeAlias = Literal["", "deleted", "followed", "matched", "unmatched"]
"""
How a link was ended, where that is not simply by a person's gesture: its ticket was deleted, and it comes
back with it; the replica is closed for good, and a follow-up goes on in its place; the replica turned out
to be another ticket's (`hub match`), or not to be this one's after all.
"""


class Link(msgspec.Struct, frozen=True, omit_defaults=True):
    """
    A ticket's tie to one replica. Kept as a tombstone (`gone`, `unlinked`) after it ended.

    `awaited`: its creation was asked for and not answered; `remote_id` is then `?<key>`.
    """

    ticket_id: TicketId
    system: System
    remote_id: RemoteId
    state: LinkState = "live"
    label: str = ""
    url: str = ""
    version: str = ""
    shadow: Shadow = Shadow()
    asked_at: str = ""
    """When an awaited creation was asked for (ISO 8601 UTC)."""
    absences: int = 0
    created_by_hub: bool = False
    primary: bool = False
    """Of the links that share a replica, the one whose ticket speaks for the texts."""
    ended: Ended = ""


def tie(ticket_id: TicketId, seen: Observation, *, primary: bool) -> Link:
    """Return a live link to a replica, as it was just seen."""
    return Link(
        ticket_id,
        seen.system,
        seen.remote_id,
        label=seen.label,
        url=seen.url,
        version=seen.version,
        primary=primary,
    )
