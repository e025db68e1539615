"""
Which warnings are worth sending now: each cause once, the worst first, no more than a team can look at. Pure.

A cause that was told is told again only after it was over and came back, or when something new happened.
What does not fit into the day's budget, or comes at night, is held: it is counted, shown, and sent when there
is room, if it still holds then.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

import msgspec
from msgspec.structs import replace

from hub.score_records import Alert

Kind: TypeAlias = Literal[
    "model",
    "incident",
    "deadline",
    "attention",
    "risk",
    "rising",
    "silent",
    "quiet_customer",
    "health",
    "falling",
]
_FORGOTTEN = timedelta(days=30)
"""A cause that was not seen for so long is forgotten."""


class Cause(msgspec.Struct, frozen=True):
    """One thing to warn of. It begins at `on` and is over below `off`; in between it stays as it was."""

    kind: Kind
    value: float
    on: float
    off: float
    says: str
    rank: float = 0.0
    """How much it asks to be looked at; of several causes the largest leads."""
    news: str = ""
    """Moves when something new happened: the same cause is then worth telling once more."""
    detail: str = ""
    """Which one, where there may be several: an incident's first ticket, a deadline."""


class Subject(msgspec.Struct, frozen=True):
    """A ticket, an account, an incident or the model: what a warning is about."""

    key: str
    title: str
    causes: tuple[Cause, ...]
    team: str = ""
    ticket: str = ""
    account: str = ""
    why: tuple[str, ...] = ()
    """Sentences that may leave the hub."""
    actions: tuple[str, ...] = ()
    """What to do, and who."""


class Mark(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is remembered of one cause of one subject."""

    at: str
    """When it was told last, or held."""
    news: str = ""
    told: bool = True
    """False: it was held back, and is to be sent when there is room."""
    over: bool = False
    """It has fallen below its end since."""
    row: int = 0
    """Of the alert that is held for it."""


Memory: TypeAlias = Mapping[str, Mark]
"""By subject and cause."""


class Notice(msgspec.Struct, frozen=True):
    """One message: a subject, with what is new about it."""

    subject: Subject
    causes: tuple[Cause, ...]
    """Those that are told with it, the leading one first."""
    rank: float
    row: int = 0
    """Of the alert that was held back before."""
    held: str = ""
    """Why it is not sent now; "" if it is."""

    @property
    def kind(self) -> Kind:
        return self.causes[0].kind


class Round(msgspec.Struct, frozen=True):
    """What to do now. `memory` knows nothing of it yet: see `after`."""

    send: tuple[Notice, ...]
    hold: tuple[Notice, ...]
    memory: Memory
    over: tuple[int, ...] = ()
    """Alerts that were held and need not be sent any more."""


def decide(
    subjects: Iterable[Subject],
    memory: Memory,
    now: str,
    *,
    left: Mapping[str, int],
    budget: int,
    awake: bool = True,
    again: float = 24.0,
) -> Round:
    """
    Return what is sent now, what is held, and what to remember.

    `left`: how many each team may still get today, where it was told something already; others may get
    `budget`. `awake`: somebody is there to read. `again`: hours before a cause is told once more.
    """
    marks = dict(memory)
    wanted: list[Notice] = []
    seen: set[str] = set()
    for subject in subjects:
        due: list[Cause] = []
        for cause in subject.causes:
            name = key_of(subject, cause)
            seen.add(name)
            mark = marks.get(name)
            if mark is not None and cause.value < cause.off:
                marks[name] = replace(mark, over=True)
            if _is_due(cause, mark, now, again):
                due.append(cause)
        if due:
            due.sort(key=lambda c: (-c.rank, c.kind, c.detail))
            rows = [m.row for c in due if (m := marks.get(key_of(subject, c))) is not None and not m.told]
            wanted.append(Notice(subject, tuple(due), due[0].rank, max(rows, default=0)))
    send, hold = _within(wanted, dict(left), budget, awake=awake)
    gone = _let_go(marks, seen, now)
    return Round(send, hold, marks, gone)


def after(memory: Memory, warning: Notice, now: str, row: int) -> Memory:
    """Return what is remembered once a warning is kept, as that alert: sent, or held."""
    marks = dict(memory)
    for cause in warning.causes:
        name = key_of(warning.subject, cause)
        marks[name] = Mark(now, cause.news, told=not warning.held, row=row if warning.held else 0)
    return marks


def key_of(subject: Subject, cause: Cause) -> str:
    """Return by what a cause of a subject is remembered."""
    return f"{subject.key} {cause.kind} {cause.detail}".strip()


def _is_due(cause: Cause, mark: Mark | None, now: str, again: float) -> bool:
    if cause.value < cause.on:
        return False
    if mark is None or mark.over or not mark.told:
        return True
    return cause.news > mark.news and _hours(mark.at, now) >= again


def _within(
    wanted: Sequence[Notice], left: dict[str, int], budget: int, *, awake: bool
) -> tuple[tuple[Notice, ...], tuple[Notice, ...]]:
    """Part what is sent from what is held: the worst first, as long as its team's budget lasts."""
    send: list[Notice] = []
    hold: list[Notice] = []
    for warning in sorted(wanted, key=lambda w: (-w.rank, w.subject.key)):
        team = warning.subject.team
        room = left.setdefault(team, budget)
        if not awake:
            hold.append(replace(warning, held="quiet hours"))
        elif room <= 0:
            hold.append(replace(warning, held="the budget of the day is spent"))
        else:
            left[team] = room - 1
            send.append(warning)
    return tuple(send), tuple(hold)


def _let_go(marks: dict[str, Mark], seen: set[str], now: str) -> tuple[int, ...]:
    """Forget what is long over; return the held alerts whose cause does not hold any more."""
    gone: list[int] = []
    for name, mark in [*marks.items()]:
        absent = name not in seen
        if not mark.told and (mark.over or absent):
            gone.append(mark.row)
            del marks[name]
        elif absent and _hours(mark.at, now) >= _FORGOTTEN.total_seconds() / 3600:
            del marks[name]
        elif absent and not mark.over:
            marks[name] = replace(mark, over=True)
    return tuple(sorted({row for row in gone if row}))


def remembered(memory: Memory, alerts: Iterable[Alert]) -> Memory:
    """
    Return the memory with what the kept alerts tell besides.

    An alert is kept before its causes are remembered: a process that died in between must not tell them
    again.
    """
    marks = dict(memory)
    for alert in alerts:
        if alert.state == "closed":
            continue
        causes: Mapping[str, str] = alert.body.get("causes") or {}
        for name, news in causes.items():
            known = marks.get(name)
            if known is None or known.at < alert.at:
                held = alert.state == "held"
                marks[name] = Mark(alert.at, news, told=not held, row=alert.id if held else 0)
    return marks


def spent(alerts: Iterable[Alert], since: str) -> dict[str, int]:
    """Return how many alerts each team was sent, or is being sent, since an instant."""
    counts: dict[str, int] = {}
    for alert in alerts:
        if alert.at >= since and alert.state not in {"held", "closed"}:
            team: str = alert.body.get("team") or ""
            counts[team] = counts.get(team, 0) + 1
    return counts


def _hours(since: str, until: str) -> float:
    try:
        passed = datetime.fromisoformat(until) - datetime.fromisoformat(since)
    except ValueError:
        return 0.0
    return passed.total_seconds() / 3600
