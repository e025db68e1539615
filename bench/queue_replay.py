"""
A support queue, replayed: who waits how long under an order of serving.

Tickets come as customers write, in bursts; a few agents answer one after the other, always the one
that the order puts first. Time is business time: nobody writes, works or waits outside it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from random import Random
from typing import NamedTuple

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from hub.measure_names import TIMED
from hub.measures import measures
from hub.model import Course, Ticket, TicketId, Value
from hub.score_many import Row, Table, row_of
from hub.scoring_rules import Ageing, ScoringRules
from hub.signals.heard import Heard
from hub.sla.calendar import Calendar, instant_of
from hub.sla.clocks import Clock, Clocks
from hub.waits import Wait

TIERS = ("enterprise", "business", "starter")
_SHARES = (0.1, 0.3, 0.6)
_TARGETS = {"enterprise": 4 * 3600, "business": 8 * 3600, "starter": 24 * 3600}
_AGENTS = 6
_HOUR = 3600
_DAY = 24
_START = 1_767_600_000  # Monday, 5 January 2026

Order = Callable[[int], NDArray[np.float64]]
"""At a moment: what each ticket, waiting or not, is worth; the most first, of equals the oldest."""


class Arrival(NamedTuple):
    """One ticket: when it comes, in business seconds, whose it is, and how long its answer takes."""

    at: int
    tier: str
    work: int
    ticket: Ticket
    clocks: Clocks


class Replay(NamedTuple):
    """How long everybody waited, in business hours."""

    waits: tuple[Wait, ...]

    def longest(self, tier: str | None = None) -> float:
        """Return the longest wait, of one tier or of all."""
        return max(w.hours for w in self.waits if tier in (None, w.tier))


def arrivals(
    seed: int, calendar: Calendar, *, days: int = 32, each_day: int = 90, load: float = 0.97
) -> list[Arrival]:
    """Return the tickets of some days: more on some than on others, so much that agents are busy `load`."""
    random = Random(seed)
    whole = _day_of(calendar)
    found: list[tuple[int, float]] = []
    for day in range(days):
        burst = random.choice([0.5, 0.7, 0.9, 1.0, 1.0, 1.2, 1.7])
        times = [day * whole + int(random.random() * whole) for _ in range(round(each_day * burst))]
        found += [(at, random.lognormvariate(0, 0.8)) for at in times]
    scale = load * _AGENTS * days * whole / math.fsum(work for _, work in found)
    ordered = enumerate(sorted(found))
    return [_arrival(random, number, at, int(work * scale), calendar) for number, (at, work) in ordered]


def _day_of(calendar: Calendar) -> int:
    """Return how many business seconds a day has, on average."""
    return calendar.between(_START, _START + 28 * 86_400) // 28


def _arrival(random: Random, number: int, at: int, work: int, calendar: Calendar) -> Arrival:
    [tier] = random.choices(TIERS, _SHARES)
    registers: dict[str, Value] = {
        "status": "open",
        "account.tier": tier,
        "severity": random.choices(["s1", "s2", "s3", "s4"], [0.04, 0.16, 0.4, 0.4])[0],
        "impact.blocked": random.random() < 0.15,
        "impact.affected_users": int(random.paretovariate(0.8)),
        "account.arr_reported": int(random.lognormvariate({"starter": 8, "business": 10.5}.get(tier, 13), 1)),
        "account.health": random.choice(["green", "green", "yellow", "red"]),
    }
    since, target = moment(calendar, at), _TARGETS[tier]
    due = calendar.later(since, target)
    clock = Clock(instant_of(due), "ok", 0.0, target / 60, (), target, calendar)
    course = Course(opened=instant_of(since), waiting_since=instant_of(since), customer_said=1)
    ticket = Ticket(TicketId(f"zendesk:{number}"), registers, course=course)
    return Arrival(at, tier, work, ticket, Clocks(clock, None, (), calendar))


def moment(calendar: Calendar, at: int) -> int:
    """Return the instant at which so many business seconds are over."""
    return calendar.later(_START, at)


# orders -----------------------------------------------------------------------------------------


def by_score(tickets: Sequence[Arrival], rules: ScoringRules, calendar: Calendar) -> Order:
    """Serve by the score."""
    table = Table([_row(one, rules) for one in tickets], rules)
    return lambda at: table.priorities(instant_of(moment(calendar, at))).astype(np.float64)


def _row(one: Arrival, rules: ScoringRules) -> Row:
    now = one.ticket.course.opened
    return row_of(one.ticket, measures(one.ticket, Heard(), one.clocks, rules, now), one.clocks, rules)


def strict(rules: ScoringRules) -> ScoringRules:
    """Return the rules without all that time does: what a score is that knows value and urgency alone."""
    return replace(
        rules,
        ageing=Ageing(after=1e9, max_wait=1e9, floor=0),
        priority=tuple(f for f in rules.priority if f.source not in TIMED),
        overrides=tuple(o for o in rules.overrides if o.source not in TIMED),
    )


def fifo(tickets: Sequence[Arrival]) -> Order:
    """Serve who came first."""
    level = np.zeros(len(tickets))
    return lambda _: level


def replay(tickets: Sequence[Arrival], order: Order) -> Replay:
    """Serve all tickets in an order; of equals, who has waited longest."""
    waiting = np.zeros(len(tickets), dtype=np.bool_)
    free = [0] * _AGENTS
    hours = [0.0] * len(tickets)
    came = 0
    for _ in tickets:
        agent = min(range(_AGENTS), key=free.__getitem__)
        now = free[agent]
        if not waiting.any():
            now = max(now, tickets[came].at)
        while came < len(tickets) and tickets[came].at <= now:
            waiting[came] = True
            came += 1
        worth = np.where(waiting[:came], order(now)[:came], -math.inf)
        served = int(np.argmax(worth))
        waiting[served] = False
        hours[served] = (now - tickets[served].at) / _HOUR
        free[agent] = now + tickets[served].work
    return Replay(tuple(Wait(t.tier, h) for t, h in zip(tickets, hours, strict=True)))
