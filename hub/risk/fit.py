"""Learning: the logistic model, and whether a challenger earned its place."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import msgspec
import numpy as np

from hub.risk import boosted, logistic
from hub.risk.bootstrap import weightings
from hub.risk.calibration import DAY, chance, followed, intercept, intercept_now, logit, slope_and_intercept
from hub.risk.crowd import COLUMNS
from hub.risk.frame import Floats, Frame, Ints
from hub.risk.metrics import Ranking, average_precision, calibration_error, curve, ranking
from hub.risk.model import Kind, Level, Model, Scale, Trial, levels
from hub.risk.rules import RiskRules
from hub.risk.trees import parsed

_HELD_OUT = 14 * DAY
_RESAMPLES = 200
_FEW = 2_000
"""With fewer rows, trees have nothing to tell apart, and outcomes must count for longer."""
_FADE_FEW = 30 / 14
_FEW_TICKETS = 3_000
"""Trees that saw fewer tickets lose to the logistic model on every log tried; what they win is luck."""
_MOST_ECE = 0.05
_LITTLE = 0.01
_SMOOTH = 1.5
"""Days over which the base rate of a day is smoothed."""
_REACH = 9
"""Days beyond which another day says nothing of it."""
_SHRINK = 20.0
_HARD = 0.5
_UNTRIED = 0.85
"""The slope of what could not be tried on anything: what was learned holds less well on what is to come."""


@dataclass(frozen=True, slots=True)
class _Lesson:
    """What there is to learn from at one moment."""

    rows: Ints
    y: Floats
    weight: Floats
    base: Floats
    """The log-odds of all tickets at each row's time."""


def fit(frame: Frame, rules: RiskRules, *, until: float, challenger: bool = True) -> Model:
    """
    Return the model that the outcomes known by `until` teach.

    Nothing that became known later is looked at. With too few outcomes (`rules.least_known`,
    `rules.least_positive`) it is the rule, mapped to a prior: kind "rule". `trials` says how each
    candidate did on the last stretch of outcomes, and `note` why the one was chosen.
    """
    lesson = _lesson(frame, rules, until)
    if not _enough(lesson, rules):
        return _prior(frame, rules, lesson, until)
    trials, held, kind, note = _tried(frame, rules, lesson, until, challenger=challenger)
    linear = _logistic(frame, lesson, rules)
    trees = (
        boosted.learn(_rows(frame, lesson), lesson.y, lesson.weight, lesson.base) if kind in _GROWN else ""
    )
    past = slice(0, int(np.searchsorted(frame.at, until)))
    margins: dict[Kind, Floats] = {"logistic": linear.logits(frame.x[past])}
    if trees:
        grown = parsed(trees).margins(frame.x[past])
        margins["boosted"], margins["both"] = grown, (grown + margins["logistic"]) / 2
    before = frame.rows(past)
    slope = _slope(held, kind)
    model = Model(
        kind,
        frame.names,
        frame.moment,
        until,
        len(lesson.y),
        int(lesson.y.sum()),
        float(chance(np.array([_level(before, until)]))[0]),
        Scale(slope, _anchor(before, slope * margins[kind], until)),
        linear,
        Scale(
            _slope(held, "logistic"), _anchor(before, _slope(held, "logistic") * margins["logistic"], until)
        ),
        trees,
        levels=_levels(held, kind, slope),
        trials=trials,
        note=note,
    )
    return msgspec.structs.replace(model, version=_version(model))


_GROWN = ("boosted", "both")


def _lesson(frame: Frame, rules: RiskRules, until: float) -> _Lesson:
    y = frame.as_of(until)
    rows = np.flatnonzero(np.isfinite(y) & (frame.at + frame.ripens <= until) & (frame.at < until))
    half_life = rules.half_life * (1.0 if len(rows) >= _FEW else _FADE_FEW)
    weight = 0.5 ** ((until - frame.at[rows]) / half_life)
    return _Lesson(rows, y[rows], weight, _bases(frame.at[rows], y[rows], weight))


def _bases(at: Floats, y: Floats, weight: Floats) -> Floats:
    """
    Return the log-odds of all tickets in the days around each row.

    With these given, learning compares tickets of the same days: what drove the base rate from one week
    to the next is not laid at the door of whatever happened to change in the same weeks.
    """
    if not len(at):
        return np.zeros(0)
    day = (at // DAY).astype(np.int64)
    day -= day.min()
    near = np.exp(-0.5 * (np.arange(-_REACH, _REACH + 1) / _SMOOTH) ** 2)
    hits, seen = (np.convolve(np.bincount(day, of), near)[_REACH:-_REACH] for of in (weight * y, weight))
    rate = float(weight @ y / weight.sum())
    return logit((hits + _SHRINK * rate) / (seen + _SHRINK))[day]


def _rows(frame: Frame, lesson: _Lesson) -> Floats:
    """Return the lesson's rows; where they are the first ones, without copying them."""
    rows = lesson.rows
    return frame.x[: len(rows)] if rows[-1] == len(rows) - 1 else frame.x[rows]


def _enough(lesson: _Lesson, rules: RiskRules) -> bool:
    happened = lesson.y.sum()
    least = rules.least_positive
    return len(lesson.y) >= rules.least_known and least <= happened <= len(lesson.y) - least


def _logistic(frame: Frame, lesson: _Lesson, rules: RiskRules) -> logistic.Logistic:
    rates, others = f":{COLUMNS[0]}", tuple(f":{column}" for column in COLUMNS[1:])
    return logistic.learn(
        _rows(frame, lesson),
        lesson.y,
        lesson.weight,
        frame.names.index("rule"),
        rules.weight,
        lesson.base,
        alike=[i for i, name in enumerate(frame.names) if name.endswith(rates)],
        aside=[i for i, name in enumerate(frame.names) if name.endswith(others)],
    )


# trials ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Held:
    """The last stretch of outcomes, and what candidates that had not seen it said of it."""

    y: Floats
    ticket: Ints
    odds: dict[Kind, Floats]
    part: float
    """The share of all lessons that those candidates had had."""


def _tried(
    frame: Frame, rules: RiskRules, lesson: _Lesson, until: float, *, challenger: bool
) -> tuple[tuple[Trial, ...], _Held | None, Kind, str]:
    """Let the candidates foresee the last stretch from what was known before it."""
    at = frame.at[lesson.rows]
    start = max(float(at[-1]) - _HELD_OUT, float(at[0] + 2 * at[-1]) / 3)
    earlier = _lesson(frame, rules, start)
    stretch = lesson.rows[at >= start]
    y = lesson.y[at >= start]
    if not _enough(earlier, rules) or not rules.least_positive <= y.sum() <= len(y) - rules.least_positive:
        return (), None, "logistic", "too little history to try anything against the logistic model"
    linear = _logistic(frame, earlier, rules)
    seen = frame.rows(slice(0, int(np.searchsorted(frame.at, until))))
    margins: dict[Kind, Floats] = {"logistic": linear.logits(seen.x)}
    note = ""
    if not challenger:
        note = "no challenger was asked for"
    elif not boosted.installed():
        note = "LightGBM is not installed: no challenger"
    elif len(earlier.y) < _FEW or len(np.unique(frame.ticket[lesson.rows])) < _FEW_TICKETS:
        note = f"fewer than {_FEW_TICKETS:,} tickets, or {_FEW:,} rows before the last stretch: no challenger"
    else:
        trees = boosted.learn(_rows(frame, earlier), earlier.y, earlier.weight, earlier.base)
        margins["boosted"] = parsed(trees).margins(seen.x)
        margins["both"] = (margins["logistic"] + margins["boosted"]) / 2
    moved: dict[Kind, Floats] = {kind: followed(margin, seen, stretch) for kind, margin in margins.items()}
    held = _Held(y, frame.ticket[stretch], moved, len(earlier.y) / len(lesson.y))
    trials = _compared(held)
    kind, why = _best(trials)
    return trials, held, kind, note or why


def _compared(held: _Held) -> tuple[Trial, ...]:
    ranked: dict[Kind, Ranking] = {kind: ranking(odds, held.y) for kind, odds in held.odds.items()}
    drawn: dict[Kind, list[Floats]] = {kind: [] for kind in ranked}
    for batch in weightings(held.ticket, _RESAMPLES):
        for kind, rank in ranked.items():
            drawn[kind].append(average_precision(curve(rank, batch.rows)))
    areas: dict[Kind, Floats] = {kind: np.concatenate(parts) for kind, parts in drawn.items()}
    one = np.ones((1, len(held.y)))
    trials: list[Trial] = []
    for kind, area in areas.items():
        ece = float(calibration_error(chance(held.odds[kind]), held.y, one)[0])
        apart = area[1:] - areas["logistic"][1:]
        low, high = np.nanpercentile(apart, (5, 95)).tolist()
        ahead = None if kind == "logistic" else (low, high)
        trials.append(Trial(kind, len(held.y), float(area[0]), ece, ahead))
    return tuple(trials)


def _best(trials: tuple[Trial, ...]) -> tuple[Kind, str]:
    """Only who is better with confidence, and no worse calibrated than is bearable, takes the place."""
    bearable = max(_MOST_ECE, trials[0].ece + _LITTLE)
    better = [t for t in trials if t.ahead is not None and t.ahead[0] > 0 and t.ece <= bearable]
    if not better:
        return "logistic", "no challenger was better with confidence" if len(trials) > 1 else ""
    best = max(better, key=lambda t: t.ahead or (0.0, 0.0))  # the one that is most surely better
    return best.kind, f"PR-AUC {best.pr_auc:.3f} against {trials[0].pr_auc:.3f} of the logistic model"


# calibration ----------------------------------------------------------------------------------


def _slope(held: _Held | None, kind: Kind) -> float:
    """Return Platt's slope. Found on a model that had seen a part of all this, it counts for that part."""
    if held is None:
        return _UNTRIED
    slope, _ = slope_and_intercept(held.odds[kind], held.y, np.ones(len(held.y)))
    return 1.0 + (slope - 1.0) * min(held.part, 1.0)


def _level(before: Frame, until: float) -> float:
    """Return the log-odds of all tickets whose outcomes came to be known lately."""
    return _anchor(before, np.zeros(len(before)), until)


def _anchor(before: Frame, odds: Floats, until: float) -> float:
    """Return the intercept with which these log-odds add up to the latest outcomes; without any, to all."""
    if (before.believed >= until - _HELD_OUT).any():
        return intercept_now(odds, before, until, held=_HARD)
    y = before.as_of(until)
    known = np.isfinite(y)
    return intercept(odds[known], y[known], np.ones(int(known.sum())), held=_HARD)


def _levels(held: _Held | None, kind: Kind, slope: float) -> tuple[Level, ...]:
    if held is None:
        return ()
    return levels(chance(slope * held.odds[kind]), held.y, held.ticket)


def _prior(frame: Frame, rules: RiskRules, lesson: _Lesson, until: float) -> Model:
    """The rule, mapped so that a ticket for which nothing speaks has the base rate of the file."""
    middle = float(np.median(frame.rule)) if len(frame) else 0.0
    base = float(logit(np.array([rules.base]))[0])
    model = Model(
        "rule",
        frame.names,
        frame.moment,
        until,
        len(lesson.y),
        int(lesson.y.sum()),
        rules.base,
        Scale(1.0, 0.0),
        rule=Scale(rules.weight, base - rules.weight * middle),
        note=f"only {len(lesson.y)} known outcomes, {int(lesson.y.sum())} of them escalations",
    )
    return msgspec.structs.replace(model, version=_version(model))


def _version(model: Model) -> str:
    return f"{model.kind}-{hashlib.sha256(msgspec.json.encode(model)).hexdigest()[:12]}"
