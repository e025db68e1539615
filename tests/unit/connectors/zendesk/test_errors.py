"""Every way in which Zendesk says no is understood, and named by what to do next."""

from __future__ import annotations

import json
from typing import Any

import pytest

from connectors.zendesk.blame import blamed
from connectors.zendesk.errors import Failure, failure, job_failure, outcome
from hub.operations import Refused, Retryable, Stale

CLOSED = {
    "error": "RecordInvalid",
    "description": "Record validation errors",
    "details": {"status": [{"description": "Status: closed prevents ticket update"}]},
}
SOLVE = {
    "error": "RecordInvalid",
    "description": "Record validation errors",
    "details": {
        "base": [
            {
                "description": "Product area: is required when solving a ticket",
                "error": None,
                "ticket_field_id": 1001,
                "ticket_field_type": "FieldTagger",
            }
        ]
    },
}
BODIES: list[tuple[Any, str, str]] = [
    ({"error": "RecordNotFound", "description": "Not found"}, "RecordNotFound", "Not found"),
    ({"error": {"title": "Forbidden", "message": "No access."}}, "Forbidden", "No access."),
    ({"errors": [{"code": "TooManyRequests", "title": "Too many requests to update"}]},
     "TooManyRequests", "Too many requests to update"),
    (CLOSED, "RecordInvalid", "Status: closed prevents ticket update"),
    ({"error": "Couldn't authenticate you"}, "Couldn't authenticate you", "Couldn't authenticate you"),
    ("Number of allowed API requests per minute exceeded", "",
     "Number of allowed API requests per minute exceeded"),
    ("<html><head><title>502</title></head><body><h1>Bad Gateway</h1></body></html>", "",
     "502 Bad Gateway"),
    ({"error": "TooManyValues", "description": "Parameter  cannot specify more than 100 values",
      "max_count": 100}, "TooManyValues", "Parameter  cannot specify more than 100 values"),
    ([], "", "[]"),
    ({}, "", "no reason was given"),
]  # fmt: skip


def body(value: Any) -> bytes:
    return value.encode() if isinstance(value, str) else json.dumps(value).encode()


@pytest.mark.parametrize(("value", "code", "words"), BODIES)
def test_each_envelope_is_read(value: Any, code: str, words: str) -> None:
    read = failure(body(value))
    assert (read.code, read.words) == (code, words)


@pytest.mark.parametrize(
    ("status", "value", "kind", "code"),
    [
        (422, CLOSED, Refused, "closed"),
        (404, {"error": "RecordNotFound", "description": "Not found"}, Refused, "gone"),
        (403, {"error": {"title": "Forbidden", "message": "x"}}, Refused, "forbidden"),
        (413, "too big", Refused, "too_large"),
        (422, {"error": "RecordInvalid", "details": {"subject": [{"description": "Subject: is too long"}]}},
         Refused, "too_long"),
        (422, SOLVE, Refused, "invalid"),
        (409, {"error": "UpdateConflict", "description": "Safe Update prevented the update"}, Stale, ""),
        (409, {"error": "DatabaseConflict"}, Retryable, ""),
        (429, "Number of allowed API requests per minute exceeded", Retryable, ""),
    ],
)  # fmt: skip
def test_a_refusal_says_what_to_do_next(status: int, value: Any, kind: type, code: str) -> None:
    found = outcome(status, failure(body(value)), "ticket #12")
    assert isinstance(found, kind)
    assert getattr(found, "code", "") == code
    assert "ticket #12" in found.reason


@pytest.mark.parametrize(
    ("row", "kind", "code"),
    [
        ({"index": 0, "error": "UpdateConflict", "details": "Safe Update prevented"}, Stale, ""),
        ({"index": 0, "error": "TicketUpdateFailed", "details": "Status: closed prevents ticket update"},
         Refused, "closed"),
        ({"id": 1, "error": "TicketUpdateFailed", "details": "Not found"}, Refused, "gone"),
        ({"id": 1, "success": False, "errors": "Database lock wait timeout, try again"}, Retryable, ""),
        ({"index": 3, "error": "OrganizationUpdateFailed", "id": 2,
          "details": "Name: Acme has already been taken"}, Refused, "invalid"),
    ],
)  # fmt: skip
def test_failures_inside_a_finished_job(row: dict[str, Any], kind: type, code: str) -> None:
    failed = job_failure(row)
    assert failed is not None
    found = outcome(0, failed, "ticket #1")
    assert isinstance(found, kind)
    assert getattr(found, "code", "") == code


def test_successes_inside_a_job_are_no_failures() -> None:
    assert job_failure({"index": 0, "id": 5, "account_id": 1}) is None
    assert job_failure({"action": "update", "id": 5, "status": "Updated", "success": True}) is None


TITLES = {1001: "Product area", 1002: "Order reference"}


def test_the_field_is_told_by_its_number() -> None:
    assert blamed(failure(body(SOLVE)), ["cf:1001", "status"], TITLES) == {
        "cf:1001": "Product area: is required when solving a ticket"
    }


def test_a_rule_on_solving_blames_the_status_that_was_written() -> None:
    assert list(blamed(failure(body(SOLVE)), ["status", "subject"], TITLES)) == ["status"]


def test_the_field_is_told_by_its_name_in_a_text() -> None:
    text = "Priority: cannot be reset Order reference: is not properly formatted"
    found = blamed(Failure("TicketUpdateFailed", text), ["priority", "cf:1002", "subject"], TITLES)
    assert set(found) == {"priority", "cf:1002"}


def test_what_cannot_be_told_blames_nobody() -> None:
    assert blamed(Failure("X", "Something is wrong"), ["priority"], TITLES) == {}
