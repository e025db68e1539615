"""
What an account's tickets can hold: its own fields, statuses, groups and organization fields.

Read with zenpy, which knows these endpoints, on our own wire; rare enough for its objects not to matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlsplit

import requests
from zenpy import Zenpy
from zenpy.lib.exception import APIException

from connectors.http import Http, InDoubt, NotDone
from connectors.zendesk.bodies import COMMENT_LIMIT
from connectors.zendesk.fields import BUILT_IN, ORGANIZATION, TICKET
from hub.errors import Forbidden, SignInFailed, Unavailable
from hub.model import ZENDESK
from hub.schema import Field, FieldType, Option, Schema

_TEXT_LIMIT: Final = 65_535
_SUBJECT_LIMIT: Final = 150
_COMMENTS: Final = 5_000

_TYPES: Final[Mapping[str, FieldType]] = {
    "text": "text",
    "textarea": "long",
    "regexp": "text",
    "partialcreditcard": "text",
    "integer": "number",
    "decimal": "number",
    "checkbox": "flag",
    "date": "date",
    "tagger": "choice",
    "dropdown": "choice",
    "multiselect": "choices",
    "lookup": "reference",
}
_STATUSES: Final = {"new": "New", "open": "Open", "pending": "Pending", "hold": "On-hold",
                    "solved": "Solved", "closed": "Closed"}  # fmt: skip
_PRIORITIES: Final = {"low": "Low", "normal": "Normal", "high": "High", "urgent": "Urgent"}
_KINDS: Final = {"question": "Question", "incident": "Incident", "problem": "Problem", "task": "Task"}


def schema(http: Http, *, attachment_limit: int) -> Schema:
    """Describe the account. Raises `SignInFailed` also if it takes us for nobody in particular."""
    try:
        return _schema(_client(http), attachment_limit)
    except (NotDone, InDoubt, requests.RequestException) as error:
        raise Unavailable(
            f"Zendesk did not say what fields it has: {error}; the next run will ask again"
        ) from error
    except APIException as error:
        status = _status(error)
        if status == HTTPStatus.FORBIDDEN:
            raise Forbidden(
                "Zendesk does not let the hub read its fields: its agent must be an administrator, "
                "and an OAuth token needs the scope `read`"
            ) from error
        raise Unavailable(f"Zendesk answered {status} when asked for its fields") from error


def _status(error: Any) -> int:
    return int(getattr(error.response, "status_code", 0))


def _client(http: Http) -> Any:
    host = urlsplit(http.base_url).hostname or ""
    # with any other host the wire puts the base URL in place of zenpy's hard-coded domain
    subdomain = host.removesuffix(".zendesk.com") if host.endswith(".zendesk.com") else "account"
    return Zenpy(subdomain=subdomain, session=http.session(), disable_cache=True)


def _schema(zendesk: Any, attachment_limit: int) -> Schema:
    me = zendesk.users.me()
    if isinstance(me, requests.Response):  # what zenpy gives back when it cannot read an answer
        raise Unavailable(
            "Zendesk answered with something that is not JSON when asked for its fields. Check that the "
            "address in hub.toml is the API's, and whether a proxy, a login page or maintenance stands in "
            "between."
        )
    if me.id is None:  # without credentials Zendesk answers, as somebody anonymous
        raise SignInFailed(
            "Zendesk takes the hub for an anonymous visitor: no credentials reached it; "
            "check e-mail and token in hub.toml"
        )
    ticket_fields = [field.to_dict() for field in zendesk.ticket_fields()]
    organization_fields = [field.to_dict() for field in zendesk.organization_fields()]
    groups = [Option(str(it.id), it.name) for it in zendesk.groups() if not it.deleted]
    fields = [
        *_system(ticket_fields, groups, _custom_statuses(zendesk)),
        *_organization(organization_fields),
        *_custom(ticket_fields),
    ]
    return Schema(
        system=ZENDESK,
        fields={field.id: field for field in fields},
        limits={
            "comment": COMMENT_LIMIT,
            "comments": _COMMENTS,
            "attachment": attachment_limit,
            "bulk": 100,
        },
        me=str(me.id),
    )


def _custom_statuses(zendesk: Any) -> list[Option]:
    try:
        return [Option(str(s.id), s.agent_label) for s in zendesk.custom_statuses() if s.active]
    except APIException:  # not on every plan
        return []


def _system(
    ticket_fields: Iterable[Mapping[str, Any]], groups: list[Option], statuses: list[Option]
) -> Iterator[Field]:
    told = {str(field.get("type")): field for field in ticket_fields if not field.get("removable")}

    def name(kind: str, default: str) -> str:
        return str(told.get(kind, {}).get("title") or default)

    def own(kind: str, default: Mapping[str, str]) -> tuple[Option, ...]:
        listed = told.get(kind, {}).get("system_field_options") or ()
        shown = {str(o["value"]): str(o["name"]) for o in listed}
        return tuple(Option(value, label) for value, label in {**default, **shown}.items())

    yield Field("subject", name("subject", "Subject"), "text", limit=_SUBJECT_LIMIT)
    yield Field("description", name("description", "Description"), "rich", writable=False)
    yield Field("status", name("status", "Status"), "status", own("status", _STATUSES))
    yield Field("custom_status", "Ticket status", "choice", tuple(statuses))
    yield Field("priority", name("priority", "Priority"), "choice", own("priority", _PRIORITIES))
    yield Field("type", name("tickettype", "Type"), "choice", own("tickettype", _KINDS))
    yield Field("tags", "Tags", "labels")
    yield Field("requester", "Requester", "person", required=True)
    yield Field("assignee", name("assignee", "Assignee"), "person")
    yield Field("group", name("group", "Group"), "choice", tuple(groups))
    yield Field("external_id", "External id", "text", limit=255)
    yield Field("due_at", "Due date", "instant")
    yield Field("problem_id", "Problem", "reference")
    yield Field("submitter", "Submitter", "person", writable=False)
    yield Field("organization", "Organization", "other", writable=False)
    yield Field("via", "Channel", "text", writable=False)
    yield Field("created_at", "Created at", "instant", writable=False)
    yield Field("updated_at", "Updated at", "instant", writable=False)
    yield Field("sla:next_breach_at", "Next SLA breach", "instant", writable=False)


def _organization(fields: Iterable[Mapping[str, Any]]) -> Iterator[Field]:
    """The fields of a ticket's organization: called `organization.<key>`, or by their title."""
    for name in sorted(BUILT_IN):
        title = f"Organization: {name.replace('_', ' ')}"
        shown: FieldType = "labels" if name == "domain_names" else "text"
        yield Field(f"{ORGANIZATION}{name}", title, shown, writable=False)
    for field in fields:
        key, kind = str(field.get("key") or ""), str(field.get("type"))
        if not key or key in BUILT_IN or not field.get("active", True):
            continue
        yield Field(
            id=f"{ORGANIZATION}{key}",
            name=f"Organization: {field.get('title') or key}",
            type=_TYPES.get(kind, "other"),
            options=_options(field),
            writable=False,
            detail=kind,
        )


def _custom(fields: Iterable[Mapping[str, Any]]) -> Iterator[Field]:
    for field in fields:
        if not field.get("removable") or not field.get("active", True):
            continue
        kind = str(field["type"])
        type_: FieldType = _TYPES.get(kind, "other")
        yield Field(
            id=f"{TICKET}{field['id']}",
            name=str(field.get("title") or ""),
            type=type_,
            options=_options(field),
            required=bool(field.get("required")),
            limit=_TEXT_LIMIT if type_ in ("text", "long") else None,
            detail=kind,
        )


def _options(field: Mapping[str, Any]) -> tuple[Option, ...]:
    listed = field.get("custom_field_options") or ()
    return tuple(Option(str(o["value"]), str(o["name"])) for o in listed)
