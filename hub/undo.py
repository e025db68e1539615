"""
Take back what runs wrote: operations that restore the values before, where nobody changed them since.

Pure. What is restored is agreed on at once (`the old raw value stands for the hub's value now`), so
that the next run neither takes it for an edit nor writes it again. Of several writes of one field the
newest is taken back first; one that is not to be taken back stands before all older ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from msgspec.structs import replace

from hub.cluster import Replica
from hub.fingerprint import digest
from hub.merge import same
from hub.model import Json, RemoteId, System, TicketId
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
from hub.records import Held, JournalEntry
from hub.registers import find
from hub.remarks import TAKEN_AWAY
from hub.replica import Link, Observation

_SKEW = timedelta(minutes=10)
"""By which a vendor's clock may be behind ours: when in doubt, somebody worked on it."""
Chosen = Mapping[System, frozenset[str]]
"""Fields by side; none: everything."""


class Restored(NamedTuple):
    """What is asked to take some journal entries back, the newest of them first."""

    entries: tuple[JournalEntry, ...]
    operation: Operation

    @property
    def entry(self) -> JournalEntry:
        return self.entries[0]


class Kept(NamedTuple):
    """One journal entry, or a part of it, that cannot be taken back, and why."""

    entry: JournalEntry
    what: str
    why: str


class Undoing(NamedTuple):
    """What to ask in order to take writes back, and what stays."""

    restored: tuple[Restored, ...]
    kept: tuple[Kept, ...]
    again: tuple[JournalEntry, ...] = ()
    """Removals of comments: the next run says these again, once nothing says that they were taken away."""


@dataclass
class _Sight:
    """One replica now, and what was written to it."""

    now: Observation
    held: Mapping[TicketId, Held]
    wanted: Sequence[JournalEntry]
    """What is to be taken back, newest first."""
    others: Sequence[JournalEntry]
    undid: Callable[[str], bool]
    restored: list[Restored] = field(default_factory=list[Restored])
    kept: list[Kept] = field(default_factory=list[Kept])
    again: list[JournalEntry] = field(default_factory=list[JournalEntry])

    def keep(self, entry: JournalEntry, what: str, why: str) -> None:
        self.kept.append(Kept(entry, what, why))


def replica_of(entry: JournalEntry) -> Replica:
    """Return the replica that an entry wrote; without an id, if its creation was not answered."""
    if isinstance(entry.operation, CreateReplica):
        made = entry.outcome.remote_id if isinstance(entry.outcome, Done) else RemoteId("")
        return Replica(entry.system, made)
    return Replica(entry.system, entry.operation.remote_id)


def undo(
    entries: Iterable[JournalEntry],
    seen: Mapping[Replica, Observation],
    held: Mapping[TicketId, Held],
    *,
    fields: Chosen | None = None,
    others: Iterable[JournalEntry] = (),
    undid: Callable[[str], bool] = lambda run: False,  # noqa: ARG005
) -> Undoing:
    """
    Return how to take these journalled operations back; with `fields`, only those fields.

    `others`: what else was written to the same replicas, by whatever run. `undid` tells runs that were
    undos themselves.
    """
    wanted = sorted(entries, key=lambda e: -e.id)
    chosen = {e.id for e in wanted}
    rest = _by_replica(sorted((e for e in others if e.id not in chosen), key=lambda e: -e.id))
    restored: list[Restored] = []
    kept_back: list[Kept] = []
    again: list[JournalEntry] = []
    for replica, mine in _by_replica(wanted).items():
        now = seen.get(replica)
        if now is None or now.gone is not None:
            why = "the replica is not there any more"
            kept_back += [Kept(e, "everything", why) for e in mine if _done(e) and not _redo(e)]
            kept_back += [Kept(e, "the replica", _DELETED) for e in mine if _redo(e)]
            continue
        sight = _Sight(now, held, mine, rest.get(replica, ()), undid)
        _take_back(sight, fields)
        restored += sight.restored
        kept_back += sight.kept
        again += sight.again
    return Undoing(tuple(restored), tuple(kept_back), tuple(again))


_DELETED = "what was deleted cannot be brought back; `hub link` ties the ticket to another one"


def _redo(entry: JournalEntry) -> bool:
    return isinstance(entry.operation, DeleteReplica)


def _done(entry: JournalEntry) -> bool:
    return isinstance(entry.outcome, Done)


def _by_replica(entries: Iterable[JournalEntry]) -> dict[Replica, list[JournalEntry]]:
    found: dict[Replica, list[JournalEntry]] = {}
    for entry in entries:
        found.setdefault(replica_of(entry), []).append(entry)
    return found


def _take_back(sight: _Sight, fields: Chosen | None) -> None:
    for entry in sight.wanted:
        if entry.state in ("asked", "unanswered"):
            sight.keep(entry, "everything", "whether it was done is not known; the next run finds out")
    done = [e for e in sight.wanted if _done(e)]
    if fields is None:
        made = next((e for e in done if isinstance(e.operation, CreateReplica)), None)
        if made is not None and _created(sight, made, done):
            return  # what else was written there goes with it
        for entry in done:
            _one(sight, entry)
    _fields(sight, done, fields)


def _one(sight: _Sight, entry: JournalEntry) -> None:
    match entry.operation:
        case AddComment():
            _said(sight, entry, entry.operation)
        case RemoveComment():
            _unsaid(sight, entry, entry.operation)
        case SetReference():
            # taken off, it would say that a person unlinked the two
            sight.keep(entry, "the link to the ticket", "it stands as long as the two are linked")
        case EditComment():
            sight.keep(entry, "the comment", "the hub kept no copy of its words before")
        case AddAttachment():
            sight.keep(entry, "the file", "files that were added stay; delete it there by hand")
        case _:
            return


# fields -----------------------------------------------------------------------------------------


def _fields(sight: _Sight, done: Sequence[JournalEntry], fields: Chosen | None) -> None:
    """Put fields back, as far as the newest writes of each are to be taken back."""
    back: dict[str, Json] = {}
    taken: dict[int, JournalEntry] = {}
    allowed = None if fields is None else fields.get(sight.now.system, frozenset())
    for name in sorted({name for e in done for name in _written(e)}):
        if allowed is not None and name not in allowed:
            continue
        value, undone = _before(sight, name, done)
        if undone:
            back[name] = value
            taken |= {e.id: e for e in undone}
    if not back:
        return
    current = sight.now.raw or {}
    newest = tuple(e for _, e in sorted(taken.items(), reverse=True))
    writes = [e.operation for e in newest if isinstance(e.operation, UpdateReplica)]
    operation = replace(
        writes[0],
        expect=sight.now.version,
        changes=back,
        before={name: current.get(name) for name in back},
        ours=all(o.ours for o in writes),
    )
    sight.restored.append(Restored(newest, operation))


def _written(entry: JournalEntry) -> Iterable[str]:
    if not isinstance(entry.operation, UpdateReplica) or not isinstance(entry.outcome, Done):
        return ()
    return [name for name in entry.operation.changes if name not in entry.outcome.refused]


def _before(sight: _Sight, name: str, done: Sequence[JournalEntry]) -> tuple[Json, list[JournalEntry]]:
    """Return what a field was before the writes that can be taken back, and which these are."""
    wanted = {e.id for e in done}
    writes = sorted(
        (e for e in (*done, *sight.others) if name in _written(e)), key=lambda e: e.id, reverse=True
    )
    value = (sight.now.raw or {}).get(name)
    known = sight.now.raw is not None and name in sight.now.raw
    taken: list[JournalEntry] = []
    why = ""
    for entry in writes:
        assert isinstance(entry.operation, UpdateReplica)
        mine = entry.id in wanted
        if not why and not mine:
            told = "taken back already, by run" if sight.undid(entry.run) else "a later run wrote it:"
            why = f"{told} {entry.run}"
        elif not why and name not in entry.operation.before:
            why = "its value before was not known"
        elif not why and (not known or not same(value, _left(entry, name))):
            why = "somebody changed it since"
        if why and mine:
            sight.keep(entry, name, why)
        elif not why:
            value = entry.operation.before[name]
            taken.append(entry)
    return value, taken


def _left(entry: JournalEntry, name: str) -> Json:
    """What the write left in the field."""
    assert isinstance(entry.operation, UpdateReplica)
    raw = entry.outcome.raw if isinstance(entry.outcome, Done) else None
    value = entry.operation.changes[name]
    return value if raw is None else raw.get(name, value)


# replicas and comments --------------------------------------------------------------------------


def _created(sight: _Sight, entry: JournalEntry, done: Sequence[JournalEntry]) -> bool:
    """Delete what was created, if nobody worked on it; return whether that is done."""
    link = _link(entry, sight.held)
    if link is None:
        sight.keep(entry, "the replica", "it is not linked any more")
        return False
    ours = {m.remote_id for m in link.shadow.comments.values()}
    strange = [c for c in sight.now.comments if c.id not in ours]
    typed = _typed(sight.held[entry.ticket_id], entry)
    if strange:
        sight.keep(entry, "the replica", f"people wrote {len(strange)} comments on it")
    elif typed:
        sight.keep(entry, "the replica", f"people set {', '.join(typed)} on it")
    else:
        deletion = DeleteReplica(entry.system, entry.ticket_id, sight.now.remote_id)
        sight.restored.append(Restored(tuple(done), deletion))
        return True
    return False


def _typed(held: Held, made: JournalEntry) -> list[str]:
    """
    What people set on this side, and nowhere else since.

    On the closed ticket that a follow-up was made of, they set it long before: that is not work on this one.
    """
    ticket = held.ticket
    earlier = any(k.system == made.system and k.ended == "followed" for k in held.links)
    least = _moved(made.at, -_SKEW) if earlier else ""
    return sorted(
        name
        for name, origin in ticket.origins.items()
        if origin.system == made.system
        and origin.at >= least
        and (register := find(name)) is not None
        and register.group in ("people", "context")
        and ticket.get(name) is not None
    )


def _moved(at: str, by: timedelta) -> str:
    return (datetime.fromisoformat(at) + by).strftime("%Y-%m-%dT%H:%M:%SZ")


def _said(sight: _Sight, entry: JournalEntry, operation: AddComment) -> None:
    link = _link(entry, sight.held)
    mark = link.shadow.comments.get(operation.key) if link else None
    if mark is not None and mark.remote_id == TAKEN_AWAY:
        sight.keep(entry, "the comment", "it is taken away already")
        return
    if mark is None or not mark.remote_id:
        sight.keep(entry, "the comment", "it is not known which one it is, or it is gone")
        return
    there = next((c for c in sight.now.comments if c.id == mark.remote_id), None)
    if there is not None and mark.digest and digest(there.body) != mark.digest:
        sight.keep(entry, "the comment", "somebody changed it since")
        return
    removal = RemoveComment(entry.system, entry.ticket_id, operation.remote_id, mark.remote_id, operation.key)
    sight.restored.append(Restored((entry,), removal))


def _unsaid(sight: _Sight, entry: JournalEntry, operation: RemoveComment) -> None:
    """A comment that was deleted is said again; one that was hidden is still there."""
    held = sight.held.get(entry.ticket_id)
    link = _link(entry, sight.held)
    mark = link.shadow.comments.get(operation.key) if link else None
    said = held.ticket.comments.get(operation.key) if held else None
    hidden = isinstance(entry.outcome, Done) and entry.outcome.comment is not None
    if hidden or any(c.id == operation.comment for c in sight.now.comments):
        sight.keep(entry, "the comment", "it was hidden, not deleted: colleagues see it there")
    elif said is None or said.removed or mark is None or mark.remote_id != TAKEN_AWAY:
        sight.keep(entry, "the comment", "its author took it back, or the hub kept no copy of it")
    else:
        sight.again.append(entry)


def _link(entry: JournalEntry, held: Mapping[TicketId, Held]) -> Link | None:
    if entry.ticket_id not in held:
        return None
    replica = replica_of(entry)
    links = held[entry.ticket_id].links
    return next((k for k in links if (k.system, k.remote_id) == replica), None)
