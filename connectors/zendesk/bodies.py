"""Operations as the JSON that Zendesk takes. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple, cast

from connectors.zendesk.fields import TICKET
from connectors.zendesk.html import from_markdown
from hub.model import Json
from hub.operations import CreateReplica, Operation, UpdateReplica

COMMENT_LIMIT = 65_535
"""Bytes of a comment that Zendesk keeps; the rest it drops without a word."""

_SHOWN = re.compile(r">([^<>]+)<")
_REFERRING = re.compile(r"<(a|img)\s")
_AS_THEY_ARE = frozenset(("subject", "status", "priority", "type", "external_id", "due_at"))
_PEOPLE = {"requester": "requester_id", "assignee": "assignee_id"}
_NUMBERS = {
    "custom_status": "custom_status_id",
    "problem_id": "problem_id",
    "via_followup_source_id": "via_followup_source_id",
}


class Known(NamedTuple):
    """What names in the operations stand for; None for those that Zendesk does not know."""

    people: Mapping[str, int | None]
    groups: Mapping[str, int | None]


class Unfit(ValueError):
    """A value that cannot be written to this field; says why."""


class Written(NamedTuple):
    """A ticket's JSON, and the fields that cannot be written at all."""

    json: dict[str, Any]
    refused: dict[str, str]


def named_people(operations: Iterable[Operation]) -> Iterator[tuple[str, bool]]:
    """Yield each address that must be known, and whether it has to be an agent's."""
    for changes in _changes(operations):
        for field in _PEOPLE:
            email = _email(changes.get(field))
            if email:
                yield email, field == "assignee"


def named_groups(operations: Iterable[Operation]) -> Iterator[str]:
    for changes in _changes(operations):
        name = _group(changes.get("group"))
        if name:
            yield name


def _changes(operations: Iterable[Operation]) -> Iterator[Mapping[str, Json]]:
    for operation in operations:
        if isinstance(operation, UpdateReplica):
            yield operation.changes
        elif isinstance(operation, CreateReplica):
            yield {k: v for k, v in operation.raw.items() if k != "requester"}


def ticket_json(
    changes: Mapping[str, Json], known: Known, *, tags_before: Iterable[str] | None = None
) -> Written:
    """
    Return the JSON that sets these raw fields.

    With `tags_before` only the difference of the tags is sent, which bulk calls can: what somebody
    adds meanwhile stays.
    """
    json: dict[str, Any] = {}
    refused: dict[str, str] = {}
    custom: list[dict[str, Any]] = []
    for field, value in changes.items():
        try:
            number = custom_number(field)
            if number is not None:
                custom.append({"id": number, "value": value})
            elif field == "tags":
                json |= _tags(value, tags_before)
            else:
                name, told = _attribute(field, value, known)
                json[name] = told
        except Unfit as unfit:
            refused[field] = str(unfit)
    if custom:
        json["custom_fields"] = custom
    return Written(json, refused)


def custom_number(field: str) -> int | None:
    """The number of a custom field, None for the others."""
    bare = field.removeprefix(TICKET)
    return int(bare) if bare.isdecimal() else None


def _attribute(field: str, value: Json, known: Known) -> tuple[str, Json]:
    if field in _AS_THEY_ARE:
        return field, value
    if field in _PEOPLE:
        return _PEOPLE[field], _person(field, value, known)
    if field == "group":
        return "group_id", _group_number(value, known)
    if field in _NUMBERS:
        if value is None or str(value).isdecimal():
            return _NUMBERS[field], None if value is None else int(value)
        raise Unfit(f"{value!r} is no number of a record in Zendesk")
    raise Unfit("Zendesk sets this field by itself; map it with `direction: read`")


def _tags(value: Json, before: Iterable[str] | None) -> dict[str, Any]:
    wanted = {str(tag) for tag in cast("list[Any]", value or [])}
    if before is None:
        return {"tags": sorted(wanted)}
    had = set(before)
    difference = {"additional_tags": sorted(wanted - had), "remove_tags": sorted(had - wanted)}
    return {name: tags for name, tags in difference.items() if tags}


def _email(value: Json) -> str:
    if isinstance(value, Mapping):
        value = cast("Mapping[str, Json]", value).get("email")
    return value.strip().lower() if isinstance(value, str) and "@" in value else ""


def _person(field: str, value: Json, known: Known) -> int | None:
    if not value:
        if field == "requester":
            raise Unfit("every ticket in Zendesk has a requester, so it cannot be cleared")
        return None
    number = cast("Mapping[str, Json]", value).get("id") if isinstance(value, Mapping) else value
    if str(number or "").isdecimal():
        return int(str(number))
    email = _email(value)
    found = known.people.get(email)
    if found is None:
        what = "agent" if field == "assignee" else "user"
        raise Unfit(f"Zendesk has no {what} with the address {email or value!r}; add them there")
    return found


def _group(value: Json) -> str:
    if isinstance(value, Mapping):
        told = cast("Mapping[str, Json]", value)
        value = told.get("id") or told.get("name")
    return "" if value is None else str(value)


def _group_number(value: Json, known: Known) -> int | None:
    name = _group(value)
    if not name:
        return None
    found = known.groups.get(name)
    if found is None:
        raise Unfit(f"Zendesk has no group {name!r}; create it there or mend the mapping")
    return found


# -- comments --------------------------------------------------------------------------------------


class Body(NamedTuple):
    """A comment's HTML, and what had to be cut."""

    html: str
    cut: str = ""
    """What was lost, for the loss ledger."""


def body(markdown: str, file_name: str) -> Body:
    """Return Markdown as HTML that Zendesk keeps whole. Longer text ends with where the rest is."""
    html = from_markdown(markdown)
    if fits(html):
        return Body(html)
    note = f"\n\n_[Shortened: {len(markdown)} characters. The whole text is in {file_name}.]_"
    low, high = 0, min(len(markdown), COMMENT_LIMIT)
    while low < high:  # markup makes HTML longer by no fixed factor
        middle = (low + high + 1) // 2
        if fits(from_markdown(_cut(markdown, middle) + note)):
            low = middle
        else:
            high = middle - 1
    kept = _cut(markdown, low)
    lost = f"{len(kept)} of {len(markdown)} characters shown; the whole text is in {file_name}"
    return Body(from_markdown(kept + note), lost)


def fits(html: str) -> bool:
    return len(html) * 4 <= COMMENT_LIMIT or len(html.encode("utf-8", "surrogatepass")) <= COMMENT_LIMIT


def _cut(markdown: str, length: int) -> str:
    """The first characters, ending where a paragraph or line does if one ends near."""
    kept = markdown[:length]
    for end in ("\n\n", "\n", " "):
        at = kept.rfind(end)
        if at > length * 0.8:
            kept = kept[:at]
            break
    if kept.count("\n```") % 2 or (kept.startswith("```") and "\n```" not in kept):
        kept += "\n```"  # a code block that was cut in two would swallow the note
    return kept.rstrip()


def comment(html: str, *, public: bool, uploads: Iterable[str] = ()) -> dict[str, Any]:
    """A comment's JSON. `public` is always said: left out, it would follow the first comment's."""
    said: dict[str, Any] = {"html_body": html or "<p></p>", "public": public}
    tokens = list(uploads)
    if tokens:
        said["uploads"] = tokens
    return said


def redaction(html: str) -> str:
    """A comment's HTML with all of its text, links and pictures marked to be blacked out."""
    html = _SHOWN.sub(lambda found: f">{_blotted(found[1])}<", f">{html}<")[1:-1]
    return _REFERRING.sub(r"<\1 redact ", html)


def _blotted(text: str) -> str:
    return f"<redact>{text}</redact>" if text.strip() else text
