"""Where to look first: how urgent a ticket is, and where its risk stands among the open tickets. Pure."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

import msgspec

from hub.records import Reason
from hub.scoring_rules import grains, whole

_WEIGHTS = (0.6, 0.4)
_SHARES = 100
_ALIKE = 1.05
"""Risks that differ by no more than this factor are alike: so far the clock moves one until a rescore."""


class Attention(msgspec.Struct, frozen=True):
    """A number from 0 to 100, and the two lines that add up to it."""

    points: int
    reasons: tuple[Reason, ...]


def attention(
    priority: int, risk: float, quantiles: Sequence[float] = (), weights: tuple[float, float] = _WEIGHTS
) -> Attention:
    """
    Return the attention that a ticket of this priority and this risk asks for.

    `quantiles`: of the risks of the open tickets, ascending, some 101 of them, kept until the next
    rescore so that a ticket does not move because others do. Without them the chance stands for itself.
    """
    place = percentile(risk, quantiles)
    parts = (weights[0] * priority, weights[1] * 100 * place)
    total, (first, second) = whole([grains(part) for part in parts])
    return Attention(
        total,
        (
            Reason(
                "priority", first, f"The priority is {priority}", f"score.priority = {priority}", priority
            ),
            Reason("risk", second, _told(risk, place, quantiles), f"risk = {risk:.2f}", risk),
        ),
    )


def percentile(risk: float, quantiles: Sequence[float]) -> float:
    """Return where a risk stands among those of others: 0 the lowest, 1 the highest, .5 of all alike."""
    if not quantiles:
        return min(max(risk, 0.0), 1.0)
    last = len(quantiles) - 1
    low, high = bisect_left(quantiles, risk / _ALIKE), bisect_right(quantiles, risk * _ALIKE)
    if low < high:
        return (low + high - 1) / 2 / last if last else 0.5
    if low == 0:
        return 0.0
    if low > last:
        return 1.0
    below, above = quantiles[low - 1], quantiles[low]
    return (low - 1 + (risk - below) / (above - below)) / last


def quantiles_of(risks: Sequence[float]) -> tuple[float, ...]:
    """Return the 101 quantiles of the open tickets' risks: what `attention` measures a risk by."""
    if not risks:
        return ()
    ordered = sorted(risks)
    last = len(ordered) - 1
    return tuple(ordered[round(last * share / _SHARES)] for share in range(_SHARES + 1))


def _told(risk: float, place: float, quantiles: Sequence[float]) -> str:
    if not quantiles:
        return f"The risk is {risk:.0%}"
    return f"The risk is {risk:.0%}: higher than that of {place:.0%} of the open tickets"
