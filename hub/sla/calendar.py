"""
Business time: how much of it lies between two instants, and which instant lies that much later. Pure.

A second counts when the wall clock of the calendar's zone shows an open time. So a day on which the
clocks change is an hour shorter or longer, as it is for the people there. Seconds are whole, since 1970.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, tzinfo
from functools import lru_cache
from typing import NamedTuple, TypeAlias

Span: TypeAlias = tuple[int, int]
"""Opens and closes, in seconds of the wall clock since midnight."""
Spans: TypeAlias = tuple[Span, ...]

DAY = 86_400
HOUR = 3_600
ALL_DAY: Spans = ((0, DAY),)
_EPOCH = date(1970, 1, 1).toordinal()
_LAST = 2199
END = int(datetime(_LAST + 1, 1, 1, tzinfo=UTC).timestamp())
"""Nothing is open from here on: what would be due later is due then."""
_YEARS = tuple(int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) for year in range(1970, _LAST + 2))
"""When each year of UTC begins."""


def _as_on_weekdays(_day: date) -> Spans | None:
    return None


class _Year(NamedTuple):
    """The open spans of one year of UTC, in order, and how much was open before each."""

    opens: Sequence[int]
    closes: Sequence[int]
    before: Sequence[int]
    total: int

    def passed(self, at: int) -> int:
        """Return the open seconds of this year before that instant."""
        i = bisect_right(self.opens, at) - 1
        return self.before[i] + min(at, self.closes[i]) - self.opens[i] if i >= 0 else 0

    def reached(self, seconds: int) -> int:
        """Return when this year has been open for that long: `seconds` is 1 to `total`."""
        i = bisect_left(self.before, seconds) - 1
        return self.opens[i] + seconds - self.before[i]


class Calendar:
    """
    When somebody is there: the hours of each weekday in one zone, and days that differ.

    Its zone and its holidays are given to it by who read the file; asked, it reads nothing and keeps
    each year that it worked out.
    """

    __slots__ = ("_years", "differs", "name", "week", "zone")

    def __init__(
        self,
        name: str,
        zone: tzinfo,
        week: Sequence[Spans],
        differs: Callable[[date], Spans | None] = _as_on_weekdays,
    ) -> None:
        """`week` begins on Monday; `differs` gives the spans of a day that is not like its weekday."""
        self.name = name
        self.zone = zone
        self.week = tuple(week)
        self.differs = differs
        self._years: dict[int, _Year] = {}

    def __repr__(self) -> str:
        return f"Calendar({self.name!r})"

    @property
    def always(self) -> bool:
        """Whether there is no other time than business time."""
        return self.differs is _as_on_weekdays and all(spans == ALL_DAY for spans in self.week)

    def on(self, day: date) -> Spans:
        """Return when it is open on that day."""
        different = self.differs(day)
        return self.week[day.weekday()] if different is None else different

    def midnight(self, day: date) -> int:
        """Return when that day begins here."""
        return _held(int(datetime(day.year, day.month, day.day, tzinfo=self.zone).timestamp()))

    def between(self, since: int, until: int) -> int:
        """Return the open seconds between two instants; 0 where the second is not later."""
        since, until = _held(since), _held(until)
        if until <= since:
            return 0
        first, last = _year_of(since), _year_of(until)
        if first == last:  # nearly always
            year = self._year(first)
            return year.passed(until) - year.passed(since)
        whole = sum(self._year(year).total for year in range(first, last))
        return whole + self._year(last).passed(until) - self._year(first).passed(since)

    def later(self, since: int, seconds: int) -> int:
        """Return the first instant before which that many seconds were open since then."""
        since = _held(since)
        if seconds <= 0 or since >= END:
            return since
        year = _year_of(since)
        left = seconds + self._year(year).passed(since)
        while left > self._year(year).total:
            left -= self._year(year).total
            year += 1
            if year > _LAST:
                return END
        return self._year(year).reached(left)

    def _year(self, year: int) -> _Year:
        found = self._years.get(year)
        if found is None:
            found = self._years[year] = self._worked_out(year)
        return found

    def _worked_out(self, year: int) -> _Year:
        opens: list[int] = []
        closes: list[int] = []
        for start, end in self._spans(year):
            if closes and closes[-1] == start:
                closes[-1] = end
            else:
                opens.append(start)
                closes.append(end)
        before: list[int] = []
        total = 0
        for start, end in zip(opens, closes, strict=True):
            before.append(total)
            total += end - start
        return _Year(opens, closes, before, total)

    def _spans(self, year: int) -> Iterator[tuple[int, int]]:
        for since, until, offset in _offsets(self.zone, year):
            for day in range((since + offset) // DAY, (until - 1 + offset) // DAY + 1):
                midnight = day * DAY - offset
                for opens, closes in self.on(date.fromordinal(_EPOCH + day)):
                    start, end = max(midnight + opens, since), min(midnight + closes, until)
                    if start < end:
                        yield start, end


def _offsets(zone: tzinfo, year: int) -> Iterator[tuple[int, int, int]]:
    """Return the parts of a year of UTC in which the zone is equally far from it, and how far."""
    start, end = (int(datetime(y, 1, 1, tzinfo=UTC).timestamp()) for y in (year, year + 1))
    since, offset = start, _offset(zone, start)
    for day in range(start, end, DAY):
        there = min(day + DAY, end)
        now = _offset(zone, there)
        if now != offset:
            low, high = day, there
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if _offset(zone, middle) == offset else (low, middle)
            yield since, high, offset
            since, offset = high, now
    if since < end:
        yield since, end, offset


def _offset(zone: tzinfo, at: int) -> int:
    distance = datetime.fromtimestamp(at, zone).utcoffset()
    return int(distance.total_seconds()) if distance else 0


def _year_of(at: int) -> int:
    return 1969 + bisect_right(_YEARS, min(at, END - 1))


def _held(at: int) -> int:
    return min(max(at, 0), END)


ALWAYS = Calendar("always", UTC, (ALL_DAY,) * 7)
"""Day and night."""


# instants ---------------------------------------------------------------------------------------


def seconds_of(instant: object) -> int | None:
    """Return an instant's seconds; None for what is none: no text, no time of day, no zone."""
    return _seconds_of(instant) if isinstance(instant, str) and instant else None


@lru_cache(maxsize=1 << 14)
def _seconds_of(instant: str) -> int | None:
    """The same instants are asked for by every clock, and again with every plan of their ticket."""
    try:
        found = datetime.fromisoformat(instant) if "T" in instant else None
        return int(found.timestamp()) if found is not None and found.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def instant_of(seconds: int) -> str:
    """Return the instant, as registers hold it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def business_hours(since: str, until: str, calendar: Calendar) -> float:
    """Return the business hours between two instants; 0 where the second is not later, or one is none."""
    start, end = seconds_of(since), seconds_of(until)
    return calendar.between(start, end) / HOUR if start is not None and end is not None else 0.0


def add_business(start: str, minutes: float, calendar: Calendar) -> str:
    """Return the first instant before which so many business minutes passed. Raises `ValueError`."""
    since = seconds_of(start)
    if since is None:
        message = f"{start!r} is not an instant"
        raise ValueError(message)
    return instant_of(calendar.later(since, round(minutes * 60)))
