"""How long customers wait on us, by tier: whether account value makes anybody starve. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

NO_TIER = "(none)"


class Wait(NamedTuple):
    """One open ticket that waits on us, or one answer that a customer waited for."""

    tier: str
    hours: float
    """Business hours."""


class Waits(NamedTuple):
    """The waits of one tier, in business hours."""

    tier: str
    tickets: int
    p50: float
    p95: float
    longest: float


def waits_by_tier(waits: Iterable[Wait], tiers: Sequence[str] = ()) -> tuple[Waits, ...]:
    """Return a row a tier: in the order of `tiers`, then the others by name."""
    by_tier: dict[str, list[float]] = {}
    for wait in waits:
        by_tier.setdefault(wait.tier or NO_TIER, []).append(wait.hours)
    rank = {tier: i for i, tier in enumerate(tiers)}
    ordered = sorted(by_tier, key=lambda tier: (rank.get(tier, len(rank)), tier == NO_TIER, tier))
    return tuple(_row(tier, sorted(by_tier[tier])) for tier in ordered)


def _row(tier: str, hours: Sequence[float]) -> Waits:
    return Waits(tier, len(hours), quantile(hours, 0.5), quantile(hours, 0.95), hours[-1])


def quantile(ordered: Sequence[float], share: float) -> float:
    """Return the smallest of these that at least such a share of them does not exceed."""
    return ordered[max(math.ceil(share * len(ordered)) - 1, 0)]
