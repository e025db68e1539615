"""What was seen and not yet planned on. Rows leave only with the commit that took them in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, Row, and_, delete, distinct, exists, func, select

from hub.model import RemoteId, System
from hub.ports import Hint
from hub.records import Staged
from hub.replica import Cursor, Observation
from hub.store.codec import encode, to_observation
from hub.store.statements import Statements, batches
from hub.store.tables import cursors, deliveries, inbox

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


def put(connection: Connection, observations: Iterable[Observation], at: str) -> None:
    rows = [
        {"system": o.system, "remote_id": o.remote_id, "observation": encode(o), "at": at}
        for o in observations
    ]
    if rows:
        connection.execute(inbox.insert(), rows)


def put_hints(connection: Connection, statements: Statements, hints: Iterable[Hint], at: str) -> int:
    """Store each delivery once; return how many were new."""
    new = 0
    for hint in hints:
        row = {"system": hint.system, "delivery": hint.delivery, "at": at}
        if connection.execute(statements.delivery, row).first() is None:
            continue
        new += 1
        connection.execute(
            inbox.insert(),
            {"system": hint.system, "remote_id": hint.remote_id, "observation": None, "at": at},
        )
    return new


def forget_deliveries(connection: Connection, before: str) -> None:
    """Drop the ids of deliveries so old that no system repeats them any more."""
    connection.execute(delete(deliveries).where(deliveries.c.at < before))


def size(connection: Connection) -> Mapping[System, int]:
    rows = connection.execute(
        select(inbox.c.system, func.count(distinct(inbox.c.remote_id))).group_by(inbox.c.system)
    )
    return {System(system): count for system, count in rows}


def claim(connection: Connection, limit: int, after: int) -> Sequence[Staged]:
    earlier = inbox.alias()
    first = (
        select(inbox.c.system, inbox.c.remote_id)
        .where(
            inbox.c.id > after,
            ~exists().where(
                earlier.c.system == inbox.c.system,
                earlier.c.remote_id == inbox.c.remote_id,
                earlier.c.id < inbox.c.id,
            ),
        )
        .order_by(inbox.c.id)
        .limit(limit)
        .subquery()
    )
    rows = connection.execute(
        select(inbox.c.id, inbox.c.system, inbox.c.remote_id, inbox.c.observation)
        .join(first, and_(inbox.c.system == first.c.system, inbox.c.remote_id == first.c.remote_id))
        .order_by(inbox.c.id)
    )
    waiting: dict[tuple[str, str], list[Row[tuple[int, str, str, str | None]]]] = {}
    for row in rows:
        waiting.setdefault((row.system, row.remote_id), []).append(row)
    return [_staged(replica, rows) for replica, rows in waiting.items()]


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
