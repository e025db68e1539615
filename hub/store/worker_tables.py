"""The tables of workers, of what each has claimed, and of the tickets that any of them may take up."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Table, Text

from hub.store.tables import metadata, number, text, whole

workers = Table(
    "workers",
    metadata,
    number(),
    text("holder"),
    text("host"),
    whole("pid"),
    text("process"),
    text("since"),
    text("renewed"),
    sqlite_autoincrement=True,  # a dead worker's number must never mean a later one
)

claims = Table(
    "claims",
    metadata,
    text("name", key=True),
    Column("worker", BigInteger, ForeignKey("workers.id", ondelete="CASCADE"), nullable=False),
)
Index("ix_claims_worker", claims.c.worker)

admitted = Table(
    "admitted",
    metadata,
    Column("ticket_id", Text, ForeignKey("tickets.id", ondelete="CASCADE"), primary_key=True, nullable=False),
)

stamps = Table(  # as of when a replica is known: what was read of it before that is worth nothing
    "stamps",
    metadata,
    text("name", key=True),
    Column("tick", BigInteger, nullable=False),
)
Index("ix_stamps_tick", stamps.c.tick)
