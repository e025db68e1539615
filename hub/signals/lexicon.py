"""
The lexicon: reads English and Russian without a model, and always says by which words. Pure.

Moods come from words with weights, turned round by denials, made stronger or weaker by what stands
beside them. A mere report of trouble is neutral; trouble that lasts, comes back or is shouted is not,
and neither is trouble in a short text that asks for nothing: there the complaint is the message.
Signals come from patterns, precision first: each raises a score.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from hub.signals import language
from hub.signals.lists import ASKS, BEARS, BLAMED, LASTING, SOFTER, TURNS, WISHES, index, weight_of
from hub.signals.reading import Reading, Sentiment, Span
from hub.signals.spans import GLAD_FACE, LOUDER, MARKS, SAD_FACE, Found, Words, words_of
from hub.signals.telling import signals_in, signs_off, spans_of

VERSION: Final = "lexicon-2"
"""Moves when the same text would be read otherwise."""
LONGEST: Final = 6_000
"""Characters that are read: who is angry says so early."""
_TELLING, _BY_LENGTH, _MOST = 0.6, 0.012, 1.6
"""How much a text must weigh to have a mood, and how much more for each of its words."""
_HALF: Final = 1.5
"""A weight that makes half a mood."""
_SHOUT: Final = 2
_ASKED: Final = 0.4
"""What is left of trouble in a text that asks for help with it."""
_LASTED: Final = 0.4
"""What trouble weighs more if it lasts, or comes back."""
_DENIED: Final = 0.8
"""What praise weighs against, if it is denied."""
_WISH: Final = 0.25
"""What is left of praise that is only wished for."""
_REPORT: Final = 0.5
"""Trouble that is only told counts for no more than this: it is no mood yet."""
_OUTCRY, _MUCH, _SHORT = 0.7, -1.0, 15
"""But for this, if it is so much in a text of so few words that asks for nothing: that is a complaint."""


class Hit(NamedTuple):
    """Words that add to the mood."""

    start: int
    end: int
    weight: float
    trouble: bool


@lru_cache(maxsize=1 << 12)
def read(text: str) -> Reading:
    """Return the mood and the signals of a text that a person wrote; the same for the same text."""
    words = words_of(text[:LONGEST])
    if not words.words:
        return Reading(version=VERSION)
    found = index().find(words)
    signals = list(signals_in(words, found))
    lasts = _lasts(words, found)
    hits = _weighed(words, list(_hits(words, found)), signals, lasts=lasts)
    total = _total(words, hits, signals, lasts=lasts)
    telling = min(_TELLING + _BY_LENGTH * max(len(words.words) - 20, 0), _MOST)
    sentiment: Sentiment = "neutral" if abs(total) < telling else "positive" if total > 0 else "negative"
    spans = [*spans_of(words, signals), *_moods(words, hits)]
    return Reading(
        language=language.guess(text),
        sentiment=sentiment,
        mood=round(total / (abs(total) + _HALF), 3),
        spans=tuple(spans),
        version=VERSION,
    )


# moods ------------------------------------------------------------------------------------------


def _hits(words: Words, found: Sequence[Found]) -> Iterator[Hit]:
    """Yield the words and phrases that colour the text, each word in one of them only."""
    phrases: dict[int, Found] = {}
    for one in found:
        if one.label == "mood" and (one.start not in phrases or phrases[one.start].end < one.end):
            phrases[one.start] = one
    after = 0
    for at, word in enumerate(words.words):
        if at < after:
            continue
        phrase = phrases.get(at)
        if phrase is not None:
            after = phrase.end
            weight = -_DENIED * max(phrase.weight, 0.0) if phrase.denied else phrase.weight
            if weight:
                yield Hit(at, after, weight, trouble=False)
            continue
        if word in {GLAD_FACE, SAD_FACE}:
            yield Hit(at, at + 1, 1.0 if word == GLAD_FACE else -1.0, trouble=False)
            continue
        known = weight_of(word)
        if known is not None:
            value = known.denied if words.denied[at] else known.plain
            if value:
                yield Hit(at, at + 1, value * _force(words, at), known.trouble and value < 0)


def _force(words: Words, at: int) -> float:
    """Return how much stronger or weaker a word is for what stands beside it."""
    before = words.words[max(at - 2, 0) : at]
    force = 1.4 if any(word in LOUDER for word in before) else 1.0
    if any(word in SOFTER for word in before):
        force *= 0.6
    if words.ends[at] - words.starts[at] > _SHOUT and words.quote(at, at + 1).isupper():
        force *= 1.3
    return force


def _weighed(words: Words, hits: Sequence[Hit], signals: Sequence[Found], *, lasts: bool) -> list[Hit]:
    """Return the hits as they count in the whole: wishes, questions, thanks under a request, irony."""
    asks = any(word in ASKS for word in words.words)
    turn = max((at for at, word in enumerate(words.words) if word in TURNS), default=-1)
    ironic = _ironic(words, hits, signals, lasts=lasts)
    closed = any(s.label == "closure" for s in signals)
    counted: list[Hit] = []
    for hit in hits:
        weight = hit.weight
        if hit.trouble:
            weight *= _ASKED if asks else 1.0
        if weight > 0:
            weight *= _sincere(words, hit, closed=closed)
            if ironic:
                weight *= -0.5
        if turn >= 0:
            weight *= 0.6 if hit.start < turn else 1.2
        counted.append(hit._replace(weight=weight))
    return counted


def _sincere(words: Words, hit: Hit, *, closed: bool) -> float:
    """Return how far praise is meant: not where it is wished for, asked for, or only polite."""
    if signs_off(words, hit.start, closed=closed):
        return 0.0
    for at in range(hit.start - 1, -1, -1):
        if words.words[at] in MARKS:
            break
        if words.words[at] in WISHES:
            return _WISH
    for at in range(hit.end, len(words.words)):
        if words.words[at] in MARKS:
            return 0.4 if words.words[at] == "?" else 1.0
    return 1.0


def _ironic(words: Words, hits: Sequence[Hit], signals: Sequence[Found], *, lasts: bool) -> bool:
    """`Great, it crashed again`: praise first, then trouble that lasts, and nothing solved."""
    if any(s.label == "closure" for s in signals) or any(word in TURNS for word in words.words):
        return False
    first = next(iter(hits), None)
    if first is None or first.weight <= 0 or first.start > 1:
        return False
    bad = [hit for hit in hits if hit.weight < 0 and hit.start > first.start]
    return bool(bad) and (sum(h.weight for h in bad) <= -1.2 or lasts)  # noqa: PLR2004


def _lasts(words: Words, found: Sequence[Found]) -> bool:
    """Whether something lasts or comes back; `good day` lasts not."""
    said = {at for one in found if one.label == "mood" and not one.weight for at in range(one.start, one.end)}
    return any(word in LASTING and at not in said for at, word in enumerate(words.words))


def _total(words: Words, hits: Sequence[Hit], signals: Sequence[Found], *, lasts: bool) -> float:
    trouble = sum(hit.weight for hit in hits if hit.trouble)
    total = sum(hit.weight for hit in hits if not hit.trouble)
    if trouble:
        total += trouble if lasts and trouble < 0 else max(trouble, -_bound(words, trouble))
        total -= 0.15 if any(w in BLAMED for w in words.words) else 0.0
    for signal, bears in BEARS.items():
        mine = [s for s in signals if s.label == signal]
        if mine:
            inside = sum(h.weight for h in hits if any(s.start < h.end and h.start < s.end for s in mine))
            missing = bears - inside
            total += missing if missing * bears > 0 else 0.0
    if lasts and (trouble < 0 or any(s.label == "follow_up" for s in signals)):
        total -= _LASTED
    return _emphasis(words, total)


def _bound(words: Words, trouble: float) -> float:
    """Return how much trouble may weigh that is told without saying that it lasts."""
    short = (
        trouble <= _MUCH
        and len(words.words) <= _SHORT
        and not any(word in ASKS or word == "?" for word in words.words)
    )
    return _OUTCRY if short else _REPORT


def _emphasis(words: Words, total: float) -> float:
    text = words.text
    if "!" in text:
        total *= 1 + 0.1 * min(text.count("!"), 3)
    if total <= 0 and ("?!" in text or "!?" in text or "??" in text):
        total -= 0.4
    letters = [c for c in text if c.isalpha()] if text.isupper() or sum(map(str.isupper, text)) > 12 else []  # noqa: PLR2004
    if len(letters) > 12 and sum(map(str.isupper, letters)) > 0.6 * len(letters):  # noqa: PLR2004
        total += -0.5 if total <= 0 else 0.3
    return total


def _moods(words: Words, hits: Sequence[Hit]) -> Iterator[Span]:
    """Yield the words that weigh most in the mood."""
    heavy = sorted((h for h in hits if abs(h.weight) >= 0.3), key=lambda h: (-abs(h.weight), h.start))[:8]  # noqa: PLR2004
    for hit in sorted(heavy, key=lambda h: h.start):
        label = "positive" if hit.weight > 0 else "negative"
        yield Span(label, words.quote(hit.start, hit.end), round(hit.weight, 2))
