"""The closed catalogue of measures: what `scoring.yaml` can weigh beside registers. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import msgspec

from hub.registers import Kind
from hub.signals.reading import SIGNALS

SIGNAL = "signal."


class Measure(msgspec.Struct, frozen=True):
    """Something that is counted, timed or heard, rather than typed by people."""

    name: str
    kind: Kind
    meaning: str
    options: tuple[str, ...] = ()
    by_clock: bool = False
    """It moves while nothing happens: a score is no news because of it until it has moved by a whole step."""


def _clock(name: str, meaning: str) -> Measure:
    return Measure(name, "number", meaning, by_clock=True)


def _count(name: str, meaning: str) -> Measure:
    return Measure(name, "number", meaning)


_ALL = (
    _clock("hours_waiting_on_us", "business hours since the customer's first word that nobody answered"),
    _clock("days_open", "whole days since the ticket was opened"),
    _clock("sla_used", "used part of the tightest running clock: 0.5 is half of it, 1 is the deadline"),
    _clock("engineering_used", "used part of engineering's own clock, while it runs"),
    Measure("waiting_since", "instant", "when the customer's first word came that nobody answered"),
    Measure("sla_due", "instant", "the nearest deadline of the running clocks"),
    _count("customer_comments", "what the customer wrote, counted"),
    _count("replies", "public answers of ours"),
    _count("asked_again", "how often the customer wrote once more before anybody had answered"),
    _count("reopened", "how often it was opened again"),
    _count("reassigned", "how often it went to another person after the first"),
    _count("moved", "how often it went to another group after the first"),
    _count("returned", "how often it went back to a group that had had it before"),
    _count("raised", "how often its priority or severity went up"),
    _count("agents", "how many people of ours had it or spoke on it"),
    _count("negatives", "how many of the customer's comments are negative"),
    _count("mood", "of the customer's latest words, from -1 (bad) to 1 (good)"),
    Measure("sentiment", "choice", "of the customer's latest words", ("negative", "neutral", "positive")),
    Measure(
        "trend", "choice", "how the customer's mood moves over the thread", ("better", "steady", "worse")
    ),
    *(
        Measure(
            f"{SIGNAL}{signal}",
            "flag",
            f"the ticket's words tell {signal.replace('_', ' ')}, and it still holds",
        )
        for signal in SIGNALS
    ),
)

MEASURES: Mapping[str, Measure] = MappingProxyType({m.name: m for m in _ALL})
"""Every measure, by name."""

TIMED = frozenset(name for name, measure in MEASURES.items() if measure.by_clock)
"""Those that move while nothing happens."""
