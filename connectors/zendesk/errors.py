"""
Zendesk's seven ways of saying no, as one. Pure.

    {"error": "RecordNotFound", "description": "Not found"}
    {"error": {"title": "Forbidden", "message": "You do not have access to this page."}}
    {"errors": [{"code": "InvalidCursor", "title": "...", "detail": "..."}]}
    {"error": "RecordInvalid", "description": "...", "details": {"priority": [{"description": "..."}]}}
    {"error": "Couldn't authenticate you"}
    Number of allowed API requests per minute exceeded          (plain text)
    <html>...</html>                                            (from the edge, not from Zendesk's API)
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any, Literal, NamedTuple, TypeAlias, cast

import msgspec

from connectors.reply import NOT_JSON
from hub.operations import Refused, Retryable, Stale


class Complaint(NamedTuple):
    """One thing that is wrong with a record."""

    field: str
    """The API's name of the attribute, `base` for the record as a whole; "" if it is not said."""
    text: str
    field_id: int | None = None
    """The custom field that it is about, where that is said."""


class Failure(NamedTuple):
    """What an answer that is no success says."""

    code: str
    text: str
    complaints: tuple[Complaint, ...] = ()

    @property
    def words(self) -> str:
        """All that was said, for people."""
        said = "; ".join(dict.fromkeys(c.text for c in self.complaints if c.text))
        return said or self.text or self.code or "no reason was given"


_TAGS = re.compile(rb"<[^>]*>")
_LONGEST = 300

Code: TypeAlias = Literal["closed", "too_long", "too_large", "forbidden", "invalid", "gone"]

_BUSY = (HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS)
_ABOUT_A_RECORD = (0, HTTPStatus.UNPROCESSABLE_ENTITY)
_BY_STATUS: Mapping[int, Code] = {
    HTTPStatus.FORBIDDEN: "forbidden",
    HTTPStatus.NOT_FOUND: "gone",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "too_large",
}
_REFUSALS: Mapping[Code, str] = {
    "closed": "Zendesk: {what} is closed and cannot be changed any more ({said})",
    "forbidden": "Zendesk does not let us write {what}: {said}; give the hub's agent a role that may",
    "gone": "Zendesk has no {what} any more: {said}",
    "too_large": "Zendesk: {what} is too large: {said}",
    "too_long": "Zendesk refused {what}: {said}; shorten it",
    "invalid": "Zendesk refused {what}: {said}",
}

_CLOSED = re.compile(r"closed prevents|ticket is closed|is closed\b", re.IGNORECASE)
_CONFLICT = re.compile(r"UpdateConflict|safe.?update|outdated ticket", re.IGNORECASE)
_GONE = re.compile(r"(Record|Ticket)?NotFound|not found|is deleted|was deleted", re.IGNORECASE)
_FORBIDDEN = re.compile(r"Forbidden|AccessDenied|not authorized|do(es)? not have access|not allowed|"
                        r"permission|required scopes", re.IGNORECASE)  # fmt: skip
_TOO_LONG = re.compile(r"too long|ValueTooLong|exceeds? (the )?(maximum|limit)|\bmaximum\b.*\bcharacters",
                       re.IGNORECASE)  # fmt: skip
_PASSING = re.compile(r"DatabaseConflict|lock|try again|deadlock|timed? ?out|TooManyJobs|RateLimit",
                      re.IGNORECASE)  # fmt: skip


def failure(content: bytes) -> Failure:
    """Read the body of an answer whose status is an error."""
    try:
        body = msgspec.json.decode(content)
    except NOT_JSON:
        text = " ".join(_TAGS.sub(b" ", content[:4000]).decode("utf-8", "replace").split())
        return Failure("", text[:_LONGEST])
    if not isinstance(body, dict):
        return Failure("", str(body)[:_LONGEST])
    return _enveloped(cast("dict[str, Any]", body))


def _enveloped(body: Mapping[str, Any]) -> Failure:
    listed = body.get("errors")
    if isinstance(listed, list) and listed and isinstance(listed[0], dict):
        first = cast("dict[str, Any]", listed[0])
        return Failure(_str(first.get("code")), _str(first.get("title") or first.get("detail")))
    error = body.get("error")
    if isinstance(error, dict):
        error = cast("dict[str, Any]", error)
        return Failure(_str(error.get("title")), _str(error.get("message") or error.get("title")))
    complaints = tuple(_complaints(body.get("details")))
    text = body.get("description") or body.get("error_description") or body.get("message")
    return Failure(_str(error), _str(text) or _str(error), complaints)


def _complaints(details: Any) -> Iterator[Complaint]:
    if isinstance(details, str):
        yield Complaint("", details)
    if not isinstance(details, dict):
        return
    for field, entries in cast("dict[str, Any]", details).items():
        for entry in cast("list[Any]", entries if isinstance(entries, list) else [entries]):
            if isinstance(entry, dict):
                told = cast("dict[str, Any]", entry)
                number = told.get("ticket_field_id")
                yield Complaint(
                    field,
                    _str(told.get("description") or told.get("error")),
                    number if isinstance(number, int) else None,
                )
            else:
                yield Complaint(field, _str(entry))


def job_failure(result: Mapping[str, Any]) -> Failure | None:
    """Read one result of a finished job; None if it tells of success."""
    code, details = result.get("error"), result.get("details")
    told = details if details is not None else result.get("errors") or result.get("description")
    if not code and result.get("success") is not False and not result.get("errors"):
        return None
    complaints = tuple(_complaints(told))
    text = "; ".join(c.text for c in complaints) or _str(told) or _str(result.get("status"))
    return Failure(_str(code), text, complaints)


def outcome(status: int, failed: Failure, what: str) -> Stale | Retryable | Refused:
    """
    Return what a refused write means. `status` 0: it was one of many in a job.

    `what` says what was asked, as in `ticket #12`.
    """
    said, everything = failed.words, f"{failed.code} {failed.words} {failed.text}"
    if _CONFLICT.search(everything):
        return Stale(f"Zendesk: {what} changed after it was read")
    if status in _BUSY or (status in _ABOUT_A_RECORD and _PASSING.search(everything)):
        return Retryable(f"Zendesk: {what}: {said}")
    code = _code(status, everything)
    return Refused(_REFUSALS[code].format(what=what, said=said), code)


def _code(status: int, said: str) -> Code:
    if _CLOSED.search(said):
        return "closed"
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if status == 0:
        if _FORBIDDEN.search(said):
            return "forbidden"
        if _GONE.search(said):
            return "gone"
    return "too_long" if _TOO_LONG.search(said) else "invalid"


def _str(value: Any) -> str:
    return "" if value is None else str(value)[:_LONGEST]
