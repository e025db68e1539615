"""The tables of budgets that all workers share. Times are Unix seconds by the database's clock."""

from __future__ import annotations

from sqlalchemy import Column, Double, Index, Integer, Table
from sqlalchemy import text as sql

from hub.store.tables import inbox, metadata, text


def _figure(name: str) -> Column[float]:
    return Column(name, Double, nullable=False)


budgets = Table(  # one limit of a system
    "budgets",
    metadata,
    text("system", key=True),
    text("name", key=True),
    text("which", key=True),  # the endpoint, where each has a limit of its own
    text("kind"),  # `hub.budget_store.Kind`; empty: not asked for yet; "told": only told by a process
    _figure("most"),
    _figure("pace"),
    # bucket: what is in it; daily: what the vendor counted; told: what is left; window: what the vendor
    # said that it allows, less the reserve; 0 until then
    _figure("level"),
    _figure("at"),  # when that was so
    _figure("paused"),  # until when the vendor refused
)

grants = Table(  # calls that a worker may make, or made within the limit's window
    "grants",
    metadata,
    text("id", key=True),
    text("system"),
    text("name"),
    text("which"),
    text("worker"),
    Column("tokens", Integer, nullable=False),
    _figure("until"),  # when they count no more
    Index("ix_grants_system_name_which", "system", "name", "which"),
)

_HINTS = sql("observation IS NULL")
Index("ix_inbox_hint", inbox.c.id, sqlite_where=_HINTS, postgresql_where=_HINTS)

__all__ = ["budgets", "grants", "metadata"]
