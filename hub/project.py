"""Ask each side for what its fields lack, and for the replicas that should be there. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from hub import context
from hub.aggregate import aggregate
from hub.cluster import Look, Replica, Work
from hub.fingerprint import fingerprint
from hub.lens import Unreadable, Unwritable, write
from hub.lenses.raw import units
from hub.mapping import Mapping as FieldMapping
from hub.mapping import Rule
from hub.merge import empty, same
from hub.model import HUB, Json, Raw, System, TicketId, Value
from hub.operations import UpdateReplica
from hub.records import Conflict, Loss, Parked
from hub.registers import PER_SIDE, find
from hub.replica import Agreed, Observation, Shadow
from hub.telling import told


class Wanted(NamedTuple):
    """What one field of a replica should show."""

    rule: Rule
    value: Value


def ask_update(
    work: Work, replica: Replica, sharers: list[TicketId], wanted: list[Wanted], seen: Observation
) -> None:
    """Ask a replica that was seen for the fields in which it does not show its tickets."""
    assert seen.raw is not None
    mapping = work.policy.mappings[replica.system]
    changes = _changes(work, replica, sharers, wanted, seen)
    if not changes:
        return
    if replica not in work.cluster.fresh and not work.policy.traits[replica.system].conditional_writes:
        work.looks.add(Look(replica.system, replica.remote_id, whole=False))
        return
    primary = sharers[0]
    remember_asked(work, replica, sharers, wanted, changes)
    # what only the hub writes is nobody's word: no edit can be lost beneath it, nobody need be told
    ours = not any(rule.reads for rule in mapping.rules if rule.lens.field in changes)
    link = work.links[primary][replica]
    work.operations[primary].append(
        UpdateReplica(
            system=replica.system,
            ticket_id=primary,
            remote_id=replica.remote_id,
            expect=seen.version or link.version,
            changes=changes,
            before={name: seen.raw.get(name) for name in changes},
            quiet=work.policy.quiet or not _tells(mapping, seen.raw, changes),
            closed=_closed(mapping, seen),
            ours=ours,
        )
    )


def _tells(mapping: FieldMapping, before: Raw, changes: Raw) -> bool:
    """Return whether anything changes but what the hub alone writes, its block within a field included."""
    return any(
        not same(fingerprint(rule.lens.focus(before[name])), fingerprint(rule.lens.focus(raw)))
        for name, raw in changes.items()
        for rule in mapping.rules
        if rule.reads and rule.lens.field == name
    )


def remember_asked(
    work: Work, replica: Replica, sharers: list[TicketId], wanted: list[Wanted], changes: Raw
) -> None:
    """Should the answer be lost, what was asked for is recognised by this when it turns up."""
    for ticket in sharers:
        link = work.links[ticket][replica]
        asked = dict(link.shadow.asked)
        for rule, value in wanted:
            if rule.lens.field not in changes:
                continue
            own = value if rule.register in PER_SIDE else work.tickets[ticket].get(rule.register)
            shown = fingerprint(rule.lens.focus(changes[rule.lens.field]))
            asked[rule.register] = Agreed(shown, kept(own))
        work.set_link(replace(link, shadow=replace(link.shadow, asked=asked)))


def wanted_fields(
    work: Work, mapping: FieldMapping, sharers: list[TicketId], *, creating: bool = False
) -> list[Wanted]:
    """Return what each field should show of these tickets, the primary one first."""
    tickets = [work.tickets[ticket] for ticket in sharers]
    found: list[Wanted] = []
    for rule in mapping.rules:
        if not (rule.creates if creating else rule.writes):
            continue
        if rule.register in PER_SIDE:
            money = work.policy.money
            currency = money.currency if money else ""
            value: Value = told(rule, tickets, work, mapping, currency)
        elif rule.many is not None:
            value = aggregate(rule, tickets)
        else:
            value = tickets[0].get(rule.register)
        found.append(Wanted(rule, value))
    return found


def unshown(work: Work, replica: Replica, wanted: Wanted, sharers: Sequence[TicketId]) -> bool:
    """Return whether a side that showed no change may lack this value, by its shadow alone."""
    rule, value = wanted
    for ticket in sharers:
        agreed = work.links[ticket][replica].shadow.registers.get(rule.register)
        own = value if rule.register in PER_SIDE else work.tickets[ticket].get(rule.register)
        if agreed is None:
            if not empty(own):
                return True
        elif not same(agreed.value, own):
            return True
    return False


def _changes(
    work: Work,
    replica: Replica,
    sharers: list[TicketId],
    wanted: list[Wanted],
    seen: Observation,
) -> dict[str, Json]:
    assert seen.raw is not None
    raws = dict(seen.raw)
    closed = _closed(work.policy.mappings[replica.system], seen)
    for rule, value in wanted:
        if rule.lens.field not in raws:
            gone = f"no field {rule.lens.field} is shown there: deleted, or hidden from us ({rule.place})"
            lose(work, sharers[0], replica.system, rule, gone)
            continue
        if closed and _only_informs(rule):
            continue  # a closed ticket takes no writes; what only informs is not worth a refusal
        now = raws[rule.lens.field]
        shown = fingerprint(rule.lens.focus(seen.raw[rule.lens.field]))
        if _stands_for(work, replica, sharers, rule, value, shown):
            continue
        if empty(value) and not _was_shown(work, replica, sharers, rule):
            continue
        if _typed_unreadably(work, replica, sharers, rule, shown, now):
            continue
        _note_overwritten(work, replica, sharers, rule, shown, now, value)
        try:
            raw = write(rule.lens, value, now)
        except Unwritable as unwritable:
            lose(work, sharers[0], replica.system, rule, str(unwritable))
            continue
        if raw == now:
            _agree(work, replica, sharers, rule, value, shown)
        elif not is_parked(work, sharers[0], replica, f"field:{rule.lens.field}", fingerprint(raw)):
            raws[rule.lens.field] = raw
            note_cut(work, sharers[0], replica.system, rule, value)
    return {name: raw for name, raw in raws.items() if raw is not seen.raw[name]}


def _stands_for(
    work: Work,
    replica: Replica,
    sharers: list[TicketId],
    rule: Rule,
    value: Value,
    shown: Json,
) -> bool:
    """Return whether what is shown is known to stand for just these values, however it reads."""
    if replica in work.moved and rule.many is not None:
        return False  # the pairs were agreed on by another circle of tickets
    if (sharers[0], replica) in work.promoted:
        return False  # what is shown was another ticket's word
    for ticket in sharers:
        agreed = work.links[ticket][replica].shadow.registers.get(rule.register)
        own = value if rule.register in PER_SIDE else work.tickets[ticket].get(rule.register)
        if agreed is None or not same(agreed.raw, shown) or not same(agreed.value, own):
            return False
    return True


def _typed_unreadably(
    work: Work, replica: Replica, sharers: list[TicketId], rule: Rule, shown: Json, raw: Json
) -> bool:
    """
    Return whether a person set what the mapping cannot read, and nobody set anything else since.

    It stands, and the loss ledger says which line to add, rather than being typed over unread.
    """
    for ticket in sharers:
        agreed = work.links[ticket][replica].shadow.registers.get(rule.register)
        if agreed is None or same(agreed.raw, shown):
            return False
        if not same(agreed.value, work.tickets[ticket].get(rule.register)):
            return False
    try:
        _ = rule.lens.read(raw)
    except Unreadable:
        return rule.reads and rule.register not in PER_SIDE
    return False


def _only_informs(rule: Rule) -> bool:
    register = find(rule.register)
    return register is not None and register.group == "derived"


def _was_shown(work: Work, replica: Replica, sharers: list[TicketId], rule: Rule) -> bool:
    return any(
        (agreed := work.links[t][replica].shadow.registers.get(rule.register)) is not None
        and not empty(agreed.value)
        for t in sharers
    )


def _note_overwritten(
    work: Work,
    replica: Replica,
    sharers: list[TicketId],
    rule: Rule,
    shown: Json,
    raw: Json,
    value: Value,
) -> None:
    """Where a person typed over what only the hub writes, keep what they typed in a conflict."""
    agreed = work.links[sharers[0]][replica].shadow.registers.get(rule.register)
    ours = not rule.reads or len(sharers) > 1
    if not ours or agreed is None or same(agreed.raw, shown) or rule.register == "context.copy":
        return
    try:
        typed = rule.lens.read(raw)
    except Unreadable:
        return
    if empty(typed) or same(typed, value) or same(typed, agreed.value):
        return
    work.conflicts[sharers[0]].append(
        Conflict(sharers[0], rule.register, value, {replica.system: typed}, kept_from=HUB)
    )


def _agree(
    work: Work,
    replica: Replica,
    sharers: list[TicketId],
    rule: Rule,
    value: Value,
    shown: Json,
) -> None:
    for ticket in sharers:
        link = work.links[ticket][replica]
        own = value if rule.register in PER_SIDE else work.tickets[ticket].get(rule.register)
        work.set_link(replace(link, shadow=agree(link.shadow, rule.register, shown, own)))


def agree(shadow: Shadow, register: str, shown: Json, value: Value) -> Shadow:
    """Return the shadow with one more pair: this raw value stands for that canonical one."""
    return replace(shadow, registers={**shadow.registers, register: Agreed(shown, kept(value))})


def kept(value: Value) -> Value:
    return fingerprint(value) if isinstance(value, str) else value


def _closed(mapping: FieldMapping, seen: Observation) -> bool:
    rule = mapping.rule("status")
    if rule is None or seen.raw is None:
        return False
    try:
        return rule.lens.read(seen.raw.get(rule.lens.field)) == "closed"
    except Unreadable:
        return False


def is_parked(work: Work, ticket: TicketId, on: Replica, slot: str, wanted: Json) -> bool:
    return any(stands(parked, wanted) for parked in parked_in(work, ticket, on, slot))


def parked_in(work: Work, ticket: TicketId, on: Replica, slot: str) -> Iterator[Parked]:
    """Yield what was refused in this slot of a replica."""
    for parked in work.cluster.held[ticket].parked:
        here = slot == "create" or parked.remote_id == on.remote_id
        if here and parked.system == on.system and parked.slot == slot:
            yield parked


def stands(parked: Parked, wanted: Json) -> bool:
    """Return whether a refusal still stands: the same is wanted, and no person asked to try again."""
    return parked.state != "retry" and parked.fingerprint == str(wanted)


def note_cut(work: Work, ticket: TicketId, system: System, rule: Rule, value: Value) -> None:
    """Write into the loss ledger what this field has no room for."""
    if rule.register == "context.copy" and isinstance(value, str) and (short := context.shortened(value)):
        detail = f"{short}; the hub holds all of it"
        work.losses[ticket].append(Loss(ticket, system, rule.register, "cut", detail))
        return
    limit: int | None = getattr(rule.lens, "limit", None)
    if limit is None or not isinstance(value, str) or units(value) <= limit:
        return
    if rule.lost(value) == "cut":
        detail = f"{len(value)} characters do not fit into {rule.lens.field}; the hub holds all of them"
        work.losses[ticket].append(Loss(ticket, system, rule.register, "cut", detail))


def lose(work: Work, ticket: TicketId, system: System, rule: Rule, detail: str) -> None:
    work.losses[ticket].append(Loss(ticket, system, rule.register, "unwritable", detail))
