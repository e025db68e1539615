"""
What of a run's plans may go: not what people rejected, nor, where they approved one plan, anything else.

On the way it writes down what the run would do, so that it can be shown if that is too much. Pure.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from hub.approvals import Part, Row, Sample
from hub.batch import Batch
from hub.cluster import Plan, Policy
from hub.lens import Unreadable
from hub.mapping import Mapping as FieldMapping
from hub.model import HUB_NOTE, Json, System, TicketId, Value
from hub.operations import AddComment, CreateReplica, DeleteReplica, Operation, UpdateReplica
from hub.records import Decision, Held
from hub.safety import Toll, added, going, toll

EXAMPLES = 3
"""Samples of each kind of line."""
_ROWS = 200
_LONGEST = 80
_encoder = msgspec.json.Encoder(order="deterministic")


@dataclass
class Lines:
    """How often each thing happens on each side, with a few examples of each."""

    _counts: dict[tuple[System, str], int] = field(default_factory=dict[tuple[System, str], int])
    _samples: dict[tuple[System, str], list[Sample]] = field(
        default_factory=dict[tuple[System, str], list[Sample]]
    )

    def add(self, samples: Iterable[Sample]) -> None:
        """Count what was found of one ticket, each thing once."""
        for key, sample in {(s.system, s.what): s for s in samples}.items():
            if key not in self._counts and len(self._counts) >= _ROWS:
                continue  # counted in the toll all the same
            self._counts[key] = self._counts.get(key, 0) + 1
            known = self._samples.setdefault(key, [])
            if len(known) < EXAMPLES:
                known.append(sample)

    def rows(self) -> tuple[Row, ...]:
        """The most frequent first."""
        ordered = sorted(self._counts.items(), key=lambda item: (-item[1], item[0]))
        return tuple(
            Row(system, what, count, tuple(self._samples[system, what])) for (system, what), count in ordered
        )


@dataclass
class Sheet:
    """What some plans would do, written down: every part by its digest, and lines to show people."""

    total: Toll = field(default_factory=Toll)
    parts: dict[TicketId, str] = field(default_factory=dict[TicketId, str])
    lines: Lines = field(default_factory=Lines)

    def take(self, decision: Decision, digest: str, mappings: Mapping[System, FieldMapping]) -> None:
        self.parts[decision.ticket.id] = digest
        self.lines.add(lines_of(decision, mappings))

    @property
    def checksum(self) -> str:
        """Of every part: equal if and only if the same would be done for the same tickets."""
        total = hashlib.sha256()
        for ticket, digest in sorted(self.parts.items()):
            total.update(f"{ticket} {digest}\n".encode())
        return total.hexdigest()[:16]

    def rows(self) -> tuple[Row, ...]:
        return self.lines.rows()


@dataclass
class Gate:
    """What people decided beforehand of a run's plans; and what it counted of them."""

    approved: Collection[Part] = frozenset()
    rejected: Collection[Part] = frozenset()
    only_approved: bool = False
    """Nothing else may go: one plan is carried out, as far as it is still the same."""
    sheet: Sheet = field(default_factory=Sheet)
    kept_back: Sheet = field(default_factory=Sheet)
    """What did not go."""
    remember: Callable[[], None] = lambda: None
    """Raises `Halted` where counting again would only say what is known: a plan is held, and waits."""
    over: set[Part] = field(default_factory=set[Part])
    """What people rejected and nobody would do any more: it was put right, or is another thing by now."""

    def __post_init__(self) -> None:
        self._refused: dict[TicketId, list[str]] = {}
        for ticket, digest in self.rejected:
            self._refused.setdefault(ticket, []).append(digest)

    def admitted(self, batch: Batch, plans: Sequence[Plan], policy: Policy) -> list[Plan]:
        """Return the plans that may go; of the others the inbox rows stay where they are."""
        if not (self.rejected or self.only_approved):
            return list(plans)
        may: list[Plan] = []
        for plan in plans:
            parts = dict(_parts(plan, batch.held, policy.mappings))
            self._note_over(plan, parts)
            if not any(self._stays(part) for part in parts.items()):
                may.append(plan)
                continue
            for decision in plan.decisions:
                if decision.ticket.id in parts:
                    self.kept_back.take(decision, parts[decision.ticket.id], policy.mappings)
            batch.leave(plan.decisions)
        return may

    def _note_over(self, plan: Plan, parts: Mapping[TicketId, str]) -> None:
        for decision in plan.decisions:
            ticket = decision.ticket.id
            self.over.update((ticket, d) for d in self._refused.get(ticket, ()) if parts.get(ticket) != d)

    def _stays(self, part: Part) -> bool:
        return part in self.rejected or (self.only_approved and part not in self.approved)

    def count(self, plans: Sequence[Plan], held: Mapping[TicketId, Held], policy: Policy) -> Toll:
        """Write down what these plans would do that nobody approved yet, and return its toll."""
        fresh = list(self._unapproved(plans, held, policy))
        for decision, digest in fresh:
            if digest:
                self.sheet.take(decision, digest, policy.mappings)
        counted = _toll((d for d, _ in fresh), held, policy)
        self.sheet.total = added(self.sheet.total, counted)
        return counted

    def toll(self, plans: Iterable[Plan], held: Mapping[TicketId, Held], policy: Policy) -> Toll:
        """Return the toll of what these plans would do that nobody approved yet."""
        return _toll((d for d, _ in self._unapproved(plans, held, policy)), held, policy)

    def _unapproved(
        self, plans: Iterable[Plan], held: Mapping[TicketId, Held], policy: Policy
    ) -> Iterator[tuple[Decision, str]]:
        for plan in plans:
            parts = dict(_parts(plan, held, policy.mappings))
            for decision in plan.decisions:
                digest = parts.get(decision.ticket.id, "")
                if (decision.ticket.id, digest) not in self.approved:
                    yield decision, digest


def _toll(decisions: Iterable[Decision], held: Mapping[TicketId, Held], policy: Policy) -> Toll:
    told = [s for s, traits in policy.traits.items() if traits.customers or traits.hears_notes]
    return toll([Plan(tuple(decisions))], held, policy.mappings, told)


def _parts(
    plan: Plan, held: Mapping[TicketId, Held], mappings: Mapping[System, FieldMapping]
) -> Iterator[Part]:
    for decision in plan.decisions:
        ended = sorted(going(decision, held))
        if decision.operations or ended:
            yield decision.ticket.id, part_digest(decision.operations, ended, mappings)


def part_digest(
    operations: Iterable[Operation], ended: Sequence[System], mappings: Mapping[System, FieldMapping]
) -> str:
    """
    Return a digest of what is done for one ticket, as people decide on it.

    What only the hub writes moves with the clock, and versions with every touch: neither makes it
    something else than what they saw.
    """
    essence = [list(ended), [_essence(o, mappings.get(o.system)) for o in operations]]
    return hashlib.sha256(_encoder.encode(essence)).hexdigest()[:16]


def _essence(operation: Operation, mapping: FieldMapping | None) -> object:
    match operation:
        case UpdateReplica():
            said = _said(operation.changes, mapping)
            before = {name: operation.before.get(name) for name in said}
            return ["update", operation.system, operation.remote_id, said, before]
        case CreateReplica():
            return ["create", operation.system, _said(operation.raw, mapping)]
        case AddComment():
            ours = operation.key.startswith(HUB_NOTE)
            body = "" if ours else operation.body
            return ["say", operation.system, operation.remote_id, operation.key, body, operation.public]
        case _:
            return msgspec.to_builtins(operation)


def _said(raw: Mapping[str, Json], mapping: FieldMapping | None) -> dict[str, Json]:
    """Return the fields that people can set as well."""
    if mapping is None:
        return dict(raw)
    ours = {r.field for r in mapping.rules} - {r.field for r in mapping.rules if r.reads}
    return {name: value for name, value in raw.items() if name not in ours}


def lines_of(decision: Decision, mappings: Mapping[System, FieldMapping]) -> Iterator[Sample]:
    """Yield what is done for a ticket, line by line, as people read it."""
    ticket = decision.ticket
    subject = short(ticket.get("subject"))
    for operation in decision.operations:
        for what, before, after in _told(operation, subject, mappings.get(operation.system)):
            yield Sample(ticket.id, subject, operation.system, what, short(before), short(after))


def _told(operation: Operation, subject: str, mapping: FieldMapping | None) -> Iterator[tuple[str, Any, Any]]:
    match operation:
        case UpdateReplica():
            for name, value in sorted(operation.changes.items()):
                yield from changes_of(name, operation.before.get(name), value, mapping)
        case CreateReplica():
            yield "create", "", subject
        case AddComment():
            yield "public comment" if operation.public else "internal comment", "", operation.body
        case DeleteReplica():
            yield "delete", operation.remote_id, ""
        case _:
            yield _NAMES.get(type(operation).__name__, type(operation).__name__), "", ""


def changes_of(
    name: str, before: Json, after: Json, mapping: FieldMapping | None
) -> Iterator[tuple[str, Value, Value]]:
    """Yield the registers that a field shows otherwise then, in the hub's words where it can read them."""
    found = False
    for rule in mapping.rules if mapping is not None else ():
        if rule.field != name:
            continue
        try:
            was, will = rule.lens.read(before), rule.lens.read(after)
        except Unreadable:
            continue
        if was != will:
            found = True
            yield rule.register, was, will
    if not found:
        yield name, before, after


_NAMES = {
    "EditComment": "edit of a comment",
    "RemoveComment": "take back a comment",
    "AddAttachment": "file",
    "SetReference": "link between the two",
}


def short(value: Json) -> str:
    """Return a value on one short line."""
    if value in (None, "", [], ()):
        return ""
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    flat = " ".join(text.split())
    return flat if len(flat) <= _LONGEST else f"{flat[: _LONGEST - 1]}…"
