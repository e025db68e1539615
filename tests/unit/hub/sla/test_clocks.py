"""Both clocks on tickets that people can follow: one week of November 2026, an office open nine to five."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from hub.model import JIRA, ZENDESK, Comment, CommentId, Course, Origin, Person, Ticket
from hub.signals.mention import Mention
from hub.sla.clocks import Clock, Clocks, clocks, sla_registers
from hub.sla.load import load_sla
from hub.sla.rules import SlaRules
from tests.unit.hub.sla.desk import (
    FILE,
    FRIDAY,
    MONDAY,
    NINE,
    RULES,
    SIGNED,
    TEN,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    ticket,
)

ANSWERED = Course(first_answer=TEN, last_ours=TEN)
WAITING = Course(first_answer=TEN, last_ours=TEN, waiting_since=f"{MONDAY}15:00:00Z")


def both(found: Ticket, now: str = TEN, rules: SlaRules = RULES, risk: float = 0.0, **more: Any) -> Clocks:
    """Return both clocks; nobody said anything alarming, unless told."""
    return clocks(found, rules, now, risk=risk, mentions=more.pop("mentions", ()), **more)


def customer(found: Ticket, now: str = TEN, **more: Any) -> Clock:
    """Return the clock of the customer, which must be there."""
    clock = both(found, now, **more).customer
    assert clock is not None
    return clock


# what is owed -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("found", "due", "said"),
    [
        (ticket(), f"{MONDAY}13:00:00Z", "4 business hours for the first answer: enterprise, high"),
        (ticket(priority="urgent"), TEN, "1 business hour for the first answer: enterprise, urgent"),
        (
            ticket(priority="low"),
            f"{MONDAY}17:00:00Z",
            "8 business hours for the first answer: enterprise, low",
        ),
        (ticket(priority="1 - Critical"), f"{MONDAY}17:00:00Z", "8 business hours for the first answer"),
        (ticket(priority=None), f"{MONDAY}17:00:00Z", "enterprise, no priority"),
        (
            ticket(account__tier=None),
            f"{TUESDAY}17:00:00Z",
            "16 business hours for the first answer: no tier, high",
        ),
        (ticket(account__tier="Enterprise"), f"{MONDAY}13:00:00Z", "Enterprise, high"),
        (ticket(account__tier="platinum"), f"{TUESDAY}01:00:00Z", "16 hours for the first answer"),
        (ticket(account__region="moon"), f"{MONDAY}13:00:00Z", "4 hours for the first answer"),
        (ticket(account__name="ACME Ltd", priority="low"), f"{MONDAY}17:00:00Z", "8 hours"),
        (ticket(course=WAITING), f"{TUESDAY}11:00:00Z", "4 business hours to answer: enterprise, high"),
        (ticket(course=ANSWERED), f"{WEDNESDAY}17:00:00Z", "24 business hours to solve it: enterprise, high"),
        (
            ticket(course=ANSWERED, priority="urgent"),
            f"{TUESDAY}10:00:00Z",
            "8 business hours until the next word",
        ),
    ],
)
def test_the_tightest_open_target_is_shown(found: Ticket, due: str, said: str) -> None:
    """A first answer, then an answer while they wait, a word now and then, and the solution."""
    clock = customer(found)
    assert clock.due == due
    assert said in clock.why[0]


def test_where_nothing_was_promised_there_is_no_clock() -> None:
    """Rules that promise nothing still know the helpdesk's own deadline; without a beginning nothing runs."""
    assert both(ticket(), rules=SlaRules()) == Clocks()
    assert both(ticket(), now="when it is ready") == Clocks()
    clock = customer(ticket(sla__due=f"{MONDAY}13:00:00Z"), rules=SlaRules())
    assert (clock.due, clock.state, clock.used) == (f"{MONDAY}13:00:00Z", "ok", 0.25)
    assert clock.why == ("never later than the contract's 2026-11-23 13:00 UTC",)
    unborn = customer(replace(ticket(), course=Course()))
    assert (unborn.state, unborn.why) == ("met", ("Nothing is owed to the customer now",))


@pytest.mark.parametrize(
    ("now", "state", "used"),
    [
        (NINE, "ok", 0.0),
        (TEN, "ok", 0.25),
        (f"{MONDAY}10:59:59Z", "ok", 0.4999),
        (f"{MONDAY}11:00:00Z", "soon", 0.5),
        (f"{MONDAY}12:59:59Z", "soon", 0.9999),
        (f"{MONDAY}13:00:00Z", "breached", 1.0),
        (f"{MONDAY}15:00:00Z", "breached", 1.5),
        (f"{TUESDAY}09:00:00Z", "breached", 2.0),
    ],
)
def test_the_state_moves_with_the_clock(now: str, state: str, used: float) -> None:
    """Near with two business hours left, or a quarter of the time; the deadline itself stays."""
    clock = customer(ticket(), now)
    assert (clock.due, clock.state) == (f"{MONDAY}13:00:00Z", state)
    assert clock.used == pytest.approx(used, abs=1e-4)


def test_a_quarter_of_a_long_time_is_near() -> None:
    """Of 24 business hours, the last six."""
    long = ticket(course=ANSWERED)
    assert customer(long, f"{WEDNESDAY}10:59:00Z").state == "ok"
    assert customer(long, f"{WEDNESDAY}11:00:00Z").state == "soon"


def test_a_ticket_that_is_done_owes_nothing() -> None:
    """Whatever was promised or pinned."""
    done = ticket(("solved", TEN), sla__due=NINE, sla__pinned=NINE, needs_engineering=True)
    found = both(done, f"{FRIDAY}10:00:00Z")
    assert found.customer == Clock("", "met", 0.0, 0.0, ("Nothing is owed: the ticket is done",))
    assert found.engineering is not None
    assert found.engineering.state == "met"


# standing still ---------------------------------------------------------------------------------


def test_it_stands_still_while_others_are_asked() -> None:
    """No deadline is shown that would move every minute; how much was used is known."""
    asked = ticket(("pending", f"{MONDAY}12:00:00Z"), course=ANSWERED)
    clock = customer(asked, f"{THURSDAY}12:00:00Z")
    assert (clock.due, clock.state, clock.used) == ("", "paused", 0.125)
    assert clock.why[-1] == "paused since 2026-11-23 12:00 UTC: the ticket is pending"
    assert clock == customer(asked, f"{FRIDAY}12:00:00Z")


def test_it_goes_on_later_by_as_much_as_it_stood() -> None:
    """A day of waiting for others is a business day more."""
    back = ticket(("pending", f"{MONDAY}12:00:00Z"), ("open", f"{TUESDAY}12:00:00Z"), course=ANSWERED)
    clock = customer(back, f"{TUESDAY}13:00:00Z")
    assert clock.due == f"{THURSDAY}17:00:00Z"
    assert clock.why[-1] == "8 business hours of waiting for others do not count"


def test_a_first_answer_is_owed_in_every_status() -> None:
    """To set a ticket to pending without a word does not stop the clock."""
    assert customer(ticket(("pending", TEN))).due == f"{MONDAY}13:00:00Z"


def test_a_deadline_that_was_missed_stays_missed() -> None:
    """A pause after it hides nothing."""
    late = ticket(("pending", f"{THURSDAY}12:00:00Z"), course=ANSWERED)
    clock = customer(late, f"{FRIDAY}12:00:00Z")
    assert (clock.due, clock.state) == (f"{WEDNESDAY}17:00:00Z", "breached")


def test_time_in_which_it_was_solved_does_not_count() -> None:
    """A ticket that comes back goes on where it stood."""
    back = ticket(("solved", f"{MONDAY}17:00:00Z"), ("open", f"{THURSDAY}09:00:00Z"), course=ANSWERED)
    assert customer(back, f"{THURSDAY}10:00:00Z").due == f"{FRIDAY}17:00:00Z"


def test_the_status_counts_before_the_course_has_heard_of_it() -> None:
    """A status that was just set is known to the registers first."""
    found = ticket(("open", NINE), course=ANSWERED)
    asked = Origin(ZENDESK, f"{MONDAY}12:00:00Z")
    now_pending = replace(
        found, registers={**found.registers, "status": "pending"}, origins={"status": asked}
    )
    assert customer(now_pending).state == "paused"


# what presses -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "due", "said"),
    [
        ({"risk": 0.29}, f"{MONDAY}13:00:00Z", None),
        (
            {"risk": 0.3},
            f"{MONDAY}12:00:00Z",
            "three quarters of the time: the risk of an escalation is 30% or more",
        ),
        ({"risk": 0.9}, f"{MONDAY}11:00:00Z", "half the time: the risk of an escalation is 60% or more"),
        ({"mentions": {"production_down"}}, f"{MONDAY}11:00:00Z", "half the time: production is down"),
        ({"mentions": {"gratitude"}}, f"{MONDAY}13:00:00Z", None),
        (
            {"risk": 0.9, "mentions": ("production_down", "churn")},
            TEN,
            "never less than a quarter of the time",
        ),
    ],
)
def test_what_presses_makes_it_earlier(more: Any, due: str, said: str | None) -> None:
    """Each leaves a share of the time, together never less than a quarter, and says so."""
    clock = customer(ticket(), NINE, **more)
    assert clock.due == due
    assert clock.why[1:] == () if said is None else said in clock.why


def test_no_target_is_made_shorter_than_the_least() -> None:
    """A quarter of an hour would be no time at all."""
    pressed = customer(ticket(priority="urgent"), NINE, risk=0.9, mentions={"production_down"})
    assert pressed.due == f"{MONDAY}09:30:00Z"
    assert pressed.why[-1] == "but no less than 30 business minutes"


def test_a_renewal_presses_only_from_its_day_on() -> None:
    """It takes no time away that is over already, and the deadline is known before that day."""
    near = ticket(course=ANSWERED, account__renewal_date="2026-12-24")
    assert customer(near).why == (
        "24 business hours to solve it: enterprise, high",
        "three quarters of the time: the account renews on 2026-12-24",
        "half the time from 2026-11-24 00:00 UTC on: the account renews on 2026-12-24",
    )
    # On Monday eight hours count for 10:40 of the 24; of the 13:20 that are left, half.
    assert {customer(near, now).due for now in (NINE, f"{MONDAY}23:00:00Z", f"{TUESDAY}12:00:00Z")} == {
        f"{TUESDAY}15:40:00Z"
    }
    assert customer(ticket(account__renewal_date="2026-11-22")).due == f"{MONDAY}13:00:00Z", "it is over"
    assert customer(ticket(account__renewal_date="some day")).due == f"{MONDAY}13:00:00Z"
    assert customer(ticket(account__renewal_date="0001-01-01")).due == f"{MONDAY}13:00:00Z"


def test_what_is_known_since_a_moment_presses_since_then() -> None:
    """Bad health of the account, or words of the customer: said again, they press no later."""
    found = ticket(account__health="red")
    later = replace(found, origins={"account.health": Origin(ZENDESK, f"{MONDAY}11:00:00Z")})
    assert customer(found).due == f"{MONDAY}11:00:00Z"
    assert customer(later).due == f"{MONDAY}12:00:00Z"
    assert "half the time from 2026-11-23 11:00 UTC on: the account's health is red" in customer(later).why
    for newest in (f"{MONDAY}11:00:00Z", f"{MONDAY}11:55:00Z"):
        said = {"production_down": Mention("It is down!", newest, first=f"{MONDAY}11:00:00Z")}
        assert customer(ticket(), mentions=said).due == f"{MONDAY}12:00:00Z"


# the contract and people ------------------------------------------------------------------------


def test_nothing_is_later_than_the_contract() -> None:
    """Neither than the helpdesk's own deadline, nor than what was signed; while it stands still neither."""
    assert customer(ticket(sla__due=f"{MONDAY}12:00:00Z")).due == f"{MONDAY}12:00:00Z"
    assert customer(ticket(sla__due=f"{MONDAY}14:00:00Z")).due == f"{MONDAY}13:00:00Z"
    asked = ticket(("pending", f"{MONDAY}12:00:00Z"), course=ANSWERED, sla__due=f"{TUESDAY}09:00:00Z")
    clock = customer(asked, f"{MONDAY}13:00:00Z")
    assert (clock.due, clock.state) == (f"{TUESDAY}09:00:00Z", "ok")
    assert clock.why[-1] == "never later than the contract's 2026-11-24 09:00 UTC"
    assert "by contract" in customer(ticket(), rules=SIGNED).why[0]


@pytest.mark.parametrize(
    ("signed", "due", "said"),
    [
        ("2h", f"{MONDAY}11:00:00Z", "2 business hours for the first answer: by contract, starter, high"),
        ("15m", f"{MONDAY}09:15:00Z", "15 business minutes for the first answer: by contract, starter, high"),
        ("20h", f"{TUESDAY}17:00:00Z", "16 business hours for the first answer: starter, high"),
    ],
)
def test_what_was_signed_wins_over_a_looser_row(signed: str, due: str, said: str) -> None:
    """Also over the least that a target may be pressed to, which is 30 minutes here."""
    rules = load_sla(FILE + f"contract: {{starter: {{first_reply: {{other: {signed}}}}}}}\n", "sla.yaml")
    clock = customer(ticket(account__tier="starter"), NINE, rules=rules)
    assert (clock.due, clock.why) == (due, (said,))


def test_a_deadline_without_business_time_before_it() -> None:
    """At night, or before the ticket came: used up when it is over, and near until then."""
    night = ticket(course=ANSWERED, sla__due=f"{MONDAY}08:00:00Z")
    assert (customer(night, f"{MONDAY}07:00:00Z").state, customer(night, f"{MONDAY}07:00:00Z").used) == (
        "soon",
        0.0,
    )
    assert (customer(night).state, customer(night).used) == ("breached", 1.0)


def test_a_pin_stands() -> None:
    """Earlier or later, paused or pressed; it says what it changed, and what contract it breaks."""
    pin = f"{TUESDAY}12:00:00Z"
    pinned = customer(ticket(sla__pinned=pin), risk=0.9, rules=SIGNED)
    assert pinned.due == pin
    assert pinned.why[-3:] == (
        "a person pinned it to 2026-11-24 12:00 UTC",
        "without the pin it would be 2026-11-23 11:00 UTC",
        "the pin is later than the contract allows: 2026-11-23 13:00 UTC",
    )
    early = customer(ticket(sla__pinned=f"{MONDAY}12:00:00Z"), rules=SIGNED)
    assert (early.due, early.why[-1]) == (
        f"{MONDAY}12:00:00Z",
        "without the pin it would be 2026-11-23 13:00 UTC",
    )
    asked = ticket(("pending", TEN), course=ANSWERED, sla__pinned=pin)
    assert customer(asked, f"{THURSDAY}12:00:00Z").state == "breached"


# engineering ------------------------------------------------------------------------------------


def handed(**more: Any) -> Ticket:
    """Return a ticket that needs engineering since Monday, eleven o'clock."""
    found = ticket(needs_engineering=True, severity="s1", **more)
    origins = {**found.origins, "needs_engineering": Origin(ZENDESK, f"{MONDAY}11:00:00Z")}
    return replace(found, origins=origins)


def remark(origin: Any, at: str) -> dict[CommentId, Comment]:
    """Return one comment said there."""
    key = CommentId(f"{origin}:1")
    return {key: Comment(key, "Looking at it.", Person("5"), at, "engineering", origin)}


def test_the_clock_of_engineering_begins_at_the_hand_over() -> None:
    """First a sign that somebody looks at it, then the solution."""
    clock = both(handed()).engineering
    assert clock is not None
    assert (clock.due, clock.target) == (f"{MONDAY}12:00:00Z", 60)
    assert clock.why == ("1 business hour for engineering to respond: enterprise, s1",)
    assert both(ticket()).engineering is None
    assert both(replace(handed(), origins={})).engineering is None


def test_a_link_made_later_does_not_begin_it_anew() -> None:
    """The earlier of the request and the link counts; a link alone is a hand-over too."""
    found = handed(engineering__issues=("SUP-1",))
    linked = {**found.origins, "engineering.issues": Origin(JIRA, f"{MONDAY}15:00:00Z")}
    asked_and_linked = both(replace(found, origins=linked)).engineering
    assert asked_and_linked is not None
    assert asked_and_linked.due == f"{MONDAY}12:00:00Z"
    del linked["needs_engineering"]
    only_linked = both(replace(found, origins=linked)).engineering
    assert only_linked is not None
    assert only_linked.due == f"{MONDAY}16:00:00Z"


@pytest.mark.parametrize(
    ("more", "due", "state"),
    [
        ({"engineer": "eve@eng.example"}, f"{TUESDAY}11:00:00Z", "ok"),
        ({"engineering__status": "In Progress"}, f"{MONDAY}12:00:00Z", "soon"),
        ({"engineering__status": "DONE "}, "", "met"),
    ],
)
def test_an_engineer_responds_and_finishes(more: Any, due: str, state: str) -> None:
    """Who takes it has responded; a status in which they are done ends the clock."""
    clock = both(handed(**more), f"{MONDAY}11:30:00Z").engineering
    assert clock is not None
    assert (clock.due, clock.state) == (due, state)


def test_a_word_in_the_tracker_is_a_response() -> None:
    """If it was said there, since the hand-over."""
    for origin, at, due in (
        (JIRA, f"{MONDAY}11:10:00Z", f"{TUESDAY}11:00:00Z"),
        (JIRA, f"{MONDAY}10:00:00Z", f"{MONDAY}12:00:00Z"),
        (ZENDESK, f"{MONDAY}11:10:00Z", f"{MONDAY}12:00:00Z"),
    ):
        clock = both(replace(handed(), comments=remark(origin, at))).engineering
        assert clock is not None
        assert clock.due == due


def test_engineering_may_owe_less() -> None:
    """Nothing where no row promises anything; after a response, nothing more where only that was promised."""
    only = replace(RULES.engineering, targets={"other": {"response": {"other": 60}}})
    found = both(handed(engineer="eve@eng.example"), rules=replace(RULES, engineering=only)).engineering
    assert found is not None
    assert (found.state, found.why) == ("met", ("Engineering owes nothing now",))
    nothing = replace(RULES, engineering=replace(only, targets={}))
    assert both(handed(), rules=nothing).engineering is None


def test_the_caller_may_know_better_whether_it_is_fixed() -> None:
    """The issue's own words decide, where they were read."""
    known = both(handed(engineering__status="Shipped"), fixed=True).engineering
    unknown = both(handed(engineering__status="Done"), fixed=False).engineering
    assert known is not None
    assert unknown is not None
    assert (known.state, unknown.state) == ("met", "soon")


# the registers ----------------------------------------------------------------------------------


def test_registers_show_both_clocks() -> None:
    """A line of reasons for each clock; what is not there is emptied."""
    assert sla_registers(both(handed())) == {
        "sla.customer_due": f"{MONDAY}13:00:00Z",
        "sla.customer_state": "ok",
        "sla.engineering_due": f"{MONDAY}12:00:00Z",
        "sla.engineering_state": "soon",
        "sla.why": "Customer: 4 business hours for the first answer: enterprise, high\n"
        "Engineering: 1 business hour for engineering to respond: enterprise, s1",
    }
    assert set(sla_registers(Clocks()).values()) == {None}
