"""
From a history to rows: one pass over the events, in their order.

A row is made at its moment from what was known then; its outcome is filled in by later events.
"""

from __future__ import annotations

import math
from array import array
from collections import deque
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from hub.history.course import advance
from hub.history.event import Event
from hub.history.words import is_done, parts, rank
from hub.model import Course, Value
from hub.risk.crowd import ALL, Crowd, Key, Tally
from hub.risk.features import ACCOUNT, ACTOR, Layout, keys_of, row_of
from hub.risk.frame import Frame
from hub.risk.labels import Cause, Label, Step, count, fired, holds
from hub.risk.listening import Thread
from hub.risk.moments import seconds
from hub.risk.rule import Rule, log_odds
from hub.risk.rules import RiskRules
from hub.scoring_rules import ScoringRules

_NOTHING = array("d")
_BURST = 60
"""Events of one minute are one: the row is that after the last."""
_SLICES: Mapping[str, str] = {
    "tier": "account.tier",
    "group": "group",
    "channel": "channel",
    "language": "language",
    "priority": "priority",
}


class Row:
    """One forecast to be made, and what came of it."""

    __slots__ = (
        "at",
        "believed",
        "by",
        "counts",
        "happened",
        "known",
        "overdue",
        "priority",
        "rule",
        "settled",
        "slices",
        "tallies",
        "ticket",
        "x",
        "y",
    )

    def __init__(self, ticket: int, at: float) -> None:
        self.ticket = ticket
        self.at = at
        self.x = array("d")
        self.tallies: Sequence[Tally] = ()
        """Of the values that it shares with others: its outcome will count there."""
        self.counts: tuple[float, ...] = ()
        self.y = math.nan
        self.known = math.nan
        self.overdue = math.nan
        self.happened = math.nan
        self.settled = math.nan
        self.believed: tuple[float, float] | None = None
        """Since when the crowd knows an outcome of it, and which."""
        self.by = ""
        self.rule = 0.0
        self.priority = math.nan
        self.slices: tuple[str, ...] = ()


class Case:
    """A ticket on its way through the history."""

    __slots__ = ("course", "done", "finished", "number", "registers", "rows", "shared", "tallies", "thread")

    def __init__(self, number: int) -> None:
        self.number = number
        self.registers: dict[str, Value] = {}
        self.course = Course()
        self.rows: list[Row] = []
        """Those whose outcome is not known yet."""
        self.shared: dict[Key, Tally] = {}
        """The values that it is counted as open under."""
        self.tallies: tuple[Tally, ...] = ()
        self.done = False
        self.finished = False
        self.thread: Thread | None = None


class Fold:
    """The state of a history as of the last event that was taken in."""

    def __init__(self, label: Label, rules: RiskRules, scoring: ScoringRules) -> None:
        self.label = label
        self.rules = rules
        self.rule = Rule.of(scoring)
        self.crowd = Crowd(rules.half_life)
        self.layout = Layout()
        self.cases: dict[str, Case] = {}
        self.rows: list[Row] = []
        self.now = 0.0
        self._waiting: deque[tuple[float, Row, Case]] = deque()
        self._counting = [c for c in label.causes if c.counts]
        self._telling = [c for c in label.causes if not c.counts]
        self._dones, self._finals = frozenset(rules.done), frozenset(rules.final)

    def take(self, event: Event) -> None:
        """Take one event in; none may be earlier than the one before."""
        now = self.now = seconds(event.at)
        self._mature(now)
        case = self.cases.get(event.ticket)
        if case is None:
            case = self.cases[event.ticket] = Case(len(self.cases))
        before, course_before = case.registers, case.course
        case.registers = {**before, **event.set} if event.set else before
        case.course = advance(course_before, event, before)
        if event.account is not None and event.account != before.get(ACCOUNT):
            case.registers = {**case.registers, ACCOUNT: event.account}
        if case.course.actor != course_before.actor:
            case.registers = {**case.registers, ACTOR: case.course.actor}
        if event.comment is not None:
            case.thread = case.thread or Thread()
            case.thread.add(event, case.registers.get("requester"))
        if case.rows:
            self._resolve(case, Step(event, before, case.registers, course_before, case.course))
        if case.registers is not before:
            self._count(case, before, now)
        if not case.done and (self.label.moment == "in_flight" or case.course.events == 1):
            self._forecast(case, now)

    def open_rows(self) -> list[int]:
        """Return the place of the latest row of each ticket that is open."""
        is_open = {case.number for case in self.cases.values() if not case.done}
        latest = {row.ticket: i for i, row in enumerate(self.rows) if row.ticket in is_open}
        return list(latest.values())

    # outcomes ---------------------------------------------------------------------------------

    def _mature(self, now: float) -> None:
        """What nobody can wait for any longer is known now."""
        while self._waiting and self._waiting[0][0] <= now:
            due, row, case = self._waiting.popleft()
            if not self.label.to_closing:
                happened = row.y == 1.0
                row.y = float(happened)
                row.known = row.known if happened else due
                self.crowd.learn(row.tallies, due, row.y)
                row.tallies = ()
            elif math.isnan(row.y) and not case.done:
                row.overdue = due
                self._believe(row, due, 1.0)

    def _resolve(self, case: Case, step: Step) -> None:
        """Find out which of the forecasts this event proves true, and which can never come true."""
        told = next((c for c in self._telling if fired(c, step)), None)
        counts = self._counts(case)
        for row in case.rows:
            if self.label.to_closing or row.at + self.label.horizon >= self.now:
                cause = told or self._grown(counts, row)
                if cause is not None:
                    self._happens(row, cause)
        final = self.label.to_closing and self._final(case)
        if self.label.to_closing and not final and self._over(case):
            for row in case.rows:
                self._settles(row)
        if final:
            for row in case.rows:
                self._ends(row)
        horizon = math.inf if self.label.to_closing else self.label.horizon
        alive = not final
        case.rows = [r for r in case.rows if alive and math.isnan(r.y) and r.at + horizon > self.now]

    def _grown(self, counts: Sequence[float], row: Row) -> Cause | None:
        pairs = zip(self._counting, counts, row.counts, strict=True)
        return next((cause for cause, now, then in pairs if now - then >= cause.least), None)

    def _happens(self, row: Row, cause: Cause) -> None:
        row.y = 1.0
        row.known = row.happened = self.now
        row.by = cause.by
        if self.label.to_closing:
            self._believe(row, self.now, 1.0)

    def _settles(self, row: Row) -> None:
        """Its ticket is solved, and nothing happened: that may still change, but seldom does."""
        if math.isnan(row.y) and math.isnan(row.settled) and math.isnan(row.overdue):
            row.settled = self.now
            self._believe(row, self.now, 0.0)

    def _ends(self, row: Row) -> None:
        """Its ticket is closed for good: what has not happened does not happen any more."""
        if not math.isnan(row.y):
            return
        row.y = 0.0
        row.known = self.now
        self._believe(row, self.now, 0.0)

    def _believe(self, row: Row, now: float, outcome: float) -> None:
        """Tell the crowd what is known, or best guessed, of a row; what was guessed before is taken back."""
        if row.believed is None:
            self.crowd.learn(row.tallies, now, outcome)
        elif row.believed[1] != outcome:
            self.crowd.correct(row.tallies, now, row.believed[0], outcome - row.believed[1])
        else:
            return
        row.believed = row.believed or (now, outcome)
        row.believed = (row.believed[0], outcome)

    def _counts(self, case: Case) -> tuple[float, ...]:
        return tuple(count(c, case.course, case.registers) for c in self._counting)

    # the crowd --------------------------------------------------------------------------------

    def _final(self, case: Case) -> bool:
        status = case.registers.get("status")
        return isinstance(status, str) and self._over(case) and not self._finals.isdisjoint(parts(status))

    def _over(self, case: Case) -> bool:
        status = case.registers.get("status")
        return is_done(status) or (isinstance(status, str) and not self._dones.isdisjoint(parts(status)[:2]))

    def _count(self, case: Case, before: Mapping[str, Value], now: float) -> None:
        """Count the ticket under the values that it took, and no longer under those that it left."""
        was, case.done = case.done, self._over(case)
        if case.done:
            if not was:
                self._finish(case, now)
            return
        told = case.registers
        changed = {r: v for r, v in told.items() if was or before.get(r) != v}
        keys = keys_of(changed)
        if not case.shared:
            keys.append(ALL)
        gone = [k for k in case.shared if k[0] in changed and k not in keys]
        self.crowd.left(case.shared.pop(k) for k in gone)
        fresh = {k: self.crowd.tally(k, now) for k in keys if k not in case.shared}
        self.crowd.came(fresh.values(), now)
        case.shared.update(fresh)
        case.tallies = tuple(case.shared.values())

    def _finish(self, case: Case, now: float) -> None:
        self.crowd.left(case.shared.values())
        case.shared = {}
        case.tallies = ()
        if not case.finished:
            case.finished = True
            hours = max(now - seconds(case.course.opened), 0.0) / 3600
            keys = [*keys_of(case.registers), ALL]
            self.crowd.finished([self.crowd.tally(k, now) for k in keys], now, hours)

    # rows -------------------------------------------------------------------------------------

    def _forecast(self, case: Case, now: float) -> None:
        if any(c.lasts and holds(c, case.registers) for c in self._telling):
            return  # it has happened already
        last = case.rows[-1] if case.rows else None
        if last is not None and last.at // _BURST == now // _BURST:
            row = last
            row.at = now
        else:
            row = Row(case.number, now)
            self.rows.append(row)
            case.rows.append(row)
            if self.label.to_closing and self.label.overdue_after:
                self._waiting.append((now + self.label.overdue_after, row, case))
            elif not self.label.to_closing:
                self._waiting.append((now + self.label.horizon, row, case))
        row.tallies = case.tallies
        row.counts = self._counts(case)
        row.rule = log_odds(case.registers, case.course, self.rule, now)
        heard = case.thread.heard(case.registers, case.course) if case.thread is not None else None
        told = row_of(case.registers, case.course, heard, self.crowd, self.layout, now=now, rule=row.rule)
        row.x = array("d", told)
        urgent = rank(case.registers.get("priority"))
        row.priority = math.nan if urgent is None else urgent
        row.slices = tuple(_word(case.registers.get(name)) for name in _SLICES.values())


def _word(value: Value) -> str:
    return value if isinstance(value, str) else ""


def fold(events: Iterable[Event], label: Label, rules: RiskRules, scoring: ScoringRules) -> Fold:
    """Take a whole history in."""
    state = Fold(label, rules, scoring)
    for event in events:
        state.take(event)
    return state


def frame(events: Iterable[Event], label: Label, rules: RiskRules, scoring: ScoringRules) -> Frame:
    """Return the rows of a history, in order of time. Of a row's moment, `x` knows nothing later."""
    return frame_of(fold(events, label, rules, scoring))


def frame_of(state: Fold) -> Frame:
    """Return the rows that were made so far."""
    rows, names = state.rows, tuple(state.layout.names)
    x = np.empty((len(rows), len(names)))  # its pages are taken as those of the rows are given back
    for i, row in enumerate(rows):
        x[i, : len(row.x)] = row.x
        x[i, len(row.x) :] = np.nan
        row.x = _NOTHING  # it is in the frame now; a long history has many

    def column(name: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        return np.array([getattr(row, name) for row in rows], dtype=np.float64)

    at = column("at")
    slices = {name: np.array([r.slices[i] for r in rows], dtype=str) for i, name in enumerate(_SLICES)}
    return Frame(
        names,
        state.layout.groups(),
        x,
        np.array([r.ticket for r in rows], dtype=np.int64),
        at,
        column("y"),
        column("known"),
        column("overdue"),
        column("settled"),
        column("happened") - at,
        column("rule"),
        column("priority"),
        slices,
        np.array([r.by for r in rows], dtype=str),
        state.label.moment,
        0.0 if state.label.to_closing else state.label.horizon,
        state.label.overdue_after if state.label.to_closing else state.label.horizon,
    )
