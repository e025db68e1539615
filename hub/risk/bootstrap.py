"""Intervals: the same figures on tickets drawn again, with replacement. All rows of a ticket go together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec
import numpy as np

from hub.risk.frame import Floats, Ints

SEED = 498
_CELLS = 500_000
"""Of one batch of weights: some 4 MB, whatever the size of the history."""


class Figure(msgspec.Struct, frozen=True):
    """A figure and the interval in which 95 of 100 redrawn samples put it; None: cannot be said."""

    value: float | None
    low: float | None = None
    high: float | None = None

    @property
    def above_zero(self) -> bool:
        """Whether the whole interval lies above nought."""
        return self.low is not None and self.low > 0


@dataclass(frozen=True, slots=True)
class Batch:
    """Some weightings: of the tickets (by their number), and of the rows."""

    tickets: Floats
    rows: Floats


def numbered(ticket: Ints) -> Ints:
    """Return tickets as 0, 1, 2, …"""
    return np.unique(ticket, return_inverse=True)[1].astype(np.int64)


def weightings(ticket: Ints, times: int, seed: int = SEED) -> Iterator[Batch]:
    """
    Yield the sample as it is, then `times` resamples, some at a time.

    Tickets are drawn, not rows: a ticket's rows resemble each other, and would make intervals too narrow.
    The same seed draws the same resamples, so that models are compared on the same ones.
    """
    number = numbered(ticket)
    many = int(number.max()) + 1 if len(number) else 0
    yield Batch(np.ones((1, many)), np.ones((1, len(number))))
    draw = np.random.Generator(np.random.PCG64(seed))
    size = max(1, _CELLS // max(1, len(number)))
    for begin in range(0, times if many else 0, size):
        lines = range(min(size, times - begin))
        counts = np.stack([np.bincount(draw.integers(many, size=many), minlength=many) for _ in lines])
        weights = counts.astype(np.float64)
        yield Batch(weights, weights[:, number])


def figure(drawn: Floats) -> Figure:
    """Return a figure from its own value, which stands first, and the resamples' values behind it."""
    again = drawn[1:][np.isfinite(drawn[1:])]
    value = float(drawn[0]) if np.isfinite(drawn[0]) else None
    if value is None or len(again) < len(drawn[1:]) / 2 or not len(again):
        return Figure(value)
    low, high = np.percentile(again, (2.5, 97.5))
    return Figure(value, float(low), float(high))
