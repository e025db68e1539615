"""A ticket that people merged into another one: what of it goes over. Pure."""

from __future__ import annotations

from collections.abc import Collection

from msgspec.structs import replace

from hub.cluster import Look, Replica, Work, lives_here
from hub.lens import Unreadable
from hub.marks import mark_comment
from hub.model import HUB, Origin, System, TicketId
from hub.project import agree
from hub.registers import DONE
from hub.remarks import TAKEN_AWAY, spoken
from hub.replica import Link, Mark, Observation, Shadow


def follow_merge(
    work: Work, ticket: TicketId, seen: Observation, target: Replica, shared: Collection[System]
) -> None:
    """
    Hand the issues of a ticket that was merged to the one that it went into.

    `shared`: the systems whose replicas serve many customers. Its copies elsewhere show what was said
    to one: they stay its own.
    """
    over = _take_last_status(work, ticket, seen)
    issues = [(r, k) for r, k in work.live(ticket) if r.system in shared]
    if not over and len(issues) < len([*work.live(ticket)]):
        return  # people go on with it elsewhere
    heirs = work.sharers(target)
    if not heirs:
        if target not in work.cluster.seen and target not in work.cluster.missing:
            work.looks.add(Look(target.system, target.remote_id, whole=True))
        return
    _follow_conversation(work, ticket, heirs[0], seen.at or work.now)
    for replica, link in issues:
        heir_link = work.links[heirs[0]].get(replica)
        if heir_link is None or heir_link.state != "live":
            work.set_link(replace(link, ticket_id=heirs[0], shadow=untold(work, link)))
        work.set_link(replace(link, state="unlinked"))
        work.moved.add(replica)


def _follow_conversation(work: Work, ticket: TicketId, heir: TicketId, at: str) -> None:
    """What the customer of a ticket that was merged writes from now on is heard where it went to."""
    for replica, link in list(work.live(ticket)):
        if not work.policy.traits[replica.system].customers:
            continue
        theirs = next((k for r, k in work.live(heir) if r.system == replica.system), None)
        if theirs is None:
            work.set_link(replace(link, ticket_id=heir))
            work.set_link(replace(link, state="unlinked"))
            work.came_over[heir, replica] = at
            continue
        held = work.tickets[ticket]
        registers = {**held.registers, "merged_into": theirs.label}
        origins = {**held.origins, "merged_into": Origin(HUB, work.now, work.run)}
        work.tickets[ticket] = replace(held, registers=registers, origins=origins)


def keep_to_themselves(work: Work) -> None:
    """
    What was said on a ticket before a customer came to it by a merge was said to somebody else.

    And that customer is not whom the ticket is for: it stays their conversation all the same.
    """
    for (ticket, replica), at in work.came_over.items():
        link = work.links[ticket][replica]
        marks = link.shadow.comments
        theirs = link.shadow.registers.get("requester")
        if theirs is not None:
            shadow = agree(link.shadow, "requester", theirs.raw, work.tickets[ticket].get("requester"))
            work.set_link(replace(link, shadow=shadow))
        before = work.cluster.held[ticket].ticket.comments
        for comment in work.tickets[ticket].comments.values():
            is_old = comment.id in before or comment.created_at <= at
            if is_old and comment.id not in marks and not lives_here(comment.id, replica):
                mark_comment(work, ticket, replica, comment.id, Mark(TAKEN_AWAY, said=spoken(comment)))


def untold(work: Work, link: Link) -> Shadow:
    """What only that side can say is said anew to another ticket: it was not heard by this one yet."""
    rules = work.policy.mappings[link.system].rules
    only_said = {rule.register for rule in rules if rule.reads and not rule.creates}
    registers = {name: it for name, it in link.shadow.registers.items() if name not in only_said}
    return replace(link.shadow, registers=registers)


def _take_last_status(work: Work, ticket: TicketId, seen: Observation) -> bool:
    """
    Return whether a ticket was closed by its merge.

    It stays to be seen in Zendesk, closed for good: then it is so on every side.
    """
    rule = work.policy.mappings[seen.system].rule("status")
    if rule is None or seen.raw is None or rule.lens.field not in seen.raw:
        return False
    try:
        status = rule.lens.read(seen.raw[rule.lens.field])
    except Unreadable:
        return False
    held = work.tickets[ticket]
    if status in DONE and status != held.get("status"):
        origins = {**held.origins, "status": Origin(seen.system, seen.at or work.now, work.run)}
        work.tickets[ticket] = replace(held, registers={**held.registers, "status": status}, origins=origins)
    return status in DONE
