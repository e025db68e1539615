"""Which field of a refused write is the one that Zendesk does not take. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from connectors.zendesk.errors import Complaint, Failure
from connectors.zendesk.fields import TICKET

COMMENT = "comment"
"""Stands for the write's comment among its fields."""

_ATTRIBUTES = {
    "subject": "subject",
    "raw_subject": "subject",
    "status": "status",
    "status_id": "status",
    "custom_status": "custom_status",
    "custom_status_id": "custom_status",
    "priority": "priority",
    "priority_id": "priority",
    "type": "type",
    "ticket_type": "type",
    "ticket_type_id": "type",
    "tags": "tags",
    "set_tags": "tags",
    "current_tags": "tags",
    "requester": "requester",
    "requester_id": "requester",
    "assignee": "assignee",
    "assignee_id": "assignee",
    "group": "group",
    "group_id": "group",
    "due_at": "due_at",
    "due_date": "due_at",
    "problem": "problem_id",
    "problem_id": "problem_id",
    "external_id": "external_id",
    "comment": COMMENT,
    "body": COMMENT,
    "html_body": COMMENT,
    "value": COMMENT,
    "attachments": COMMENT,
    "uploads": COMMENT,
}
_ABOUT_SOLVING = re.compile(r"required|solv", re.IGNORECASE)
_LED_BY_NAME = re.compile(r"\s*([^:;]{1,120}?):\s")


def blamed(failed: Failure, fields: Iterable[str], titles: Mapping[int, str]) -> dict[str, str]:
    """
    Return which of these fields were complained of, each with the reason; empty if none can be told.

    A rule about a field that was not written (required when solving) is about the status that was.
    """
    written = set(fields)
    called = {title.casefold(): f"{TICKET}{number}" for number, title in titles.items()}
    found: dict[str, str] = {}
    for complaint in failed.complaints or (Complaint("", failed.text),):
        if complaint.field or complaint.field_id is not None:
            named = [name for name in _candidates(complaint, called) if name in written][:1]
        else:
            named = _named_in(complaint.text, written, titles)
        if not named and _ABOUT_SOLVING.search(complaint.text):
            named = [name for name in ("status", "custom_status") if name in written][:1]
        for name in named:
            _ = found.setdefault(name, complaint.text)
    return found


def _candidates(complaint: Complaint, called: Mapping[str, str]) -> Iterator[str]:
    if complaint.field_id is not None:
        yield f"{TICKET}{complaint.field_id}"
    attribute = complaint.field.casefold()
    if attribute in _ATTRIBUTES:
        yield _ATTRIBUTES[attribute]
    digits = re.search(r"(\d{3,})$", attribute)
    if digits:
        yield f"{TICKET}{digits[1]}"
    named = _LED_BY_NAME.match(complaint.text)
    if named:
        name = named[1].strip().casefold()
        yield _ATTRIBUTES.get(name.replace(" ", "_").removesuffix(":"), "")
        yield called.get(name, "")


def _named_in(text: str, written: set[str], titles: Mapping[int, str]) -> list[str]:
    """Fields whose name stands in a text that lists several complaints in one line."""
    found: list[str] = []
    for field in sorted(written):
        number = field.removeprefix(TICKET)
        title = titles.get(int(number), "") if number.isdecimal() else field.replace("_", " ")
        if title and re.search(rf"(?<!\w){re.escape(title)}:", text, re.IGNORECASE):
            found.append(field)
    return found
