"""
Scores are quiet: what is shown moves with a cause, by a whole step, and never to and fro.

A causeless write is three writes on three sides and a line in three histories, for every open ticket.
Here only the clock moves: what `hub rescore` would mark is written, as the next sync does.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from flows.rescoring import would_move
from hub.appraisal import Appraisal
from hub.cluster import Cluster, Policy
from hub.feedback import DISMISSED
from hub.model import ZENDESK, Comment, CommentId, Course, Origin, Ticket, TicketId
from hub.plan import plan
from hub.records import Held, Score
from hub.replica import Link, Observation
from hub.scoring_rules import TOP
from tests.properties.test_appraising import APPRAISE, shown_after, tickets
from tests.properties.test_score_leaks import CASES, Case
from tests.scoring import NOW, RULES, at, later

STATES = ("sla.customer_state", "sla.engineering_state", "sla.state")
STEPS = RULES.steps
MINUTES = 7
"""Between two looks: no divisor of an hour, so that deadlines fall between them."""
DAY = 24 * 60 // MINUTES
BOUND = 2 * len(STATES) + TOP // STEPS.priority + round(1 / STEPS.risk) + 100 // STEPS.attention
"""
Writes that the clock alone may cause in one day: each deadline comes near and passes, once; priority and
attention go up their scale by whole steps, risk by steps of its own.
"""


class Look(NamedTuple):
    """What is made of a ticket at one moment, and what was shown before."""

    at: datetime
    before: Ticket
    score: Score
    made: Appraisal

    @property
    def states_moved(self) -> bool:
        return any(self.before.get(name) != self.made.registers.get(name) for name in STATES)

    @property
    def has_cause(self) -> bool:
        """A label, a step, the end of the scale; or words that faded, which is a fact like any other."""
        old, new = self.score, self.made.score
        return (
            old.label != new.label
            or abs(old.priority - new.priority) >= STEPS.priority
            or abs(old.attention - new.attention) >= STEPS.attention
            or abs(old.escalation_risk - new.escalation_risk) >= STEPS.risk - 1e-9
            or (new.priority == TOP != old.priority)
            or self.before.get("support.signals") != self.made.registers.get("support.signals")
        )


def lived(ticket: Ticket, since: str, looks: int = DAY) -> Iterator[Look]:
    """Yield what is written in a day in which nothing happens."""
    begins = datetime.fromisoformat(since)
    first = APPRAISE(Held(ticket), ticket, since)
    ticket, score = shown_after(ticket, first), first.score
    for number in range(1, looks + 1):
        moment = begins + timedelta(minutes=number * MINUTES)
        held = Held(ticket, score=score)
        made = APPRAISE(held, ticket, at(moment))
        if would_move(held, made):
            yield Look(moment, ticket, score, made)
            ticket, score = shown_after(ticket, made), made.score


BEGINS = st.integers(0, 8 * DAY).map(
    lambda n: at(datetime.fromisoformat(NOW) + timedelta(minutes=n * MINUTES))
)


@settings(max_examples=20)
@given(tickets(), BEGINS)
def test_a_day_without_events(ticket: Ticket, since: str) -> None:
    """Each write has its cause and its step; there are few; nothing is shown again that was left that day."""
    writes = list(lived(ticket, since))
    assert len(writes) <= BOUND
    for look in writes:
        if look.made.score != look.score:
            assert look.has_cause, (look.score, look.made.score)
        else:
            assert look.states_moved or _told_otherwise(look)
    _never_to_and_fro(writes)


def _of_one_day(look: Look) -> tuple[date, tuple[str, ...]]:
    return look.at.astimezone(UTC).date(), tuple(sorted(look.made.mentions))


def _told_otherwise(look: Look) -> bool:
    """Words are worded anew only because words faded."""
    return look.before.get("support.signals") != look.made.registers.get("support.signals")


def _never_to_and_fro(writes: list[Look]) -> None:
    """Nothing comes back within one day of the calendar: at midnight, renewals and go-lives come nearer."""
    names = (
        *STATES,
        "score.label",
        "score.priority",
        "score.attention",
        "score.escalation_risk",
        "sla.customer_due",
    )
    for name in names:
        for day in {_of_one_day(look) for look in writes}:
            today = [look for look in writes if _of_one_day(look) == day]
            path = [look.made.registers.get(name) for look in today]
            turns = [value for i, value in enumerate(path) if i == 0 or value != path[i - 1]]
            assert len(turns) == len(set(turns)), (name, path)


@given(tickets(), BEGINS)
def test_the_facts_do_not_follow_the_clock(ticket: Ticket, since: str) -> None:
    """Only fading words and deadlines that move are news: not which of two clocks is ahead at this hour."""
    begins = datetime.fromisoformat(since)
    seen: dict[tuple[object, ...], set[str]] = {}
    for hours in range(0, 25, 3):
        made = APPRAISE(Held(ticket), ticket, at(begins + timedelta(hours=hours)))
        due = (made.registers.get("sla.customer_due"), made.registers.get("sla.engineering_due"))
        seen.setdefault((*sorted(made.mentions), *due), set()).add(made.score.facts)
    assert all(len(facts) == 1 for facts in seen.values()), seen


PRESSED = Ticket(
    TicketId("zendesk:1"),
    {"status": "open", "severity": "s1", "account.tier": "enterprise", "requester": "anna@acme.example"},
    course=Course(opened=later(-30), waiting_since=later(-30), customer_said=6, last_customer=later(-30)),
)
"""A ticket that may well escalate."""


def test_a_deadline_moves_only_with_the_risk_that_is_shown() -> None:
    """A chance that passes a bound of sla.yaml by less than a step tightens nothing yet."""
    made = APPRAISE(Held(PRESSED), PRESSED, NOW)
    bound, sla = made.chance - 0.01, APPRAISE.sla
    loose, tight = (
        replace(APPRAISE, sla=replace(sla, multipliers=replace(sla.multipliers, risk=risk)))
        for risk in ((), ((bound, 0.5),))
    )
    before = loose(Held(PRESSED), PRESSED, NOW)
    shown = replace(before.score, escalation_risk=bound - 0.01)
    after = tight(Held(PRESSED, score=shown), PRESSED, NOW)
    assert after.score == shown
    assert after.registers["sla.customer_due"] == before.registers["sla.customer_due"]
    risen = tight(Held(PRESSED, score=replace(shown, escalation_risk=bound - STEPS.risk)), PRESSED, NOW)
    assert str(risen.registers["sla.customer_due"]) < str(before.registers["sla.customer_due"])
    assert risen.score.escalation_risk == made.chance


def test_what_was_dismissed_asks_for_no_attention_until_the_customer_speaks() -> None:
    """Its risk counts no more, its priority does."""
    origin = {DISMISSED: Origin(ZENDESK, later(-20))}
    dismissed = replace(PRESSED, registers={**PRESSED.registers, DISMISSED: True}, origins=origin)
    again = replace(dismissed, course=replace(PRESSED.course, last_customer=later(-10)))
    before, quiet, loud = (
        APPRAISE(Held(one), one, NOW).score.attention for one in (PRESSED, dismissed, again)
    )
    assert quiet < before == loud


# whole plans ------------------------------------------------------------------------------------


def carried_out(cluster: Cluster, policy: Policy) -> tuple[Cluster, int]:
    """The cluster after its plan was carried out to the letter and looked at again; how much was asked."""
    made = plan(cluster, replace(policy, afresh=True), NOW, "run")
    asked = [operation for operation in made.operations if getattr(operation, "changes", None)]
    seen = dict(cluster.seen)
    for operation in asked:
        place = next(p for p in seen if p == (operation.system, getattr(operation, "remote_id", "")))
        old = seen[place]
        seen[place] = replace(old, raw={**(old.raw or {}), **getattr(operation, "changes", {})})
    held = {
        d.ticket.id: Held(d.ticket, tuple(_noted(link, seen) for link in d.links), score=d.score)
        for d in made.decisions
    }
    return replace(cluster, held=held, seen=seen), len(asked)


def _noted(link: Link, seen: dict[tuple[str, str], Observation]) -> Link:
    return replace(
        link, version=seen[(link.system, link.remote_id)].version, shadow=replace(link.shadow, asked={})
    )


@settings(max_examples=30)
@given(CASES)
def test_a_plan_at_the_same_minute_writes_nothing_more(case: Case) -> None:
    """Scores, deadlines, briefs, blocks of two customers on four sides: all is said at the first time."""
    quiet = {ticket: replace(held, ticket=_silent(held.ticket)) for ticket, held in case.held.items()}
    cluster, asked = carried_out(replace(case.cluster(), held=quiet), case.policy)
    assert asked
    _, more = carried_out(cluster, case.policy)
    assert more == 0


def _silent(ticket: Ticket) -> Ticket:
    """Without comments of other places: what is carried from side to side is no part of this."""
    kept: dict[CommentId, Comment] = {}
    return replace(ticket, comments=kept)
