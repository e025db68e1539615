"""
Take back what a run wrote: operations that restore the values before, where nobody changed them since.

Pure. What is restored is agreed on at once (`the old raw value stands for the hub's value now`), so
that the next run neither takes it for an edit nor writes it again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from msgspec.structs import replace

from hub.cluster import Policy, Replica
from hub.fingerprint import fingerprint
from hub.merge import same
from hub.model import Json, RemoteId, TicketId
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
    UpdateReplica,
)
from hub.project import agree
from hub.records import Held, JournalEntry
from hub.registers import PER_SIDE
from hub.remarks import TAKEN_AWAY
from hub.replica import Link, Mark, Observation


class Restored(NamedTuple):
    """One journal entry's undoing."""

    entry: JournalEntry
    operation: Operation


class Kept(NamedTuple):
    """One journal entry, or a part of it, that cannot be taken back, and why."""

    entry: JournalEntry
    what: str
    why: str


class Undoing(NamedTuple):
    """What to ask in order to take a run back, newest first, and what stays."""

    restored: tuple[Restored, ...]
    kept: tuple[Kept, ...]


def replicas_of(entries: Iterable[JournalEntry]) -> set[Replica]:
    """Return the replicas to look at before anything is taken back."""
    return {Replica(e.system, _remote(e)) for e in entries if _remote(e)}


def undo(
    entries: Iterable[JournalEntry],
    seen: Mapping[Replica, Observation],
    held: Mapping[TicketId, Held],
    *,
    fields: frozenset[str] = frozenset(),
) -> Undoing:
    """Return how to take these journalled operations back; with `fields`, only those fields."""
    restored: list[Restored] = []
    kept: list[Kept] = []
    for entry in sorted(entries, key=lambda e: -e.id):
        if not isinstance(entry.outcome, Done):
            continue
        now = seen.get(Replica(entry.system, _remote(entry)))
        if now is None or now.gone is not None:
            kept.append(Kept(entry, "everything", "the replica is not there any more"))
            continue
        _one(entry, now, held, fields, restored, kept)
    return Undoing(tuple(restored), tuple(kept))


def _one(
    entry: JournalEntry,
    now: Observation,
    held: Mapping[TicketId, Held],
    fields: frozenset[str],
    restored: list[Restored],
    kept: list[Kept],
) -> None:
    match entry.operation:
        case UpdateReplica():
            _fields(entry, entry.operation, now, fields, restored, kept)
        case CreateReplica() if not fields:
            _created(entry, now, held, restored, kept)
        case AddComment() if not fields:
            _said(entry, entry.operation, held, restored, kept)
        case SetReference() if not fields:
            # taken off, it would say that a person unlinked the two
            kept.append(Kept(entry, "the link to the ticket", "it stands as long as the two are linked"))
        case EditComment() | RemoveComment() | AddAttachment() | DeleteReplica() if not fields:
            kept.append(Kept(entry, "the comment or file", "the hub kept no copy of what was there"))
        case _:
            return


def _fields(
    entry: JournalEntry,
    operation: UpdateReplica,
    now: Observation,
    fields: frozenset[str],
    restored: list[Restored],
    kept: list[Kept],
) -> None:
    assert isinstance(entry.outcome, Done)
    left = entry.outcome.raw or operation.changes
    back: dict[str, Json] = {}
    for name, value in operation.changes.items():
        if (fields and name not in fields) or name in entry.outcome.refused:
            continue
        if name not in operation.before:
            kept.append(Kept(entry, name, "its value before was not known"))
        elif now.raw is None or not same(now.raw.get(name), left.get(name, value)):
            kept.append(Kept(entry, name, "somebody changed it since"))
        else:
            back[name] = operation.before[name]
    if back:
        current = now.raw or {}
        restored.append(
            Restored(
                entry,
                replace(
                    operation,
                    expect=now.version,
                    changes=back,
                    before={name: current.get(name) for name in back},
                ),
            )
        )


def _created(
    entry: JournalEntry,
    now: Observation,
    held: Mapping[TicketId, Held],
    restored: list[Restored],
    kept: list[Kept],
) -> None:
    link = _link(entry, held)
    ours = {m.remote_id for m in link.shadow.comments.values()} if link else set[str]()
    strange = [c for c in now.comments if c.id not in ours]
    if link is None:
        kept.append(Kept(entry, "the replica", "it is not linked any more"))
    elif strange:
        kept.append(Kept(entry, "the replica", f"people wrote {len(strange)} comments on it"))
    else:
        restored.append(Restored(entry, DeleteReplica(entry.system, entry.ticket_id, now.remote_id)))


def _said(
    entry: JournalEntry,
    operation: AddComment,
    held: Mapping[TicketId, Held],
    restored: list[Restored],
    kept: list[Kept],
) -> None:
    link = _link(entry, held)
    mark = link.shadow.comments.get(operation.key) if link else None
    if mark is None or mark.remote_id in ("", TAKEN_AWAY):
        kept.append(Kept(entry, "the comment", "it is not known which one it is, or it is gone"))
        return
    restored.append(
        Restored(
            entry,
            RemoveComment(entry.system, entry.ticket_id, operation.remote_id, mark.remote_id, operation.key),
        )
    )


def _link(entry: JournalEntry, held: Mapping[TicketId, Held]) -> Link | None:
    if entry.ticket_id not in held:
        return None
    return next(
        (
            k
            for k in held[entry.ticket_id].links
            if k.system == entry.system and k.remote_id == _remote(entry)
        ),
        None,
    )


def _remote(entry: JournalEntry) -> RemoteId:
    if isinstance(entry.operation, CreateReplica):
        return entry.outcome.remote_id if isinstance(entry.outcome, Done) else RemoteId("")
    return entry.operation.remote_id


def settled(link: Link, operation: Operation, held: Held, policy: Policy) -> Link:
    """Return the link after its part of a run was taken back: agreed, so that it stays taken back."""
    shadow = link.shadow
    if isinstance(operation, DeleteReplica):
        return replace(link, state="gone")
    if isinstance(operation, RemoveComment):
        mark = shadow.comments.get(operation.key, Mark())
        hidden = replace(mark, remote_id=TAKEN_AWAY)
        return replace(link, shadow=replace(shadow, comments={**shadow.comments, operation.key: hidden}))
    if not isinstance(operation, UpdateReplica):
        return link
    for rule in policy.mappings[operation.system].rules:
        if rule.lens.field not in operation.changes:
            continue
        raw = rule.lens.focus(operation.changes[rule.lens.field])
        known = shadow.registers.get(rule.register)
        if rule.register in PER_SIDE:
            value = known.value if known else None
        else:
            value = held.ticket.get(rule.register)
        shadow = agree(shadow, rule.register, fingerprint(raw), value)
    return replace(link, shadow=shadow)
