"""A score can be explained to the point, and does not move without a cause."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from hub.model import Audience, Course
from hub.policy import load_policy
from hub.problems import FileRefused
from hub.records import Score
from hub.score import rule_risk, score, settle
from hub.scoring_rules import Factor, ScoringRules
from hub.signals.heard import Heard, Mention
from hub.sla.clocks import Clocks
from tests.scoring import CASES, INSTANTS, NOW, REGISTER_VALUES, RULES, Case, case, clock, later, rule_files
from tests.worlds import MAPPINGS

ANY_RULES = st.one_of(st.just(RULES), rule_files())


def points(found: Score) -> dict[str, float]:
    """Return the points of each factor."""
    return {r.factor: r.points for r in found.reasons}


@given(CASES, ANY_RULES, INSTANTS)
def test_the_points_add_up_exactly(one: Case, rules: ScoringRules, now: str) -> None:
    """Whatever the ticket and the rules: whole points, which sum to the score, between 0 and 100."""
    found = one.score(rules, now)

    assert sum(r.points for r in found.reasons) == found.priority
    assert all(isinstance(r.points, int) for r in found.reasons)
    assert 0 <= found.priority <= 100
    assert found.label == [label for label, start in rules.labels if start <= found.priority][-1]


@given(REGISTER_VALUES, st.sampled_from([("severity", "s4", "s1"), ("impact.blocked", False, True)]))
def test_worse_never_scores_lower(registers: dict[str, Any], change: tuple[str, Any, Any]) -> None:
    """Of two tickets that differ in one thing, the worse one is not behind."""
    name, better, worse = change
    low, high = Case({**registers, name: better}), Case({**registers, name: worse})

    assert low.score().priority <= high.score().priority
    assert risk_of(low) <= risk_of(high)


def risk_of(one: Case) -> float:
    """Return the chance by the rule."""
    return rule_risk(one.ticket, one.measured(), RULES, NOW)[0]


@given(CASES, st.integers(0, 500), st.integers(0, 500))
def test_who_waits_longer_is_not_behind(one: Case, first: int, second: int) -> None:
    """Waiting on us never lowers a score."""
    less, more = sorted([first, second])

    def waited(hours: int) -> int:
        course = replace(one.ticket.course, waiting_since=later(-hours))
        return Case(dict(one.ticket.registers), course, one.heard, one.clocks).score().priority

    assert waited(less) <= waited(more)


def test_a_score_says_why() -> None:
    """Each reason has its points, its sentence, its evidence and its value; the largest comes first."""
    found = case(
        severity="s2",
        priority="high",
        impact__blocked=True,
        impact__affected_users=53,
        clocks=Clocks(clock(0.75)),
    ).score()
    assert [(r.factor, r.points, r.sentence, r.evidence, r.value) for r in found.reasons] == [
        ("severity", 13, "Severity is s2", "severity = s2", "s2"),
        ("blocked", 10, "The customer is blocked", "impact.blocked = yes", True),
        ("sla", 10, "75% of the time until the deadline is used", "sla_used = 0.75", 0.75),
        ("affected_users", 6, "53 users are affected", "impact.affected_users = 53", 53),
    ]
    assert (found.priority, found.label) == (39, "low")


def test_sentences_are_as_people_speak() -> None:
    """No share beyond all, no decimals that nobody reads, no thousands run together."""
    late = case(1234.56, clocks=Clocks(clock(9.0)), impact__revenue_at_risk=98765.43).score()
    assert {r.factor: (r.sentence, r.evidence) for r in late.reasons} == {
        "ageing": (
            "The customer has waited for 1,235 business hours; each after the first 8 adds 1",
            "hours_waiting_on_us = 1234.6",
        ),
        "sla": ("all of the time until the deadline is used", "sla_used = 9"),
        "waiting_on_us": (
            "The customer has waited for our answer for 1,235 business hours",
            "hours_waiting_on_us = 1234.56",
        ),
        "revenue_at_risk": ("Revenue of 98,765 is at risk", "impact.revenue_at_risk = 98765.43"),
    }


def test_severity_and_priority_are_counted_once() -> None:
    """They say the same thing in two ways: the one that says more counts."""
    assert points(case(severity="s2", priority="urgent").score()) == {"priority": 20}
    assert points(case(severity="s2", priority="high").score()) == {"severity": 13}


def test_an_account_cannot_buy_its_way_past_an_outage() -> None:
    """Account value is capped, and the cap is a line of its own."""
    account = {"account__tier": "enterprise", "account__arr_reported": 10**9, "account__health": "red"}
    rich = case(**account, account__renewal_date=NOW[:10]).score()
    outage = case(severity="s1").score()
    assert rich.priority == 12 < outage.priority
    assert points(rich)["cap.account"] == -6


def test_an_outage_is_high_at_least() -> None:
    """An override is a line of its own, with its own sentence."""
    found = case(severity="s1").score()
    assert (found.priority, found.label) == (60, "high")
    assert [(r.factor, r.points, r.sentence) for r in found.reasons] == [
        ("override.outage", 40, "A ticket of severity s1 is high at least"),
        ("severity", 20, "Severity is s1"),
    ]


def test_waiting_ages_a_ticket() -> None:
    """Ten points within the first eight hours, then one an hour, then the floor; each a line of its own."""
    assert points(case(8).score()) == {"waiting_on_us": 10}
    assert points(case(30).score()) == {"waiting_on_us": 10, "ageing": 22}
    assert points(case(72).score()) == {"waiting_on_us": 10, "ageing": 64, "max_wait": 21}
    assert points(case(5000).score()) == {"waiting_on_us": 10, "ageing": 90}
    [floor] = [r for r in case(72).score().reasons if r.factor == "max_wait"]
    assert floor.sentence == "Nobody waits for more than 72 business hours: 95 at least"


@given(st.integers(72, 2000), CASES)
def test_nobody_waits_for_ever(hours: int, one: Case) -> None:
    """Whatever the ticket: after 72 business hours of waiting on us, only the longest waits are before it."""
    course = replace(one.ticket.course, waiting_since=later(-hours))
    open_ = {**one.ticket.registers, "status": "open"}
    assert Case(open_, course, one.heard, Clocks()).score().priority >= 95


@pytest.mark.parametrize("status", ["pending", "solved", "closed"])
def test_what_waits_for_the_customer_does_not_age(status: str) -> None:
    """Nor does what is done."""
    assert not {"ageing", "waiting_on_us", "max_wait"} & points(case(500, status=status).score()).keys()


def test_a_finished_ticket_scores_nothing() -> None:
    """There is nothing left to do on it, however bad it was."""
    bad = case(90, severity="s1", status="solved")
    found = bad.score()
    assert (found.priority, found.label, risk_of(bad)) == (0, "low", 0.0)
    assert found.reasons[0].sentence == "Nothing is left to do: the ticket is solved"


def test_a_signal_is_proven_by_the_words_that_told_it() -> None:
    """The evidence is a quote, with its day and how often it was told."""
    mention = Mention("we will move to a competitor", "2026-11-20T09:00:00Z", "zendesk:3", "internal", 2)
    found = Case({}, heard=Heard(mentions={"churn": mention})).score()
    [reason] = found.reasons
    assert reason.evidence == "“we will move to a competitor” (2026-11-20, 2 times)"
    assert reason.reads == ("comment.internal",)


def test_history_counts() -> None:
    """Reopened, handed on, asked again: up to what history is worth together."""
    found = Case({}, Course(reopened=3, reassigned=6, returned=2, asked_again=4)).score()
    assert points(found) == {
        "reopened": 6,
        "reassigned": 4,
        "asked_again": 4,
        "returned": 3,
        "cap.history": -9,
    }
    assert found.priority == 8


def test_risk_says_why() -> None:
    """The chance by the rule is a logistic of log-odds over the base, and can be recomputed by hand."""
    one = case(severity="s1", account__health="red")
    chance, reasons = rule_risk(one.ticket, one.measured(), RULES, NOW)
    assert [(r.factor, r.points) for r in reasons] == [("severity", 1.2), ("health", 0.9)]
    assert chance == pytest.approx(1 / (1 + 2.718281828 ** (3.5 - 2.1)), abs=0.005)


# quiet ------------------------------------------------------------------------------------------

MOMENTS = st.lists(st.integers(0, 400), min_size=1, max_size=12).map(sorted)


@given(CASES, ANY_RULES, MOMENTS, st.lists(st.floats(0, 1), min_size=12, max_size=12))
def test_what_is_shown_is_never_far_from_what_is_so(
    one: Case, rules: ScoringRules, hours: list[int], risks: list[float]
) -> None:
    """Never a whole step from the fresh score, its label right, its points adding up; else it stands still."""
    shown: Score | None = None
    for hour, chance in zip(hours, risks, strict=False):
        fresh = replace(one.score(rules, later(hour)), escalation_risk=chance, attention=round(chance * 100))
        settled = settle(shown, fresh, rules)

        assert settled is fresh or settled is shown
        assert abs(settled.priority - fresh.priority) < rules.steps.priority
        assert abs(settled.escalation_risk - fresh.escalation_risk) < rules.steps.risk
        assert abs(settled.attention - fresh.attention) < rules.steps.attention
        assert settled.label == fresh.label
        assert sum(r.points for r in settled.reasons) == settled.priority
        assert settle(settled, settled, rules) is settled
        shown = settled


def test_the_clock_alone_is_no_news_until_it_has_moved_a_step() -> None:
    """From hour to hour nothing is written; at five points, or at another label, it is."""
    one = case(20, priority="normal")
    shown = one.score()
    assert [settle(shown, one.score(now=later(h)), RULES) is shown for h in (1, 4, 5)] == [True, True, False]
    near = case(33, priority="normal")
    assert near.score().priority == 39
    assert settle(near.score(), near.score(now=later(1)), RULES).label == "normal"


@pytest.mark.parametrize(
    "changed",
    [
        {"priority": "low"},
        {"impact.blocked": True},
        {"account.renewal_date": "2027-03-01"},
        {"status": "hold"},
    ],
)
def test_what_happens_is_news_at_once(changed: dict[str, Any]) -> None:
    """However little it moves: a score that is shown speaks of the ticket as it is."""
    before = {"priority": "normal", "account.renewal_date": "2027-03-02"}
    old, new = Case(before).score(), Case({**before, **changed}).score()
    assert settle(old, new, RULES) is new


def test_an_answer_is_news_at_once() -> None:
    """And so are words that are taken back: they do not stay on show as evidence."""
    assert settle(case(1).score(), case().score(), RULES) == case().score()

    def said(quote: str) -> Score:
        return Case({}, heard=Heard(mentions={"churn": Mention(quote, NOW)})).score()

    assert (
        settle(said("my card is 4111"), said("we leave"), RULES).reasons[0].evidence.startswith("“we leave”")
    )


def test_words_that_are_kept_among_ourselves_since_are_news_at_once() -> None:
    """The comment was made private: who may not read it is not told of it any longer."""

    def said(audience: Audience) -> Score:
        mentions = {"churn": Mention("we leave", NOW, audience=audience)}
        return Case({}, heard=Heard(mentions=mentions)).score()

    shown = settle(said("public"), said("internal"), RULES)
    assert [r.reads for r in shown.reasons] == [("comment.internal",)]


def test_what_only_the_risk_goes_by_is_news_at_once() -> None:
    """Its reasons speak of the ticket as it is, however little they are worth."""
    factor = Factor("eu", "account.region", "It is in {value}", {"any": 0.01})
    rules = replace(RULES, risk=(*RULES.risk, factor))
    old = Case({"account.region": "EU"}).score(rules)
    new = Case({"account.region": "US"}).score(rules)
    assert settle(old, new, rules) is new


def test_a_small_risk_is_not_taken_for_none() -> None:
    """Nothing but the end of a ticket makes its chance 0: by that the forecast knows that it is done."""
    calm = Case({"severity": "s4"})
    for base, status in ((-9.0, "open"), (-9.0, "solved")):
        ticket = replace(calm.ticket, registers={**calm.ticket.registers, "status": status})
        chance, _ = rule_risk(ticket, {}, replace(RULES, risk_base=base), NOW)
        assert (chance > 0) == (status == "open")


def test_other_rules_are_news_at_once() -> None:
    """A score that was made by other weights is not held on to."""
    shown = case(3).score()
    assert settle(shown, case(3).score(replace(RULES, version="other")), RULES).facts != shown.facts


# policy -----------------------------------------------------------------------------------------


def test_the_policy_of_the_demo() -> None:
    """Who wins is said per register, with a default."""
    policy = load_policy((MAPPINGS / "policy.yaml").read_text("utf-8"), "policy.yaml")
    assert policy.prefer("engineer")[0] == "jira"
    assert policy.prefer("subject")[0] == "zendesk"


def test_what_is_wrong_with_a_policy_file() -> None:
    """Unknown systems, registers and limits are told with their places."""
    with pytest.raises(FileRefused) as refused:
        _ = load_policy("prefer: {default: [zendsk, jira], subjet: [jira, zendesk]}\n", "p.yaml")
    assert str(refused.value).splitlines() == [
        "p.yaml:1:10: error: say where zendesk stands in this order too",
        "p.yaml:1:20: error: `zendsk` is not a system here; did you mean `zendesk`?",
        "p.yaml:1:35: error: `subjet` is not a register; did you mean `subject`?",
    ]


def test_the_pure_core_imports_no_clock() -> None:
    """`hub.score` is told what time it is."""
    source = Path(score.__code__.co_filename).read_text("utf-8")
    assert not any(word in source for word in ("import time", "now()", "today()", "random", "numpy"))
