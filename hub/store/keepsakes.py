"""Texts that can be got again, kept so that runs need not ask for them."""

from __future__ import annotations

from sqlalchemy import Connection, select

from hub.ports import Kept
from hub.store.statements import Statements
from hub.store.tables import keepsakes


def save(connection: Connection, statements: Statements, name: str, value: str, at: str) -> None:
    connection.execute(statements.keepsake, [{"name": name, "value": value, "at": at}])


def read(connection: Connection, name: str) -> Kept | None:
    query = select(keepsakes.c.value, keepsakes.c.at).where(keepsakes.c.name == name)
    row = connection.execute(query).one_or_none()
    return None if row is None else Kept(row.value, row.at)
