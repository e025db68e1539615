"""Dates as IMAP writes them."""

from __future__ import annotations

from datetime import UTC, date, datetime

from sandbox.email.imap_words import BadWords

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def shown(at: float) -> str:
    """Return a moment as INTERNALDATE: ` 1-Mar-2026 09:30:00 +0000`."""
    it = datetime.fromtimestamp(int(at), UTC)
    return f"{it.day:02d}-{_MONTHS[it.month - 1]}-{it.year} {it:%H:%M:%S} +0000"


def read_date_time(text: str) -> float:
    """Return the moment that APPEND was given. Raises `BadWords`."""
    try:
        day, clock, zone = text.split()
        hours, minutes, seconds = (int(part) for part in clock.split(":"))
        offset = (int(zone[1:3]) * 3600 + int(zone[3:5]) * 60) * (-1 if zone[0] == "-" else 1)
        midnight = datetime.combine(read_date(day), datetime.min.time(), UTC)
        return midnight.timestamp() + hours * 3600 + minutes * 60 + seconds - offset
    except (ValueError, IndexError) as error:
        raise BadWords("Invalid internal date.") from error


def read_date(text: str) -> date:
    """Return the day of `1-Mar-2026`. Raises `BadWords`."""
    try:
        day, month, year = text.split("-")
        return date(int(year), _MONTHS.index(month.capitalize()) + 1, int(day))
    except ValueError as error:
        raise BadWords("Invalid search date parameter") from error
