"""What comments and files have in common on their way: whose they are, who may see them, our marks. Pure."""

from __future__ import annotations

from msgspec.structs import replace

from hub.cluster import Look, Replica, Work
from hub.mapping import Mapping as FieldMapping
from hub.model import AttachmentId, Comment, CommentId, TicketId
from hub.replica import Mark


def may_show(comment: Comment, mapping: FieldMapping) -> bool:
    """Return whether the mapping lets this side show comments for this audience. Default: no."""
    return mapping.carries(comment.audience).write


def look_whole(work: Work, replica: Replica) -> None:
    """We asked and got no answer: only the whole list of comments tells what came of it."""
    seen = work.seen(replica)
    if seen is None or not seen.comments_complete:
        work.looks.add(Look(replica.system, replica.remote_id, whole=True))


def mark_comment(work: Work, ticket: TicketId, replica: Replica, key: CommentId, mark: Mark) -> None:
    link = work.links[ticket][replica]
    comments = {**link.shadow.comments, key: mark}
    work.set_link(replace(link, shadow=replace(link.shadow, comments=comments)))


def mark_file(work: Work, ticket: TicketId, replica: Replica, key: AttachmentId, mark: Mark) -> None:
    link = work.links[ticket][replica]
    files = {**link.shadow.attachments, key: mark}
    work.set_link(replace(link, shadow=replace(link.shadow, attachments=files)))
