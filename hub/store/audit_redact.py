"""Redaction: rows that were lawfully changed get a new seal, and the salt of the old one is erased."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select, update

from hub.audit import Source
from hub.store.audit_seals import HOW, append, end, lock
from hub.store.audit_tables import seals
from hub.store.statements import batches


def redact(
    connection: Connection, changed: Mapping[Source, Iterable[Any]], keys: Sequence[str], now: str
) -> int:
    """
    Seal these rows as they are now, in the place of the seals that they have; return how many there were.

    A row that has no seal yet is sealed with the others, as it is now.
    """
    lock(connection)
    tail, fault = end(connection, keys)
    if fault is not None:
        return 0  # the chain is broken: what it says of these rows stays wrong, and is told by `verify`
    given: list[tuple[str, str, Sequence[str], int]] = []
    for source, rows in changed.items():
        for batch in batches(sorted(str(row) for row in rows)):
            given += _again(connection, source, batch)
    for batch in batches([old for _, _, _, old in given]):
        connection.execute(update(seals).where(seals.c.n.in_(batch)).values(salt=""))
    _ = append(connection, tail, given, keys, now)
    return len(given)


def _again(
    connection: Connection, source: Source, names: Sequence[str]
) -> list[tuple[str, str, Sequence[str], int]]:
    query = select(seals.c.row, seals.c.n).where(seals.c.source == source, seals.c.row.in_(names))
    standing = {row.row: int(row.n) for row in connection.execute(query.order_by(seals.c.n))}
    table, said, _ = HOW[source]
    wanted = [name if source == "run" else int(name) for name in standing]
    rows = connection.execute(select(table).where(table.c.id.in_(wanted))) if wanted else ()
    return [(source, str(row.id), said(row), standing[str(row.id)]) for row in rows]
