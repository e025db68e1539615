"""What a database's errors mean, and what to do about them."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError

_MEANINGS = (
    (
        ("authentication failed", "no password supplied", "permission denied", "pg_hba.conf"),
        "it does not let us in. Check user, password and rights in the address of the store",
    ),
    (
        ("connection failed", "connection timeout", "the connection", "terminating connection"),
        (
            "it cannot be reached. Check that the server runs and that host, port, user and database "
            "in the address of the store are right"
        ),
    ),
    (
        ("database is locked", "database table is locked", "database schema is locked"),
        (
            "another program has it locked. Close what else has it open (a database browser, a backup, "
            "another hub), then run this again"
        ),
    ),
    (
        ("readonly database", "read-only transaction", "read-only file system"),
        (
            "it cannot be written. Give this user the right to write the file and its directory "
            "(on PostgreSQL: connect to the primary)"
        ),
    ),
    (
        ("unable to open database file",),
        (
            "it cannot be opened. Check that its directory exists and that this user may read and "
            "write both the file and the directory"
        ),
    ),
    (
        ("file is not a database", "file is encrypted"),
        "the file is not a SQLite database. Correct the path of the store, or put a backup there",
    ),
    (
        ("malformed", "data corrupted", "invalid page"),
        (
            "it is damaged. Stop the hub, keep the file, and restore a backup; "
            "`sqlite3 FILE .recover` may save what is newer"
        ),
    ),
    (
        ("disk is full", "no space left", "disk full"),
        "the disk is full. Free some space, then run this again: nothing was written by halves",
    ),
    (
        ("disk i/o error",),
        "the disk cannot be read or written. Check it, and that the store is not on a network drive",
    ),
    (
        ("no such table", "no such column", "undefined table", "does not exist"),
        (
            "something that the hub keeps there is missing. Check that this is the hub's own database, "
            "or restore a backup"
        ),
    ),
)


def told(error: DBAPIError, where: str) -> str:
    """Say which database failed, why, and what to do; never with statements or values."""
    lines = str(error.orig).strip().splitlines()
    first = lines[0].strip() if lines else type(error.orig).__name__
    lowered = first.lower()
    for signs, meaning in _MEANINGS:
        if any(sign in lowered for sign in signs):
            return f"Cannot use {where}: {meaning}. ({first})"
    return f"{where[0].upper()}{where[1:]} refused what the hub asked: {first}"
