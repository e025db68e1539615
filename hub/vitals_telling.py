"""Which alarms are told now: once when one begins, once when it is over, and once a day in between. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from msgspec.structs import replace

from hub.vitals import Alarm, Grade, seconds_between, span

SETTLES = 600.0
"""Seconds for which an alarm must be gone before it is over: what comes and goes is one."""
PAUSE = 300.0
"""Seconds between two messages, however much happens."""


class Told(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is remembered of an alarm that was told."""

    since: str
    at: str
    """When it was told last."""
    says: str
    grade: Grade = "soon"
    gone: str = ""
    """Since when it is not found any more."""


class Memory(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was told, and when."""

    told: Mapping[str, Told] = {}
    sent: str = ""
    day: str = ""
    """Of the last summary."""
    totals: Mapping[str, float] = {}
    """As the counters stood then."""


class Round(msgspec.Struct, frozen=True):
    """What to tell now, and what to remember once it was told."""

    begun: tuple[Alarm, ...]
    still: tuple[Alarm, ...]
    over: tuple[Told, ...]
    memory: Memory

    @property
    def empty(self) -> bool:
        return not (self.begun or self.still or self.over)


def decide(
    alarms: Sequence[Alarm], memory: Memory, now: str, *, awake: bool, remind_hours: float = 24.0
) -> Round:
    """Return what is worth a message now. `awake`: people are at work; the urgent does not wait for it."""
    told: dict[str, Told] = {}
    begun: list[Alarm] = []
    still: list[Alarm] = []
    for alarm in alarms:
        known, speaks = memory.told.get(alarm.key), awake or alarm.grade == "urgent"
        if known is None:
            if speaks:
                begun.append(alarm)
                told[alarm.key] = Told(now, now, alarm.says, alarm.grade)
        elif speaks and seconds_between(known.at, now) >= remind_hours * 3600:
            still.append(alarm)
            told[alarm.key] = replace(known, at=now, says=alarm.says, gone="")
        else:
            told[alarm.key] = replace(known, says=alarm.says, gone="")
    over = _ended(alarms, memory, now, told, awake=awake)
    return Round(tuple(begun), tuple(still), over, replace(memory, told=told))


def _ended(
    alarms: Sequence[Alarm], memory: Memory, now: str, told: dict[str, Told], *, awake: bool
) -> tuple[Told, ...]:
    """Return what is over for good; what is gone only just now stays remembered."""
    found = {alarm.key for alarm in alarms}
    over: list[Told] = []
    for key, known in memory.told.items():
        if key in found:
            continue
        gone = known.gone or now
        if seconds_between(gone, now) >= SETTLES and (awake or known.grade == "urgent"):
            over.append(replace(known, gone=gone))
        else:
            told[key] = replace(known, gone=gone)
    return tuple(over)


def may_send(memory: Memory, now: str) -> bool:
    """Return whether enough time went by since the last message."""
    return not memory.sent or seconds_between(memory.sent, now) >= PAUSE


def title_of(found: Round) -> str:
    parts = [
        f"{len(things)} {word}"
        for things, word in ((found.begun, "new"), (found.still, "still there"), (found.over, "over"))
        if things
    ]
    return f"Support hub: {', '.join(parts)}"


def text_of(found: Round, now: str) -> str:
    """Return the message: what is wrong, since when, and what to do about each."""
    lines: list[str] = []
    for alarm in (*found.begun, *found.still):
        known = found.memory.told[alarm.key]
        age = seconds_between(known.since, now)
        since = f" (for {span(age)} now)" if alarm in found.still else ""
        lines += [f"{alarm.grade.upper()}: {alarm.says}{since}", f"  To do: {alarm.todo}"]
    for known in found.over:
        lasted = seconds_between(known.since, known.gone)
        lines.append(f"OVER after {span(lasted)}: {known.says}")
    return "\n".join(lines)
