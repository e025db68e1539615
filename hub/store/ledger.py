"""What people are shown and decide on: parked operations, conflicts, losses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection, Row, delete, select, update

from hub.model import TicketId
from hub.records import Conflict, Loss, Parked
from hub.store.codec import digest, encode, to_conflict, to_loss, to_parked
from hub.store.statements import Statements, batches
from hub.store.tables import conflicts, is_open, losses, parked


class Slot(NamedTuple):
    """What a parked operation stands in the way of."""

    id: int
    ticket_id: str
    system: str
    remote_id: str
    slot: str


def park(connection: Connection, statements: Statements, given: Iterable[Parked], run: str, at: str) -> None:
    """Park these, each in the place of what was parked in the same slot before."""
    rows = [
        {
            "ticket_id": p.ticket_id,
            "system": p.system,
            "remote_id": p.remote_id,
            "slot": p.slot,
            "state": p.state,
            "body": encode(msgspec.structs.replace(p, run=run, at=at)),
        }
        for p in given
    ]
    if rows:
        connection.execute(statements.parked, rows)


def slots(connection: Connection, ids: Iterable[str]) -> list[Slot]:
    """Every slot of these tickets that something is parked in."""
    found: list[Slot] = []
    for batch in batches(ids):
        rows = connection.execute(
            select(parked.c.id, parked.c.ticket_id, parked.c.system, parked.c.remote_id, parked.c.slot).where(
                parked.c.ticket_id.in_(batch)
            )
        )
        found.extend(Slot(*row) for row in rows)
    return found


def unpark(connection: Connection, numbers: Iterable[int]) -> None:
    """What was refused before has been done now."""
    for batch in batches(numbers):
        connection.execute(delete(parked).where(parked.c.id.in_(batch)))


def parked_of(connection: Connection, ids: Sequence[str]) -> Mapping[str, list[Parked]]:
    rows = connection.execute(select(parked).where(parked.c.ticket_id.in_(ids)).order_by(parked.c.id))
    found: dict[str, list[Parked]] = {}
    for row in rows:
        found.setdefault(row.ticket_id, []).append(_parked(row))
    return found


def all_parked(connection: Connection) -> Sequence[Parked]:
    rows = connection.execute(select(parked).where(parked.c.state != "dropped").order_by(parked.c.id))
    return [_parked(row) for row in rows]


def _parked(row: Row[tuple[object, ...]]) -> Parked:
    return msgspec.structs.replace(to_parked(row.body), id=row.id, state=row.state)


def set_parked(connection: Connection, ids: Sequence[int], state: str) -> set[str]:
    """Set the state; return the tickets concerned."""
    concerned: set[str] = set()
    for batch in batches(ids):
        connection.execute(update(parked).where(parked.c.id.in_(batch)).values(state=state))
        concerned.update(
            connection.execute(select(parked.c.ticket_id).where(parked.c.id.in_(batch))).scalars()
        )
    return concerned


def put_conflicts(connection: Connection, given: Iterable[Conflict], run: str, at: str) -> None:
    rows = [
        {
            "ticket_id": c.ticket_id,
            "resolved": c.resolved,
            "body": encode(msgspec.structs.replace(c, run=run, at=at)),
        }
        for c in given
    ]
    if rows:
        connection.execute(conflicts.insert(), rows)


def read_conflicts(connection: Connection, *, only_open: bool) -> Sequence[Conflict]:
    query = select(conflicts).order_by(conflicts.c.id)
    rows = connection.execute(query.where(is_open) if only_open else query)
    return [msgspec.structs.replace(to_conflict(row.body), id=row.id, resolved=row.resolved) for row in rows]


def resolve_conflict(connection: Connection, number: int, how: str) -> None:
    """Raises `LookupError` where there is no such conflict."""
    found = connection.execute(update(conflicts).where(conflicts.c.id == number).values(resolved=how))
    if not found.rowcount:
        raise LookupError(f"There is no conflict {number}.")


def put_losses(
    connection: Connection, statements: Statements, given: Iterable[Loss], run: str, at: str
) -> None:
    """Keep each loss once a ticket, with when it last happened."""
    rows = [
        {
            "ticket_id": loss.ticket_id,
            "digest": digest(encode((loss.system, loss.register, loss.what, loss.detail))),
            "body": encode(msgspec.structs.replace(loss, run=run, at=at)),
        }
        for loss in given
    ]
    if rows:
        connection.execute(statements.loss, rows)


def read_losses(connection: Connection, ticket: TicketId | None) -> Sequence[Loss]:
    query = select(losses.c.id, losses.c.body).order_by(losses.c.id)
    if ticket is not None:
        query = query.where(losses.c.ticket_id == ticket)
    return [msgspec.structs.replace(to_loss(body), id=number) for number, body in connection.execute(query)]
