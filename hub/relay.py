"""Carry comments, files and references to every side that may show them. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from hub.cluster import Look, Replica, Work
from hub.derive import missing_context, wants_replica
from hub.fingerprint import digest
from hub.linking import global_id
from hub.mapping import Mapping as FieldMapping
from hub.model import (
    Attachment,
    AttachmentId,
    Audience,
    Comment,
    CommentId,
    Person,
    Ticket,
    TicketId,
)
from hub.operations import AddAttachment, AddComment, EditComment, RemoveComment, SetReference
from hub.project import is_parked
from hub.registers import label_of
from hub.remarks import HUB_NOTE, TAKEN_AWAY
from hub.replica import Link, Mark, Reference

RETIRED = "-"
"""A reference that we do not keep up any more, and that a person's own link may still show."""
ROLE: dict[Audience, str] = {
    "public": "public",
    "internal": "internal note",
    "engineering": "engineering",
}


def relay(work: Work) -> None:
    """Ask for every comment, file and reference that a live replica should show and does not."""
    for replica in work.replicas():
        mapping = work.policy.mappings[replica.system]
        sharers = work.sharers(replica)
        if any(ticket in work.deferred for ticket in sharers):
            continue
        for ticket in sharers:
            _comments(work, ticket, replica, mapping)
            _attachments(work, ticket, replica, mapping)
            _reference(work, ticket, replica, mapping)
    _retire_references(work)
    _hub_notes(work)


# comments -------------------------------------------------------------------------------------


def _comments(work: Work, ticket: TicketId, replica: Replica, mapping: FieldMapping) -> None:
    held = work.tickets[ticket]
    ordered = sorted(held.comments.values(), key=lambda c: (c.created_at, c.id))
    for comment in ordered:
        if comment.origin != replica.system or not _lives_here(comment.id, replica):
            _comment(work, ticket, replica, mapping, comment)


def _lives_here(key: str, replica: Replica) -> bool:
    return key.startswith(f"{replica.system}:{replica.remote_id}:")


def may_show(comment: Comment, mapping: FieldMapping) -> bool:
    """Return whether the mapping lets this side show comments for this audience. Default: no."""
    return mapping.carries(comment.audience).write


def _comment(work: Work, ticket: TicketId, replica: Replica, mapping: FieldMapping, comment: Comment) -> None:
    link = work.links[ticket][replica]
    mark = link.shadow.comments.get(comment.id)
    if comment.removed or not may_show(comment, mapping):
        if mark is not None and mark.remote_id not in ("", TAKEN_AWAY):
            _ask_removal(work, ticket, replica, comment, mark)
        return
    if mark is None:
        _ask_comment(work, ticket, replica, mapping, comment, comment.id)
    elif mark.asked:
        _look_whole(work, replica)
    elif mark.said and mark.said != digest(comment.body) and mark.remote_id != TAKEN_AWAY:
        _ask_edit(work, ticket, replica, mapping, comment, mark)


def _look_whole(work: Work, replica: Replica) -> None:
    """We asked and got no answer: only the whole list of comments tells what came of it."""
    seen = work.seen(replica)
    if seen is None or not seen.comments_complete:
        work.looks.add(Look(replica.system, replica.remote_id, whole=True))


def _ask_comment(
    work: Work,
    ticket: TicketId,
    replica: Replica,
    mapping: FieldMapping,
    comment: Comment,
    key: CommentId,
    correction: str = "",
) -> None:
    said = digest(comment.body)
    if is_parked(work, ticket, replica, f"comment:{key}", said):
        return
    files = tuple(_files_of(work, ticket, replica, mapping, comment))
    body = attributed(comment, _source_label(work, ticket, comment))
    work.operations[ticket].append(
        AddComment(
            system=replica.system,
            ticket_id=ticket,
            remote_id=replica.remote_id,
            key=key,
            body=f"{correction}{body}",
            public=comment.audience == "public",
            audience=comment.audience,
            author=comment.author,
            created_at=comment.created_at,
            attachments=files,
            expect=work.links[ticket][replica].version,
        )
    )
    _mark(work, ticket, replica, key, Mark(asked=work.run, said=said))
    if key != comment.id:
        old = work.links[ticket][replica].shadow.comments[comment.id]
        _mark(work, ticket, replica, comment.id, replace(old, said=said))
    for file in files:
        _mark_file(work, ticket, replica, file.id, Mark(asked=work.run))


def _ask_edit(
    work: Work,
    ticket: TicketId,
    replica: Replica,
    mapping: FieldMapping,
    comment: Comment,
    mark: Mark,
) -> None:
    said = digest(comment.body)
    if not work.policy.traits[
        replica.system
    ].edits_comments:  # this side cannot change what was said: say it again, corrected
        key = CommentId(f"{comment.id}#{said[:8]}")
        _ask_comment(work, ticket, replica, mapping, comment, key, "*Changed by its author:*\n\n")
        return
    if not mark.remote_id:
        return  # not seen yet; its echo will tell the id to edit
    if is_parked(work, ticket, replica, f"comment:{comment.id}", said):
        return
    body = attributed(comment, _source_label(work, ticket, comment))
    work.operations[ticket].append(
        EditComment(replica.system, ticket, replica.remote_id, mark.remote_id, comment.id, body)
    )


def _ask_removal(work: Work, ticket: TicketId, replica: Replica, comment: Comment, mark: Mark) -> None:
    if mark.said == "removed":
        return  # hidden already, on a side that keeps everything
    if is_parked(work, ticket, replica, f"comment:{comment.id}", "removed"):
        return
    work.operations[ticket].append(
        RemoveComment(replica.system, ticket, replica.remote_id, mark.remote_id, comment.id)
    )


def attributed(comment: Comment, source: str) -> str:
    """Return the comment's text under a line that says who said it, when, where, and to whom."""
    who = comment.author.name or comment.author.email or "Someone"
    role = ROLE[comment.audience]
    when = comment.created_at.replace("T", " ").removesuffix("Z")[:16]
    place = f"{comment.origin.capitalize()} {source}".strip()
    return f"**{_plain(who)}** · {place} · {role} · {when} UTC\n\n{comment.body}"


def _plain(text: str) -> str:
    return "".join("\\" + c if c in "\\`*_[]<>#" else c for c in text)


def _source_label(work: Work, ticket: TicketId, comment: Comment) -> str:
    for replica, link in work.links[ticket].items():
        if _lives_here(comment.id, replica):
            return link.label
    return ""


def _mark(work: Work, ticket: TicketId, replica: Replica, key: CommentId, mark: Mark) -> None:
    link = work.links[ticket][replica]
    comments = {**link.shadow.comments, key: mark}
    work.set_link(replace(link, shadow=replace(link.shadow, comments=comments)))


# attachments ----------------------------------------------------------------------------------


def _files_of(
    work: Work, ticket: TicketId, replica: Replica, mapping: FieldMapping, comment: Comment
) -> Iterator[Attachment]:
    """The files of a comment, on a side where files hang on comments."""
    if not work.policy.traits[replica.system].files_on_comments:
        return
    for file in work.tickets[ticket].attachments.values():
        if file.comment == comment.id and _file_lacks(work, ticket, replica, mapping, file):
            yield file


def _attachments(work: Work, ticket: TicketId, replica: Replica, mapping: FieldMapping) -> None:
    asked = {
        file.id
        for op in work.operations[ticket]
        if isinstance(op, AddComment) and op.remote_id == replica.remote_id
        for file in op.attachments
    }
    for file in sorted(work.tickets[ticket].attachments.values(), key=lambda f: f.id):
        if file.id in asked or not _file_lacks(work, ticket, replica, mapping, file):
            continue
        if is_parked(work, ticket, replica, f"attachment:{file.id}", file.id):
            continue
        work.operations[ticket].append(AddAttachment(replica.system, ticket, replica.remote_id, file))
        _mark_file(work, ticket, replica, file.id, Mark(asked=work.run))


def _file_lacks(
    work: Work, ticket: TicketId, replica: Replica, mapping: FieldMapping, file: Attachment
) -> bool:
    if file.origin == replica.system and file.on == replica.remote_id:
        return False
    if not mapping.carries_files(file.audience).write:
        return False
    comment = work.tickets[ticket].comments.get(file.comment) if file.comment else None
    if comment is not None and (comment.removed or not may_show(comment, mapping)):
        return False
    mark = work.links[ticket][replica].shadow.attachments.get(file.id)
    if mark is not None and mark.asked:
        _look_whole(work, replica)
    return mark is None


def _mark_file(work: Work, ticket: TicketId, replica: Replica, key: AttachmentId, mark: Mark) -> None:
    link = work.links[ticket][replica]
    files = {**link.shadow.attachments, key: mark}
    work.set_link(replace(link, shadow=replace(link.shadow, attachments=files)))


# references -----------------------------------------------------------------------------------


def _reference(work: Work, ticket: TicketId, replica: Replica, mapping: FieldMapping) -> None:
    """Show on the replica where the ticket's other replicas are."""
    if not mapping.remote_link:
        return
    held = work.tickets[ticket]
    for other, link in work.live(ticket):
        if other.system == replica.system or not link.url:
            continue
        operation = SetReference(
            system=replica.system,
            ticket_id=ticket,
            remote_id=replica.remote_id,
            global_id=global_id(other.system, other.remote_id),
            url=link.url,
            title=f"{link.label} {held.get('subject') or ''}".strip()[:250],
            summary=_summary(held),
            resolved=held.get("status") in ("solved", "closed"),
        )
        _ask_reference(work, ticket, replica, operation)


def _summary(held: Ticket) -> str:
    parts = [held.get("account.name"), held.get("account.tier"), held.get("status")]
    return " · ".join(str(part) for part in parts if part)


def _ask_reference(
    work: Work,
    ticket: TicketId,
    replica: Replica,
    operation: SetReference,
) -> None:
    content = reference_digest(operation)
    known = work.links[ticket][replica].shadow.references.get(operation.global_id)
    slot = f"reference:{operation.global_id}"
    if known != content and not is_parked(work, ticket, replica, slot, content):
        work.operations[ticket].append(operation)


def reference_digest(operation: SetReference) -> str:
    """Return what a reference shows, in short, as the shadow remembers it."""
    shown = [operation.url, operation.title, operation.summary, operation.resolved]
    return digest(shown)[:12]


def _retire_references(work: Work) -> None:
    """Take our references off a replica that a ticket was unlinked from."""
    for ticket in sorted(work.links):
        for replica, link in sorted(work.links[ticket].items()):
            gone_from_here = link.state == "unlinked" and link.shadow.references
            if not gone_from_here or not _still_there(work, replica):
                continue
            seen = work.seen(replica)
            present = _present(seen.references) if seen and seen.references is not None else None
            for gid, shown in sorted(link.shadow.references.items()):
                if present is not None and gid not in present:
                    _forget_reference(work, ticket, replica, gid)
                elif shown != RETIRED and not is_parked(work, ticket, replica, f"reference:{gid}", ""):
                    work.operations[ticket].append(
                        SetReference(replica.system, ticket, replica.remote_id, gid, "", "")
                    )


def _still_there(work: Work, replica: Replica) -> bool:
    seen = work.seen(replica)
    return seen is None or seen.gone is None


def _present(references: tuple[Reference, ...]) -> set[str]:
    return {global_id(r.system, r.name) for r in references}


def _forget_reference(work: Work, ticket: TicketId, replica: Replica, gid: str) -> None:
    link = work.links[ticket][replica]
    left = {name: shown for name, shown in link.shadow.references.items() if name != gid}
    work.set_link(replace(link, shadow=replace(link.shadow, references=left)))


# what the hub itself has to say ---------------------------------------------------------------


def _hub_notes(work: Work) -> None:
    for ticket in sorted(work.tickets):
        for key, text in _notes(work, work.tickets[ticket]):
            for replica, link in work.live(ticket):
                if work.policy.traits[replica.system].hears_notes:
                    _ask_note(work, ticket, replica, link, key, text)


def _notes(work: Work, ticket: Ticket) -> Iterator[tuple[CommentId, str]]:
    for system, mapping in sorted(work.policy.mappings.items()):
        links = [(r, k) for r, k in work.links[ticket.id].items() if r.system == system]
        if mapping.creates and not links and wants_replica(ticket, mapping):
            missing = missing_context(ticket, mapping)
            if missing:
                names = "\n".join(f"- {label_of(register)}" for register in missing)
                text = (
                    f"This ticket is marked for {system.capitalize()}, and cannot be handed over "
                    f"yet. Please fill in:\n\n{names}"
                )
                yield CommentId(f"{HUB_NOTE}handoff:{ticket.id}:{digest(missing)[:8]}"), text
        for replica, link in links:
            if link.state == "gone" and mapping.creates:
                text = (
                    f"{link.label or replica.remote_id} no longer exists in "
                    f"{system.capitalize()}. Nothing was deleted here. To hand this ticket over "
                    "again, link it to an issue."
                )
                yield CommentId(f"{HUB_NOTE}gone:{ticket.id}:{replica.remote_id}"), text


def _ask_note(work: Work, ticket: TicketId, replica: Replica, link: Link, key: CommentId, text: str) -> None:
    mark = link.shadow.comments.get(key)
    if mark is not None:
        if mark.asked:
            _look_whole(work, replica)
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
    _mark(work, ticket, replica, key, Mark(asked=work.run, said=digest(text)))
