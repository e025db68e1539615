"""Stop before the first write when a run would do more than anyone can have meant. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping

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
from hub.records import Decision, Held
from hub.registers import DONE

A_FEW = 5
"""So many may go at once on any side, however small, and nobody would ask."""


class SideLimits(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one side may be asked in a run, where that differs; None: no limit of its own."""

    touch: int | None = None
    create: int | None = None
    close: int | None = None
    delete: int | None = None
    tell: int | None = None
    notify: int | None = None
    delete_share: float | None = None


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
    notify: int = 5000
    """On which a system tells the people who work there that something was changed."""
    remap: int = 1000
    """That changed rule files may change, before anything is written by the new ones."""
    sides: Mapping[System, SideLimits] = {}
    """Of one side alone, beside those for all together."""

    def of(self, system: System) -> SideLimits:
        return self.sides.get(system, SideLimits())


class Toll(msgspec.Struct, frozen=True):
    """What a run would do, in counts of tickets."""

    touch: int = 0
    create: int = 0
    close: int = 0
    delete: int = 0
    gone: Mapping[System, int] = {}
    tell: int = 0
    notify: int = 0
    sides: Mapping[System, Mapping[str, int]] = {}
    """The same kinds by side; a ticket that is touched on two sides counts on each."""


KINDS: Mapping[str, str] = {
    "touch": "change",
    "create": "create replicas for",
    "close": "close",
    "delete": "delete something of",
    "tell": "write to the customers of",
    "notify": "notify people of",
}
"""What is counted, and how a sentence calls it."""


def toll(
    plans: Iterable[Plan],
    held: Mapping[TicketId, Held],
    mappings: Mapping[System, FieldMapping],
    customers: Collection[System] = (),
) -> Toll:
    """Count what these plans would do. `customers`: the systems in which it is them who are written to."""
    every: Counter[str] = Counter()
    sides: dict[System, Counter[str]] = {}
    gone: Counter[System] = Counter()
    for plan in plans:
        for decision in plan.decisions:
            gone.update(going(decision, held))
            found = {(o.system, kind) for o in decision.operations for kind in _kinds(o, mappings, customers)}
            every.update({kind for _, kind in found})
            for system, kind in found:
                sides.setdefault(system, Counter())[kind] += 1
    return Toll(
        **{kind: every[kind] for kind in KINDS},
        gone=dict(gone),
        sides={system: dict(counts) for system, counts in sides.items()},
    )


def going(decision: Decision, held: Mapping[TicketId, Held]) -> Iterator[System]:
    """Yield a system for each live link of the ticket that would end with its replica."""
    was = held.get(decision.ticket.id)
    before = {(k.system, k.remote_id): k.state for k in (was.links if was else ())}
    for link in decision.links:
        if link.state == "gone" and before.get((link.system, link.remote_id)) == "live":
            yield link.system


def _kinds(
    operation: Operation, mappings: Mapping[System, FieldMapping], customers: Collection[System]
) -> Iterator[str]:
    yield "touch"
    match operation:
        case CreateReplica():
            yield "create"
        case UpdateReplica() if _closes(operation, mappings):
            yield "close"
        case DeleteReplica() | RemoveComment():
            yield "delete"
        case AddComment(public=True, quiet=False) if operation.system in customers:
            yield "tell"
        case _:
            pass
    if isinstance(operation, CreateReplica | UpdateReplica | AddComment) and not operation.quiet:
        yield "notify"


def added(first: Toll, second: Toll) -> Toll:
    """Return what two parts of a run would do together."""
    return Toll(
        **{kind: getattr(first, kind) + getattr(second, kind) for kind in KINDS},
        gone=dict(Counter(first.gone) + Counter(second.gone)),
        sides={
            system: dict(Counter(first.sides.get(system, {})) + Counter(second.sides.get(system, {})))
            for system in {**first.sides, **second.sides}
        },
    )


def guard(total: Toll, limits: Limits, live: Mapping[System, int]) -> None:
    """Raise `Halted`, naming count and limit, if the toll is too high."""
    for name, count, limit in (
        ("change", total.touch, limits.touch),
        ("create replicas for", total.create, limits.create),
        ("close", total.close, limits.close),
        ("delete something of", total.delete, limits.delete),
        ("write to the customers of", total.tell, limits.tell),
        ("notify people of", total.notify, limits.notify),
    ):
        if count > limit:
            _halt(f"this run would {name} {count} tickets; the limit is {limit}")
    for system, counts in sorted(total.sides.items()):
        for kind, count in sorted(counts.items()):
            most: int | None = getattr(limits.of(system), kind)
            if most is not None and count > most:
                _halt(f"this run would {KINDS[kind]} {count} tickets in {system}; the limit there is {most}")
    for system, count in sorted(total.gone.items()):
        _guard_side(system, count, live.get(system, 0), limits)


def _guard_side(system: System, count: int, shown: int, every: Limits) -> None:
    """Raise `Halted` if a side shows so much less than before that it is not believed."""
    own = every.of(system)
    limits = msgspec.structs.replace(
        every,
        delete=every.delete if own.delete is None else own.delete,
        delete_share=every.delete_share if own.delete_share is None else own.delete_share,
    )
    if count > limits.delete or (count > A_FEW and count > shown * limits.delete_share):
        _halt(
            f"{count} of {shown} linked tickets are suddenly gone from {system}; "
            "that is more often a lost permission than a clean-up: "
            "once the hub may see them again, `hub reconcile` looks anew"
        )


def _halt(what: str) -> None:
    raise Halted(
        f"Stopped before the first write: {what}. Look at it with `hub approvals`; if it is right, run "
        "`hub apply --checksum <its checksum>`; if not, undo it where it was done, or `hub approvals reject`."
    )


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
