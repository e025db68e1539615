"""Histories in which it is known what there is to be learned."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from hub.history.event import Event
from hub.model import Value

BEGIN = datetime(2026, 1, 5, tzinfo=UTC)
TOPICS = ("login", "export", "billing", "sync", "outage", "loss")
TELLING = (0.02, 0.04, 0.08, 0.15, 0.4, 0.7)
"""How often tickets of each topic escalate, where the topic tells."""
MUTE = (0.2,) * len(TOPICS)
DAYS = 70


@lru_cache(maxsize=8)
def a_history(chances: Sequence[float] = TELLING, tickets: int = 1200, seed: int = 1) -> tuple[Event, ...]:
    """
    Ten weeks of tickets: opened, taken on, closed after a week, or within days as an urgent one.

    Only the topic tells which turn urgent; everything else is chance. What turned urgent is closed at once:
    an open ticket that was raised before would tell that it will not be raised again.
    """
    draw = random.Random(seed)
    told: list[Event] = []
    for number in range(tickets):
        topic = draw.randrange(len(TOPICS))
        opened = BEGIN + timedelta(minutes=draw.randrange(DAYS * 1440))
        steps: list[tuple[float, dict[str, Value]]] = [
            (
                0,
                {
                    "status": "new",
                    "priority": draw.choice(["low", "normal", "normal", "high"]),
                    "group": draw.choice(["first", "second"]),
                    "channel": draw.choice(["email", "web"]),
                    "product_area": TOPICS[topic],
                },
            ),
            (draw.uniform(0.2, 6), {"status": "open", "assignee": draw.choice(["ann", "bob", "cem"])}),
        ]
        if draw.random() < chances[topic]:
            steps.append((draw.uniform(10, 120), {"priority": "urgent", "status": "closed"}))
        else:
            steps.append((draw.uniform(150, 200), {"status": "closed"}))
        told += [Event(f"T{number}", _at(opened, hours), set=changed) for hours, changed in steps]
    return tuple(sorted(told, key=lambda e: (e.at, e.ticket)))


def _at(opened: datetime, hours: float) -> str:
    return (opened + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")
