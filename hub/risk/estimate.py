"""How likely this ticket escalates, and why. Pure; numpy is needed only where something was learned."""

from __future__ import annotations

import math

import msgspec
from msgspec.structs import replace

from hub.model import Ticket
from hub.records import Reason
from hub.risk.features import Heard
from hub.risk.outlook import Outlook
from hub.risk.rules import RiskRules

_ENDS = 30.0


class Estimate(msgspec.Struct, frozen=True):
    """A chance, and what makes it."""

    chance: float
    low: float = 0.0
    high: float = 1.0
    """Between these it lies, as far as matured outcomes of such tickets tell."""
    reasons: tuple[Reason, ...] = ()
    """In log-odds, the largest first: by named factor, or, without a model, by factor of the rule."""
    model: str = ""
    """The outlook's version; "": the rule alone, uncalibrated."""


def estimate(
    ticket: Ticket,
    heard: Heard,
    rule: tuple[float, tuple[Reason, ...]],
    rules: RiskRules,
    outlook: Outlook,
    now: str,
) -> Estimate:
    """
    Return the chance that the ticket escalates within the horizon.

    `rule` is what scoring.yaml says (`hub.score.rule_risk`): a chance and its reasons. While nothing was
    learned, it alone speaks, drawn to the base rate of risk.yaml, and is told to be uncalibrated.
    """
    if not rule[0]:
        return Estimate(0.0, 0.0, 0.0, (), outlook.version)  # it is done
    if not outlook.version:
        return by_rule(rule[1], rules)
    # numpy is loaded for those alone who have learned
    from hub.risk.living import foreseen  # noqa: PLC0415

    return foreseen(ticket, heard, outlook, now)


def by_rule(reasons: tuple[Reason, ...], rules: RiskRules) -> Estimate:
    """Return the rule's word, mapped to a prior: where nothing speaks for it, the base rate of the file."""
    base = math.log(rules.base / (1 - rules.base))
    told = tuple(replace(r, points=round(rules.weight * r.points, 2)) for r in reasons)
    odds = base + math.fsum(r.points for r in told)
    return Estimate(round(1 / (1 + math.exp(-min(max(odds, -_ENDS), _ENDS))), 4), reasons=told)
