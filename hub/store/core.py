"""What every part of the store stands on: the database, the lease on it, and the ways to write."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager, nullcontext
from typing import Any

from sqlalchemy import Connection

from hub.model import RemoteId, System
from hub.store import claims
from hub.store.clock import clock_of, utc_now
from hub.store.engine import Database
from hub.store.heartbeat import beating
from hub.store.lease import Lease
from hub.store.statements import Statements


class Core:
    """An opened database. Methods may be called from any thread."""

    def __init__(
        self,
        database: Database,
        now: Callable[[], str] = utc_now,
        rights: Callable[[], str] | None = None,
    ) -> None:
        self._database = database
        self._statements = Statements(database.insert)
        clock = clock_of(is_sqlite=database.is_sqlite, now=now, rights=rights)
        self._beats = rights is None and not database.in_memory and (now is utc_now or not database.is_sqlite)
        self._lease = Lease(database, self._statements, clock)
        self._now = now

    @contextmanager
    def lease(self, holder: str) -> Generator[None]:
        self._lease.take(holder)
        with self._holding():
            yield

    @contextmanager
    def work(self, holder: str) -> Generator[None]:
        self._lease.join(holder)
        with self._holding():
            yield

    @contextmanager
    def _holding(self) -> Generator[None]:
        """Keep the right to write alive while a vendor is slow, and free it at the end."""
        try:
            with beating(self._lease) if self._beats else nullcontext():
                yield
        finally:
            self._lease.release()

    def still(self) -> None:
        self._lease.still()

    def now(self) -> str:
        """Return the time, by the clock that the store was opened with."""
        return self._now()

    @property
    def insert(self) -> Callable[..., Any]:
        """The dialect's `insert`, which knows `on_conflict_do_update`."""
        return self._database.insert

    @contextmanager
    def reading(self) -> Generator[Connection]:
        """See one moment of the database."""
        with self._database.reading() as connection:
            yield connection

    @contextmanager
    def fenced(self) -> Generator[Connection]:
        """Write in one transaction, if the store is still ours; a connector that keeps its data here does."""
        with self._fenced() as connection:
            yield connection

    def is_unsettled(self, connection: Connection, system: System, remote_id: RemoteId) -> bool:
        """
        Whether somebody may be about to change what a replica's tickets show: another worker has them, or
        something waits for them. Where one run does all there is, it has seen to that.
        """
        worker = self._lease.worker
        return worker is not None and claims.is_unsettled(connection, worker, system, remote_id)

    @contextmanager
    def beside(self) -> Generator[Connection]:
        """Write what a person asks, whoever holds the store, between two writes of theirs."""
        with self._beside() as connection:
            yield connection

    @contextmanager
    def _fenced(self) -> Generator[Connection]:
        """Write, if the store is still ours."""
        with self._lease.writing() as connection:
            yield connection

    @contextmanager
    def _beside(self) -> Generator[Connection]:
        """Write what a person asks, whoever holds the store, between two writes of theirs."""
        with self._database.writing() as connection:
            self._lease.wait(connection)
            yield connection

    def close(self) -> None:
        self._database.close()
