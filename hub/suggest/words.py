"""
Words by their stems, so that `invoice` finds `invoices` and `счёт` finds `счета`. Pure.

Light stemming for English and Russian: endings are taken off, nothing is looked up. Words of other
languages stay as they are. What is no word but tells a lot (`502`, `ERR_TIMEOUT`, `4.2.1`) is kept whole.
"""

# ruff: noqa: RUF001  Russian words are meant

from __future__ import annotations

import re
from functools import lru_cache

_TOKEN = re.compile(r"[^\W_]+(?:[._'’-][^\W_]+)*")
_DIGITS = 6
"""A number this long is an order, a phone, a card: it tells whose ticket it is, not what it is about."""
_LONGEST = 40
_CYRILLIC = re.compile(r"[а-яё]")

_RUSSIAN = re.compile(
    r"(?:иями|ями|ами|ого|ему|ому|ыми|ими|его|ешь|ишь|ете|ите|ется|ится|ются|ятся|ться|тся|лся|лась|лось"
    r"|лись|ать|ять|еть|ить|уть|ует|уют|ает|яет|ают|яют|ла|ло|ли|ил|ал|ял|ел|ые|ие|ый|ий|ой|ая|яя|ое|ее|ую|юю"
    r"|ых|их|ым|им|ом|ем|ам|ям|ах|ях|ов|ев|ей|ия|ии|ию|ью|ит|ют|ят|ут|а|я|о|е|и|ы|у|ю|ь|й)$"
)
_KEPT = 3
"""Letters of a stem, at least."""


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


_STOP = _set("""
    a an and any are as at be been but by can could did do does for from get got had has have hello hi i
    if in into is it its just me my no not of on or our out please so some thank thanks that the their
    them then there they this to too up us was we were what when where which who will with would you your
    dear regards best team since after before all also am about how he she his her again still now very а
    без бы был была были было в вам вас ваш во вот все всё да для до добрый день его ее её если есть еще
    ещё же за здравствуйте и из или им их к как когда ко коллеги меня мне мы на нам нас наш не нет ни но
    ну о об он она они от очень по пожалуйста при привет просьба с себе со спасибо так также там то тоже
    только у уже уважением что чтобы это эта эти этот я добрый утро вечер
    """)
"""Words that carry nothing of what a ticket is about."""


def stems(text: str) -> list[str]:
    """Return the stems of the words that carry something, in their order."""
    return [found for token in _TOKEN.findall(text) if (found := stem(token))]


def tokens(text: str) -> list[str]:
    """Return the words of a text, common ones too, as they stand there."""
    return _TOKEN.findall(text)


def forms(text: str) -> list[tuple[str, str]]:
    """Return each word, common ones too: what all its forms have in common, and how it stands there."""
    return [(form(token), token) for token in _TOKEN.findall(text)]


@lru_cache(maxsize=1 << 17)
def stem(token: str) -> str:
    """Return what all forms of a word have in common; "" of a common word, and of a long number."""
    word = token.casefold()
    if word in _STOP or len(word) == 1 or len(word) > _LONGEST:
        return ""
    return "" if sum(c.isdigit() for c in word) >= _DIGITS else form(token)


@lru_cache(maxsize=1 << 17)
def form(token: str) -> str:
    """Return what all forms of a word have in common."""
    word = token.casefold().replace("ё", "е").replace("’", "'")
    if any(c.isdigit() for c in word):
        return word
    word = word.removesuffix("'s") or word
    return _russian(word) if _CYRILLIC.search(word) else _english(word)


def _russian(word: str) -> str:
    cut = _RUSSIAN.search(word, _KEPT)
    short = word[: cut.start()] if cut else word
    if len(short) > _KEPT + 1:
        short = short.rstrip("аеиоуыэюя")
        short = short[:-2] + short[-1] if short.endswith(("ен", "ок", "ец")) else short  # список, списка
    if len(short) > _KEPT:
        short = short.removesuffix("л")
    return short[:-1] if short.endswith("нн") else short


_ENGLISH = tuple(
    (ending, instead)
    for instead, endings in (
        ("ate", "ational ations ation"), ("ize", "ization"), ("ful", "fulness"), ("ive", "iveness"),
        ("ous", "ousness"), ("ity", "ities"), ("ur", "ures ure"), ("ss", "sses"), ("y", "ies ied"),
        ("", "ements ement ments ment ingly edly ings ing ness ed"), ("e", "es"), ("", "s"),
    )
    for ending in endings.split()
)  # fmt: skip
"""Endings, the longer ones first, and what stands in their place."""


def _english(word: str) -> str:
    if len(word) <= _KEPT or word.endswith("ss"):
        return word
    for ending, instead in _ENGLISH:
        if word.endswith(ending) and len(word) - len(ending) >= _KEPT:
            word = word[: -len(ending)] + instead
            break
    if len(word) > _KEPT and word[-1] == word[-2] and word[-1] not in "lsz":
        word = word[:-1]  # stopped, stop
    if len(word) > _KEPT:
        word = word.removesuffix("e")
    return word[:-1] + "i" if word.endswith("y") and len(word) > _KEPT else word
