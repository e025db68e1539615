"""Whether what was learned holds on outcomes that it had not seen: a look back before a lesson."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime

import msgspec
import numpy as np

from hub.risk.calibration import DAY, chance, followed
from hub.risk.drift import ENOUGH, Verdict, Week, gaps, shifts, trailing_error, verdict
from hub.risk.frame import Floats, Frame, Ints
from hub.risk.metrics import calibration_error, ranked_figures
from hub.risk.model import Model

LOOKS_BACK = 14 * DAY
_WEEK = 7 * DAY
_BLOCK = 8_192


class Held(msgspec.Struct, frozen=True):
    """How a model did on the latest outcomes, and what follows from it."""

    rows: int
    verdict: Verdict
    figures: Mapping[str, Mapping[str, float]]
    """Of the model as people see it (`shown`), and of the rule: PR-AUC, Brier, ECE."""
    weeks: tuple[Week, ...] = ()


def looked_back(frame: Frame, ended: float) -> tuple[float, float]:
    """Return the two weeks whose outcomes are all known at the end of a history."""
    end = ended - frame.ripens
    return end - LOOKS_BACK, end


def held_up(model: Model, frame: Frame, ended: float) -> Held | None:
    """
    Return how a model did on the latest outcomes; None where they are too few to tell.

    Of the two weeks, only what came after the model was learned is looked at.
    """
    begin, end = looked_back(frame, ended)
    begin = max(begin, model.until)
    y = frame.as_of(ended)
    seen = np.flatnonzero(frame.at < end)
    tested = (frame.at[seen] >= begin) & np.isfinite(y[seen])
    rows = seen[tested]
    if not ENOUGH <= np.nansum(y[rows]) <= len(rows) - ENOUGH:
        return None
    said = chance(followed(odds_of(model, frame, seen), without_columns(frame, seen)))[tested]
    weeks = tuple(_weeks(frame, rows, y[rows], said, begin))
    before = np.flatnonzero((frame.at < model.until) & (frame.at >= model.until - 4 * LOOKS_BACK))
    moved = shifts(frame.names, frame.x[before], frame.x[rows])
    source = frame.slices.get("side", frame.slices.get("channel"))
    lost = (
        gaps(frame.names, frame.x[before], frame.x[rows], source[before].tolist(), source[rows].tolist())
        if source is not None
        else ()
    )
    found = verdict(moved[:8], lost[:8], weeks, trailing_error(said, y[rows]))
    figures = {"shown": _figures(said, said, y[rows]), "rule": _figures(frame.rule[rows], None, y[rows])}
    return Held(len(rows), found, figures, weeks)


def odds_of(model: Model, frame: Frame, rows: Ints) -> Floats:
    """Return the log-odds of some rows, a part of them at a time: a long history is large."""
    blocks = (rows[start : start + _BLOCK] for start in range(0, len(rows), _BLOCK))
    return np.concatenate([np.zeros(0), *(model.logits(aligned(frame, model, block)) for block in blocks)])


def without_columns(frame: Frame, rows: Ints) -> Frame:
    """Return some rows for what looks at times and outcomes alone."""
    return replace(frame, names=(), groups=(), x=frame.x[:, :0]).rows(rows)


def aligned(frame: Frame, model: Model, rows: Ints) -> Floats:
    """Return rows with their columns in the model's order; what the frame lacks is missing."""
    if frame.names == model.names:
        return frame.x[rows]
    places = {name: i for i, name in enumerate(frame.names)}
    x = np.full((len(rows), len(model.names)), np.nan)
    for i, name in enumerate(model.names):
        if name in places:
            x[:, i] = frame.x[rows, places[name]]
    return x


def _figures(rank: Floats, said: Floats | None, y: Floats) -> dict[str, float]:
    one = np.ones((1, len(y)))
    found = {"pr_auc": float(ranked_figures(rank, y, one)["pr_auc"][0])}
    if said is not None:
        found["brier"] = float(((said - y) ** 2).mean())
        found["ece"] = float(calibration_error(said, y, one)[0])
    return {name: round(value, 4) for name, value in found.items()}


def _weeks(frame: Frame, rows: Ints, y: Floats, said: Floats, begin: float) -> Iterator[Week]:
    week = np.floor((frame.at[rows] - begin) / _WEEK)
    for number in np.unique(week):
        own = week == number
        happened = y[own]
        enough = bool(ENOUGH <= happened.sum() <= len(happened) - ENOUGH)
        one = np.ones((1, len(happened)))
        yield Week(
            f"{datetime.fromtimestamp(begin + number * _WEEK, UTC):%Y-%m-%d}",
            len(happened),
            len(np.unique(frame.ticket[rows][own])),
            float(happened.mean()),
            float(said[own].mean()),
            float(ranked_figures(said[own], happened, one)["pr_auc"][0]) if enough else None,
            float(ranked_figures(frame.rule[rows][own], happened, one)["pr_auc"][0]) if enough else None,
        )
