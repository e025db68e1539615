"""What may happen to a ticket, told from its events: who began it, and when."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Literal, TypeAlias, cast

import msgspec

from hub.history.event import Event
from hub.history.words import plain, rank
from hub.model import Course, Value

Side: TypeAlias = Literal["customer", "employee", "executive"]
Kind: TypeAlias = str
Registers: TypeAlias = Mapping[str, Value]


class Cause(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that may happen, and whose doing it is."""

    name: str
    by: Side
    kind: Kind
    """becomes, matches, tagged, involves, raised, rises, breached, reopened, reassigned, moved, handed_on."""
    register: str = ""
    words: tuple[str, ...] = ()
    least: float = 1.0

    @property
    def lasts(self) -> bool:
        """It is a state that a ticket is in from then on: where it holds, nothing is left to foresee."""
        return self.kind in {"becomes", "matches", "tagged"}

    @property
    def counts(self) -> bool:
        """It happens when a count has grown by `least` since the moment of the forecast."""
        return self.kind in _COUNTS


class Label(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is to be foreseen, from when, and within which time. Times are seconds."""

    name: str
    moment: Literal["in_flight", "intake"]
    causes: tuple[Cause, ...]
    says: str = ""
    horizon: float = 7 * 86400.0
    to_closing: bool = False
    """Its final outcome counts, however long that takes, instead of the horizon."""
    overdue_after: float = 0.0
    """Still open so long after the forecast counts as happened, until it is known better; 0: never."""


def holds(cause: Cause, registers: Registers) -> bool:
    """Whether a lasting cause is true of these registers."""
    value = registers.get(cause.register)
    if value is None:
        return False
    match cause.kind:
        case "becomes":
            return _word(value) in _plain(cause.words)
        case "matches":
            return _pattern(cause.words[0]).search(str(value)) is not None
        case "tagged":
            return isinstance(value, tuple) and not _plain(cause.words).isdisjoint(map(plain, value))
        case _:
            return False


class Step(msgspec.Struct, frozen=True):
    """An event, and what was known before and after it."""

    event: Event
    before: Registers
    after: Registers
    course_before: Course
    course: Course


def fired(cause: Cause, step: Step) -> bool:
    """Whether the event made this happen. Never true of what counts (`count`)."""
    event, before, after = step.event, step.before, step.after
    if cause.lasts:
        return cause.register in event.set and holds(cause, after) and not holds(cause, before)
    match cause.kind:
        case "raised":
            return cause.register in event.set and _rose(cause.register, before, after)
        case "breached":
            return bool(step.course.breached) and not step.course_before.breached
        case "involves":
            return any(_pattern(word).search(who) for word in cause.words for who in _people(event))
        case _:
            return False


_COUNTS: Mapping[str, Callable[[Course, Registers, str], float]] = {
    "reopened": lambda course, _registers, _name: course.reopened,
    "reassigned": lambda course, _registers, _name: course.reassigned,
    "moved": lambda course, _registers, _name: course.moved,
    "climbed": lambda course, _registers, _name: course.climbed,
    "handed_on": lambda course, _registers, _name: course.moved + course.reassigned,
    "rises": lambda _course, registers, name: _number(registers.get(name)),
}


def count(cause: Cause, course: Course, registers: Registers) -> float:
    """Return how far a counting cause has come."""
    return _COUNTS[cause.kind](course, registers, cause.register)


def _number(value: Value) -> float:
    return float(value) if isinstance(value, (bool, int, float)) else 0.0


def _word(value: Value) -> str:
    return _folded(value) if isinstance(value, str) else str(value).lower()


_folded = lru_cache(maxsize=4096)(plain)


@lru_cache(maxsize=256)
def _plain(words: tuple[str, ...]) -> frozenset[str]:
    """Trackers write the same word in other cases, and number their words."""
    return frozenset(map(plain, words))


def _rose(register: str, before: Registers, after: Registers) -> bool:
    old, new = rank(before.get(register)), rank(after.get(register))
    return old is not None and new is not None and new > old


def _people(event: Event) -> list[str]:
    found = [event.actor or ""]
    for name in ("assignee", "followers", "recipients", "account.csm"):
        value = event.set.get(name)
        found += list(value) if isinstance(value, tuple) else [cast("str", value)] if value else []
    return [who for who in found if who]


@lru_cache(maxsize=256)
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE)
