"""From a history to an outlook: what `hub learn` does every night, and `hub rescore` in between."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec
import numpy as np

from hub.attention import quantiles_of
from hub.history.event import Event
from hub.risk.calibration import chance, intercept_now
from hub.risk.fit import fit
from hub.risk.frame import Frame
from hub.risk.framing import Fold, fold, frame_of
from hub.risk.model import Model
from hub.risk.outlook import Outlook
from hub.risk.rules import RiskRules
from hub.scoring_rules import ScoringRules


def learn(
    events: Iterable[Event],
    rules: RiskRules,
    scoring: ScoringRules,
    *,
    challenger: bool = True,
) -> tuple[Model, Outlook]:
    """
    Return what a history teaches about the label that the rules name, as of its last event.

    With too little history the model is the rule (kind "rule"), and the outlook is cold but for its crowd.
    """
    state = fold(events, rules.labels[rules.label], rules, scoring)
    frame = frame_of(state)
    latest = state.open_rows()
    state.cases.clear()  # a long history has many, and learning needs the room
    state.rows.clear()
    model = fit(frame, rules, until=state.now, challenger=challenger)
    return model, outlook_of(state, frame, model, latest)


def outlook_of(state: Fold, frame: Frame, model: Model, latest: Sequence[int] | None = None) -> Outlook:
    """
    Return the outlook of a history's end with a model that may be older: its intercept follows the outcomes.

    `frame` holds the rows of the same history, `latest` says which are those of the open
    tickets, if the state does not know it any more.
    """
    if model.kind == "rule":
        return Outlook(label=state.label.name, at=state.now)
    x = frame.x if frame.names == model.names else _aligned(frame, model)
    odds = model.logits(x)
    is_open = state.open_rows() if latest is None else latest
    shift = 0.0 if model.until >= state.now else intercept_now(odds, frame, state.now)
    return Outlook(
        f"{model.version}@{state.now:.0f}",
        state.label.name,
        state.now,
        msgspec.json.encode(model).decode(),
        shift,
        model.base,
        state.rule,
        state.crowd.pruned(state.now),
        quantiles_of(chance(odds[list(is_open)] + shift).tolist()),
    )


def _aligned(frame: Frame, model: Model) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Return the frame's columns in the model's order; what it lacks is missing."""
    places = {name: i for i, name in enumerate(frame.names)}
    x = np.full((len(frame), len(model.names)), np.nan)
    for i, name in enumerate(model.names):
        if name in places:
            x[:, i] = frame.x[:, places[name]]
    return x
