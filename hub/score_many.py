"""
The priorities of many tickets at one moment: the same numbers as `hub.score`, to the point. Pure.

A ticket is split once, when something happens on it, into what stands still and what the clock moves
(`row_of`, some 30 microseconds). Of a thousand such rows, 3 milliseconds of CPU make a `Table`, and half
a millisecond their priorities at any moment, deadlines, business hours and ageing among it: that is all
of the 5 milliseconds that scoring may take. Reading text, evidence and sentences are `hub.score`'s, for
the few tickets that move.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from hub.measure_names import TIMED
from hub.measures import day_of, running, waiting_since
from hub.model import Ticket, Value
from hub.scoring_rules import GRAIN, TOP, Factor, Group, ScoringRules, grains
from hub.sla.calendar import ALWAYS, HOUR, Calendar, seconds_of
from hub.sla.clocks import Clock, Clocks
from hub.weighing import found, worth_of

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Flags: TypeAlias = NDArray[np.bool_]

_ANCHOR = 1_577_836_800
"""The first of January 2020, from which business seconds are counted."""
_NONE = np.iinfo(np.int64).min
_EMPTY = (None, "", ())


class Timer(NamedTuple):
    """Something that business time runs from, or towards; `at` below 0: nothing does."""

    calendar: Calendar = ALWAYS
    at: int = -1
    whole: int = 0
    passed: int = 0
    """Business seconds up to `at` since a day that is the same for all."""


class Row(NamedTuple):
    """What one ticket brings to its priority, without the clock. It holds until something happens on it."""

    done: bool
    fixed: tuple[int | None, ...]
    """Of each group, and last of what has none: thousandths of what stands still; None: nothing does."""
    holds: tuple[bool, ...]
    """Of each override: whether it holds whatever the time is."""
    waiting: Timer
    customer: Timer
    engineering: Timer
    opened: float
    """A day, counted; NaN: not known."""
    days: tuple[float, ...]
    """Of each factor with a curve: the day that it counts to; NaN: it does not count by days."""


def row_of(ticket: Ticket, measured: Mapping[str, Value], clocks: Clocks, rules: ScoringRules) -> Row:
    """Return a ticket's row. `measured` is what `hub.measures` says of it at any moment."""
    sums: dict[str, int] = {}
    days: list[float] = []
    known = {group.name for group in rules.groups}
    largest = {group.name for group in rules.groups if group.take == "largest"}
    for factor in rules.priority:
        value = None if factor.source in TIMED else found(factor.source, ticket, measured)
        dated = _day(factor, value)
        if factor.curve:
            days.append(dated)
        worth = worth_of(factor, value, 0) if value not in _EMPTY and dated != dated else 0.0  # noqa: PLR0124
        if worth:
            name = factor.group if factor.group in known else ""
            before, own = sums.get(name), grains(worth)
            sums[name] = own if before is None else max(before, own) if name in largest else before + own
    since = seconds_of(waiting_since(ticket, rules))
    return Row(
        ticket.get("status") in rules.done,
        tuple(sums.get(name) for name in (*(g.name for g in rules.groups), "")),
        tuple(o.source not in TIMED and o.holds(found(o.source, ticket, measured)) for o in rules.overrides),
        _timer(clocks.calendar, since, 0),
        _clock(clocks.customer),
        _clock(clocks.engineering),
        float(day_of(ticket.course.opened) or "nan"),
        tuple(days),
    )


def _clock(clock: Clock | None) -> Timer:
    return _timer(clock.calendar, running(clock), clock.whole) if clock is not None else Timer()


def _timer(calendar: Calendar, at: int | None, whole: int) -> Timer:
    return Timer() if at is None else Timer(calendar, at, whole, _passed(calendar, at))


def _passed(calendar: Calendar, at: int) -> int:
    return calendar.between(_ANCHOR, at) - calendar.between(at, _ANCHOR)


def _day(factor: Factor, value: Value) -> float:
    """Return the day that a factor counts to; NaN if it counts otherwise."""
    day = day_of(value) if factor.curve else None
    return float("nan") if day is None else float(day)


# side by side -----------------------------------------------------------------------------------


class _Timers:
    """One timer a ticket."""

    def __init__(self, timers: Sequence[Timer]) -> None:
        self.calendars = list(dict.fromkeys(t.calendar for t in timers))
        index = {calendar: i for i, calendar in enumerate(self.calendars)}
        self.which: Ints = np.array([index[t.calendar] for t in timers], dtype=np.int64)
        self.at: Ints = np.array([t.at for t in timers], dtype=np.int64)
        self.there: Flags = self.at >= 0
        self.whole: Floats = np.array([t.whole for t in timers], dtype=np.float64)
        self.passed: Ints = np.array([t.passed for t in timers], dtype=np.int64)

    def since(self, moment: int) -> Ints:
        """Return the business seconds from each timer's moment to this one: below 0 where it is to come."""
        now = [_passed(calendar, moment) for calendar in self.calendars]
        return np.array(now, dtype=np.int64)[self.which] - self.passed if now else self.passed

    def hours(self, moment: int) -> Floats:
        """Return the hours since each timer's moment; NaN where there is none."""
        return np.where(self.there, np.maximum(self.since(moment), 0) / HOUR, np.nan)

    def used(self, moment: int) -> Floats:
        """Return the used part of each clock: 1 at its end; NaN where none runs."""
        left = -self.since(moment)
        some = self.whole > 0
        share = np.maximum(1 - left / np.where(some, self.whole, 1.0), 0.0)
        return np.where(self.there, np.where(some, share, self.at <= moment), np.nan)


class Table:
    """Rows side by side. Make it anew when rows changed: `now` is all that it asks for."""

    def __init__(self, rows: Sequence[Row], rules: ScoringRules) -> None:
        self.rules = rules
        self.count = len(rows)
        self._done: Flags = np.array([r.done for r in rows], dtype=np.bool_)
        fixed = [[_NONE if x is None else x for x in r.fixed] for r in rows]
        shape = (len(rows), len(rules.groups) + 1)
        self._fixed: Ints = np.array(fixed, dtype=np.int64).reshape(shape).T.copy()
        holds = np.array([r.holds for r in rows], dtype=np.bool_)
        self._holds: Flags = holds.reshape(len(rows), len(rules.overrides)).T.copy()
        self._waiting = _Timers([r.waiting for r in rows])
        self._customer = _Timers([r.customer for r in rows])
        self._engineering = _Timers([r.engineering for r in rows])
        self._opened: Floats = np.array([r.opened for r in rows], dtype=np.float64)
        curved = [f for f in rules.priority if f.curve]
        days = np.array([r.days for r in rows], dtype=np.float64).reshape(len(rows), len(curved)).T
        dated = [(f, column.copy()) for f, column in zip(curved, days, strict=True)]
        self._dated = [(f, column) for f, column in dated if not np.isnan(column).all()]
        self._timed = [f for f in curved if f.source in TIMED]
        self._group = {g.name: i for i, g in enumerate(rules.groups)}

    def priorities(self, now: str) -> Ints:
        """Return the priority of each row at that moment, in the order of the rows."""
        moment, today = seconds_of(now) or 0, day_of(now) or 0
        timed = self._measured(moment, today)
        sums = self._fixed.copy()
        for factor in self._timed:
            self._add(sums, factor, timed[factor.source])
        for factor, days in self._dated:
            self._add(sums, factor, days - today)
        total: Ints = np.where(sums[-1] == _NONE, 0, sums[-1])
        for group, own in zip(self.rules.groups, sums, strict=False):
            total += np.minimum(np.where(own == _NONE, 0, own), grains(group.most))
        hours = np.nan_to_num(timed["hours_waiting_on_us"])
        total = self._moved(total, hours, timed)
        return np.where(self._done, 0, (total + GRAIN // 2) // GRAIN)

    def labels(self, priorities: Ints) -> list[str]:
        """Return the label of each priority."""
        names, starts = zip(*self.rules.labels, strict=True)
        places = np.searchsorted(np.array(starts), priorities, side="right") - 1
        return [names[place] for place in places.tolist()]

    def would_move(self, priorities: Ints, shown: Ints) -> Flags:
        """Return which of the shown priorities the clock alone has made old: `hub.score.settle` of many."""
        starts = np.array([start for _, start in self.rules.labels])
        far = np.abs(priorities - shown) >= self.rules.steps.priority
        ended = (priorities == TOP) & (shown != TOP)
        was, is_now = (np.searchsorted(starts, some, side="right") for some in (shown, priorities))
        return far | ended | (was != is_now)

    def _measured(self, moment: int, today: int) -> dict[str, Floats]:
        customer, engineering = self._customer.used(moment), self._engineering.used(moment)
        return {
            "hours_waiting_on_us": self._waiting.hours(moment),
            "days_open": np.maximum(today - self._opened, 0.0),
            "sla_used": np.fmax(customer, engineering),
            "engineering_used": engineering,
        }

    def _add(self, sums: Ints, factor: Factor, x: Floats) -> None:
        """Add what a factor is worth on each row to its group, or to what has none."""
        worth = on_curves(factor, x)
        place = self._group.get(factor.group, len(sums) - 1)
        group: Group | None = self.rules.groups[place] if place < len(self.rules.groups) else None
        own = np.rint(worth * GRAIN).astype(np.int64)
        before = sums[place]
        first = before == _NONE
        both = (
            np.maximum(before, own) if group and group.take == "largest" else np.where(first, 0, before) + own
        )
        sums[place] = np.where(worth != 0, np.where(first, own, both), before)

    def _moved(self, total: Ints, hours: Floats, timed: Mapping[str, Floats]) -> Ints:
        """Return the totals after ageing, overrides, the floor of who waited too long, and the ends."""
        ageing = self.rules.ageing
        aged = np.rint(np.maximum(hours - ageing.after, 0.0) * ageing.per_hour * GRAIN).astype(np.int64)
        total = total + np.maximum(np.minimum(aged, grains(TOP) - total), 0)
        for override, fixed in zip(self.rules.overrides, self._holds, strict=True):
            holds = fixed
            if override.source in TIMED and override.above is not None:
                holds = np.greater_equal(timed[override.source], override.above)
            low = grains(override.at_least) if override.at_least is not None else None
            high = grains(override.at_most) if override.at_most is not None else None
            if low is not None or high is not None:
                total = np.where(holds, np.clip(total, low, high), total)
        floored = np.where(hours >= ageing.max_wait, np.maximum(total, grains(ageing.floor)), total)
        return np.clip(floored, 0, grains(TOP))


def on_curves(factor: Factor, x: Floats) -> Floats:
    """Return what each number is worth, by the very steps of `hub.scoring_rules.on_curve`; 0 for none."""
    xs = np.array([point[0] for point in factor.curve], dtype=np.float64)
    ys = np.array([point[1] for point in factor.curve], dtype=np.float64)
    if len(xs) == 1:
        return np.where(np.isnan(x), 0.0, ys[0])
    after = np.clip(np.searchsorted(xs, x, side="left"), 1, len(xs) - 1)
    x0, x1, y0, y1 = xs[after - 1], xs[after], ys[after - 1], ys[after]
    between = y0 + (y1 - y0) * (x - x0) / (x1 - x0)
    worth = np.where(x <= xs[0], ys[0], np.where(x > xs[-1], ys[-1], between))
    return np.where(np.isnan(x), 0.0, worth)
