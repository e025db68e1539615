"""Rotating tokens, kept where only the database's owner can read them."""

from __future__ import annotations

import stat
from pathlib import Path

from sqlalchemy import Connection, select

from hub.errors import StoreBroken
from hub.store.statements import Statements
from hub.store.tables import secrets

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def save(connection: Connection, statements: Statements, name: str, value: str) -> None:
    connection.execute(statements.secret, [{"name": name, "value": value}])


def read(connection: Connection, name: str) -> str | None:
    return connection.execute(select(secrets.c.value).where(secrets.c.name == name)).scalar_one_or_none()


def close_to_others(file: Path) -> None:
    """Take everybody else's rights on the database from it, its log and its index."""
    for path in (file, file.with_name(f"{file.name}-wal"), file.with_name(f"{file.name}-shm")):
        try:
            mode = path.stat().st_mode
            if mode & _OTHERS:
                path.chmod(stat.S_IMODE(mode) & ~_OTHERS)
        except FileNotFoundError:
            continue
        except OSError as error:
            raise StoreBroken(
                f"Others may read the store {file}, and this user may not change that "
                f"({error.strerror}). No secret was stored. Run: chmod 600 {file}"
            ) from error
