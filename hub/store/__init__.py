"""The store: what the hub remembers, in SQLite or PostgreSQL. `open_store` is its door."""

from __future__ import annotations

from collections.abc import Callable

from hub.store.clock import utc_now
from hub.store.engine import Database
from hub.store.secrets import NO_KEYS, Cipher, Keys
from hub.store.store import SqlStore
from hub.store.versions import prepare

__all__ = ["NO_KEYS", "Keys", "SqlStore", "open_store"]


def open_store(
    url: str,
    *,
    migrate: bool = True,
    now: Callable[[], str] = utc_now,
    keys: Keys = NO_KEYS,
    rights: Callable[[], str] | None = None,
) -> SqlStore:
    """
    Open the store at a database URL (or the path of a SQLite file), making its tables if needed.

    Without `migrate`, tables of an older version raise `StoreBroken` instead of being changed. With
    `keys`, tokens are encrypted in it, and the audit trail is signed. `rights`: a clock for rights to
    write in the place of the one that they go by (`hub.store.clock.clock_of`).
    """
    database = Database(url)
    try:
        prepare(database, migrate=migrate)
    except BaseException:
        database.close()
        raise
    store = SqlStore(database, now, rights)
    store.cipher, store.audit_keys = Cipher(keys.secrets), keys.audit
    return store
