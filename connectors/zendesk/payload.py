"""Zendesk's structs as observations. Pure; writing is `bodies`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any, NamedTuple, cast

import msgspec

from connectors.zendesk import marks, records
from connectors.zendesk.fields import BUILT_IN, ORGANIZATION, TICKET, Layout, typed
from connectors.zendesk.html import to_markdown
from connectors.zendesk.marks import Mark
from hub import keys
from hub.model import ZENDESK, Json, Person, RemoteId, TicketId
from hub.replica import Gone, Observation, RemoteAttachment, RemoteComment

MERGED_TAG = "closed_by_merge"
_MERGED_INTO = re.compile(r"merged into (?:this )?(?:request|ticket)\s*(?:<[^>]*>)*\s*#?(\d+)", re.IGNORECASE)
_ALTERS = re.compile(r"redact|privacychange", re.IGNORECASE)
_BLACKED_OUT = "▇"
_REDACTED_FILE = "redacted.txt"


class Names(NamedTuple):
    """The records that tickets refer to by id."""

    people: Callable[[int], Mapping[str, Json]]
    groups: Mapping[int, str]
    organizations: Mapping[int, records.Organization]


class Thread(NamedTuple):
    """What a ticket's comments hold: the first is its description, the others are comments."""

    description: str | None = None
    """HTML; None if it was not seen."""
    comments: tuple[RemoteComment, ...] = ()
    attachments: tuple[RemoteAttachment, ...] = ()
    merged_into: RemoteId | None = None


# -- tickets ---------------------------------------------------------------------------------------


def observation(ticket: records.Ticket, names: Names, layout: Layout) -> Observation:
    """
    Return what a ticket's record shows.

    The description is not among it: records show it as plain text only, its HTML is in the ticket's
    first comment. A field that is not in `raw` was not shown.
    """
    gone = _gone(ticket)
    raw: dict[str, Json] | None = None
    if gone is None or gone.how != "scrubbed":  # what stands in scrubbed fields is nobody's word
        raw = raw_fields(ticket, names, layout)
    if raw is not None and gone is not None and gone.how == "deleted":
        del raw["status"]  # it shows as `deleted`, which is no status that anybody set
    return Observation(
        system=ZENDESK,
        remote_id=RemoteId(str(ticket.id)),
        version=ticket.updated_at or "",
        label=f"#{ticket.id}",
        url=agent_url(ticket),
        key=_key(ticket),
        raw=raw,
        comment_count=ticket.comment_count,
        gone=gone,
        at=ticket.updated_at or "",
        follows=_follows(ticket),
    )


def _key(ticket: records.Ticket) -> TicketId | None:
    """Our mark, if it is this ticket's own: of people's follow-ups it may be a copy of the closed one's."""
    name, turn, _ = str(ticket.external_id or "").partition(keys.TURN)
    if not name or (_follows(ticket) is not None and not turn):
        return None
    return TicketId(name)


def _follows(ticket: records.Ticket) -> RemoteId | None:
    """Return the closed ticket that this one was begun as a follow-up of."""
    via = cast("dict[str, Any]", ticket.via) if isinstance(ticket.via, dict) else {}
    source = cast("dict[str, Any]", via.get("source") or {})
    if source.get("rel") != "follow_up":
        return None
    number = cast("dict[str, Any]", source.get("from") or {}).get("ticket_id")
    return RemoteId(str(number)) if number else None


def agent_url(ticket: records.Ticket) -> str:
    """Where people look at a ticket."""
    base, api, _ = (ticket.url or "").partition("/api/")
    return f"{base}/agent/tickets/{ticket.id}" if api else ""


def _gone(ticket: records.Ticket) -> Gone | None:
    if ticket.status == "deleted":
        scrubbed = ticket.subject == "SCRUBBED" and ticket.description in ("X", None)
        return Gone("scrubbed" if scrubbed else "deleted")
    if ticket.status == "closed" and MERGED_TAG in (ticket.tags or ()):
        return Gone("merged")
    return None


def raw_fields(ticket: records.Ticket, names: Names, layout: Layout) -> dict[str, Json]:
    """Return a ticket's fields by the ids of `Schema`."""
    person = names.people
    raw: dict[str, Json] = {
        "subject": ticket.subject,
        "status": ticket.status,
        "custom_status": _text(ticket.custom_status_id),
        "priority": ticket.priority,
        "type": ticket.type,
        "tags": sorted(ticket.tags or ()),
        "requester": person(ticket.requester_id) if ticket.requester_id else None,
        "assignee": person(ticket.assignee_id) if ticket.assignee_id else None,
        "submitter": person(ticket.submitter_id) if ticket.submitter_id else None,
        "group": _group(ticket.group_id, names),
        "created_at": ticket.created_at,
        "updated_at": ticket.updated_at,
        "external_id": _text(ticket.external_id),
        "via": _channel(ticket.via),
        "problem_id": _text(ticket.problem_id),
        "due_at": ticket.due_at,
    }
    for field in ticket.custom_fields or ():
        raw[f"{TICKET}{field.id}"] = typed(layout.ticket.get(field.id), field.value)
    raw.update(_organization(ticket.organization_id, names, layout))
    if ticket.slas is not msgspec.UNSET:
        raw["sla:next_breach_at"] = _next_breach(ticket.slas)
    return raw


def _organization(number: int | None, names: Names, layout: Layout) -> dict[str, Json]:
    """An organization's fields; all empty where the ticket has none."""
    found = names.organizations.get(number) if number else None
    if found is None and number:
        return {}  # it was not shown, which is not the same as there being none
    values = (found.organization_fields if found else None) or {}
    raw = {
        f"{ORGANIZATION}{key}": typed(kind, values.get(key)) if found else None
        for key, kind in layout.organization.items()
    }
    shown = (
        {"id": str(found.id), "name": found.name or "", "external_id": _text(found.external_id)}
        if found
        else None
    )
    raw["organization"] = shown
    for name in BUILT_IN:
        raw[f"{ORGANIZATION}{name}"] = shown.get(name) if shown else None
    domains = found.domain_names if found else None
    raw[f"{ORGANIZATION}domain_names"] = sorted(d.lower() for d in domains or ())
    return raw


def _group(number: int | None, names: Names) -> Json:
    return {"id": str(number), "name": names.groups.get(number, "")} if number else None


def _channel(via: Any) -> Json:
    if isinstance(via, dict):
        via = cast("dict[str, Any]", via).get("channel")
    return via if isinstance(via, str) else None


def _next_breach(slas: Any) -> Json:
    metrics = cast("dict[str, Any]", slas).get("policy_metrics") if isinstance(slas, dict) else None
    times = [
        metric["breach_at"]
        for metric in cast("list[dict[str, Any]]", metrics or [])
        if metric.get("breach_at") and metric.get("stage") != "achieved"
    ]
    return min(times, default=None)


def _text(value: object) -> str | None:
    return None if value is None else str(value)


# -- comments --------------------------------------------------------------------------------------


def thread(
    events: Sequence[tuple[records.Event, Mark, str]],
    first: int | None,
    author: Callable[[int | None], Person],
) -> Thread:
    """
    Return what these comments (with mark and time) hold.

    `first` is the id of the one that is the ticket's description, if it is among them.
    """
    description: str | None = None
    into: RemoteId | None = None
    comments: list[RemoteComment] = []
    attachments: list[RemoteAttachment] = []
    for event, mark, at in events:
        is_description = event.id == first
        attachments.extend(files_of(event, mark, is_description or mark.only_files))
        if is_description:
            description = body_of(event)
            continue
        into = merged_into(event) or into
        if not mark.only_files:
            comments.append(remote_comment(event, mark, at, author(event.author_id)))
    return Thread(description, tuple(comments), tuple(attachments), into)


def remote_comment(event: records.Event, mark: Mark, at: str, author: Person) -> RemoteComment:
    """Return a comment as the hub reads it."""
    html = body_of(event)
    return RemoteComment(
        id=RemoteId(str(event.id)),
        body=to_markdown(html),
        author=author,
        created_at=event.created_at or at,
        public=bool(event.public),
        key=mark.comment,
        redacted=_is_blacked_out(html),
    )


def body_of(event: records.Event) -> str:
    """A comment's HTML; for those that come without, their text as HTML."""
    if event.html_body is not None:
        return event.html_body
    return "<p>" + escape(event.body or "", quote=False).replace("\n", "<br>") + "</p>"


def _is_blacked_out(html: str) -> bool:
    if _BLACKED_OUT not in html:
        return False
    return not any(c.isalnum() for c in re.sub(r"<[^>]*>", "", html))


def files_of(event: records.Event, mark: Mark, on_ticket: bool) -> list[RemoteAttachment]:
    """Return a comment's files, without those that were redacted or that only serve a comment."""
    found: list[RemoteAttachment] = []
    for file in event.attachments or ():
        name = file.file_name or ""
        key = marks.file_key(mark, name)
        if file.deleted or name == _REDACTED_FILE or key == "":
            continue
        found.append(
            RemoteAttachment(
                id=RemoteId(str(file.id)),
                name=name,
                content_type=file.content_type or "",
                size=file.size or 0,
                url=file.content_url or "",
                public=bool(event.public),
                comment=None if on_ticket else RemoteId(str(event.id)),
                key=key,
                by_hub=mark.ours,
            )
        )
    return found


def merged_into(event: records.Event) -> RemoteId | None:
    """The ticket into which a merge comment says that its ticket went."""
    text = event.html_body or event.body or ""
    if "merged into" not in text:
        return None
    found = _MERGED_INTO.search(text)
    return RemoteId(found[1]) if found else None


class Told(NamedTuple):
    """What one update says about its ticket's comments."""

    update: records.Update
    comments: list[records.Event]
    creates: bool
    """It made the ticket: its first comment is the description."""
    alters: bool
    """Earlier comments look different now: something was redacted or hidden."""


def told(update: records.Update) -> Told:
    """Sort an update's events. Kinds that nobody here knows are passed over."""
    comments: list[records.Event] = []
    creates = alters = False
    for event in update.child_events or ():
        kind = event.kind
        if kind == "Create":
            creates = True
        elif kind == "Change":
            continue
        elif is_comment(event):
            comments.append(event)
        elif _ALTERS.search(kind):
            alters = True
    return Told(update, comments, creates, alters)


def is_comment(event: records.Event) -> bool:
    return (
        event.kind in ("Comment", "VoiceComment")
        and event.id is not None
        and (event.html_body is not None or event.body is not None)
    )
