"""
Tickets that say the same, one soon after the other. Pure, and the same for the same rows.

One pass in the order of time: a row joins the run that it is most like, if somebody added to that
run within the window; else it begins one. Only runs that share one of its telling words are looked
at, so that tens of thousands of rows take seconds.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import TypeAlias

from hub.suggest.rows import Row
from hub.suggest.words import stems

Vector: TypeAlias = dict[str, float]

_TELLING = 8
"""Words of a row by which it is found: its rarest ones."""
_CROWDED = 100
"""A word that this many runs share tells none from the other."""
_WORDS = 80
"""Stems of one text that count: its subject and how it begins."""
_FEW = 500
"""Where there are fewer rows than this, words are weighed as if there were so many others without them."""
_CENTRE = 120
"""Stems of a run that count."""


class Told:
    """A row, when it came, and its words by how much they tell."""

    __slots__ = ("at", "row", "telling", "vector")

    def __init__(self, row: Row, at: datetime, vector: Vector) -> None:
        self.row, self.at, self.vector = row, at, vector
        self.telling = sorted(vector, key=lambda s: (-vector[s], s))[:_TELLING]


class Run:
    """Rows that are alike, each within a window of the one before; `centre` is what they share."""

    __slots__ = ("centre", "length", "told")

    def __init__(self, first: Told) -> None:
        self.told = [first]
        self.centre: Vector = dict(first.vector)
        self.length = 1.0

    @property
    def last(self) -> datetime:
        return self.told[-1].at

    def add(self, told: Told) -> None:
        self.told.append(told)
        for stem, weight in told.vector.items():
            self.centre[stem] = self.centre.get(stem, 0.0) + weight
        if len(self.centre) > 2 * _CENTRE:
            kept = sorted(self.centre, key=lambda s: (-self.centre[s], s))[:_CENTRE]
            self.centre = {stem: self.centre[stem] for stem in kept}
        self.length = math.sqrt(sum(w * w for w in self.centre.values()))

    def likeness(self, vector: Vector) -> float:
        """How alike a row is to what this run shares, from 0 to 1."""
        centre = self.centre
        return sum(w * centre[s] for s, w in vector.items() if s in centre) / self.length


def told(rows: Iterable[Row]) -> list[Told]:
    """Return the rows that a human wrote at a known time, oldest first, their words weighed by rarity."""
    dated = sorted(
        ((at, row) for row in rows if row.text and (at := _moment(row.at)) is not None),
        key=lambda pair: (pair[0], pair[1].id),
    )
    counted = [_counted(row.text) for _, row in dated]
    held = Counter(stem for one in counted for stem in one)
    of_all = max(len(dated), _FEW)
    rarity = {stem: math.log1p(of_all / n) for stem, n in held.items()}
    return [
        Told(row, at, _unit({s: n * rarity[s] for s, n in one.items()}))
        for (at, row), one in zip(dated, counted, strict=True)
    ]


def _counted(text: str) -> Vector:
    counts: Vector = {}
    for stem in stems(text)[:_WORDS]:
        counts[stem] = counts.get(stem, 0.0) + 1.0
    return {stem: 1.0 + math.log(n) if n > 1 else 1.0 for stem, n in counts.items()}


def _unit(vector: Vector) -> Vector:
    length = math.sqrt(sum(w * w for w in vector.values()))
    return {stem: weight / length for stem, weight in vector.items()} if length else {}


def _moment(at: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(at)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def runs(rows: Sequence[Told], window: timedelta, likeness: float) -> list[Run]:
    """Return every run, also those of one row, in the order of their beginnings."""
    begun: list[Run] = []
    shelves: defaultdict[str, dict[int, datetime]] = defaultdict(dict)
    for one in rows:
        since = one.at - window
        found = {n for stem in one.telling for n in _lately(shelves[stem], since)}
        ranked = [(begun[n].likeness(one.vector), -n) for n in found]
        best, number = max(ranked, default=(0.0, 0))  # of equals, the one that began first
        if ranked and best >= likeness:
            begun[-number].add(one)
        else:
            number = -len(begun)
            begun.append(Run(one))
        for stem in one.telling:
            shelf = shelves[stem]
            _ = shelf.pop(-number, None)
            shelf[-number] = one.at
    return begun


def _lately(shelf: dict[int, datetime], since: datetime) -> list[int]:
    """
    Return the runs in which this word was said since then, the latest first.

    None if there are too many of them: such a word tells none from the other, rarer ones will.
    """
    found: list[int] = []
    for number in reversed(shelf):
        if shelf[number] < since:
            break
        found.append(number)
        if len(found) > _CROWDED:
            return []
    return found


class Index:
    """All rows by their telling words, in the order of time."""

    def __init__(self, rows: Sequence[Told]) -> None:
        self.rows = rows
        self._moments = [one.at for one in rows]
        self._by_word: defaultdict[str, list[int]] = defaultdict(list)
        for i, one in enumerate(rows):
            for stem in one.telling:
                self._by_word[stem].append(i)

    def like(self, run: Run, since: datetime, until: datetime, likeness: float) -> list[int]:
        """Return the places of the rows of that time, its end left out, that are like what the run shares."""
        first, end = bisect_left(self._moments, since), bisect_left(self._moments, until)
        found: set[int] = set()
        for stem in sorted(run.centre, key=lambda s: (-run.centre[s], s))[:_TELLING]:
            places = self._by_word.get(stem, [])
            found.update(places[bisect_left(places, first) : bisect_left(places, end)])
        return sorted(i for i in found if run.likeness(self.rows[i].vector) >= likeness)
