"""A customer's reply that whoever solved the ticket had not seen opens it again. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from hub.cluster import Work
from hub.model import Comment, Origin, TicketId
from hub.records import Conflict


def hear_replies(work: Work) -> None:
    """
    Keep open what was solved on one side while a customer wrote on another.

    Neither had seen the other: the customer waits for an answer, and the solution is kept in a conflict.
    """
    for ticket in sorted(work.tickets):
        if ticket in work.cluster.new:
            continue
        held = work.tickets[ticket]
        origin = held.origins.get("status")
        before = work.cluster.held[ticket].ticket.get("status")
        solved_now = held.get("status") == "solved" != before
        if not solved_now or origin is None or origin.run != work.run:
            continue
        reply = next(_unseen(work, ticket), None)
        if reply is None or reply.origin == origin.system:
            continue
        others = [c for c in work.conflicts[ticket] if c.register != "status"]
        lost = Conflict(ticket, "status", "open", {origin.system: "solved"}, kept_from=reply.origin)
        work.conflicts[ticket] = [*others, lost]
        work.tickets[ticket] = replace(
            held,
            registers={**held.registers, "status": "open"},
            origins={**held.origins, "status": Origin(reply.origin, reply.created_at, work.run)},
        )


def _unseen(work: Work, ticket: TicketId) -> Iterator[Comment]:
    """Yield what customers said that the hub had not heard when the ticket was solved."""
    before = work.cluster.held[ticket].ticket.comments
    for comment in work.tickets[ticket].comments.values():
        traits = work.policy.traits.get(comment.origin)
        public = comment.audience == "public" and not comment.removed
        if comment.id not in before and public and traits is not None and traits.customers:
            yield comment
