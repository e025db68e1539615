"""
Calendars as people write them: a zone, hours by weekday, holidays by country, and days of their own.

Here the zones' and the holidays' own data is read, once, so that nothing is read when clocks are asked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, tzinfo
from typing import Protocol
from zoneinfo import ZoneInfo, available_timezones

from pydantic import Field

from hub.mapping.models import Strict
from hub.marked import Path
from hub.registers import nearest
from hub.sla.calendar import DAY, Calendar, Spans

CLOSED = "closed"
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SPAN = re.compile(r"(\d\d):([0-5]\d)\s*-\s*(\d\d):([0-5]\d)")
_LEAP = "2024"


class HolidaySpec(Strict):
    """Public holidays that the `holidays` library knows."""

    country: str = Field(description="ISO 3166 code: DE")
    subdivision: str = Field(default="", description="A part of the country with holidays of its own: BE")


class CalendarSpec(Strict):
    """One calendar of the file."""

    zone: str = Field(description="A time zone's name: Europe/Berlin")
    hours: dict[str, str] = Field(description="By weekday or weekdays: {mon-thu: 09:00-17:00, fri: …}")
    holidays: HolidaySpec | None = None
    dates: dict[str, str] = Field(
        default={}, description="Days that differ: `12-24` each year, `2026-12-24` once; `closed`, or hours"
    )


class _Days(Protocol):
    def __contains__(self, day: date, /) -> bool: ...


def made(name: str, spec: CalendarSpec) -> Calendar:
    """Return the calendar that was written down without a fault."""
    week: list[Spans] = [()] * len(_DAYS)
    for days, hours in spec.hours.items():
        for day in _weekdays(days):
            week[day] = _spans(hours)
    zone: tzinfo = ZoneInfo(spec.zone)
    if not spec.dates and spec.holidays is None:
        return Calendar(name, zone, week)
    return Calendar(name, zone, week, _differing(spec))


def _differing(spec: CalendarSpec) -> Callable[[date], Spans | None]:
    """Return what tells a day's own hours: those of its date, then of its day of the year, then a holiday."""
    dates = {day: _spans(hours) for day, hours in spec.dates.items()}
    public = _public(spec.holidays) if spec.holidays else frozenset[date]()

    def differs(day: date) -> Spans | None:
        text = day.isoformat()
        own = dates.get(text, dates.get(text[5:]))
        return () if own is None and day in public else own

    return differs


def _public(spec: HolidaySpec) -> _Days:
    import holidays  # noqa: PLC0415  it takes a while: only for who names a country

    return holidays.country_holidays(spec.country, subdiv=spec.subdivision or None)


def _weekdays(text: str) -> range:
    """Return the days of `mon` or `mon-fri`. Raises `ValueError`."""
    first, _, last = (part.strip() for part in text.casefold().partition("-"))
    begin, end = _DAYS.index(first), _DAYS.index(last or first)
    if end < begin:
        raise ValueError(text)
    return range(begin, end + 1)


def _spans(text: str) -> Spans:
    """Return the spans of `09:00-12:00, 13:00-17:00`. Raises `ValueError` that says what is wrong."""
    if text.strip() == CLOSED:
        return ()
    found: list[tuple[int, int]] = []
    for part in text.split(","):
        match = _SPAN.fullmatch(part.strip())
        if match is None:
            message = f"`{part.strip()}` is no span of hours; write it as 09:00-17:00"
            raise ValueError(message)
        h0, m0, h1, m1 = map(int, match.groups())
        opens, closes = (h0 * 60 + m0) * 60, (h1 * 60 + m1) * 60
        if closes > DAY:
            message = f"`{part.strip()}`: a day ends at 24:00"
            raise ValueError(message)
        if closes <= opens:
            message = f"`{part.strip()}`: past midnight, write -24:00 here, and 00:00- on the next day"
            raise ValueError(message)
        if found and opens < found[-1][1]:
            message = f"`{part.strip()}` begins before the span ahead of it ends"
            raise ValueError(message)
        found.append((opens, closes))
    return tuple(found)


# what is wrong with one -------------------------------------------------------------------------


def calendar_faults(spec: CalendarSpec) -> Iterator[tuple[Path, str]]:
    """Return each fault with its path within the calendar."""
    yield from _zone_faults(spec.zone)
    yield from _hour_faults(spec.hours)
    if spec.holidays is not None:
        yield from _holiday_faults(spec.holidays)
    for day, hours in spec.dates.items():
        if (wrong := _date_fault(day)) is not None:
            yield ("dates", day), wrong
        if (wrong := _span_fault(hours)) is not None:
            yield ("dates", day), wrong


def _zone_faults(zone: str) -> Iterator[tuple[Path, str]]:
    try:
        _ = ZoneInfo(zone)
    except (ValueError, OSError, KeyError):
        hint = nearest(zone, available_timezones()) or "; write one as Europe/Berlin, or UTC"
        yield ("zone",), f"`{zone}` is not a time zone{hint}"


def _hour_faults(hours: Mapping[str, str]) -> Iterator[tuple[Path, str]]:
    taken: dict[int, str] = {}
    for days, text in hours.items():
        try:
            for day in _weekdays(days):
                if day in taken:
                    yield ("hours", days), f"`{_DAYS[day]}` has hours already, by `{taken[day]}`"
                taken[day] = days
        except ValueError:
            known = f"; write one of {', '.join(_DAYS)}, or two as mon-fri"
            yield ("hours", days), f"`{days}` is no weekday{nearest(days, _DAYS) or known}"
        if (wrong := _span_fault(text)) is not None:
            yield ("hours", days), wrong
    if all(text.strip() == CLOSED for text in hours.values()):
        yield ("hours",), "this calendar is never open, so nothing would ever be due"


def _span_fault(text: str) -> str | None:
    try:
        _ = _spans(text)
    except ValueError as error:
        return str(error)
    return None


def _date_fault(text: str) -> str | None:
    whole = f"{_LEAP}-{text}" if re.fullmatch(r"\d\d-\d\d", text) else text
    try:
        _ = date.fromisoformat(whole if re.fullmatch(r"\d{4}-\d\d-\d\d", whole) else "")
    except ValueError:
        return f"`{text}` is no day; write 12-24 for one of each year, 2026-12-24 for one day"
    return None


def _holiday_faults(spec: HolidaySpec) -> Iterator[tuple[Path, str]]:
    import holidays  # noqa: PLC0415

    countries = holidays.list_supported_countries(include_aliases=True)
    if spec.country not in countries:
        hint = nearest(spec.country, countries) or "; write its ISO 3166 code, as DE"
        yield ("holidays", "country"), f"no holidays are known of `{spec.country}`{hint}"
    elif spec.subdivision and spec.subdivision not in countries[spec.country]:
        known = ", ".join(countries[spec.country])
        hint = nearest(spec.subdivision, countries[spec.country])
        listed = f"; known are {known}" if known else "; leave it out"
        said = f"`{spec.subdivision}` is no part of {spec.country} that has holidays of its own"
        yield ("holidays", "subdivision"), f"{said}{hint or listed}"
