"""Runs: when, what kind, how they ended."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, select

from hub.records import RunRecord
from hub.store.codec import encode, to_run
from hub.store.statements import Statements
from hub.store.tables import runs


def write(connection: Connection, statements: Statements, run: RunRecord) -> None:
    connection.execute(statements.run, [{"id": run.id, "started": run.started, "body": encode(run)}])


def latest(connection: Connection, limit: int) -> Sequence[RunRecord]:
    query = select(runs.c.body).order_by(runs.c.started.desc(), runs.c.id.desc()).limit(limit)
    return [to_run(body) for body in connection.execute(query).scalars()]


def one(connection: Connection, run_id: str) -> RunRecord | None:
    body = connection.execute(select(runs.c.body).where(runs.c.id == run_id)).scalar_one_or_none()
    return None if body is None else to_run(body)
