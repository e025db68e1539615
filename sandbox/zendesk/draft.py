"""A ticket write as it was asked for: read from the body and checked, with nothing done yet."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sandbox.clock import parse_iso
from sandbox.zendesk import errors, values
from sandbox.zendesk.records import Json
from sandbox.zendesk.state import Account

STATUSES = ("new", "open", "pending", "hold", "solved", "closed")
PRIORITIES = ("low", "normal", "high", "urgent")
TYPES = ("problem", "incident", "question", "task")


@dataclass(slots=True)
class Draft:
    """What a write wants. `attrs` has only what the body named."""

    account: Account
    attrs: dict[str, Any] = field(default_factory=dict)
    values: dict[int, Any] = field(default_factory=dict)
    tags: list[str] | None = None
    add_tags: list[str] = field(default_factory=list)
    remove_tags: list[str] = field(default_factory=list)
    comment: Json | None = None
    requester: Json | None = None
    people: dict[str, list[Json]] = field(default_factory=dict)
    metadata: Json | None = None
    safe: bool = False
    stamp: int | None = None
    named: set[str] = field(default_factory=set)
    unpermitted: list[str] = field(default_factory=list)
    problems: dict[str, list[errors.Detail]] = field(default_factory=dict)

    def wrong(self, key: str, description: str, error: str | None = None, **more: Any) -> None:
        """Note one validation error."""
        self.problems.setdefault(key, []).append(errors.detail(description, error, **more))

    def check(self) -> None:
        """Raise the collected validation errors, if any."""
        if self.problems:
            raise errors.invalid(self.problems)


def read(account: Account, body: Any) -> Draft:
    """Return the draft for a body's `ticket`. Raises `ApiError` for what cannot be read."""
    if not isinstance(body, dict):
        raise errors.titled(400, "Invalid attribute", "You passed an invalid value for ticket.")
    draft = Draft(account)
    for key, value in body.items():
        reader = _READERS.get(key)
        if reader is not None:
            draft.named.add(key)
            reader(draft, key, value)
        elif key not in _IGNORED:
            draft.unpermitted.append(f"ticket.{key}")
    draft.check()
    return draft


def _plain(draft: Draft, key: str, value: Any) -> None:
    draft.attrs[key] = value if value is None or isinstance(value, str) else str(value)


def _subject(draft: Draft, _key: str, value: Any) -> None:
    draft.attrs["subject"] = None if value is None else str(value)


def _choice(options: tuple[str, ...], empty: bool) -> Callable[[Draft, str, Any], None]:
    def read_choice(draft: Draft, key: str, value: Any) -> None:
        value = value.lower() if isinstance(value, str) else value
        if value in (None, "", "-") and empty:
            draft.attrs[key] = None
        elif value in options:
            draft.attrs[key] = value
        else:
            draft.wrong(key, f"{key.capitalize()}: {value} is not included in the list", "InvalidValue")

    return read_choice


def _id(table: str | None, title: str) -> Callable[[Draft, str, Any], None]:
    def read_id(draft: Draft, key: str, value: Any) -> None:
        if value in (None, "", 0):
            draft.attrs[key] = None
            return
        try:
            number = int(value)
        except (TypeError, ValueError):
            number = -1
        if table is not None and number not in getattr(draft.account, table):
            draft.wrong(key.removesuffix("_id"), f"{title}: is invalid", "InvalidValue")
            return
        draft.attrs[key] = number

    return read_id


def _assignee_email(draft: Draft, _key: str, value: Any) -> None:
    user = draft.account.user_by_email(value)
    if user is None:
        draft.wrong("assignee", "Assignee: is invalid", "InvalidValue")
    else:
        draft.attrs["assignee_id"] = user.id


def _due(draft: Draft, _key: str, value: Any) -> None:
    draft.attrs["due"] = moment(draft, "due_at", value)


def moment(draft: Draft, key: str, value: Any) -> int | None:
    """Return a time from a body, noting it as wrong if it is none."""
    if value in (None, ""):
        return None
    try:
        return int(value) if isinstance(value, int) else int(parse_iso(str(value)))
    except (ValueError, OverflowError):
        draft.wrong(key, f"{key}: is not properly formatted", "InvalidFormat")
        return None


def _tags(draft: Draft, _key: str, value: Any) -> None:
    draft.tags = tag_list(value)


def _add_tags(draft: Draft, _key: str, value: Any) -> None:
    draft.add_tags = tag_list(value)


def _remove_tags(draft: Draft, _key: str, value: Any) -> None:
    draft.remove_tags = tag_list(value)


_SPACE = re.compile(r"[\s,]+")


def tag_list(value: Any) -> list[str]:
    """Return tags as the account keeps them: lower case, without spaces, each once, sorted."""
    parts = _SPACE.split(value) if isinstance(value, str) else [str(one) for one in value or ()]
    clean = (re.sub(r"[\s,&\"']+", "_", part.strip().lower()) for part in parts)
    return sorted({tag for tag in clean if tag})


def _custom_fields(draft: Draft, _key: str, value: Any) -> None:
    rows = value.items() if isinstance(value, dict) else _pairs(value)
    for given, wanted in rows:
        try:
            found = draft.account.ticket_fields.get(int(given))
        except (TypeError, ValueError):
            continue
        # A field that does not exist (any more) is skipped without a word.
        if found is None or found.system or not found.active:
            continue
        try:
            draft.values[found.id] = values.coerce(found, wanted)
        except values.BadValue as bad:
            draft.wrong(
                "base",
                str(bad),
                "InvalidValue",
                ticket_field_id=found.id,
                ticket_field_type=values.TYPE_NAMES.get(found.type, "FieldText"),
            )


def _pairs(rows: Any) -> list[tuple[Any, Any]]:
    return [(row["id"], row.get("value")) for row in rows or () if isinstance(row, dict) and "id" in row]


def _comment(draft: Draft, _key: str, value: Any) -> None:
    if isinstance(value, str):
        value = {"body": value}
    if isinstance(value, dict):
        draft.comment = dict(value)


def _description(draft: Draft, _key: str, value: Any) -> None:
    # Only a creation reads it: there it is the first comment.
    draft.attrs["description"] = value


def _requester(draft: Draft, _key: str, value: Any) -> None:
    if isinstance(value, dict):
        draft.requester = value
    elif value is not None:
        draft.requester = {"email": str(value)}


def _people(draft: Draft, key: str, value: Any) -> None:
    rows = value if isinstance(value, list) else [value]
    draft.people[key] = [
        row if isinstance(row, dict) else _person(row) for row in rows if row not in (None, "")
    ]


def _person(value: Any) -> Json:
    text = str(value)
    return {"user_email": text} if "@" in text else {"user_id": text}


def _metadata(draft: Draft, _key: str, value: Any) -> None:
    if isinstance(value, dict) and value:
        draft.metadata = value


def _safe(draft: Draft, _key: str, _value: Any) -> None:
    # Whatever the value: naming the key is what counts.
    draft.safe = True


def _stamp(draft: Draft, _key: str, value: Any) -> None:
    draft.stamp = moment(draft, "updated_stamp", value)


_READERS: dict[str, Callable[[Draft, str, Any], None]] = {
    "subject": _subject,
    "raw_subject": _subject,
    "external_id": _plain,
    "recipient": _plain,
    "priority": _choice(PRIORITIES, empty=True),
    "type": _choice(TYPES, empty=True),
    "status": _choice(STATUSES, empty=True),
    "custom_status_id": _id("statuses", "Custom status"),
    "assignee_id": _id("users", "Assignee"),
    "assignee_email": _assignee_email,
    "group_id": _id("groups", "Group"),
    "requester_id": _id("users", "Requester"),
    "submitter_id": _id("users", "Submitter"),
    "organization_id": _id("organizations", "Organization"),
    "problem_id": _id("tickets", "Problem"),
    "brand_id": _id("brands", "Brand"),
    "ticket_form_id": _id("forms", "Ticket form"),
    "via_followup_source_id": _id(None, "Follow-up source"),
    "due_at": _due,
    "tags": _tags,
    "additional_tags": _add_tags,
    "remove_tags": _remove_tags,
    "custom_fields": _custom_fields,
    "fields": _custom_fields,
    "comment": _comment,
    "description": _description,
    "requester": _requester,
    "email_ccs": _people,
    "followers": _people,
    "collaborators": _people,
    "collaborator_ids": _people,
    "additional_collaborators": _people,
    "metadata": _metadata,
    "safe_update": _safe,
    "updated_stamp": _stamp,
}

_IGNORED = frozenset(
    {
        "via", "via_id", "macro_id", "macro_ids", "attribute_value_ids", "sharing_agreement_ids",
        "is_public", "created_at", "updated_at", "solved_at", "comments", "voice_comment",
        "disable_triggers", "forum_topic_id",
    }
)  # fmt: skip
