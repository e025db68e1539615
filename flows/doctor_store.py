"""The doctor on the store: can it be opened as it is, written to, and does it have room."""

from __future__ import annotations

import shutil
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, make_url, text

from flows.doctor_findings import Finding, Part, clocks_apart
from flows.wires import utc_now
from hub.settings import Settings
from hub.store import SqlStore, open_store
from hub.store.audit_seals import end
from hub.store.secrets import plain
from hub.vitals import seconds_between

_LEAST, _LITTLE = 200_000_000, 2_000_000_000
"""Bytes."""
_LARGE_WAL = 256_000_000
_OLDEST, _OLD = 120_000, 140_000
"""PostgreSQL's versions as it numbers them."""
_BUSY = 0.8


def of_store(settings: Settings) -> Iterator[Finding]:
    """Yield how the store is. It is neither made nor migrated here."""
    part, url = Part("store"), make_url(settings.store_url)
    file = Path(str(url.database)) if url.get_backend_name() == "sqlite" and url.database else None
    if file is not None and not file.exists():
        yield part.warn(f"{file} is not there yet", "`hub sync` makes it; or correct `url` under [store]")
        return
    store = open_store(settings.store_url, migrate=False)
    try:
        yield part.ok("its tables are those of this software")
        store.try_write()
        yield part.ok("it can be written to")
        if file is not None:
            yield from _file(part, file)
        else:
            yield from _server(part, store)
        yield from _held(part, store)
        yield from _guarded(part, store, settings)
    finally:
        store.close()


def _guarded(part: Part, store: SqlStore, settings: Settings) -> Iterator[Finding]:
    """Whether tokens in it can be read, and whether the end of the audit trail is as the hub left it."""
    with store.reading() as connection:
        readable = plain(connection)
        _, fault = end(connection, settings.audit.keys)
    if readable and not settings.store.keys:
        what = f"{readable} tokens lie in it in plain text: whoever reads it or its backup has them"
        yield part.warn(what, "give [store] a `key`: `openssl rand -hex 32` makes one (docs/security.md)")
    elif readable:
        yield part.ok(f"{readable} tokens are encrypted as soon as they are renewed")
    if fault is not None:
        yield part.fail(f"the audit trail: {fault.said}", "`hub audit verify` says more (docs/audit.md)")


def _file(part: Part, file: Path) -> Iterator[Finding]:
    free, size = shutil.disk_usage(file.parent).free, file.stat().st_size
    told = f"{free / 1e9:.1f} GB are free for a store of {size / 1e9:.2f} GB"
    if free < _LEAST:
        yield part.fail(told, "make room on this disk: the hub stops where it cannot write")
    elif free < max(_LITTLE, size):
        yield part.warn(told, "make room on this disk before it is needed")
    else:
        yield part.ok(told)
    wal = file.with_name(f"{file.name}-wal")
    if wal.exists() and wal.stat().st_size > _LARGE_WAL:
        yield part.warn(
            f"its write-ahead log has {wal.stat().st_size / 1e6:.0f} MB: something reads for very long",
            "end what keeps the file open (a backup, a shell of sqlite3)",
        )
    if stat.S_IMODE(file.stat().st_mode) & 0o077:
        yield part.warn(f"others on this machine may read {file}", f"chmod 600 {file}")


def _server(part: Part, store: SqlStore) -> Iterator[Finding]:
    with store.reading() as connection:
        number = int(_one(connection, "SHOW server_version_num"))
        name = str(_one(connection, "SHOW server_version"))
        now = _one(connection, "SELECT extract(epoch FROM clock_timestamp())")
        used = int(
            _one(connection, "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'")
        )
        most = int(_one(connection, "SHOW max_connections"))
        above = bool(_one(connection, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"))
    if number < _OLDEST:
        yield part.fail(
            f"PostgreSQL {name} is too old", "PostgreSQL 14 or newer is what the hub is tested on"
        )
    elif number < _OLD:
        yield part.warn(
            f"PostgreSQL {name} gets no fixes any more", "go to a version that its makers still mend"
        )
    else:
        yield part.ok(f"PostgreSQL {name}")
    if above:
        yield part.warn("the hub's user is a superuser", "give it a database of its own, and no more rights")
    if used > _BUSY * most:
        yield part.warn(
            f"{used} of {most} connections are in use", "raise max_connections, or run fewer workers"
        )
    else:
        yield part.ok(f"{used} of {most} connections are in use")
    from time import time  # noqa: PLC0415  beside the database's word, not before

    yield clocks_apart(part, time() - float(now))


def _one(connection: Connection, query: str) -> Any:
    return connection.execute(text(query)).scalar_one()


def _held(part: Part, store: SqlStore) -> Iterator[Finding]:
    vitals = store.vitals()
    if not vitals.holder:
        return
    quiet = seconds_between(vitals.renewed, utc_now())
    if quiet > 120:  # noqa: PLR2004  as long as a lease holds
        yield part.warn(
            f"{vitals.holder} holds the store and was last heard of at {vitals.renewed}",
            "the next run takes over from who died",
        )
    else:
        yield part.ok(f"{vitals.holder} works on it")
