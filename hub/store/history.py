"""What happened to tickets: rows are only added. What was said lies in `comments`, not here once more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection, exists, literal, select, tuple_

from hub.history.event import Event
from hub.model import TicketId
from hub.records import Decision
from hub.store.codec import encode, to_comment, to_event
from hub.store.score_tables import history
from hub.store.statements import batches
from hub.store.tables import comments, tickets


class Place(NamedTuple):
    """Where an event stands in the order of all of them."""

    at: str
    ticket_id: str
    id: int


def write(connection: Connection, decisions: Iterable[Decision]) -> None:
    rows = [
        {"ticket_id": event.ticket, "at": event.at, "body": encode(_bare(event))}
        for decision in decisions
        for event in decision.events
    ]
    if rows:
        connection.execute(history.insert(), rows)


def _bare(event: Event) -> Event:
    said = event.comment
    if said is None or not said.id or not said.body:
        return event
    return msgspec.structs.replace(event, comment=msgspec.structs.replace(said, body=""))


def read(
    connection: Connection, ticket: TicketId | None, since: str, after: Place | None, limit: int
) -> list[tuple[Place, Event]]:
    """Return a page of events behind a place, in order of time, ticket and arrival."""
    order = (history.c.at, history.c.ticket_id, history.c.id)
    query = select(*order, history.c.body).order_by(*order).limit(limit)
    if ticket is not None:
        query = query.where(history.c.ticket_id == ticket)
    if after is not None:
        query = query.where(tuple_(*order) > tuple_(*map(literal, after)))
    elif since:
        query = query.where(history.c.at >= since)
    rows = connection.execute(query).all()
    found = [(Place(at, ticket_id, number), to_event(body)) for at, ticket_id, number, body in rows]
    bodies = _bodies(connection, [event for _, event in found])
    return [(place, _whole(event, bodies)) for place, event in found]


def _bodies(connection: Connection, events: Sequence[Event]) -> Mapping[tuple[str, str], str]:
    """Return what was said, by ticket and comment; nothing of what was taken back since."""
    wanted = [(e.ticket, e.comment.id) for e in events if e.comment is not None and e.comment.id]
    found: dict[tuple[str, str], str] = {}
    for batch in batches(wanted):
        rows = connection.execute(
            select(comments.c.ticket_id, comments.c.id, comments.c.body).where(
                tuple_(comments.c.ticket_id, comments.c.id).in_(batch)
            )
        )
        for ticket_id, name, body in rows:
            comment = to_comment(body)
            found[ticket_id, name] = "" if comment.removed else comment.body
    return found


def _whole(event: Event, bodies: Mapping[tuple[str, str], str]) -> Event:
    said = event.comment
    body = bodies.get((event.ticket, said.id)) if said is not None else None
    if said is None or not body:
        return event
    return msgspec.structs.replace(event, comment=msgspec.structs.replace(said, body=body))


def without(connection: Connection, limit: int, after: str) -> list[TicketId]:
    """Return tickets of which no event is kept, by id."""
    some = exists().where(history.c.ticket_id == tickets.c.id)
    query = select(tickets.c.id).where(tickets.c.id > after, ~some).order_by(tickets.c.id).limit(limit)
    return [TicketId(name) for name in connection.execute(query).scalars()]
