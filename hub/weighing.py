"""What each factor is worth on a ticket, in words and with its evidence: for score and risk. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

import msgspec

from hub.lenses.raw import spoken
from hub.measure_names import MEASURES, SIGNAL
from hub.measures import day_of
from hub.model import Ticket, Value
from hub.records import Reason
from hub.scoring_rules import Factor, as_word
from hub.signals.heard import Mention

READS: Mapping[str, tuple[str, ...]] = MappingProxyType({
    # What one side may show under another name, and what a measure is taken from.
    "account.arr_reported": ("account.arr",),
    "account.key": ("account.id",),
    "sla_used": ("sla.customer_due",),
    "sla_due": ("sla.customer_due",),
    "engineering_used": ("sla.engineering_due",),
    **dict.fromkeys(("sentiment", "mood", "trend", "negatives"), ("comment.public",)),
    **{name: () for name in MEASURES if name.startswith(SIGNAL)},
})  # fmt: skip
_EMPTY = (None, "", ())
_COARSE = 10
"""From here on a number is told without its decimals."""


class Part(msgspec.Struct, frozen=True):
    """A factor that counts on this ticket, before its points are made whole."""

    factor: str
    worth: float
    sentence: str
    evidence: str = ""
    group: str = ""
    value: Value = None
    reads: tuple[str, ...] = ()

    def reason(self, points: float, label: str = "") -> Reason:
        """Return it as a reason, with its points as they are shown."""
        return Reason(self.factor, points, self.sentence, self.evidence, self.value, label, self.reads)


def weigh(
    factors: Sequence[Factor],
    ticket: Ticket,
    measured: Mapping[str, Value],
    now: str,
    mentions: Mapping[str, Mention],
) -> Iterator[Part]:
    """Yield every factor that is worth something, in the order of the file."""
    today = day_of(now) or 0
    for factor in factors:
        value = found(factor.source, ticket, measured)
        worth = worth_of(factor, value, today) if value not in _EMPTY else 0.0
        if worth:
            said = sentence(factor.says, value, today)
            reads, evidence = ground(factor.source, value, mentions)
            yield Part(factor.name, worth, said, evidence, factor.group, value, reads)


def found(source: str, ticket: Ticket, measured: Mapping[str, Value]) -> Value:
    """Return what a register or a measure says; None if nothing."""
    return measured.get(source) if source in MEASURES else ticket.registers.get(source)


def worth_of(factor: Factor, value: Value, today: int) -> float:
    """Return what a value is worth that is there; 0 where a factor by numbers finds none."""
    if not factor.curve:
        return factor.of_word(as_word(value))
    if isinstance(value, (int, float)):
        return factor.of_number(value)
    day = day_of(value)
    return factor.of_number(day - today) if day is not None else 0.0


def ground(source: str, value: Value, mentions: Mapping[str, Mention]) -> tuple[tuple[str, ...], str]:
    """Return what a reason rests on: what its reader must be allowed to see, and the words to prove it."""
    if source.startswith(SIGNAL):
        mention = mentions.get(source[len(SIGNAL) :])
        if mention is None:
            return ("comment.internal",), f"{source} = yes"  # nobody knows where: not for everybody
        times = f", {mention.times} times" if mention.times > 1 else ""
        said = f"“{mention.quote}” ({mention.at[:10] or 'description'}{times})"
        return (f"comment.{mention.audience}",), said
    reads = READS.get(source, () if source in MEASURES else (source,))
    return reads, f"{source} = {_exact(value) if isinstance(value, float) else spoken(value)}"


def _exact(number: float) -> str:
    rounded = round(number, 2)
    return str(int(rounded)) if rounded.is_integer() else str(rounded)


def sentence(says: str, value: Value, today: int) -> str:
    """Return a factor's sentence on what was found."""
    if "{" not in says:
        return says
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        day = day_of(value) if "{when}" in says else None
        told = spoken(value)
        when = told if day is None else when_of(day - today)
        return says.format(value=told[:10] if day is not None else told, when=when, percent=told)
    if "{percent}" in says:
        return says.format(value=value, when=value, percent=part_of(value))
    number = counted(value)
    return says.format(value=number, when=number)


def counted(value: float) -> str:
    """Return a number as people read it: `1,250`, `3.5`."""
    if abs(value) >= _COARSE or value == round(value):
        return f"{value:,.0f}" if abs(value) < 1e15 else f"{value:g}"  # noqa: PLR2004
    return f"{value:.1f}"


def part_of(share: float) -> str:
    """Return a share as people read it: `75%`, `all`."""
    return f"{share:.0%}" if share < 1 else "all"


def when_of(days: int) -> str:
    """Return a day in words, seen from today."""
    match days:
        case 0:
            return "today"
        case 1:
            return "tomorrow"
        case -1:
            return "yesterday"
        case _:
            return f"in {days} days" if days > 0 else f"{-days} days ago"
