"""
What other rule files would do to tickets that are held: the same tickets planned by both, and compared. Pure.

What each side shows is put together from what the hub remembers of it (its shadow). Only a field that
the hub never looked at is not known by that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from msgspec.structs import replace

from hub.adopting import adopts
from hub.cluster import Cluster, Plan, Policy, Replica
from hub.derive import wants_replica
from hub.fingerprint import fingerprint, is_digest
from hub.gate import short
from hub.lens import Unreadable, Unwritable, write
from hub.mapping import Mapping as FieldMapping
from hub.mapping import Rule
from hub.merge import same
from hub.model import HUB, Json, Raw, System, TicketId, Value
from hub.operations import CreateReplica, Operation, UpdateReplica
from hub.plan import weigh
from hub.records import Decision, Held, Loss
from hub.replica import Agreed, Link, Observation


class Reviewed(NamedTuple):
    """What is otherwise for one ticket under the new files."""

    decision: Decision
    """With only those operations that the present files do not ask for as well."""
    values: tuple[tuple[str, str, str], ...] = ()
    """Register, the hub's value by the present files, and by the new ones."""
    matches: tuple[tuple[System, str], ...] = ()
    """Where it newly matches, or matches no more, and by which key of the file."""
    losses: tuple[Loss, ...] = ()


def fields_of(mapping: FieldMapping) -> set[str]:
    """Return every field that a mapping looks at."""
    return {rule.field for rule in mapping.rules} | set(mapping.scope)


def never_seen(old: FieldMapping | None, new: FieldMapping) -> set[str]:
    """Return the fields of the new file of which the hub remembers nothing."""
    known = {rule.field for rule in old.rules} if old is not None else set[str]()
    scope = set[str]() if old is not None and old.scope == new.scope else set(new.scope)
    return ({rule.field for rule in new.rules} | scope) - known


def recalled(held: Held, link: Link, mapping: FieldMapping) -> tuple[dict[str, Json], Link]:
    """
    Return the raw fields of a replica as the hub remembers them, and its link with a shadow of just these.

    Long values are remembered by their digests alone: they are rendered anew from what the hub holds.
    """
    raw: dict[str, Json] = {}
    for rule in mapping.rules:
        agreed = link.shadow.registers.get(rule.register)
        raw[rule.field] = _shown(rule, agreed, held, raw.get(rule.field))
    registers = dict(link.shadow.registers)
    for rule in mapping.rules:
        agreed = registers.get(rule.register)
        if agreed is not None:
            registers[rule.register] = Agreed(fingerprint(rule.lens.focus(raw[rule.field])), agreed.value)
    return raw, replace(link, shadow=replace(link.shadow, registers=registers, asked={}))


def _shown(rule: Rule, agreed: Agreed | None, held: Held, onto: Json) -> Json:
    if agreed is None:
        return onto
    if onto is None and not is_digest(agreed.raw):
        return agreed.raw
    value: Value = held.ticket.get(rule.register) if is_digest(agreed.value) else agreed.value
    try:
        return write(rule.lens, value, onto)
    except (Unwritable, Unreadable):
        return onto


def as_seen(
    held: Mapping[TicketId, Held], policy: Policy, looked: Mapping[Replica, Raw]
) -> tuple[dict[TicketId, Held], dict[Replica, Observation]]:
    """Return tickets and what their replicas show, as the present files remember both; `looked`: and more."""
    tickets: dict[TicketId, Held] = {}
    seen: dict[Replica, Observation] = {}
    for ticket, one in held.items():
        links: list[Link] = []
        for link in one.links:
            mapping = policy.mappings.get(link.system)
            if link.state != "live" or mapping is None:
                links.append(link)
                continue
            replica = Replica(link.system, link.remote_id)
            raw, kept = recalled(one, link, mapping)
            links.append(kept)
            if replica in seen:  # a shared one shows one thing to all its tickets
                raw = {**raw, **(seen[replica].raw or {})}
                links[-1] = _meeting(kept, raw, mapping)
            missing = {name: value for name, value in looked.get(replica, {}).items() if name not in raw}
            seen[replica] = Observation(
                link.system, link.remote_id, version=link.version, label=link.label, raw={**raw, **missing}
            )
        tickets[ticket] = replace(one, links=tuple(links), dirty=False)
    return tickets, seen


def _meeting(link: Link, raw: Raw, mapping: FieldMapping) -> Link:
    registers = {
        name: Agreed(fingerprint(rule.lens.focus(raw[rule.field])), agreed.value)
        if (rule := mapping.rule(name)) is not None and rule.field in raw
        else agreed
        for name, agreed in link.shadow.registers.items()
    }
    return replace(link, shadow=replace(link.shadow, registers=registers))


def review(cluster: Cluster, old: Policy, new: Policy, now: str) -> Iterator[Reviewed]:
    """Yield what is otherwise under the new files, for the tickets of one cluster."""
    after = weigh(_with_fields(cluster, new), new, now, "review")
    calm = all(_is_calm(d, cluster.held.get(d.ticket.id)) for d in after.decisions)
    # where nothing would be done at all, there is nothing that the present files would not do
    before = () if calm else weigh(cluster, old, now, "review").decisions
    present = {d.ticket.id: d for d in before}
    for decision in after.decisions:
        one = _compared(decision, present.get(decision.ticket.id), cluster, old, new)
        if one.decision.operations or one.values or one.matches or one.losses:
            yield one


def _is_calm(decision: Decision, held: Held | None) -> bool:
    if held is None or decision.operations or decision.losses:
        return False
    names = {*decision.ticket.registers, *held.ticket.registers}
    return all(same(decision.ticket.get(n), held.ticket.get(n)) for n in names)


def _with_fields(cluster: Cluster, policy: Policy) -> Cluster:
    """A field that nobody could look at is taken to be empty."""
    seen = {
        r: replace(o, raw={**dict.fromkeys(fields_of(policy.mappings[r.system]), None), **(o.raw or {})})
        for r, o in cluster.seen.items()
        if r.system in policy.mappings
    }
    return replace(cluster, seen=seen)


def _compared(
    decision: Decision, present: Decision | None, cluster: Cluster, old: Policy, new: Policy
) -> Reviewed:
    asked = present.operations if present else ()
    operations = tuple(_fresh(decision.operations, asked))
    was = present.ticket if present else decision.ticket
    values = tuple(
        (register, short(was.get(register)), short(decision.ticket.get(register)))
        for register in sorted({*decision.ticket.registers, *was.registers})
        if not same(was.get(register), decision.ticket.get(register)) and _by_people(decision, register)
    )
    lost = {(x.system, x.register, x.what) for x in (present.losses if present else ())}
    losses = tuple(x for x in decision.losses if (x.system, x.register, x.what) not in lost)
    matches = tuple(_matches(decision, present, cluster, old, new))
    return Reviewed(replace(decision, operations=operations), values, matches, losses)


def _by_people(decision: Decision, register: str) -> bool:
    origin = decision.ticket.origins.get(register)
    return origin is not None and origin.system != HUB


def _fresh(operations: Iterable[Operation], asked: Iterable[Operation]) -> Iterator[Operation]:
    """Yield what is asked for now and was not before; of an update, the fields that differ."""
    known = {_name(o): o for o in asked}
    for operation in operations:
        other = known.get(_name(operation))
        if isinstance(operation, UpdateReplica):
            had: Mapping[str, Json] = other.changes if isinstance(other, UpdateReplica) else {}
            changes = {n: v for n, v in operation.changes.items() if n not in had or had[n] != v}
            if changes:
                yield replace(operation, changes=changes)
        elif other is None:
            yield operation


def _name(operation: Operation) -> tuple[object, ...]:
    if isinstance(operation, CreateReplica):
        return ("create", operation.system)
    what = next((str(v) for n in ("key", "global_id") if (v := getattr(operation, n, None))), "")
    return (type(operation).__name__, operation.system, operation.remote_id, what)


# matching ---------------------------------------------------------------------------------------

_SAID = {True: "would match", False: "would match no more"}


def _matches(
    decision: Decision, present: Decision | None, cluster: Cluster, old: Policy, new: Policy
) -> Iterator[tuple[System, str]]:
    here = {link.system for link in decision.links if link.state == "live"}
    ticket = present.ticket if present else decision.ticket
    for system, mapping in sorted(new.mappings.items()):
        other = old.mappings.get(system)
        if other is None:
            continue
        was, now = wants_replica(ticket, other), wants_replica(decision.ticket, mapping)
        if was != now and system not in here and not decision.ticket.id.startswith(f"{system}:"):
            yield system, f"create_when: {_SAID[now]}"
    for link in decision.links:
        seen = cluster.seen.get(Replica(link.system, link.remote_id))
        if link.state == "live" and seen is not None and seen.raw is not None:
            yield from _of_replica(decision.ticket.id, link, seen.raw, old, new)


def _of_replica(
    ticket: TicketId, link: Link, raw: Raw, old: Policy, new: Policy
) -> Iterator[tuple[System, str]]:
    other, mapping = old.mappings.get(link.system), new.mappings.get(link.system)
    if other is None or mapping is None:
        return
    was, now = other.in_scope(raw), mapping.in_scope(raw)
    if was != now:
        yield link.system, f"scope: {_SAID[now]}"
    elif _may_differ(other, mapping, ticket, link) and adopts(other, raw) != adopts(mapping, raw):
        yield link.system, f"adopt_when: {_SAID[adopts(mapping, raw)]}"


def _may_differ(old: FieldMapping, new: FieldMapping, ticket: TicketId, link: Link) -> bool:
    """Whether the ticket began on this replica, and which ones begin a ticket is not the same constant."""
    fixed = old.adopt_when == new.adopt_when and (new.adopt_when is None or not new.adopt_when.names)
    return not fixed and ticket == f"{link.system}:{link.remote_id}"


def plan_of(reviewed: Iterable[Reviewed]) -> Plan:
    """Return what is otherwise as a plan, to be counted like any other."""
    return Plan(tuple(one.decision for one in reviewed))
