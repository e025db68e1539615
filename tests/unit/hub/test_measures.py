"""What is measured on a ticket: from its course, what was heard, and its clocks; the time is given."""

from __future__ import annotations

import pytest
from hypothesis import given

from hub.measure_names import MEASURES, TIMED
from hub.measures import measures
from hub.model import Course, Ticket, TicketId
from hub.signals.heard import Heard, Mention
from hub.sla.clocks import Clocks
from tests.scoring import CASES, INSTANTS, NOW, OFFICE, RULES, Case, clock, later

FRIDAY = "2026-11-20T16:00:00Z"
REQUESTER = "ann@acme.example"


@given(CASES, INSTANTS)
def test_every_measure_is_in_the_catalogue(one: Case, now: str) -> None:
    """And of the kind that it says."""
    kinds = {"number": (int, float), "instant": str, "choice": str, "flag": bool}
    for name, value in one.measured(RULES, now).items():
        assert isinstance(value, kinds[MEASURES[name].kind]), name


@given(CASES, INSTANTS, INSTANTS)
def test_only_what_is_timed_moves_by_itself(one: Case, then: str, now: str) -> None:
    """While nothing happens, all other measures stand still; so facts do, and what is shown."""
    two = [one.measured(RULES, at) for at in (then, now)]
    still = [{n: v for n, v in m.items() if n not in TIMED and n != "sla_due"} for m in two]
    assert still[0] == still[1]


def waited(course: Course, status: str = "open", requester: str | None = None) -> object:
    """Return for how many hours a ticket waits on us."""
    ticket = Ticket(TicketId("zendesk:1"), {"status": status, "requester": requester}, course=course)
    return measures(ticket, Heard(), Clocks(calendar=OFFICE), RULES, "2026-11-23T10:00:00Z").get(
        "hours_waiting_on_us"
    )


def test_waiting_counts_business_hours() -> None:
    """From Friday at four to Monday at ten, people were there for two hours."""
    assert waited(Course(waiting_since=FRIDAY)) == 2


@pytest.mark.parametrize("status", ["pending", "solved", "closed"])
def test_who_is_not_ours_to_answer_does_not_wait(status: str) -> None:
    """It waits for the customer, or for nobody."""
    assert waited(Course(waiting_since=FRIDAY), status) is None


def test_who_was_never_answered_has_waited_since_they_wrote() -> None:
    """What the ticket describes is the customer's word; an answer ends it; nobody's ticket waits for nobody."""
    opened = Course(opened=FRIDAY, waiting_since="2026-11-23T09:30:00Z")
    assert waited(opened, requester=REQUESTER) == 2
    assert waited(Course(opened=FRIDAY, last_ours=FRIDAY), requester=REQUESTER) is None
    assert waited(Course(opened=FRIDAY)) is None


def test_the_nearest_deadline_is_told_whichever_clock_is_ahead() -> None:
    """Two clocks with unlike hours overtake each other day and night: that is no news."""
    both = Case({}, clocks=Clocks(clock(0.6, hours=10), clock(0.9, hours=100))).measured()
    assert (both["sla_used"], both["sla_due"]) == (0.9, later(4))


def test_the_tightest_running_clock_counts() -> None:
    """Of two clocks, the one of which more is used; one that stands still does not press."""
    both = Case({}, clocks=Clocks(clock(0.6), clock(0.9))).measured()
    assert (both["sla_used"], both["engineering_used"], both["sla_due"]) == (0.9, 0.9, later(1))
    late = Case({}, clocks=Clocks(clock(1.5, calendar=OFFICE), clock(0.2))).measured(now=NOW)
    assert late["sla_used"] == 1, "it is Saturday: what is late gets no later"
    assert "sla_used" not in Case({}, clocks=Clocks()).measured()


def test_what_was_heard() -> None:
    """A signal that holds is there; one that does not is absent, not false."""
    mention = Mention("we leave", NOW)
    found = Case(
        {}, heard=Heard("negative", "worse", -0.5, count=2, negatives=1, mentions={"churn": mention})
    )
    measured = found.measured()
    assert measured["signal.churn"] is True
    assert "signal.frustration" not in measured
    assert (measured["sentiment"], measured["trend"], measured["mood"]) == ("negative", "worse", -0.5)
    assert "sentiment" not in Case({}).measured(), "who said nothing is not neutral"
