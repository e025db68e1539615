"""
Whether what was learned still holds: inputs that moved, a base rate that moved, chances that came loose.

What is found warns; what would mislead people sends the hub back to the rule until a refit passes. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np

from hub.risk.crowd import COLUMNS
from hub.risk.frame import Floats
from hub.risk.metrics import calibration_error

MOVED = 0.2
TOO_FAR = 0.3
ERRORS = 3.0
LOOSE = 0.08
WORSE_WEEKS = 2
LOST = 0.1
"""A source that lacks a value this much more often than before may have renamed a field."""
ENOUGH = 30
"""With fewer rows, or positives, a week says nothing."""
_BINS = 10
_OTHERS = tuple(f":{column}" for column in COLUMNS)
_FLOOR = 1e-4


class Shift(msgspec.Struct, frozen=True):
    """How far a factor's values moved: the population stability index."""

    name: str
    psi: float


class Gap(msgspec.Struct, frozen=True):
    """A source's share of rows without a value, then and now."""

    source: str
    name: str
    before: float
    now: float


class Week(msgspec.Struct, frozen=True):
    """What was said and what came in a week; the areas only where there was enough of both outcomes."""

    begins: str
    rows: int
    tickets: int
    base_rate: float
    mean_chance: float | None = None
    pr_auc: float | None = None
    pr_auc_rule: float | None = None

    @property
    def errors(self) -> float:
        """
        How many standard errors the mean chance is off the base rate.

        Of as many cases as there are tickets: their rows come out alike.
        """
        if self.mean_chance is None or not self.tickets:
            return 0.0
        least = 1 / (self.tickets + 2)
        chance = min(max(self.mean_chance, least), 1 - least)
        return abs(self.base_rate - self.mean_chance) / (chance * (1 - chance) / self.tickets) ** 0.5


class Verdict(msgspec.Struct, frozen=True):
    """What to do: go on, go on and look (`warnings`), or go back to the rule; and whether to promote."""

    fall_back: bool
    blocks_promotion: bool
    warnings: tuple[str, ...]


def stability(before: Floats, now: Floats, bins: int = _BINS) -> float:
    """
    Return the population stability index of one factor: how far `now` is spread from `before`.

    Bins hold equal shares of `before`; rows without a value are a bin of their own. 0 is no change.
    """
    if not len(before) or not len(now):
        return 0.0
    known = before[~np.isnan(before)]
    edges = np.unique(np.quantile(known, np.arange(1, bins) / bins)) if len(known) else np.array([])
    was, is_ = _spread(before, edges), _spread(now, edges)
    return float(((is_ - was) * np.log(is_ / was)).sum())


def _spread(values: Floats, edges: Floats) -> Floats:
    missing = np.isnan(values)
    place = np.where(missing, len(edges) + 1, np.searchsorted(edges, values, side="left"))
    counts = np.bincount(place, minlength=len(edges) + 2)
    return np.maximum(counts / len(values), _FLOOR)


def shifts(names: Sequence[str], before: Floats, now: Floats) -> tuple[Shift, ...]:
    """
    Return every factor of the tickets' own that moved, the farthest first.

    What is said of other tickets (rates, loads) moves day by day, as it should, and is not looked at.
    """
    found = [
        Shift(name, round(stability(before[:, i], now[:, i]), 4))
        for i, name in enumerate(names)
        if not name.endswith(_OTHERS) and not name.startswith("all_")
    ]
    return tuple(sorted((s for s in found if s.psi > MOVED), key=lambda s: (-s.psi, s.name)))


def gaps(
    names: Sequence[str],
    before: Floats,
    now: Floats,
    source_before: Sequence[str],
    source_now: Sequence[str],
) -> tuple[Gap, ...]:
    """Return what a source tells much less often than before, by register: perhaps it renamed a field."""
    was, is_ = np.array(source_before, dtype=np.str_), np.array(source_now, dtype=np.str_)
    found: list[Gap] = []
    for source in sorted({*was.tolist()} & {*is_.tolist()}):
        old, new = before[was == source], now[is_ == source]
        if min(len(old), len(new)) < ENOUGH:
            continue
        rates = zip(names, np.isnan(old).mean(axis=0), np.isnan(new).mean(axis=0), strict=True)
        told = {n.partition(":")[0]: (float(b), float(a)) for n, b, a in rates if a - b > LOST}
        found += [Gap(source, name, round(b, 4), round(a, 4)) for name, (b, a) in told.items()]
    return tuple(found)


def trailing_error(chance: Floats, y: Floats) -> float | None:
    """Return the calibration error of matured rows; None where they are too few to tell."""
    if len(y) < ENOUGH * _BINS:
        return None
    return float(calibration_error(chance, y, np.ones((1, len(y))))[0])


def verdict(
    moved: Sequence[Shift] = (),
    lost: Sequence[Gap] = (),
    weeks: Sequence[Week] = (),
    error: float | None = None,
) -> Verdict:
    """
    Judge what was found. `weeks` are in order of time, and matured.

    It falls back to the rule when the chances came loose (the trailing calibration error), or when the rule
    ranked better in each of the last two weeks. A base rate off by three standard errors in the last week
    warns: the daily recalibration follows it.
    """
    told = [
        f"`{s.name}` is spread otherwise than when this was learned (stability index {s.psi:.2f})"
        for s in moved
    ]
    told += [
        f"{g.source or 'a source'} lacks `{g.name}` in {g.now:.0%} of rows, before in {g.before:.0%}: "
        "was a field renamed?"
        for g in lost
    ]
    matured = [w for w in weeks if w.mean_chance is not None and w.tickets >= ENOUGH]
    if matured and matured[-1].errors > ERRORS:
        last = matured[-1]
        told.append(
            f"in the week of {last.begins} {last.base_rate:.1%} happened, where {last.mean_chance or 0:.1%} "
            f"was said: {last.errors:.1f} standard errors apart"
        )
    loose = error is not None and error > LOOSE
    if loose:
        told.append(f"the trailing calibration error is {error:.3f}, over {LOOSE}: the rule is shown instead")
    worse = _worse(matured)
    if worse:
        told.append(f"the rule ranked better in each of the last {WORSE_WEEKS} weeks: it is shown instead")
    return Verdict(loose or worse, any(s.psi > TOO_FAR for s in moved), tuple(told))


def _worse(weeks: Sequence[Week]) -> bool:
    """Only weeks in which both outcomes came often enough are compared."""
    judged = [(w.pr_auc, w.pr_auc_rule) for w in weeks if w.pr_auc is not None and w.pr_auc_rule is not None]
    last = judged[-WORSE_WEEKS:]
    return len(last) == WORSE_WEEKS and all(own < rule for own, rule in last)
