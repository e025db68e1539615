"""How long things took on a ticket, read from its audits."""

from __future__ import annotations

from sandbox.zendesk.records import Comment, Json, Ticket
from sandbox.zendesk.render import stamp, url
from sandbox.zendesk.state import Account


def dates(ticket: Ticket) -> Json:
    """Return the `dates` side-load."""
    last = ticket.comments[-1].created if ticket.comments else ticket.created
    return {
        "assignee_updated_at": stamp(ticket.assigned),
        "requester_updated_at": stamp(_last_by(ticket, ticket.requester_id)),
        "status_updated_at": stamp(status_since(ticket)),
        "initially_assigned_at": stamp(ticket.assigned),
        "assigned_at": stamp(ticket.assigned),
        "solved_at": stamp(ticket.solved),
        "latest_comment_added_at": stamp(last),
    }


def status_since(ticket: Ticket) -> int:
    """Return when the status last changed."""
    for audit in reversed(ticket.audits):
        if any(event.name == "status" for event in audit.events):
            return audit.created
    return ticket.created


def _last_by(ticket: Ticket, user_id: int) -> int:
    said = [one.created for one in ticket.comments if one.author_id == user_id]
    return said[-1] if said else ticket.created


def first_reply(account: Account, ticket: Ticket) -> Comment | None:
    """Return the first public comment by an agent that answers the requester."""
    for comment in ticket.comments[1:]:
        author = account.users.get(comment.author_id)
        if comment.public and author is not None and author.role != "end-user":
            return comment
    return None


def metric_set(account: Account, ticket: Ticket, base: str) -> Json:
    """Return the ticket's metrics. Business hours are not modelled: both clocks agree."""
    reply = first_reply(account, ticket)
    agents = [
        one for one in ticket.comments[1:] if one.public and account.users[one.author_id].role != "end-user"
    ]
    return {
        "url": url(base, "ticket_metrics", ticket.id + 1_000_000),
        "id": ticket.id + 1_000_000,
        "ticket_id": ticket.id,
        "created_at": stamp(ticket.created),
        "updated_at": stamp(ticket.updated),
        "group_stations": int(ticket.group_id is not None),
        "assignee_stations": int(ticket.assignee_id is not None),
        "reopens": ticket.reopens,
        "replies": len(agents),
        "custom_status_updated_at": stamp(status_since(ticket)),
        **dates(ticket),
        "reply_time_in_minutes": _span(ticket.created, reply.created if reply else None),
        "reply_time_in_seconds": {"calendar": reply.created - ticket.created if reply else None},
        "first_resolution_time_in_minutes": _span(ticket.created, ticket.solved),
        "full_resolution_time_in_minutes": _span(ticket.created, ticket.solved),
        "agent_wait_time_in_minutes": _span(ticket.created, None),
        "requester_wait_time_in_minutes": _span(ticket.created, ticket.solved),
        "on_hold_time_in_minutes": {"calendar": 0, "business": 0},
    }


def _span(start: int, end: int | None) -> Json:
    minutes = None if end is None else (end - start) // 60
    return {"calendar": minutes, "business": minutes}
