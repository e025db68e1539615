"""Claims of workers, and what workers were let through to."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, delete, func, or_, select, update

from hub.claiming import Claim, feed_claim, replica_claim, ticket_claim
from hub.cluster import Replica
from hub.model import RemoteId, System, TicketId
from hub.safety import Toll
from hub.store.codec import encode, to_toll
from hub.store.statements import batches
from hub.store.tables import counters, inbox, is_awaited, is_dirty, keepsakes, links, tickets
from hub.store.worker_tables import admitted, claims

_MARK = "admitted"
"""The counter that holds the last row of the inbox that was let through."""
_UNCOUNTED = "uncounted"
"""The keepsake that holds what was done since the last count, and not counted."""


def claim(
    connection: Connection, insert: Callable[..., Any], worker: int, names: Collection[Claim]
) -> set[Claim]:
    """Claim these for a worker; return those that are its own now. In order: two cannot lock crosswise."""
    found: set[Claim] = set()
    for batch in batches(sorted(names)):
        rows = [{"name": name, "worker": worker} for name in batch]
        connection.execute(insert(claims).values(rows).on_conflict_do_nothing())
        ours = select(claims.c.name).where(claims.c.name.in_(batch), claims.c.worker == worker)
        found.update(Claim(name) for name in connection.execute(ours).scalars())
    return found


def release(connection: Connection, worker: int, names: Collection[Claim]) -> None:
    for batch in batches(sorted(names)):
        connection.execute(delete(claims).where(claims.c.name.in_(batch), claims.c.worker == worker))


def of_others(connection: Connection, worker: int, names: Collection[Claim]) -> set[Claim]:
    found: set[Claim] = set()
    for batch in batches(names):
        theirs = select(claims.c.name).where(claims.c.name.in_(batch), claims.c.worker != worker)
        found.update(Claim(name) for name in connection.execute(theirs).scalars())
    return found


def last_row(connection: Connection) -> int:
    return connection.execute(select(func.max(inbox.c.id))).scalar_one() or 0


def begin_reading(connection: Connection, insert: Callable[..., Any], system: System) -> None:
    counter = insert(counters).values(name=feed_claim(system), value=last_row(connection))
    new = {"value": counter.excluded.value}
    connection.execute(counter.on_conflict_do_update(index_elements=["name"], set_=new))


def complete_row(connection: Connection, worker: int) -> int:
    begun = (
        select(func.min(counters.c.value))
        .join(claims, claims.c.name == counters.c.name)
        .where(claims.c.worker != worker, claims.c.name.startswith(feed_claim(System(""))))
    )
    last, oldest = last_row(connection), connection.execute(begun).scalar_one()
    return last if oldest is None else min(last, oldest)


def mark(connection: Connection) -> int:
    found = connection.execute(select(counters.c.value).where(counters.c.name == _MARK)).scalar()
    return found or 0


def admit(
    connection: Connection, insert: Callable[..., Any], row: int, ticket_ids: Iterable[TicketId]
) -> None:
    counter = insert(counters).values(name=_MARK, value=row)
    connection.execute(
        counter.on_conflict_do_update(
            index_elements=["name"],
            set_={"value": counter.excluded.value},
            where=counters.c.value < counter.excluded.value,
        )
    )
    for batch in batches(sorted(ticket_ids)):
        rows = [{"ticket_id": ticket} for ticket in batch]
        connection.execute(insert(admitted).values(rows).on_conflict_do_nothing())


def uncounted(connection: Connection, insert: Callable[..., Any] | None = None, at: str = "") -> Toll:
    """Return what was done uncounted; with `insert`, nobody else changes it until the transaction ends."""
    query = select(keepsakes.c.value).where(keepsakes.c.name == _UNCOUNTED)
    if insert is not None:
        none = insert(keepsakes).values(name=_UNCOUNTED, value=encode(Toll()), at=at)
        connection.execute(none.on_conflict_do_nothing())
        query = query.with_for_update()
    found = connection.execute(query).scalar()
    return Toll() if found is None else to_toll(found)


def put_uncounted(connection: Connection, total: Toll) -> None:
    connection.execute(update(keepsakes).where(keepsakes.c.name == _UNCOUNTED).values(value=encode(total)))


def admitted_tickets(connection: Connection, limit: int, after: str) -> Sequence[TicketId]:
    """Those of them that are unfinished still."""
    waits = select(links.c.ticket_id).where(is_awaited, links.c.ticket_id == admitted.c.ticket_id).exists()
    query = (
        select(admitted.c.ticket_id)
        .join(tickets, tickets.c.id == admitted.c.ticket_id)
        .where(admitted.c.ticket_id > after, or_(is_dirty, waits))
        .order_by(admitted.c.ticket_id)
        .limit(limit)
    )
    return [TicketId(found) for found in connection.execute(query).scalars()]


def taken_up(connection: Connection, ticket_ids: Iterable[TicketId]) -> None:
    """What was decided on these is committed: what comes to them later is to be counted anew."""
    for batch in batches(ticket_ids):
        connection.execute(delete(admitted).where(admitted.c.ticket_id.in_(batch)))


def is_unsettled(connection: Connection, worker: int, system: System, remote_id: RemoteId) -> bool:
    """Whether another worker has a ticket of this replica at work, or something waits for one of them."""
    of_it = select(links.c.ticket_id).where(links.c.remote_id == remote_id, links.c.system == system)
    owners = [str(ticket) for ticket in connection.execute(of_it).scalars()]
    names = [ticket_claim(TicketId(ticket)) for ticket in owners]
    names.append(replica_claim(Replica(system, remote_id)))
    if of_others(connection, worker, names):
        return True
    waits = (
        select(inbox.c.id)
        .join(links, (links.c.system == inbox.c.system) & (links.c.remote_id == inbox.c.remote_id))
        .where(links.c.ticket_id.in_(owners))
        .limit(1)
    )
    return connection.execute(waits).first() is not None
