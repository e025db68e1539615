"""
Which of the patterns that a text shows are signals that hold. Pure.

Precision first, because each signal raises a score: what is denied, only supposed, over by the end of
the text, or known to look like a signal and be none, is let go.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from hub.signals.lists import ASKS, BEARS, EXCEPT, IFS, THANKS, TURNS, weight_of
from hub.signals.reading import SIGNALS, Span
from hub.signals.spans import MARKS, Found, Words

_QUOTE: Final = 100
"""Characters of a signal's quote, about."""
_SIGNED: Final = 4
"""Words of thanks at the end of a letter, at most."""
_MOST: Final = 3
"""Quotes of one signal, at most."""
_BEHIND, _AHEAD = 6, 12
"""Words in which a supposition, or a turn, bears on a signal."""


def signals_in(words: Words, found: Sequence[Found]) -> Iterator[Found]:
    """Yield the signals that hold, each place once for each."""
    closed = any(f.label == "closure" and not f.denied for f in found)
    for one in found:
        if one.label not in BEARS or one.denied:
            continue
        if any(f.label[1:] == one.label and f.label[0] == "!" and _meet(f, one) for f in found):
            continue
        if one.label in {"urgency", "production_down"} and _supposed(words, one):
            continue
        if one.label == "production_down" and _over(words, one, found):
            continue
        if one.label == "gratitude" and signs_off(words, one.start, closed=closed):
            continue
        if one.label == "closure" and _turned(words, one):
            continue
        yield one


def _meet(one: Found, other: Found) -> bool:
    return one.start < other.end and other.start < one.end


def _supposed(words: Words, one: Found) -> bool:
    """`If production goes down` and `is it urgent?` report nothing."""
    for at in range(one.start - 1, max(one.start - _BEHIND, -1), -1):
        if words.words[at] in MARKS:
            return False
        if words.words[at] in IFS:
            return True
        if at + 1 in words.pauses:
            return False
    return False


def _over(words: Words, one: Found, found: Sequence[Found]) -> bool:
    """Whether the text goes on to say that it works again, and not that it broke once more."""
    ended = [f for f in found if f.label == "closure" and not f.denied and f.start >= one.start]
    return bool(ended) and not any(word in TURNS for word in words.words[ended[-1].end :])


def _turned(words: Words, one: Found) -> bool:
    """`It works now, but …` closes nothing."""
    after = words.words[one.end : one.end + _AHEAD]
    return any(word in TURNS or word in EXCEPT for word in after)


def signs_off(words: Words, at: int, *, closed: bool) -> bool:
    """Whether thanks only close a letter that asks for something, or tells of trouble that goes on."""
    ahead = [word for word in words.words[at:] if word not in MARKS]
    if len(ahead) > _SIGNED or words.words[at] not in THANKS:
        return False
    before = words.words[:at]
    if any(word in ASKS or word == "?" for word in before):
        return True
    return not closed and any((weight := weight_of(word)) is not None and weight.plain < 0 for word in before)


def spans_of(words: Words, signals: Sequence[Found]) -> Iterator[Span]:
    """Yield the best few quotes of each signal."""
    for signal in SIGNALS:
        mine = sorted((s for s in signals if s.label == signal), key=lambda s: (-s.weight, s.start - s.end))
        kept: list[Found] = []
        for one in mine:
            if not any(_meet(one, other) for other in kept):
                kept.append(one)
        for one in kept[:_MOST]:
            yield Span(signal, _sentence(words, one), one.weight)


def _sentence(words: Words, one: Found) -> str:
    """Return as much of the sentence around the words as a person needs to judge them."""
    start, end = one.start, one.end
    growing = True
    while growing:
        growing = False
        for first, last in ((start - 1, end), (start, end + 1)):
            inside = first >= 0 and last <= len(words.words)
            edge = words.words[first if first < start else last - 1] if inside else "."
            if edge in MARKS or words.ends[last - 1] - words.starts[first] > _QUOTE:
                continue
            start, end, growing = min(start, first), max(end, last), True
    return words.quote(start, end)
