"""Dates in JQL: absolute ones in the caller's zone, relative ones, and the functions."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta

from sandbox.jira.jql_parser import Function, JqlError, Operand, Value
from sandbox.jira.times import zone

_ABSOLUTE = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[ T](\d{1,2}):(\d{2}))?\Z")
_RELATIVE = re.compile(r"([+-]?\d+)\s*([wdhmMy]?)")
_MINUTES = {"m": 1, "h": 60, "d": 1440, "w": 10080}
_UNITS = {"day": "d", "week": "w", "month": "M", "year": "y"}
MINUTE = 60_000


def moment(operand: Operand, name: str, now: int, zone_name: str) -> tuple[int, bool]:
    """
    Return the milliseconds that an operand names, and whether it is exact.

    What is written as a date has the grain of a minute, in the caller's zone; an unquoted integer
    is milliseconds and has no zone.
    """
    if isinstance(operand, Function):
        return _function(operand, now, zone_name), True
    if not isinstance(operand, Value):
        raise JqlError(f"The operator does not support the value for the field '{name}'.")
    text = operand.text.strip()
    if not operand.quoted and text.lstrip("-").isdigit() and len(text) > 4:
        return int(text), True
    if found := _ABSOLUTE.match(text):
        return _absolute(found, text, name, zone_name), False
    shift = relative(text)
    if shift is None:
        raise JqlError(
            f"Date value '{text}' for field '{name}' is invalid. Valid formats include: "
            "'yyyy/MM/dd HH:mm', 'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period "
            "format e.g. '-5d', '4w 2d'."
        )
    return now + shift, True


def _absolute(found: re.Match[str], text: str, name: str, zone_name: str) -> int:
    year, month, day, hour, minute = (int(part or 0) for part in found.groups())
    try:
        at = datetime(year, month, day, hour, minute, tzinfo=zone(zone_name))
    except ValueError as bad:
        raise JqlError(f"Date value '{text}' for field '{name}' is invalid.") from bad
    return int(at.timestamp()) * 1000


def relative(text: str) -> int | None:
    """Return a period such as `-5d` or `4w 2d` in milliseconds; None if it is not one."""
    parts = _RELATIVE.findall(text)
    if not parts or _RELATIVE.sub("", text).strip():
        return None
    negative = text.startswith("-")
    total = 0
    for amount, unit in parts:
        minutes = abs(int(amount)) * _MINUTES.get(unit or "m", 43200 if unit == "M" else 525600)
        total += minutes * MINUTE
    return -total if negative else total


def day_of(operand: Operand, name: str, now: int, zone_name: str) -> str:
    """Return the day that an operand names, for fields that hold a day."""
    at, _ = moment(operand, name, now, zone_name)
    return datetime.fromtimestamp(at / 1000, zone(zone_name)).strftime("%Y-%m-%d")


def _function(call: Function, now: int, zone_name: str) -> int:
    if call.name == "now":
        return now
    unit = call.name.removeprefix("startof").removeprefix("endof")
    starter = _STARTS.get(unit)
    if starter is None or not call.name.startswith(("startof", "endof")):
        raise JqlError(f"Unable to find JQL function '{call.name}({', '.join(call.args)})'.")
    here = datetime.fromtimestamp(now / 1000, zone(zone_name))
    start, end = starter(here.replace(hour=0, minute=0, second=0, microsecond=0))
    at = int((start if call.name.startswith("startof") else end).timestamp() * 1000)
    if call.name.startswith("endof"):
        at -= 1000
    if not call.args:
        return at
    # A bare number counts in the function's own unit: startOfDay("-1").
    bare = call.args[0].lstrip("+-").isdigit()
    shift = relative(call.args[0] + _UNITS[unit] if bare else call.args[0])
    if shift is None:
        raise JqlError(f"The argument '{call.args[0]}' of '{call.name}' is no period.")
    return at + shift


def _day(at: datetime) -> tuple[datetime, datetime]:
    return at, at + timedelta(days=1)


def _week(at: datetime) -> tuple[datetime, datetime]:
    start = at - timedelta(days=(at.weekday() + 1) % 7)
    return start, start + timedelta(days=7)


def _month(at: datetime) -> tuple[datetime, datetime]:
    start = at.replace(day=1)
    return start, (start + timedelta(days=32)).replace(day=1)


def _year(at: datetime) -> tuple[datetime, datetime]:
    start = at.replace(month=1, day=1)
    return start, start.replace(year=start.year + 1)


_STARTS: dict[str, Callable[[datetime], tuple[datetime, datetime]]] = {
    "day": _day,
    "week": _week,
    "month": _month,
    "year": _year,
}
