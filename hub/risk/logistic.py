"""
Logistic regression that begins from the rule: exact contributions, and calm with few outcomes.

A column's missing values stand at its mean, and where they are many a column of their own tells of
them. The penalty draws the rule's coefficient to what the rule is believed, and all others to nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray

from hub.risk.frame import Floats, Ints

Small: TypeAlias = NDArray[np.float32]

_RULE = 5.0
"""How strongly the rule's coefficient is drawn to its prior."""
_OTHERS = 300.0
"""
How strongly every other one is drawn to nothing. Rows of a ticket repeat each other, and a history moves on:
what is bold on the weeks that it has seen is wrong in the next.
"""
_ALIKE = 120.0
"""Rates of the crowd are drawn together already: few outcomes of a value leave it at the average."""
_SHARED = 40.0
"""How strongly what rates have in common is: what all of them say is sooner believed."""
_ASIDE = 600.0
"""And what tells of the crowd but not of its outcomes: loads move with every season."""
_REACH = 4.0
"""A value counts as at most so many deviations from the mean: new extremes do not run away."""
_SELDOM = 0.01
_NOTHING = 1e-6
_LEAST = 0.1
"""Columns are logarithms and counts: one that varies by less says nothing loudly enough to be blown up."""
_STEPS = 30
_SETTLED = 1e-4
_FREE = 1e-6
"""The intercept is all but free."""
_BLOCK = 4_096


class Logistic(msgspec.Struct, frozen=True):
    """Coefficients of standardised columns. The second half of `weights` is for what is missing."""

    means: list[float]
    scales: list[float]
    """0: the column says nothing."""
    absent: list[float]
    """The usual share of rows in which the column is missing."""
    weights: list[float]
    intercept: float

    def contributions(self, x: Floats) -> Floats:
        """Return each column's part in the log-odds, against the average ticket."""
        z, gone = self._form.apply(x)
        weights = np.array(self.weights)
        return z * weights[: len(self.means)] + gone * weights[len(self.means) :]

    def logits(self, x: Floats) -> Floats:
        """Return the log-odds of each row."""
        form, weights = self._form, np.array(self.weights)
        odds = np.full(len(x), self.intercept)
        for part in _blocks(len(x)):
            z, gone = form.apply(x[part])
            odds[part] += z @ weights[: len(self.means)] + gone @ weights[len(self.means) :]
        return odds

    @property
    def _form(self) -> _Form:
        return _Form(np.array(self.means), np.array(self.scales), np.array(self.absent))


@dataclass(frozen=True, slots=True)
class _Form:
    """What makes columns comparable."""

    means: Floats
    scales: Floats
    absent: Floats

    def apply(self, x: Floats) -> tuple[Floats, Floats]:
        """Return the standardised columns, and what tells that one is missing; both nought on average."""
        speaks = self.scales > 0
        z = (x - self.means) * np.where(speaks, 1 / np.where(speaks, self.scales, 1.0), 0.0)
        missing = np.isnan(z)
        z[missing] = 0.0
        np.clip(z, -_REACH, _REACH, out=z)
        told = (self.absent > _SELDOM) & (self.absent < 1 - _SELDOM)
        return z, (missing - self.absent) * told


def learn(
    x: Floats,
    y: Floats,
    weight: Floats,
    rule: int,
    believed: float,
    base: Floats,
    alike: Sequence[int] = (),
    aside: Sequence[int] = (),
) -> Logistic:
    """
    Return what these rows teach.

    `rule` is the rule's column, `believed` its prior coefficient. `base` holds the log-odds of all tickets
    at each row's time: what the times differ by is not learned as if it were the tickets' own doing.
    `alike` are columns that say the same of different registers: what they have in common is learned from
    fewer rows than what sets them apart. `aside` are columns that are believed late.
    """
    form = _form(x, weight)
    k = x.shape[1]
    prior, penalty = np.zeros(2 * k), np.full(2 * k, _OTHERS)
    prior[rule] = believed * form.scales[rule]
    penalty[rule] = _RULE
    penalty[list(alike)], penalty[list(aside)] = _ALIKE, _ASIDE
    used, design = _design(x, form)
    paid = _penalties(penalty[used], np.flatnonzero(np.isin(used, alike)))
    lesson = _Lesson(design, y, weight, base, np.append(prior[used], 0.0), paid)
    beta = _newton(lesson)
    weights = np.zeros(2 * k)
    weights[used] = beta[:-1]
    return Logistic(
        form.means.tolist(), form.scales.tolist(), form.absent.tolist(), weights.tolist(), float(beta[-1])
    )


def _penalties(penalty: Floats, alike: Ints) -> Floats:
    """
    Return what is paid for every pair of coefficients, the intercept's last.

    Those of columns that are alike are one that they share and each its own part: such have a covariance, and
    what is paid is its inverse.
    """
    matrix = np.diag(np.append(penalty, _FREE))
    if len(alike):
        covariance = np.diag(1 / penalty[alike]) + 1 / (_SHARED * len(alike))
        matrix[np.ix_(alike, alike)] = np.linalg.inv(covariance)
    return matrix


def _form(x: Floats, weight: Floats) -> _Form:
    """Return weighted means and deviations of each column, over the rows that have it."""
    k = x.shape[1]
    seen, sums, squares = np.zeros(k), np.zeros(k), np.zeros(k)
    for part in _blocks(len(x)):
        here = ~np.isnan(x[part])
        seen += weight[part] @ here
        sums += weight[part] @ np.where(here, x[part], 0.0)
    means = sums / np.maximum(seen, _NOTHING)
    for part in _blocks(len(x)):
        apart = x[part] - means
        apart[np.isnan(apart)] = 0.0
        squares += weight[part] @ np.square(apart)
    scales = np.sqrt(squares / np.maximum(seen, _NOTHING))
    scales = np.where(scales > _NOTHING, np.maximum(scales, _LEAST), 0.0)
    return _Form(means, scales, 1 - seen / weight.sum())


def _design(x: Floats, form: _Form) -> tuple[Ints, Small]:
    """Return which columns say anything, and the rows in them, with a column of ones behind."""
    told = (form.absent > _SELDOM) & (form.absent < 1 - _SELDOM)
    used = np.flatnonzero(np.concatenate([form.scales > 0, told]))
    design = np.ones((len(x), len(used) + 1), dtype=np.float32)
    for part in _blocks(len(x)):
        z, gone = form.apply(x[part])
        design[part, :-1] = np.concatenate([z, gone], axis=1)[:, used]
    return used, design


def _blocks(many: int) -> Iterator[slice]:
    """Some rows at a time: a history is larger than what its sums need."""
    for begin in range(0, many, _BLOCK):
        yield slice(begin, begin + _BLOCK)


@dataclass(frozen=True, slots=True)
class _Lesson:
    """All that the most likely coefficients depend on."""

    x: Small
    y: Floats
    weight: Floats
    base: Floats
    prior: Floats
    penalty: Floats


def _newton(lesson: _Lesson) -> Floats:
    """Return the most likely coefficients under the penalty, the intercept last."""
    beta = lesson.prior
    loss, slope, curve = _at(lesson, beta)
    for _ in range(_STEPS):
        step = np.linalg.solve(curve, slope)
        for _halving in range(_STEPS):
            after = _at(lesson, beta + step)
            if after[0] <= loss + _NOTHING:
                break
            step = step / 2
        else:
            break
        beta = beta + step
        loss, slope, curve = after
        if np.abs(step).max() < _SETTLED:
            break
    return beta


def _at(lesson: _Lesson, beta: Floats) -> tuple[float, Floats, Floats]:
    """Return loss, slope and curvature at some coefficients."""
    apart = beta - lesson.prior
    slope = -lesson.penalty @ apart
    loss = -0.5 * float(slope @ apart)
    curve = lesson.penalty
    for part in _blocks(len(lesson.y)):
        x, y, weight = lesson.x[part].astype(np.float64), lesson.y[part], lesson.weight[part]
        logit = np.clip(x @ beta + lesson.base[part], -30, 30)
        p = 1 / (1 + np.exp(-logit))
        loss += float(weight @ (np.logaddexp(0, logit) - y * logit))
        slope = slope + x.T @ (weight * (y - p))
        curve = curve + (x * (weight * p * (1 - p))[:, None]).T @ x
    return loss, slope, curve
