"""SOQL: what TODAY, LAST_N_DAYS:7 and their kin mean, and the parts of a date."""

from __future__ import annotations

import calendar
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

_DAY = 86_400
_FIXED = ("YESTERDAY", "TODAY", "TOMORROW", "LAST_90_DAYS", "NEXT_90_DAYS")
_SPANS = ("WEEK", "MONTH", "QUARTER", "YEAR", "FISCAL_QUARTER", "FISCAL_YEAR")
RELATIVE = frozenset(_FIXED) | {f"{which}_{span}" for which in ("LAST", "THIS", "NEXT") for span in _SPANS}
RELATIVE_N = frozenset(
    form.format(f"{span}S") for form in ("LAST_N_{}", "NEXT_N_{}", "N_{}_AGO") for span in ("DAY", *_SPANS)
)


def bounds(name: str, number: int | None, today: date, fiscal_start: int = 1) -> tuple[date, date]:
    """Return the first day of a relative date and the first day after it."""
    if name in _FIXED:
        return _fixed(name, today)
    fiscal = "FISCAL" in name
    span = name.rsplit("_", 1)[-1] if number is None else _span_of(name)
    start = fiscal_start if fiscal else 1
    step = _stepper(span, today, start)
    if number is None:
        at = {"LAST": -1, "THIS": 0, "NEXT": 1}[name.split("_", 1)[0]]
        return step(at), step(at + 1)
    if name.endswith("_AGO"):
        return step(-number), step(1 - number)
    if name.startswith("LAST"):
        # The last n days take today in; the last n weeks, months, quarters, years end with the previous one.
        return step(-number), step(1) if span == "DAY" else step(0)
    return step(1), step(number + 1)


def _fixed(name: str, today: date) -> tuple[date, date]:
    one = timedelta(days=1)
    return {
        "YESTERDAY": (today - one, today),
        "TODAY": (today, today + one),
        "TOMORROW": (today + one, today + 2 * one),
        "LAST_90_DAYS": (today - 90 * one, today + one),
        "NEXT_90_DAYS": (today + one, today + 91 * one),
    }[name]


def _span_of(name: str) -> str:
    return name.removesuffix("_AGO").rsplit("_", 1)[-1].removesuffix("S")


def _stepper(span: str, today: date, fiscal_start: int) -> Callable[[int], date]:
    """Return what gives the first day of the span that is n spans from today's."""
    if span == "DAY":
        return lambda n: today + timedelta(days=n)
    if span == "WEEK":
        sunday = today - timedelta(days=(today.weekday() + 1) % 7)
        return lambda n: sunday + timedelta(weeks=n)
    months = {"MONTH": 1, "QUARTER": 3, "YEAR": 12}[span]
    since = (today.month - fiscal_start) % 12
    first = _shifted(today.replace(day=1), -(since % months))
    return lambda n: _shifted(first, n * months)


def _shifted(first: date, months: int) -> date:
    """Return the first of the month that lies so many months away, within the calendar's reach."""
    total = min(max(first.year * 12 + first.month - 1 + months, 12), 9999 * 12 + 11)
    return date(total // 12, total % 12 + 1, 1)


def epoch(moment: date) -> int:
    """Return the second at which a day begins."""
    return calendar.timegm(moment.timetuple())


@lru_cache(maxsize=65_536)
def shown(stamp: float) -> str:
    """Return a moment as the API writes it: `2026-05-01T07:25:37.000+0000`."""
    return f"{datetime.fromtimestamp(int(stamp), UTC):%Y-%m-%dT%H:%M:%S}.000+0000"


def as_moment(value: str | float) -> datetime:
    """Return a stored date or moment as one to take parts of."""
    if isinstance(value, str):
        return datetime.fromisoformat(value).replace(tzinfo=UTC)
    return datetime.fromtimestamp(value, UTC)


def part(name: str, value: str | float | None, fiscal_start: int = 1) -> int | str | None:
    """Return a part of a date: what CALENDAR_YEAR and its kin answer."""
    if value is None:
        return None
    moment = as_moment(value)
    fiscal_month = (moment.month - fiscal_start) % 12 + 1
    # A fiscal year is named by the year in which it ends.
    fiscal_year = moment.year + (1 if fiscal_start > 1 and moment.month >= fiscal_start else 0)
    parts: dict[str, Callable[[], int | str]] = {
        "CALENDAR_MONTH": lambda: moment.month,
        "CALENDAR_QUARTER": lambda: (moment.month + 2) // 3,
        "CALENDAR_YEAR": lambda: moment.year,
        "DAY_IN_MONTH": lambda: moment.day,
        "DAY_IN_WEEK": lambda: moment.isoweekday() % 7 + 1,
        "DAY_IN_YEAR": lambda: moment.timetuple().tm_yday,
        "DAY_ONLY": lambda: moment.date().isoformat(),
        "FISCAL_MONTH": lambda: fiscal_month,
        "FISCAL_QUARTER": lambda: (fiscal_month + 2) // 3,
        "FISCAL_YEAR": lambda: fiscal_year,
        "HOUR_IN_DAY": lambda: moment.hour,
        "WEEK_IN_MONTH": lambda: (moment.day - 1) // 7 + 1,
        "WEEK_IN_YEAR": lambda: (moment.timetuple().tm_yday - 1) // 7 + 1,
    }
    return parts[name]()
