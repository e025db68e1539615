"""A customer's reply that whoever put the ticket to rest had not seen opens it again. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from hub.cluster import Work, lives_here
from hub.model import Comment, Origin, TicketId
from hub.records import Conflict

RESTS = ("pending", "hold", "solved")
"""Nobody does anything about the ticket until the customer says more."""


def hear_replies(work: Work) -> None:
    """
    Keep open what was put to rest on one side while a customer wrote on another.

    Neither had seen the other: the customer waits for an answer, and the status is kept in a conflict.
    """
    for ticket in sorted(work.tickets):
        if ticket in work.cluster.new:
            continue
        held = work.tickets[ticket]
        origin, status = held.origins.get("status"), held.get("status")
        if status not in (*RESTS, "closed") or origin is None:
            continue
        reply = next((c for c in _unseen(work, ticket) if _is_news(work, ticket, c)), None)
        if reply is None or reply.origin == origin.system:
            continue
        others = [c for c in work.conflicts[ticket] if c.register != "status"]
        if status == "closed":  # for good: then a person must see that somebody waits
            lost = Conflict(ticket, "status", status, {reply.origin: "open"}, kept_from=origin.system)
            work.conflicts[ticket] = [*others, lost]
            continue
        lost = Conflict(ticket, "status", "open", {origin.system: status}, kept_from=reply.origin)
        work.conflicts[ticket] = [*others, lost]
        work.tickets[ticket] = replace(
            held,
            registers={**held.registers, "status": "open"},
            origins={**held.origins, "status": Origin(reply.origin, reply.created_at, work.run)},
        )


def _unseen(work: Work, ticket: TicketId) -> Iterator[Comment]:
    """Yield what customers said that the hub had not heard before."""
    before = work.cluster.held[ticket].ticket.comments
    for comment in work.tickets[ticket].comments.values():
        traits = work.policy.traits.get(comment.origin)
        public = comment.audience == "public" and not comment.removed
        if comment.id not in before and public and traits is not None and traits.customers:
            yield comment


def _is_news(work: Work, ticket: TicketId, comment: Comment) -> bool:
    """
    Return whether the status was set without knowledge of the comment.

    A conversation that was told of it opens by itself; one that was not (the run that was to tell it
    died) shows the customer's word as nobody's edit.
    """
    held = work.tickets[ticket]
    origin, status = held.origins.get("status"), held.get("status")
    if origin is not None and origin.run == work.run:
        return status != work.cluster.held[ticket].ticket.get("status")
    told = (
        link.shadow.registers.get("status")
        for replica, link in work.live(ticket)
        if lives_here(comment.id, replica)
    )
    return any(agreed is None or agreed.value != status for agreed in told)
