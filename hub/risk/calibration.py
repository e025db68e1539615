"""From scores to chances: a slope and an intercept when learning, and an intercept that follows outcomes."""

from __future__ import annotations

import numpy as np

from hub.risk.frame import Floats, Frame

DAY = 86_400.0
_WINDOW = 14
"""Days of outcomes that an intercept looks back on."""
_FRESH = 4.0
"""Days after which an outcome counts half: the base rate of a history moves within a week."""
_HELD = 10.0
"""So many outcomes speak for leaving the intercept where it is."""
_STEPS = 40


def logit(p: Floats) -> Floats:
    p = np.clip(p, 1e-6, 1 - 1e-6)
    return np.log(p / (1 - p))


def chance(odds: Floats) -> Floats:
    return 1 / (1 + np.exp(-np.clip(odds, -30, 30)))


def intercept(odds: Floats, y: Floats, weight: Floats, held: float = _HELD) -> float:
    """Return what must be added to these log-odds for them to add up to the outcomes; drawn to nothing."""
    shift = 0.0
    if not len(odds):
        return shift
    held *= 0.25  # what so many outcomes of an even chance would weigh
    for _ in range(_STEPS):
        p = chance(odds + shift)
        step = float((weight @ (y - p) - held * shift) / (weight @ (p * (1 - p)) + held))
        shift += min(max(step, -2.0), 2.0)
        if abs(step) < 1e-9:  # noqa: PLR2004
            break
    return shift


def slope_and_intercept(odds: Floats, y: Floats, weight: Floats) -> tuple[float, float]:
    """Return Platt's two numbers; the slope is drawn to 1, the intercept to 0, by some outcomes' weight."""
    beta = np.array([1.0, 0.0])
    design = np.stack([odds, np.ones_like(odds)], axis=1)
    ridge = np.array([25.0, _HELD * 0.25])
    centre = np.array([1.0, 0.0])
    for _ in range(_STEPS):
        p = chance(design @ beta)
        slope = design.T @ (weight * (y - p)) - ridge * (beta - centre)
        curve = (design * (weight * p * (1 - p))[:, None]).T @ design + np.diag(ridge)
        step = np.clip(np.linalg.solve(curve, slope), -1.0, 1.0)
        beta = beta + step
        if np.abs(step).max() < 1e-9:  # noqa: PLR2004
            break
    return float(min(max(beta[0], 0.3), 2.0)), float(beta[1])


def freshness(matured: Floats, now: float, days: float = _WINDOW) -> Floats:
    """Return how much each outcome counts at `now`: nothing before it matured or after the window."""
    age = (now - matured) / DAY
    there = (age >= 0) & (age <= days)
    return np.where(there, 0.5 ** (np.where(there, age, 0.0) / _FRESH), 0.0)


def followed(odds: Floats, frame: Frame, days: float = _WINDOW) -> Floats:
    """
    Return the log-odds of each row with the intercept of its day.

    It is learned from what was known or taken for known of the rows before that day (`Frame.as_of`), which
    `frame` holds all of: those that taught the model, too.
    """
    day = np.floor(frame.at / DAY)
    moved = np.empty_like(odds)
    for today in np.unique(day):
        rows = day == today
        moved[rows] = odds[rows] + intercept_now(odds, frame, today * DAY, days)
    return moved


def intercept_now(
    odds: Floats, frame: Frame, now: float, days: float = _WINDOW, held: float = _HELD
) -> float:
    """Return the intercept at `now`: from what is known or taken for known then, the latest counting most."""
    y = frame.as_of(now)
    weight = np.where(np.isnan(y), 0.0, freshness(frame.believed, now, days))
    used = weight > 0
    return intercept(odds[used], y[used], weight[used], held)
