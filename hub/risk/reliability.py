"""What a back-test found, in the shape in which programs read it (`hub backtest --json`)."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from hub.risk.bootstrap import Figure
from hub.risk.drift import Gap, Shift, Verdict, Week

FIGURES: Mapping[str, tuple[str, str]] = {
    "pr_auc": (
        "PR-AUC",
        "average precision: at each row to which it happens, the share of it among all that stand as high",
    ),
    "roc_auc": ("ROC-AUC", "the chance that a row to which it happens stands above one to which it does not"),
    "recall_10": ("R@10 %", "of all to which it happens, the share in the top tenth"),
    "recall_20": ("R@20 %", "the same in the top fifth"),
    "precision": ("P@capacity", "of the tickets on the daily lists, the share to which it happens"),
    "caught": ("caught", "of all that happened, the share whose ticket stood on a daily list before"),
    "lead_hours": ("lead h", "hours from the first time on a list until it happened, the median"),
    "spared_80": ("spared@80", "the share of rows that needs no look when 80 % are to be found"),
    "brier": ("Brier", "mean square of what was wrong with the chances"),
    "ece": ("ECE", "how far chances and shares lie apart, over ten bins of equal mass"),
}
"""Every figure: its heading, and what it says."""
LOWER_IS_BETTER = frozenset({"brier", "ece"})


class Sample(msgspec.Struct, frozen=True):
    """Some rows, and what came of them. Times are ISO, in UTC."""

    begins: str
    ends: str
    rows: int
    tickets: int
    positives: int
    base_rate: float | None


class Asked(msgspec.Struct, frozen=True):
    """What was asked for. Times are Unix seconds; `until` and `end` are the first moment after."""

    until: float
    begin: float
    end: float
    embargo: float = 7 * 86400.0
    capacity: int = 20
    resamples: int = 300


class Judged(msgspec.Struct, frozen=True):
    """A model, and how good it was, by the names of `FIGURES`."""

    name: str
    says: str
    figures: Mapping[str, Figure]


class Bin(msgspec.Struct, frozen=True):
    """A tenth of the rows, by chance: what was said of them, and what came."""

    said: float
    came: Figure


class Point(msgspec.Struct, frozen=True):
    """Going down a ranking: the share of rows seen, and of what happened found."""

    seen: float
    found: float


class Daily(msgspec.Struct, frozen=True):
    """What a team sees that looks at so many tickets a day."""

    capacity: int
    precision: Figure
    caught: Figure
    lead_hours: Figure


class Begun(msgspec.Struct, frozen=True):
    """What happened on somebody's initiative: how much of it stands in the top fifth."""

    by: str
    rows: int
    recall_20: Figure


class Slice(msgspec.Struct, frozen=True):
    """The rows that share a value: how good the chosen model is on them, and how far ahead of the rule."""

    by: str
    value: str
    rows: int
    tickets: int
    positives: int
    base_rate: float
    mean_chance: float
    pr_auc: Figure
    ahead_of_rule: Figure
    ece: Figure


class Reliability(msgspec.Struct, frozen=True):
    """All that a back-test found. Keys and names stay as they are; new ones may come."""

    label: str
    says: str
    moment: str
    horizon_days: float | None
    """None: until its ticket is closed."""
    capacity: int
    embargo_days: float
    resamples: int
    history: Sample
    train: Sample
    test: Sample
    left_out: Mapping[str, int]
    chosen: str
    version: str
    features: int
    models: tuple[Judged, ...]
    ahead_of_rule: Mapping[str, Figure]
    """Of the model that is shown, recalibrated: its figures minus the rule's, on the same resamples."""
    calibration: Mapping[str, tuple[Bin, ...]]
    calibration_noise: float
    """The calibration error that chances which are exactly true would show on so many tickets."""
    recall: Mapping[str, tuple[Point, ...]]
    begun: tuple[Begun, ...]
    daily: tuple[Daily, ...]
    slices: tuple[Slice, ...]
    weeks: tuple[Week, ...]
    moved: tuple[Shift, ...]
    lost: tuple[Gap, ...]
    verdict: Verdict
    notes: tuple[str, ...]

    def of(self, name: str) -> Judged:
        """Return a model by its name."""
        return next(m for m in self.models if m.name == name)
