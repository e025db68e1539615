"""The vendor's refusals: several envelopes, none of which a client can rely on alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sandbox.web import Response

Detail = dict[str, Any]


class ApiError(Exception):
    """A refusal with its status and body. A `str` body goes out as plain text."""

    def __init__(self, status: int, body: Any, headers: Iterable[tuple[str, str]] = ()) -> None:
        super().__init__(f"{status}: {body}")
        self.status = status
        self.body = body
        self.headers = list(headers)

    def response(self) -> Response:
        """Return the answer that carries this refusal."""
        if isinstance(self.body, str):
            return Response.text(self.body, self.status, self.headers)
        return Response.json(self.body, self.status, self.headers)

    @property
    def label(self) -> str:
        """The vendor's short code, as a job's result shows it."""
        error = self.body.get("error") if isinstance(self.body, dict) else None
        return error if isinstance(error, str) else "RecordInvalid"

    @property
    def text(self) -> str:
        """The human part, as a job's result shows it."""
        if not isinstance(self.body, dict):
            return str(self.body)
        details = self.body.get("details") or {}
        lines = [one["description"] for some in details.values() for one in some]
        return " ".join(lines) or str(self.body.get("description", self.label))


def not_found() -> ApiError:
    """No such record, or one that this user may not see."""
    return ApiError(404, {"error": "RecordNotFound", "description": "Not found"})


def invalid_endpoint() -> ApiError:
    """No such path on this account."""
    return ApiError(404, {"error": "InvalidEndpoint", "description": "Not found"})


def detail(description: str, error: str | None = None, **more: Any) -> Detail:
    """Return one entry of a validation error."""
    entry: Detail = {"description": description}
    if error is not None:
        entry["error"] = error
    return entry | more


def invalid(details: Mapping[str, list[Detail]]) -> ApiError:
    """A record that does not pass validation: nothing of the write was done."""
    return ApiError(
        422,
        {
            "error": "RecordInvalid",
            "description": "Record validation errors",
            "details": dict(details),
        },
    )


def invalid_field(key: str, description: str, error: str | None = None) -> ApiError:
    """A record with one bad attribute."""
    return invalid({key: [detail(description, error)]})


def titled(status: int, title: str, message: str) -> ApiError:
    """The envelope with a title and a message, used by parameter and permission checks."""
    return ApiError(status, {"error": {"title": title, "message": message}})


def forbidden() -> ApiError:
    """The user's role does not allow this."""
    return titled(
        403,
        "Forbidden",
        "You do not have access to this page. Please contact the account owner of this help "
        "desk for further help.",
    )


def missing_scope(scope: str) -> ApiError:
    """The OAuth token does not cover this."""
    return ApiError(
        403,
        {
            "error": "Forbidden",
            "description": f"You are missing the following required scopes: {scope}",
        },
    )


def unauthenticated() -> ApiError:
    """Wrong or no credentials."""
    return ApiError(401, {"error": "Couldn't authenticate you"})


def bad_token() -> ApiError:
    """An OAuth access token that is unknown, lapsed or revoked."""
    return ApiError(
        401,
        {
            "error": "invalid_token",
            "error_description": "The access token provided is expired, revoked, malformed or "
            "invalid for other reasons.",
        },
    )


def too_many_values(limit: int) -> ApiError:
    """A bulk call with more than `limit` records."""
    return ApiError(
        400,
        {
            "error": "TooManyValues",
            "description": f"Parameter  cannot specify more than {limit} values",
            "max_count": limit,
        },
    )


def unprocessable_json() -> ApiError:
    """A body that is not JSON."""
    return ApiError(
        422,
        {
            "error": "Unprocessable Entity",
            "message": "Server could not parse JSON",
        },
    )


def conflict() -> ApiError:
    """A conditional write whose stamp is old."""
    return ApiError(
        409,
        {
            "error": "UpdateConflict",
            "description": "Safe Update prevented the update due to outdated ticket data. "
            "Please fetch the latest ticket data and try again.",
        },
    )


def closed() -> ApiError:
    """A write to a closed ticket."""
    return invalid({"status": [{"description": "Status: closed prevents ticket update"}]})
