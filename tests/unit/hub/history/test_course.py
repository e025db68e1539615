"""The course of a ticket: what is counted, and that it looks only at the past."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.history.course import MOST, SPELLS, advance, fold
from hub.history.event import Event, Said
from hub.model import Course, Value
from tests.unit.hub.history.lives import ANN, BOB, EVE, LIVELY, at


def told(minute: int, **registers: Value) -> Event:
    return Event("1", at(60 * minute), set={name.replace("__", "."): v for name, v in registers.items()})


def said(minute: int, who: str, audience: Any = "public", by: Any = "") -> Event:
    return Event("1", at(60 * minute), actor=who, comment=Said(audience, "word", by))


def course(*events: Event, **known: Value) -> Course:
    return fold(Course(), events, {"requester": ANN, **known})


@given(st.lists(LIVELY, max_size=12), st.integers(0, 12))
def test_what_comes_later_changes_nothing_of_what_was_known_before(events: list[Event], cut: int) -> None:
    """The course at a moment is the fold of what came until then, and folding goes on from there."""
    known: dict[str, Value] = {}
    steps = [Course()]
    for event in events:
        before = dict(known)
        steps.append(advance(steps[-1], event, known))
        assert known == before, "what is known is not touched"
        known |= event.set
    cut = min(cut, len(events))
    assert fold(Course(), events[:cut], {}) == steps[cut]
    registers = {name: value for event in events[:cut] for name, value in event.set.items()}
    assert fold(steps[cut], events[cut:], registers) == steps[-1]


@given(st.lists(LIVELY, max_size=12))
def test_moments_are_first_and_last_ones_whatever_the_order(events: list[Event]) -> None:
    """An event that arrives late does not move a first moment forward, or a last one back."""
    found = fold(Course(), events, {"requester": ANN})
    assert found.events == len(events)
    assert found.opened == min((e.at for e in events), default="")
    words = [e for e in events if e.comment is not None]
    public = [e for e in words if e.comment and e.comment.audience == "public"]
    theirs = [
        e
        for e in public
        if e.comment and (e.comment.by or ("customer" if e.actor == ANN else "us")) == "customer"
    ]
    ours = [e for e in public if e not in theirs]
    assert found.last_ours == max((e.at for e in ours), default="")
    assert found.last_customer == max((e.at for e in theirs), default="")
    assert (found.customer_said, found.we_said) == (len(theirs), len(ours))
    assert found.notes == len(words) - len(public)
    assert not found.waiting_since or found.last_ours <= found.last_customer
    assert bool(found.waiting_since) or not theirs or found.last_customer <= found.last_ours
    assert [since for _, since in found.spells] == sorted(since for _, since in found.spells)


def test_every_status_is_a_spell_and_leaving_an_end_is_a_reopening() -> None:
    found = course(
        told(0, status="new"), told(1, status="open"), told(2, status="open"), told(3, status="Closed - no fault"),
        told(4, status="Awaiting User Info"), told(5, status="solved"), told(6, status="closed"),
    )  # fmt: skip
    assert [word for word, _ in found.spells] == [
        "new", "open", "Closed - no fault", "Awaiting User Info", "solved", "closed",
    ]  # fmt: skip
    assert found.reopened == 1


def test_a_first_assignee_is_no_reassignment_and_nobody_in_between_hides_none() -> None:
    assert course(told(0, assignee=BOB)).reassigned == 0
    assert course(told(0, assignee=BOB), told(1, assignee=None), told(2, assignee=BOB)).reassigned == 0
    found = course(told(0, assignee=BOB), told(1, assignee=None), told(2, assignee=EVE))
    assert (found.reassigned, found.agents) == (1, (BOB, EVE))


def test_groups_are_counted_and_so_is_going_back() -> None:
    found = course(*(told(n, group=group) for n, group in enumerate("abacb")))
    assert (found.moved, found.returned, found.groups) == (4, 2, ("a", "b", "c"))


@pytest.mark.parametrize(
    ("before", "after", "raised", "lowered"),
    [
        ("normal", "high", 1, 0), ("3 - Moderate", "2 - High", 1, 0), ("s1", "s3", 0, 1), ("normal", "3 - Moderate", 0, 0),
        (None, "urgent", 0, 0), ("tbd", "urgent", 0, 0), (3, 1, 1, 0), ("High", None, 0, 0),
    ],
)  # fmt: skip
def test_priorities_of_any_tool_go_up_and_down(
    before: Value, after: Value, raised: int, lowered: int
) -> None:
    found = course(told(1, priority=after), priority=before)
    assert (found.raised, found.lowered) == (raised, lowered)
    assert found.raised_at == (at(60) if raised else "")


def test_one_event_that_raises_priority_and_severity_counts_once() -> None:
    assert course(told(1, priority="high", severity="s1"), priority="low", severity="s3").raised == 1


def test_a_higher_line_is_counted_and_a_lower_one_is_not() -> None:
    found = course(told(0, line="1st"), told(1, line="2nd"), told(2, line="1st"), told(3, line=3))
    assert (found.climbed, found.line) == (2, 3)


def test_the_customer_waits_from_the_first_word_that_nobody_answered() -> None:
    found = course(
        told(0, status="new"), said(1, ANN), said(2, ANN), said(3, BOB), said(4, ANN), said(5, ANN)
    )
    assert (found.waiting_since, found.asked_again, found.first_answer) == (at(240), 2, at(180))
    assert (found.customer_said, found.we_said, found.agents) == (4, 1, (BOB,))


def test_a_note_is_no_answer() -> None:
    found = course(said(1, ANN), said(2, BOB, "internal"), said(3, EVE, "engineering"))
    assert (found.waiting_since, found.notes, found.first_answer) == (at(60), 2, "")
    assert found.agents == (BOB, EVE)


def test_who_said_it_may_stand_with_it() -> None:
    found = course(said(1, "carl@acme.example", by="customer"), said(2, ANN, by="us"))
    assert (found.customer_said, found.we_said) == (1, 1)


def test_a_description_is_the_customers_first_word() -> None:
    opened = Event("1", at(0), set={"requester": ANN, "description": "It hangs"})
    assert fold(Course(), [opened], {}).waiting_since == at(0)
    assert fold(Course(), [opened, said(1, ANN)], {}).asked_again == 1
    internal = Event("1", at(0), set={"description": "Rotate the keys"})
    assert fold(Course(), [internal], {}).waiting_since == ""


def test_what_arrives_late_is_put_where_it_belongs() -> None:
    """A word older than the answer was answered; an answer older than the word was not the answer to it."""
    assert course(said(1, ANN), said(3, BOB), said(2, ANN)).waiting_since == ""
    assert course(said(3, ANN), said(2, BOB)).waiting_since == at(180)
    assert course(said(1, ANN), said(3, ANN), said(2, BOB)).waiting_since == at(180)


def test_a_deadline_that_passed_unnoticed_was_missed_when_it_passed() -> None:
    due = {"sla__due": at(600)}
    assert course(told(0, **due), said(9, ANN)).breached == ""
    assert course(told(0, **due), said(11, ANN)).breached == at(600)
    assert course(told(0, **due), told(5, status="solved"), said(11, ANN)).breached == ""
    assert course(told(0, **due), told(5, sla__due=None), said(11, ANN)).breached == ""
    assert course(told(3, sla__state="breached"), told(4, sla__state="ok")).breached == at(180)


def test_the_first_escalation_stays() -> None:
    assert course(
        told(1, escalated="true"), told(2, escalated=False), told(3, escalated=True)
    ).escalated == at(60)


def test_lists_are_bounded() -> None:
    many = [told(n, group=f"g{n}", assignee=f"a{n}", status=f"s{n}") for n in range(3 * SPELLS)]
    found = course(*many)
    assert len(found.groups) == len(found.agents) == MOST
    assert len(found.spells) == SPELLS
    assert (found.spells[0][0], found.spells[-1][0]) == ("s0", f"s{3 * SPELLS - 1}")
    assert (found.moved, found.reassigned) == (3 * SPELLS - 1, 3 * SPELLS - 1)
