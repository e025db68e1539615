"""Links: written whole, and the ways to a ticket by what its replicas are called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, Select, delete, func, or_, select, tuple_

from hub.model import RemoteId, System, TicketId
from hub.replica import Link
from hub.store.codec import encode
from hub.store.statements import Statements, batches
from hub.store.tables import is_awaited, is_dirty, is_live, links, tickets

Key = tuple[str, str, str]
"""Ticket, system, remote id."""


def key(link: Link) -> Key:
    return (link.ticket_id, link.system, link.remote_id)


def write(connection: Connection, statements: Statements, given: Iterable[Link]) -> None:
    """Hold these links; of two for the same replica, the later one."""
    rows = {
        key(link): {
            "ticket_id": link.ticket_id,
            "system": link.system,
            "remote_id": link.remote_id,
            "state": link.state,
            "label": link.label,
            "body": encode(link),
        }
        for link in given
    }
    if rows:
        connection.execute(statements.link, list(rows.values()))


def remove(connection: Connection, keys: Iterable[Key]) -> None:
    for batch in batches(keys):
        connection.execute(
            delete(links).where(tuple_(links.c.ticket_id, links.c.system, links.c.remote_id).in_(batch))
        )


def awaited_of(connection: Connection, ids: Iterable[TicketId]) -> set[Key]:
    found: set[Key] = set()
    for batch in batches(ids):
        rows = connection.execute(
            select(links.c.ticket_id, links.c.system, links.c.remote_id).where(
                is_awaited, links.c.ticket_id.in_(batch)
            )
        )
        found.update((ticket, system, remote) for ticket, system, remote in rows)
    return found


def tickets_of(
    connection: Connection, replicas: Iterable[tuple[System, RemoteId]]
) -> Mapping[tuple[System, RemoteId], tuple[TicketId, ...]]:
    """Answer for every replica asked for, with nothing where no ticket has it."""
    found: dict[tuple[System, RemoteId], list[TicketId]] = {r: [] for r in replicas}
    for batch in batches(list(found)):
        asked = set(batch)
        names = {remote_id for _, remote_id in batch}
        rows = connection.execute(
            select(links.c.system, links.c.remote_id, links.c.ticket_id)
            .where(links.c.remote_id.in_(names))
            .order_by(links.c.ticket_id)
        )
        for system, remote_id, ticket_id in rows:
            if (system, remote_id) in asked:
                found[System(system), RemoteId(remote_id)].append(TicketId(ticket_id))
    return {replica: tuple(ids) for replica, ids in found.items()}


def awaited(connection: Connection, limit: int, after: str) -> Sequence[TicketId]:
    return _ids(
        connection,
        select(links.c.ticket_id)
        .distinct()
        .where(is_awaited, links.c.ticket_id > after)
        .order_by(links.c.ticket_id)
        .limit(limit),
    )


def dirty(connection: Connection, limit: int, after: str) -> Sequence[TicketId]:
    return _ids(
        connection,
        select(tickets.c.id).where(is_dirty, tickets.c.id > after).order_by(tickets.c.id).limit(limit),
    )


def ticket_ids(connection: Connection, limit: int, after: str) -> Sequence[TicketId]:
    return _ids(
        connection,
        select(tickets.c.id).where(tickets.c.id > after).order_by(tickets.c.id).limit(limit),
    )


def named(connection: Connection, name: str) -> Sequence[TicketId]:
    """Find by ticket id, label or remote id; `#123` also finds 123, and `sup-7` SUP-7."""
    labels = {name, name.upper(), f"#{name}"}
    remote_ids = {name, name.removeprefix("#")}
    ids = select(tickets.c.id).where(tickets.c.id == name)
    linked = select(links.c.ticket_id).where(
        or_(links.c.label.in_(labels), links.c.remote_id.in_(remote_ids))
    )
    return sorted(set(_ids(connection, ids)) | set(_ids(connection, linked)))


def outside(connection: Connection, system: System, within: Sequence[str]) -> Sequence[RemoteId]:
    """Find live links into a system whose labels begin with none of these words."""
    elsewhere = [~links.c.label.startswith(word, autoescape=True) for word in within]
    found = (
        select(links.c.remote_id)
        .distinct()
        .where(is_live, links.c.system == system, links.c.label != "", *elsewhere)
        .order_by(links.c.remote_id)
    )
    return [RemoteId(i) for i in connection.execute(found).scalars()]


def count(connection: Connection, system: System | None) -> int:
    if system is None:
        return connection.execute(select(func.count()).select_from(tickets)).scalar_one()
    live = select(func.count()).where(is_live, links.c.system == system)
    return connection.execute(live).scalar_one()


def _ids(connection: Connection, query: Select[tuple[str]]) -> list[TicketId]:
    return [TicketId(i) for i in connection.execute(query).scalars()]
