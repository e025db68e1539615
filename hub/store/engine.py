"""A database, opened: connections, transactions, and what its errors mean to a person."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.exc import TimeoutError as NoneFree
from sqlalchemy.pool import StaticPool

from hub.errors import StoreBroken
from hub.store.failures import told

LOCK_SECONDS = 15.0
"""How long to wait for another program's lock on a SQLite file."""

_PRAGMAS = (
    "PRAGMA page_size = 8192",
    "PRAGMA journal_mode = WAL",
    # Not NORMAL: what was committed is then asked of the systems, so it must outlive a power cut too.
    "PRAGMA synchronous = FULL",
    "PRAGMA wal_autocheckpoint = 2000",  # 16 MB: a batch must not wait for its own check-point
    "PRAGMA foreign_keys = ON",
    "PRAGMA cache_size = -16000",
    "PRAGMA temp_store = MEMORY",
)


class Database:
    """One database. `reading` sees one moment of it; what `writing` does happens whole or not at all."""

    def __init__(self, url: str) -> None:
        parsed = _parse(url)
        self.where = _describe(parsed)
        self.file = _sqlite_file(parsed)
        if self.file is not None:
            _make_private(self.file, self.where)
        try:
            engine = _sqlite(parsed) if _is_sqlite(parsed) else _postgresql(parsed)
        except (ImportError, NoSuchModuleError) as error:
            raise StoreBroken(_no_driver(parsed, self.where)) from error
        self.is_sqlite = _is_sqlite(parsed)
        self.in_memory = _in_memory(parsed)
        # Not both by name: the other dialect would cost every start 25 ms.
        dialect = import_module(f"sqlalchemy.dialects.{parsed.get_backend_name()}")
        self.insert: Callable[..., Any] = dialect.insert
        self._reads = (
            engine
            if self.is_sqlite
            else engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        )
        self._writes = engine.execution_options(hub_writes=True)

    @contextmanager
    def reading(self) -> Generator[Connection]:
        with self._explained(), self._reads.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Generator[Connection]:
        with self._explained(), self._writes.begin() as connection:
            yield connection

    def compact(self) -> None:
        """Rewrite the database without what was removed. It takes as long as copying it."""
        with self._explained(), self._reads.connect() as connection:
            raw: Any = connection.connection.dbapi_connection
            if self.is_sqlite:
                raw.execute("VACUUM")
                raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
                return
            connection.rollback()
            raw.autocommit = True
            try:
                raw.execute("VACUUM")
            finally:
                raw.autocommit = False

    def close(self) -> None:
        self._reads.dispose()

    @contextmanager
    def _explained(self) -> Generator[None]:
        try:
            yield
        except DBAPIError as error:
            raise StoreBroken(told(error, self.where)) from error
        except NoneFree as error:
            raise StoreBroken(
                f"Cannot use {self.where}: none of this process's connections to it came free in time."
            ) from error


def _parse(url: str) -> URL:
    text = url if "://" in url else f"sqlite:///{url}"
    try:
        parsed = make_url(text)
    except (ArgumentError, ValueError):
        # The parser's own message would repeat the URL, and with it the password.
        raise StoreBroken(
            "The address of the store is not a database URL. Write a path, sqlite:///hub.sqlite3, "
            "or postgresql://user@host/database."
        ) from None
    if parsed.drivername in {"postgres", "postgresql"}:
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() not in {"sqlite", "postgresql"}:
        raise StoreBroken(
            f"The store cannot be kept in {parsed.get_backend_name()}. "
            "Use sqlite:///hub.sqlite3 or postgresql://user@host/database."
        )
    return parsed


def _is_sqlite(url: URL) -> bool:
    return url.get_backend_name() == "sqlite"


def _in_memory(url: URL) -> bool:
    return _is_sqlite(url) and url.database in {None, "", ":memory:"}


def _sqlite_file(url: URL) -> Path | None:
    if not _is_sqlite(url) or _in_memory(url) or "uri" in url.query:
        return None
    return Path(str(url.database))


def _describe(url: URL) -> str:
    """Name the database as people do, without the password."""
    if _in_memory(url):
        return "the store in memory"
    if _is_sqlite(url):
        return f"the SQLite store {url.database}"
    place = f"{url.host or 'this machine'}{f':{url.port}' if url.port else ''}"
    return f"the PostgreSQL store {url.database or ''} on {place}"


def _no_driver(url: URL, where: str) -> str:
    return (
        f"Cannot open {where}: the driver for {url.get_backend_name()} is not installed. "
        'Install it with: pip install "support-sync-hub[postgres]"'
    )


def _make_private(file: Path, where: str) -> None:
    """Create the file before SQLite does, so that nobody else can read it at any moment."""
    try:
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        pass
    except FileNotFoundError:
        raise StoreBroken(
            f"Cannot create {where}: the directory {file.parent} does not exist. "
            "Create it, or correct the path of the store."
        ) from None
    except OSError as error:
        raise StoreBroken(
            f"Cannot create {where}: {error.strerror}. "
            f"Give this user the right to write in {file.parent}, or choose another path."
        ) from None


def _sqlite(url: URL) -> Engine:
    url = url if "timeout" in url.query else url.update_query_dict({"timeout": str(LOCK_SECONDS)})
    if _in_memory(url):
        engine = create_engine(
            url,
            hide_parameters=True,
            poolclass=StaticPool,
            connect_args={"check_same_thread": False},
        )
    else:
        engine = create_engine(url, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # the driver must not begin transactions of its own
        for pragma in _PRAGMAS:
            connection.execute(pragma)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A transaction that reads first and writes later could not get the lock without failing.
        writes = connection.get_execution_options().get("hub_writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _postgresql(url: URL) -> Engine:
    url = url if "connect_timeout" in url.query else url.update_query_dict({"connect_timeout": "10"})
    return create_engine(url, hide_parameters=True, pool_pre_ping=True)
