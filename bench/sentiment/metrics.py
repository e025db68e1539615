"""How well labels were told."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Labels = NDArray[np.int64]


def f1(right: Labels, told: Labels, label: int) -> float:
    """Return F1 of one label."""
    both = int(((right == label) & (told == label)).sum())
    return 2 * both / max(int((right == label).sum() + (told == label).sum()), 1)


def macro_f1(right: Labels, told: Labels, labels: Sequence[int] = (0, 1, 2)) -> float:
    """Return the mean F1 of labels."""
    return float(np.mean([f1(right, told, label) for label in labels]))


def average_precision(wanted: NDArray[np.bool_], scores: NDArray[np.float64]) -> float:
    """Return the area under precision and recall, by steps."""
    hits = wanted[np.argsort(-scores, kind="stable")]
    precision = np.cumsum(hits) / np.arange(1, len(hits) + 1)
    return float(precision[hits].mean()) if hits.any() else 0.0
