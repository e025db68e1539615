"""What Salesforce's refusals of a write mean, code by code, in the shapes in which they come."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from connectors.salesforce import errors
from connectors.salesforce.client import Answers
from connectors.salesforce.collections import answer_of
from connectors.salesforce.refusals import Refusal, refusals, refusals_in
from connectors.salesforce.rows import Row, Taken
from hub.operations import Outcome, Refused, Retryable, Stale, Unanswered

SHARED = Path(os.environ.get("SHARED_DATA") or Path(__file__).parents[5] / "shared" / "data") / "salesforce"
recorded = pytest.mark.skipif(
    not SHARED.exists(), reason=f"the recorded answers are not at {SHARED}; set SHARED_DATA to their folder"
)
SENT = {
    "Subject": "x" * 300,
    "Severity__c": "S9",
    "ContactId": "003000000000001AAA",
    "Go_Live_Date__c": "someday",
    "Environment__c": "prod",
    "Phone__c": None,
}


def row(code: str, message: str, *fields: str) -> tuple[Refusal, ...]:
    """As a collection's row has it."""
    return refusals_in([{"statusCode": code, "message": message, "fields": list(fields)}])


NAMED = [
    (row("STRING_TOO_LONG", "Subject: data value too large: xxx (max length=255)", "Subject"), "Subject", "Shorten it"),
    (
        row(
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
            "Severity: bad value for restricted picklist field: S9", "Severity__c",
        ),
        "Severity__c", "correct the mapping",
    ),
    (
        row(
            "INVALID_FIELD_FOR_INSERT_UPDATE",
            "Unable to create/update fields: Environment__c. Please check the security settings of this field "
            "and verify that it is read/write for your profile or permission set.",
            "Environment__c",
        ),
        "Environment__c", "permission set",
    ),
    (
        row("INVALID_FIELD_FOR_INSERT_UPDATE", "Unable to create/update fields: Environment__c, Nowhere__c."),
        "Environment__c", "permission set",
    ),
    (row("INVALID_FIELD", "No such column 'Severity__c' on sobject of type Case"), "Severity__c", "package"),
    (row("REQUIRED_FIELD_MISSING", "Required fields are missing: [Phone__c]", "Phone__c"), "Phone__c", "demands"),
    (row("MALFORMED_ID", "Contact ID: id value of incorrect type: 0039", "ContactId"), "ContactId", "right kind"),
    (row("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id"), "ContactId", "not there"),
    (row("ENTITY_IS_DELETED", "entity is deleted"), "ContactId", "entity is deleted"),
    (row("FIELD_CUSTOM_VALIDATION_EXCEPTION", "S9 needs a manager", "Severity__c"), "Severity__c", "validation rule"),
    (
        row("DUPLICATE_VALUE", "duplicate value found: Environment__c duplicates value on record with id: 500x"),
        "Environment__c", "unique",
    ),
    (
        row(
            "JSON_PARSER_ERROR",
            "Cannot deserialize instance of date from VALUE_STRING value someday or request may be missing a "
            "required field at [line:1, column:2]",
        ),
        "Go_Live_Date__c", "field's type",
    ),
    (
        row("NUMBER_OUTSIDE_VALID_RANGE", "Env: value outside of valid range on numeric field: 1", "Environment__c"),
        "Environment__c", "valid range",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("said", "field", "advice"), NAMED)
def test_one_field_is_blamed_with_a_reason_and_what_to_do(
    said: tuple[Refusal, ...], field: str, advice: str
) -> None:
    found = errors.blamed(said, SENT)
    assert list(found) == [field]
    reason = errors.why(found[field], field)
    assert reason.startswith(f"Salesforce refused the field {field}: ")
    assert advice in reason


@pytest.mark.parametrize(
    "said",
    [
        row("FIELD_CUSTOM_VALIDATION_EXCEPTION", "Low is for nobody here"),
        row("FIELD_CUSTOM_VALIDATION_EXCEPTION", "Low is for nobody here", "Priority"),
        row("REQUIRED_FIELD_MISSING", "Required fields are missing: [Subject]", "Subject"),
        row("DUPLICATES_DETECTED", "Use one of these records?"),
        row("UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access to this record: 001"),
        row("MALFORMED_ID", "Case ID: id value of incorrect type: 7", "Id"),
        row("STRING_TOO_LONG", "too large", "Subject") + row("SOMETHING_NEW", "new in this release"),
        row("JSON_PARSER_ERROR", "Unexpected character"),
    ],
)
def test_what_is_about_the_record_blames_no_field(said: tuple[Refusal, ...]) -> None:
    assert errors.blamed(said, SENT) == {}


OUTCOMES: list[tuple[tuple[Refusal, ...], int, type[Outcome], str, str]] = [
    (row("UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access"), 0, Retryable, "", "exclusive"),
    (row("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "T: caused by: UNABLE_TO_LOCK_ROW"), 0, Retryable, "", "LOCK"),
    (row("PROCESSING_HALTED", "rolled back"), 400, Retryable, "", "rolled back"),
    (row("ALL_OR_NONE_OPERATION_ROLLED_BACK", "rolled back"), 0, Retryable, "", "rolled back"),
    (row("UNKNOWN_EXCEPTION", "An unexpected error occurred"), 0, Retryable, "", "unexpected"),
    (row("STORAGE_LIMIT_EXCEEDED", "storage limit exceeded"), 0, Retryable, "", "storage left"),
    (row("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "T: NullPointer"), 0, Refused, "invalid", "trigger or flow"),
    (row("FIELD_CUSTOM_VALIDATION_EXCEPTION", "Low is for nobody"), 0, Refused, "invalid", "Low is for nobody"),
    (row("DUPLICATES_DETECTED", "Use one of these records?"), 0, Refused, "invalid", "merge the duplicates"),
    (row("ENTITY_IS_DELETED", "entity is deleted"), 404, Refused, "gone", "deleted or merged"),
    (row("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id"), 0, Refused, "gone", "deleted or merged"),
    (row("NOT_FOUND", "The requested resource does not exist"), 404, Refused, "gone", "may not see"),
    (row("INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access"), 0, Refused, "forbidden", "permission set"),
    (row("ENTITY_IS_LOCKED", "the entity is locked for editing"), 0, Refused, "forbidden", "approval"),
    (row("STRING_TOO_LONG", "CommentBody: data value too large", "CommentBody"), 0, Refused, "too_long", "Shorten it"),
    (row("SOMETHING_NEW", "new in this release"), 0, Refused, "invalid", "new in this release"),
    (row("PRECONDITION_FAILED", "a precondition was not met"), 412, Stale, "", "changed after we saw it"),
    ((), 412, Stale, "", "changed after we saw it"),
    ((), 413, Refused, "too_large", "status 413"),
    (
        row("DUPLICATE_VALUE", "duplicate value found: Support_Hub_Key__c duplicates value on record with id: 500A"),
        0, Unanswered, "", "there already",
    ),
    (row("DUPLICATE_EXTERNAL_ID", "more than one record found"), 0, Refused, "invalid", "make the field unique"),
]  # fmt: skip


@pytest.mark.parametrize(("said", "status", "kind", "code", "words"), OUTCOMES)
def test_what_a_refused_record_means(
    said: tuple[Refusal, ...], status: int, kind: type[Outcome], code: str, words: str
) -> None:
    came = errors.outcome(said, "change Case 500", status)
    assert type(came) is kind
    assert not isinstance(came, Refused) or came.code == code
    assert words in getattr(came, "reason", "")


def test_a_long_value_does_not_hide_how_long_it_may_be() -> None:
    (said,) = row("STRING_TOO_LONG", f"Subject: data value too large: {'x' * 3000} (max length=255)", "Subject")
    assert "(max length=255)" in errors.why(said, "Subject")
    assert len(errors.why(said, "Subject")) < 500


def test_lasting_refusals_go_before_passing_ones() -> None:
    said = row("UNKNOWN_EXCEPTION", "later") + row("ENTITY_IS_DELETED", "entity is deleted")
    assert isinstance(errors.outcome(said, "x"), Refused)


@pytest.mark.parametrize(
    ("text", "code", "message", "fields"),
    [
        ("STRING_TOO_LONG:Subject: data value too large: x (max length=255):Subject --", "STRING_TOO_LONG",
         "Subject: data value too large: x (max length=255)", ("Subject",)),
        ("ENTITY_IS_DELETED:entity is deleted:--", "ENTITY_IS_DELETED", "entity is deleted", ()),
        ("INVALID_FIELD_FOR_INSERT_UPDATE:Unable to create/update fields: A__c, B__c. Check:A__c,B__c --",
         "INVALID_FIELD_FOR_INSERT_UPDATE", "Unable to create/update fields: A__c, B__c. Check", ("A__c", "B__c")),
        ("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY:T: execution of BeforeUpdate\n\ncaused by: X: line 7, column 1: --",
         "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
         "T: execution of BeforeUpdate\n\ncaused by: X: line 7, column 1", ()),
        ("something else", "", "something else", ()),
        ("", "", "", ()),
    ],
)  # fmt: skip
def test_a_jobs_words_are_read(text: str, code: str, message: str, fields: tuple[str, ...]) -> None:
    assert errors.from_job(text) == Refusal(code, message, fields)


@given(st.text(max_size=200), st.sampled_from(["", "STRING_TOO_LONG", "NEW_CODE"]), st.integers(0, 599))
def test_no_words_make_it_fail(message: str, code: str, status: int) -> None:
    """Whatever Salesforce says, it comes to an outcome and a line for people."""
    said = (Refusal(code, message, ("Subject",)),)
    assert errors.why(said[0], "Subject")
    assert getattr(errors.outcome(said, "change it", status), "reason", "")
    _ = errors.blamed(said, SENT)
    _ = errors.from_job(message)


class TestRows:
    def test_refused_fields_are_left_out_until_nothing_is_left(self) -> None:
        made = Row(0, "Case", "change Case 500", "500", fields={"Subject": "x", "SuppliedEmail": "y"},
                   named={"Subject": "Subject", "SuppliedEmail": "requester"})  # fmt: skip
        assert made.give_up(row("STRING_TOO_LONG", "too large", "Subject"))
        assert not made.is_empty
        assert made.give_up(row("INVALID_EMAIL_ADDRESS", "invalid email address: y", "SuppliedEmail"))
        assert made.is_empty
        assert set(made.refused) == {"Subject", "requester"}
        came = made.nothing_left()
        assert isinstance(came, Refused)
        assert came.code == "too_long"

    def test_what_is_always_sent_is_never_left_out(self) -> None:
        made = Row(0, "CaseComment", "comment", always={"CommentBody": "x"})
        assert not made.give_up(row("STRING_TOO_LONG", "too large", "CommentBody"))
        assert made.json() == {"attributes": {"type": "CaseComment"}, "CommentBody": "x"}


@recorded
class TestRecorded:
    @pytest.mark.parametrize(
        "name", ["TestUpsert.test_upsert__rest", "TestUpsert.test_simple_upsert__rest"]
    )
    def test_rows_of_an_upsert(self, name: str) -> None:
        tape: dict[str, Any] = yaml.safe_load((SHARED / "cumulusci" / f"{name}.yaml").read_text("utf-8"))
        told = [
            msgspec.json.decode(body, type=list[errors.RowResult])
            for body in _bodies(tape)
            if body.lstrip().startswith("[ {") and '"success"' in body
        ]
        assert told
        assert all(isinstance(answer_of(result), Taken) for results in told for result in results)

    def test_a_refused_request_of_a_composite_call(self) -> None:
        path = SHARED / "cumulusci" / "TestCompositeParallelSalesforce.test_errors.yaml"
        (body,) = _bodies(yaml.safe_load(path.read_text("utf-8")))
        (answer,) = msgspec.json.decode(body, type=Answers).composite_response
        came = errors.outcome(refusals(bytes(answer.body)), "look", answer.http_status_code)
        assert isinstance(came, Refused)
        assert came.code == "gone"

    @pytest.mark.parametrize("name", ["upsert_error_response", "delete_error_response", "write_error_response"])
    def test_refusals_of_single_calls(self, name: str) -> None:
        said = refusals((SHARED / "restforce" / "sobject" / f"{name}.json").read_bytes())
        assert said
        assert said[0].code
        assert isinstance(errors.outcome(said, "write it", 400), Refused)


def _bodies(tape: dict[str, Any]) -> list[str]:
    found: list[str] = []
    for interaction in tape["interactions"]:
        body = interaction.get("response", {}).get("body", {}).get("string")
        if isinstance(body, str):
            found.append(body)
    return found
