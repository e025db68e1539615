"""
Which tickets are like this one: TF-IDF vectors of word stems, in numpy. No clock, no disk, no dice.

Built from rows once and kept in memory; `updated` adds and removes rows without reading the others
again. Stems are kept as 32-bit digests: a dump holds no text but what people call a ticket and what
solved it.
"""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from zlib import crc32

import msgspec
import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from hub.model import TicketId
from hub.suggest.rows import Near, Row
from hub.suggest.words import stems

VERSION = 1
_LEAST = 0.05
"""Below this, two texts share nothing worth a look."""


class _Dump(msgspec.Struct, frozen=True):
    version: int
    rows: tuple[Row, ...]
    starts: bytes
    terms: bytes
    counts: bytes


class Likeness:
    """An index of tickets by their words."""

    def __init__(
        self,
        rows: Sequence[Row],
        starts: NDArray[np.int64],
        terms: NDArray[np.uint32],
        counts: NDArray[np.float32],
    ) -> None:
        self.rows = tuple(rows)
        self._starts, self._terms, self._counts = starts, terms, counts
        self._at = {row.id: i for i, row in enumerate(self.rows)}
        self._weigh()

    @classmethod
    def of(cls, rows: Iterable[Row]) -> Likeness:
        """Return the index of these rows; without a text there is nothing to compare."""
        told = [row for row in rows if row.text]
        return cls(_bare(told), *_read(row.text for row in told))

    def updated(self, rows: Iterable[Row], gone: Iterable[TicketId] = ()) -> Likeness:
        """Return the index with these rows, new or in the place of older ones, and without what is gone."""
        fresh = {row.id: row for row in rows}
        out = fresh.keys() | {*gone}
        kept = [i for i, row in enumerate(self.rows) if row.id not in out]
        told = [row for row in fresh.values() if row.text]
        starts, terms, counts = _read(row.text for row in told)
        mask = np.zeros(len(self.rows), dtype=bool)
        mask[kept] = True
        lengths = np.diff(self._starts)
        cells = np.repeat(mask, lengths)
        ends = np.concatenate([lengths[mask], np.diff(starts)]).cumsum()
        return Likeness(
            [*(self.rows[i] for i in kept), *_bare(told)],
            np.concatenate([np.zeros(1, dtype=np.int64), ends]).astype(np.int64),
            np.concatenate([self._terms[cells], terms]),
            np.concatenate([self._counts[cells], counts]),
        )

    def __len__(self) -> int:
        return len(self.rows)

    def _weigh(self) -> None:
        """Turn counts into vectors of length 1, and put them in the order of their terms."""
        owners = np.repeat(np.arange(len(self.rows)), np.diff(self._starts))
        self._known, where, held_by = np.unique(self._terms, return_inverse=True, return_counts=True)
        self._rarity = np.log1p(len(self.rows) / held_by) if len(held_by) else np.zeros(0)
        weights = self._counts * self._rarity[where] if len(where) else np.zeros(0)
        lengths = np.sqrt(np.bincount(owners, weights=weights**2, minlength=len(self.rows)))
        order = np.argsort(where, kind="stable")
        self._owners = owners[order].astype(np.int32)
        self._weights = (weights / np.maximum(lengths[owners], 1e-9))[order].astype(np.float32)
        self._ends = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(held_by)])

    def nearest(
        self, text: str, most: int, *, wanted: Callable[[Row], bool] | None = None, least: float = _LEAST
    ) -> list[Near]:
        """Return the most alike tickets, the most alike first; of equals, the one that came first."""
        likeness = self._likeness(text)
        found: list[Near] = []
        order = np.argsort(-likeness, kind="stable")
        for i in order[: int(np.count_nonzero(likeness >= least))]:
            row = self.rows[int(i)]
            if wanted is None or wanted(row):
                found.append(Near(row, round(float(likeness[i]), 4)))
            if len(found) == most:
                break
        return found

    def _likeness(self, text: str) -> NDArray[np.float64]:
        counted = _counted(text)
        likeness = np.zeros(len(self.rows))
        if not counted or not len(self.rows):
            return likeness
        length = 0.0
        for term, weight in counted.items():
            at = int(np.searchsorted(self._known, np.uint32(term)))
            known = at < len(self._known) and int(self._known[at]) == term
            worth = weight * (float(self._rarity[at]) if known else float(math.log1p(len(self.rows))))
            length += worth**2
            if known:
                here = slice(int(self._ends[at]), int(self._ends[at + 1]))
                likeness[self._owners[here]] += worth * self._weights[here]
        return np.minimum(likeness / np.sqrt(length), 1.0)

    # to keep it ---------------------------------------------------------------------------------

    def dump(self) -> bytes:
        """Return the index as bytes that `load` understands."""
        parts = (self._starts.astype("<i8"), self._terms.astype("<u4"), self._counts.astype("<f4"))
        return msgspec.msgpack.encode(_Dump(VERSION, self.rows, *(part.tobytes() for part in parts)))

    @classmethod
    def load(cls, kept: bytes) -> Likeness:
        """Return a dumped index. Raises `ValueError` if it is none, or of another version: build it anew."""
        dump = msgspec.msgpack.decode(kept, type=_Dump)
        if dump.version != VERSION:
            raise ValueError(f"this index is of version {dump.version}; the hub reads version {VERSION}")
        return cls(
            dump.rows,
            np.frombuffer(dump.starts, dtype="<i8").astype(np.int64),
            np.frombuffer(dump.terms, dtype="<u4").astype(np.uint32),
            np.frombuffer(dump.counts, dtype="<f4").astype(np.float32),
        )


def _bare(rows: Iterable[Row]) -> list[Row]:
    return [replace(row, text="") for row in rows]


# reading texts ----------------------------------------------------------------------------------


def _read(
    texts: Iterable[str],
) -> tuple[NDArray[np.int64], NDArray[np.uint32], NDArray[np.float32]]:
    """Return the digests of all texts' stems with their weights, and where each text's begin."""
    starts, terms, counts = array("q", [0]), array("L"), array("f")
    for text in texts:
        counted = _counted(text)
        terms.extend(counted)
        counts.extend(counted.values())
        starts.append(len(terms))
    return (
        np.array(starts, dtype=np.int64),
        np.array(terms, dtype=np.uint32),
        np.array(counts, dtype=np.float32),
    )


def _counted(text: str) -> dict[int, float]:
    """Return the digests of a text's stems, each with its weight: said often is more, but not by much."""
    return {_digest(stem): 1.0 + math.log(n) if n > 1 else 1.0 for stem, n in Counter(stems(text)).items()}


@lru_cache(maxsize=1 << 17)
def _digest(term: str) -> int:
    return crc32(term.encode())
