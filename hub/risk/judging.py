"""How good models were on the rows they were tested on: figures with intervals, all on the same resamples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hub.risk.baselines import Scored
from hub.risk.bootstrap import Figure, figure, numbered, weightings
from hub.risk.capacity import (
    Lists,
    Warned,
    caught,
    daily_lists,
    happenings,
    median_lead,
    precision_at,
    warnings,
)
from hub.risk.frame import Floats, Frame, Ints
from hub.risk.metrics import (
    calibration_bins,
    calibration_error,
    curve,
    proper_figures,
    ranked_figures,
    ranking,
    recall_at,
)
from hub.risk.reliability import Begun, Bin, Daily, Point

CAPACITIES = (5, 10, 20, 50, 100)
_POINTS = 51
_FIFTH = 0.2


@dataclass(frozen=True, slots=True)
class Tested:
    """The rows of a test, with what came of them; tickets are 0, 1, 2, …"""

    y: Floats
    ticket: Ints
    at: Floats
    lead: Floats

    @classmethod
    def of(cls, test: Frame, y: Floats) -> Tested:
        return cls(y, numbered(test.ticket), test.at, test.lead)

    def events(self) -> Ints:
        """The ticket of each event that there was to be warned of."""
        return happenings(self.y, self.ticket, self.at, self.lead)


@dataclass(frozen=True, slots=True)
class _OnLists:
    """A model's lists of each day, and what they warned of."""

    lists: Lists
    capacity: int
    warned: Warned

    @classmethod
    def of(cls, model: Scored, tested: Tested, capacity: int) -> _OnLists:
        lists = daily_lists(model.rank, tested.ticket, tested.at)
        warned = warnings(lists, capacity, tested.y, tested.ticket, tested.at, tested.lead)
        return cls(lists, capacity, warned)

    def figures(self, tested: Tested, events: Ints, rows: Floats, tickets: Floats) -> dict[str, Floats]:
        return {
            "precision": precision_at(self.lists, tested.y, rows, self.capacity),
            "caught": caught(self.warned, events, tickets),
            "lead_hours": median_lead(self.warned, tickets),
        }


Drawn = Mapping[str, Floats]
"""Figures by name: the sample's own value first, then one for each resample."""


def judge(models: Sequence[Scored], tested: Tested, capacity: int, times: int) -> Mapping[str, Drawn]:
    """Return every figure of every model, drawn `times` times over."""
    events = tested.events()
    listed = {model.name: _OnLists.of(model, tested, capacity) for model in models}
    parts: dict[str, dict[str, list[Floats]]] = {model.name: {} for model in models}
    for batch in weightings(tested.ticket, times):
        for model in models:
            told = {
                **ranked_figures(model.rank, tested.y, batch.rows),
                **proper_figures(model.chance, tested.y, batch.rows),
                **listed[model.name].figures(tested, events, batch.rows, batch.tickets),
            }
            for name, values in told.items():
                parts[model.name].setdefault(name, []).append(values)
    return {name: {k: np.concatenate(v) for k, v in drawn.items()} for name, drawn in parts.items()}


def figures(drawn: Drawn) -> Mapping[str, Figure]:
    """Return each figure with its interval."""
    return {name: figure(values) for name, values in drawn.items()}


def ahead(one: Drawn, other: Drawn) -> Mapping[str, Figure]:
    """Return the differences of two models, resample by resample: much of what varies is common to both."""
    return {name: figure(one[name] - other[name]) for name in one}


def calibration(chance: Floats, tested: Tested, times: int) -> tuple[Bin, ...]:
    """Return what was said and what came, in tenths of the rows."""
    drawn = [calibration_bins(chance, tested.y, b.rows) for b in weightings(tested.ticket, times)]
    said, came = (np.vstack([pair[i] for pair in drawn]) for i in (0, 1))
    bins = range(said.shape[1])
    return tuple(Bin(float(said[0, i]), figure(came[:, i])) for i in bins if np.isfinite(said[0, i]))


def recalls(model: Scored, tested: Tested) -> tuple[Point, ...]:
    """Return how much is found on the way down a ranking; nothing, where there is nothing to find."""
    if not tested.y.any():
        return ()
    down = curve(ranking(model.rank, tested.y), np.ones((1, len(tested.y))))
    shares = np.linspace(0, 1, _POINTS)
    return tuple(Point(float(share), float(recall_at(down, float(share))[0])) for share in shares)


def begun(model: Scored, by: NDArray[np.str_], tested: Tested, times: int) -> tuple[Begun, ...]:
    """Return of what customers, employees and executives each began: how much is in the top fifth."""
    ranked = ranking(model.rank, tested.y)
    ends = np.append(ranked.starts[1:], len(tested.y))
    steps = ends - ranked.starts
    taken = np.clip(len(tested.y) * _FIFTH - ranked.starts, 0, steps) / steps
    share = np.empty(len(tested.y))
    share[ranked.order] = np.repeat(taken, steps)
    told: list[Begun] = []
    for who in np.unique(by[(tested.y == 1) & (by != "")]).tolist():
        own = ((by == who) & (tested.y == 1)).astype(np.float64)
        drawn = [_share(b.rows @ (own * share), b.rows @ own) for b in weightings(tested.ticket, times)]
        told.append(Begun(who, int(own.sum()), figure(np.concatenate(drawn))))
    return tuple(told)


def _share(part: Floats, whole: Floats) -> Floats:
    return np.divide(part, whole, out=np.full_like(whole, np.nan), where=whole > 0)


def daily(model: Scored, tested: Tested, capacity: int, times: int) -> tuple[Daily, ...]:
    """Return what a team finds, by how many tickets it can look at in a day."""
    events = tested.events()
    sizes = sorted({*CAPACITIES, capacity})
    listed = [_OnLists.of(model, tested, size) for size in sizes]
    drawn: list[dict[str, list[Floats]]] = [{} for _ in sizes]
    for batch in weightings(tested.ticket, times):
        for parts, on in zip(drawn, listed, strict=True):
            for name, values in on.figures(tested, events, batch.rows, batch.tickets).items():
                parts.setdefault(name, []).append(values)
    told = [{name: figure(np.concatenate(v)) for name, v in parts.items()} for parts in drawn]
    return tuple(
        Daily(size, it["precision"], it["caught"], it["lead_hours"])
        for size, it in zip(sizes, told, strict=True)
    )


def sliced(
    shown: Scored, rule: Scored, tested: Tested, rows: Ints, times: int
) -> tuple[Figure, Figure, Figure]:
    """Return of some rows alone: the area of what is shown, how far that is ahead, its calibration error."""
    y, ticket = tested.y[rows], tested.ticket[rows]
    own: list[Floats] = []
    others: list[Floats] = []
    loose: list[Floats] = []
    for batch in weightings(ticket, times):
        own.append(ranked_figures(shown.rank[rows], y, batch.rows)["pr_auc"])
        others.append(ranked_figures(rule.rank[rows], y, batch.rows)["pr_auc"])
        loose.append(calibration_error(shown.chance[rows], y, batch.rows))
    area, base = np.concatenate(own), np.concatenate(others)
    return figure(area), figure(area - base), figure(np.concatenate(loose))
