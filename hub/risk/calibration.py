"""From scores to chances: a slope and an intercept when learning, and an intercept that follows outcomes."""

from __future__ import annotations

import numpy as np

from hub.risk.frame import Floats, Frame, Ints, Mask

DAY = 86_400.0
_WEEKS = 4
"""So many weeks of outcomes are looked back on at most."""
_ENOUGH = 100
"""With so many outcomes in a week, no older ones are asked: base rates move within a week or two."""
_HELD = 15.0
"""So many outcomes speak for leaving the intercept where it is."""
_SLOPE_HELD = 8.0
"""How strongly a slope is drawn to 1."""
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
    ridge = np.array([_SLOPE_HELD, _HELD * 0.25])
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


def followed(odds: Floats, frame: Frame, asked: Mask | None = None) -> Floats:
    """
    Return the log-odds of each row, or of those asked for, with the intercept of its day.

    It is learned from what was known or taken for known of the rows before that day (`Frame.as_of`), which
    `frame` holds all of: those that taught the model, too.
    """
    outcomes = _Outcomes(frame)
    rows = np.arange(len(frame)) if asked is None else np.arange(len(frame))[asked]
    day = np.floor(frame.at[rows] / DAY)
    moved = odds[rows]
    for today in np.unique(day):
        moved[day == today] += _level(odds, outcomes, today * DAY, _HELD)
    return moved


def intercept_now(odds: Floats, frame: Frame, now: float, held: float = _HELD) -> float:
    """
    Return the intercept at `now`: from what came to be known, or taken for known, in the last week.

    Whole weeks: outcomes of a Monday are not those of a Sunday. Where a week brings few, it is more of them.
    """
    return _level(odds, _Outcomes(frame), now, held)


def _level(odds: Floats, outcomes: _Outcomes, now: float, held: float) -> float:
    rows = outcomes.latest(now)
    y = outcomes.frame.as_of(now, rows)
    return intercept(odds[rows], y, np.ones(len(rows)), held)


class _Outcomes:
    """Rows in the order in which their outcomes came to be known, or taken for known."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self._order = np.argsort(frame.believed)
        self._since = frame.believed[self._order]  # those of which nothing is known stand behind

    def latest(self, now: float) -> Ints:
        """Return the rows of the last whole weeks: of as few as bring enough."""
        end = int(np.searchsorted(self._since, now, "right"))
        begin = end
        for weeks in range(1, _WEEKS + 1):
            begin = int(np.searchsorted(self._since, now - weeks * 7 * DAY, "right"))
            if end - begin >= _ENOUGH:
                break
        return self._order[begin:end]
