"""What may be changed of parked work, and what every refusal of such a change says."""

from __future__ import annotations

from typing import Any

import pytest

from hub.desk.mending import Mended, mended, read_value
from hub.desk.refusals import names, refusal_of
from hub.model import EMAIL, JIRA, SALESFORCE, ZENDESK, CommentId, Person, RemoteId, System, TicketId, Value
from hub.operations import AddComment, EditComment, UpdateReplica
from hub.records import Parked
from hub.registers import find
from tests.worlds import demo_mapping

MAPPING = demo_mapping(JIRA)
FIELD = {rule.register: rule.lens.field for rule in MAPPING.rules}


def parked(slot: str, reason: str = "no", code: str = "invalid", system: System = JIRA, **changes: Any) -> Parked:
    operation: Any = UpdateReplica(system, TicketId("zendesk:1"), RemoteId("1"), "", changes)
    return Parked(TicketId("zendesk:1"), system, RemoteId("1"), slot, "", reason, code, operation)


def said(slot: str = "comment:zendesk:1:7", *, there: bool = False) -> Parked:
    key, ticket, on = CommentId("zendesk:1:7"), TicketId("zendesk:1"), RemoteId("1")
    operation: Any = AddComment(JIRA, ticket, on, key, "words", False, "internal", Person(), "")
    if there:
        operation = EditComment(JIRA, ticket, on, RemoteId("9"), key, "words")
    return Parked(ticket, JIRA, on, slot, "", "no", "invalid", operation)


@pytest.mark.parametrize("name", ["severity", "SEVERITY", FIELD["severity"]])
def test_a_field_is_called_by_its_register_its_label_or_its_id(name: str) -> None:
    assert mended(parked(f"field:{FIELD['severity']}"), MAPPING, name, "S1") == Mended("severity", "s1")


def test_a_creation_takes_every_field_that_it_shows() -> None:
    assert mended(parked("create"), MAPPING, "severity", "s1") == Mended("severity", "s1")
    assert mended(parked("create"), MAPPING, "Affected users", "12") == Mended("impact.affected_users", 12)


def test_an_empty_value_empties_the_field() -> None:
    assert mended(parked(f"field:{FIELD['priority']}"), MAPPING, "priority", " ") == Mended("priority", None)


def test_the_words_of_a_comment_are_changed_for_one_side() -> None:
    assert mended(said(), MAPPING, "Body", "other words") == Mended(words="other words")


@pytest.mark.parametrize(
    ("one", "name", "text", "why"),
    [
        (parked(f"field:{FIELD['priority']}"), "priorty", "high", "is not what field .* shows in jira; did you mean"),
        (parked(f"field:{FIELD['priority']}"), "subject", "x", r"is not what field .*; it shows `priority`"),
        (parked(f"field:{FIELD['priority']}"), "priority", "hihg", "is not one of low, normal, .*did you mean `high`"),
        (parked(f"field:{FIELD['impact.affected_users']}"), "impact.affected_users", "many", "'many' is no number"),
        (parked(f"field:{FIELD['tickets.count']}"), "tickets.count", "3", "what the hub computes"),
        (parked(f"field:{FIELD['product_area']}"), "product_area", "space travel", "space travel"),
        (parked("field:nothing"), "x", "1", "no register"),
        (parked("attachment:zendesk:9"), "name", "x", "nothing to edit in attachment:zendesk:9; retry or drop it"),
        (parked("reference:x"), "url", "x", "nothing to edit in reference:x"),
        (said(), "text", "x", "its text is called `body`"),
        (said(), "body", "  ", "a comment without words is none"),
        (said(there=True), "body", "x", "is there already, and only to be changed"),
    ],
)  # fmt: skip
def test_what_cannot_be_changed_says_why(one: Parked, name: str, text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        _ = mended(one, MAPPING, name, text)


@pytest.mark.parametrize(
    ("register", "text", "value"),
    [
        ("impact.affected_users", "12", 12),
        ("impact.revenue_at_risk", "12.5", 12.5),
        ("impact.blocked", "Yes", True),
        ("impact.blocked", "off", False),
        ("components", "web, backend,web", ("backend", "web")),
        ("go_live_date", "2026-01-31", "2026-01-31"),
        ("sla.pinned", "2026-01-31 10:00+02:00", "2026-01-31T08:00:00Z"),
        ("sla.pinned", "2026-01-31 10:00", "2026-01-31T10:00:00Z"),
        ("assignee", "Ann@Us.Example", "ann@us.example"),
        ("subject", " as typed ", " as typed "),
    ],
)
def test_values_are_read_by_what_the_register_holds(register: str, text: str, value: Value) -> None:
    found = find(register)
    assert found is not None
    assert read_value(found, text) == value


@pytest.mark.parametrize(
    ("register", "text", "why"),
    [
        ("impact.blocked", "maybe", "neither yes nor no"),
        ("go_live_date", "soon", "is no day; write it like 2026-01-31"),
        ("sla.pinned", "soon", "is no moment; write it like"),
        ("impact.affected_users", "1e9", "is no number"),
    ],
)
def test_a_value_that_cannot_be_read_says_so(register: str, text: str, why: str) -> None:
    found = find(register)
    assert found is not None
    with pytest.raises(ValueError, match=why):
        _ = read_value(found, text)


@pytest.mark.parametrize(
    ("system", "code", "reason", "name"),
    [
        (ZENDESK, "closed", "Zendesk: ticket #1 is closed and cannot be changed any more (Status: closed prevents ticket update)", "closed_ticket"),
        (ZENDESK, "invalid", "Zendesk refused ticket #1: Root cause: is required when solving a ticket", "required_to_solve"),
        (ZENDESK, "invalid", "ticket #1: Assignee: is required", "needs_assignee"),
        (ZENDESK, "invalid", "Zendesk refused ticket #1: Priority: cannot be reset", "cannot_be_emptied"),
        (JIRA, "invalid", "Jira refused the field Summary: Field 'summary' cannot be set. It is not on the appropriate screen, or unknown", "not_on_screen"),
        (JIRA, "invalid", "Jira refused to create an issue (400): Field 'priority' is required", "required_field"),
        (JIRA, "too_long", "Jira refused to comment (400): comment: The entered text is too long", "too_long"),
        (JIRA, "forbidden", "Jira refused to comment (403): You do not have the permission to comment on this issue", "no_permission"),
        (JIRA, "gone", "Jira refused to edit (404): Issue does not exist or you do not have permission to see it.", "gone"),
        (SALESFORCE, "invalid", "Salesforce refused the field Status: bad value (INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST)", "no_such_option"),
        (SALESFORCE, "invalid", "Salesforce refused to update: no (FIELD_CUSTOM_VALIDATION_EXCEPTION)", "validation_rule"),
        (EMAIL, "closed", "the mail has left, and a mail cannot be taken back.", "mail_left"),
        (JIRA, "no_such", "the file a.png is not at its origin any more", "file_gone"),
    ],
)  # fmt: skip
def test_every_known_refusal_says_what_to_do(system: System, code: str, reason: str, name: str) -> None:
    found = refusal_of(parked("field:x", reason, code, system))
    assert found.name == name
    assert found.means and found.do
    assert name in names()


def test_an_unknown_refusal_is_told_in_the_vendors_words() -> None:
    """tells_the_truth: what nobody foresaw is not guessed at."""
    found = refusal_of(parked("field:x", "the moon is in the wrong house"))
    assert found.name == "other"
    assert found.means == "jira says: the moon is in the wrong house"
