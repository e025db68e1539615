"""Carry comments to every side that may show them. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from hub.cluster import Replica, Work, lives_here
from hub.files import carry_files, files_of
from hub.fingerprint import digest
from hub.hub_notes import say_what_lacks
from hub.mapping import Mapping as FieldMapping
from hub.marks import look_whole, mark_comment, mark_file, may_show
from hub.model import Audience, Comment, CommentId, TicketId
from hub.operations import AddComment, EditComment, RemoveComment
from hub.project import is_parked, parked_in, stands
from hub.records import Parked
from hub.references import refer, retire_references
from hub.remarks import HIDDEN, TAKEN_AWAY, spoken
from hub.replica import Mark

ROLE: dict[Audience, str] = {
    "public": "public",
    "internal": "internal note",
    "engineering": "engineering",
}


OVERTAKEN = "*Said before what stands above; it could not be shown until now.*\n\n"
"""What was refused keeps nobody waiting; when it comes at last, its readers are told when it was said."""


def relay(work: Work) -> None:
    """Ask for every comment, file and reference that a live replica should show and does not."""
    for replica in work.replicas():
        mapping = work.policy.mappings[replica.system]
        sharers = work.sharers(replica)
        if any(ticket in work.deferred for ticket in sharers):
            continue
        for ticket in sharers:
            _comments(work, ticket, replica, mapping)
            carry_files(work, ticket, replica, mapping)
            refer(work, ticket, replica, mapping)
    retire_references(work)
    say_what_lacks(work)


def _comments(work: Work, ticket: TicketId, replica: Replica, mapping: FieldMapping) -> None:
    held = work.tickets[ticket]
    ordered = sorted(held.comments.values(), key=lambda c: c.place)
    copies = _copies(work, ticket, replica)
    behind = False
    for comment in ordered:
        if comment.origin != replica.system or not lives_here(comment.id, replica):
            own = copies.get(comment.id, {})
            if own or not behind:  # what was asked for and not answered yet keeps its place
                _comment(work, ticket, replica, mapping, comment, own)
            behind = behind or any(mark.asked for mark in own.values())


def _comment(
    work: Work,
    ticket: TicketId,
    replica: Replica,
    mapping: FieldMapping,
    comment: Comment,
    copies: Mapping[CommentId, Mark],
) -> None:
    if comment.removed or not may_show(comment, mapping):
        for key, mark in copies.items():
            _ask_removal(work, ticket, replica, key, mark)
    elif not copies:
        _ask_comment(work, ticket, replica, mapping, comment, comment.id)
    elif any(mark.asked for mark in copies.values()):
        look_whole(work, replica)
    elif work.policy.traits[replica.system].edits_comments:
        _edit(work, ticket, replica, comment, copies.get(comment.id))
    else:
        _correct(work, ticket, replica, mapping, comment, copies)


def _copies(work: Work, ticket: TicketId, replica: Replica) -> dict[str, dict[CommentId, Mark]]:
    """Each comment's copy, and the corrections that were said after it, in their order."""
    found: dict[str, dict[CommentId, Mark]] = {}
    for key, mark in work.links[ticket][replica].shadow.comments.items():
        found.setdefault(key.partition("#")[0], {})[key] = mark
    return found


def _ask_comment(
    work: Work,
    ticket: TicketId,
    replica: Replica,
    mapping: FieldMapping,
    comment: Comment,
    key: CommentId,
    correction: str = "",
) -> None:
    said = spoken(comment)
    refused = next(parked_in(work, ticket, replica, f"comment:{key}"), None)
    if refused is not None and stands(refused, said):
        return
    files = tuple(files_of(work, ticket, replica, mapping, comment))
    work.operations[ticket].append(
        AddComment(
            system=replica.system,
            ticket_id=ticket,
            remote_id=replica.remote_id,
            key=key,
            body=f"{correction}{_again(work, ticket, replica, comment, refused)}",
            public=comment.audience == "public",
            audience=comment.audience,
            author=comment.author,
            created_at=comment.created_at,
            attachments=files,
            expect=work.links[ticket][replica].version,
            quiet=work.policy.quiet,
        )
    )
    mark_comment(work, ticket, replica, key, Mark(asked=work.now, said=said))
    for file in files:
        mark_file(work, ticket, replica, file.id, Mark(asked=work.now))


def _again(
    work: Work, ticket: TicketId, replica: Replica, comment: Comment, refused: Parked | None
) -> str:
    """What a comment says on that side; one that was parked may say it otherwise, and later than others."""
    if refused is None:
        return _words(work, ticket, replica, comment)
    if refused.edited is not None and refused.fingerprint == spoken(comment):
        comment = replace(comment, body=refused.edited)
    words = _words(work, ticket, replica, comment)
    quiet = work.policy.traits[replica.system].own_voice
    return words if quiet or not _is_overtaken(work, ticket, replica, comment) else f"{OVERTAKEN}{words}"


def _is_overtaken(work: Work, ticket: TicketId, replica: Replica, comment: Comment) -> bool:
    """Whether something that was said later stands there already."""
    there = {k for k, m in work.links[ticket][replica].shadow.comments.items() if m.remote_id != TAKEN_AWAY}
    said = work.tickets[ticket].comments.values()
    return any(other.place > comment.place and other.id in there for other in said)


def _edit(work: Work, ticket: TicketId, replica: Replica, comment: Comment, mark: Mark | None) -> None:
    said = spoken(comment)
    if mark is None or mark.said in ("", said) or mark.remote_id in ("", TAKEN_AWAY):
        return  # as it should be; or its echo must tell first which one to edit
    if is_parked(work, ticket, replica, f"comment:{comment.id}", said):
        return
    body = _words(work, ticket, replica, comment)
    # what people did there to the copy alone (hid it, showed it) stands while its own audience does
    moved = mark.said.partition(":")[0] != comment.audience
    work.operations[ticket].append(
        EditComment(
            replica.system,
            ticket,
            replica.remote_id,
            mark.remote_id,
            comment.id,
            body,
            public=comment.audience == "public" if moved else None,
        )
    )


def _correct(
    work: Work,
    ticket: TicketId,
    replica: Replica,
    mapping: FieldMapping,
    comment: Comment,
    copies: Mapping[CommentId, Mark],
) -> None:
    """Where what was said cannot be changed, say it again, and hide what is not for customers any more."""
    said = spoken(comment)
    if comment.audience != "public":
        for key, mark in copies.items():
            if mark.said.startswith("public:"):
                _ask_removal(work, ticket, replica, key, mark)
    standing = [mark for mark in copies.values() if mark.said != HIDDEN]
    if any(not mark.remote_id for mark in standing):
        return  # not seen yet; its echo comes first
    if any(mark.remote_id == TAKEN_AWAY for mark in standing):
        return  # somebody took it away there: that is their last word
    if standing and standing[-1].said in ("", said):
        return
    key = CommentId(f"{comment.id}#{digest(said)[:8]}")
    while key in copies:  # the same words were said before, and others after them
        key = CommentId(f"{key}+")
    _ask_comment(work, ticket, replica, mapping, comment, key, "*Changed by its author:*\n\n")


def _ask_removal(work: Work, ticket: TicketId, replica: Replica, key: CommentId, mark: Mark) -> None:
    if mark.said == HIDDEN or mark.remote_id in ("", TAKEN_AWAY):
        return  # hidden or gone already; or its echo must tell first which one it is
    if is_parked(work, ticket, replica, f"comment:{key}", HIDDEN):
        return
    work.operations[ticket].append(
        RemoveComment(replica.system, ticket, replica.remote_id, mark.remote_id, key)
    )


def _words(work: Work, ticket: TicketId, replica: Replica, comment: Comment) -> str:
    """The comment as that side shows it: to a customer it is its author who speaks, and nobody else."""
    if work.policy.traits[replica.system].own_voice:
        return comment.body
    return attributed(comment, _source_label(work, ticket, comment))


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
        if lives_here(comment.id, replica):
            return link.label
    return ""
