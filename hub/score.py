"""
How urgent a ticket is, and how likely it escalates: weighted factors, each with its reason.

Pure. `now` counts only as a day, so that a score does not move within a day without a cause.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

import msgspec

from hub.lenses.raw import spoken
from hub.model import Comment, Ticket, Value
from hub.records import Reason, Score
from hub.scoring_rules import Factor, ScoringRules

TOP = 100


class _Part(msgspec.Struct, frozen=True):
    """A factor that counts on this ticket, before its points are made whole."""

    factor: str
    worth: float
    sentence: str
    evidence: str
    group: str = ""


def score(ticket: Ticket, rules: ScoringRules, now: str) -> Score:
    """Return the ticket's score. The whole points of its reasons add up to it exactly."""
    today = date.fromisoformat(now[:10])
    status = ticket.get("status")
    if status in rules.done:
        reason = Reason("done", 0, f"Nothing is left to do: the ticket is {status}", f"status = {status}")
        return Score(0, _label(0, rules), 0.0, (reason,))
    measures = _measures(ticket, today)
    parts = list(_parts(ticket, rules.priority, measures, today))
    parts += _over_caps(parts, rules.caps)
    parts += _over_top(parts)
    priority, reasons = _whole(parts)
    risk, risk_reasons = _risk(list(_parts(ticket, rules.risk, measures, today)), rules.risk_base)
    return Score(priority, _label(priority, rules), risk, reasons, risk_reasons)


def _label(priority: int, rules: ScoringRules) -> str:
    return [label for label, start in rules.labels if priority >= start][-1]


# factors --------------------------------------------------------------------------------------


def _parts(
    ticket: Ticket, factors: Sequence[Factor], measures: Mapping[str, int], today: date
) -> Iterator[_Part]:
    for factor in factors:
        if factor.source in measures:
            number = measures[factor.source]
            worth, told = factor.of_number(number), {"value": f"{number:,}", "when": f"{number:,}"}
            evidence = f"{factor.source} = {number}"
        else:
            value = ticket.get(factor.source)
            worth, told = _worth(factor, value, today)
            evidence = f"{factor.source} = {spoken(value)}"
        if worth:
            yield _Part(factor.name, worth, factor.says.format(**told), evidence, factor.group)


def _worth(factor: Factor, value: Value, today: date) -> tuple[float, dict[str, str]]:
    """Return what a register's value is worth, and how a sentence speaks of it; 0 if it is not there."""
    if value is None or value in ("", ()):
        return 0.0, {}
    told = spoken(value)
    if not factor.curve:
        word = told if isinstance(value, str) else str(value).lower()
        return factor.points.get(word, factor.points.get("any", 0.0)), {"value": told, "when": told}
    if isinstance(value, (int, float)):
        return factor.of_number(value), {"value": f"{value:,}", "when": told}
    try:
        days = (date.fromisoformat(told[:10]) - today).days
    except ValueError:
        return 0.0, {}  # not a day: a custom register mapped as text
    return factor.of_number(days), {"value": told[:10], "when": _when(days)}


def _when(days: int) -> str:
    match days:
        case 0:
            return "today"
        case 1:
            return "tomorrow"
        case -1:
            return "yesterday"
        case _:
            return f"in {days} days" if days > 0 else f"{-days} days ago"


def _measures(ticket: Ticket, today: date) -> Mapping[str, int]:
    said = sorted(
        (c for c in ticket.comments.values() if c.audience == "public" and not c.removed),
        key=lambda c: (c.created_at, c.id),
    )
    heard = [c.created_at for c in said] + [o.at for o in ticket.origins.values() if o.at]
    waiting = _waiting(said, ticket)
    return {
        "days_open": _days(min(heard), today) if heard else 0,
        "days_waiting_on_us": _days(waiting, today) if waiting else 0,
        "customer_comments": sum(_by_customer(c, ticket) for c in said),
    }


def _days(since: str, today: date) -> int:
    try:
        return max((today - date.fromisoformat(since[:10])).days, 0)
    except ValueError:
        return 0


def _waiting(said: Sequence[Comment], ticket: Ticket) -> str:
    """Return when the customer first spoke after our last answer; "" if the next word is not ours."""
    if ticket.get("status") == "pending":
        return ""
    since = ""
    for comment in said:
        since = (since or comment.created_at) if _by_customer(comment, ticket) else ""
    return since


def _by_customer(comment: Comment, ticket: Ticket) -> bool:
    who, author = ticket.get("requester"), comment.author
    return who is not None and who in {author.email, f"{comment.origin}:{author.id}"}


# sums -----------------------------------------------------------------------------------------


def _over_caps(parts: Sequence[_Part], caps: Mapping[str, float]) -> Iterator[_Part]:
    for group, cap in caps.items():
        over = math.fsum(p.worth for p in parts if p.group == group) - cap
        if over > 0:
            yield _Part(f"cap.{group}", -over, f"The {group} counts for {cap:g} points at most", "")


def _over_top(parts: Sequence[_Part]) -> Iterator[_Part]:
    total = math.fsum(p.worth for p in parts)
    if total > TOP:
        yield _Part("cap.top", TOP - total, f"A score ends at {TOP}", "")
    elif total < 0:
        yield _Part("cap.bottom", -total, "A score begins at 0", "")


def _whole(parts: Sequence[_Part]) -> tuple[int, tuple[Reason, ...]]:
    """Make the points whole by largest remainder: they add up to the rounded sum, exactly."""
    total = math.floor(math.fsum(p.worth for p in parts) + 0.5)
    points = [math.floor(p.worth) for p in parts]
    by_remainder = sorted(range(len(parts)), key=lambda i: (points[i] - parts[i].worth, i))
    for i in by_remainder[: total - sum(points)]:
        points[i] += 1
    reasons = [
        Reason(part.factor, whole, part.sentence, part.evidence)
        for part, whole in zip(parts, points, strict=True)
        if whole
    ]
    return total, tuple(sorted(reasons, key=lambda r: (-r.points, r.factor)))


def _risk(parts: Sequence[_Part], base: float) -> tuple[float, tuple[Reason, ...]]:
    """Return the chance by a logistic of the factors' log-odds, and each one's part in it."""
    odds = base + math.fsum(p.worth for p in parts)
    chance = 1 / (1 + math.exp(-min(max(odds, -30.0), 30.0)))
    reasons = [Reason(p.factor, round(p.worth, 2), p.sentence, p.evidence) for p in parts]
    return round(chance, 2), tuple(sorted(reasons, key=lambda r: (-abs(r.points), r.factor)))
