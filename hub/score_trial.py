"""What other weights would do to the open tickets, before they do it: counted, and explained. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from hub.feedback import denied_signals
from hub.measures import measures
from hub.model import Ticket, TicketId, Value
from hub.records import Held, Reason, Score
from hub.score import WAITED, rule_risk, score, settle
from hub.scoring_rules import ScoringRules
from hub.signals.heard import Heard, heard
from hub.sla.clocks import Clocks
from hub.sla.review import judged
from hub.sla.rules import SlaRules
from hub.waits import NO_TIER, Wait, Waits, quantile, waits_by_tier

_TELLING = 4
"""Factors that explain a move."""


class Case(NamedTuple):
    """One open ticket, with what its people said and what it was promised."""

    ticket: Ticket
    heard: Heard
    clocks: Clocks
    shown: Score | None = None
    sides: int = 0
    """Copies of it: where a score is written."""


class Move(msgspec.Struct, frozen=True):
    """One ticket whose score would be another."""

    ticket: TicketId
    subject: str
    before: int
    after: int
    label_before: str
    label_after: str
    factors: tuple[tuple[str, float, float], ...]
    """What moved it, the most telling first: factor, points before, points after."""


class Place(NamedTuple):
    """Where the tickets of one tier stand in the queue, which begins at 1: the one in their middle."""

    tier: str
    tickets: int
    before: int
    after: int


class Trial(msgspec.Struct, frozen=True):
    """What one set of rules does in the place of another, or of what is shown."""

    tickets: int
    labels_before: Mapping[str, int]
    labels_after: Mapping[str, int]
    relabelled: int
    risks_moved: int
    """Tickets whose risk by the rule would move by a step."""
    tickets_written: int
    writes: int
    """Copies that would be written: each shows another score, label or reason."""
    moved: tuple[Move, ...]
    """The farthest first."""
    waits: tuple[Waits, ...]
    """How long customers wait on us now, by tier."""
    places: tuple[Place, ...]


class _Row(NamedTuple):
    """One ticket under both."""

    case: Case
    tier: str
    hours: float
    """For how long it waits on us; below 0: it does not."""
    was: Score
    then: Score


def case_of(held: Held, sla: SlaRules, now: str) -> Case:
    """Return a ticket as the rules see it now."""
    ticket = held.ticket
    said = heard(ticket, held.readings, denied_signals(ticket), now=now)
    live = sum(link.state == "live" for link in held.links)
    return Case(ticket, said, judged(ticket, sla, now), held.score, live)


def tried(
    cases: Iterable[Case],
    before: ScoringRules | None,
    after: ScoringRules,
    now: str,
    tiers: Sequence[str] = (),
) -> Trial:
    """Return what `after` does in the place of `before`; without it, in the place of what is shown."""
    rows = [_row(case, before, after, now) for case in cases]
    moved = [r for r in rows if (r.was.priority, r.was.label) != (r.then.priority, r.then.label)]
    written = [r for r in rows if _visible(r.was) != _visible(r.then)]
    queue = [r for r in rows if r.hours >= 0]
    return Trial(
        tickets=len(rows),
        labels_before=_labels([r.was for r in rows], before or after),
        labels_after=_labels([r.then for r in rows], after),
        relabelled=sum(r.was.label != r.then.label for r in rows),
        risks_moved=sum(_risk_moves(r.case, before, after, now) for r in rows) if before else 0,
        tickets_written=len(written),
        writes=sum(r.case.sides for r in written),
        moved=tuple(sorted(map(_move, moved), key=lambda m: (-abs(m.after - m.before), m.ticket))),
        waits=waits_by_tier((Wait(r.tier, r.hours) for r in queue), tiers),
        places=_places(queue, tiers),
    )


def _row(case: Case, before: ScoringRules | None, after: ScoringRules, now: str) -> _Row:
    fresh = scored(case, after, now)
    was = case.shown if before is None else scored(case, before, now)
    hours = measures(case.ticket, case.heard, case.clocks, after, now).get(WAITED)
    tier = str(case.ticket.get("account.tier") or NO_TIER)
    waits = hours if isinstance(hours, (int, float)) else -1.0
    return _Row(case, tier, waits, was or Score(0, after.label(0), 0.0), settle(was, fresh, after))


def scored(case: Case, rules: ScoringRules, now: str) -> Score:
    """Return a ticket's priority by some rules."""
    measured = measures(case.ticket, case.heard, case.clocks, rules, now)
    return score(case.ticket, measured, rules, now, case.heard.mentions)


def _visible(one: Score) -> tuple[Value, ...]:
    return one.priority, one.label, *(f"{r.points:g} {r.sentence}" for r in one.reasons)


def _risk_moves(case: Case, before: ScoringRules, after: ScoringRules, now: str) -> bool:
    chances = [
        rule_risk(case.ticket, measures(case.ticket, case.heard, case.clocks, rules, now), rules, now)[0]
        for rules in (before, after)
    ]
    return abs(chances[0] - chances[1]) >= after.steps.risk - 1e-9


def _move(row: _Row) -> Move:
    ticket, was, then = row.case.ticket, row.was, row.then
    before, after = _points(was.reasons), _points(then.reasons)
    changed = [(f, before.get(f, 0), after.get(f, 0)) for f in sorted({*before, *after})]
    changed = [row for row in changed if row[1] != row[2]]
    telling = sorted(changed, key=lambda row: (-abs(row[2] - row[1]), row[0]))
    subject = str(ticket.get("subject") or "")
    return Move(
        ticket.id, subject, was.priority, then.priority, was.label, then.label, tuple(telling[:_TELLING])
    )


def _points(reasons: Iterable[Reason]) -> dict[str, float]:
    return {reason.factor: reason.points for reason in reasons}


def _labels(scores: Iterable[Score], rules: ScoringRules) -> dict[str, int]:
    found = dict.fromkeys((label for label, _ in rules.labels), 0)
    for one in scores:
        found[one.label] = found.get(one.label, 0) + 1
    return found


def _places(queue: Sequence[_Row], tiers: Sequence[str]) -> tuple[Place, ...]:
    """Return where each tier's middle ticket stands: by score, of equals the one that has waited longest."""
    every = range(len(queue))
    before = sorted(every, key=lambda i: (-queue[i].was.priority, -queue[i].hours, i))
    after = sorted(every, key=lambda i: (-queue[i].then.priority, -queue[i].hours, i))
    found: list[Place] = []
    for row in waits_by_tier((Wait(r.tier, r.hours) for r in queue), tiers):
        places = [[p for p, i in enumerate(q, 1) if queue[i].tier == row.tier] for q in (before, after)]
        found.append(Place(row.tier, row.tickets, *(int(quantile(own, 0.5)) for own in places)))
    return tuple(found)
