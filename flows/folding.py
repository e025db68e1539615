"""A long history, taken in without looking for garbage that there is not."""

from __future__ import annotations

import gc
from collections.abc import Iterable

from hub.history.event import Event
from hub.risk.framing import Fold, fold
from hub.risk.labels import Label
from hub.risk.rules import RiskRules
from hub.scoring_rules import ScoringRules


def folded(events: Iterable[Event], label: Label, rules: RiskRules, scoring: ScoringRules) -> Fold:
    """
    Return what `fold` makes of a history.

    A fold makes much that stays and nothing circular: the collector's looking for it took a quarter.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        return fold(events, label, rules, scoring)
    finally:
        if collects:
            gc.enable()
