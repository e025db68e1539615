"""What people are shown and decide on: parked operations, conflicts, losses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection, Row, delete, func, select, true, update

from hub.audit import Act
from hub.model import TicketId
from hub.records import Conflict, Loss, Parked
from hub.store import audit_acts
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
    refused = list(given)
    here = parked_of(connection, [p.ticket_id for p in refused])
    before = {_slot(p): p for known in here.values() for p in known}
    rows = [
        {
            "ticket_id": p.ticket_id,
            "system": p.system,
            "remote_id": p.remote_id,
            "slot": p.slot,
            "state": p.state,
            "body": encode(_dated(p, before.get(_slot(p)), run, at)),
        }
        for p in refused
    ]
    if rows:
        connection.execute(statements.parked, rows)


def _slot(one: Parked) -> tuple[str, str, str, str]:
    return one.ticket_id, one.system, one.remote_id, one.slot


def _dated(one: Parked, before: Parked | None, run: str, at: str) -> Parked:
    """Return it with when it was refused, now and first; what a person gave up begins anew."""
    if before is None or before.state == "dropped":
        return msgspec.structs.replace(one, run=run, at=at, since=at, tries=1)
    edited = before.edited if before.fingerprint == one.fingerprint else None
    since, tries = before.since or before.at, before.tries + 1
    return msgspec.structs.replace(one, run=run, at=at, since=since, tries=tries, edited=edited)


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
    found: dict[str, list[Parked]] = {}
    for batch in batches(ids):
        for row in connection.execute(
            select(parked).where(parked.c.ticket_id.in_(batch)).order_by(parked.c.id)
        ):
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


def reword(connection: Connection, one: Parked, body: str) -> set[str]:
    """Let a parked comment say this, and be asked again; return the ticket concerned."""
    changed = encode(msgspec.structs.replace(one, edited=body))
    row = parked.c.id == one.id
    connection.execute(update(parked).where(row).values(state="retry", body=changed))
    return {one.ticket_id}


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


def settle_conflicts(connection: Connection, given: Iterable[Conflict], at: str) -> None:
    """Keep conflicts that were held before as they are now; one that a person settled meanwhile stays so."""
    acts: list[Act] = []
    for c in given:
        row = conflicts.c.id == c.id
        here = connection.execute(select(conflicts.c.resolved).where(row)).scalar_one_or_none()
        if here in ("", c.resolved):
            body = encode(msgspec.structs.replace(c, wish=""))
            connection.execute(
                update(conflicts).where(row).values(resolved=c.resolved, body=body, due=c.due)
            )
            acts += [_settled(c, at)] if not here else []
    audit_acts.write(connection, acts)


def _settled(c: Conflict, at: str) -> Act:
    why = "the value that stands is right" if c.resolved == "kept" else f"settled with {c.resolved}"
    why = "somebody set the field anew" if c.resolved == "overtaken" else why
    subject = f"conflict {c.id}, {c.register}"
    return Act("conflict resolved", at, actor=c.by, ticket_id=c.ticket_id, subject=subject, why=why)


def conflicts_of(connection: Connection, ids: Sequence[str]) -> Mapping[str, list[Conflict]]:
    """What is open, and what ended without everybody being told so yet."""
    query = select(conflicts).where(conflicts.c.ticket_id.in_(ids), is_open | conflicts.c.due.is_(true()))
    found: dict[str, list[Conflict]] = {}
    for row in connection.execute(query.order_by(conflicts.c.id)):
        found.setdefault(row.ticket_id, []).append(_conflict(row))
    return found


def read_conflicts(connection: Connection, *, only_open: bool) -> Sequence[Conflict]:
    query = select(conflicts).order_by(conflicts.c.id)
    return [_conflict(row) for row in connection.execute(query.where(is_open) if only_open else query)]


def _conflict(row: Row[tuple[object, ...]]) -> Conflict:
    return msgspec.structs.replace(to_conflict(row.body), id=row.id, resolved=row.resolved)


def standing(connection: Connection) -> dict[str, int]:
    """How much waits for a person, whichever run left it."""
    disputed = connection.execute(select(func.count()).select_from(conflicts).where(is_open)).scalar_one()
    refused = select(func.count()).select_from(parked).where(parked.c.state != "dropped")
    return {"parked": connection.execute(refused).scalar_one(), "conflicts": disputed}


def resolve_conflict(connection: Connection, number: int, how: str, at: str) -> None:
    """Raises `LookupError` where there is no such conflict."""
    row = conflicts.c.id == number
    body = connection.execute(select(conflicts.c.body).where(row)).scalar_one_or_none()
    if body is None:
        raise LookupError(f"There is no conflict {number}.")
    ended = encode(msgspec.structs.replace(to_conflict(body), ended=at))
    connection.execute(update(conflicts).where(row).values(resolved=how, body=ended))


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
