"""Registers that only the hub computes: score, links, hand-off. Pure, and last before projecting."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from hub.absorb import showed_done
from hub.belonging import belong
from hub.cluster import Work
from hub.history.living import follow
from hub.linking import TARGETS
from hub.mapping import Mapping as FieldMapping
from hub.merge import empty
from hub.model import HUB, Origin, System, Ticket, TicketId, Value
from hub.registers import DONE, UNHELD, label_of
from hub.replica import Link
from hub.support import support_of


def derive(work: Work) -> None:
    """Compute every derived register of every ticket afresh."""
    for ticket_id in sorted(work.tickets):
        ticket = _with(work.tickets[ticket_id], belong(work, work.tickets[ticket_id]), work)
        fixed = _fixed(work, ticket_id)
        ticket = _with(ticket, support_of(ticket, work.now, fixed=fixed), work)
        ticket = follow(work, ticket)
        made = work.policy.appraise(work.cluster.held[ticket_id], ticket, work.now, fixed=fixed)
        work.scores[ticket_id] = made.score
        work.mentions[ticket_id] = made.mentions
        work.clocks[ticket_id] = made.clocks
        derived: dict[str, Value] = {
            **made.registers,
            **dict.fromkeys(UNHELD),
            "engineering.issues": _labels(work, ticket_id),
            "support.status": ticket.get("status"),
            "support.priority": ticket.get("priority"),
            "support.ticket_url": _helpdesk(work, ticket_id),
            **dict.fromkeys(_orphaned(work, ticket_id)),
        }
        ticket = follow(work, _with(ticket, derived, work))
        work.tickets[ticket_id] = _with(ticket, {"handoff.state": _handoff(work, ticket)}, work)


def _labels(work: Work, ticket: TicketId) -> Value:
    """The names of the ticket's replicas elsewhere that people refer to (Jira keys)."""
    target = TARGETS["engineering.issues"]
    labels = sorted(k.label for r, k in work.live(ticket) if r.system == target and k.label)
    return tuple(labels) or None


def _helpdesk(work: Work, ticket: TicketId) -> Value:
    """The address of the ticket where agents work on it."""
    here = (k.url for r, k in work.live(ticket) if work.policy.traits[r.system].hears_notes and k.url)
    return next(here, None)


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


def is_over(ticket: Ticket, links: Iterable[Link]) -> bool:
    """
    Return whether nothing is left to tell the people who deal with the ticket's account.

    A ticket that is done is not over while its customer waits to hear that the problem is fixed; one
    that is not there any more, nor any copy of it, is.
    """
    if all(link.state not in ("live", "awaited") for link in links):
        return True
    return ticket.get("status") in DONE and not ticket.get("support.fixed_not_told")


def _fixed(work: Work, ticket: TicketId) -> bool:
    """Whether engineers finished what they do for this ticket: every issue that it has shows so."""
    target = TARGETS["engineering.issues"]
    mapping = work.policy.mappings.get(target)
    return mapping is not None and is_fixed(mapping, (link for _, link in work.live(ticket)))


def is_fixed(mapping: FieldMapping, links: Iterable[Link]) -> bool:
    """Return whether every live issue of a ticket shows, by the tracker's mapping, that it is done."""
    rule = mapping.rule("status")
    issues = [k for k in links if k.state == "live" and k.system == mapping.system]
    return rule is not None and bool(issues) and all(showed_done(rule, link) for link in issues)


def may_create(work: Work, ticket: TicketId, mapping: FieldMapping) -> bool:
    """Return whether the hub may create replicas there of a ticket that began where this one did."""
    born = System(ticket.partition(":")[0])
    return mapping.creates and work.policy.may_create(born, mapping.system)


def _handoff(work: Work, ticket: Ticket) -> Value:
    """Say where the hand-off to another side stands, for the people on the ticket."""
    for system, mapping in sorted(work.policy.mappings.items()):
        if ticket.id.startswith(f"{system}:") or mapping.handoff is None:
            continue  # where it was born, nobody handed it over
        here = [k for r, k in work.links[ticket.id].items() if r.system == system]
        if any(k.state == "live" for k in here):
            return f"Handed over: {', '.join(k.label for k in here if k.state == 'live')}"
        if here or not may_create(work, ticket.id, mapping) or not wants_replica(ticket, mapping):
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
