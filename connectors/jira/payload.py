"""
Jira's records as observations. Pure translation, tested on recorded answers.

Values are typed by what they look like, not by asking for each field's type: Jira's own shapes are
distinct enough, and a look at an issue then costs no other call.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, cast

from connectors.jira.adf import Adf
from connectors.jira.nodes import mapping_of
from connectors.jira.shapes import PROPERTY, Comment, Issue, User
from hub.model import JIRA, SALESFORCE, ZENDESK, CommentId, Json, Person, RemoteId, System, TicketId
from hub.names import full_id
from hub.replica import Observation, Reference, RemoteAttachment, RemoteComment

FIELDS = (
    "summary", "description", "status", "priority", "issuetype", "project", "labels", "assignee",
    "reporter", "resolution", "fixVersions", "duedate", "created", "updated", "comment", "attachment",
)  # fmt: skip
PROPERTY_FIELD = f"property:{PROPERTY}"
_NAMED = frozenset({"priority", "issuetype", "resolution"})
_WHOLE = frozenset(FIELDS) - {"comment", "attachment"} | {"environment", "components", "versions"}
_STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)")
_TICKET_URL = re.compile(r"https?://([^/]+)/(?:agent/)?tickets/(\d+)(?:[/?#]|$)")
_CASE_URL = re.compile(r"https?://([^/]+)/(?:lightning/r/(?:Case/)?)?(500[A-Za-z0-9]{12}(?:[A-Za-z0-9]{3})?)(?:[/?#]|$)")
_REPLICA_ID = re.compile(r"system=([a-z]+)&id=([\w-]+)")
_MARKER = re.compile(r"\s*\\?#(?:customer|public)\b[ \t]*(?:\\?\n|$)\s*", re.IGNORECASE)
_OUR_LABEL = re.compile(r"hub-[0-9a-f]{12}")
ADF = Adf()


def label_of(key: TicketId) -> str:
    """Return the label that marks an issue of ours so that JQL can find it."""
    return f"hub-{hashlib.sha256(key.encode()).hexdigest()[:12]}"


def is_our_label(label: str) -> bool:
    """Whether the hub put this label there; people's own are left alone."""
    return _OUR_LABEL.fullmatch(label) is not None


def instant(stamp: str) -> str:
    """Return one of Jira's times (any zone) as ISO 8601 in UTC, to the second."""
    if not stamp:
        return ""
    return datetime.fromisoformat(_iso(stamp)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def milliseconds(stamp: str) -> int:
    """Return one of Jira's times as epoch milliseconds; 0 where there is none."""
    return round(datetime.fromisoformat(_iso(stamp)).timestamp() * 1000) if stamp else 0


def _iso(stamp: str) -> str:
    # "2022-12-08T02:22:18.889-0800": the offset of the caller's own profile, without a colon.
    return stamp[:-2] + ":" + stamp[-2:] if stamp[-5:-4] in {"+", "-"} else stamp


def person(user: User | Mapping[str, Any] | None) -> Person:
    """Return a person as Jira names them; nobody where there is none."""
    if user is None:
        return Person()
    if isinstance(user, User):
        who, name, email = user.account_id, user.display_name, user.email_address
    else:
        who, name = user.get("accountId") or user.get("name"), user.get("displayName")
        email = user.get("emailAddress")
    return Person(str(who or ""), str(name or ""), str(email).lower() if email else None)


def plain(value: Any) -> Json:
    """Return a field's value as simply as it can be said; see the module's docstring."""
    if isinstance(value, str):
        return instant(value) if _STAMP.fullmatch(value) else value
    if isinstance(value, list):
        return sorted((plain(one) for one in cast("list[Any]", value)), key=str)
    return _plain_object(cast("Mapping[str, Any]", value)) if isinstance(value, Mapping) else value


def _plain_object(value: Mapping[str, Any]) -> Json:
    if value.get("type") == "doc":
        return value
    if "accountId" in value:
        who = person(value)
        return {"id": who.id, "name": who.name, "email": who.email}
    for name in ("value", "name", "key"):
        if name in value:
            return value[name]
    return dict(value)


def raw_of(issue: Issue) -> dict[str, Json]:
    """Return an issue's raw fields, by the ids that `schema` gives them."""
    raw: dict[str, Json] = {}
    for name, value in issue.fields.items():
        if name not in _WHOLE and not name.startswith("customfield_"):
            continue
        if name == "labels":
            raw[name] = sorted(label for label in value or () if not is_our_label(label))
        elif name == "status":
            raw[name] = mapping_of(value).get("name")
            raw["status_category"] = mapping_of(mapping_of(value).get("statusCategory")).get("key")
        elif name == "project":
            raw[name] = mapping_of(value).get("key")
        elif name in _NAMED:
            raw[name] = mapping_of(value).get("name")
        else:
            raw[name] = plain(value)
    raw[PROPERTY_FIELD] = issue.properties.get(PROPERTY)
    return raw


def key_of(issue: Issue) -> TicketId | None:
    """Return our mark, if we made this issue."""
    held = issue.properties.get(PROPERTY)
    key = mapping_of(held).get("key")
    return TicketId(str(key)) if key else None


def is_service_desk(issue: Issue) -> bool:
    """Whether customers can be given sight of this issue's comments at all (a JSM project)."""
    return mapping_of(issue.fields.get("project")).get("projectTypeKey") == "service_desk"


def comment_of(comment: Comment, *, service_desk: bool, key: str = "") -> RemoteComment:
    """Return a comment with its body in Markdown, the mark for the customer taken off it."""
    body = ADF.to_markdown(comment.body)
    marker = _MARKER.match(body)
    return RemoteComment(
        id=RemoteId(comment.id),
        body=body[marker.end() :] if marker else body,
        author=person(comment.author),
        created_at=instant(comment.created),
        # Jira says "public" of every comment; outside JSM only people with a seat can read it.
        public=service_desk and comment.jsd_public is True,
        key=CommentId(key) if key else None,
        marked=marker is not None,
    )


def attachment_of(found: Mapping[str, Any], me: str) -> RemoteAttachment:
    """Return a file. Customers cannot see it here, unless a public comment shows it in JSM."""
    return RemoteAttachment(
        id=RemoteId(str(found.get("id", ""))),
        name=str(found.get("filename") or ""),
        content_type=str(found.get("mimeType") or "application/octet-stream"),
        size=int(found.get("size") or 0),
        url=str(found.get("content") or ""),
        public=False,
        by_hub=bool(me) and mapping_of(found.get("author")).get("accountId") == me,
    )


def references(links: Sequence[Mapping[str, Any]], hosts: frozenset[str]) -> tuple[Reference, ...]:
    """
    Return the tickets and Cases that an issue's remote links name.

    `hosts`: where ours live; a link to somebody else's helpdesk is not ours. Empty: any.
    """
    found: set[Reference] = set()
    for link in links:
        by_id = _REPLICA_ID.fullmatch(str(link.get("globalId") or ""))
        if by_id and by_id[1] != JIRA:
            found.add(Reference(System(by_id[1]), by_id[2]))
            continue
        url = str(mapping_of(link.get("object")).get("url") or "")
        for system, pattern in ((ZENDESK, _TICKET_URL), (SALESFORCE, _CASE_URL)):
            named = pattern.match(url)
            if named and (not hosts or named[1].lower() in hosts):
                # Addresses that people copy often hold the short form; replicas go by the full one.
                name = full_id(named[2], "500") if system == SALESFORCE else named[2]
                found.add(Reference(system, name))
    return tuple(sorted(found))


def observation(
    issue: Issue,
    *,
    site: str,
    me: str,
    comments: Sequence[RemoteComment],
    comments_complete: bool,
    linked: tuple[Reference, ...] | None,
) -> Observation:
    """Return an issue as an observation, with what was read beside it."""
    shown = mapping_of(issue.fields.get("comment"))
    files = issue.fields.get("attachment")
    return Observation(
        system=JIRA,
        remote_id=RemoteId(issue.id),
        label=issue.key,
        url=f"{site}/browse/{issue.key}",
        key=key_of(issue),
        raw=raw_of(issue),
        comments=tuple(comments),
        comments_complete=comments_complete,
        comment_count=shown.get("total"),
        attachments=tuple(attachment_of(one, me) for one in files or ()),
        attachments_complete=files is not None,
        references=linked,
        at=instant(str(issue.fields.get("updated") or "")),
    )
