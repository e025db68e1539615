"""How many changes of tickets an hour the vendors' limits allow, and the workers that takes: arithmetic."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

RESERVE = 0.1
"""Of each limit; `reserve` in hub.toml."""
DAY_RESERVE = 0.2
HINT_CALLS = 1
"""Calls of Zendesk for a hint: the ticket with its comments."""
BULK = 100
"""Tickets in one `update_many`, issues in one `bulkfetch`, whose job is looked at once."""
CONDITIONAL = 23
"""Cases in one composite call that looks before and after."""
COLLECTION = 200
CPU = {"written on one side": 0.019, "first copy, on three sides": 0.019}
"""Seconds a ticket: `bench/README.md`. The first by three workers on PostgreSQL; alone on SQLite 0.011."""
BUSY = 0.6
"""Share of its time in which a worker computes; else it waits for vendors."""


@dataclass(frozen=True)
class Zendesk:
    plan: str
    account: int
    """Calls a minute."""
    updates: int
    exports: int


ZENDESK = (
    Zendesk("Team", 200, 100, 10),
    Zendesk("Growth, Professional", 400, 100, 10),
    Zendesk("Enterprise", 700, 100, 10),
    Zendesk("Enterprise Plus", 2500, 100, 10),
    Zendesk("any with High Volume", 2500, 300, 30),
)


def run() -> Iterator[str]:
    """Yield the tables of docs/scale.md."""
    yield from _zendesk()
    yield ""
    yield from _jira()
    yield ""
    yield from _salesforce()
    yield ""
    yield from _workers()


def _zendesk() -> Iterator[str]:
    yield "| Zendesk | calls a minute | read by clock | read by hints | written in bulk | one by one |"
    yield "|---|---:|---:|---:|---:|---:|"
    ours = 1 - RESERVE
    for plan in ZENDESK:
        # a page of tickets and one of their events: two exports for a thousand changes
        read = plan.exports * ours / 2 * 1000 * 60
        hints = plan.account * ours / HINT_CALLS * 60
        bulk = min(plan.updates * ours, plan.account * ours / 2) * BULK * 60
        single = min(plan.updates, plan.account) * ours * 60
        yield f"| {plan.plan} | {plan.account:,} | {read:,.0f} | {hints:,.0f} | {bulk:,.0f} | {single:,.0f} |"


def _jira() -> Iterator[str]:
    ours = 1 - RESERVE
    yield "| Jira Cloud | allowed | changes an hour |"
    yield "|---|---:|---:|"
    yield f"| fields of an issue (a PUT each) | 50 a second | {50 * ours * 3600:,.0f} |"
    yield f"| comments, links, steps of a workflow (a POST each) | 100 a second | {100 * ours * 3600:,.0f} |"
    yield f"| issues made (50 a POST) | 100 a second | {100 * ours * 50 * 3600:,.0f} |"
    for name, points in (
        ("points of an OAuth app, shared by all its sites", 65_000),
        ("points of an OAuth app, Standard, 100 users", 101_000),
        ("points of an OAuth app, Premium, 1,000 users", 150_000),
        ("points of an OAuth app, Enterprise, at most", 500_000),
    ):  # the issue is looked at in bulk before the write: a point each, and one for the write
        yield f"| {name} | {points:,} an hour | {points * ours / (2 + 1 / BULK):,.0f} |"


def _salesforce() -> Iterator[str]:
    yield "| Salesforce | calls a day | written where people write too | only the hub's own fields |"
    yield "|---|---:|---:|---:|"
    for name, day in (
        ("Developer", 15_000),
        ("Enterprise, 100 licences", 200_000),
        ("Enterprise, 1,000 licences", 1_100_000),
        ("Unlimited, 1,000 licences", 5_100_000),
    ):
        hour = day * (1 - DAY_RESERVE) / 24 - 4 * 60  # four calls of a run that finds nothing, each minute
        text = [f"{max(0.0, hour * rows):,.0f}" for rows in (CONDITIONAL, COLLECTION)]
        yield f"| {name} | {day:,} | {' | '.join(text)} |"


def _workers() -> Iterator[str]:
    yield "| changes an hour | " + " | ".join(f"workers, {what}" for what in CPU) + " |"
    yield "|---:|" + "---:|" * len(CPU)
    for changes in (10_000, 50_000, 162_000, 540_000):
        needed = [changes * seconds / 3600 / BUSY for seconds in CPU.values()]
        yield f"| {changes:,} | " + " | ".join(f"{max(1, -(-need // 1)):.0f}" for need in needed) + " |"
