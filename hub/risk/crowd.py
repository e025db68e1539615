"""
What the other tickets tell: how those of the same account, group, category… fared, and how many are open.

Everything fades: what happened a half-life ago counts half. An outcome enters only when it is known,
so that a forecast never looks ahead.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from copy import copy
from typing import NamedTuple, TypeAlias

import msgspec

_LOG2 = math.log(2)
_SHRINK = 10.0
"""So many tickets of the average stand beside those of a value: one bad ticket does not condemn a group."""
_LEAST = 0.05
"""What has faded below this is forgotten."""
_MOST = 5_000
"""Of a register, so many values are kept: those that came most."""

Key: TypeAlias = tuple[str, str]
"""A register, and the value that tickets share."""
ALL: Key = ("", "")
"""What all tickets share."""

COLUMNS = ("rate", "share", "slow", "open")
"""What is told of a value: how often it went wrong, its share of all, how slow, how many are open."""


Told: TypeAlias = tuple[float, float, float, float]


class Base(NamedTuple):
    """What holds for all tickets together."""

    odds: float
    rate: float
    """How often it goes wrong, faded."""
    usual: float
    """Log hours until a ticket is done."""
    came: float
    """Log of how many came, faded."""


class Tally(msgspec.Struct, array_like=True):
    """The faded counts of one value, as of `at`."""

    at: float
    hits: float = 0.0
    seen: float = 0.0
    slow: float = 0.0
    """Sum of log hours until they were done."""
    done: float = 0.0
    came: float = 0.0
    open: int = 0

    def fade(self, now: float, decay: float) -> None:
        """Bring it to `now`."""
        if self.at < now:
            faded = math.exp(decay * (now - self.at))
            self.at = now
            self.hits *= faded
            self.seen *= faded
            self.slow *= faded
            self.done *= faded
            self.came *= faded


class Crowd(msgspec.Struct):
    """The counts of every value, as of the last event that was folded into it. Plain data, and mutable."""

    half_life: float
    values: dict[str, dict[str, Tally]] = {}

    @property
    def decay(self) -> float:
        return -_LOG2 / self.half_life

    # folding ----------------------------------------------------------------------------------

    def tally(self, key: Key, now: float) -> Tally:
        """Return the counts of a value, which live on in the crowd."""
        kept = self.values.setdefault(key[0], {})
        found = kept.get(key[1])
        if found is None:
            found = kept[key[1]] = Tally(now)
        return found

    def came(self, tallies: Iterable[Tally], now: float) -> None:
        """A ticket, open, takes these values."""
        for tally in tallies:
            tally.fade(now, self.decay)
            tally.open += 1
            tally.came += 1.0

    def left(self, tallies: Iterable[Tally]) -> None:
        """A ticket has them no longer, or is done."""
        for tally in tallies:
            tally.open -= 1

    def finished(self, tallies: Iterable[Tally], now: float, hours: float) -> None:
        """A ticket with these values is done for the first time, after so many hours."""
        for tally in tallies:
            tally.fade(now, self.decay)
            tally.slow += math.log1p(hours)
            tally.done += 1.0

    def learn(self, tallies: Iterable[Tally], now: float, outcome: float) -> None:
        """The outcome of a forecast about a ticket with these values is known."""
        for tally in tallies:
            tally.fade(now, self.decay)
            tally.hits += outcome
            tally.seen += 1.0

    def correct(self, tallies: Iterable[Tally], now: float, since: float, change: float) -> None:
        """What was taken for known at `since` was wrong by `change`."""
        for tally in tallies:
            tally.fade(now, self.decay)
            tally.hits = max(tally.hits + math.exp(self.decay * (now - since)) * change, 0.0)

    # telling ----------------------------------------------------------------------------------

    def base(self, now: float) -> Base:
        """Return what holds for all tickets together."""
        tally = self.values.get("", {}).get("")
        if tally is None:
            return Base(0.0, 0.5, 0.0, 0.0)
        faded = math.exp(self.decay * max(now - tally.at, 0.0))
        seen, came = tally.seen * faded, tally.came * faded
        rate = (tally.hits * faded + 1.0) / (seen + 2.0)
        usual = tally.slow / tally.done if tally.done else 0.0
        return Base(math.log(rate / (1 - rate)), rate, usual, math.log(came + 1.0))

    def told(self, register: str, value: str, now: float, base: Base) -> Told:
        """Return the `COLUMNS` of a value, each against that of all tickets."""
        kept = self.values.get(register)
        tally = kept.get(value) if kept is not None else None
        if tally is None:
            return (0.0, -base.came, 0.0, 0.0)
        faded = math.exp(self.decay * max(now - tally.at, 0.0))
        own = (tally.hits * faded + _SHRINK * base.rate) / (tally.seen * faded + _SHRINK)
        own = min(max(own, 1e-6), 1 - 1e-6)
        done, came = tally.done * faded, tally.came * faded
        return (
            math.log(own / (1 - own)) - base.odds,
            math.log(came + 1.0) - base.came,
            (tally.slow * faded - base.usual * done) / (done + _SHRINK),
            math.log((tally.open + 1.0) / (came + 1.0)),
        )

    def pruned(self, now: float) -> Crowd:
        """Return what is worth keeping: what has not faded, and of each register what came most."""
        kept: dict[str, dict[str, Tally]] = {}
        for register, values in self.values.items():
            alive = [
                (value, tally)
                for value, tally in values.items()
                if tally.open or (tally.seen + tally.came) * math.exp(self.decay * (now - tally.at)) > _LEAST
            ]
            alive.sort(key=lambda pair: (-pair[1].came, pair[0]))
            kept[register] = {value: copy(tally) for value, tally in alive[:_MOST]}
        return Crowd(self.half_life, kept)
