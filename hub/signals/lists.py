"""The lists of words and patterns, made ready to be looked up. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final, NamedTuple

from hub.signals import (
    patterns_en,
    patterns_en_course,
    patterns_ru,
    patterns_ru_course,
    phrases_en,
    phrases_ru,
    unless_en,
    unless_ru,
    words_en,
    words_ru,
)
from hub.signals.spans import Index, Pattern, fold_pattern, patterns

_LEAST_STEM: Final = 3
_WORDS: Final = (words_en, words_ru)
_PATTERNS: Final = (patterns_en, patterns_en_course, patterns_ru, patterns_ru_course)


def _words(name: str) -> frozenset[str]:
    return frozenset(word for one in _WORDS for word in str(getattr(one, name)).split())


SOFTER: Final = _words("SOFTER")
LASTING: Final = _words("LASTING")
ASKS: Final = _words("ASKS")
WISHES: Final = _words("WISHES")
TURNS: Final = _words("TURNS")
BLAMED: Final = _words("BLAMED")
THANKS: Final = _words("THANKS")
IFS: Final = _words("IFS")
EXCEPT: Final = _words("EXCEPT")

BEARS: Final = {
    "frustration": -1.2,
    "churn": -1.2,
    "escalation_request": -0.5,
    "production_down": -0.6,
    "follow_up": -0.3,
    "confusion": -0.4,
    "urgency": -0.2,
    "gratitude": 0.9,
    "closure": 0.65,
}
"""What a signal adds to the mood, if its words did not already."""


class Weight(NamedTuple):
    """What a word adds to the mood as it stands, and denied."""

    plain: float
    denied: float
    trouble: bool


_NOTHING: Final = Weight(0.0, 0.0, trouble=False)


def _tables() -> tuple[dict[str, Weight], dict[str, Weight]]:
    """Return whole words and stems with their weights."""
    whole: dict[str, Weight] = {}
    stems: dict[str, Weight] = {}

    def put(listed: str, weight: Weight) -> None:
        for word in map(fold_pattern, listed.split()):
            (stems if word.endswith("*") else whole)[word.rstrip("*")] = weight

    for one in _WORDS:
        for weight, listed in one.TROUBLE.items():
            put(listed, Weight(-weight, 0.0, trouble=True))
        for weight, listed in sorted(one.GOOD.items()):
            put(listed, Weight(weight, -0.8 * min(weight, 1.5), trouble=False))
        for weight, listed in sorted(one.BAD.items()):
            put(listed, Weight(-weight, 0.3 * min(weight, 1.0), trouble=False))
        for weight, listed in one.IF_DENIED.items():
            for word in listed.split():
                plain = (_found(fold_pattern(word).rstrip("*"), whole, stems) or _NOTHING).plain
                put(word, Weight(max(plain, 0.0), -weight, trouble=weight < 1))
    return whole, stems


def _found(word: str, whole: Mapping[str, Weight], stems: Mapping[str, Weight]) -> Weight | None:
    found = whole.get(word)
    if found is None:
        lengths = range(len(word), _LEAST_STEM - 1, -1)
        found = next((stems[word[:n]] for n in lengths if word[:n] in stems), None)
    return found


_WHOLE, _STEMS = _tables()


@lru_cache(maxsize=1 << 15)
def weight_of(word: str) -> Weight | None:
    return _found(word, _WHOLE, _STEMS)


@lru_cache(maxsize=1)
def index() -> Index:
    """All patterns; made when first needed, because most commands read no text."""
    made: list[Pattern] = []
    for phrases in (phrases_en, phrases_ru):
        for weight, lines in phrases.PHRASES.items():
            made += patterns("mood", {weight: lines})
    for one in _PATTERNS:
        for signal, by_weight in one.PATTERNS.items():
            made += patterns(signal, by_weight)
    for unless in (unless_en, unless_ru):
        for signal, lines in unless.UNLESS.items():
            made += patterns(f"!{signal}", {0.0: lines})
    return Index(made)
