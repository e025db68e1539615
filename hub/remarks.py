"""Take into the hub the comments and files that people added, changed or took back. Pure."""

from __future__ import annotations

from msgspec.structs import replace

from hub.cluster import Replica, Work, lives_here
from hub.fingerprint import digest
from hub.mapping import Mapping as FieldMapping
from hub.model import (
    HUB_NOTE,
    Attachment,
    AttachmentId,
    Audience,
    Comment,
    CommentId,
    RemoteId,
    TicketId,
)
from hub.records import Loss
from hub.replica import Mark, Observation, RemoteAttachment, RemoteComment, Shadow
from hub.waited import waited_enough

TAKEN_AWAY = RemoteId("-")
"""The copy was removed on that side: remembered, so that it does not come back."""
HIDDEN = "removed"
"""What a copy says that we took back: nothing any more, even where it is only hidden."""


def absorb_remarks(work: Work) -> None:
    """Bring every ticket's comments and attachments up to what was seen."""
    for replica in work.replicas():
        seen = work.seen(replica)
        if seen is None or seen.gone is not None:
            continue
        known = _owners(work, replica)
        for ticket in work.sharers(replica):
            _absorb_comments(work, ticket, replica, seen, known)
            _absorb_attachments(work, ticket, replica, seen)
    _absorb_last_words(work)


def _absorb_last_words(work: Work) -> None:
    """What is said on a ticket that was merged or followed can be read there, and be blotted out."""
    for ticket, links in work.links.items():
        for replica, link in list(links.items()):
            seen = work.seen(replica)
            if seen is None:
                continue
            merged = link.state == "gone" and seen.gone is not None and seen.gone.how == "merged"
            if merged or (link.ended == "followed" and work.policy.traits[replica.system].follow_ups):
                _absorb_comments(work, ticket, replica, seen, {})


def _owners(work: Work, replica: Replica) -> dict[RemoteId, set[TicketId]]:
    """Which tickets each comment on a replica belongs to, as far as it is a copy the hub made."""
    owners: dict[RemoteId, set[TicketId]] = {}
    for ticket in work.sharers(replica):
        for key, mark in work.links[ticket][replica].shadow.comments.items():
            if mark.remote_id and not lives_here(key, replica):
                owners.setdefault(mark.remote_id, set()).add(ticket)
    return owners


def _absorb_comments(
    work: Work,
    ticket: TicketId,
    replica: Replica,
    seen: Observation,
    owners: dict[RemoteId, set[TicketId]],
) -> None:
    shadow = work.links[ticket][replica].shadow
    marks = dict(shadow.comments)
    by_remote = {mark.remote_id: key for key, mark in marks.items() if mark.remote_id}
    comments = dict(work.tickets[ticket].comments)
    for remote in seen.comments:
        if ticket not in owners.get(remote.id, {ticket}):
            continue  # a copy of another customer's comment on the issue that they share
        key = by_remote.get(remote.id) or _key_of(work, ticket, remote, replica, marks, comments)
        if key is None:
            continue
        _take_comment(work, ticket, replica, key, remote, marks, comments)
    if seen.comments_complete:
        _notice_absent(work, ticket, replica, {remote.id for remote in seen.comments}, marks, comments)
    work.tickets[ticket] = replace(work.tickets[ticket], comments=comments)
    _move(work, ticket, replica, replace(shadow, comments=marks))


def _key_of(
    work: Work,
    ticket: TicketId,
    remote: RemoteComment,
    replica: Replica,
    marks: dict[CommentId, Mark],
    comments: dict[CommentId, Comment],
) -> CommentId | None:
    """Name a comment: by our mark on it, as one we asked for, or as new; None: not this ticket's."""
    if remote.key is not None:
        base = remote.key.partition("#")[0]
        ours = remote.key in marks or base in comments or _said_on(work, ticket, base)
        return remote.key if ours else None
    here = digest(remote.body)
    for key, mark in marks.items():
        if not mark.remote_id and mark.digest == here:
            return key
    return CommentId(f"{replica.system}:{replica.remote_id}:{remote.id}")


def _said_on(work: Work, ticket: TicketId, base: str) -> bool:
    """Whether a key names a comment on this ticket's own replicas, or a note of the hub's on it."""
    if base.startswith(HUB_NOTE):
        return True
    return any(lives_here(base, replica) for replica in work.links[ticket])


def _take_comment(
    work: Work,
    ticket: TicketId,
    replica: Replica,
    key: CommentId,
    remote: RemoteComment,
    marks: dict[CommentId, Mark],
    comments: dict[CommentId, Comment],
) -> None:
    here = digest(remote.body)
    mark = marks.get(key)
    if not lives_here(key, replica):
        if mark is not None and mark.digest and mark.remote_id and mark.digest != here:
            detail = f"the copy {remote.id} was changed there; the comment itself stays as it was"
            work.losses[ticket].append(Loss(ticket, replica.system, f"comment {key}", "edit_unseen", detail))
        said = mark.said if mark else ""
        marks[key] = Mark(remote.id, here, said or _said(key, comments))
        return
    audience = audience_of(remote, work.policy.mappings[replica.system])
    held = comments.get(key)
    if held is None:
        comments[key] = Comment(key, remote.body, remote.author, remote.created_at, audience, replica.system)
    elif mark is None or mark.digest != here or held.audience != audience:
        comments[key] = replace(held, body=remote.body, audience=audience)
    marks[key] = Mark(remote.id, here, here)


def _said(key: CommentId, comments: dict[CommentId, Comment]) -> str:
    held = comments.get(CommentId(key.partition("#")[0]))
    return spoken(held) if held else ""


def spoken(comment: Comment) -> str:
    """Return what a copy of the comment says, in short: to whom, and what."""
    return f"{comment.audience}:{digest(comment.body)}"


def audience_of(remote: RemoteComment, mapping: FieldMapping) -> Audience:
    """
    Return who may read a comment, as the mapping lets its side say. The default is the fewest.

    `public` only where the side showed it to the customer already, or its author marked it.
    """
    public = mapping.carries("public").read
    if (remote.public and public is True) or (remote.marked and public):
        return "public"
    return "internal" if mapping.carries("internal").read is True else "engineering"


def _ask_again(work: Work, ticket: TicketId, mark: Mark) -> bool:
    """Whether what was asked for, and is not there, is given up; until then the ticket is looked at again."""
    if waited_enough(mark.asked, work.now, work.policy.patience):
        return True
    work.postponed.add(ticket)
    return False


def _notice_absent(
    work: Work,
    ticket: TicketId,
    replica: Replica,
    present: set[RemoteId],
    marks: dict[CommentId, Mark],
    comments: dict[CommentId, Comment],
) -> None:
    for key, mark in list(marks.items()):
        if mark.remote_id in present or mark.remote_id == TAKEN_AWAY:
            continue
        if not mark.remote_id:
            if mark.asked and _ask_again(work, ticket, mark):
                del marks[key]
            continue
        marks[key] = replace(mark, remote_id=TAKEN_AWAY)
        held = comments.get(key)
        if held is not None and held.origin == replica.system and lives_here(key, replica):
            comments[key] = replace(held, removed=True)


def _absorb_attachments(work: Work, ticket: TicketId, replica: Replica, seen: Observation) -> None:
    shadow = work.links[ticket][replica].shadow
    marks = dict(shadow.attachments)
    files = dict(work.tickets[ticket].attachments)
    by_remote = {mark.remote_id: key for key, mark in marks.items() if mark.remote_id}
    for remote in seen.attachments:
        key = by_remote.get(remote.id) or _file_key(remote, replica, marks, files)
        if key is None:
            continue
        marks[key] = replace(marks.get(key, Mark()), remote_id=remote.id, asked="")
        if key not in files:
            files[key] = _file(key, remote, replica)
    if seen.attachments_complete:
        present = {remote.id for remote in seen.attachments}
        for key, mark in list(marks.items()):
            if mark.remote_id and mark.remote_id not in present:
                marks[key] = replace(mark, remote_id=TAKEN_AWAY)
            elif not mark.remote_id and mark.asked and _ask_again(work, ticket, mark):
                del marks[key]
    work.tickets[ticket] = replace(work.tickets[ticket], attachments=files)
    _move(work, ticket, replica, replace(shadow, attachments=marks))


def _file_key(
    remote: RemoteAttachment,
    replica: Replica,
    marks: dict[AttachmentId, Mark],
    files: dict[AttachmentId, Attachment],
) -> AttachmentId | None:
    if remote.key is not None:
        return remote.key if remote.key in files else None
    if remote.by_hub:
        for key, mark in marks.items():
            file = files.get(key)
            if not mark.remote_id and file and (file.name, file.size) == (remote.name, remote.size):
                return key
        return None  # ours, on behalf of another ticket or of a text too long for a field
    return AttachmentId(f"{replica.system}:{remote.id}")


def _file(key: AttachmentId, remote: RemoteAttachment, replica: Replica) -> Attachment:
    return Attachment(
        id=key,
        name=remote.name,
        content_type=remote.content_type,
        size=remote.size,
        audience="public" if remote.public else "internal",
        origin=replica.system,
        remote_id=remote.id,
        on=replica.remote_id,
        url=remote.url,
        comment=_comment_key(remote, replica),
    )


def _comment_key(remote: RemoteAttachment, replica: Replica) -> CommentId | None:
    if remote.comment is None:
        return None
    return CommentId(f"{replica.system}:{replica.remote_id}:{remote.comment}")


def _move(work: Work, ticket: TicketId, replica: Replica, shadow: Shadow) -> None:
    work.set_link(replace(work.links[ticket][replica], shadow=shadow))
