"""
The course of a ticket, folded event by event: the same in a live hub and in a back-test. Pure.

`advance` looks at one event, at what was known before it, and at nothing else: what a course says of a
moment cannot depend on what came later.

Events are folded in the order in which they arrive. In a live hub a comment can arrive late, for its side
was not looked at sooner. Moments stay right then (first ones are the earliest, last ones the latest, and
a late answer does not end a waiting that began after it); `asked_again` counts by arrival.

What a machine says is nobody's word: it neither asks nor answers, and moves nothing here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias, cast

from msgspec.structs import replace

from hub.history.event import Event, Said
from hub.history.moments import moment_or
from hub.history.words import is_done, is_yes, line_of, rank
from hub.model import Course, Person, Value
from hub.signals.human import is_machine, is_printed

MOST = 60
"""Agents and groups that a course keeps: the first ones."""
SPELLS = 120
"""Spells that a course keeps: the first one, and of the others the newest."""

_Change: TypeAlias = dict[str, object]


def advance(course: Course, event: Event, known: Mapping[str, Value]) -> Course:
    """Return the course after an event; `known` are the ticket's registers before it."""
    at, words = event.at, event.comment
    if words is not None and _by_machine(words, event.actor):
        if not event.set:
            return course
        words = None
    new: _Change = {"events": course.events + 1}
    if not course.opened or at < course.opened:
        new["opened"] = at
    if event.actor:
        new["actor"] = event.actor
    told = event.set
    if told:
        _registers(course, new, told, known, at)
    if not course.breached:
        _overdue(new, known, at)
    requester = told.get("requester") or known.get("requester")
    if words is not None:
        _speak(course, new, event, words, requester)
    elif requester and told.get("description") and not known.get("description"):
        _customer(course, new, at)  # what a ticket is opened with is its customer's first word
    return replace(course, **new)


def fold(course: Course, events: Iterable[Event], known: Mapping[str, Value]) -> Course:
    """Return the course after some events, each of which sees what the ones before it set."""
    registers = dict(known)
    for event in events:
        course = advance(course, event, registers)
        registers.update(event.set)
    return course


# registers --------------------------------------------------------------------------------------


def _registers(
    course: Course, new: _Change, told: Mapping[str, Value], known: Mapping[str, Value], at: str
) -> None:
    for register, take in _TAKES.items():
        if register in told and told[register] != known.get(register):
            take(course, new, told[register], known.get(register), at)
    _ranks(course, new, told, known, at)


def _status(course: Course, new: _Change, value: Value, before: Value, at: str) -> None:
    word = _word(value)
    if not word:
        return
    if is_done(before) and not is_done(value):
        new["reopened"] = course.reopened + 1
    spells = course.spells
    since = max(at, spells[-1][1]) if spells else at
    kept = spells if len(spells) < SPELLS else (spells[0], *spells[2:])
    new["spells"] = (*kept, (word, since))


def _assignee(course: Course, new: _Change, value: Value, before: Value, at: str) -> None:
    del at
    had, who = course.assignee or _word(before), _word(value)
    if not who:
        return
    if had and had != who:
        new["reassigned"] = course.reassigned + 1
    new["assignee"] = who
    _join(course, new, who)


def _group(course: Course, new: _Change, value: Value, before: Value, at: str) -> None:
    del at
    had, group = course.group or _word(before), _word(value)
    if not group:
        return
    groups = course.groups if course.groups or not had else (had,)
    if had and had != group:
        new["moved"] = course.moved + 1
        if group in groups:
            new["returned"] = course.returned + 1
    new["group"] = group
    new["groups"] = _with(groups, group)


def _line(course: Course, new: _Change, value: Value, before: Value, at: str) -> None:
    del at
    line, had = line_of(value), course.line or line_of(before) or 0
    if line is None:
        return
    if had and line > had:
        new["climbed"] = course.climbed + 1
    new["line"] = line


def _escalated(course: Course, new: _Change, value: Value, before: Value, at: str) -> None:
    del before
    if is_yes(value):
        new["escalated"] = min(course.escalated, at) if course.escalated else at


def _clock(course: Course, new: _Change, value: Value, before: Value, at: str) -> None:
    del before
    if value == "breached":
        new["breached"] = min(course.breached, at) if course.breached else at


_TAKES = {
    "status": _status,
    "assignee": _assignee,
    "group": _group,
    "line": _line,
    "escalated": _escalated,
    "sla.state": _clock,
}


def _ranks(
    course: Course, new: _Change, told: Mapping[str, Value], known: Mapping[str, Value], at: str
) -> None:
    """A priority or severity went up or down: one event counts once each way."""
    moves: set[bool] = set()
    for register in ("priority", "severity"):
        if register in told:
            now, before = rank(told[register]), rank(known.get(register))
            if now is not None and before is not None and now != before:
                moves.add(now > before)
    if True in moves:
        new["raised"] = course.raised + 1
        new["raised_at"] = max(course.raised_at, at)
    if False in moves:
        new["lowered"] = course.lowered + 1


def _overdue(new: _Change, known: Mapping[str, Value], at: str) -> None:
    """A deadline that passed before this event, while there was still something to do, was missed then."""
    due = known.get("sla.due")
    if due is None or is_done(known.get("status")):
        return
    passed = moment_or(due, "")
    if passed and passed < at:
        new["breached"] = passed


# words ------------------------------------------------------------------------------------------


def _by_machine(said: Said, actor: str | None) -> bool:
    """Whether no person said it: as the hub knew when it kept it, or by the address and the words."""
    return said.by == "machine" or is_machine(Person(email=actor)) or is_printed(said.body)


def _speak(course: Course, new: _Change, event: Event, said: Said, requester: Value) -> None:
    theirs = said.by == "customer" or (not said.by and bool(event.actor) and event.actor == requester)
    if theirs and said.audience == "public":
        new["customer_said"] = course.customer_said + 1
        _customer(course, new, event.at)
        return
    if event.actor and not theirs:
        _join(course, new, event.actor)
    if said.audience == "public":
        _ours(course, new, event.at)
    else:
        new["notes"] = course.notes + 1


def _customer(course: Course, new: _Change, at: str) -> None:
    new["last_customer"] = max(course.last_customer, at)
    if at < course.last_ours:
        return  # it arrived late, and was answered
    if course.waiting_since:
        new["asked_again"] = course.asked_again + 1
        new["waiting_since"] = min(course.waiting_since, at)
    else:
        new["waiting_since"] = at


def _ours(course: Course, new: _Change, at: str) -> None:
    new["we_said"] = course.we_said + 1
    new["last_ours"] = max(course.last_ours, at)
    if course.opened and at > course.opened:  # what is said in the moment of opening opens it
        new["first_answer"] = min(course.first_answer, at) if course.first_answer else at
    if course.waiting_since and at >= course.waiting_since:
        # of what the customer said, the latest is all that an answer that arrived late can leave open
        new["waiting_since"] = course.last_customer if at < course.last_customer else ""


def _join(course: Course, new: _Change, who: str) -> None:
    """One more of ours had the ticket or spoke on it."""
    agents = cast("tuple[str, ...]", new.get("agents", course.agents))
    if who not in agents:
        new["agents"] = _with(agents, who)


def _with(words: tuple[str, ...], word: str) -> tuple[str, ...]:
    return words if word in words or len(words) >= MOST else (*words, word)


def _word(value: Value) -> str:
    return "" if value is None or isinstance(value, (bool, tuple)) else str(value).strip()
