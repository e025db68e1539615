"""
Tell people of conflicts where they work: one internal note for all that a plan found on a replica, and one
more that says how it ended. Pure.

A side is told of a field only if the hub may write that field there, and in the words of that side: what
its people could not see in the field is not in the note either. Customers are told nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from hub.cluster import Replica, Work, lives_here
from hub.desk.settling import is_computed, open_conflicts
from hub.desk.wording import answered, noted, vainly
from hub.fingerprint import digest
from hub.hub_notes import ask_note
from hub.marks import look_whole, mark_comment
from hub.model import HUB_NOTE, CommentId, TicketId
from hub.records import Conflict
from hub.registers import PER_SIDE
from hub.remarks import TAKEN_AWAY
from hub.replica import Mark

PREFIX = f"{HUB_NOTE}conflict:"
"""Keys of all that is said here begin so."""


def tell_conflicts(work: Work) -> None:
    """Ask for the notes that are missing; of what everybody was told to the end, nothing is due any more."""
    disputed = any(work.conflicts.values()) or any(held.conflicts for held in work.cluster.held.values())
    if not disputed and not work.vain:
        return  # nearly always
    if work.policy.conflicts.tell == "note" and not work.policy.quiet:
        _name_notes(work)
        for replica in work.replicas():
            if _hears(work, replica):
                _tell(work, replica)
    _close(work)


def _hears(work: Work, replica: Replica) -> bool:
    if work.policy.traits[replica.system].customers:
        return False
    return not any(ticket in work.deferred for ticket in work.sharers(replica))


def _name_notes(work: Work) -> None:
    """What this plan found has one note on every replica, whose name tells it from earlier ones."""
    found = [c for conflicts in work.conflicts.values() for c in conflicts if _is_to_be_told(work, c)]
    if not found:
        return
    said = sorted((c.ticket_id, c.register, str(c.kept), str(sorted(c.dropped.items()))) for c in found)
    name = f"{PREFIX}{digest(said)[:12]}"
    taken = {key for links in work.links.values() for k in links.values() for key in k.shadow.comments}
    while name in taken:  # the same two values once more
        name += "+"
    for ticket, conflicts in work.conflicts.items():
        work.conflicts[ticket] = [replace(c, note=name) if c in found else c for c in conflicts]


def _is_to_be_told(work: Work, conflict: Conflict) -> bool:
    """What only the hub computes is nobody's to choose."""
    own = work.tickets[conflict.ticket_id].get(conflict.register)
    return conflict.register not in PER_SIDE and not is_computed(conflict, own)


def _tell(work: Work, replica: Replica) -> None:
    sharers = [t for t in work.sharers(replica) if work.tickets[t].get("status") != "closed"]
    told: dict[str, list[Conflict]] = {}
    ended: dict[str, list[Conflict]] = {}
    for ticket in sharers:
        for conflict in open_conflicts(work, ticket):
            if conflict.note:
                told.setdefault(conflict.note, []).append(conflict)
        for conflict in _due(work, ticket):
            if _mark(work, ticket, replica, conflict.note) is not None:
                ended.setdefault(conflict.answer, []).append(conflict)
    for name, conflicts in told.items():
        _say(work, replica, (c.ticket_id for c in conflicts), name, noted(work, replica, conflicts))
    for name, conflicts in ended.items():
        _say(work, replica, (c.ticket_id for c in conflicts), name, answered(work, replica, conflicts))
    vain = {key: ticket for ticket in reversed(sharers) if (key := work.vain.get(ticket)) is not None}
    for key, ticket in vain.items():  # whoever shares the issue heard the same comment
        if lives_here(key, replica):
            _say(work, replica, [ticket], f"{PREFIX}none:{digest(key)[:12]}", vainly())


def _due(work: Work, ticket: TicketId) -> Iterator[Conflict]:
    """Yield what ended, in this plan or before it, and is still to be told."""
    now = {c.id for c in work.settled[ticket]}
    yield from (c for c in work.settled[ticket] if c.due)
    yield from (c for c in work.cluster.held[ticket].conflicts if c.due and c.resolved and c.id not in now)


def _mark(work: Work, ticket: TicketId, replica: Replica, key: str) -> Mark | None:
    link = work.links[ticket].get(replica)
    return link.shadow.comments.get(CommentId(key)) if link is not None else None


def _say(work: Work, replica: Replica, tickets: Iterable[TicketId], key: str, text: str) -> None:
    """Say it once on a replica; where several tickets share it, one of them asks, and all remember."""
    named = CommentId(key)
    concerned = list(dict.fromkeys(tickets))
    if not text or not concerned:
        return
    marks = {t: _mark(work, t, replica, key) for t in concerned}
    lacking = [t for t in concerned if marks[t] is None]
    if any(mark is not None and mark.asked for mark in marks.values()):
        look_whole(work, replica)
    elif lacking:
        teller, *others = lacking
        ask_note(work, teller, replica, work.links[teller][replica], named, text)
        for other in others:
            mark_comment(work, other, replica, named, Mark(TAKEN_AWAY, said=digest(text)))


def _close(work: Work) -> None:
    """What everybody who was told of it has been told to the end is done with."""
    for ticket in work.tickets:
        for conflict in list(_due(work, ticket)):
            if all(_is_done(work, ticket, replica, conflict) for replica, _ in work.live(ticket)):
                done = replace(conflict, due=False)
                others = [c for c in work.settled[ticket] if c.id != conflict.id]
                work.settled[ticket] = [*others, done]


def _is_done(work: Work, ticket: TicketId, replica: Replica, conflict: Conflict) -> bool:
    if work.policy.conflicts.tell != "note" or _mark(work, ticket, replica, conflict.note) is None:
        return True
    answer = _mark(work, ticket, replica, conflict.answer)
    return answer is not None and not answer.asked
