"""Seals: what is not sealed yet is found, committed to and chained, and the chain is anchored."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Table, Text, cast, exists, func, literal, select, text

from hub.audit import GENESIS, SOURCES, Anchor, Fault, Seal, Source, chained, committed, holds, marked
from hub.store.audit_tables import acts, anchors, seals
from hub.store.score_tables import feedback, history
from hub.store.statements import batches
from hub.store.tables import journal, runs

PART = 500
"""Rows of one source that are sealed in one transaction: while it lasts, no run writes."""
REACH = 2_000
"""How far before the last sealed row is looked for rows that were committed late."""
_LOCK = 0x6875_6201
"""Key of the PostgreSQL advisory lock under which the chain grows."""


class Sealed(NamedTuple):
    """How rows of one source are found, and what of them is committed to."""

    table: Table
    said: Callable[[Any], list[str]]
    """The values of a row that never change."""
    ready: ColumnElement[bool] | None = None
    """Which rows are as they will stay."""


class _Found(NamedTuple):
    source: Source
    row: Any


def _columns(*names: str) -> Callable[[Any], list[str]]:
    return lambda row: [str(getattr(row, name)) for name in names]


def _outcome(row: Any) -> list[str]:
    state = "done" if row.state == "undone" else row.state  # that it was undone, another run's rows tell
    return [str(row.id), state, "" if row.outcome is None else row.outcome]


def _run(row: Any) -> list[str]:
    return [row.id, row.started, str(json.loads(row.body).get("kind", ""))]


HOW: Mapping[Source, Sealed] = {
    "history": Sealed(history, _columns("id", "ticket_id", "at", "body")),
    "journal": Sealed(journal, _columns("id", "run", "ticket_id", "system", "at", "operation")),
    "outcome": Sealed(journal, _outcome, journal.c.state != "asked"),
    "feedback": Sealed(feedback, _columns("id", "ticket_id", "at", "body")),
    "act": Sealed(acts, _columns("id", "at", "kind", "actor", "ticket_id", "subject", "body")),
    "run": Sealed(runs, _run),
}


def lock(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def grow(connection: Connection, keys: Sequence[str], now: str, *, whole: bool) -> tuple[int, Fault | None]:
    """Seal up to `PART` rows of each source; return how many, or what is wrong with the chain's end."""
    lock(connection)
    tail, fault = end(connection, keys)
    if fault is not None:
        return 0, fault
    given = [
        _Found(source, row)
        for source in SOURCES
        for row in unsealed(connection, source, limit=PART, whole=whole)
    ]
    append(connection, tail, [(s, str(row.id), HOW[s].said(row), 0) for s, row in given], keys, now)
    return len(given), None


def end(connection: Connection, keys: Sequence[str]) -> tuple[Anchor, Fault | None]:
    """Return where the chain ends, and what is wrong there."""
    last = last_anchor(connection)
    row = connection.execute(select(seals.c.n, seals.c.chain).order_by(seals.c.n.desc()).limit(1)).first()
    n, chain = (row.n, row.chain) if row is not None else (0, GENESIS)
    if (n, chain) != (last.n, last.chain):
        said = f"the chain ends at seal {n}, and its last anchor stands at {last.n}"
        return last, Fault(min(n, last.n) + 1, "broken", "", "", said)
    if holds(last, keys) is False:
        return last, Fault(last.n, "forged", "", "", f"the mark of anchor {last.n} was not made by our key")
    return last, None


def last_anchor(connection: Connection) -> Anchor:
    row = connection.execute(select(anchors).order_by(anchors.c.n.desc()).limit(1)).first()
    return Anchor(0, "", GENESIS) if row is None else Anchor(*row)


def append(
    connection: Connection,
    tail: Anchor,
    given: Sequence[tuple[str, str, Sequence[str], int]],
    keys: Sequence[str],
    now: str,
) -> Anchor:
    """Chain seals for these (source, row, what is committed to, the seal that it replaces); anchor them."""
    n, chain = tail.n, tail.chain
    rows: list[dict[str, object]] = []
    for source, row, said, replaces in given:
        n += 1
        salt = secrets.token_hex(16)
        seal = Seal(n, source, row, now, salt, committed(salt, source, said), replaces, "")
        chain = chained(chain, seal)
        rows.append(
            {
                "n": n,
                "source": source,
                "row": row,
                "at": now,
                "salt": salt,
                "digest": seal.digest,
                "replaces": replaces,
                "chain": chain,
            }
        )
    if not rows:
        return tail
    for batch in batches(rows):
        connection.execute(seals.insert(), batch)
    anchor = Anchor(n, now, chain)
    anchor = marked(anchor, keys[0]) if keys else anchor
    connection.execute(
        anchors.insert(),
        {"n": n, "at": now, "chain": chain, "mark": anchor.mark, "key": anchor.key},
    )
    return anchor


def unsealed(connection: Connection, source: Source, *, limit: int, whole: bool = False) -> Sequence[Any]:
    """Return rows without a seal, oldest first; but for `whole`, those near the end only."""
    table, _, ready = HOW[source]
    has = exists().where(seals.c.source == literal(source), seals.c.row == cast(table.c.id, Text))
    query = select(table).where(~has).limit(limit)
    if ready is not None:
        query = query.where(ready)
    if source == "run":
        query = query.order_by(table.c.started, table.c.id)
        oldest = None if whole else _recent_run(connection)
        return connection.execute(query if oldest is None else query.where(table.c.started >= oldest)).all()
    query = query.order_by(table.c.id)
    return connection.execute(query if whole else query.where(table.c.id > _from(connection, source))).all()


def _from(connection: Connection, source: Source) -> int:
    """Return the row behind which unsealed ones are looked for."""
    table = HOW[source].table
    newest = connection.execute(select(func.max(table.c.id))).scalar_one() or 0
    last = connection.execute(
        select(seals.c.row)
        .where(seals.c.source == source, seals.c.replaces == 0)
        .order_by(seals.c.n.desc())
        .limit(1)
    ).scalar()
    return max(min(newest, int(last or 0)) - REACH, 0)


def _recent_run(connection: Connection) -> str | None:
    recent = select(runs.c.started).order_by(runs.c.started.desc(), runs.c.id.desc()).offset(200).limit(1)
    return connection.execute(recent).scalar()
