"""
What a model would have been worth: learned on what was known at one time, judged on what came later.

Nothing of the test is seen in learning: features look at the past alone, outcomes count from when they were
known, and an embargo keeps the rows whose outcomes overlap with learning out of both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec
import numpy as np
from numpy.typing import NDArray

from hub.risk.baselines import Scored, baselines
from hub.risk.calibration import chance, followed
from hub.risk.capacity import DAY
from hub.risk.drift import ENOUGH, Gap, Week, gaps, shifts, trailing_error, verdict
from hub.risk.fit import fit
from hub.risk.frame import Floats, Frame
from hub.risk.judging import Tested, ahead, begun, calibration, daily, figures, judge, recalls, sliced
from hub.risk.labels import Label
from hub.risk.metrics import calibration_noise, ranked_figures
from hub.risk.model import Model
from hub.risk.reliability import Asked, Judged, Reliability, Sample, Slice
from hub.risk.rules import RiskRules

SHOWN = "shown"
"""The chosen model as people see it: its level moved day by day by the outcomes that came to be known."""
_WEEK = 7 * DAY
_MONDAY = 4 * DAY
"""The first Monday of Unix time, 5 January 1970."""
_TRAILING = 14 * DAY
_VALUES = 10
_TOLD = 8
Mask = NDArray[np.bool_]


class NothingToTest(ValueError):
    """The history holds nothing that was asked for; the message says what it holds."""


@dataclass(frozen=True, slots=True)
class Split:
    """Which rows teach and which judge, with their outcomes as each may know them."""

    train: Frame
    y_train: Floats
    test: Frame
    y: Floats
    seen: Frame
    """All rows up to the end of the test: the daily recalibration follows their outcomes."""
    is_test: Mask
    """Of `seen`."""
    left_out: Mapping[str, int]


def split(frame: Frame, asked: Asked, ended: float) -> Split:
    """
    Return the rows of learning and of the test.

    A row is ripe when its outcome could be known, whatever it is. Before that, one outcome is known sooner
    than the other: such rows would bend the base rate, and are left out on both sides.
    """
    ripe = frame.at + frame.ripens
    y_then, y = frame.as_of(asked.until), frame.as_of(ended)
    train = (frame.at < asked.until) & (ripe <= asked.until) & np.isfinite(y_then)
    asked_for = (frame.at >= asked.begin) & (frame.at < asked.end)
    in_embargo = asked_for & (frame.at < asked.until + asked.embargo)
    immature = asked_for & ~in_embargo & (ripe > ended)
    unknown = asked_for & ~in_embargo & ~immature & ~np.isfinite(y)
    test = asked_for & ~in_embargo & ~immature & ~unknown
    seen = frame.at < asked.end
    counts = {"in_embargo": in_embargo, "not_matured": immature, "outcome_unknown": unknown}
    return Split(
        frame.rows(train),
        y_then[train],
        frame.rows(test),
        y[test],
        frame if seen.all() else frame.rows(seen),
        test[seen],
        {name: int(mask.sum()) for name, mask in counts.items()},
    )


def backtest(
    frame: Frame,
    label: Label,
    rules: RiskRules,
    asked: Asked,
    ended: float,
    tell: Callable[[str], None] = lambda _: None,
) -> Reliability:
    """
    Learn, and judge what was learned beside what it has to beat. `ended` is the last moment of the history.

    Raises `NothingToTest` if no row of the window has a known outcome.
    """
    parts = split(frame, asked, ended)
    if not len(parts.test):
        raise NothingToTest(_nothing(frame, asked, parts, ended))
    tell("learning")
    chosen, scored = _models(frame, rules, asked, parts)
    tell("judging")
    tested = Tested.of(parts.test, parts.y)
    drawn = judge(scored, tested, asked.capacity, asked.resamples)
    by_name = {model.name: model for model in scored}
    shown, rule = by_name[SHOWN], by_name["rule"]
    tell("slicing")
    weeks = tuple(_weeks(parts, shown, rule))
    moved = shifts(frame.names, parts.train.x, parts.test.x)
    lost = _gaps(parts)
    recent = parts.test.at >= parts.test.at[-1] - _TRAILING
    error = trailing_error(shown.chance[recent], parts.y[recent])
    tested_weeks = [w for w in weeks if w.mean_chance is not None]
    return Reliability(
        label=label.name,
        says=label.says,
        moment=label.moment,
        horizon_days=None if label.to_closing else label.horizon / DAY,
        capacity=asked.capacity,
        embargo_days=asked.embargo / DAY,
        resamples=asked.resamples,
        history=_sample(frame, frame.as_of(ended)),
        train=_sample(parts.train, parts.y_train),
        test=_sample(parts.test, parts.y),
        left_out=parts.left_out,
        chosen=chosen.kind,
        version=chosen.version,
        features=len(frame.names),
        models=tuple(Judged(m.name, m.says, figures(drawn[m.name])) for m in scored),
        ahead_of_rule=ahead(drawn[SHOWN], drawn["rule"]),
        calibration={
            name: calibration(by_name[name].chance, tested, asked.resamples) for name in ("chosen", SHOWN)
        },
        recall={m.name: recalls(m, tested) for m in scored if m.name in {"prior", "priority", "rule", SHOWN}},
        calibration_noise=calibration_noise(shown.chance, tested.ticket),
        begun=begun(shown, parts.test.by, tested, asked.resamples),
        daily=daily(shown, tested, asked.capacity, asked.resamples),
        slices=tuple(_slices(parts, shown, rule, tested, asked.resamples)),
        weeks=weeks,
        moved=moved[:_TOLD],
        lost=lost[:_TOLD],
        verdict=verdict(moved[:_TOLD], lost[:_TOLD], tested_weeks, error),
        notes=tuple(_notes(parts, chosen, label, asked, ended)),
    )


def _nothing(frame: Frame, asked: Asked, parts: Split, ended: float) -> str:
    if not len(frame):
        return "the history holds no open ticket, so there is nothing to foresee"
    held = f"its rows are of {day(frame.at[0])} to {day(frame.at[-1])}, its last event of {day(ended)}"
    told = [f"{many} {name.replace('_', ' ')}" for name, many in parts.left_out.items() if many]
    why = f"; of its rows {', '.join(told)}" if told else ""
    return f"nothing to test on from {day(asked.begin)} to {day(asked.end - 1)}: {held}{why}"


# models ---------------------------------------------------------------------------------------


def _models(frame: Frame, rules: RiskRules, asked: Asked, parts: Split) -> tuple[Model, list[Scored]]:
    chosen = fit(frame, rules, until=asked.until)
    scored = list(baselines(parts.train, parts.y_train, parts.test))
    for model in _candidates(chosen):
        said = model.chances(parts.test.x)
        scored.append(Scored(model.kind, "what was learned", said, said))
    odds = chosen.logits(parts.seen.x)
    said = chance(odds)[parts.is_test]
    why = f"{chosen.kind}: {chosen.note}" if chosen.note else chosen.kind
    scored.append(Scored("chosen", why, said, said))
    said = chance(followed(odds, parts.seen, parts.is_test))
    scored.append(Scored(SHOWN, "chosen, its level following the outcomes day by day", said, said))
    return chosen, scored


def _candidates(chosen: Model) -> Iterator[Model]:
    """Yield each part of what was learned, on its own."""
    if chosen.logistic is not None and chosen.spare is not None:
        yield msgspec.structs.replace(chosen, kind="logistic", scale=chosen.spare)
    if chosen.trees:
        yield msgspec.structs.replace(chosen, kind="boosted")


# beside the figures ---------------------------------------------------------------------------


def _sample(rows: Frame, y: Floats) -> Sample:
    known = np.isfinite(y)
    positives = int(np.nansum(y))
    begins, ends = (day(rows.at[0]), day(rows.at[-1])) if len(rows) else ("", "")
    rate = positives / int(known.sum()) if known.any() else None
    return Sample(begins, ends, len(rows), len(np.unique(rows.ticket)), positives, rate)


def _slices(parts: Split, shown: Scored, rule: Scored, tested: Tested, times: int) -> Iterator[Slice]:
    """Rows with a value in common, the ten most frequent values of each kind; too few tell nothing."""
    for by, values in parts.test.slices.items():
        told, counts = np.unique(values, return_counts=True)
        largest = sorted(zip(counts.tolist(), told.tolist(), strict=True), key=lambda it: (-it[0], it[1]))
        if len(largest) <= 1:
            continue
        for _, value in largest[:_VALUES]:
            rows = np.flatnonzero(values == value)
            y = tested.y[rows]
            if not ENOUGH <= y.sum() <= len(y) - ENOUGH:
                continue
            area, gain, loose = sliced(shown, rule, tested, rows, times)
            yield Slice(
                by,
                value,
                len(rows),
                len(np.unique(tested.ticket[rows])),
                int(y.sum()),
                float(y.mean()),
                float(shown.chance[rows].mean()),
                area,
                gain,
                loose,
            )


def _weeks(parts: Split, shown: Scored, rule: Scored) -> Iterator[Week]:
    for begins, rows in _by_week(parts.train.at):
        y = parts.y_train[rows]
        yield Week(begins, len(y), len(np.unique(parts.train.ticket[rows])), float(y.mean()))
    for begins, rows in _by_week(parts.test.at):
        y = parts.y[rows]
        enough = ENOUGH <= y.sum() <= len(y) - ENOUGH
        yield Week(
            begins,
            len(y),
            len(np.unique(parts.test.ticket[rows])),
            float(y.mean()),
            float(shown.chance[rows].mean()),
            _area(shown.rank[rows], y) if enough else None,
            _area(rule.rank[rows], y) if enough else None,
        )


def _by_week(at: Floats) -> Iterator[tuple[str, Mask]]:
    week = np.floor((at - _MONDAY) / _WEEK)
    for number in np.unique(week):
        yield day(number * _WEEK + _MONDAY), week == number


def _area(rank: Floats, y: Floats) -> float:
    return float(ranked_figures(rank, y, np.ones((1, len(y))))["pr_auc"][0])


def _gaps(parts: Split) -> tuple[Gap, ...]:
    source = "side" if "side" in parts.test.slices else "channel"
    if source not in parts.test.slices:
        return ()
    train, test = parts.train, parts.test
    return gaps(train.names, train.x, test.x, train.slices[source].tolist(), test.slices[source].tolist())


def _notes(parts: Split, chosen: Model, label: Label, asked: Asked, ended: float) -> Iterator[str]:
    few = f"fewer than {ENOUGH}: take every figure as a hint"
    if (came := int(parts.y.sum())) < ENOUGH:
        yield f"{came} of the tested rows came true, {few}"
    if (came := int(parts.y_train.sum())) < ENOUGH:
        yield f"{came} of the rows to learn from came true, {few}"
    if chosen.kind == "rule":
        yield f"there was too little to learn from ({chosen.note}): the rule speaks instead, uncalibrated"
    if parts.left_out["not_matured"]:
        yield (
            f"{parts.left_out['not_matured']} rows of the window were left out: at the end of the history "
            "no outcome of theirs could be known for sure yet"
        )
    if parts.left_out["outcome_unknown"]:
        yield f"{parts.left_out['outcome_unknown']} rows were left out: nobody knows what came of them"
    if parts.left_out["in_embargo"]:
        yield f"{parts.left_out['in_embargo']} rows were left out: they lie in the embargo after learning"
    presumed = int((~(parts.test.matured <= ended)).sum())
    if presumed:
        yield (
            f"of {presumed} tested rows the outcome is presumed, for their tickets are not closed yet: open "
            "for too long counts as come true, solved as not"
        )
    if label.to_closing and not label.overdue_after:
        yield "outcomes are known at closing only: tickets that close late are missing"
    if asked.resamples == 0:
        yield "no intervals were asked for"


def day(at: float) -> str:
    """Return the day of an instant, in UTC."""
    return datetime.fromtimestamp(float(at), UTC).strftime("%Y-%m-%d")
