"""Tickets with all that hangs on them: written by decisions, read in batches."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

import msgspec
from sqlalchemy import Connection, Table, delete, select, tuple_, update

from hub.model import Attachment, AttachmentId, Comment, CommentId, Ticket, TicketId
from hub.records import Decision, Held
from hub.replica import Link
from hub.store import ledger
from hub.store.codec import (
    digest,
    encode,
    to_attachment,
    to_comment,
    to_link,
    to_score,
    to_ticket,
)
from hub.store.statements import Statements, batches
from hub.store.tables import attachments, comments, is_dirty, links, tickets

Part = TypeVar("Part", Comment, Attachment)


def load(connection: Connection, ids: Iterable[TicketId]) -> dict[TicketId, Held]:
    held: dict[TicketId, Held] = {}
    for batch in batches(dict.fromkeys(ids)):
        held.update(_load(connection, batch))
    return held


def _load(connection: Connection, ids: Sequence[TicketId]) -> dict[TicketId, Held]:
    said = _parts(connection, comments, ids, to_comment)
    files = _parts(connection, attachments, ids, to_attachment)
    tied: dict[str, list[Link]] = {}
    rows = connection.execute(
        select(links.c.ticket_id, links.c.body)
        .where(links.c.ticket_id.in_(ids))
        .order_by(links.c.ticket_id, links.c.system, links.c.remote_id)
    )
    for ticket_id, body in rows:
        tied.setdefault(ticket_id, []).append(to_link(body))
    refused = ledger.parked_of(connection, ids)
    held: dict[TicketId, Held] = {}
    for row in connection.execute(select(tickets).where(tickets.c.id.in_(ids))):
        bare = to_ticket(row.body)
        held[bare.id] = Held(
            ticket=Ticket(
                id=bare.id,
                registers=bare.registers,
                origins=bare.origins,
                comments={CommentId(c.id): c for c in said.get(bare.id, ())},
                attachments={AttachmentId(a.id): a for a in files.get(bare.id, ())},
            ),
            links=tuple(tied.get(bare.id, ())),
            parked=tuple(refused.get(bare.id, ())),
            score=None if row.score is None else to_score(row.score),
            dirty=row.dirty,
            revision=row.revision,
        )
    return held


def _parts(
    connection: Connection, table: Table, ids: Sequence[TicketId], decode: Callable[[str], Part]
) -> Mapping[str, list[Part]]:
    rows = connection.execute(
        select(table.c.ticket_id, table.c.body)
        .where(table.c.ticket_id.in_(ids))
        .order_by(table.c.ticket_id, table.c.position, table.c.id)
    )
    found: dict[str, list[Part]] = {}
    for ticket_id, body in rows:
        found.setdefault(ticket_id, []).append(decode(body))
    return found


def write(
    connection: Connection, statements: Statements, decisions: Sequence[Decision], nudged: set[str]
) -> None:
    """Hold these tickets as decided; those in `nudged` stay dirty whatever was decided."""
    if not decisions:
        return
    rows = [
        {
            "id": d.ticket.id,
            "body": encode(msgspec.structs.replace(d.ticket, comments={}, attachments={})),
            "score": None if d.score is None else encode(d.score),
            "dirty": d.dirty or d.ticket.id in nudged,
            "revision": 1,
        }
        for d in decisions
    ]
    connection.execute(statements.ticket, rows)
    for batch in batches(decisions):
        said = {d.ticket.id: d.ticket.comments for d in batch}
        files = {d.ticket.id: d.ticket.attachments for d in batch}
        _write_parts(connection, statements, comments, said)
        _write_parts(connection, statements, attachments, files)


def _write_parts(
    connection: Connection,
    statements: Statements,
    table: Table,
    wanted: Mapping[TicketId, Mapping[CommentId, Comment]]
    | Mapping[TicketId, Mapping[AttachmentId, Attachment]],
) -> None:
    """Write what is new or changed, and remove what the ticket has no more."""
    rows = connection.execute(
        select(table.c.ticket_id, table.c.id, table.c.position, table.c.digest).where(
            table.c.ticket_id.in_(list(wanted))
        )
    )
    there = {(ticket, part): (position, mark) for ticket, part, position, mark in rows}
    changed: list[dict[str, object]] = []
    for ticket_id, parts in wanted.items():
        for position, (name, part) in enumerate(parts.items()):
            body = encode(part)
            mark = digest(body)
            if there.pop((ticket_id, name), None) != (position, mark):
                changed.append(
                    {
                        "ticket_id": ticket_id,
                        "id": name,
                        "position": position,
                        "digest": mark,
                        "body": body,
                    }
                )
    if changed:
        connection.execute(statements.part[table.name], changed)
    for batch in batches(there):
        connection.execute(delete(table).where(tuple_(table.c.ticket_id, table.c.id).in_(batch)))


def settle(connection: Connection, ids: Iterable[TicketId]) -> None:
    for batch in batches(ids):
        connection.execute(
            update(tickets).where(tickets.c.id.in_(batch), is_dirty).values(dirty=False)
        )


def soil(connection: Connection, ids: Iterable[str]) -> None:
    """Mark tickets dirty: the next run plans them again."""
    for batch in batches(ids):
        connection.execute(update(tickets).where(tickets.c.id.in_(batch)).values(dirty=True))
