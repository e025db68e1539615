"""Carry files to every side that may show them. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from hub.cluster import Replica, Work
from hub.mapping import Mapping as FieldMapping
from hub.marks import look_whole, mark_file, may_show
from hub.model import Attachment, Comment, TicketId
from hub.operations import AddAttachment, AddComment
from hub.project import is_parked
from hub.replica import Mark


def files_of(
    work: Work, ticket: TicketId, replica: Replica, mapping: FieldMapping, comment: Comment
) -> Iterator[Attachment]:
    """The files of a comment, on a side where files hang on comments."""
    if not work.policy.traits[replica.system].files_on_comments:
        return
    for file in work.tickets[ticket].attachments.values():
        if file.comment == comment.id and lacks_file(work, ticket, replica, mapping, file):
            yield file


def carry_files(work: Work, ticket: TicketId, replica: Replica, mapping: FieldMapping) -> None:
    asked = {
        file.id
        for op in work.operations[ticket]
        if isinstance(op, AddComment) and op.remote_id == replica.remote_id
        for file in op.attachments
    }
    for file in sorted(work.tickets[ticket].attachments.values(), key=lambda f: f.id):
        if file.id in asked or not lacks_file(work, ticket, replica, mapping, file):
            continue
        if is_parked(work, ticket, replica, f"attachment:{file.id}", file.id):
            continue
        work.operations[ticket].append(AddAttachment(replica.system, ticket, replica.remote_id, file))
        mark_file(work, ticket, replica, file.id, Mark(asked=work.now))


def lacks_file(
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
        look_whole(work, replica)
    return mark is None
