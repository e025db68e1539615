"""
Words of other people's trackers: how bad a priority is, whether a status is an end, which line works on it.

A history may come from any tool. What these words do not know counts as unknown, and never fails.
"""

from __future__ import annotations

import re
from functools import lru_cache

from hub.model import Value

_RANKS: dict[str, float] = {
    word: rank
    for rank, words in (
        (4.5, "blocker emergency p0 s0 sev0"),
        (4, "urgent critical highest immediate s1 p1 sev1 критический срочный неотложный блокирующий"),
        (3.5, "major severe"),
        (3, "high important s2 p2 sev2 высокий важный"),
        (2, "normal medium moderate average standard default s3 p3 sev3 обычный средний нормальный"),
        (1, "low minor s4 p4 sev4 низкий"),
        (0, "lowest trivial planning cosmetic none s5 p5 sev5 низший"),
    )
    for word in words.split()
}
_TOP = 5.0
"""What priority 1 is the first step below: `1 - Critical`, a plain 1, and `critical` are the same."""
_LEADING = re.compile(r"\s*(?:[sp]|sev(?:erity)?|prio(?:rity)?)?[\s\-_#]*(\d{1,3})(?!\d)(?:\s*[-:.)/]|\s|$)")


def rank(word: Value) -> float | None:
    """
    Return how bad a priority or severity is, worse is more; None where nobody can tell.

    Our own words, `s1` to `s4`, `P1`, `1 - Critical` (a smaller number is worse), Jira's `Lowest` to
    `Highest`, and plain numbers, which count like leading ones.
    """
    if isinstance(word, str):
        return _rank(word) if len(word) < _LONGEST else None
    if isinstance(word, bool) or not isinstance(word, (int, float)):
        return None
    return _TOP - word if abs(word) < _MANY else None  # not infinite, and a number at all


_MANY = 1_000
_LONGEST = 100


@lru_cache(maxsize=1_000)
def _rank(word: str) -> float | None:
    folded = word.casefold().strip()
    if folded in _RANKS:
        return _RANKS[folded]
    leading = _LEADING.match(folded)
    if leading:
        return _TOP - int(leading[1])
    named = re.findall(r"[^\W\d_]+", folded)
    return next((_RANKS[part] for part in named if part in _RANKS), None)


_DONE_WORDS = (
    "solved closed resolved done completed complete cancelled canceled rejected declined finished fixed"
    " duplicate withdrawn abandoned решен решён решена решено закрыт закрыта закрыто выполнен выполнено"
    " завершен завершён завершено отменен отменён отменено отклонен отклонён отклонено"
)
_DONE = frozenset(_DONE_WORDS.split()) | {
    "won't do",
    "wont do",
    "won't fix",
    "not a bug",
    "no action required",
}
_NUMBERED = re.compile(r"\s*\d{1,3}\s*[-:.)]\s*")


def is_done(status: Value) -> bool:
    """Return whether a status says that the work is over: `Closed`, `6 - Resolved`, `closed - no fault`."""
    return isinstance(status, str) and len(status) < _LONGEST and _is_done(status)


@lru_cache(maxsize=1_000)
def _is_done(status: str) -> bool:
    return not _DONE.isdisjoint(parts(status)[:2])


def plain(word: str) -> str:
    """Return a word as it is compared with others: `7 - Closed` and `CLOSED` are one."""
    return _NUMBERED.sub("", word.casefold(), count=1).strip()


@lru_cache(maxsize=4_000)
def parts(status: str) -> tuple[str, ...]:
    """Return a status whole and its parts, plain: `Completed/In Call` is that, `completed` and `in call`."""
    folded = plain(status)
    split = re.split(r"\s+[-–—:(]|\s*/|:|\(", folded)  # noqa: RUF001  dashes that people type
    return (folded, *(part.strip(" )") for part in split))


def line_of(word: Value) -> int | None:
    """Return which line of support a word names: `2`, `2nd`, `L3`, `Tier 2`; None where none does."""
    if isinstance(word, bool):
        return None
    if isinstance(word, (int, float)):
        return int(word) if 0 <= word < _MANY else None
    return _line_of(word) if isinstance(word, str) and len(word) < _LONGEST else None


_LINE = re.compile(
    r"\b(\d)(?:st|nd|rd|th)\b|\b(?:l|line|tier|level|линия|уровень)[\s\-_#]*(\d)\b|(?<!\d)(\d{1,3})(?!\d)",
    re.IGNORECASE,
)


@lru_cache(maxsize=1_000)
def _line_of(word: str) -> int | None:
    """`G97 2nd` names the second: a number that says what it counts goes before one that stands first."""
    found = list(_LINE.finditer(word))
    named = next((m[1] or m[2] for m in found if m[1] or m[2]), None) or next((m[3] for m in found), None)
    return int(named) if named else None


def is_yes(flag: Value) -> bool:
    """Return whether a flag is set, as any tool writes one."""
    return flag is True or (isinstance(flag, (int, str)) and str(flag).casefold().strip() in _YES)


_YES = frozenset({"true", "yes", "y", "1", "да"})
