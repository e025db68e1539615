"""Nothing in an explanation that its reader may not see, and the sum holds for every reader."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from hub.model import Value
from hub.reasons import reasons_for, risk_reasons_for
from hub.score import rule_risk
from hub.scoring_rules import ScoringRules
from hub.signals.heard import Heard, Mention
from hub.weighing import READS
from tests.scoring import CASES, NOW, RULES, SOURCES, Case, case, rule_files

COMMENTS = ("comment.public", "comment.internal", "comment.engineering")
NAMES = sorted({*SOURCES, *COMMENTS, *(name for reads in READS.values() for name in reads), "account.arr"})
SEEN = st.sets(st.sampled_from(NAMES))
ANY_RULES = st.one_of(st.just(RULES), rule_files())


@given(CASES, ANY_RULES, SEEN)
def test_the_sum_holds_for_every_reader(one: Case, rules: ScoringRules, seen: set[str]) -> None:
    """Whatever a reader may see: the points they are told sum to the score."""
    found = one.score(rules)
    chance, why = rule_risk(one.ticket, one.measured(rules), rules, NOW, one.heard.mentions)
    found = replace(found, escalation_risk=chance, risk_reasons=why)

    told = reasons_for(found, seen.__contains__)
    assert sum(r.points for r in told) == found.priority
    told_risk = risk_reasons_for(found, seen.__contains__)
    assert math.isclose(
        math.fsum(r.points for r in told_risk), math.fsum(r.points for r in why), abs_tol=0.05
    )


SECRETS: dict[str, Value] = {
    "account.arr_reported": 987654,
    "account.health": "red",
    "account.tier": "enterprise",
    "account.renewal_date": "2026-12-24",
    "impact.affected_users": 4321,
}
QUOTE = Mention("they are about to sue us", "2026-11-20T09:00:00Z", "zendesk:9", "internal")


@given(SEEN)
def test_nothing_leaks(seen: set[str]) -> None:
    """No value and no quote is told, in a sentence, as evidence or as a value, that is not to be seen."""
    one = Case(SECRETS, heard=Heard(mentions={"churn": QUOTE}))
    told = str(reasons_for(one.score(), seen.__contains__))
    words = {
        "account.arr": ("987,654", "987654", "revenue"),
        "account.health": ("red", "health"),
        "account.tier": ("enterprise",),
        "account.renewal_date": ("2026-12-24", "renewal"),
        "impact.affected_users": ("4,321", "4321"),
        "comment.internal": (QUOTE.quote, "leaving"),
    }
    for name, secret in words.items():
        if name not in seen:
            assert not [word for word in secret if word in told], (name, told)


def test_what_is_hidden_is_told_as_part_of_its_group() -> None:
    """Several hidden parts are one line: what each of them is worth cannot be read off."""
    found = case(account__arr_reported=10**6, account__health="red", severity="s2").score()
    told = reasons_for(found, lambda name: name == "severity")
    assert [(r.points, r.sentence, r.evidence, r.value) for r in told] == [
        (13, "Severity is s2", "severity = s2", "s2"),
        (9, "The account counts for 9 points", "", None),
    ]


def test_a_cap_beside_a_hidden_part_is_hidden_with_it() -> None:
    """What a cap takes away would tell what the hidden part is worth."""
    found = case(account__arr_reported=10**9, account__health="red", account__tier="enterprise").score()
    told = reasons_for(found, lambda name: name == "account.tier")
    assert [(r.points, r.sentence) for r in told] == [
        (8, "The account counts for 8 points"),
        (4, "The account is in the enterprise tier"),
    ]


def test_who_may_see_all_is_told_all() -> None:
    """Nothing is changed without need."""
    found = case(account__arr_reported=10**9, severity="s1").score()
    assert reasons_for(found, lambda _: True) == found.reasons


def test_a_hidden_risk_is_told_by_its_direction() -> None:
    """Log-odds are no points: the sentence says which way the group pulls."""
    one = case(account__health="red")
    chance, why = rule_risk(one.ticket, one.measured(), RULES, NOW)
    found = replace(one.score(), escalation_risk=chance, risk_reasons=why)
    assert [r.sentence for r in risk_reasons_for(found, lambda _: False)] == ["The account raises the risk"]


def test_words_of_unknown_origin_are_not_for_everybody() -> None:
    """A signal without its mention is treated as if an internal note had told it."""
    one = Case({}, heard=Heard(mentions={"churn": QUOTE}))
    _, [reason] = rule_risk(one.ticket, one.measured(), RULES, NOW)
    assert reason.reads == ("comment.internal",)
