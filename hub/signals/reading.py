"""What a reading of one text is, whoever made it: the lexicon, an encoder, a configured endpoint. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol, TypeAlias, get_args

import msgspec

from hub.fingerprint import digest as digest_of

Signal: TypeAlias = Literal[
    "frustration",
    "urgency",
    "churn",
    "escalation_request",
    "production_down",
    "follow_up",
    "confusion",
    "gratitude",
    "closure",
]
Sentiment: TypeAlias = Literal["negative", "neutral", "positive"]

SIGNALS: tuple[str, ...] = get_args(Signal)
"""All of them, in the order in which people should see them."""


class Span(msgspec.Struct, frozen=True):
    """Words of a text that made its reading: an exact part of it."""

    signal: str
    """A signal's name, or `negative`, `positive` for what only colours the mood."""
    quote: str
    weight: float
    """How sure a signal is, between 0 and 1; of a mood, what it adds to it (below 0: bad)."""


class Reading(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one text told. `mood` lies between -1 and 1; the sentiment is its class."""

    language: str = ""
    """ISO 639-1; "" where the text is too short to tell."""
    sentiment: Sentiment = "neutral"
    mood: float = 0.0
    spans: tuple[Span, ...] = ()
    by: str = "lexicon"
    version: str = ""

    @property
    def signals(self) -> tuple[str, ...]:
        """The signals that have a span, in the order of `SIGNALS`."""
        told = {span.signal for span in self.spans}
        return tuple(signal for signal in SIGNALS if signal in told)

    def quote(self, signal: str) -> str:
        """Return the words that tell a signal most surely; "" if none does."""
        told = (span for span in self.spans if span.signal == signal)
        return max(told, key=lambda s: s.weight, default=Span(signal, "", 0.0)).quote


class Reader(Protocol):
    """Reads many texts at once. Texts are human ones already (`hub.signals.human`)."""

    @property
    def version(self) -> str:
        """Moves when a text could be read otherwise: what was stored under another one is read anew."""
        ...

    def read(self, texts: Sequence[str]) -> list[Reading]:
        """Return one reading a text, in their order."""
        ...


def digest(text: str) -> str:
    """Return the key under which readings of a text are kept."""
    return digest_of(text)
