"""How old a conflict is, whose, and when somebody is reminded."""

from __future__ import annotations

import pytest

from hub.desk.rules import ConflictRules
from hub.desk.standing import age, overdue, owner_of, reminder, spoken_age, waiting
from hub.model import JIRA, Ticket, TicketId
from hub.records import Conflict
from hub.sla.calendar import Calendar
from hub.sla.load import load_sla
from tests.worlds import MAPPINGS

T1 = TicketId("zendesk:1")
FRIDAY, MONDAY = "2026-01-02T16:00:00Z", "2026-01-05T10:00:00Z"


def office() -> Calendar:
    """The business hours of the shipped file: Monday to Friday, nine to five."""
    return load_sla((MAPPINGS / "sla.yaml").read_text("utf-8"), "sla.yaml").uses.default


def conflict(number: int, at: str, **changes: str) -> Conflict:
    return Conflict(T1, "priority", "high", {JIRA: "low"}, id=number, at=at, **changes)  # pyright: ignore[reportArgumentType]


def test_over_a_weekend_few_business_hours_pass() -> None:
    assert age(FRIDAY, MONDAY) == 66
    assert age(FRIDAY, MONDAY, office()) == 2


@pytest.mark.parametrize(("count", "late"), [("wall", [1]), ("business", [])])
def test_overdue_is_what_is_older_than_the_policy_says(count: str, late: list[int]) -> None:
    rules = ConflictRules(overdue=48, count=count)  # pyright: ignore[reportArgumentType]
    given = [conflict(2, "2026-01-05T09:00:00Z"), conflict(1, FRIDAY), conflict(3, FRIDAY, resolved="kept")]
    found = waiting(given, {}, rules, MONDAY, office())
    assert [w.conflict.id for w in found] == [1, 2], "the oldest first, and none that is settled"
    assert [w.conflict.id for w in overdue(given, {}, rules, MONDAY, office())] == late


def test_it_is_whose_the_ticket_is_then_the_issue_then_who_the_policy_names() -> None:
    rules = ConflictRules(owner="lead@us.example")
    both = Ticket(T1, {"assignee": "ann@us.example", "engineer": "eve@us.example"})
    assert owner_of(both, rules) == "ann@us.example"
    assert owner_of(Ticket(T1, {"engineer": "eve@us.example"}), rules) == "eve@us.example"
    assert owner_of(Ticket(T1), rules) == "lead@us.example"
    assert owner_of(None, ConflictRules()) == ""


def test_a_clock_that_was_set_back_makes_nothing_older_than_it_is() -> None:
    assert age(MONDAY, FRIDAY) == 0
    assert age("", MONDAY) == 0


@pytest.mark.parametrize(("hours", "words"), [(0.5, "30 min"), (7.9, "7 h"), (47.9, "47 h"), (72, "3 d")])
def test_ages_are_told_as_people_say_them(hours: float, words: str) -> None:
    assert spoken_age(hours) == words


def test_a_reminder_says_whose_and_how_old_and_no_value() -> None:
    """keeps_secrets: where a reminder is read, not everybody may see the field."""
    [one] = waiting([conflict(1, FRIDAY)], {}, ConflictRules(owner="lead@us.example"), MONDAY)
    assert reminder(one) == (
        "zendesk:1: Priority is in conflict for 2 d and waits for lead@us.example; `hub conflicts show 1`"
    )
