"""
Where people begin a follow-up of a closed ticket (a customer answers it): what of it goes over. Pure.

The follow-up is a ticket of its own. It takes the issues of the closed one over, as after a merge, so that
no customer counts twice, and engineers' words go where somebody reads them.
"""

from __future__ import annotations

from msgspec.structs import replace

from hub.cluster import Replica, Work, lives_here
from hub.lens import Unreadable
from hub.marks import mark_comment, mark_file
from hub.merges import untold
from hub.model import Comment, System, TicketId
from hub.remarks import TAKEN_AWAY, spoken
from hub.replica import Link, Mark


def hand_over_issues(work: Work, shared: set[System]) -> None:
    """Let a follow-up that people began take over the issues of the closed ticket, as a merge does."""
    for replica, seen in sorted(work.cluster.seen.items(), key=lambda item: item[0]):
        if seen.follows is None or seen.gone is not None:
            continue
        closed = Replica(replica.system, seen.follows)
        for heir in work.sharers(replica):
            for ticket in work.sharers(closed):
                if ticket != heir and is_closed(work, closed, work.links[ticket][closed]):
                    _hand_over(work, ticket, heir, shared)


def _hand_over(work: Work, ticket: TicketId, heir: TicketId, shared: set[System]) -> None:
    for replica, link in list(work.live(ticket)):
        if replica.system not in shared:
            continue
        theirs = work.links[heir].get(replica)
        if theirs is not None and theirs.state == "unlinked" and not theirs.ended:
            continue  # somebody took the follow-up off this issue
        if theirs is None or theirs.state != "live":
            work.set_link(replace(link, ticket_id=heir, shadow=untold(work, link)))
        else:
            work.set_link(replace(theirs, primary=link.primary or theirs.primary))
        work.set_link(replace(link, state="unlinked", primary=False, ended="followed"))
        work.moved.add(replica)
        work.inherited.add((heir, replica))


def keep_what_was_told(work: Work) -> None:
    """What was said on an issue before its follow-up began was told on the closed ticket."""
    for heir, issue in sorted(work.inherited):
        opened = str(work.tickets[heir].get("opened_at") or "")
        for replica, link in list(work.live(heir)):
            if not work.policy.traits[replica.system].follow_ups:
                continue
            for comment in work.tickets[heir].comments.values():
                before = lives_here(comment.id, issue) and comment.created_at <= opened
                if before and comment.id not in link.shadow.comments:
                    mark_comment(work, heir, replica, comment.id, _told(comment))


def keep_apart(work: Work) -> None:
    """What was said on two replicas before a person matched them stays where it was said."""
    for ticket, matched in sorted(work.cluster.matched & work.joined):
        for replica, link in list(work.live(ticket)):
            for comment in work.tickets[ticket].comments.values():
                there = lives_here(comment.id, matched)
                if there != (replica == matched) and comment.id not in link.shadow.comments:
                    mark_comment(work, ticket, replica, comment.id, _told(comment))
            for file in work.tickets[ticket].attachments.values():
                there = (file.origin, file.on) == matched
                if there != (replica == matched) and file.id not in link.shadow.attachments:
                    mark_file(work, ticket, replica, file.id, Mark(TAKEN_AWAY))


def is_closed(work: Work, replica: Replica, link: Link) -> bool:
    """Return whether a replica shows that it is closed for good."""
    rule = work.policy.mappings[replica.system].rule("status")
    if rule is None:
        return False
    seen, agreed = work.seen(replica), link.shadow.registers.get("status")
    raw = seen.raw.get(rule.lens.field) if seen is not None and seen.raw is not None else None
    if raw is None and agreed is not None:
        raw = agreed.raw
    try:
        return rule.lens.read(raw) == "closed"
    except Unreadable:
        return False


def _told(comment: Comment) -> Mark:
    return Mark(TAKEN_AWAY, said=spoken(comment))
