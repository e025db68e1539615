"""Stop before the first write when a run would do more than anyone can have meant. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

import msgspec

from hub.cluster import Plan
from hub.errors import Halted
from hub.lens import Unreadable
from hub.mapping import Mapping as FieldMapping
from hub.mapping import Rule
from hub.model import Json, System, TicketId
from hub.operations import (
    AddComment,
    CreateReplica,
    DeleteReplica,
    Operation,
    RemoveComment,
    UpdateReplica,
)
from hub.records import Held
from hub.registers import DONE

A_FEW = 5
"""So many may go at once on any side, however small, and nobody would ask."""


class Limits(msgspec.Struct, frozen=True):
    """The most that one unattended run may do. Counts of tickets; a share is of the tickets held."""

    touch: int = 5000
    create: int = 1000
    close: int = 200
    delete: int = 50
    tell: int = 500
    """Whose customers are written to: what is sent cannot be taken back."""
    delete_share: float = 0.2
    """Of the replicas that one system shows: more gone at once, and the side is not believed."""


class Toll(msgspec.Struct, frozen=True):
    """What a run would do, in counts."""

    touch: int = 0
    create: int = 0
    close: int = 0
    delete: int = 0
    gone: Mapping[System, int] = {}
    tell: int = 0


def toll(
    plans: Iterable[Plan],
    held: Mapping[TicketId, Held],
    mappings: Mapping[System, FieldMapping],
    customers: Collection[System] = (),
) -> Toll:
    """Count what these plans would do. `customers`: the systems in which it is them who are written to."""
    touched = created = closed = deleted = told = 0
    gone: dict[System, int] = {}
    for plan in plans:
        for decision in plan.decisions:
            before = {
                (k.system, k.remote_id): k.state
                for k in (held[decision.ticket.id].links if decision.ticket.id in held else ())
            }
            for link in decision.links:
                if link.state == "gone" and before.get((link.system, link.remote_id)) == "live":
                    gone[link.system] = gone.get(link.system, 0) + 1
            touched += bool(decision.operations)
            created += any(isinstance(o, CreateReplica) for o in decision.operations)
            closed += any(_closes(o, mappings) for o in decision.operations)
            deleted += any(isinstance(o, DeleteReplica | RemoveComment) for o in decision.operations)
            told += any(_tells(o) and o.system in customers for o in decision.operations)
    return Toll(touched, created, closed, deleted, gone, told)


def added(first: Toll, second: Toll) -> Toll:
    """Return what two parts of a run would do together."""
    systems = {*first.gone, *second.gone}
    return Toll(
        first.touch + second.touch,
        first.create + second.create,
        first.close + second.close,
        first.delete + second.delete,
        {s: first.gone.get(s, 0) + second.gone.get(s, 0) for s in systems},
        first.tell + second.tell,
    )


def guard(total: Toll, limits: Limits, live: Mapping[System, int]) -> None:
    """Raise `Halted`, naming count and limit, if the toll is too high."""
    for name, count, limit in (
        ("change", total.touch, limits.touch),
        ("create replicas for", total.create, limits.create),
        ("close", total.close, limits.close),
        ("delete something of", total.delete, limits.delete),
        ("write to the customers of", total.tell, limits.tell),
    ):
        if count > limit:
            _halt(f"this run would {name} {count} tickets; the limit is {limit}")
    for system, count in sorted(total.gone.items()):
        shown = live.get(system, 0)
        if count > limits.delete or (count > A_FEW and count > shown * limits.delete_share):
            _halt(
                f"{count} of {shown} linked tickets are suddenly gone from {system}; "
                "that is more often a lost permission than a clean-up"
            )


def _halt(what: str) -> None:
    raise Halted(
        f"Stopped before the first write: {what}. Look at it with `hub plan`; if it is right, run "
        "`hub apply --checksum <the plan's checksum>`, or raise the limit in policy.yaml."
    )


def _tells(operation: Operation) -> bool:
    return isinstance(operation, AddComment) and not operation.quiet


def _closes(operation: Operation, mappings: Mapping[System, FieldMapping]) -> bool:
    """Whether it finishes what was not finished, by whatever name its system has for that."""
    rule = mappings[operation.system].rule("status") if operation.system in mappings else None
    if rule is None or not isinstance(operation, UpdateReplica) or rule.lens.field not in operation.changes:
        return False
    after, before = operation.changes[rule.lens.field], operation.before.get(rule.lens.field)
    return _finished(rule, after) and not _finished(rule, before)


def _finished(rule: Rule, raw: Json) -> bool:
    try:
        return rule.lens.read(raw) in DONE
    except Unreadable:
        return False
