"""
How a target's time runs: it stands still in some statuses, and faster when something presses. Pure.

Whatever presses from a known day on (a renewal that comes near) presses only from then on: it never
takes away time that is already over. So a deadline is known beforehand, and nothing makes it jump.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from math import ceil
from typing import NamedTuple, TypeAlias

from hub.sla.calendar import END, Calendar

Part: TypeAlias = tuple[int, int]
Spell: TypeAlias = tuple[str, int]
"""A status, and since when."""

_SLACK = 1e-6
"""Seconds that sums of fractions may be off."""


class Pace(NamedTuple):
    """Something that leaves only a share of the time, as long as it holds, and how to say it."""

    since: int
    until: int
    share: float
    because: str
    reads: tuple[str, ...] = ()
    """What one must be allowed to see to be told so."""


class Speed(NamedTuple):
    """What all paces leave together in one part of time."""

    since: int
    until: int
    share: float


STEADY: tuple[Speed, ...] = (Speed(0, END, 1.0),)


@lru_cache(maxsize=1 << 11)
def speeds(paces: tuple[Pace, ...], at_least: float) -> tuple[Speed, ...]:
    """Return what is left of the time, part by part: the product of all that holds, but never too little."""
    if not paces:
        return STEADY
    bounds = sorted({0, END, *(b for p in paces for b in (p.since, p.until) if 0 < b < END)})
    found: list[Speed] = []
    for since, until in pairwise(bounds):
        share = 1.0
        for pace in paces:
            share *= pace.share if pace.since <= since < pace.until else 1.0
        share = max(share, at_least)
        if found and found[-1].share == share:
            found[-1] = Speed(found[-1].since, until, share)
        else:
            found.append(Speed(since, until, share))
    return tuple(found)


class Track(NamedTuple):
    """The time of one target: by which hours, when it ran, and how fast."""

    calendar: Calendar
    ran: tuple[Part, ...]
    """In order; the last part has no end while it runs."""
    speeds: tuple[Speed, ...] = STEADY

    @property
    def runs(self) -> bool:
        return bool(self.ran) and self.ran[-1][1] == END

    def due(self, seconds: int) -> int | None:
        """Return when so much of a target is used up; None if it stands still before that."""
        left = float(seconds)
        for since, until, share in self._parts(END):
            reached = self.calendar.later(since, ceil(left * share - _SLACK))
            if reached <= until:
                return reached
            left -= self.calendar.between(since, until) / share
        return None

    def used(self, until: int) -> float:
        """Return how many seconds of the target were used up by then."""
        parts = self._parts(until)
        return sum(self.calendar.between(since, there) / share for since, there, share in parts)

    def _parts(self, most: int) -> Iterator[tuple[int, int, float]]:
        for start, end in self.ran:
            for since, until, share in self.speeds:
                a, b = max(start, since), min(end, until, most)
                if a < b:
                    yield a, b, share


def running(spells: Sequence[Spell], start: int, paused: Collection[str]) -> tuple[Part, ...]:
    """Return the parts of time since the start in which none of these statuses held."""
    ran: list[Part] = []
    since, at = start, start
    still = False
    for status, begun in spells:
        at = max(begun, start)
        stops = status in paused
        if stops and not still and at > since:
            ran.append((since, at))
        if still and not stops:
            since = at
        still = stops
    return tuple(ran) if still else (*ran, (since, END))
