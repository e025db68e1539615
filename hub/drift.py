"""
What a full comparison finds: where a side and the hub differ, and who is right by the merge. Pure.

It is read off the plan that would mend it, so that what is reported and what is repaired are the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, TypeAlias

import msgspec

from hub.cluster import Policy
from hub.gate import EXAMPLES, changes_of, short
from hub.mapping import Mapping as FieldMapping
from hub.merge import same
from hub.model import HUB, RemoteId, System, Ticket, TicketId
from hub.operations import CreateReplica, SetReference, UpdateReplica
from hub.records import Decision, Held
from hub.registers import PER_SIDE

Right: TypeAlias = Literal["the side", "the hub", "a conflict", "computed"]
"""Whose value stands; `computed`: the hub makes it of other values, and the clock."""


class Drift(msgspec.Struct, frozen=True):
    """One value that differs."""

    ticket: TicketId
    system: System
    what: str
    hub: str
    side: str
    right: Right


class Drifts(msgspec.Struct, frozen=True):
    """How often one value differs on one side, with examples."""

    system: System
    what: str
    right: Right
    tickets: int
    samples: tuple[Drift, ...] = ()


class Pass(msgspec.Struct, frozen=True, omit_defaults=True):
    """One full comparison, as far as it is; it may take several nights."""

    started: str
    id: int = 0
    state: Literal["open", "done"] = "open"
    after: str = ""
    """The last ticket that was compared."""
    tickets: int = 0
    replicas: Mapping[System, int] = {}
    rows: tuple[Drifts, ...] = ()
    ended: str = ""
    report: bool = False
    """Only compared: nothing was mended."""


def drifts_of(
    decisions: Iterable[Decision], held: Mapping[TicketId, Held], policy: Policy
) -> Iterator[Drift]:
    """Yield what these decisions mend."""
    for decision in decisions:
        was = held.get(decision.ticket.id)
        if was is not None:
            yield from _of_ticket(decision, was, policy)


def _of_ticket(decision: Decision, was: Held, policy: Policy) -> Iterator[Drift]:
    ticket = decision.ticket
    disputed = {c.register for c in decision.conflicts}
    taken: set[str] = set()
    for register in sorted({*ticket.registers, *was.ticket.registers}):
        new, old = ticket.get(register), was.ticket.get(register)
        origin = ticket.origins.get(register)
        if same(new, old) or origin is None or origin.system == HUB:
            continue
        taken.add(register)
        right: Right = "a conflict" if register in disputed else "the side"
        yield Drift(ticket.id, origin.system, register, short(old), short(new), right)
    for conflict in decision.conflicts:
        for system, value in conflict.dropped.items():
            if system != HUB and conflict.register not in taken:
                kept = short(conflict.kept)
                yield Drift(ticket.id, system, conflict.register, kept, short(value), "a conflict")
    yield from _lost(decision, was)
    for operation in decision.operations:
        if isinstance(operation, UpdateReplica):
            yield from _of_write(ticket, operation, policy.mappings[operation.system], taken)
        elif isinstance(operation, CreateReplica):
            yield Drift(ticket.id, operation.system, "replica", "wanted", "missing", "the hub")
        elif isinstance(operation, SetReference):
            yield Drift(ticket.id, operation.system, "link between the two", "", "", "computed")
        else:
            what = type(operation).__name__
            yield Drift(ticket.id, operation.system, _CALLED.get(what, what), "wanted", "missing", "the hub")


def _lost(decision: Decision, was: Held) -> Iterator[Drift]:
    """Replicas that are not there any more, or were not seen at this look."""
    before: dict[tuple[System, RemoteId], tuple[str, int]] = {
        (k.system, k.remote_id): (k.state, k.absences) for k in was.links
    }
    for link in decision.links:
        state, absences = before.get((link.system, link.remote_id), (link.state, link.absences))
        if state == "live" and (link.state == "gone" or link.absences > absences):
            yield Drift(decision.ticket.id, link.system, "replica", link.label, "gone", "the side")


def _of_write(
    ticket: Ticket, operation: UpdateReplica, mapping: FieldMapping, taken: set[str]
) -> Iterator[Drift]:
    for field, value in sorted(operation.changes.items()):
        for what, before, after in changes_of(field, operation.before.get(field), value, mapping):
            if what in taken:
                continue  # what another side changed, carried on
            rule = mapping.rule(what)
            ours = rule is not None and not rule.reads
            right: Right = "computed" if ours or what in PER_SIDE else "the hub"
            yield Drift(ticket.id, operation.system, what, short(after), short(before), right)


_CALLED = {
    "AddComment": "comment",
    "EditComment": "comment",
    "RemoveComment": "comment",
    "AddAttachment": "file",
}


def counted(rows: Iterable[Drifts], found: Iterable[Drift]) -> tuple[Drifts, ...]:
    """Return the rows with these counted too, the most frequent first."""
    known = {(r.system, r.what, r.right): r for r in rows}
    for drift in found:
        key = drift.system, drift.what, drift.right
        row = known.get(key, Drifts(*key, 0))
        samples = row.samples if len(row.samples) >= EXAMPLES else (*row.samples, drift)
        known[key] = msgspec.structs.replace(row, tickets=row.tickets + 1, samples=samples)
    return tuple(sorted(known.values(), key=lambda r: (-r.tickets, r.system, r.what, r.right)))
