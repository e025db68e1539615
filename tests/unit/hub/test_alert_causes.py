"""What there is to warn of; and nothing in a warning that its readers must not see."""

from __future__ import annotations

from typing import Any

import pytest

from hub.alert_causes import Levels, Low, lowest, of_account, of_incident, of_model, of_ticket
from hub.alerts import Subject
from hub.appraisal import Appraisal
from hub.model import ZENDESK, Course, Origin, Ticket, TicketId
from hub.records import Held, Reason, Score

NOW = "2026-11-23T10:00:00Z"
INTERNAL = Reason(
    "escalation_request",
    6,
    "Somebody asked for an escalation",
    "“he is furious”",
    reads=("comment.internal",),
)
MONEY = Reason("revenue", 5, "The account pays 900,000 a year", group="The account", reads=("account.arr",))
WORDS = Reason("churn", 5, "The customer speaks of leaving", "“we will leave”", reads=("comment.public",))
SCORE = Score(85, "urgent", 0.55, (INTERNAL, MONEY, WORDS), attention=88, model="m1")


def subject(
    score: Score = SCORE, *, levels: Levels | None = None, may_see: Any = lambda _: True, **registers: Any
) -> Subject | None:
    named = {name.replace("__", "."): value for name, value in registers.items()}
    origins = {name: Origin(ZENDESK, "2026-11-20T10:00:00Z") for name in named}
    course = Course(last_customer="2026-11-19T10:00:00Z", last_ours="2026-11-18T10:00:00Z")
    given = {"subject": "Export fails", "status": "open", **named}
    ticket = Ticket(TicketId("zendesk:7"), given, origins, course=course)
    found = Appraisal(
        score, {"sla.customer_state": "breached", "sla.customer_due": NOW}, chance=0.55, waited=30
    )
    return of_ticket(Held(ticket, score=score), found, NOW, levels or Levels(), may_see, low=0.2)


def kinds(found: Subject | None) -> set[str]:
    return {c.kind for c in found.causes if c.value >= c.on} if found is not None else set()


def test_all_that_is_wrong_is_a_cause() -> None:
    assert kinds(subject()) == {"attention", "risk", "rising", "deadline", "silent"}


def test_nobody_is_warned_of_a_snoozed_ticket_until_that_day() -> None:
    assert subject(feedback__snoozed_until="2026-11-24") is None
    assert subject(feedback__snoozed_until="2026-11-23") is not None, "on the day itself it is awake again"


def test_a_dismissed_warning_leaves_the_deadline_alone() -> None:
    """A verdict is on what the hub foresees; a missed deadline is a fact."""
    assert kinds(subject(feedback__dismissed=True)) == {"deadline"}


def test_a_chance_that_was_never_checked_warns_nobody() -> None:
    by_rule = Score(85, "urgent", 0.55, attention=88)
    assert kinds(subject(by_rule)) & {"risk", "rising"} == set()


def test_nothing_leaves_that_the_readers_may_not_see() -> None:
    found = subject(may_see=lambda name: name != "account.arr")
    assert found is not None
    told = " ".join(found.why)
    assert "900,000" not in told
    assert "escalation" not in told, "it rests on an internal note"
    assert "furious" not in told and "we will leave" not in told, "people's words stay here"
    quoted = subject(levels=Levels(quotes=True))
    assert quoted is not None
    assert "furious" in " ".join(quoted.why) and "we will leave" in " ".join(quoted.why)


def test_a_rise_is_one_within_three_days() -> None:
    low = lowest({"t": Low(0.1, "2026-11-22T10:00:00Z")}, "t", 0.4, NOW)
    assert low.value == 0.1
    old = lowest({"t": Low(0.1, "2026-11-19T10:00:00Z")}, "t", 0.4, NOW)
    assert old == Low(0.4, NOW)
    assert lowest({"t": Low(0.3, "2026-11-22T10:00:00Z")}, "t", 0.2, NOW) == Low(0.2, NOW)


@pytest.mark.parametrize(("health", "highest", "told"), [(90, 95, set()), (70, 95, {"falling"}), (40, 95, {"health", "falling"})])  # fmt: skip
def test_an_account_is_told_of_when_it_is_unwell_or_falls(
    health: int, highest: float, told: set[str]
) -> None:
    found = of_account(
        "k", "Acme", health, [Reason("worst", -20, "bad")], highest, Levels(), worst="zendesk:7"
    )
    assert kinds(found) == told
    assert found.actions[0].startswith("Begin with #7")


def test_an_incident_and_a_model_that_fell_back() -> None:
    incident = of_incident("zendesk:1", "9 customers report the same", 9, ["hub link zendesk:2 SUP-1"])
    assert (kinds(incident), incident.why) == ({"incident"}, ("9 customers report the same",))
    assert kinds(of_model("it does not hold", ())) == {"model"}
    assert kinds(of_model("", ())) == set()
