"""
The mood of what a customer wrote, by a list of words: good, neutral or bad. Pure.

A rough reading, good for a trend over many comments and never for judging one person. It knows
English and Russian words, their denial and their emphasis; irony, other languages and everything
said between the lines it does not know. Measured on public sentences that it was not made from
(`tests/unit/hub/test_tone.py` measures again): of 3,000 English reviews it dares to call half, and is
right in 95 % of those; of film dialogue it calls 21 % (English) and 10 % (Russian) of what people felt
something at, and is right in 4 of 5. What it does not dare to call is `neutral`: it misses many moods
and invents few.
"""

# ruff: noqa: RUF001  Russian words and curly quotes are meant

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Literal, TypeAlias

import msgspec

from hub.tone_words import BAD, DENIALS, FACES, GOOD, IF_DENIED, LOUDER, PHRASES

Tone: TypeAlias = Literal["good", "neutral", "bad"]

_LONGEST = 4_000
"""Characters that are read: who is angry says so early."""
_REACH = 3
"""Words after a denial that it still turns round."""
_TELLING = 1.0
"""How much a text must weigh before it counts as a mood."""
_BY_LENGTH, _MOST = 0.05, 3.0
"""And how much more for each of its words: a long report with one sigh in it stays a report."""


class Reading(msgspec.Struct, frozen=True):
    """A mood, and the words that made it, for people who ask why."""

    tone: Tone
    weight: float
    words: tuple[str, ...] = ()


def tone_of(text: str) -> Tone:
    """Return the mood of a text, without what its author only quotes or signs with."""
    return read(text).tone


def read(text: str) -> Reading:
    """Return the mood of a text and the words that told it."""
    own = own_words(text)
    tokens = _TOKEN.findall(own)
    found = [*_faces(own), *_told(tokens)]
    total = sum(weight for _, weight in found)
    tone: Tone = "neutral"
    if abs(total) >= min(max(_TELLING, len(tokens) * _BY_LENGTH), _MOST):
        tone = "good" if total > 0 else "bad"
    return Reading(tone, round(total, 2), tuple(word for word, _ in found))


# what the author says ---------------------------------------------------------------------------

_CODE = re.compile(r"```.*?(```|\Z)|~~~.*?(~~~|\Z)|`[^`\n]*`", re.DOTALL)
_NOISE = re.compile(
    r"!?\[([^\]\n]{0,200})\]\([^)\s]{0,500}\)|<[^<>\n]{1,200}>|https?://\S+|\[hub:[^\]\n]{0,99}\]"
)
_ADDRESS = re.compile(r"[^\s@]{1,64}@\S{1,255}")
_QUOTED = re.compile(r"^[ \t]*>.*$", re.MULTILINE)
_REPLY = re.compile(
    r"^[ \t]*(?:-{2,}[ \t]*(?:original message|forwarded message|исходное сообщение|пересылаемое сообщение)"
    r"|#{2,}-? ?please type your reply"
    r"|on .{4,120} wrote:\s*$"
    r"|(?:from|от(?: кого)?): .*\n\s*(?:sent|date|to|дата|отправлено|кому): "
    r"|.{0,120}\b(?:пишет|написал|написала|написал\(а\)):\s*$)",
    re.IGNORECASE | re.MULTILINE,
)
_SIGNATURE = re.compile(
    r"^(?:--\s*$"
    r"|(?:best|kind|warm|with)?\s*(?:best |kind )?(?:regards|wishes)\b.*$"
    r"|(?:yours )?(?:sincerely|faithfully|truly)\b.*$"
    r"|(?:best|cheers|thanks|thank you|many thanks|thx|спасибо|благодарю),?\s*\n\s*\S[^\n]{0,40}\s*\Z"
    r"|sent from my \w+|отправлено с \w+"
    r"|с\s+(?:наилучшими\s+пожеланиями|уважением)\b.*$)",
    re.IGNORECASE | re.MULTILINE,
)


def own_words(text: str) -> str:
    """Return a text without code, links, what it quotes, and its signature."""
    text = _CODE.sub(" ", text[: 4 * _LONGEST].replace("\r\n", "\n"))
    reply = _REPLY.search(text)
    text = _QUOTED.sub("", text[: reply.start()] if reply else text)
    text = _NOISE.sub(r" \1 ", text).strip()
    text = _ADDRESS.sub(" ", text) if "@" in text else text
    end = _SIGNATURE.search(text)
    # A text that begins with what could close it ("Thanks,\nworks") is no signature alone.
    return (text[: end.start()] if end and text[: end.start()].strip() else text).strip()[:_LONGEST]


# words ------------------------------------------------------------------------------------------

_TOKEN = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?|[.!?;\n]")
_STEM_LEAST = 3


def _lexicon() -> tuple[dict[str, float], dict[str, float]]:
    """Return whole words and stems with their weights."""
    whole: dict[str, float] = {}
    stems: dict[str, float] = {}
    for sign, lists in ((1.0, GOOD), (-1.0, BAD)):
        for weight, words in lists.items():
            for word in words.split():
                (stems if word.endswith("*") else whole)[word.rstrip("*")] = sign * weight
    return whole, stems


_WHOLE, _STEMS = _lexicon()
_IF_DENIED = {word: -weight for weight, words in IF_DENIED.items() for word in words.split()}
_FACES = re.compile("|".join(sorted(map(re.escape, FACES), key=len, reverse=True)))
_PHRASES: dict[str, list[tuple[list[str], float]]] = {}
"""By their first word, the longest first."""
for _phrase in sorted(PHRASES, key=len, reverse=True):
    _PHRASES.setdefault(_phrase.split()[0], []).append((_phrase.split(), PHRASES[_phrase]))
_LONGEST_PHRASE = max(len(phrase.split()) for phrase in PHRASES)


def _faces(text: str) -> Iterator[tuple[str, float]]:
    if any(face in text for face in FACES):  # mostly there is none, and this is the quicker look
        yield from ((face, FACES[face]) for face in _FACES.findall(text))


def _told(tokens: Sequence[str]) -> Iterator[tuple[str, float]]:
    """Yield the words that say something of the mood, each with its weight where it stands."""
    denied = loud = after = -1  # the last word that is denied, the one said louder, the end of a phrase
    for at, word in enumerate(map(_heard, tokens)):
        if not word or at < after:
            continue
        length, weight = _phrase_at(tokens, at, _PHRASES[word]) if word in _PHRASES else (0, 0.0)
        if length or not word[0].isalpha():
            if weight:
                yield " ".join(map(_folded, tokens[at : at + length])), weight
            denied, loud, after = -1, -1, at + length
            continue
        is_denied = at <= denied
        weight = _weight(word, denied=is_denied)
        if weight:
            louder = 1.5 if at == loud else 1.0
            shouted = 1.5 if len(word) > _STEM_LEAST and tokens[at].isupper() else 1.0
            yield (f"not {word}" if is_denied else word), weight * louder * shouted
        if word in DENIALS:
            denied = at + _REACH
        if word in LOUDER:
            loud = at + 1


def _folded(token: str) -> str:
    return token.casefold().replace("'", "").replace("’", "")


@lru_cache(maxsize=1 << 15)
def _heard(token: str) -> str:
    """Return a token as it is looked up; nothing for the many words that can change no reading."""
    word = _folded(token)
    matters = (
        not word[0].isalpha()
        or word in _PHRASES
        or word in _IF_DENIED
        or word in DENIALS
        or word in LOUDER
        or _plain_weight(word)
    )
    return word if matters else ""


def _phrase_at(
    tokens: Sequence[str], at: int, phrases: Sequence[tuple[Sequence[str], float]]
) -> tuple[int, float]:
    """Return how many words from here make one of these, and its weight; the last one may go on."""
    ahead = [*map(_folded, tokens[at : at + _LONGEST_PHRASE])]
    for phrase, weight in phrases:
        here = ahead[: len(phrase)]
        if here[:-1] == phrase[:-1] and len(here) == len(phrase) and here[-1].startswith(phrase[-1]):
            return len(phrase), weight
    return 0, 0.0


def _weight(word: str, *, denied: bool) -> float:
    if denied and word in _IF_DENIED:
        return _IF_DENIED[word]
    weight = _plain_weight(word)
    # To deny a good word is bad; to deny a bad one is no praise.
    return weight if not denied else -min(weight, 1.0) if weight > 0 else -0.3 * weight


def _plain_weight(word: str) -> float:
    weight = _WHOLE.get(word)
    if weight is None:
        lengths = range(len(word), _STEM_LEAST - 1, -1)
        weight = next((_STEMS[word[:n]] for n in lengths if word[:n] in _STEMS), 0.0)
    return weight
