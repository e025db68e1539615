"""One run at a time on one store, and no writes from a run that was believed dead."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from datetime import datetime
from uuid import uuid4

from sqlalchemy import Connection, Row, select, update

from hub.errors import StoreInUse
from hub.store.engine import Database
from hub.store.statements import Statements
from hub.store.tables import leases

EXPIRES = 120
"""Seconds without renewal after which a holder is taken for dead."""

RENEWS = 5
"""Seconds between renewals."""

NAME = "run"

PROCESS = uuid4().hex
"""Tells this process from an earlier one with the same number (in a container, always the same)."""

_row = select(leases).where(leases.c.name == NAME)


class Lease:
    """
    The right of one run to write.

    Each taking has a higher `token` than the one before; a write is refused where the store holds
    another token than the writer's, in the same transaction as the write.
    """

    def __init__(self, database: Database, statements: Statements, now: Callable[[], str]) -> None:
        self._database = database
        self._seed = statements.lease_seed
        self._upsert = statements.lease
        self._now = now
        self._token: int | None = None
        self._renewed = ""

    def take(self, holder: str) -> None:
        now = self._now()
        with self._database.writing() as connection:
            # PostgreSQL: the row must be there to be locked, or two could insert it.
            connection.execute(self._seed, _free(0))
            found = connection.execute(_row.with_for_update()).one()
            if found.holder and not _is_dead(found, now):
                raise StoreInUse(_told(found, self._database.where))
            token = found.token + 1
            row = _free(token) | {
                "holder": holder or "a run",
                "host": socket.gethostname(),
                "pid": os.getpid(),
                "process": PROCESS,
                "since": now,
                "renewed": now,
            }
            connection.execute(self._upsert, row)
        self._token, self._renewed = token, now

    def check(self, connection: Connection) -> None:
        """Renew, as part of this transaction; raise `StoreInUse` if the lease was taken over."""
        if self._token is None:
            return
        # Shared lock: on PostgreSQL a taking waits until this transaction has ended.
        found = connection.execute(_row.with_for_update(read=True)).one()
        if found.token != self._token:
            raise StoreInUse(
                f"This run stopped renewing its hold on {self._database.where} and another one "
                f"took it over; nothing more is written. {_told(found, self._database.where)}"
            )
        now = self._now()
        if _seconds(self._renewed, now) >= RENEWS:
            connection.execute(update(leases).where(leases.c.name == NAME).values(renewed=now))
            self._renewed = now

    def wait(self, connection: Connection) -> None:
        """
        Wait until no transaction of a run is under way, nor begins before this one has ended.

        For what people ask beside a run: on PostgreSQL, a run that read before it and writes after
        it would else undo it. (SQLite lets only one write at a time.)
        """
        connection.execute(select(leases.c.name).where(leases.c.name == NAME).with_for_update())

    def release(self) -> None:
        """Free it, if it is still ours."""
        token, self._token = self._token, None
        if token is None:
            return
        with self._database.writing() as connection:
            connection.execute(
                update(leases).where(leases.c.name == NAME, leases.c.token == token).values(holder="")
            )


def _free(token: int) -> dict[str, object]:
    return {
        "name": NAME,
        "token": token,
        "holder": "",
        "host": "",
        "pid": 0,
        "process": "",
        "since": "",
        "renewed": "",
    }


def _is_dead(found: Row[tuple[object, ...]], now: str) -> bool:
    if _seconds(found.renewed, now) > EXPIRES:
        return True
    if found.host != socket.gethostname() or found.process == PROCESS:
        return False
    return found.pid == os.getpid() or not _runs(found.pid)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True  # somebody else's process: it runs
    return True


def _seconds(earlier: str, later: str) -> float:
    return (datetime.fromisoformat(later) - datetime.fromisoformat(earlier)).total_seconds()


def _told(found: Row[tuple[object, ...]], where: str) -> str:
    return (
        f"{where[0].upper()}{where[1:]} is in use by {found.holder}, process {found.pid} on "
        f"{found.host}, since {found.since}. Wait until it ends, or stop that process; a process "
        f"that died is noticed within {EXPIRES} seconds."
    )
