"""Whose clock says when a right to write was renewed: the database's, where machines share one."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from sqlalchemy import Connection, text

StoreClock: TypeAlias = Callable[[Connection], str]
"""The present instant, ISO 8601 in UTC with seconds, within a transaction."""

_DATABASES = text("SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')")

_UNIX = text("SELECT extract(epoch FROM clock_timestamp())::double precision")


def unix_seconds(connection: Connection) -> float | None:
    """Return the time by the database's clock; None where it has none (SQLite)."""
    if connection.dialect.name == "sqlite":
        return None
    return float(connection.execute(_UNIX).scalar_one())


def utc_now() -> str:
    """Return the time by this machine's clock."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def awake() -> float:
    """Return seconds of which no sleep takes any away, be it this process's or its machine's."""
    since_boot = getattr(time, "CLOCK_BOOTTIME", None)  # goes on while the machine is suspended (Linux)
    return time.monotonic() if since_boot is None else time.clock_gettime(since_boot)


def clock_of(
    *, is_sqlite: bool, now: Callable[[], str], rights: Callable[[], str] | None = None
) -> StoreClock:
    """
    Return the clock that rights to write go by: `rights`, where a test moves them by hand.

    On PostgreSQL that is the database's own, whatever clock tells the time of what happens: a machine
    whose clock is wrong neither takes the living for dead nor lets the dead hold on.
    """
    told = rights or (now if is_sqlite else None)
    if told is not None:
        return lambda _: told()
    return lambda connection: str(connection.execute(_DATABASES).scalar_one())


def seconds_between(earlier: str, later: str) -> float:
    return (datetime.fromisoformat(later) - datetime.fromisoformat(earlier)).total_seconds()


def before(moment: str, seconds: float) -> str:
    """Return the instant so many seconds before a moment."""
    return (datetime.fromisoformat(moment) - timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")
