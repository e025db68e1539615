"""What was seen and not yet planned on. Rows leave only with the commit that took them in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Row,
    Select,
    Subquery,
    and_,
    delete,
    distinct,
    exists,
    func,
    literal,
    or_,
    select,
    text,
    tuple_,
)

from hub.claiming import WAVE, Claim, feed_claim, replica_claim
from hub.cluster import Replica
from hub.model import RemoteId, System
from hub.ports import Hint
from hub.records import Staged
from hub.replica import Cursor, Observation
from hub.store.codec import encode, to_observation, word
from hub.store.statements import Statements, batches
from hub.store.tables import counters, cursors, deliveries, inbox
from hub.store.worker_tables import claims

_IN_ORDER = text(f"SELECT pg_advisory_xact_lock({0x6875_6203})")
"""Until its transaction ends, whoever puts rows in is the only one who does."""

_CLAIM = literal("replica ") + inbox.c.system + literal(":") + inbox.c.remote_id
"""What a worker claims that has a row's replica at work."""
ACCOUNTS = "/accounts"
"""Behind a system's name: its feed of accounts, which has a cursor of its own."""


def read_cursors(connection: Connection) -> Mapping[System, Cursor]:
    """Return the cursors of the feeds of tickets."""
    rows = connection.execute(select(cursors.c.system, cursors.c.cursor))
    return {System(name): Cursor(cursor) for name, cursor in rows if not name.endswith(ACCOUNTS)}


def account_cursor(connection: Connection, system: System) -> Cursor | None:
    query = select(cursors.c.cursor).where(cursors.c.system == system + ACCOUNTS)
    found = connection.execute(query).scalar_one_or_none()
    return None if found is None else Cursor(found)


def move_cursor(connection: Connection, statements: Statements, feed: str, cursor: Cursor, at: str) -> None:
    connection.execute(statements.cursor, [{"system": feed, "cursor": cursor, "at": at}])


def put(connection: Connection, observations: Iterable[Observation], at: str, tick: int = 0) -> None:
    rows = [
        {"system": o.system, "remote_id": o.remote_id, "observation": encode(o), "at": at, "tick": tick}
        for o in observations
    ]
    if rows:
        _insert(connection, rows)


def _insert(connection: Connection, rows: Sequence[Mapping[str, object]]) -> None:
    """
    Rows become visible in the order of their numbers.

    Else a page with lower numbers, committed after somebody counted what waits, would pass for counted.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(_IN_ORDER)
    connection.execute(inbox.insert(), rows)


def put_hints(
    connection: Connection, statements: Statements, hints: Iterable[Hint], at: str
) -> set[tuple[str, str]]:
    """Store each delivery once; return those that were new, by system and delivery."""
    told = {(hint.system, word(hint.delivery)): hint for hint in reversed(list(hints))}
    fresh: set[tuple[str, str]] = set()
    for some in batches(sorted(told)):  # in one order: two that were told the same never wait in a circle
        rows = [{"system": system, "delivery": delivery, "at": at} for system, delivery in some]
        fresh |= {(row.system, row.delivery) for row in connection.execute(statements.delivery, rows)}
    new = [told[key] for key in reversed(told) if key in fresh]
    if new:
        _insert(
            connection,
            [{"system": h.system, "remote_id": h.remote_id, "observation": None, "at": at} for h in new],
        )
    return fresh


def newest_hint(connection: Connection) -> int:
    """Return the last row that is a hint which no worker has at work; 0 if none waits."""
    return _last(connection, inbox.c.observation.is_(None))


def at_hand(connection: Connection, after: int, counted: int) -> int:
    """
    Return the last row after this one that no worker has at work; 0: none.

    While others bring in what is to be counted, or count it, only of what was `counted` before.
    """
    counting = exists().where(or_(claims.c.name == WAVE, claims.c.name.startswith(feed_claim(System("")))))
    return _last(connection, inbox.c.id > after, or_(~counting, inbox.c.id <= counted))


def _last(connection: Connection, *which: ColumnElement[bool]) -> int:
    """Return the last of these rows whose replica no worker has at work; 0: none."""
    query = select(inbox.c.id).where(*which, ~exists().where(claims.c.name == _CLAIM))
    return connection.execute(query.order_by(inbox.c.id.desc()).limit(1)).scalar_one_or_none() or 0


def forget_deliveries(connection: Connection, before: str) -> None:
    """Drop the ids of deliveries so old that no system repeats them any more."""
    connection.execute(delete(deliveries).where(deliveries.c.at < before))


def size(connection: Connection, after: int = 0, worker: int | None = None) -> Mapping[System, int]:
    """Return how many replicas wait; for a worker, without what others are in the midst of reading."""
    query = select(inbox.c.system, func.count(distinct(inbox.c.remote_id))).where(inbox.c.id > after)
    if worker is not None:
        query = query.where(_complete(inbox, worker))
    rows = connection.execute(query.group_by(inbox.c.system))
    return {System(system): count for system, count in rows}


class Part(NamedTuple):
    """A part of the inbox: so many replicas, in the order of their first rows of those after `since`."""

    limit: int
    after: int = 0
    """How far the parts before this one came."""
    until: int | None = None
    """Replicas for which that row is younger are no part of it."""
    since: int = 0
    """Replicas for which only rows up to this one wait are no part of it."""
    complete: bool = False
    """Nor are those of which all of that came from what another worker is in the midst of reading."""


def claim_of(system: str, remote_id: str) -> Claim:
    return replica_claim(Replica(System(system), RemoteId(remote_id)))


def waiting(connection: Connection, part: Part, worker: int | None = None) -> Sequence[Staged]:
    """Return what waits, but for what workers other than this one have claimed."""
    return _read(connection, _first(part, worker).subquery())


def free(connection: Connection, part: Part, worker: int) -> list[tuple[System, RemoteId]]:
    """Return the replicas for which something waits, and which no other worker has claimed."""
    return [
        (System(system), RemoteId(remote)) for system, remote in connection.execute(_first(part, worker))
    ]


def rows_of(connection: Connection, replicas: Iterable[tuple[System, RemoteId]]) -> Sequence[Staged]:
    """Return all that waits for these replicas."""
    found: list[Staged] = []
    for batch in batches(replicas):
        these = tuple_(inbox.c.system, inbox.c.remote_id).in_(batch)
        query = select(inbox.c.system, inbox.c.remote_id).where(these).distinct()
        found.extend(_read(connection, query.subquery()))
    return found


def _first(part: Part, worker: int | None) -> Select[tuple[str, str]]:
    other = inbox.alias()
    same = and_(other.c.system == inbox.c.system, other.c.remote_id == inbox.c.remote_id)
    earlier = exists().where(same, other.c.id > part.since, other.c.id < inbox.c.id)
    query = select(inbox.c.system, inbox.c.remote_id).where(inbox.c.id > max(part.after, part.since))
    if part.complete and worker is not None:
        query = query.where(_complete(inbox, worker))
        earlier = earlier.where(_complete(other, worker))
    query = query.where(~earlier).order_by(inbox.c.id).limit(part.limit)
    if part.until is not None:
        query = query.where(inbox.c.id <= part.until)
    if worker is not None:
        query = query.where(~exists().where(claims.c.name == _CLAIM, claims.c.worker != worker))
    return query


def _complete(row: FromClause, worker: int) -> ColumnElement[bool]:
    """Whether a row is a hint, or nothing that another worker is in the midst of reading brought."""
    feed = literal(feed_claim(System(""))) + row.c.system
    reading = exists().where(
        claims.c.name == feed,
        claims.c.worker != worker,
        counters.c.name == feed,
        counters.c.value < row.c.id,
    )
    return or_(row.c.observation.is_(None), ~reading)


def _read(connection: Connection, these: Subquery) -> list[Staged]:
    rows = connection.execute(
        select(inbox.c.id, inbox.c.system, inbox.c.remote_id, inbox.c.observation)
        .join(these, and_(inbox.c.system == these.c.system, inbox.c.remote_id == these.c.remote_id))
        .order_by(inbox.c.id)
    )
    found: dict[tuple[str, str], list[Row[tuple[int, str, str, str | None]]]] = {}
    for row in rows:
        found.setdefault((row.system, row.remote_id), []).append(row)
    return [_staged(replica, rows) for replica, rows in found.items()]


def _staged(replica: tuple[str, str], rows: Sequence[Row[tuple[int, str, str, str | None]]]) -> Staged:
    seen = [row.observation for row in rows if row.observation is not None]
    return Staged(
        system=System(replica[0]),
        remote_id=RemoteId(replica[1]),
        observations=tuple(map(to_observation, seen)),
        hinted=len(seen) < len(rows),
        rows=tuple(row.id for row in rows),
    )


def remove(connection: Connection, rows: Iterable[int]) -> None:
    for batch in batches(rows):
        connection.execute(delete(inbox).where(inbox.c.id.in_(batch)))
