"""A learned model: chances, exact reasons, and a form that can be kept as JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Literal, TypeAlias

import msgspec
import numpy as np

from hub.risk.calibration import chance
from hub.risk.features import factor_of
from hub.risk.frame import Floats, Ints
from hub.risk.logistic import Logistic
from hub.risk.trees import Trees, parsed

Kind: TypeAlias = Literal["rule", "logistic", "boosted", "both"]
_TREES: Mapping[Kind, float] = {"rule": 0.0, "logistic": 0.0, "boosted": 1.0, "both": 0.5}
_Z = 1.96


class Trial(msgspec.Struct, frozen=True, omit_defaults=True):
    """How a candidate did on the last stretch of known outcomes, which it had not learned from."""

    kind: Kind
    rows: int
    pr_auc: float
    ece: float
    ahead: tuple[float, float] | None = None
    """By how much its PR-AUC is beyond the logistic model's: in 95 of 100 resamples, by the first or more."""


class Level(msgspec.Struct, frozen=True, array_like=True):
    """The matured outcomes of tickets with chances up to `top`."""

    top: float
    rate: float
    tickets: int


class Scale(msgspec.Struct, frozen=True):
    """What makes log-odds out of a margin."""

    slope: float
    intercept: float


class Model(msgspec.Struct, frozen=True):
    """All that `fit` learned. Columns are by name: `names` says what `chances` expects."""

    kind: Kind
    names: tuple[str, ...]
    moment: str
    until: float
    """What was known then is all that it knows. Unix seconds."""
    rows: int
    positives: int
    base: float
    """The share of rows that went wrong lately."""
    scale: Scale
    logistic: Logistic | None = None
    spare: Scale | None = None
    """The scale of the logistic part alone, to compare with."""
    trees: str = ""
    """As LightGBM writes them; read by `hub.risk.trees`, which needs no LightGBM."""
    rule: Scale = Scale(0.6, 0.0)
    levels: tuple[Level, ...] = ()
    trials: tuple[Trial, ...] = ()
    note: str = ""
    version: str = ""

    def logits(self, x: Floats) -> Floats:
        """Return calibrated log-odds of each row."""
        scale, share = self.scale, _TREES[self.kind]
        if self.logistic is None:
            return self.rule.slope * x[:, self.names.index("rule")] + self.rule.intercept
        margin = np.zeros(len(x)) if share == 1.0 else (1 - share) * self.logistic.logits(x)
        if share:
            margin = margin + share * _trees(self.trees).margins(x)
        return scale.slope * margin + scale.intercept

    def chances(self, x: Floats) -> Floats:
        """Return the calibrated chance of each row, as of the fit; later outcomes move its intercept."""
        return chance(self.logits(x))

    def reasons(self, row: Floats) -> list[tuple[str, str, float]]:
        """
        Return (factor, column, log-odds) of one row, against the average ticket; the largest first.

        Their sum and the average ticket's log-odds are the row's: nothing is left out.
        """
        scale, share = self.scale, _TREES[self.kind]
        if self.logistic is None:
            parts = np.zeros(len(self.names))
            parts[self.names.index("rule")] = self.rule.slope * row[self.names.index("rule")]
        else:
            x = row[None, :]
            parts = (1 - share) * self.logistic.contributions(x)[0]
            if share:
                parts = parts + share * _trees(self.trees).contributions(row)
            parts = parts * scale.slope
        told = [(factor_of(n), n, float(v)) for n, v in zip(self.names, parts, strict=True) if v]
        return sorted(told, key=lambda part: (-abs(part[2]), part[1]))

    def interval(self, p: float) -> tuple[float, float]:
        """Return between what the chance lies, as far as matured outcomes of such tickets tell."""
        level = next((lv for lv in self.levels if p <= lv.top), self.levels[-1] if self.levels else None)
        if level is None or not level.tickets:
            return 0.0, 1.0
        low, high = wilson(level.rate, level.tickets)
        return min(low, p), max(high, p)

    def to_json(self) -> Mapping[str, Any]:
        """Return it as plain data; the trees are text in it."""
        return msgspec.to_builtins(self)

    @staticmethod
    def from_json(data: Any) -> Model:
        """Return the model that was kept. Raises `msgspec.ValidationError` if that is none."""
        return msgspec.convert(data, Model)


def wilson(rate: float, n: float) -> tuple[float, float]:
    """Return the interval in which 95 of 100 such rates lie."""
    z = _Z * _Z / n
    middle = (rate + z / 2) / (1 + z)
    reach = _Z / (1 + z) * math.sqrt(rate * (1 - rate) / n + z / (4 * n))
    return max(middle - reach, 0.0), min(middle + reach, 1.0)


def levels(p: Floats, y: Floats, ticket: Ints, many: int = 10) -> tuple[Level, ...]:
    """Return equal shares of these rows by their chance, each with what came of it."""
    if not len(p):
        return ()
    order = np.argsort(p, kind="stable")
    told = [
        Level(float(p[part[-1]]), float(y[part].mean()), len(np.unique(ticket[part])))
        for part in np.array_split(order, many)
        if len(part)
    ]
    return tuple(told)


@lru_cache(maxsize=4)
def _trees(text: str) -> Trees:
    return parsed(text)
