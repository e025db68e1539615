"""What an outcome settles: parked operations that are done now, and waits that ended."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import assert_never

from hub.cluster import Replica
from hub.operations import (
    AddAttachment,
    AddComment,
    CreateReplica,
    DeleteReplica,
    Done,
    EditComment,
    Operation,
    RemoveComment,
    SetReference,
    Unanswered,
    UpdateReplica,
)
from hub.records import Noted
from hub.replica import Link
from hub.store.ledger import Slot
from hub.store.links import Key, key


def replicas(notes: Sequence[Noted], asked: Mapping[int, Operation]) -> Iterator[Replica]:
    """Yield the replicas that were written, or may have been."""
    for note in notes:
        operation = asked.get(note.journal)
        if operation is None or not isinstance(note.outcome, Done | Unanswered):
            continue
        if not isinstance(operation, CreateReplica):
            yield Replica(operation.system, operation.remote_id)
        elif isinstance(note.outcome, Done):
            yield Replica(operation.system, note.outcome.remote_id)


def settled(notes: Sequence[Noted], asked: Mapping[int, Operation], parked: Sequence[Slot]) -> list[int]:
    """Return the parked operations that were done now, even if by another one in the same slot."""
    waiting: dict[tuple[str, str, str], list[Slot]] = {}
    for slot in parked:
        waiting.setdefault((slot.ticket_id, slot.system, slot.slot), []).append(slot)
    found: set[int] = set()
    if not waiting:
        return []
    for note in notes:
        operation = asked.get(note.journal)
        if operation is None or not isinstance(note.outcome, Done):
            continue
        again = {p.slot for p in note.parked}
        for name, field in _slots(operation):
            if name in again or field in note.outcome.refused:
                continue
            there = waiting.get((operation.ticket_id, operation.system, name), ())
            found.update(slot.id for slot in there if _same_replica(slot, operation))
    return sorted(found)


def left(given: Iterable[Link]) -> set[str]:
    """Return the tickets of links that do not hold any more."""
    return {link.ticket_id for link in given if link.state in ("gone", "unlinked")}


def ended(given: Iterable[Link], parked: Sequence[Slot]) -> list[int]:
    """Return what is parked for replicas that are their ticket's no more: nobody can retry it."""
    over = {key(link) for link in given if link.state in ("gone", "unlinked")}
    return [slot.id for slot in parked if (slot.ticket_id, slot.system, slot.remote_id) in over]


def _same_replica(slot: Slot, operation: Operation) -> bool:
    """Before its creation a replica has no name that an operation could be parked under."""
    return isinstance(operation, CreateReplica) or slot.remote_id == operation.remote_id


def _slots(operation: Operation) -> Iterator[tuple[str, str]]:
    """Yield each slot that the operation fills, with the field's id where it is a field."""
    match operation:
        case CreateReplica():
            yield "create", ""
            yield from ((f"field:{field}", field) for field in operation.raw)
        case UpdateReplica():
            yield from ((f"field:{field}", field) for field in operation.changes)
        case AddComment() | EditComment() | RemoveComment():
            yield f"comment:{operation.key}", ""
            if isinstance(operation, AddComment):
                yield from ((f"attachment:{a.id}", "") for a in operation.attachments)
        case AddAttachment():
            yield f"attachment:{operation.attachment.id}", ""
        case SetReference():
            yield f"reference:{operation.global_id}", ""
        case DeleteReplica():
            return
        case _:
            assert_never(operation)


def ended_waits(notes: Sequence[Noted], asked: Mapping[int, Operation]) -> list[Key]:
    """
    Awaited links whose creation has its answer, unless the note itself still holds them.

    Done: the live link of the note takes its place. Not done: nothing is awaited. `Unanswered`: it stays.
    """
    ended: list[Key] = []
    for note in notes:
        operation = asked.get(note.journal)
        if not isinstance(operation, CreateReplica) or isinstance(note.outcome, Unanswered):
            continue
        waiting = (operation.ticket_id, operation.system, f"?{operation.key}")
        replaced = any(link.system == operation.system and link.state != "awaited" for link in note.links)
        if isinstance(note.outcome, Done) and not replaced:
            continue
        if waiting not in {key(link) for link in note.links}:
            ended.append(waiting)
    return ended
