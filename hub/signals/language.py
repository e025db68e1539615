"""Which language a text is written in, told by its script and its commonest words. Pure."""

# ruff: noqa: RUF001  letters of many scripts are meant
from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Final

from hub.signals import language_words

_MOST: Final = 6000
"""So many characters are enough to tell."""
_SCRIPTS: Final = (
    ("ja", re.compile("[\u3041-\u30ff]")),
    ("ko", re.compile("[\uac00-\ud7af]")),
    ("zh", re.compile("[\u4e00-\u9fff]")),
    ("el", re.compile("[\u0370-\u03ff]")),
    ("he", re.compile("[\u05d0-\u05ea]")),
    ("ar", re.compile("[\u0620-\u06ff]")),
    ("th", re.compile("[\u0e01-\u0e5b]")),
    ("hi", re.compile("[\u0904-\u097f]")),
    ("ka", re.compile("[\u10d0-\u10ff]")),
    ("hy", re.compile("[\u0531-\u0587]")),
    ("cyrillic", re.compile("[\u0400-\u045f\u0490\u0491]")),
    ("latin", re.compile("[A-Za-z\u00c0-\u024f\u1e00-\u1eff]")),
)
_NAMES: Final = tuple(name for name, _ in _SCRIPTS)
_PERSIAN: Final = re.compile("[پچژگی]")
_NOISE: Final = re.compile(r"\S*(?:://|@)\S*|^\s*>.*$", re.MULTILINE)
_NOISE_MARKS: Final = ("@", "://", ">")
"""Without one of them there is no noise: to look for these is much quicker."""
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_FEWEST_LETTERS: Final = 8
_FEWEST_WORDS: Final = 3
_LEAD: Final = 1.25
"""The best language must beat the second by this factor."""

_MARKS: Final = {
    "de": "ß", "es": "ñ¿¡", "pt": "ãõ", "fr": "œùû", "pl": "łżźśćń", "cs": "řěů", "sk": "ľĺŕô",
    "tr": "ğışİ", "hu": "őű",
    "ro": "țșăţş",
    "vi": "ơưđạảấầậắằặẹẻếềệịỉọỏốồộớờợụủứừựỳỵ", "sv": "ä", "da": "æ", "no": "æ", "fi": "ä",
}  # fmt: skip
"""Letters that no, or few, other languages of the table use: each word with one of them counts as known."""


def _table(words: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    table: dict[str, tuple[str, ...]] = {}
    for language, listed in words.items():
        for word in set(listed.split()):
            table[word] = (*table.get(word, ()), language)
    return table


_LATIN: Final = _table(language_words.LATIN)
_CYRILLIC: Final = _table(language_words.CYRILLIC)


def guess(text: str) -> str:
    """Return the ISO 639-1 code of a text's language, or "" if it is too short or not clear."""
    text = text[:_MOST]
    if any(mark in text for mark in _NOISE_MARKS):
        text = _NOISE.sub(" ", text)
    text = text.lower()
    scripts = _SCRIPTS[-1:] if text.isascii() else _SCRIPTS
    counts = dict.fromkeys(_NAMES, 0) | {name: len(pattern.findall(text)) for name, pattern in scripts}
    counts["ja"] *= 3  # Japanese is written with Chinese characters in between
    for script in ("zh", "ja", "ko"):
        counts[script] *= 2  # one of their characters is worth a few letters
    name = max(counts, key=lambda it: counts[it])
    if counts[name] < _FEWEST_LETTERS:
        return ""
    if name == "latin":
        return _by_words(text, _LATIN, marks=True)
    if name == "cyrillic":
        return _cyrillic(text)
    if name == "ar" and len(_PERSIAN.findall(text)) * 20 > counts["ar"]:
        return "fa"
    if name == "zh" and counts["ja"] * 4 > counts["zh"]:
        return "ja"
    return name


def _cyrillic(text: str) -> str:
    """Some languages have letters of their own; the others are told by their words."""
    seen = Counter(text)
    own = {
        "be": seen["ў"] * 4,
        "uk": seen["є"] + seen["ї"] + seen["ґ"],
        "sr": seen["ђ"] + seen["ћ"] + seen["љ"] + seen["њ"] + seen["џ"] + seen["ј"],
    }
    best = max(own, key=lambda it: own[it])
    if own[best]:
        return best
    if seen["ы"] or seen["э"] or seen["ё"]:
        return "ru" if not seen["і"] else "be"
    if seen["і"]:
        return "uk"
    return _by_words(text, _CYRILLIC) or ("bg" if seen["ъ"] > len(text) // 60 else "ru")


def _by_words(text: str, table: dict[str, tuple[str, ...]], *, marks: bool = False) -> str:
    """The language of which most words are common ones, if it clearly leads."""
    words = _WORD.findall(text.replace("’", "'"))
    if len(words) < _FEWEST_WORDS:
        return ""
    scores: Counter[str] = Counter()
    for word, times in Counter(words).items():
        known = table.get(word, ())
        for language in known:
            scores[language] += times * (6 // len(known) + 1)
    accented = [word for word in words if not word.isascii()] if marks and not text.isascii() else []
    for language, letters in _MARKS.items() if accented else ():
        scores[language] += 2 * sum(not set(letters).isdisjoint(word) for word in accented)
    (best, most), (_, second) = [*scores.most_common(2), ("", 0), ("", 0)][:2]
    enough = most >= 8 and most >= len(words) // 3  # noqa: PLR2004
    return best if enough and most >= second * _LEAD else ""
