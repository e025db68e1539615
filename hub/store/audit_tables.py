"""The tables of the audit trail: acts, the seals over them and over what lies elsewhere, and anchors."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text

from hub.store.tables import metadata, number, text

_LARGE = BigInteger().with_variant(Integer, "sqlite")


def _place(name: str, *, key: bool = False) -> Column[int]:
    return Column(name, _LARGE, primary_key=key, autoincrement=False, nullable=False)


acts = Table(  # what people decided; rows are only added
    "acts",
    metadata,
    number(),
    text("at"),
    text("kind"),
    text("actor"),
    text("ticket_id"),  # empty: it concerns no ticket
    text("subject"),
    text("body"),  # JSON: `hub.audit.Act`
    Index("ix_acts_ticket_id", "ticket_id"),
    Index("ix_acts_at_id", "at", "id"),
    sqlite_autoincrement=True,
)

seals = Table(  # `hub.audit.Seal`; rows are only added, and salts erased
    "seals",
    metadata,
    _place("n", key=True),
    text("source"),
    text("row"),
    text("at"),
    text("salt"),
    text("digest"),
    Column("replaces", _LARGE, nullable=False, server_default="0"),
    text("chain"),
    Index("ix_seals_source_row", "source", "row"),
    Index("ix_seals_source_n", "source", "n"),
)

anchors = Table(  # `hub.audit.Anchor`
    "anchors",
    metadata,
    _place("n", key=True),
    text("at"),
    text("chain"),
    text("mark"),
    text("key"),
)

forgotten = Table(  # whom the hub was told to forget: only salted digests of their addresses and ids
    "forgotten",
    metadata,
    Column("mark", Text, primary_key=True, nullable=False),
    text("alias"),  # what stands where they stood
    text("at"),
    Index("ix_forgotten_alias", "alias"),
)

forgotten_tickets = Table(  # where what they said may be read from a side once more
    "forgotten_tickets",
    metadata,
    Column("ticket_id", Text, primary_key=True, nullable=False),
    Column("alias", Text, primary_key=True, nullable=False),
)

__all__ = ["acts", "anchors", "forgotten", "forgotten_tickets", "metadata", "seals"]
