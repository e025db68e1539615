"""A conversation, as the hub sees any replica. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from connectors.email.conversations import Comment, File, Held, label, number
from connectors.email.model import Address
from hub.model import EMAIL, AttachmentId, CommentId, Json, Person, RemoteId, TicketId
from hub.replica import Gone, Observation, RemoteAttachment, RemoteComment
from hub.schema import Field, FieldType, Option, Schema

CHANNEL = "email"


def observe(
    held: Held, said: Sequence[Comment], files: Sequence[File], groups: Mapping[str, str]
) -> Observation:
    """Return the conversation with everything in it. `groups`: which group each address of ours is."""
    value = held.value
    return Observation(
        system=EMAIL,
        remote_id=RemoteId(str(held.id)),
        version=str(held.version),
        label=label(held.id),
        key=TicketId(held.key) if held.key is not None else None,
        raw=raw_of(held, groups),
        comments=tuple(_comment(one) for one in said if not one.value.removed),
        comments_complete=True,
        attachments=tuple(_file(one) for one in files),
        attachments_complete=True,
        gone=Gone("deleted") if value.deleted else None,
        at=value.changed_at or held.opened_at,
    )


def raw_of(held: Held, groups: Mapping[str, str]) -> dict[str, Json]:
    """Return a conversation's fields, by their ids in `schema`."""
    value = held.value
    return {
        "subject": value.subject,
        "description": value.description,
        "status": value.status,
        "requester": _person(value.requester),
        "followers": sorted(one.email for one in value.followers),
        "group": groups.get(value.mailbox) or None,
        "channel": None if held.key is not None else CHANNEL,  # what the hub began came another way
        "language": value.language or None,
        "recipients": sorted(value.recipients),
        "merged_into": value.merged_into or None,
    }


def _person(address: Address) -> Json:
    return {"email": address.email, "name": address.name} if address.email else None


def _comment(one: Comment) -> RemoteComment:
    author = one.value.author
    return RemoteComment(
        id=RemoteId(str(one.id)),
        body=one.value.text,
        author=Person(author.email, author.name, author.email or None),
        created_at=one.created_at,
        public=one.value.public,
        key=CommentId(one.key) if one.key is not None else None,
    )


def _file(one: File) -> RemoteAttachment:
    value = one.value
    return RemoteAttachment(
        id=RemoteId(str(one.id)),
        name=value.name,
        content_type=value.content_type,
        size=value.size,
        url="",
        public=value.public,
        comment=RemoteId(str(one.comment)) if one.comment is not None else None,
        key=AttachmentId(one.key) if one.key is not None else None,
        by_hub=one.key is not None,
    )


def missing(name: str) -> Observation:
    """There is no such conversation."""
    found = number(name)
    remote = RemoteId(name if found is None else str(found))
    return Observation(system=EMAIL, remote_id=remote, gone=Gone("deleted"))


def schema(groups: Mapping[str, str]) -> Schema:
    """Describe the fields of a conversation."""
    statuses = ("open", "pending", "hold", "solved", "closed")
    rows: tuple[tuple[str, str, FieldType, bool], ...] = (
        ("subject", "Subject", "text", True),
        ("description", "Description", "rich", True),
        ("status", "Status", "status", True),
        ("requester", "Requester", "person", True),
        ("followers", "Followers", "labels", True),
        ("merged_into", "Merged into", "text", True),
        ("group", "Group", "choice", False),
        ("channel", "Channel", "choice", False),
        ("language", "Language", "text", False),
        ("recipients", "Recipients", "labels", False),
    )
    options = {
        "status": tuple(Option(s, s) for s in statuses),
        "group": tuple(Option(g, g) for g in dict.fromkeys(groups.values())),
        "channel": (Option(CHANNEL, "E-mail"),),
    }
    fields = {
        i: Field(id=i, name=name, type=kind, writable=writable, options=options.get(i, ()))
        for i, name, kind, writable in rows
    }
    return Schema(EMAIL, fields)
