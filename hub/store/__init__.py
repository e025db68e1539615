"""The store: what the hub remembers, in SQLite or PostgreSQL. `open_store` is its door."""

from __future__ import annotations

from collections.abc import Callable

from hub.store.core import utc_now
from hub.store.engine import Database
from hub.store.store import SqlStore
from hub.store.versions import prepare

__all__ = ["SqlStore", "open_store"]


def open_store(url: str, *, migrate: bool = True, now: Callable[[], str] = utc_now) -> SqlStore:
    """
    Open the store at a database URL (or the path of a SQLite file), making its tables if needed.

    Without `migrate`, tables of an older version raise `StoreBroken` instead of being changed.
    """
    database = Database(url)
    try:
        prepare(database, migrate=migrate)
    except BaseException:
        database.close()
        raise
    return SqlStore(database, now)
