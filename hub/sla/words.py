"""The sentences of a clock: what was promised, what made it tighter, what stopped it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec

from hub.model import Ticket
from hub.sla.calendar import HOUR, Calendar, instant_of
from hub.sla.rules import Target
from hub.sla.running import Pace

_TO_DO: dict[Target, str] = {
    "first_reply": "for the first answer",
    "next_reply": "to answer",
    "update": "until the next word to the customer",
    "resolution": "to solve it",
    "response": "for engineering to respond",
}
_SHARES = {0.25: "a quarter of the time", 0.5: "half the time", 0.75: "three quarters of the time"}


class Line(msgspec.Struct, frozen=True):
    """One sentence of a clock, and what its reader must be allowed to see."""

    said: str
    reads: tuple[str, ...] = ()
    instead: str = ""
    """What others are told."""


def lines_for(lines: Iterable[Line], may_see: Callable[[str], bool]) -> Iterator[str]:
    """Yield the sentences as a reader may be told them; that something is left out is said once."""
    hidden = False
    for line in lines:
        if all(map(may_see, line.reads)):
            yield line.said
        elif line.instead:
            yield line.instead
        else:
            hidden = True
    if hidden:
        yield "moved by what is not shown here"


def moment(at: int) -> str:
    """Return an instant as people read it."""
    return f"{instant_of(at)[:16].replace('T', ' ')} UTC"


def length(seconds: float, calendar: Calendar) -> str:
    """Return a length of time in words: `1 business hour 30 minutes`; day and night, plain hours."""
    minutes = round(seconds / 60)
    hours, rest = divmod(minutes, HOUR // 60)
    parts = [f"{n} {unit}{'' if n == 1 else 's'}" for n, unit in ((hours, "hour"), (rest, "minute")) if n]
    kind = "" if calendar.always else "business "
    first, *more = parts or ["0 minutes"]
    number, _, unit = first.partition(" ")
    return " ".join([number, kind + unit, *more])


def promised(
    target: Target, seconds: int, calendar: Calendar, ticket: Ticket, column: str, signed: bool
) -> Line:
    """Return the sentence of a target: how long for what, and for whom."""
    tier, word = ticket.get("account.tier"), ticket.get(column)
    whom = f"{tier or 'no tier'}, {word or f'no {column}'}"
    by = "by contract, " if signed else ""
    time = f"{length(seconds, calendar)} {_TO_DO[target]}"
    return Line(f"{time}: {by}{whom}", ("account.tier", column), time)


def share_of(share: float) -> str:
    """Return a share of the time in words."""
    return _SHARES.get(share, f"{share:.0%} of the time")


def pressed(paces: Sequence[Pace], start: int, due: int | None, at_least: float) -> Iterator[Line]:
    """Return a sentence for everything that presses between the start and the deadline."""
    product = 1.0
    for pace in paces:
        if pace.share < 1 and pace.until > start and (due is None or pace.since < due):
            product *= pace.share
            later = f" from {moment(pace.since)} on" if pace.since > start else ""
            yield Line(f"{share_of(pace.share)}{later}: {pace.because}", pace.reads)
    if product < at_least:
        yield Line(f"never less than {share_of(at_least)}")
