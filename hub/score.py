"""
How urgent a ticket is: weighted factors, each with its reason, and what keeps anybody from waiting for ever.

Pure. The points of the reasons add up to the score exactly: what a group's cap, an override or the end
of the scale gives or takes is a line of its own.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from hub.fingerprint import digest
from hub.measure_names import TIMED
from hub.measures import day_of
from hub.model import Ticket, Value
from hub.records import Reason, Score
from hub.scoring_rules import GRAIN, TOP, Ageing, Group, Override, ScoringRules, grains, whole
from hub.signals.heard import Mention
from hub.weighing import Part, counted, found, ground, sentence, weigh

WAITED = "hours_waiting_on_us"
_SINCE = ("waiting_since", "sla_due")
"""What the clocks go by: when one of these moves, something happened."""
_ENDS = 30.0
_NO_MENTIONS: Mapping[str, Mention] = MappingProxyType({})


def score(
    ticket: Ticket,
    measured: Mapping[str, Value],
    rules: ScoringRules,
    now: str,
    mentions: Mapping[str, Mention] = _NO_MENTIONS,
) -> Score:
    """
    Return the ticket's priority with its reasons, whose whole points add up to it exactly.

    `mentions`: the words that tell each signal (`Heard.mentions`), for the evidence.
    """
    facts = facts_of(ticket, measured, rules, mentions)
    status = ticket.get("status")
    if status in rules.done:
        said = f"Nothing is left to do: the ticket is {status}"
        reason = Reason("done", 0, said, f"status = {status}", status)
        return Score(0, rules.label(0), 0.0, (reason,), facts=facts, at=now)
    parts = list(_within(list(weigh(rules.priority, ticket, measured, now, mentions)), rules.groups))
    total = sum(grains(p.worth) for p in parts)
    hours = waited(measured)
    for part in _aged(total, hours, rules.ageing):
        parts.append(part)
        total += grains(part.worth)
    for override in rules.overrides:
        value = found(override.source, ticket, measured)
        change = override.change(total) if override.holds(value) else 0
        if change:
            parts.append(_overruled(override, change, value, now, mentions))
            total += change
    parts += _ended(total, hours, rules.ageing)
    priority, reasons = _whole(parts, {group.name: group.label for group in rules.groups})
    return Score(priority, rules.label(priority), 0.0, reasons, facts=facts, at=now)


def facts_of(
    ticket: Ticket,
    measured: Mapping[str, Value],
    rules: ScoringRules,
    mentions: Mapping[str, Mention] = _NO_MENTIONS,
) -> str:
    """
    Return a digest of all that the score is made from but the present moment.

    The words that prove a signal are among it, and who may read them: words that were taken back, or
    kept among ourselves since, are not shown any longer. So is what the risk goes by, for its reasons.
    """
    factors = (*rules.priority, *rules.overrides, *rules.risk)
    sources = dict.fromkeys(factor.source for factor in factors)
    known = [found(name, ticket, measured) for name in sources if name not in TIMED]
    since = [measured.get(name) for name in _SINCE]
    quotes = [(signal, mentions[signal].quote, mentions[signal].audience) for signal in sorted(mentions)]
    return digest([rules.version, ticket.get("status"), known, since, quotes])[:16]


def waited(measured: Mapping[str, Value]) -> float:
    """Return for how many business hours the customer waits on us."""
    hours = measured.get(WAITED)
    return hours if isinstance(hours, (int, float)) else 0.0


# what moves the sum -----------------------------------------------------------------------------


def _within(parts: Sequence[Part], groups: Sequence[Group]) -> Iterator[Part]:
    """Yield what counts of each group, and what its cap takes away."""
    by_group: dict[str, list[Part]] = {}
    for part in parts:
        by_group.setdefault(part.group, []).append(part)
    for group in groups:
        own = by_group.pop(group.name, [])
        if not own:
            continue
        if group.take == "largest":
            own = [max(own, key=lambda part: part.worth)]  # of two that are worth the same, the first
        yield from own
        over = sum(grains(part.worth) for part in own) - grains(group.most)
        if over > 0:
            said = f"{group.label} counts for {group.most:g} points at most"
            yield Part(f"cap.{group.name}", -over / GRAIN, said, group=group.name)
    for alone in by_group.values():
        yield from alone


def _aged(total: int, hours: float, ageing: Ageing) -> Iterator[Part]:
    """Yield what waiting adds, up to the end of the scale: the longer, the more, whoever the customer is."""
    points = grains(max(hours - ageing.after, 0.0) * ageing.per_hour)
    points = min(points, grains(TOP) - total)
    if points > 0:
        said = f"The customer has waited for {counted(hours)} business hours; each after the first "
        said += f"{ageing.after:g} adds {ageing.per_hour:g}"
        yield Part("ageing", points / GRAIN, said, _waited_for(hours), value=hours)


def _overruled(
    override: Override, change: int, value: Value, now: str, mentions: Mapping[str, Mention]
) -> Part:
    reads, evidence = ground(override.source, value, mentions)
    said = sentence(override.says, value, day_of(now) or 0)
    return Part(f"override.{override.name}", change / GRAIN, said, evidence, value=value, reads=reads)


def _ended(total: int, hours: float, ageing: Ageing) -> Iterator[Part]:
    """Yield the floor of who waited for too long; and the ends of the scale."""
    lack = grains(ageing.floor) - total
    if hours >= ageing.max_wait and lack > 0:
        said = f"Nobody waits for more than {ageing.max_wait:g} business hours: {ageing.floor:g} at least"
        yield Part("max_wait", lack / GRAIN, said, _waited_for(hours), value=hours)
    elif total > grains(TOP):
        yield Part("cap.top", TOP - total / GRAIN, f"A score ends at {TOP}")
    elif total < 0:
        yield Part("cap.bottom", -total / GRAIN, "A score begins at 0")


def _waited_for(hours: float) -> str:
    return f"{WAITED} = {round(hours, 1):g}"


def _whole(parts: Sequence[Part], labels: Mapping[str, str]) -> tuple[int, tuple[Reason, ...]]:
    """Make the points whole by largest remainder: they add up to the rounded sum, exactly."""
    total, points = whole([grains(part.worth) for part in parts])
    reasons = [
        part.reason(count, labels.get(part.group, ""))
        for part, count in zip(parts, points, strict=True)
        if count
    ]
    return total, tuple(sorted(reasons, key=lambda r: (-r.points, r.factor)))


# risk by rule, and quiet ------------------------------------------------------------------------


def rule_risk(
    ticket: Ticket,
    measured: Mapping[str, Value],
    rules: ScoringRules,
    now: str,
    mentions: Mapping[str, Mention] = _NO_MENTIONS,
) -> tuple[float, tuple[Reason, ...]]:
    """Return the chance by a logistic of the factors' log-odds, and each one's part; 0 only when done."""
    if ticket.get("status") in rules.done:
        return 0.0, ()
    parts = list(weigh(rules.risk, ticket, measured, now, mentions))
    labels = {group.name: group.label for group in rules.groups}
    odds = rules.risk_base + math.fsum(p.worth for p in parts)
    chance = 1 / (1 + math.exp(-min(max(odds, -_ENDS), _ENDS)))
    reasons = [p.reason(round(p.worth, 2), labels.get(p.group, "")) for p in parts]
    return max(round(chance, 2), 0.01), tuple(sorted(reasons, key=lambda r: (-abs(r.points), r.factor)))


def settle(shown: Score | None, new: Score, rules: ScoringRules) -> Score:
    """
    Return the score to show: the one that is shown, until there is a cause for another.

    A cause is something that happened, another label, a whole step of the clock's, or the end of the
    scale (nothing could move it from just below). So the score that people see is never a whole step
    from the fresh one, has its label, and its points still add up.
    """
    if shown is None or shown.facts != new.facts or shown.label != rules.label(new.priority):
        return new
    steps = rules.steps
    moved = (
        abs(new.priority - shown.priority) >= steps.priority
        or (new.priority == TOP != shown.priority)
        or abs(new.escalation_risk - shown.escalation_risk) >= steps.risk - 1e-9
        or abs(new.attention - shown.attention) >= steps.attention
    )
    return new if moved else shown
