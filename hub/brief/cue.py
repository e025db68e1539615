"""Looking for the words by which a sentence shows what it tells. Pure."""

# ruff: noqa: RUF001  Russian letters are meant

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple


class Cue(NamedTuple):
    """Where a sentence shows it, and how clearly."""

    weight: float
    start: int
    end: int


NO_CUE = Cue(0.0, 0, 0)


_CYRILLIC = re.compile(r"[а-яё]", re.IGNORECASE)
_LATIN = re.compile(r"[a-z]", re.IGNORECASE)


class Cues:
    """Patterns of one topic, each with its weight; what denies the topic altogether."""

    def __init__(self, *weighted: tuple[float, str], never: str = "") -> None:
        self.patterns = [(weight, re.compile(p, re.IGNORECASE), _scripts(p)) for weight, p in weighted]
        self.never = re.compile(never, re.IGNORECASE) if never else None

    def in_(self, text: str) -> Cue:
        """Return the clearest cue; more of them in a sentence make it a little clearer."""
        return _cue(self, text)


def _scripts(pattern: str) -> tuple[bool, bool]:
    """Return whether a pattern needs Latin, and whether it needs Cyrillic letters to be found."""
    cyrillic = _CYRILLIC.search(pattern) is not None
    latin = _LATIN.search(re.sub(r"\\.|\(\?[P<a-z>:=!]+", "", pattern)) is not None
    return latin and not cyrillic, cyrillic and not latin


@lru_cache(maxsize=1 << 14)
def _cue(cues: Cues, text: str) -> Cue:
    """The same sentence is looked at for every side, and again with every comment that follows it."""
    without = (_LATIN.search(text) is None, _CYRILLIC.search(text) is None)
    found = [
        Cue(weight, hit.start(), hit.end())
        for weight, pattern, needs in cues.patterns
        if not (needs[0] and without[0])
        and not (needs[1] and without[1])
        and (hit := pattern.search(text)) is not None
    ]
    if not found or (cues.never is not None and cues.never.search(text)):
        return NO_CUE
    best = max(found, key=lambda cue: cue.weight)
    return best._replace(weight=best.weight + 0.2 * (len(found) - 1))
