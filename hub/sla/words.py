"""The sentences of a clock: what was promised, what made it tighter, what stopped it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

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
) -> str:
    """Return the sentence of a target: how long for what, and for whom."""
    tier, word = ticket.get("account.tier"), ticket.get(column)
    whom = f"{tier or 'no tier'}, {word or f'no {column}'}"
    by = "by contract, " if signed else ""
    return f"{length(seconds, calendar)} {_TO_DO[target]}: {by}{whom}"


def share_of(share: float) -> str:
    """Return a share of the time in words."""
    return _SHARES.get(share, f"{share:.0%} of the time")


def pressed(paces: Sequence[Pace], start: int, due: int | None, at_least: float) -> Iterator[str]:
    """Return a sentence for everything that presses between the start and the deadline."""
    product = 1.0
    for pace in paces:
        if pace.share < 1 and pace.until > start and (due is None or pace.since < due):
            product *= pace.share
            later = f" from {moment(pace.since)} on" if pace.since > start else ""
            yield f"{share_of(pace.share)}{later}: {pace.because}"
    if product < at_least:
        yield f"never less than {share_of(at_least)}"
