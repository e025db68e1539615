"""The rule: how likely an escalation is by the factors of scoring.yaml alone, in log-odds."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import msgspec

from hub.history.words import rank
from hub.model import Course, Value
from hub.risk.moments import seconds
from hub.scoring_rules import Factor, ScoringRules

_DAY = 86400.0
_MIDDLE = 2.0
"""The rank of a normal priority."""

_MEASURES: Mapping[str, Callable[[Course, float], float]] = {
    "days_open": lambda course, now: _days(course.opened, now),
    "days_waiting_on_us": lambda course, now: _days(course.waiting_since, now),
    "hours_waiting_on_us": lambda course, now: _days(course.waiting_since, now) * 24,
    "customer_comments": lambda course, _now: course.customer_said,
    "replies": lambda course, _now: course.we_said,
    "reopened": lambda course, _now: course.reopened,
    "reassigned": lambda course, _now: course.reassigned,
    "moved": lambda course, _now: course.moved,
    "asked_again": lambda course, _now: course.asked_again,
}
"""What a ticket's course tells of the measures that factors may be made from."""


class Rule(msgspec.Struct, frozen=True):
    """The factors of scoring.yaml, as they were when a model was learned from them."""

    base: float
    factors: tuple[Factor, ...]

    @staticmethod
    def of(scoring: ScoringRules) -> Rule:
        return Rule(scoring.risk_base, scoring.risk)


def log_odds(registers: Mapping[str, Value], course: Course, rule: Rule, now: float) -> float:
    """
    Return what the rule says of a ticket at `now`.

    Histories of other tools know little of what scoring.yaml asks for: there, the rank of the priority
    and how often the ticket was passed on or reopened stand in for it.
    """
    odds = rule.base
    for factor in rule.factors:
        measure = _MEASURES.get(factor.source)
        odds += (
            (factor.of_number(measure(course, now)) if factor.curve else 0.0)
            if measure is not None
            else _worth(factor, registers.get(factor.source), now)
        )
    if registers.get("severity") is None:
        urgent = rank(registers.get("priority"))
        odds += 0.0 if urgent is None else 0.6 * (urgent - _MIDDLE)
    return odds + 0.4 * math.log1p(course.reopened) + 0.3 * math.log1p(course.moved + course.reassigned)


def _days(since: str, now: float) -> float:
    return max((now - seconds(since)) / _DAY, 0.0) if since else 0.0


def _worth(factor: Factor, value: Value, now: float) -> float:
    if value is None or value in ("", ()):
        return 0.0
    if not factor.curve:
        word = value if isinstance(value, str) else str(value).lower()
        return factor.of_word(word)
    if isinstance(value, (int, float)):
        return factor.of_number(value)
    when = seconds(value) if isinstance(value, str) else math.nan
    return 0.0 if math.isnan(when) else factor.of_number((when - now) / _DAY)
