"""What a team sees that looks at the N riskiest tickets of each day."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hub.risk.frame import Floats, Ints
from hub.risk.metrics import steps

DAY = 86_400.0
HOUR = 3_600.0
_SMALL = 1e-9


@dataclass(frozen=True, slots=True)
class Lists:
    """
    Each day's list (days are UTC's): every ticket once, by its highest score, the highest first.

    Equal scores are one step, of which a fair share is taken where a list ends amidst them.
    """

    rows: Ints
    day: Ints
    starts: Ints
    """The place at which each step begins."""
    opening: Ints
    """Of each step: the first step of its day."""


@dataclass(frozen=True, slots=True)
class Warned:
    """
    What was warned of in time: for each event, how long before, and how likely that was its first alert.

    Where no equal scores meet the end of a list there is one entry for an event, of share 1. What is only
    presumed to happen has no hours.
    """

    ticket: Ints
    hours: Floats
    share: Floats


def daily_lists(score: Floats, ticket: Ints, at: Floats) -> Lists:
    """Write the lists of all days."""
    day = np.floor(at / DAY).astype(np.int64)
    place = np.arange(len(score))
    order = np.lexsort((place, -score, ticket, day))
    fresh = (np.diff(day[order], prepend=day[order][:1] - 1) != 0) | (
        np.diff(ticket[order], prepend=ticket[order][:1] - 1) != 0
    )
    best = order[fresh]
    rows = best[np.lexsort((best, -score[best], day[best]))]
    day = day[rows]
    days, equal = steps(day.astype(np.float64)), steps(score[rows])
    starts = np.union1d(days, equal)
    opening = np.searchsorted(starts, days)
    return Lists(rows, day, starts, opening[np.searchsorted(days, starts, side="right") - 1])


def precision_at(lists: Lists, y: Floats, weights: Floats, capacity: int) -> Floats:
    """Return the share of positives among what is looked at, by weighting of the rows."""
    mass, taken = _taken(lists, weights, capacity)
    hits = np.add.reduceat((weights * y)[:, lists.rows], lists.starts, axis=1)
    seen = taken.sum(axis=1)
    return _ratio((hits * _ratio(taken, mass, 0.0)).sum(axis=1), seen)


def looked_at(lists: Lists, capacity: int) -> Floats:
    """Return the share of each listed row that is looked at: 1, 0, or between where equals meet the end."""
    mass, taken = _taken(lists, np.ones((1, int(lists.rows.max(initial=-1)) + 1)), capacity)
    return np.repeat((taken / mass)[0], np.diff(np.append(lists.starts, len(lists.rows))))


def _taken(lists: Lists, weights: Floats, capacity: int) -> tuple[Floats, Floats]:
    """Return the mass of each step, and how much of it the team has time for."""
    mass = np.add.reduceat(weights[:, lists.rows], lists.starts, axis=1)
    above = np.cumsum(mass, axis=1) - mass
    return mass, np.clip(capacity - (above - above[:, lists.opening]), 0.0, mass)


def happenings(y: Floats, ticket: Ints, at: Floats, lead: Floats) -> Ints:
    """Return what there was to be warned of: of each event, its ticket."""
    rows = np.flatnonzero(y == 1)
    return np.unique(np.column_stack([ticket[rows], _events(at[rows], lead[rows])]), axis=0)[:, 0]


def _events(at: Floats, lead: Floats) -> Ints:
    """Return when each row's event was; what is presumed to happen has no time yet, and is one event."""
    return np.where(np.isfinite(lead), np.round(at + np.nan_to_num(lead)), -1.0).astype(np.int64)


def warnings(lists: Lists, capacity: int, y: Floats, ticket: Ints, at: Floats, lead: Floats) -> Warned:
    """Return how long before each event its ticket first stood on a list, within the horizon of the label."""
    share = looked_at(lists, capacity)
    told = (share > 0) & (y[lists.rows] == 1)
    rows, share = lists.rows[told], share[told]
    event = _events(at[rows], lead[rows])
    order = np.lexsort((at[rows], event, ticket[rows]))
    rows, share, event = rows[order], share[order], event[order]
    first = np.empty_like(share)
    held, still = (-1, 0.0), 1.0
    for i, key in enumerate(zip(ticket[rows].tolist(), event.tolist(), strict=True)):
        if key != held:
            held, still = key, 1.0
        first[i] = share[i] * still
        still *= 1.0 - share[i]
    return Warned(ticket[rows], lead[rows] / HOUR, first)


def caught(warned: Warned, happened: Ints, counts: Floats) -> Floats:
    """Return the share of events that were warned of, by weighting of the tickets."""
    return _ratio((counts[:, warned.ticket] * warned.share).sum(axis=1), counts[:, happened].sum(axis=1))


def median_lead(warned: Warned, counts: Floats) -> Floats:
    """Return the median lead in hours, by weighting of the tickets (a column of `counts` each)."""
    if not np.isfinite(warned.hours).any():
        return np.full(len(counts), np.nan)
    known = np.flatnonzero(np.isfinite(warned.hours))
    order = known[np.argsort(warned.hours[known], kind="stable")]
    hours = warned.hours[order]
    upto = np.cumsum(counts[:, warned.ticket[order]] * warned.share[order], axis=1)
    half = upto[:, -1:] / 2
    low = hours[(upto >= half - _SMALL).argmax(axis=1)]
    high = hours[(upto > half + _SMALL).argmax(axis=1)]
    return np.where(half[:, 0] > 0, (low + high) / 2, np.nan)


def _ratio(above: Floats, below: Floats, otherwise: float = np.nan) -> Floats:
    return np.divide(above, below, out=np.full(np.shape(below), otherwise), where=below > 0)
