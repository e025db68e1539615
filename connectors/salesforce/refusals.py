"""
What Salesforce says when it says no to a read, in the shapes it uses, and what is to be done. Pure.

Shapes: a list of `{message, errorCode, fields?}`; in composite and collection rows `statusCode` for
`errorCode`; from the sign-in `{error, error_description}`; HTML or nothing at all from the edge.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, cast

import msgspec

from connectors.reply import NOT_JSON, Reply, first_words
from connectors.retry import Again
from hub.errors import Forbidden, HubError, Unavailable

_COLUMN = re.compile(r"No such column '([\w.]+)' on (?:entity|sobject of type) '?(\w+)'?")
_RELATION = re.compile(r"Didn't understand relationship '(\w+)'")
_OBJECT = re.compile(r"sObject type '(\w+)' is not supported")
_EDGE = frozenset({406, 420})
"""Said by what stands before the org, which then never saw the request."""
_MOMENT = 5.0
_MOST_WORDS = 400
LIMIT = "REQUEST_LIMIT_EXCEEDED"


class Refusal(msgspec.Struct, frozen=True):
    """One error of an answer. `fields` holds API names, where it is about some."""

    code: str = ""
    message: str = ""
    fields: tuple[str, ...] = ()


class QueryRefused(Unavailable):
    """A query was not taken. `code` says why; `column` or `object` what is not there for us."""

    def __init__(self, refusal: Refusal, endpoint: str) -> None:
        words = " ".join(refusal.message.split())
        super().__init__(
            f"Salesforce refused a query ({endpoint}): {refusal.code}: {words[-_MOST_WORDS:]}. If this "
            f"lasts, check what the hub's permission set lets it read (`hub provision salesforce --check`)."
        )
        self.code = refusal.code
        column = _COLUMN.search(refusal.message)
        relation = _RELATION.search(refusal.message)
        found = _OBJECT.search(refusal.message)
        self.column = column[1] if column else f"{relation[1]}." if relation else ""
        """The field that is not there or hidden from us; a relationship ends in a dot."""
        self.object = found[1] if found else ""


class LocatorLost(QueryRefused):
    """The rest of the rows cannot be had: the session ended, or it is too old. Ask anew from the last row."""


def refusals(content: bytes) -> tuple[Refusal, ...]:
    """Read a refusal's body, whatever its shape."""
    try:
        body = msgspec.json.decode(content)
    except NOT_JSON:
        words = first_words(content)
        return (Refusal(message=words),) if words else ()
    return refusals_in(body)


def refusals_in(body: Any) -> tuple[Refusal, ...]:
    """Read a decoded refusal: a body, or the `errors` of a row."""
    several = cast("list[Any]", body) if isinstance(body, list) else [body]
    return tuple(_refusal(cast("Mapping[str, Any]", one)) for one in several if isinstance(one, Mapping))


def _refusal(one: Mapping[str, Any]) -> Refusal:
    code = one.get("errorCode") or one.get("statusCode") or one.get("error") or ""
    message = one.get("message") or one.get("error_description") or ""
    return Refusal(str(code), str(message), tuple(str(field) for field in one.get("fields") or ()))


def judge(what: str, status: int, content: bytes) -> None:
    """
    Return if this is an answer to look at, else raise: `Again` if nothing was done and it may pass soon.

    Raises `Unavailable` when the day's calls are used up, which no waiting within a run mends.
    """
    if status in _EDGE:
        raise Again(f"{what}: {status} from Salesforce's edge ({first_words(content) or 'no words'})")
    if status != HTTPStatus.FORBIDDEN or LIMIT.encode() not in content:
        return
    for refusal in refusals(content):
        if refusal.code == LIMIT and "TotalRequests" in refusal.message:
            raise Unavailable(
                f"{what}: Salesforce's calls of the last 24 hours are used up ({refusal.message}). The hub "
                f"pauses this side; nothing is lost, and calls come free again as the 24 hours roll on."
            )
        if refusal.code == LIMIT:
            raise Again(f"{what}: {refusal.message or LIMIT}", _MOMENT)


def unexpected(reply: Reply) -> HubError:
    """Return the error for a read that was not answered with what its endpoint promises."""
    if not reply.is_json():
        return reply.not_json()
    first = next(iter(refusals(reply.content)), Refusal())
    words = f"{first.code}: {first.message}".strip(": ")[:_MOST_WORDS] or "no reason given"
    about = f"Salesforce answered {reply.endpoint} with status {reply.status}: {words}"
    if reply.status == HTTPStatus.FORBIDDEN:
        return Forbidden(f"{about}. Give the hub's user this right, or check that its app may use the API.")
    if reply.status == HTTPStatus.GONE:
        return Unavailable(f"{about}. This version of the API is retired: set `api_version` in hub.toml.")
    return Unavailable(f"{about}. If this lasts, check `url` under [salesforce] in hub.toml.")


def query_refused(reply: Reply) -> HubError:
    """Return the error for a query that was refused."""
    return refused_in(refusals(reply.content), reply.endpoint) or unexpected(reply)


def refused_in(found: tuple[Refusal, ...], endpoint: str) -> QueryRefused | None:
    """Return what refusals say about a query, if that is what they are about."""
    for refusal in found:
        if refusal.code == "INVALID_QUERY_LOCATOR":
            return LocatorLost(refusal, endpoint)
        if refusal.code in _OF_QUERIES:
            return QueryRefused(refusal, endpoint)
    return None


_OF_QUERIES = frozenset({
    "INVALID_FIELD", "INVALID_TYPE", "MALFORMED_QUERY", "QUERY_TIMEOUT", "INVALID_QUERY_FILTER_OPERATOR",
    "OPERATION_TOO_LARGE", "QUERY_TOO_COMPLICATED", "EXCEEDED_ID_LIMIT", "INSUFFICIENT_ACCESS",
})  # fmt: skip
