"""Rows for learning: what was known of a ticket at a moment, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Mask: TypeAlias = NDArray[np.bool_] | NDArray[np.int64] | slice


@dataclass(frozen=True, slots=True)
class Frame:
    """Rows in order of time. A row's `x` looks only at events before or at its moment; `y` at later ones."""

    names: tuple[str, ...]
    groups: tuple[str, ...]
    """The named factor that each column belongs to."""
    x: Floats
    ticket: Ints
    at: Floats
    """Unix seconds."""
    y: Floats
    """What came of it: 1, 0, or nan while nobody knows."""
    known: Floats
    """When that became known; nan as `y`."""
    overdue: Floats
    """From when it counts as 1 while its outcome has not matured; nan: never. `as_of` goes by it."""
    settled: Floats
    """From when it counts as 0, its ticket being solved, while its outcome has not matured; nan: never."""
    lead: Floats
    """Seconds until what happened; nan where nothing did."""
    rule: Floats
    """Log-odds by the rule alone."""
    priority: Floats
    """Rank of the priority field, the most urgent highest; nan where it has none."""
    slices: Mapping[str, NDArray[np.str_]]
    """Of each row, by name (tier, group, channel, language, side, …); "" where it has none."""
    by: NDArray[np.str_]
    """Who began what happened: customer, employee or executive; "" where nothing did."""
    moment: Literal["in_flight", "intake"]
    horizon: float
    """Seconds after which an outcome that did not come is one; 0: when the ticket is closed."""
    ripens: float
    """Seconds after which every row's outcome is known or taken for known."""

    @property
    def matured(self) -> Floats:
        """
        When each row's outcome could be learned from; nan: not yet.

        Within a horizon what happens is known sooner than what does not: until the horizon has passed, only
        the ones that went wrong would be there to learn from.
        """
        return np.where(np.isnan(self.y), np.nan, self.at + self.horizon) if self.horizon else self.known

    @property
    def believed(self) -> Floats:
        """When each row's outcome was first known or taken for known (`as_of`); nan: not yet."""
        return np.fmin(self.matured, np.fmin(self.overdue, self.settled))

    def rows(self, mask: Mask) -> Frame:
        """Return only these rows; of a slice, without copying them."""
        return Frame(
            self.names,
            self.groups,
            self.x[mask],
            self.ticket[mask],
            self.at[mask],
            self.y[mask],
            self.known[mask],
            self.overdue[mask],
            self.settled[mask],
            self.lead[mask],
            self.rule[mask],
            self.priority[mask],
            {name: values[mask] for name, values in self.slices.items()},
            self.by[mask],
            self.moment,
            self.horizon,
            self.ripens,
        )

    def as_of(self, moment: float, rows: Mask = slice(None)) -> Floats:
        """Return `y` as one could know it at that moment: nan for what had not matured."""
        y = self.y[rows]
        matured = self.at[rows] + self.horizon if self.horizon else self.known[rows]
        then = np.where(matured <= moment, y, np.nan)
        then = np.where(np.isnan(then) & (self.overdue[rows] <= moment), 1.0, then)
        return np.where(np.isnan(then) & (self.settled[rows] <= moment), 0.0, then)

    def __len__(self) -> int:
        return len(self.at)
