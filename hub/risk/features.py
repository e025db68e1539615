"""
What a forecast looks at: a ticket's registers and course, what was heard on it, and the crowd.

The same function makes a row of a history and the row of a living ticket, so that they cannot differ.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Protocol

from hub.history.changes import TOLD_ALTHOUGH_DERIVED
from hub.history.words import rank
from hub.model import Course, Value
from hub.registers import REGISTERS
from hub.risk.crowd import COLUMNS, Base, Crowd, Key
from hub.risk.groups import (
    ACTIVITY,
    AGE,
    HISTORY,
    PEOPLE,
    PRODUCT,
    RESPONSE,
    RULE,
    TEXT,
    TIMING,
    URGENCY,
    WORKLOAD,
    group_of,
)
from hub.risk.moments import seconds

NAN = math.nan


class Heard(Protocol):
    """What is used of `hub.signals.heard`."""

    @property
    def count(self) -> int: ...
    @property
    def mood(self) -> float: ...
    @property
    def lowest(self) -> float: ...
    @property
    def trend(self) -> str: ...
    @property
    def negatives(self) -> int: ...
    @property
    def mentions(self) -> Mapping[str, object]: ...


OWN: Mapping[str, str] = {
    "rule": RULE,
    "age": AGE,
    "in_status": AGE,
    "events": ACTIVITY,
    "pace": ACTIVITY,
    "statuses": ACTIVITY,
    "reopened": ACTIVITY,
    "customer_said": ACTIVITY,
    "we_said": ACTIVITY,
    "notes": ACTIVITY,
    "asked_again": RESPONSE,
    "first_answer": RESPONSE,
    "since_customer": RESPONSE,
    "since_ours": RESPONSE,
    "waiting": RESPONSE,
    "breached": RESPONSE,
    "reassigned": PEOPLE,
    "moved": PEOPLE,
    "returned": PEOPLE,
    "agents": PEOPLE,
    "teams": PEOPLE,
    "priority": URGENCY,
    "severity": URGENCY,
    "raised": URGENCY,
    "lowered": URGENCY,
    "since_raised": URGENCY,
    "hour_sin": TIMING,
    "hour_cos": TIMING,
    "weekend": TIMING,
}
"""What every row has, and the factor that it belongs to."""

ACCOUNT = "account"
ACTOR = "actor"
"""What stands among a ticket's registers in a row though it is none: its customer, and who acted last."""

SIGNALS = (
    "frustration",
    "urgency",
    "churn",
    "escalation_request",
    "production_down",
    "follow_up",
    "confusion",
    "gratitude",
    "closure",
)
SAID: Mapping[str, str] = dict.fromkeys(
    ("mood", "mood_lowest", "mood_trend", "negatives", *(f"says_{signal}" for signal in SIGNALS)), TEXT
)
"""What a row of a ticket with comments has beside."""

_LONG = 80
"""A longer value is prose: it says nothing of other tickets."""
_NAMES = frozenset({"language", "account.segment", "account.region", "engineering.status"})
"""Of what is text, what is a word that tickets share."""
_SILENT = frozenset(
    name
    for name, register in REGISTERS.items()
    if (register.group == "derived" and name not in TOLD_ALTHOUGH_DERIVED)
    or (register.kind in {"text", "markdown", "reference"} and name not in _NAMES)
    or name.startswith("feedback.")
)
"""What the hub itself made of a ticket, and prose."""


@lru_cache(maxsize=4096)
def counts(register: str) -> bool:
    """Whether a forecast looks at this register: not at prose, and not at what the hub itself derived."""
    return register not in _SILENT


def keys_of(registers: Mapping[str, Value]) -> list[Key]:
    """Return the values that a ticket with these registers shares with others."""
    keys: list[Key] = []
    for register, value in registers.items():
        if not counts(register):
            continue
        if isinstance(value, str):
            if value and len(value) <= _LONG and not _is_instant(value):
                keys.append((register, value))
        elif isinstance(value, tuple):
            keys.extend((register, word) for word in value)
    return keys


def _is_instant(value: str) -> bool:
    return len(value) >= len("2026-01-01") and value[4] == value[7] == "-" and value[:4].isdigit()


_MANY = len(COLUMNS)
_UNSEEN, _SILENCE, _HOURS = -3, -2, -1
"""In place of a place: not asked for yet; says nothing; is a moment."""


class Layout:
    """Which column holds what. It grows with the registers that a history sets, and then stays."""

    def __init__(self, names: Sequence[str] = ()) -> None:
        """With names, it is of exactly these columns."""
        self.names: list[str] = list(names) or list(OWN)
        self.grows = not names
        self.places: dict[str, int] = {name: i for i, name in enumerate(self.names)}
        self.words: dict[str, int] = {}
        """Where the columns of a register's word begin; or below nought, what it is instead."""
        for i, name in enumerate(names):
            register, _, what = name.rpartition(":")
            if what == COLUMNS[0]:
                self.words[register] = i
            elif what == "hours":
                self.words[register] = _HOURS

    def place_of(self, register: str, value: str) -> int:
        """Return `words` of a register; its first word says what it is."""
        if not value:
            return _SILENCE
        place = _SILENCE
        if counts(register):
            place = _HOURS if _is_instant(value) else self.place(register, _MANY)
            place = _SILENCE if place == -1 and not _is_instant(value) else place
        self.words[register] = place
        return place

    def place(self, name: str, many: int = 1) -> int:
        """Return where `many` columns of this name begin; -1 if there are none."""
        own = [name] if many == 1 else [f"{name}:{c}" for c in COLUMNS]
        found = self.places.get(own[0])  # the crowd's columns of `priority` are not the ticket's own
        if found is None:
            if not self.grows:
                return -1
            found = len(self.names)
            self.names += own
            self.places.update({o: found + i for i, o in enumerate(own)})
        return found

    def groups(self) -> tuple[str, ...]:
        return tuple(factor_of(name) for name in self.names)


def factor_of(column: str) -> str:
    """Return the named factor of a column."""
    known = OWN.get(column) or SAID.get(column)
    if known is not None:
        return known
    register, _, what = column.partition(":")
    if what == "open":
        return WORKLOAD
    group = group_of(register)
    return HISTORY if group == PRODUCT and register == "account" else group


def row_of(
    registers: Mapping[str, Value],
    course: Course,
    heard: Heard | None,
    crowd: Crowd,
    layout: Layout,
    *,
    now: float,
    rule: float,
) -> list[float]:
    """Return the ticket's row at `now`. `registers` holds its account under `account`."""
    base = crowd.base(now)
    row = _own(registers, course, now, rule)
    row += _when(now)
    row += [NAN] * (len(layout.names) - len(row))
    if heard is not None and heard.count:
        _say(row, heard, layout)
    words, told = layout.words, crowd.told
    for register, value in registers.items():
        if isinstance(value, str):
            place = words.get(register, _UNSEEN)
            if place == _UNSEEN:
                place = layout.place_of(register, value)
            if place >= 0 and value and len(value) <= _LONG:
                row += [NAN] * (place + _MANY - len(row))
                row[place : place + _MANY] = told(register, value, now, base)
            elif place == _HOURS:
                _since(row, register, value, layout, now)
        elif value is not None and counts(register):
            _tell(row, register, value, crowd, layout, now, base)
    return row


def _since(row: list[float], register: str, value: str, layout: Layout, now: float) -> None:
    hours = (seconds(value) - now) / 3600
    _put(row, layout.place(f"{register}:hours"), (math.copysign(math.log1p(abs(hours)), hours),))


def _hours(since: str, now: float) -> float:
    return math.log1p(max(now - seconds(since), 0.0) / 3600) if since else NAN


def _own(registers: Mapping[str, Value], course: Course, now: float, rule: float) -> list[float]:
    age = max(now - seconds(course.opened), 0.0) / 3600 if course.opened else 0.0
    raised = rank(registers.get("priority"))
    severity = rank(registers.get("severity"))
    return [
        rule,
        math.log1p(age),
        _hours(course.spells[-1][1], now) if course.spells else NAN,
        math.log1p(course.events),
        math.log((course.events + 1) / (age + 1)),
        float(len(course.spells)),
        float(course.reopened),
        math.log1p(course.customer_said),
        math.log1p(course.we_said),
        math.log1p(course.notes),
        float(course.asked_again),
        math.log1p(max(seconds(course.first_answer) - seconds(course.opened), 0) / 3600)
        if course.first_answer and course.opened
        else NAN,
        _hours(course.last_customer, now),
        _hours(course.last_ours, now),
        _hours(course.waiting_since, now) if course.waiting_since else 0.0,
        float(bool(course.breached)),
        math.log1p(course.reassigned),
        math.log1p(course.moved),
        math.log1p(course.returned),
        float(len(course.agents)),
        float(len(course.groups)),
        NAN if raised is None else float(raised),
        NAN if severity is None else float(severity),
        float(course.raised),
        float(course.lowered),
        _hours(course.raised_at, now),
    ]


def _when(now: float) -> list[float]:
    hour = now % 86400 / 86400 * 2 * math.pi
    return [math.sin(hour), math.cos(hour), float((now // 86400 + 3) % 7 >= _SATURDAY)]


_SATURDAY = 5.0
"""Monday is 0; 1 January 1970 was a Thursday."""
_TREND = {"worse": -1.0, "steady": 0.0, "better": 1.0}


def _say(row: list[float], heard: Heard, layout: Layout) -> None:
    told = [heard.mood, heard.lowest, _TREND.get(heard.trend, 0.0), float(heard.negatives)]
    told += [float(signal in heard.mentions) for signal in SIGNALS]
    for name, value in zip(SAID, told, strict=True):
        _put(row, layout.place(name), (value,))


def _put(row: list[float], place: int, values: Sequence[float]) -> None:
    if place < 0:
        return
    if place + len(values) > len(row):
        row += [NAN] * (place + len(values) - len(row))
    row[place : place + len(values)] = values


def _tell(
    row: list[float],
    register: str,
    value: Value,
    crowd: Crowd,
    layout: Layout,
    now: float,
    base: Base,
) -> None:
    match value:
        case bool() | int() | float():
            told = math.copysign(math.log1p(abs(value)), value)
            _put(row, layout.place(f"{register}:number"), (told if math.isfinite(told) else NAN,))
        case tuple():
            if value:
                worst = max(crowd.told(register, word, now, base) for word in value)
                _put(row, layout.place(f"{register}:any", _MANY), worst)
        case _:
            pass
