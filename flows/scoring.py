"""What people ask about scores: why this one, what other weights would do, and who waits for how long."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from flows.deadlines import deadlines_of
from flows.rule_files import rule_file
from hub.ports import Store
from hub.records import Held, Reason, Score
from hub.registers import REGISTERS
from hub.score_trial import Case, Trial, case_of, scored, tried
from hub.scoring_file import load_scoring
from hub.scoring_rules import ScoringRules
from hub.settings import Settings
from hub.sla.rules import SlaRules

_PAGE = 500
_TIERS = ("enterprise", "business", "starter")


def read_scoring(settings: Settings, file: Path | None = None) -> ScoringRules:
    """Return the rules of the folder of mapping files, or of another file. Raises `Misconfigured`."""
    return load_scoring(*rule_file(settings, "scoring", file))


def trial_of(store: Store, old: ScoringRules | None, new: ScoringRules, sla: SlaRules, now: str) -> Trial:
    """Return what rules would do to all open tickets: against other rules, or against what is shown now."""
    return tried(_open(store, sla, now), old, new, now, REGISTERS["account.tier"].options or _TIERS)


def _open(store: Store, sla: SlaRules, now: str) -> Iterator[Case]:
    after = ""
    while ids := store.open_tickets(_PAGE, after):
        yield from (case_of(held, sla, now) for held in store.load(ids).values())
        after = ids[-1]


def as_data(found: Trial) -> dict[str, Any]:
    """Return a trial as plain data."""
    data: dict[str, Any] = msgspec.to_builtins(found)
    for name in ("waits", "places"):
        data[name] = [row._asdict() for row in getattr(found, name)]
    return data


# one ticket -------------------------------------------------------------------------------------


def breakdown(store: Store, rules: ScoringRules, sla: SlaRules, name: str, now: str) -> list[dict[str, Any]]:
    """Return all that makes the score of each ticket of that name. Raises `Misconfigured` if none is."""
    told = deadlines_of(store, sla, name, now)
    clocks = {one["id"]: one for one in told}
    return [_told(held, rules, sla, clocks[held.ticket.id], now) for held in store.load(clocks).values()]


def _told(held: Held, rules: ScoringRules, sla: SlaRules, clocks: dict[str, Any], now: str) -> dict[str, Any]:
    fresh = scored(case_of(held, sla, now), rules, now)
    shown = held.score
    return {
        "id": held.ticket.id,
        "subject": held.ticket.get("subject") or "",
        "shown": None if shown is None else _score(shown),
        "now": {"priority": fresh.priority, "label": fresh.label, "reasons": _reasons(fresh.reasons)},
        "at": now,
        "customer": clocks["customer"],
        "engineering": clocks["engineering"],
    }


def _score(shown: Score) -> dict[str, Any]:
    return {
        "priority": shown.priority,
        "label": shown.label,
        "attention": shown.attention,
        "escalation_risk": shown.escalation_risk,
        "risk_range": list(shown.risk_range),
        "model": shown.model,
        "at": shown.at,
        "reasons": _reasons(shown.reasons),
        "risk_reasons": _reasons(shown.risk_reasons),
    }


def _reasons(reasons: tuple[Reason, ...]) -> list[dict[str, Any]]:
    return [
        {
            "factor": r.factor,
            "points": r.points,
            "value": r.value,
            "sentence": r.sentence,
            "evidence": r.evidence,
        }
        for r in reasons
    ]
