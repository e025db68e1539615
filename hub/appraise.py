"""
What the hub makes of one ticket: how its customer sounds, its clocks, its risk, its scores. Pure.

A function of the ticket with its past, of what the hub showed before, of the outlook that `hub rescore`
and `hub learn` renew, and of the minute. Within the same facts it says the same, so that a ticket that
is planned again is not written again (ADR 8).
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from msgspec.structs import replace

from hub.appraisal import Appraisal
from hub.attention import attention
from hub.canary import SILENT, is_canary
from hub.feedback import denied_signals, is_dismissed
from hub.measures import measures
from hub.model import Ticket, TicketId, Value
from hub.records import Held, Score
from hub.risk.estimate import Estimate, estimate
from hub.risk.outlook import Outlook
from hub.risk.rules import RiskRules
from hub.score import rule_risk, score, settle, waited
from hub.scoring_rules import ScoringRules
from hub.signals.heard import Heard, heard, text_registers
from hub.sla.clocks import Clocks, clocks, pressing, sla_registers
from hub.sla.rules import SlaRules
from hub.suggest.rows import Near
from hub.suggest.rules import RoutingRules
from hub.suggest.suggesting import suggestions

_DAY = 86_400


class Surroundings(msgspec.Struct, frozen=True):
    """What other tickets say of some: kept from one `hub rescore` to the next."""

    incidents: Mapping[TicketId, str] = {}
    near: Mapping[TicketId, tuple[Near, ...]] = {}


class Appraiser(msgspec.Struct, frozen=True):
    """The user's rules, and the outlook of the day."""

    scoring: ScoringRules
    sla: SlaRules
    risk: RiskRules
    routing: RoutingRules
    outlook: Outlook
    surroundings: Surroundings = Surroundings()

    def __call__(self, held: Held, ticket: Ticket, now: str, *, fixed: bool | None = None) -> Appraisal:
        if is_canary(ticket):
            return Appraisal(SILENT)
        said = heard(ticket, held.readings, denied_signals(ticket), now=now)
        scene = _Scene(self, ticket, said, now, fixed=fixed)
        found = self._estimate(scene)
        # deadlines go by the risk that people see: as it was, until there is a cause to show another
        risk = held.score.escalation_risk if held.score else found.chance
        new = self._scored(scene, found, risk)
        shown = settle(held.score, new, self.scoring)
        if shown is new and pressing(risk, self.sla) != pressing(found.chance, self.sla):
            risk = found.chance
            shown = self._scored(scene, found, risk)
        ticking, measured = scene.at(risk)
        registers: dict[str, Value] = {
            **text_registers(said),
            **sla_registers(ticking),
            **suggestions(ticket, self.routing, self.surroundings.near.get(ticket.id, ())).registers(),
            "incident.told": self.surroundings.incidents.get(ticket.id),
            "score.priority": shown.priority,
            "score.label": shown.label,
            "score.escalation_risk": round(shown.escalation_risk, 2),
            "score.attention": shown.attention,
            "score.risk_told": risk_in_words(shown, self.risk, self.scoring.done, ticket.get("status")),
        }
        mood = said.mood if said.count else None
        return Appraisal(shown, registers, said.mentions, ticking, found.chance, waited(measured), mood)

    def _estimate(self, scene: _Scene) -> Estimate:
        """
        Return the risk by the learned model, or by the rule.

        The clocks that the rule goes by do not know of it: a risk that tightens a deadline must not be
        raised by that in turn.
        """
        _, measured = scene.at(0.0)
        rule = rule_risk(scene.ticket, measured, self.scoring, scene.now, scene.said.mentions)
        return estimate(scene.ticket, scene.said, rule, self.risk, self.outlook, scene.now)

    def _scored(self, scene: _Scene, found: Estimate, risk: float) -> Score:
        """Return the fresh score, where people see this risk."""
        _, measured = scene.at(risk)
        new = score(scene.ticket, measured, self.scoring, scene.now, scene.said.mentions)
        return self._complete(new, scene.ticket, found)

    def _complete(self, new: Score, ticket: Ticket, found: Estimate) -> Score:
        if ticket.get("status") in self.scoring.done:
            return replace(new, model=found.model)
        weights = self.scoring.attention
        if is_dismissed(ticket):
            weights = (weights[0], 0.0)  # a person looked, and nothing has happened since
        look = attention(new.priority, found.chance, self.outlook.quantiles, weights)
        return replace(
            new,
            escalation_risk=found.chance,
            risk_reasons=found.reasons,
            risk_range=(found.low, found.high),
            model=found.model,
            attention=look.points,
        )


class _Scene:
    """A ticket at one minute: its clocks and measures, worked out once for all risks that press alike."""

    def __init__(
        self, rules: Appraiser, ticket: Ticket, said: Heard, now: str, *, fixed: bool | None
    ) -> None:
        self.rules = rules
        self.ticket = ticket
        self.said = said
        self.now = now
        self.fixed = fixed
        self._found: dict[tuple[float, float] | None, tuple[Clocks, dict[str, Value]]] = {}

    def at(self, risk: float) -> tuple[Clocks, dict[str, Value]]:
        """Return what it is where people see this risk."""
        sla, scoring, mentions = self.rules.sla, self.rules.scoring, self.said.mentions
        pressed = pressing(risk, sla)
        if pressed not in self._found:
            ticking = clocks(self.ticket, sla, self.now, risk=risk, mentions=mentions, fixed=self.fixed)
            self._found[pressed] = ticking, measures(self.ticket, self.said, ticking, scoring, self.now)
        return self._found[pressed]


def risk_in_words(shown: Score, rules: RiskRules, done: tuple[str, ...], status: Value) -> Value:
    """Return the risk as people say it, with how sure the hub is; None where nothing is left to foresee."""
    if status in done:
        return None
    count = round(shown.escalation_risk * 100)
    if not shown.model:
        return f"{count} in 100, by the rule alone: not yet checked against what came of other tickets"
    low, high = (round(share * 100) for share in shown.risk_range)
    days = round(rules.labels[rules.label].horizon / _DAY)
    within = f"within {days} days" if days > 1 else "within a day"
    return f"{count} in 100 tickets like this escalate {within} ({low} to {high})"
