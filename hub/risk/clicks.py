"""
What people's verdicts on warnings add to a model: a little, from many, and never beyond a bound.

A verdict is a weak example: people look at what is shown to them, and some click wrong. So verdicts have
an intercept of their own (they tell which of the shown tickets is worse, not how often tickets escalate),
nobody's count for more than a fifth, what they add is drawn to nothing, and the level of the chances is
set by outcomes alone. Pure.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np

from hub.risk.calibration import DAY, chance, intercept_now
from hub.risk.frame import Floats, Frame, Ints
from hub.risk.holding import aligned
from hub.risk.logistic import Logistic
from hub.risk.model import Model, Scale
from hub.risk.moments import seconds
from hub.score_records import Feedback

WEIGHT = 0.3
"""What a verdict counts, where an outcome counts 1."""
MOST_OF_ONE = 0.2
"""Of the weight of all verdicts, so much may be one person's."""
ENOUGH = 10
"""With fewer verdicts, or of one kind alone, there is nothing to learn from them."""
BOUND = 1.0
"""Log-odds by which verdicts may move a ticket at most, 1 ticket in 100 apart."""
_RIDGE = 10.0
_RECENT = 35 * DAY
_BELIEVED = 50.0
"""So many outcomes speak for what verdicts add, before any is known."""
_STEPS = 40
_FAR = 0.99
_VERDICTS: Mapping[str, float] = {"accepted": 1.0, "dismissed": 0.0}


@dataclass(frozen=True, slots=True)
class Clicks:
    """Verdicts, each on a row of a frame: the last one that was made before it."""

    rows: Ints
    y: Floats
    weight: Floats
    people: int = 0

    def __len__(self) -> int:
        return len(self.rows)


def clicks_of(
    feedback: Iterable[Feedback],
    numbers: Mapping[str, int],
    frame: Frame,
    now: float,
    half_life: float = 30 * DAY,
) -> Clicks:
    """
    Return the verdicts that teach: of each person on each ticket the last one, unless they took it back.

    `numbers` are the tickets' numbers in the frame. A snooze says only "not now", and teaches nothing.
    """
    last: dict[tuple[str, str], Feedback] = {}
    for said in feedback:
        if said.verdict in _VERDICTS or said.verdict == "cleared":
            last[said.ticket_id, who(said)] = said
    standing = [f for f in last.values() if f.verdict in _VERDICTS]
    placed = [(row, f) for f in standing if (row := _row(frame, numbers.get(f.ticket_id), f.at)) is not None]
    cast = np.array([0.5 ** (max(now - seconds(f.at), 0.0) / half_life) for _, f in placed]) * WEIGHT
    people = [who(f) for _, f in placed]
    return Clicks(
        np.array([row for row, _ in placed], dtype=np.int64),
        np.array([_VERDICTS[f.verdict] for _, f in placed], dtype=np.float64),
        _capped(cast, people),
        len(set(people)),
    )


def who(said: Feedback) -> str:
    """Return whose verdict it is; of a field, which tells no name, the side's."""
    return said.actor or f"@{said.side}"


def _row(frame: Frame, ticket: int | None, at: str) -> int | None:
    if ticket is None:
        return None
    earlier = np.flatnonzero((frame.ticket == ticket) & (frame.at <= seconds(at)))
    return int(earlier[-1]) if len(earlier) else None


def _capped(weight: Floats, people: Sequence[str]) -> Floats:
    """Let nobody have more than a fifth of the weight of all verdicts that were given."""
    if not len(weight):
        return weight
    most = MOST_OF_ONE * float(weight.sum())
    own = Counter[str]()
    for name, one in zip(people, weight.tolist(), strict=True):
        own[name] += one
    return weight * np.array([min(1.0, most / own[name]) for name in people])


# learning -------------------------------------------------------------------------------------


def leaned(model: Model, frame: Frame, clicks: Clicks, now: float) -> Model:
    """
    Return the model with what the verdicts add; itself, where they teach nothing.

    The level is that of the outcomes known by `now`, as before.
    """
    if model.logistic is None or len(clicks) < ENOUGH or len(set(clicks.y.tolist())) == 1:
        return model
    x = aligned(frame, model, clicks.rows)
    lean = _learned(model.logistic, x, model.logits(x), clicks)
    recent = np.flatnonzero(frame.at >= now - _RECENT)
    frame, x = frame.rows(recent), aligned(frame, model, recent)
    odds = model.logits(x)
    lean = _borne_out(_bounded(lean, x), x, odds, frame.as_of(now))
    moved = _with(model, lean)
    level = intercept_now(odds + lean.contributions(x).sum(axis=1), frame, now)
    scale = Scale(moved.scale.slope, moved.scale.intercept + level - intercept_now(odds, frame, now))
    told = f"{len(clicks)} verdicts of {clicks.people} people"
    note = f"{model.note}; {told}" if model.note else told
    heard = msgspec.structs.replace(moved, scale=scale, note=note, version="")
    digest = hashlib.sha256(msgspec.json.encode(heard)).hexdigest()[:12]
    return msgspec.structs.replace(heard, version=f"{model.kind}+verdicts-{digest}")


def _learned(like: Logistic, x: Floats, odds: Floats, clicks: Clicks) -> Logistic:
    """Return the most likely addition to these log-odds under the penalty, by Newton's method."""
    bare = msgspec.structs.replace(like, weights=[1.0] * len(like.weights), intercept=0.0)
    design = bare.contributions(x)
    design = np.concatenate([design, np.ones((len(design), 1))], axis=1)
    ridge = np.append(np.full(design.shape[1] - 1, _RIDGE), 1e-3)
    beta = np.zeros(design.shape[1])
    for _ in range(_STEPS):
        p = chance(odds + design @ beta)
        slope = design.T @ (clicks.weight * (clicks.y - p)) - ridge * beta
        curve = (design * (clicks.weight * p * (1 - p))[:, None]).T @ design + np.diag(ridge)
        step = np.clip(np.linalg.solve(curve, slope), -1.0, 1.0)
        beta += step
        if float(np.abs(step).max()) < 1e-6:  # noqa: PLR2004
            break
    own = beta[:-1].tolist()
    return msgspec.structs.replace(like, weights=[*own, *own], intercept=0.0)


def _borne_out(lean: Logistic, x: Floats, odds: Floats, y: Floats) -> Logistic:
    """
    Return the addition as far as outcomes bear it out: the whole, a part, or nothing of it.

    So chances stay as true as they were: what people's verdicts say and outcomes do not is not believed.
    """
    known = np.isfinite(y)
    added = lean.contributions(x[known]).sum(axis=1)
    spread = float(added.var())
    if not known.any() or not spread:
        return lean
    held = _BELIEVED * 0.25 * spread
    share, shift = 1.0, 0.0
    for _ in range(_STEPS):
        p = chance(odds[known] + share * added + shift)
        left, worth = y[known] - p, p * (1 - p)
        slope = np.array([added @ left - held * (share - 1.0), left.sum()])
        cross = float(added @ worth)
        curve = np.array([[added**2 @ worth + held, cross], [cross, worth.sum() + 1e-6]])
        step = np.clip(np.linalg.solve(curve, slope), -1.0, 1.0)
        share, shift = share + float(step[0]), shift + float(step[1])
        if float(np.abs(step).max()) < 1e-6:  # noqa: PLR2004
            break
    share = min(max(share, 0.0), 1.0)
    return msgspec.structs.replace(lean, weights=[w * share for w in lean.weights])


def _bounded(lean: Logistic, x: Floats) -> Logistic:
    far = float(np.quantile(np.abs(lean.contributions(x).sum(axis=1)), _FAR)) if len(x) else 0.0
    if far <= BOUND:
        return lean
    return msgspec.structs.replace(lean, weights=[w * BOUND / far for w in lean.weights])


def _with(model: Model, lean: Logistic) -> Model:
    """Return the model with this added to its log-odds, its reasons still adding up."""
    linear = model.logistic
    assert linear is not None
    slope = model.scale.slope
    if model.kind == "boosted":  # half of twice the trees, and half of twice what is added
        weights = [w / slope for w in lean.weights]
        added = msgspec.structs.replace(lean, weights=weights, intercept=0.0)
        doubled = Scale(2 * slope, model.scale.intercept)
        return msgspec.structs.replace(model, kind="both", logistic=added, scale=doubled, spare=None)
    share = slope * (0.5 if model.kind == "both" else 1.0)
    weights = [own + w / share for own, w in zip(linear.weights, lean.weights, strict=True)]
    return msgspec.structs.replace(model, logistic=msgspec.structs.replace(linear, weights=weights))
