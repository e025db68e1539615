"""What the hub itself has to say to the people on a ticket: what a hand-off lacks, what is gone. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from hub.cluster import Replica, Work
from hub.derive import may_create, missing_context, wants_replica
from hub.fingerprint import digest
from hub.marks import look_whole, mark_comment
from hub.model import HUB_NOTE, CommentId, Person, Ticket, TicketId
from hub.operations import AddComment
from hub.project import is_parked
from hub.registers import label_of
from hub.replica import Link, Mark


def say_what_lacks(work: Work) -> None:
    for ticket in sorted(work.tickets):
        for key, text in _notes(work, work.tickets[ticket]):
            for replica, link in work.live(ticket):
                if work.policy.traits[replica.system].hears_notes:
                    ask_note(work, ticket, replica, link, key, text)


def _notes(work: Work, ticket: Ticket) -> Iterator[tuple[CommentId, str]]:
    for system, mapping in sorted(work.policy.mappings.items()):
        links = [(r, k) for r, k in work.links[ticket.id].items() if r.system == system]
        if not links and may_create(work, ticket.id, mapping) and wants_replica(ticket, mapping):
            missing = missing_context(ticket, mapping)
            if missing:
                names = ", ".join(label_of(register) for register in missing)
                note = mapping.handoff.note if mapping.handoff else "{missing}"
                key = CommentId(f"{HUB_NOTE}handoff:{ticket.id}:{digest(missing)[:8]}")
                yield key, note.replace("{missing}", names)
        for replica, link in links:
            if link.state == "gone" and mapping.creates and mapping.handoff is not None:
                text = (
                    f"{link.label or replica.remote_id} no longer exists in "
                    f"{system.capitalize()}. Nothing was deleted here. To hand this ticket over "
                    "again, link it to an issue."
                )
                yield CommentId(f"{HUB_NOTE}gone:{ticket.id}:{replica.remote_id}"), text


def ask_note(work: Work, ticket: TicketId, replica: Replica, link: Link, key: CommentId, text: str) -> None:
    """Ask once for an internal note in the hub's own name; where it was asked and not answered, look."""
    mark = link.shadow.comments.get(key)
    if mark is not None:
        if mark.asked:
            look_whole(work, replica)
        return
    if is_parked(work, ticket, replica, f"comment:{key}", digest(text)):
        return
    if work.tickets[ticket].get("status") == "closed":
        return
    work.operations[ticket].append(
        AddComment(
            system=replica.system,
            ticket_id=ticket,
            remote_id=replica.remote_id,
            key=key,
            body=text,
            public=False,
            audience="internal",
            author=Person(name="Support hub"),
            created_at=work.now,
            expect=link.version,
        )
    )
    mark_comment(work, ticket, replica, key, Mark(asked=work.now, said=digest(text)))
