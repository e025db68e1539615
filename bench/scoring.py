"""What a score costs, one by one and many at once; and who waits how long under it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.queue_replay import TIERS, Replay, arrivals, by_score, fifo, replay, strict
from hub.measures import measures
from hub.score import score
from hub.score_many import Table, row_of
from hub.scoring_file import load_scoring
from hub.signals.heard import Heard
from hub.sla.calendar import ALWAYS, Calendar
from hub.waits import waits_by_tier

_RULES = Path(__file__).parent.parent / "mappings" / "scoring.yaml"
_HOURS = ((9 * 3600, 17 * 3600),)


def run(tickets: int = 1000) -> Iterator[str]:
    """Score the same tickets one by one, with their reasons, and all at once; then replay a queue."""
    rules = load_scoring(_RULES.read_text("utf-8"), str(_RULES))
    office = Calendar("office", ALWAYS.zone, (*[_HOURS] * 5, (), ()))
    some = arrivals(5, office, days=16, each_day=max(tickets // 14, 8))[:tickets]
    now = some[-1].ticket.course.opened
    measured = [measures(t.ticket, Heard(), t.clocks, rules, now) for t in some]
    rows = [row_of(t.ticket, m, t.clocks, rules) for t, m in zip(some, measured, strict=True)]
    table = Table(rows, rules)
    pairs = list(zip(some, measured, strict=True))
    one_by_one = [score(t.ticket, m, rules, now).priority for t, m in pairs]
    same = table.priorities(now).tolist() == one_by_one
    yield f"### Scores of {len(some):,} tickets, no text (CPU, best of 7)"
    yield "| what | all | a ticket |"
    yield "|---|---|---|"
    works: dict[str, Callable[[], object]] = {
        "measures: what is counted and timed": lambda: [
            measures(t.ticket, Heard(), t.clocks, rules, now) for t in some
        ],
        "priority with reasons, sentences, evidence": lambda: [
            score(t.ticket, m, rules, now) for t, m in pairs
        ],
        "rows: once, when something happens on a ticket": lambda: [
            row_of(t.ticket, m, t.clocks, rules) for t, m in pairs
        ],
        "table: once, when rows changed": lambda: Table(rows, rules),
        "**priorities of all at a moment**, from the table": lambda: table.priorities(now),
    }
    for what, work in works.items():
        spent = _best(work)
        yield f"| {what} | {spent * 1000:.2f} ms | {spent / len(some) * 1e6:.2f} µs |"
    yield f"- one by one and all at once say {'the same' if same else 'DIFFERENT THINGS'}"
    for calendar in (ALWAYS, office):
        yield ""
        yield from _fairness(calendar)


def _best(work: Callable[[], object]) -> float:
    spent: list[float] = []
    for _ in range(7):
        begun = time.process_time()
        _ = work()
        spent.append(time.process_time() - begun)
    return min(spent)


def _fairness(calendar: Calendar) -> Iterator[str]:
    rules = load_scoring(_RULES.read_text("utf-8"), str(_RULES))
    tickets = arrivals(5, calendar)
    orders = {
        "first come, first served": replay(tickets, fifo(tickets)),
        "value and urgency alone": replay(tickets, by_score(tickets, strict(rules), calendar)),
        "scoring.yaml": replay(tickets, by_score(tickets, rules, calendar)),
    }
    hours = f"business hours: {calendar.name}"
    yield f"### Waits of {len(tickets):,} tickets in 32 days, agents busy 97 %, {hours}"
    yield f"| served by | {' | '.join(f'{tier}: half, 95 in 100, longest' for tier in TIERS)} |"
    yield f"|---|{'---|' * len(TIERS)}"
    for name, found in orders.items():
        cells = [f"{w.p50:.1f}, {w.p95:.1f}, {w.longest:.1f} h" for w in waits_by_tier(found.waits, TIERS)]
        yield f"| {name} | {' | '.join(cells)} |"
    lowest, limit = _longest(orders["scoring.yaml"]), orders["first come, first served"].longest() + 24
    yield f"- longest wait of the lowest tier: {lowest:.1f} h; the limit, FIFO's and 24 h: {limit:.1f} h"


def _longest(found: Replay) -> float:
    return found.longest(TIERS[-1])
