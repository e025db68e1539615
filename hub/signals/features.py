"""
What the heads see of a text beside its embedding: the lexicon's reading, and how it is written. Pure.

Handles, links and hash marks say who is spoken to and not how: the encoder is not given them. How long a text
is, and whether it names somebody, tells more of where it was written than of a mood: it is not seen at all.
"""

# ruff: noqa: RUF001  Russian words are meant

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Final

from hub.signals.reading import SIGNALS, Reading
from hub.signals.spans import GLAD, SAD

_LINK: Final = re.compile(r"https?://\S*|\bwww\.\S+|\b[a-z]{1,12}\.(?:ly|co|com|ru|gl)/\S+", re.IGNORECASE)
_HANDLE: Final = re.compile(r"(?<!\w)@\w+:?")
_REPEATED: Final = re.compile(r"^\s*RT\b|\bRT @|^\s*\"@")
_SPACES: Final = re.compile(r"\s+")
_SENTENCE: Final = re.compile(r"[^.!?…\n]*[^\s.!?…][^.!?…\n]*[.!?…)(]*")
_ASKING: Final = re.compile(
    r"\W*(?:how|what|when|where|who|which|can|could|is|are|do|does|did|will|any(?:one|body)|"
    r"как|где|когда|что|кто|как(?:ой|ая|ие|ое)|можно|сколько|есть|подскажите|почему|зачем|а)\b",
    re.IGNORECASE,
)
_POLITE: Final = re.compile(
    r"\b(?:please|pls|could you|i'?d like|would like|просьба|прошу|пожалуйста|подскажите|хотел)",
    re.IGNORECASE,
)
_GLAD_FACE: Final = re.compile(rf"[{GLAD}]|[:;=]-?[)D\]]|<3|\){{2,}}|(?<=[^\W\d_])\)(?:\s|$)")
_SAD_FACE: Final = re.compile(rf"[{SAD}]|[:=]-?[(\[/]|\({{2,}}|(?<=[^\W\d_])\((?:\s|$)")
_MANY: Final = 3
_LONG_TEXT: Final = 45
"""Words from which a text is read by its sentences: an embedding of everything says too little of each."""
_FIRST, _LAST = 3, 2
_LONGEST: Final = 400
"""Characters of a sentence that are encoded."""

WRITTEN: Final = (
    "asks", "ends with ?", "asking word", "polite", "!", "!!", "link", "repeated", "#", "glad face",
    "sad face", "shouted", "…", "digits",
)  # fmt: skip
FELT: Final = ("mood", "mood squared", "negative", "positive", "bad words", "good words")
FEATURES: Final = (*FELT, *SIGNALS, *WRITTEN)
"""Their names, in order; the weights name them too, so that neither can move alone."""


def cleaned(text: str) -> str:
    """Return what the encoder is given of a text."""
    text = _HANDLE.sub(" ", _LINK.sub(" ", text)).replace("#", " ").replace("_", " ")
    text = re.sub(r"^\s*RT\b[:\s]*", "", text)
    return _SPACES.sub(" ", text).strip() or "."


def sentences(text: str) -> list[str]:
    """Return the sentences of a text, each an exact part of it."""
    found = [match.group().strip() for match in _SENTENCE.finditer(text)]
    return [one for one in found if one] or [text]


def pieces(text: str) -> list[str]:
    """Return what is encoded of a text: all of it, or the first and last sentences of a long one."""
    if len(text.split()) <= _LONG_TEXT:
        return [text]
    found = sentences(text)
    kept = found if len(found) <= _FIRST + _LAST else [*found[:_FIRST], *found[-_LAST:]]
    return [one[:_LONGEST] for one in kept]


def features(text: str, reading: Reading) -> list[float]:
    """Return the values of `FEATURES`, all of them between -1 and 1."""
    return [*_felt(reading), *_written(text)]


def _felt(reading: Reading) -> Sequence[float]:
    moods = {"negative": 0.0, "positive": 0.0}
    for span in reading.spans:
        if span.signal in moods:
            moods[span.signal] += abs(span.weight)
    told = set(reading.signals)
    return [
        reading.mood,
        reading.mood * abs(reading.mood),
        float(reading.sentiment == "negative"),
        float(reading.sentiment == "positive"),
        math.tanh(moods["negative"] / 2),
        math.tanh(moods["positive"] / 2),
        *(float(signal in told) for signal in SIGNALS),
    ]


def _written(text: str) -> Sequence[float]:
    letters = [c for c in text if c.isalpha()]
    return [
        float("?" in text),
        float(text.rstrip().endswith("?")),
        float(_ASKING.match(cleaned(text)) is not None),
        float(_POLITE.search(text) is not None),
        min(text.count("!"), _MANY) / _MANY,
        float("!!" in text or "?!" in text),
        float(_LINK.search(text) is not None),
        float(_REPEATED.search(text) is not None),
        min(text.count("#"), _MANY) / _MANY,
        float(_GLAD_FACE.search(text) is not None),
        float(_SAD_FACE.search(text) is not None),
        float(sum(map(str.isupper, letters)) > len(letters) / 2),
        float("..." in text or "…" in text),
        sum(map(str.isdigit, text)) / max(len(text), 1),
    ]
