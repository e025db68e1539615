"""
The right to write: of one run alone, or of several workers beside each other.

A run that was taken for dead writes nothing more: each right has a number, and a write is refused where
the store does not hold that number any more, in the same transaction as the write.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Row, Select, delete, select, update

from hub.errors import StoreInUse
from hub.store.clock import StoreClock, awake, before, seconds_between
from hub.store.engine import Database
from hub.store.statements import Statements
from hub.store.tables import leases
from hub.store.worker_tables import workers

EXPIRES = 120
"""Seconds without renewal after which a holder is taken for dead."""

SETTLES = 20
"""
Seconds that a dead worker's claims stay: what it asked of a system may be on its way still, and must not
come after what another worker asks. (A run that has the store alone is followed by one that first looks.)
"""

RENEWS = 5
"""Seconds between renewals."""

STILL = 40.0
"""
Seconds after a renewal within which systems are asked without asking the store first whether we still may.

Whoever slept longer than that (a stopped process, a suspended machine) finds out before it writes.
"""

PATIENCE = EXPIRES + 15.0
"""Seconds that a run which wants the store for itself waits for workers to end, or to be taken for dead."""

WISHES = 10
"""Seconds for which workers let a run go first that wants the store for itself; it renews its wish."""

NAME = "run"
WISH = "wish"

PROCESS = uuid4().hex
"""Tells this process from an earlier one with the same number (in a container, always the same)."""

FALLEN = "fallen"
"""In the place of a worker's process: it is gone, and what it claimed is free when its row expires."""

_HELD: set[str] = set()
"""
The rights that this process has, each by a name of its own.

One that bears its number and is not among them is nobody's: the database was away when it was to be let go.
"""

_POLL = 0.2
_row = select(leases).where(leases.c.name == NAME)
_wish = select(leases.c.process, leases.c.renewed).where(leases.c.name == WISH)


class Lease:
    """
    The right to write, as one opened store has it: alone, as one worker of several, or not at all.

    Each taking has a higher number than the one before.
    """

    def __init__(
        self,
        database: Database,
        statements: Statements,
        clock: StoreClock,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._database = database
        self._seed = statements.lease_seed
        self._upsert = statements.lease
        self._now = clock
        self._sleep = sleep
        self._token: int | None = None
        self._worker: int | None = None
        self._renewed = ""
        self._seen = 0.0
        self._name = ""

    @property
    def worker(self) -> int | None:
        """The number under which this one works beside others; None: alone, or not at all."""
        return self._worker

    # taking ---------------------------------------------------------------------------------------

    def take(self, holder: str) -> None:
        """Hold the store alone. Waits `PATIENCE` for workers to end, who begin nothing new meanwhile."""
        waited = 0.0
        while True:
            at_work = self._taken(holder)
            if not at_work:
                return
            if waited >= PATIENCE:
                raise StoreInUse(told(at_work[0], self._database.where))
            self._sleep(_POLL)
            waited += _POLL

    def _taken(self, holder: str) -> Sequence[Row[tuple[object, ...]]]:
        """Take it; where workers are at it, say instead that it is wanted, and return who they are."""
        with self._taking() as connection:
            found, now = self._free(connection)
            at_work = self._at_work(connection, now)
            if at_work:
                connection.execute(self._upsert, self._somebody(WISH, 0, holder, now))
                return at_work
            token = found.token + 1
            connection.execute(self._upsert, self._somebody(NAME, token, holder or "a run", now))
            connection.execute(delete(leases).where(leases.c.name == WISH))
        self._token, self._renewed = token, now
        return ()

    def join(self, holder: str) -> None:
        """Become one of the workers. On SQLite, which one program at a time writes to, alone."""
        if self._database.is_sqlite:
            self.take(holder)
            return
        with self._taking() as connection:
            found, now = self._free(connection)
            wish = connection.execute(_wish).first()
            if wish is not None and seconds_between(wish.renewed, now) < WISHES:
                raise StoreInUse(
                    f"{self._database.where[0].upper()}{self._database.where[1:]} is wanted by a run that "
                    "works alone; workers go on after it."
                )
            _ = self._at_work(connection, now)  # the claims of the dead are free from here on
            if found.holder:  # it died: what it may still write is refused
                connection.execute(self._upsert, _nobody(found.token + 1))
            mine = self._somebody(NAME, 0, holder, now)
            row = {k: v for k, v in mine.items() if k not in ("name", "token")}
            made = connection.execute(workers.insert().values(row).returning(workers.c.id))
            self._worker = made.scalar_one()
        self._renewed = now

    @contextmanager
    def _taking(self) -> Generator[Connection]:
        """Nothing that was not taken for sure is ours: a commit without an answer holds nobody up."""
        began = awake()
        try:
            with self._database.writing() as connection:
                yield connection
        except BaseException:
            _HELD.discard(self._name)
            raise
        self._seen = began

    def _free(self, connection: Connection) -> tuple[Row[tuple[object, ...]], str]:
        """Return the lease's row, locked; raise `StoreInUse` if somebody who lives holds it."""
        # PostgreSQL: the row must be there to be locked, or two could insert it.
        connection.execute(self._seed, _nobody(0))
        found = connection.execute(_row.with_for_update()).one()
        now = self._now(connection)
        if found.holder and not _is_dead(found, now):
            raise StoreInUse(told(found, self._database.where))
        return found, now

    def _at_work(self, connection: Connection, now: str) -> Sequence[Row[tuple[object, ...]]]:
        """Return the workers that live; those that died are struck off, and what they claimed is free."""
        found = connection.execute(select(workers).order_by(workers.c.id)).all()
        fallen = [one.id for one in found if _is_dead(one, now) and _seems_alive(one, now)]
        if fallen:
            soon = before(now, EXPIRES - SETTLES)
            row = {"process": FALLEN, "renewed": soon}
            connection.execute(update(workers).where(workers.c.id.in_(fallen)).values(row))
        dead = [one.id for one in found if _is_dead(one, now) and one.id not in fallen]
        if dead:  # waits for a transaction of theirs that is under way
            connection.execute(delete(workers).where(workers.c.id.in_(dead)))
        return [one for one in found if one.id not in dead]

    # writing --------------------------------------------------------------------------------------

    @contextmanager
    def writing(self) -> Generator[Connection]:
        """Write in one transaction, and renew; raise `StoreInUse` if the right was taken over."""
        began = awake()
        with self._database.writing() as connection:
            self._check(connection)
            yield connection
        self._seen = began

    def still(self) -> None:
        """Raise `StoreInUse` if the right was taken over, as far as that may have happened by now."""
        ours_alone = (self._token is None and self._worker is None) or self._database.in_memory
        if ours_alone or awake() - self._seen < STILL:
            return
        with self.writing():
            pass

    def _check(self, connection: Connection) -> None:
        if self._token is None and self._worker is None:
            return
        now = self._now(connection)
        due = seconds_between(self._renewed, now) >= RENEWS
        # Shared lock: on PostgreSQL a taking waits until this transaction has ended. Who is to renew the
        # row locks it for that at once: two threads that share it could not both go on to change it.
        if self._worker is not None:
            found = connection.execute(_row.with_for_update(read=True)).one()
            mine = select(workers.c.id).where(workers.c.id == self._worker)
            ours = connection.execute(_locked(mine, due)).first() is not None
        else:
            found = connection.execute(_locked(_row, due)).one()
            ours = found.token == self._token
        if not ours:
            raise StoreInUse(self._lost(found))
        if due:
            self._renew(connection, now)

    def _lost(self, found: Row[tuple[object, ...]]) -> str:
        who = told(found, self._database.where) if found.holder else ""
        return (
            f"This run stopped renewing its hold on {self._database.where} and another one "
            f"took it over; nothing more is written. {who}".rstrip()
        )

    def _renew(self, connection: Connection, now: str) -> None:
        if self._worker is not None:
            connection.execute(update(workers).where(workers.c.id == self._worker).values(renewed=now))
        else:
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
        """Free what is ours, if it is still ours."""
        token, worker, self._token, self._worker = self._token, self._worker, None, None
        _HELD.discard(self._name)
        if token is None and worker is None:
            return
        with self._database.writing() as connection:
            if worker is not None:
                connection.execute(delete(workers).where(workers.c.id == worker))
            else:
                connection.execute(
                    update(leases).where(leases.c.name == NAME, leases.c.token == token).values(holder="")
                )

    def _somebody(self, name: str, token: int, holder: str, now: str) -> dict[str, object]:
        """Return the row of a right of ours; from here on this process knows of it."""
        _HELD.discard(self._name)
        self._name = f"{PROCESS}-{uuid4().hex}"
        _HELD.add(self._name)
        return {
            "name": name,
            "token": token,
            "holder": holder,
            "host": socket.gethostname(),
            "pid": os.getpid(),
            "process": self._name,
            "since": now,
            "renewed": now,
        }


def _locked(row: Select[Any], due: bool) -> Select[Any]:
    return row.with_for_update(key_share=True) if due else row.with_for_update(read=True)


def _nobody(token: int) -> dict[str, object]:
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


def _seems_alive(found: Row[tuple[object, ...]], now: str) -> bool:
    """
    Whether only its process tells that it is dead, which says nothing of what it had asked for.

    Of a run of this very process it does: that has come to its end.
    """
    return not str(found.process).startswith(PROCESS) and seconds_between(found.renewed, now) <= EXPIRES


def _is_dead(found: Row[tuple[object, ...]], now: str) -> bool:
    if seconds_between(found.renewed, now) > EXPIRES:
        return True
    if found.process == FALLEN:
        return False
    if found.host != socket.gethostname():
        return False
    if found.pid == os.getpid():
        return found.process not in _HELD
    return not _runs(found.pid)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True  # somebody else's process: it runs
    return True


def told(found: Row[tuple[object, ...]], where: str) -> str:
    """Say who has the store, and what to do."""
    return (
        f"{where[0].upper()}{where[1:]} is in use by {found.holder}, process {found.pid} on "
        f"{found.host}, since {found.since}. Wait until it ends, or stop that process; a process "
        f"that died is noticed within {EXPIRES} seconds."
    )
