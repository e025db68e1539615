"""Refusals in Salesforce's words: a list of errors for REST, a row's errors for collections."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

Json = dict[str, Any]

ROLLED_BACK = (
    "Record rolled back because not all records were valid and the request was using AllOrNone header"
)
HALTED = "The transaction was rolled back since another operation in the same transaction failed."


class Refusal(Exception):
    """
    What a request, or one row of it, is refused with.

    `fields` is a list for errors of data (often empty), and None where Salesforce leaves it out:
    sessions, limits, what does not exist.
    """

    def __init__(
        self, code: str, message: str, fields: Iterable[str] | None = None, status: int = 400
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.status = code, message, status
        self.fields = None if fields is None else list(fields)

    def body(self) -> list[Json]:
        """Return the body of a REST answer."""
        error: Json = {"message": self.message, "errorCode": self.code}
        if self.fields is not None:
            error["fields"] = self.fields
        return [error]

    def row(self) -> Json:
        """Return the error as a row of a collection shows it."""
        return {"statusCode": self.code, "message": self.message, "fields": self.fields or []}


class Unsigned(Exception):
    """An OAuth endpoint's refusal: an object, not a list."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(f"{error}: {description}")
        self.body = {"error": error, "error_description": description}
        self.status = status


def not_found(message: str = "The requested resource does not exist") -> Refusal:
    """A path, a record or an object that is not there."""
    return Refusal("NOT_FOUND", message, status=404)


def unknown_record(given: str) -> Refusal:
    """An id, or an external id, that nothing answers to."""
    return not_found(f"Provided external ID field does not exist or is not accessible: {given}")


def expired() -> Refusal:
    """No session, or one that is over."""
    return Refusal("INVALID_SESSION_ID", "Session expired or invalid", status=401)


def unreadable(message: str) -> Refusal:
    """A body that is no JSON, or not the JSON that is expected."""
    return Refusal("JSON_PARSER_ERROR", message)


def wrong_id(label: str, given: str, field: str) -> Refusal:
    """An id of another object, or none at all."""
    return Refusal("MALFORMED_ID", f"{label}: id value of incorrect type: {given}", [field])


def cross_reference() -> Refusal:
    """A reference to what is not there, or may not be pointed at."""
    return Refusal("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", [])


def deleted() -> Refusal:
    """A record in the recycle bin."""
    return Refusal("ENTITY_IS_DELETED", "entity is deleted", [], 404)


def locked(ids: str) -> Refusal:
    """A row that another transaction holds."""
    message = f"unable to obtain exclusive access to this record or 1 records: {ids}"
    return Refusal("UNABLE_TO_LOCK_ROW", message, [])


def over_limit(message: str = "TotalRequests Limit exceeded.") -> Refusal:
    """The day's calls are spent, or too many run at once."""
    return Refusal("REQUEST_LIMIT_EXCEEDED", message, status=403)


def rolled_back() -> Refusal:
    """A good row of an all-or-none request of which another row was bad."""
    return Refusal("ALL_OR_NONE_OPERATION_ROLLED_BACK", ROLLED_BACK, [])


def halted() -> Refusal:
    """A good subrequest of an all-or-none composite of which another was bad."""
    return Refusal("PROCESSING_HALTED", HALTED)
