"""Registers that only the hub computes: score, links, hand-off. Pure, and last before projecting."""

from __future__ import annotations

from msgspec.structs import replace

from hub.cluster import Work
from hub.linking import TARGETS
from hub.mapping import Mapping as FieldMapping
from hub.merge import empty
from hub.model import HUB, Origin, Ticket, TicketId, Value
from hub.registers import label_of

NOTHING_MISSING = ""


def derive(work: Work) -> None:
    """Compute every derived register of every ticket afresh."""
    for ticket_id in sorted(work.tickets):
        ticket = work.tickets[ticket_id]
        score = work.policy.score(ticket, work.now)
        work.scores[ticket_id] = score
        derived: dict[str, Value] = {
            "score.priority": score.priority,
            "score.label": score.label,
            "score.escalation_risk": round(score.escalation_risk, 2),
            "score.reasons": "\n".join(r.sentence for r in score.reasons) or None,
            "engineering.issues": _labels(work, ticket_id),
            **dict.fromkeys(_orphaned(work, ticket_id)),
        }
        ticket = _with(ticket, derived, work)
        work.tickets[ticket_id] = _with(ticket, {"handoff.state": _handoff(work, ticket)}, work)


def _labels(work: Work, ticket: TicketId) -> Value:
    """The names of the ticket's replicas elsewhere that people refer to (Jira keys)."""
    target = TARGETS["engineering.issues"]
    labels = sorted(k.label for r, k in work.live(ticket) if r.system == target and k.label)
    return tuple(labels) or None


def _orphaned(work: Work, ticket: TicketId) -> list[str]:
    """Return what only a side could say that the ticket has no replica in any more."""
    here = {replica.system for replica, _ in work.live(ticket)}
    return [
        rule.register
        for system, mapping in work.policy.mappings.items()
        if system not in here
        for rule in mapping.rules
        if not rule.writes and rule.register.startswith("engineering.")
    ]


def _handoff(work: Work, ticket: Ticket) -> Value:
    """Say where the hand-off to another side stands, for the people on the ticket."""
    for system, mapping in sorted(work.policy.mappings.items()):
        if ticket.id.startswith(f"{system}:"):
            continue  # where it was born, nobody handed it over
        here = [k for r, k in work.links[ticket.id].items() if r.system == system]
        if any(k.state == "live" for k in here):
            return f"Handed over: {', '.join(k.label for k in here if k.state == 'live')}"
        if here or not wants_replica(ticket, mapping):
            continue
        missing = missing_context(ticket, mapping)
        if missing:
            return f"Waiting for: {', '.join(label_of(register) for register in missing)}"
    return None


def wants_replica(ticket: Ticket, mapping: FieldMapping) -> bool:
    """Return whether the mapping's `create_when` asks for a replica of this ticket."""
    return mapping.creates and (mapping.create_when is None or mapping.create_when.holds(ticket.registers))


def missing_context(ticket: Ticket, mapping: FieldMapping) -> tuple[str, ...]:
    """Return the registers that the hand-off contract requires and the ticket does not have."""
    return mapping.handoff.missing(ticket.registers) if mapping.handoff else ()


def _with(ticket: Ticket, derived: dict[str, Value], work: Work) -> Ticket:
    registers, origins = dict(ticket.registers), dict(ticket.origins)
    for register, value in derived.items():
        if registers.get(register) == value:
            continue
        if empty(value):
            _ = registers.pop(register, None)
        else:
            registers[register] = value
        origins[register] = Origin(HUB, work.now, work.run)
    return replace(ticket, registers=registers, origins=origins)
