"""A PostgreSQL server of our own, that may be killed: on loopback, in a folder that goes away with it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psycopg

LONGEST_START = 60.0
"""Seconds within which a server that died must have recovered."""


def programs() -> Path | None:
    """Where `initdb` and `pg_ctl` are; None: there is no PostgreSQL on this machine."""
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: float(p.parts[-3]))
    return versions[-1].parent if versions else None


class Postgres:
    """A server that starts, dies in three ways, and comes back. `url`: where a hub finds its store."""

    def __init__(self, bin_folder: Path) -> None:
        self._bin = bin_folder
        self._folder = Path(tempfile.mkdtemp(prefix="chaos-pg-"))
        self._data = self._folder / "db"
        self._as: list[str] = []
        if os.geteuid() == 0:  # PostgreSQL does not run as root
            shutil.chown(self._folder, "postgres")
            self._as = ["runuser", "-u", "postgres", "--"]
        self.port = _free_port()
        self._run("initdb", "-D", str(self._data), "-A", "trust", "-U", "hub", "--no-sync")
        self.start()

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://hub@127.0.0.1:{self.port}/postgres"

    @property
    def _dsn(self) -> str:
        return f"host=127.0.0.1 port={self.port} user=hub dbname=postgres connect_timeout=2"

    def _run(self, program: str, *words: str) -> subprocess.CompletedProcess[bytes]:
        line = [*self._as, str(self._bin / program), *words]
        return subprocess.run(line, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd="/")

    def start(self) -> None:
        """Start the server, and recover what it had committed if it died. Returns once it takes connections."""
        options = (
            f"-p {self.port} -k {self._folder} -c listen_addresses=127.0.0.1 -c fsync=off "
            "-c synchronous_commit=on -c max_connections=60 -c shared_buffers=64MB"
        )
        deadline = time.monotonic() + LONGEST_START
        while True:
            try:
                log = str(self._folder / "log")
                _ = self._run("pg_ctl", "-D", str(self._data), "-o", options, "-l", log, "-w", "start")
            except subprocess.CalledProcessError:  # children of one that was killed may still be about
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)
            else:
                return

    def stop_at_once(self) -> None:
        """Stop without a check-point, as a power cut does; the next start recovers from the log."""
        self._run("pg_ctl", "-D", str(self._data), "-m", "immediate", "-w", "stop")

    def kill(self) -> None:
        """`kill -9` the server and all of its processes."""
        parent = self._pid()
        everyone = [parent, *_children(parent)]
        for pid in everyone:
            _kill(pid)
        deadline = time.monotonic() + LONGEST_START
        while any(Path(f"/proc/{pid}").exists() for pid in everyone) and time.monotonic() < deadline:
            time.sleep(0.02)
        (self._data / "postmaster.pid").unlink(missing_ok=True)

    def kill_one(self) -> None:
        """`kill -9` the process of one connection: the server ends all others, and recovers by itself."""
        with psycopg.connect(self._dsn, autocommit=True) as connection:
            row = connection.execute(
                "select pid from pg_stat_activity where backend_type = 'client backend' "
                "and pid <> pg_backend_pid() order by state = 'active' desc, backend_start limit 1"
            ).fetchone()
        if row is not None:
            _kill(int(row[0]))

    def cut(self) -> None:
        """Cut every connection, in the midst of whatever it does."""
        with psycopg.connect(self._dsn, autocommit=True) as connection:
            _ = connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity "
                "where backend_type = 'client backend' and pid <> pg_backend_pid()"
            )

    def takes_writes(self, allowed: bool) -> None:
        """Refuse every write, as a full disk does; or take them again. Open connections are cut."""
        with psycopg.connect(self._dsn, autocommit=True) as connection:
            _ = connection.execute("set default_transaction_read_only = off")
            value = "off" if allowed else "on"
            _ = connection.execute(f"alter database postgres set default_transaction_read_only = {value}")
        self.cut()

    def ask(self, statement: str) -> list[tuple[object, ...]]:
        with psycopg.connect(self._dsn, autocommit=True) as connection:
            return connection.execute(statement.encode()).fetchall()

    def close(self) -> None:
        for stop in (self.stop_at_once, self.kill):
            if _quietly(stop):
                break
        shutil.rmtree(self._folder, ignore_errors=True)

    def _pid(self) -> int:
        return int((self._data / "postmaster.pid").read_text().splitlines()[0])


def _quietly(act: Callable[[], None]) -> bool:
    try:
        act()
    except (subprocess.CalledProcessError, OSError):
        return False
    return True


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _children(parent: int) -> list[int]:
    found: list[int] = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            words = status.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(words[1]) == parent:
            found.append(int(status.parts[2]))
    return found


def _free_port() -> int:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return int(bound.getsockname()[1])
