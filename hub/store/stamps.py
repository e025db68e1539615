"""
As of when each replica is known, where several workers read and write it.

A worker may have read a replica before another one wrote to it, or learned something newer; what it read
is then no edit. So each reading carries the tick at which it began, each replica the tick of the
newest thing that was planned on or written; what an older reading shows is looked at again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from msgspec.structs import replace
from sqlalchemy import Connection, delete, select, text

from hub.cluster import Replica
from hub.records import Staged
from hub.store.statements import batches
from hub.store.tables import inbox
from hub.store.worker_tables import stamps

KEPT = 12 * 3600 * 1_000_000
"""For so many ticks a stamp is kept: a reading that waited longer is outdated."""

_NOW = text("SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint)")


def tick(connection: Connection) -> int:
    """Return the present tick: microseconds by the database's clock."""
    return int(connection.execute(_NOW).scalar_one())


def name_of(replica: Replica) -> str:
    return f"{replica.system}:{replica.remote_id}"


def stamp(connection: Connection, insert: Callable[..., Any], ticks: Mapping[Replica, int]) -> None:
    """Nothing that was read of these before counts from now on."""
    for batch in batches(sorted(ticks.items())):
        rows = [{"name": name_of(replica), "tick": tick} for replica, tick in batch]
        new = insert(stamps).values(rows)
        connection.execute(
            new.on_conflict_do_update(
                index_elements=["name"],
                set_={"tick": new.excluded.tick},
                where=stamps.c.tick < new.excluded.tick,
            )
        )


def outdated(connection: Connection, ticks: Mapping[Replica, int]) -> set[Replica]:
    """Return which readings of these began before the newest thing that is known of their replica."""
    oldest = tick(connection) - KEPT
    known = _known(connection, ticks)
    return {replica for replica, at in ticks.items() if at < max(oldest, known.get(replica, 0))}


def _known(connection: Connection, replicas: Collection[Replica]) -> dict[Replica, int]:
    names = {name_of(replica): replica for replica in replicas}
    found: dict[Replica, int] = {}
    for batch in batches(sorted(names)):
        rows = connection.execute(select(stamps.c.name, stamps.c.tick).where(stamps.c.name.in_(batch)))
        found.update((names[name], at) for name, at in rows)
    return found


def believed(
    connection: Connection, insert: Callable[..., Any], staged: Sequence[Staged]
) -> Sequence[Staged]:
    """
    Return what waits, the outdated readings set apart, and stamp the rest.

    That a replica is gone stays believed: nothing that the hub writes brings one back.
    """
    ticks = _ticks(connection, [row for one in staged for row in one.rows])
    oldest = tick(connection) - KEPT
    known = _known(connection, [Replica(one.system, one.remote_id) for one in staged])
    newest: dict[Replica, int] = {}
    found: list[Staged] = []
    for one in staged:
        replica = Replica(one.system, one.remote_id)
        at = min((ticks[row] for row in one.rows if row in ticks), default=0)
        if at < max(oldest, known.get(replica, 0)):
            gone = tuple(seen for seen in one.observations if seen.gone is not None)
            found.append(replace(one, observations=gone, outdated=one.observations))
        else:
            newest[replica] = max(ticks[row] for row in one.rows if row in ticks)
            found.append(one)
    stamp(connection, insert, newest)
    return found


def _ticks(connection: Connection, rows: Iterable[int]) -> dict[int, int]:
    """Return when the readings in these rows began; hints have none."""
    found: dict[int, int] = {}
    for batch in batches(rows):
        query = select(inbox.c.id, inbox.c.tick).where(
            inbox.c.id.in_(batch), inbox.c.observation.is_not(None)
        )
        found.update((row.id, row.tick) for row in connection.execute(query))
    return found


def forget(connection: Connection) -> None:
    """Drop the stamps of which no reading can be old enough to need them; not those in use just now."""
    old = select(stamps.c.name).where(stamps.c.tick < tick(connection) - KEPT)
    connection.execute(delete(stamps).where(stamps.c.name.in_(old.with_for_update(skip_locked=True))))
