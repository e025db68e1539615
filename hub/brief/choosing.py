"""Which sentences of a ticket tell most of what the next reader needs. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property, lru_cache
from typing import NamedTuple, TypeAlias

from hub.brief.cue import NO_CUE, Cue
from hub.brief.cues import (
    BROKEN,
    CHASER,
    CONFIRMED,
    PROMISED,
    REQUEST,
    SINCE,
    SOLVED,
    TO_ENGINEERING,
    TRIED,
)
from hub.brief.reading import Said, Sentence, Voice, sentences

_ENOUGH = 1.5
"""How clear a request to engineers must be to count as one."""
_ENOUGH_OF_US = 1.1
"""And one to us: every customer who writes wants something."""
_SHORT = 6_000
"""A thread of no more characters is remembered with what was chosen: most are, and memory stays small."""


class Found(NamedTuple):
    """A sentence that was chosen, and where in it the cue stands."""

    sentence: Sentence
    cue: Cue


Judge: TypeAlias = Callable[[Sentence], Cue]


def thread_of(said: Sequence[Said]) -> Thread:
    """Return a thread; one that is planned again, or that two sides see alike, is not searched again."""
    return _kept(tuple(said)) if sum(len(one.text) for one in said) <= _SHORT else Thread(said)


@lru_cache(maxsize=1 << 11)
def _kept(said: tuple[Said, ...]) -> Thread:
    return Thread(said)


class Thread:
    """The sentences of a ticket that a reader may see, and what they tell: each looked for once."""

    def __init__(self, said: Sequence[Said]) -> None:
        self.said = said
        self.sentences = [sentence for one in said for sentence in sentences(one)]

    def choose(
        self, judge: Judge, most: int, *, newest: bool = False, taken: Iterable[Found] = ()
    ) -> list[Found]:
        """
        Return the clearest sentences, in the order in which they were said; of equals the earliest.

        With `newest` the later ones count for more: what was said last holds.
        """
        gone = {_key(found.sentence) for found in taken}
        ranked: list[tuple[float, int, Found]] = []
        for i, sentence in enumerate(self.sentences):
            cue = judge(sentence)
            if cue.weight <= 0 or _key(sentence) in gone:
                continue
            gone.add(_key(sentence))
            age = i / max(len(self.sentences), 1)
            ranked.append((cue.weight + (0.6 * age if newest else 0.0), i, Found(sentence, cue)))
        best = sorted(ranked, key=lambda r: (-r[0], -r[1] if newest else r[1]))[:most]
        return [found for _, _, found in sorted(best, key=lambda r: r[1])]

    # what to look for ---------------------------------------------------------------------------

    @cached_property
    def broken(self) -> list[Found]:
        """Return what is wrong, in the words of who reported it; if no word says so, how they began."""
        found = self.choose(lambda s: _early(s, _by(s, BROKEN.in_, "customer")), 1)
        found = found or self.choose(lambda s: _early(s, BROKEN.in_(s.text)), 1)
        return found or [Found(s, NO_CUE) for s in self.sentences if len(s.text.split()) > 3][:1]  # noqa: PLR2004

    @cached_property
    def since(self) -> list[Found]:
        """Return since when it is so."""
        return self.choose(lambda s: _early(s, SINCE.in_(s.text)), 1)

    @cached_property
    def tried(self) -> list[Found]:
        """Return what else people say that they tried."""
        return self.choose(lambda s: TRIED.in_(s.text), 3, newest=True, taken=[*self.broken, *self.since])

    @cached_property
    def promised(self) -> list[Found]:
        """Return what we promised to the customer, or say that we did."""

        def judge(sentence: Sentence) -> Cue:
            if sentence.said.voice == "customer":
                return NO_CUE
            cue = PROMISED.in_(sentence.text)
            return cue if sentence.said.public else cue._replace(weight=cue.weight - 1.0)

        return self.choose(judge, 2, newest=True, taken=[*self.broken, *self.since, *self.tried])

    @cached_property
    def solved(self) -> list[Found]:
        """Return what solved it, in the words of those who did."""
        ours = self.choose(lambda s: _by(s, SOLVED.in_, "support", "engineer"), 2, newest=True)
        return ours or self.choose(lambda s: SOLVED.in_(s.text), 1, newest=True)

    @cached_property
    def confirmed(self) -> list[Found]:
        """Return how the customer says that it is."""
        return self.choose(lambda s: _by(s, CONFIRMED.in_, "customer"), 1, newest=True)

    # open questions -----------------------------------------------------------------------------

    @cached_property
    def asked_of_engineering(self) -> list[Found]:
        """Return what engineers were asked since they last spoke."""
        last = max((o.order for o in self.said if o.voice == "engineer"), default=-1)

        def judge(sentence: Sentence) -> Cue:
            if sentence.said.order <= last or sentence.said.voice == "engineer":
                return NO_CUE
            request = REQUEST.in_(sentence.text)
            if request.weight <= 0:
                return NO_CUE
            addressed = TO_ENGINEERING.in_(sentence.text)
            inside = 0.6 if not sentence.said.public else 0.0
            weight = request.weight + addressed.weight + inside
            clear = weight >= _ENOUGH and (addressed.weight > 0 or not sentence.said.public)
            return request._replace(weight=weight) if clear else NO_CUE

        return self.choose(judge, 2, newest=True)

    @cached_property
    def asked_of_us(self) -> list[Found]:
        """Return what engineers or the customer asked since support last spoke to them."""
        answered: dict[Voice, int] = {
            "customer": max((o.order for o in self.said if o.voice == "support" and o.public), default=-1),
            "engineer": max((o.order for o in self.said if o.voice == "support"), default=-1),
        }

        def judge(sentence: Sentence) -> Cue:
            voice = sentence.said.voice
            if voice == "support" or sentence.said.order <= answered[voice]:
                return NO_CUE
            request = REQUEST.in_(sentence.text)
            if request.weight >= _ENOUGH_OF_US and CHASER.in_(sentence.text).weight:
                request = request._replace(weight=request.weight - 1.0)
            return request if request.weight >= _ENOUGH_OF_US else NO_CUE

        return self.choose(judge, 2, newest=True)


def _by(sentence: Sentence, judge: Callable[[str], Cue], *voices: Voice) -> Cue:
    return judge(sentence.text) if sentence.said.voice in voices else NO_CUE


def _early(sentence: Sentence, cue: Cue) -> Cue:
    """What began it stands at the beginning; later comments say it less and less."""
    return cue._replace(weight=cue.weight / (1 + 0.3 * sentence.said.order)) if cue.weight else cue


def _key(sentence: Sentence) -> str:
    return " ".join(sentence.text.casefold().split())
