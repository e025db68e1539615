"""A score can be explained to the point, and does not move without a cause."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.model import ZENDESK, Comment, CommentId, Origin, Person, Ticket, TicketId
from hub.policy import load_policy
from hub.problems import FileRefused
from hub.score import score
from hub.scoring_rules import load_scoring
from tests.worlds import MAPPINGS

TEXT = (MAPPINGS / "scoring.yaml").read_text("utf-8")
RULES = load_scoring(TEXT, "mappings/scoring.yaml")
NOW = "2026-11-21T10:00:00Z"
REQUESTER = "ann@acme.example"


def ticket(said: tuple[tuple[str, str], ...] = (), **registers: Any) -> Ticket:
    """Return a ticket; `said` holds day and speaker of each public comment, dots are `__`."""
    comments = {
        CommentId(f"zendesk:{n}"): Comment(
            CommentId(f"zendesk:{n}"), "…", Person(email=who), f"{day}T09:00:00Z", "public", ZENDESK
        )
        for n, (day, who) in enumerate(said)
    }
    named = {name.replace("__", "."): value for name, value in registers.items()}
    return Ticket(TicketId("zendesk:1"), {"requester": REQUESTER, **named}, comments=comments)


REGISTERS = st.fixed_dictionaries(
    {},
    optional={
        "severity": st.sampled_from(["s1", "s2", "s3", "s4"]),
        "priority": st.sampled_from(["low", "normal", "high", "urgent"]),
        "status": st.sampled_from(["new", "open", "pending", "hold", "solved", "closed"]),
        "impact.blocked": st.booleans(),
        "impact.affected_users": st.integers(0, 10**6),
        "impact.revenue_at_risk": st.floats(0, 1e9),
        "impact.promised_to_customer": st.text(max_size=5),
        "account.tier": st.sampled_from(["enterprise", "business", "starter", "other"]),
        "account.arr_reported": st.integers(0, 10**8),
        "account.health": st.sampled_from(["green", "yellow", "red"]),
        "account.renewal_date": st.dates().map(str),
        "go_live_date": st.dates().map(str),
        "sla.due": st.datetimes().map(lambda d: d.replace(microsecond=0).isoformat() + "Z"),
    },
)
DAYS = st.dates(min_value=date(2024, 1, 1)).map(str)
SAID = st.lists(st.tuples(DAYS, st.sampled_from([REQUESTER, "agent@support.example"])), max_size=8)


@given(REGISTERS, SAID)
def test_the_points_add_up_exactly(registers: dict[str, Any], said: list[tuple[str, str]]) -> None:
    """The whole points of the reasons sum to the score, which lies between 0 and 100."""
    one = ticket(tuple(said))
    result = score(Ticket(one.id, {**one.registers, **registers}, comments=one.comments), RULES, NOW)
    assert sum(r.points for r in result.reasons) == result.priority
    assert all(float(r.points).is_integer() for r in result.reasons)
    assert 0 <= result.priority <= 100
    assert 0 <= result.escalation_risk <= 1


@given(REGISTERS, SAID, st.integers(0, 23))
def test_a_score_stands_for_the_day(
    registers: dict[str, Any], said: list[tuple[str, str]], hour: int
) -> None:
    """Within a day the clock changes nothing."""
    one = ticket(tuple(said))
    one = Ticket(one.id, {**one.registers, **registers}, comments=one.comments)
    assert score(one, RULES, f"2026-11-21T{hour:02}:59:59Z") == score(one, RULES, NOW)


@given(REGISTERS, st.sampled_from([("severity", "s4", "s1"), ("impact.blocked", False, True)]))
def test_worse_never_scores_lower(registers: dict[str, Any], change: tuple[str, Any, Any]) -> None:
    """Of two tickets that differ in one thing, the worse one is not behind."""
    name, better, worse = change
    low = score(ticket(**{**registers, name: better}), RULES, NOW)
    high = score(ticket(**{**registers, name: worse}), RULES, NOW)
    assert low.priority <= high.priority
    assert low.escalation_risk <= high.escalation_risk


def test_a_score_says_why() -> None:
    """Each reason has its points, its sentence and its evidence; the largest comes first."""
    result = score(
        ticket(
            severity="s1",
            impact__blocked=True,
            impact__affected_users=53,
            sla__due="2026-11-22T09:00:00Z",
        ),
        RULES,
        NOW,
    )
    assert [(r.factor, r.points, r.sentence, r.evidence) for r in result.reasons] == [
        ("severity", 18, "Severity is s1", "severity = s1"),
        ("blocked", 12, "The customer is blocked", "impact.blocked = yes"),
        ("sla", 10, "The SLA deadline is tomorrow", "sla.due = 2026-11-22T09:00:00Z"),
        ("affected_users", 7, "53 users are affected", "impact.affected_users = 53"),
    ]
    assert (result.priority, result.label) == (47, "normal")


def test_an_account_cannot_buy_its_way_past_an_outage() -> None:
    """Account value is capped, and the cap is a line of its own."""
    rich = score(
        ticket(
            account__tier="enterprise",
            account__arr_reported=10**9,
            account__health="red",
            account__renewal_date="2026-11-21",
        ),
        RULES,
        NOW,
    )
    outage = score(ticket(severity="s1"), RULES, NOW)
    assert rich.priority == 12 < outage.priority
    assert ("cap.account", -8) in [(r.factor, r.points) for r in rich.reasons]


def test_nobody_waits_for_ever() -> None:
    """A small ticket that nobody answers overtakes a big one that is looked after."""
    starving = ticket((("2026-09-01", REQUESTER),), status="open")
    tended = ticket(
        (("2026-11-20", REQUESTER), ("2026-11-21", "agent@support.example")),
        severity="s1",
        impact__blocked=True,
        impact__affected_users=40,
    )
    assert score(starving, RULES, NOW).priority > score(tended, RULES, NOW).priority


def test_waiting_counts_from_the_first_unanswered_word() -> None:
    """Our answer, or a status that waits for the customer, stops the clock; their reply starts it."""

    def waited(said: tuple[tuple[str, str], ...], status: str = "open") -> list[str]:
        result = score(ticket(said, status=status), RULES, NOW)
        return [r.evidence for r in result.reasons if r.factor == "waiting_on_us"]

    twice = (("2026-11-17", REQUESTER), ("2026-11-20", REQUESTER))
    assert waited(twice) == ["days_waiting_on_us = 4"]
    assert waited((*twice, ("2026-11-20", "agent@support.example"))) == []
    assert waited(twice, "pending") == []


def test_a_finished_ticket_scores_nothing() -> None:
    """There is nothing left to do on it, however bad it was."""
    result = score(ticket(severity="s1", status="solved"), RULES, NOW)
    assert (result.priority, result.label, result.escalation_risk) == (0, "low", 0.0)
    assert result.reasons[0].sentence == "Nothing is left to do: the ticket is solved"


def test_age_counts_from_when_the_ticket_was_first_heard_of() -> None:
    """Without comments, the oldest origin of a register tells."""
    old = Ticket(
        TicketId("1"), {"status": "open"}, {"status": Origin(ZENDESK, "2026-11-07T00:00:00Z")}
    )
    assert [r.sentence for r in score(old, RULES, NOW).reasons] == ["The ticket is 14 days old"]


def test_risk_says_why() -> None:
    """The chance is a logistic of the factors' log-odds over the base, and can be recomputed by hand."""
    result = score(ticket(severity="s1", account__health="red"), RULES, NOW)
    assert [(r.factor, r.points) for r in result.risk_reasons] == [("severity", 1.2), ("health", 0.9)]
    assert result.escalation_risk == pytest.approx(1 / (1 + 2.718281828 ** (3.5 - 2.1)), abs=0.005)


HEAD = "labels: {low: 0}\nrisk: {base: -3, factors: {}}\npriority:\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "  a: {from: severty, points: {s1: 1}, says: x}\n",
            "s.yaml:4:7: error: `severty` is neither a register nor a measure; did you mean `severity`?",
        ),
        (
            "  a: {from: severity, points: {s9: 1}, says: x}\n",
            "s.yaml:4:32: error: `severity` is never `s9`; it is one of s4, s3, s2, s1",
        ),
        (
            "  a: {from: account.arr, points: {any: 1}, says: x}\n",
            "s.yaml:4:7: error: `account.arr` is a number; give it `curve: [[<number>, <points>], …]`",
        ),
        (
            "  a: {from: account.arr, curve: [[5, 1], [1, 2]], says: x}\n",
            "s.yaml:4:26: error: the values of a curve must rise from point to point",
        ),
        (
            '  a: {from: account.arr, curve: [[5, 1]], says: "{amount}"}\n',
            "s.yaml:4:43: error: a sentence knows `{value}` and `{when}`, not `{amount}`",
        ),
        (
            "  a: {from: account.arr, curve: [[5, 1]], says: x, group: money}\n",
            "s.yaml:4:52: error: group `money` has no cap; add `money: <points>` under `caps`",
        ),
        (
            "  a: {from: impact.blocked, points: {true: lots}, says: x}\n",
            "s.yaml:4:44: error: this must be a number, not `lots`",
        ),
    ],
)
def test_what_is_wrong_with_a_scoring_file(text: str, said: str) -> None:
    """Each mistake is told where it stands, with what to write instead."""
    with pytest.raises(FileRefused) as refused:
        _ = load_scoring(HEAD + text, "s.yaml")
    assert said in str(refused.value).splitlines()


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
    """`hub.score` takes the day as an argument."""
    source = Path(score.__code__.co_filename).read_text("utf-8")
    assert not any(word in source for word in ("import time", "now()", "today()", "random"))
