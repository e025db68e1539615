"""What `hub.score` goes by: factors, groups, ageing, overrides, steps. Read by `hub.scoring_file`. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Literal, TypeAlias

import msgspec

from hub.model import Value

TOP = 100
GRAIN = 1000
"""Points are counted in thousandths, so that sums are exact in any order."""

HEALTH: Mapping[str, float] = {
    "worst": 25,
    "escalations": 25,
    "breaches": 20,
    "mood": 12,
    "reopened": 10,
    "load": 8,
}
"""What each part can take from an account's health, of 100 in all."""

Point: TypeAlias = tuple[float, float]


class Factor(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that counts: a register or a measure, what it is worth, and how to say it."""

    name: str
    source: str
    says: str
    """A sentence with `{value}`, `{when}` for a date, or `{percent}` for a share."""
    points: Mapping[str, float] = {}
    """Of each word of a choice, or of `true` and `false`."""
    curve: tuple[Point, ...] = ()
    """Straight lines between these points; level before the first and after the last."""
    group: str = ""

    def of_number(self, x: float) -> float:
        """Return what a number is worth."""
        return on_curve(self.curve, x)

    def of_word(self, word: str) -> float:
        """Return what a word is worth."""
        return self.points.get(word, self.points.get("any", 0.0))

    @property
    def most(self) -> float:
        """The most that it can be worth."""
        worths = [y for _, y in self.curve] if self.curve else list(self.points.values())
        return max(0.0, *worths) if worths else 0.0


class Group(msgspec.Struct, frozen=True, omit_defaults=True):
    """Factors that answer one question: what they are worth together."""

    name: str
    most: float
    label: str
    """How it begins a sentence: `The account`. Who may not see a factor reads of its group alone."""
    take: Literal["sum", "largest"] = "sum"
    """`largest`: they say the same thing in two ways, so that only the one that says most counts."""


class Ageing(msgspec.Struct, frozen=True, omit_defaults=True):
    """What keeps a ticket from waiting for ever, whoever its customer is."""

    after: float = 8.0
    """Business hours of waiting on us before it begins."""
    per_hour: float = 1.0
    max_wait: float = 72.0
    """Business hours after which the score is `floor` at least."""
    floor: float = 95.0


class Override(msgspec.Struct, frozen=True, omit_defaults=True):
    """A thing so telling that the sum does not matter: a score of at least, or at most, so much."""

    name: str
    source: str
    says: str
    words: tuple[str, ...] = ()
    """It holds when the source is one of these."""
    above: float | None = None
    """It holds from this number on."""
    at_least: float | None = None
    at_most: float | None = None

    def holds(self, value: Value) -> bool:
        """Return whether it holds for what its source says."""
        if value is None or value == "":
            return False
        if self.above is not None:
            return isinstance(value, (int, float)) and not isinstance(value, bool) and value >= self.above
        return as_word(value) in self.words

    def change(self, total: int) -> int:
        """Return what it adds to a total, in thousandths: below 0 where it takes away."""
        wanted = total
        if self.at_least is not None:
            wanted = max(wanted, grains(self.at_least))
        if self.at_most is not None:
            wanted = min(wanted, grains(self.at_most))
        return wanted - total


class Steps(msgspec.Struct, frozen=True, omit_defaults=True):
    """How far the clock alone must move a score before it is news."""

    priority: int = 5
    risk: float = 0.05
    attention: int = 10


class ScoringRules(msgspec.Struct, frozen=True, omit_defaults=True):
    """All that `hub.score` goes by."""

    labels: tuple[tuple[str, int], ...]
    """Each label, and the score from which it holds, ascending from 0."""
    priority: tuple[Factor, ...]
    groups: tuple[Group, ...] = ()
    risk_base: float = -3.0
    """Log-odds of escalation when nothing speaks for it: -3 is 5 in 100."""
    risk: tuple[Factor, ...] = ()
    """Factors in log-odds."""
    done: tuple[str, ...] = ("solved", "closed")
    """Statuses in which nothing is left to do: the score is 0."""
    paused: tuple[str, ...] = ("pending",)
    """Statuses that wait for the customer: nobody waits on us."""
    ageing: Ageing = Ageing()
    overrides: tuple[Override, ...] = ()
    steps: Steps = Steps()
    attention: tuple[float, float] = (0.6, 0.4)
    """The parts of priority and of risk in the attention."""
    health: Mapping[str, float] = {}
    """What each part of an account's health can take from it (`hub.roll_up`)."""
    version: str = ""
    """A digest of all of the above: with other rules a score is news at once."""

    def label(self, priority: int) -> str:
        """Return the label of a score."""
        return [label for label, start in self.labels if priority >= start][-1]


def on_curve(curve: Sequence[Point], x: float) -> float:
    """Return the height of straight lines between points, level before the first and after the last."""
    if x <= curve[0][0]:
        return curve[0][1]
    for (x0, y0), (x1, y1) in pairwise(curve):
        if x <= x1:
            return y0 + (y1 - y0) * (x - x0) / (x1 - x0)
    return curve[-1][1]


def whole(worths: Sequence[int]) -> tuple[int, list[int]]:
    """Return the rounded sum of thousandths, and whole points that add up to it (largest remainder)."""
    total = (sum(worths) + GRAIN // 2) // GRAIN
    points = [worth // GRAIN for worth in worths]
    by_remainder = sorted(range(len(worths)), key=lambda i: (-(worths[i] % GRAIN), i))
    for i in by_remainder[: total - sum(points)]:
        points[i] += 1
    return total, points


def grains(points: float) -> int:
    """Return points in thousandths."""
    return round(points * GRAIN)


def as_word(value: Value) -> str:
    """Return a value as `points` and `is` name it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return ", ".join(value) if isinstance(value, tuple) else str(value)
