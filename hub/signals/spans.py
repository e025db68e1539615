"""
Words of a text with their places, and the patterns that are looked for in them. Pure.

A pattern is words in order: `a|b` is either, `word*` a stem, `word?` may be missing, `a_b` two words as
one choice, `..` up to three words between, `#` a number. Patterns are found by their first word only.
"""

# ruff: noqa: RUF001  letters of many scripts are meant

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from hub.signals import words_en, words_ru

MARKS: Final = ".!?"
"""Tokens between sentences."""
GLAD: Final = "🙂😀😃😄😁😆😊😍🥰😘😎🤗🤩😇👍👏🙏❤💕💖💗💙💚💛💜🎉🥳💪👌✌🔥⭐🌟✅😂🤣😉💯♥☺😋🙌"
SAD: Final = "🙁☹😞😠😡🤬😤👎😢😭😩😫😒😑🙄😔😟😣😖😰😱💔🤮🤢😾🤦😕😓😪😥😐😳🖕💩🤡"
_FACE: Final = r"[:;=]'?[-–^o]?(?:[)\]*]+|[([/\\|]+(?!/)|[dp](?!\w))|<3|\){2,}|\({2,}"
_TOKEN: Final = re.compile(
    rf"[^\W_]+(?:'[^\W_]+)*|{_FACE}|[{GLAD}{SAD}]|[.!?…;]+|,|\n|[()]",
)
_SAD_FACE: Final = re.compile(r".*[(\[/\\|]$")
_LONG_LINE: Final = 60
"""A line that long was broken by a mail program, not by its author."""
_GAP: Final = 3
_REACH: Final = 3
"""Words after a denial that it still turns round."""
_LEAST_STEM: Final = 2
GLAD_FACE, SAD_FACE = ":)", ":("

DENIALS: Final = frozenset(f"{words_en.DENIALS} {words_ru.DENIALS}".split())
LOUDER: Final = frozenset(f"{words_en.LOUDER} {words_ru.LOUDER}".split())


class Words(NamedTuple):
    """The words of a text, folded, and the marks between its sentences; each with its place in the text."""

    text: str
    words: list[str]
    starts: list[int]
    ends: list[int]
    denied: list[bool]
    """Whether a denial shortly before, in the same clause, turns the word round."""
    pauses: frozenset[int]
    """Words that stand behind a comma."""

    def quote(self, start: int, end: int) -> str:
        return self.text[self.starts[start] : self.ends[end - 1]]


def folded(text: str) -> str:
    """Return a text as its words are looked up, each letter in its place."""
    lower = text.lower().replace("ё", "е").replace("’", "'").replace("`", "'")
    if len(lower) == len(text):
        return lower
    return "".join(low if len(low := c.lower()) == 1 else c for c in text)


def words_of(text: str) -> Words:
    """Cut a text into words."""
    words: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    pauses: list[int] = []
    line = 0
    opened = "(" in text or text.isascii()  # Russians smile without eyes, others only forget to open
    for found in _TOKEN.finditer(folded(text)):
        piece, start = found.group(), found.start()
        if piece[0].isalnum():
            word = piece if piece.isalnum() else piece.replace("'", "")
        elif piece == ",":
            pauses.append(len(words))
            continue
        elif piece == "\n":
            long, line = start - line >= _LONG_LINE, start
            if long or not words or words[-1] in MARKS:
                continue
            word = "."
        else:
            word = _mark(piece, opened=opened)
            if not word:
                continue
        words.append(word)
        starts.append(start)
        ends.append(found.end())
    return Words(text, words, starts, ends, _denied(words, frozenset(pauses)), frozenset(pauses))


def _mark(piece: str, *, opened: bool) -> str:
    """Return what a piece without letters means; "" if nothing."""
    if piece[0] in ".!?…;":
        return "?" if "?" in piece else "!" if "!" in piece else "."
    if piece in "()":
        return "" if opened else GLAD_FACE if piece == ")" else ""
    if piece in GLAD or piece == "<3":
        return GLAD_FACE
    if piece in SAD or _SAD_FACE.match(piece):
        return SAD_FACE
    return GLAD_FACE


def _denied(words: Sequence[str], pauses: frozenset[int]) -> list[bool]:
    denied: list[bool] = []
    reach = 0
    for at, word in enumerate(words):
        if word in MARKS or at in pauses:
            reach = 0
        denied.append(reach > 0)
        if word in DENIALS:
            reach = _REACH
        elif word not in LOUDER:
            reach -= 1
    return denied


# patterns ---------------------------------------------------------------------------------------


class Element(NamedTuple):
    """One place of a pattern."""

    whole: frozenset[str]
    stems: tuple[str, ...]
    several: tuple[tuple[str, ...], ...]
    optional: bool
    gap: bool


class Pattern(NamedTuple):
    """What is looked for, what it tells, and how much."""

    label: str
    weight: float
    elements: tuple[Element, ...]
    denies: bool
    """It begins with a denial itself."""
    second: Element | None
    """What must stand behind its first word; None where that is not one word of these."""


class Found(NamedTuple):
    """A pattern at its place: words from `start` up to `end`."""

    label: str
    weight: float
    start: int
    end: int
    denied: bool


class Index:
    """Patterns by the words that they can begin with."""

    def __init__(self, patterns: Iterable[Pattern]) -> None:
        self._whole: dict[str, list[Pattern]] = {}
        self._stems: dict[str, list[Pattern]] = {}
        for pattern in patterns:
            first = pattern.elements[0]
            for word in {*first.whole, *(words[0] for words in first.several)}:
                table, key = (self._stems, word[:-1]) if word.endswith("*") else (self._whole, word)
                table.setdefault(key, []).append(pattern)
            for stem in first.stems:
                self._stems.setdefault(stem, []).append(pattern)
        self._begun = lru_cache(maxsize=1 << 14)(self._beginning)
        self._at = lru_cache(maxsize=1 << 15)(self._going_on)

    def _beginning(self, word: str) -> tuple[Pattern, ...]:
        """Return the patterns that may begin with a word."""
        found = [*self._whole.get(word, ())]
        for length in range(_LEAST_STEM, len(word) + 1):
            found += self._stems.get(word[:length], ())
        if word.isdigit():
            found += self._whole.get("#", ())
        return tuple(dict.fromkeys(found))

    def _going_on(self, word: str, following: str) -> tuple[Pattern, ...]:
        """Return those of them that the following word does not exclude: few are left, and this is kept."""
        return tuple(p for p in self._begun(word) if p.second is None or _may_be(p.second, following))

    def find(self, text: Words) -> list[Found]:
        """Return every pattern that the text shows, by its place."""
        words, at, denied = text.words, self._at, text.denied
        found: list[Found] = []
        for start, (word, following) in enumerate(zip(words, [*words[1:], ""], strict=True)):
            for pattern in at(word, following):
                end = matched(words, start, pattern.elements, 0)
                if end:
                    turned = denied[start] and not pattern.denies
                    found.append(Found(pattern.label, pattern.weight, start, end, turned))
        return found


def _may_be(element: Element, word: str) -> bool:
    return word in element.whole or word.startswith(element.stems)


def matched(words: Sequence[str], at: int, elements: Sequence[Element], which: int) -> int:
    """Return where the elements from `which` on end if they stand at `at`; 0 if they do not."""
    while which < len(elements):
        element = elements[which]
        which += 1
        if element.gap:
            return _over_gap(words, at, elements, which)
        width = _width(words, at, element)
        if width:
            if element.optional:
                end = matched(words, at + width, elements, which)
                if end:
                    return end
                continue
            at += width
        elif not element.optional:
            return 0
    return at


def _over_gap(words: Sequence[str], at: int, elements: Sequence[Element], which: int) -> int:
    for skipped in range(_GAP + 1):
        end = matched(words, at + skipped, elements, which)
        if end:
            return end
        if at + skipped >= len(words) or words[at + skipped] in MARKS or words[at + skipped] in DENIALS:
            return 0
    return 0


def _width(words: Sequence[str], at: int, element: Element) -> int:
    """Return how many words stand here for one element; 0 if none."""
    if at >= len(words):
        return 0
    word = words[at]
    if word in element.whole or (element.stems and word.startswith(element.stems)):
        return 1
    for several in element.several:
        if len(several) <= len(words) - at and all(map(_same, several, words[at : at + len(several)])):
            return len(several)
    return int("#" in element.whole and word.isdigit())


def _same(wanted: str, word: str) -> bool:
    return word.startswith(wanted[:-1]) if wanted.endswith("*") else word == wanted


def pattern(line: str, label: str, weight: float) -> Pattern:
    """Read one pattern."""
    elements = tuple(map(_element, line.split()))
    first = elements[0]
    starts = {*first.whole, *(words[0] for words in first.several)}
    denies = bool(starts & DENIALS) or bool(set(first.stems) & DENIALS)
    return Pattern(label, weight, elements, denies, None if first.several else _second(elements[1:]))


def _second(elements: Sequence[Element]) -> Element | None:
    """Return all that the next word may be, where some elements may be missing; None if any word may."""
    whole: set[str] = set()
    stems: set[str] = set()
    for element in elements:
        if element.gap or "#" in element.whole:
            return None
        whole |= element.whole | {words[0] for words in element.several}
        stems |= {*element.stems, *(w[:-1] for w in whole if w.endswith("*"))}
        if not element.optional:
            return Element(frozenset(whole), tuple(sorted(stems)), (), optional=False, gap=False)
    return None


def patterns(label: str, by_weight: Mapping[float, str]) -> Iterable[Pattern]:
    """Read the patterns of one label, a line each."""
    for weight, lines in by_weight.items():
        yield from (pattern(line, label, weight) for line in lines.splitlines() if line.strip())


def _element(written: str) -> Element:
    optional = written.endswith("?")
    choices = [fold_pattern(choice) for choice in written.rstrip("?").split("|") if choice]
    return Element(
        frozenset(c for c in choices if not c.endswith("*") and "_" not in c),
        tuple(c[:-1] for c in choices if c.endswith("*") and "_" not in c),
        tuple(tuple(c.split("_")) for c in choices if "_" in c),
        optional,
        written == "..",
    )


def fold_pattern(written: str) -> str:
    """Return a pattern's word as texts are folded; its marks stay."""
    return written.lower().replace("ё", "е").replace("'", "")
