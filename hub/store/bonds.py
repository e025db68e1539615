"""Ties between traces and accounts that people made."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, delete, select

from hub.account import Bond, Trace
from hub.store.codec import encode, to_bond, word
from hub.store.statements import Statements, batches
from hub.store.tables import bonds


def write(connection: Connection, statements: Statements, bond: Bond) -> None:
    """Keep it, in the place of an earlier one of its trace."""
    connection.execute(statements.bond, [{"trace": word(bond.trace), "body": encode(bond)}])


def remove(connection: Connection, trace: Trace) -> None:
    """Raises `LookupError` where there is no such bond."""
    if not connection.execute(delete(bonds).where(bonds.c.trace == word(trace))).rowcount:
        raise LookupError(f"Nobody has tied {trace} to an account.")


def read(connection: Connection, traces: Iterable[Trace]) -> dict[Trace, Bond]:
    asked = {word(t): t for t in traces}
    found: dict[Trace, Bond] = {}
    for batch in batches(asked):
        rows = connection.execute(select(bonds).where(bonds.c.trace.in_(batch)))
        found.update((asked[trace], to_bond(body)) for trace, body in rows)
    return found


def every(connection: Connection) -> Sequence[Bond]:
    return [
        to_bond(body) for body in connection.execute(select(bonds.c.body).order_by(bonds.c.trace)).scalars()
    ]
