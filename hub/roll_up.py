"""
What many tickets amount to: an account's health, and where a product area or a queue stands.

Pure, and the same for the same rows in any order. It goes by light rows, a line a ticket, so that
tens of thousands of them fit in memory.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from hub.impact import account_of
from hub.measures import day_of
from hub.model import Ticket
from hub.records import Reason, Score
from hub.registers import DONE
from hub.scoring_rules import HEALTH, TOP, grains, on_curve, whole

WINDOW = 90
"""Days that an account's health looks back."""
_LOAD = ((0.0, 0.0), (2.0, 0.0), (10.0, 1.0))
_WORST = ((40.0, 0.0), (90.0, 1.0))
_EVENTS = ((0.0, 0.0), (1.0, 0.5), (3.0, 1.0))
_SHARE = ((0.0, 0.0), (0.3, 1.0))
_MOOD = ((-0.6, 1.0), (0.0, 0.0))
_TONES: Mapping[str, float] = {"good": 0.5, "neutral": 0.0, "bad": -0.5}
_TURNS: Mapping[str, float] = {"better": 0.3, "worse": -0.3}
_FEW = 4
"""Of so few tickets a share says little: of one ticket, opened again once, it is taken for a quarter."""


class Row(NamedTuple):
    """One ticket, as far as sums over tickets need it."""

    ticket: str
    account: str = ""
    area: str = ""
    queue: str = ""
    """The agents' group."""
    open: bool = True
    attention: int = 0
    risk: float = 0.0
    waiting: float = 0.0
    """Business hours that its customer waits on us."""
    touched: str = ""
    """When anything happened on it last."""
    escalated: tuple[str, ...] = ()
    """When it escalated."""
    breached: str = ""
    """When it missed a deadline first."""
    reopened: int = 0
    mood: float | None = None
    """Of its customer's latest words, -1 to 1; None if they said nothing that can be read."""


class Stand(NamedTuple):
    """Where a product area, a queue or an account stands: its open tickets."""

    name: str
    open: int
    attention_mean: float
    attention_max: int
    worst: str
    """The ticket to look at first."""
    waiting_longest: float
    waiting_ticket: str


class Health(NamedTuple):
    """An account's health, 0 to 100. The points of its reasons sum to it, the first being 100."""

    points: int
    reasons: tuple[Reason, ...]


def row_of(ticket: Ticket, score: Score | None, waiting: float = 0.0) -> Row:
    """Return a ticket's line; `waiting`: for how many business hours its customer waits on us."""
    course = ticket.course
    events = (course.opened, course.last_customer, course.last_ours, *(at for _, at in course.spells[-1:]))
    return Row(
        ticket=ticket.id,
        account=account_of(ticket),
        area=str(ticket.get("product_area") or ""),
        queue=str(ticket.get("group") or ""),
        open=ticket.get("status") not in DONE,
        attention=score.attention if score else 0,
        risk=score.escalation_risk if score else 0.0,
        waiting=waiting,
        touched=max(events),
        escalated=(course.escalated,) if course.escalated else (),
        breached=course.breached,
        reopened=course.reopened,
        mood=_mood(ticket),
    )


def _mood(ticket: Ticket) -> float | None:
    """Return how the customer sounds, and where that goes."""
    tone, trend = ticket.get("support.tone"), ticket.get("support.tone_trend")
    return _TONES[str(tone)] + _TURNS.get(str(trend), 0.0) if str(tone) in _TONES else None


def stands(rows: Iterable[Row], by: Callable[[Row], str]) -> tuple[Stand, ...]:
    """Return a line for each name that has open tickets, the one with the most attention first."""
    named: dict[str, list[Row]] = {}
    for row in rows:
        if row.open and by(row):
            named.setdefault(by(row), []).append(row)
    found = [_stand(name, own) for name, own in named.items()]
    return tuple(sorted(found, key=lambda s: (-s.attention_max, -s.attention_mean, s.name)))


def by_area(rows: Iterable[Row]) -> tuple[Stand, ...]:
    """Return where each product area stands."""
    return stands(rows, lambda row: row.area)


def by_queue(rows: Iterable[Row]) -> tuple[Stand, ...]:
    """Return where each group of agents stands."""
    return stands(rows, lambda row: row.queue)


def by_account(rows: Iterable[Row]) -> tuple[Stand, ...]:
    """Return where each account stands."""
    return stands(rows, lambda row: row.account)


def _stand(name: str, rows: Sequence[Row]) -> Stand:
    worst = min(rows, key=lambda r: (-r.attention, -r.risk, r.ticket))
    longest = min(rows, key=lambda r: (-r.waiting, r.ticket))
    mean = math.fsum(r.attention for r in rows) / len(rows)
    return Stand(
        name,
        len(rows),
        round(mean, 1),
        worst.attention,
        worst.ticket,
        longest.waiting,
        longest.ticket if longest.waiting else "",
    )


# health -----------------------------------------------------------------------------------------


def health(rows: Iterable[Row], now: str, weights: Mapping[str, float] = HEALTH) -> Health:
    """Return the health of the account whose tickets these are, over the last 90 days."""
    today = day_of(now) or 0
    own = [r for r in rows if r.open or _recent(r.touched, today)]
    taken = [(name, weights.get(name, 0.0) * part, said) for name, part, said in _parts(own, today) if part]
    lost, points = whole([grains(worth) for _, worth, _ in taken])
    reasons = [Reason(t[0], -p, t[2]) for t, p in zip(taken, points, strict=True) if p]
    clean = Reason("clean", TOP, f"An account whose last {WINDOW} days were quiet has {TOP}")
    return Health(TOP - lost, (clean, *sorted(reasons, key=lambda r: (r.points, r.factor))))


def _parts(rows: Sequence[Row], today: int) -> list[tuple[str, float, str]]:
    """Return each part: its name, how bad it is from 0 to 1, and its sentence."""
    current = [r for r in rows if r.open]
    worst = max((r.attention for r in current), default=0)
    escalations = sum(_recent(at, today) for r in rows for at in r.escalated)
    breaches = sum(_recent(r.breached, today) for r in rows)
    again = sum(r.reopened > 0 for r in rows)
    share = again / max(len(rows), _FEW)
    moods = [r.mood for r in rows if r.mood is not None]
    mood = math.fsum(moods) / len(moods) if moods else 0.0
    return [
        ("worst", on_curve(_WORST, worst), f"The worst open ticket has an attention of {worst}"),
        (
            "escalations",
            on_curve(_EVENTS, escalations),
            f"{_times(escalations, 'escalation')} in {WINDOW} days",
        ),
        ("breaches", on_curve(_EVENTS, breaches), f"{_times(breaches, 'deadline')} missed in {WINDOW} days"),
        ("mood", on_curve(_MOOD, mood), "Their latest words sound unhappy"),
        (
            "reopened",
            on_curve(_SHARE, share),
            f"{again} of {_times(len(rows), 'ticket')} had to be opened again",
        ),
        ("load", on_curve(_LOAD, len(current)), f"{_times(len(current), 'ticket')} open at once"),
    ]


def _times(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _recent(at: str, today: int) -> bool:
    day = day_of(at)
    return day is not None and today - WINDOW < day <= today
