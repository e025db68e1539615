"""The tables of plans held for approval, and of a reconcile under way."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, Table

from hub.store.tables import journal, metadata, number, text

held_plans = Table(
    "held_plans",
    metadata,
    number(),
    text("state"),
    text("checksum"),
    text("at"),  # since when it waits
    text("body"),  # JSON: `hub.approvals.HeldPlan`
    Index("ix_held_plans_checksum", "checksum"),
    Index("ix_held_plans_state", "state"),
    sqlite_autoincrement=True,
)

held_parts = Table(  # what a held plan would do for one ticket; gone once nobody can decide on it any more
    "held_parts",
    metadata,
    Column("plan_id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    text("ticket_id", key=True),
    text("digest"),
    sqlite_with_rowid=False,
)

passes = Table(  # one reconcile, which may take several nights
    "passes",
    metadata,
    number(),
    text("state"),
    text("started"),
    text("after"),  # the last ticket that is done with
    text("body"),  # JSON: `hub.drift.Pass`
    sqlite_autoincrement=True,
)

Index("ix_journal_ticket_id_id", journal.c.ticket_id, journal.c.id)

__all__ = ["held_parts", "held_plans", "metadata", "passes"]
