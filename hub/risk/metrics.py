"""
How good a ranking and its chances are, for many weightings of the rows at once.

Weights have one line per weighting: ones for the figure itself, a resample's counts for its interval. Equal
scores are never put into an order that nobody predicted: what depends on it is the average over all orders.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from hub.risk.frame import Floats, Ints

BINS = 10
FOUND = 0.8
"""The share of positives at which `spared` is read."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """Rows from the highest score down; equal scores are one step."""

    order: Ints
    starts: Ints
    """The place at which each step begins."""
    y: Floats
    """By place."""


@dataclass(frozen=True, slots=True)
class Curve:
    """After each step down a ranking: weight of the rows seen, and of the positives among them."""

    seen: Floats
    hits: Floats


def ranking(score: Floats, y: Floats) -> Ranking:
    """Order rows by score, the highest first."""
    order = np.argsort(-score, kind="stable")
    return Ranking(order, steps(score[order]), y[order])


def curve(ranked: Ranking, weights: Floats) -> Curve:
    """Go down a ranking under each weighting."""
    placed = weights[:, ranked.order]
    seen = np.add.reduceat(placed, ranked.starts, axis=1)
    hits = np.add.reduceat(placed * ranked.y, ranked.starts, axis=1)
    return Curve(np.cumsum(seen, axis=1), np.cumsum(hits, axis=1))


def average_precision(down: Curve) -> Floats:
    """
    Return the area under the precision-recall curve: precision at each step, weighted by recall gained.

    No interpolation between steps: that would promise more than any threshold gives.
    """
    gained = np.diff(down.hits, axis=1, prepend=0.0)
    precision = _ratio(down.hits, down.seen)
    return _ratio((gained * np.nan_to_num(precision)).sum(axis=1), down.hits[:, -1])


def roc_auc(down: Curve) -> Floats:
    """Return the chance that a positive stands above a negative; on one step counts half."""
    gained = np.diff(down.hits, axis=1, prepend=0.0)
    wrong = np.diff(down.seen - down.hits, axis=1, prepend=0.0)
    above = (wrong * (down.hits - gained / 2)).sum(axis=1)
    positive = down.hits[:, -1]
    return _ratio(above, positive * (down.seen[:, -1] - positive))


def recall_at(down: Curve, share: float) -> Floats:
    """Return the share of all positives that stands in this share of the rows, from the top."""
    total = down.seen[:, -1]
    found = np.empty(len(total))
    seen, hits = _from_nought(down.seen), _from_nought(down.hits)
    for line, whole in enumerate(total):
        found[line] = np.interp(share * whole, seen[line], hits[line])
    return _ratio(found, down.hits[:, -1])


def spared(down: Curve, recall: float = FOUND) -> Floats:
    """Return the share of rows that need no look when this share of the positives is to be found."""
    wanted = recall * down.hits[:, -1:]
    # an epsilon: .8 of 5 positives are 4, not a little more
    step = (down.hits >= wanted - 1e-9 * (1 + wanted)).argmax(axis=1)[:, None]
    hits, seen = _from_nought(down.hits), _from_nought(down.seen)
    before, after = np.take_along_axis(hits, step, 1), np.take_along_axis(hits, step + 1, 1)
    top, bottom = np.take_along_axis(seen, step, 1), np.take_along_axis(seen, step + 1, 1)
    part = np.clip(_ratio(wanted - before, after - before), 0.0, 1.0)
    looked_at = (top + part * (bottom - top))[:, 0]
    return np.where(down.hits[:, -1] > 0, 1.0 - _ratio(looked_at, down.seen[:, -1]), np.nan)


def brier(chance: Floats, y: Floats, weights: Floats) -> Floats:
    """Return the mean square of what was wrong with the chances."""
    return _ratio(weights @ np.square(chance - y), weights.sum(axis=1))


def calibration_error(chance: Floats, y: Floats, weights: Floats, bins: int = BINS) -> Floats:
    """
    Return the expected calibration error over bins of equal mass.

    The mean distance of predicted and true share, weighted by mass. Equal chances stay together, in the bin
    where the middle of them falls.
    """
    cut = _binned(chance, weights, bins)
    apart = np.abs(_per_bin(cut, weights, chance) - _per_bin(cut, weights, y)).sum(axis=1)
    return _ratio(apart, weights.sum(axis=1))


def calibration_bins(chance: Floats, y: Floats, weights: Floats, bins: int = BINS) -> tuple[Floats, Floats]:
    """Return the mean chance and the true share of each bin, by weighting; nan for a bin without rows."""
    cut = _binned(chance, weights, bins)
    mass = _per_bin(cut, weights, np.ones_like(y))
    return _ratio(_per_bin(cut, weights, chance), mass), _ratio(_per_bin(cut, weights, y), mass)


def calibration_noise(chance: Floats, ticket: Ints, bins: int = BINS) -> float:
    """
    Return about how large an error chances that are exactly true would show on these rows.

    The rows of a ticket in one bin are taken to come out alike: as if they were one.
    """
    if not len(chance):
        return float("nan")
    cut = _binned(chance, np.ones((1, len(chance))), bins)
    spread, noise = np.sqrt(chance * (1 - chance)), 0.0
    for begin, end in pairwise(cut.edges[0].tolist()):
        rows = cut.order[begin:end]
        if len(rows):
            of_ticket = np.bincount(np.unique(ticket[rows], return_inverse=True)[1], spread[rows])
            noise += float(np.sqrt(np.square(of_ticket).sum()))
    return float(np.sqrt(2 / np.pi)) * noise / len(chance)


def ranked_figures(score: Floats, y: Floats, weights: Floats) -> Mapping[str, Floats]:
    """Return every figure that looks at the order alone, by weighting."""
    down = curve(ranking(score, y), weights)
    return {
        "pr_auc": average_precision(down),
        "roc_auc": roc_auc(down),
        "recall_10": recall_at(down, 0.1),
        "recall_20": recall_at(down, 0.2),
        "spared_80": spared(down),
    }


def proper_figures(chance: Floats, y: Floats, weights: Floats) -> Mapping[str, Floats]:
    """Return every figure that takes the chances at their word, by weighting."""
    return {"brier": brier(chance, y, weights), "ece": calibration_error(chance, y, weights)}


@dataclass(frozen=True, slots=True)
class _Cut:
    """Rows by chance, and where in that order each bin of each weighting begins and ends."""

    order: Ints
    edges: Ints


def _binned(chance: Floats, weights: Floats, bins: int) -> _Cut:
    order = np.argsort(chance, kind="stable")
    starts = steps(chance[order])
    mass = np.add.reduceat(weights[:, order], starts, axis=1)
    upto = np.cumsum(mass, axis=1)
    middle = upto - mass / 2
    inner = np.arange(1, bins) / bins
    ends = np.append(starts, len(chance))
    edges = [
        ends[np.searchsorted(line, inner * whole, side="left")]
        for line, whole in zip(middle, upto[:, -1], strict=True)
    ]
    lines = len(weights)
    first, last = np.zeros((lines, 1), np.int64), np.full((lines, 1), len(chance), np.int64)
    return _Cut(order, np.hstack([first, np.array(edges, np.int64).reshape(lines, bins - 1), last]))


def _per_bin(cut: _Cut, weights: Floats, values: Floats) -> Floats:
    upto = _from_nought(np.cumsum((weights * values)[:, cut.order], axis=1))
    return np.diff(np.take_along_axis(upto, cut.edges, axis=1), axis=1)


def steps(ordered: Floats) -> Ints:
    """Return where each run of equal values begins."""
    return np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1])).astype(np.int64)


def _from_nought(upto: Floats) -> Floats:
    return np.hstack([np.zeros((len(upto), 1)), upto])


def _ratio(above: Floats, below: Floats) -> Floats:
    """Return a quotient, nan where there is nothing to divide by."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(below > 0, above / np.where(below > 0, below, 1.0), np.nan)
