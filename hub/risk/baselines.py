"""What a learned model has to beat: the base rate, the priority field, the oldest first, the rule."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hub.risk.frame import Floats, Frame

_STEPS = 50
_SMALL = 1e-9
_UNSEEN = 1.0
"""How many rows of the base rate every value of a field is mixed with."""


@dataclass(frozen=True, slots=True)
class Scored:
    """What a model says of each row: an order, the highest first, and a chance."""

    name: str
    says: str
    rank: Floats
    chance: Floats


def baselines(train: Frame, y: Floats, test: Frame) -> tuple[Scored, ...]:
    """Return what each says of the test rows; the training rows and `y` teach them chances."""
    base = float(y.mean()) if len(y) else 0.5
    return (
        Scored(
            "prior", "the share in the training rows, for all", np.zeros(len(test)), np.full(len(test), base)
        ),
        _priority(train, y, test, base),
        _mapped("fifo", "oldest first", _age(train), y, _age(test), base),
        _mapped("rule", "the rule of scoring.yaml", train.rule, y, test.rule, base),
    )


def _priority(train: Frame, y: Floats, test: Frame, base: float) -> Scored:
    """By the field's rank; a chance is the training share of the same rank."""
    known, at_test = _ranked(train.priority), _ranked(test.priority)
    chance = np.full(len(test), base)
    for rank in np.unique(known):
        of_it = y[known == rank]
        chance[at_test == rank] = (of_it.sum() + _UNSEEN * base) / (len(of_it) + _UNSEEN)
    return Scored("priority", "the priority field", at_test, chance)


def _ranked(priority: Floats) -> Floats:
    """Tickets without a priority come last: nobody who goes by the field would take them first."""
    return np.where(np.isnan(priority), -1e6, priority)


def _age(frame: Frame) -> Floats:
    """How long each ticket is open; where rows do not tell, since the first row of its ticket."""
    if "age" in frame.names:
        return np.nan_to_num(frame.x[:, frame.names.index("age")])
    _, first, number = np.unique(frame.ticket, return_index=True, return_inverse=True)
    return frame.at - frame.at[first][number]


def _mapped(name: str, says: str, score: Floats, y: Floats, at_test: Floats, base: float) -> Scored:
    slope, level = platt(score, y)
    chance = _chance(slope * at_test + level) if slope > 0 else np.full(len(at_test), base)
    return Scored(name, says, at_test, chance)


def platt(score: Floats, y: Floats) -> tuple[float, float]:
    """
    Return slope and level of the log-odds that fit `y` best (Platt 1999, with his smoothed targets).

    Without both outcomes, or with one score for all, nothing can be learned of a slope: it is 0.
    """
    positive = float(y.sum())
    negative = len(y) - positive
    if not len(y) or score.std() < _SMALL or not positive or not negative:
        return 0.0, 0.0
    target = np.where(y > 0, (positive + 1) / (positive + 2), 1 / (negative + 2))
    middle, spread = float(score.mean()), float(score.std())
    design = np.column_stack([(score - middle) / spread, np.ones_like(score)])
    beta = np.array([0.0, np.log((positive + 1) / (negative + 1))])
    for _ in range(_STEPS):
        p = _chance(design @ beta)
        curvature = design.T @ (design * (p * (1 - p))[:, None]) + _SMALL * np.eye(2)
        step = np.linalg.solve(curvature, design.T @ (target - p))
        beta += np.clip(step, -2, 2)
        if np.abs(step).max() < _SMALL:
            break
    slope = float(beta[0]) / spread
    return slope, float(beta[1]) - slope * middle


def _chance(odds: Floats) -> Floats:
    return 1 / (1 + np.exp(-np.clip(odds, -35, 35)))
