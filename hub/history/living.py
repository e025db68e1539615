"""The course of a ticket in a plan: what happened since it was held goes on to it, and into the store."""

from __future__ import annotations

from msgspec.structs import replace

from hub.canary import is_canary
from hub.cluster import Work
from hub.history.changes import changes
from hub.history.course import fold
from hub.model import Ticket


def follow(work: Work, ticket: Ticket) -> Ticket:
    """
    Return the ticket with its course as of now; called again, it goes on from where it was.

    A ticket that was held before courses were kept begins with what it still tells of its past.
    """
    if is_canary(ticket):
        return ticket
    held = work.cluster.held[ticket.id]
    told = work.events[ticket.id]
    stored = held.before or held.ticket
    before = work.followed.get(ticket.id) or (stored if stored.course.events else None)
    events = changes(before, ticket, now=work.now)
    if not events:
        return ticket
    told.extend(events)
    course = fold(ticket.course, events, before.registers if before else {})
    work.followed[ticket.id] = ticket
    return replace(ticket, course=course)
