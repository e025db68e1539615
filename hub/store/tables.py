"""
The tables. Whole values lie in `body` as JSON; what is asked for has a column and an index.

JSON is kept as text, not as a database type: PostgreSQL's own refuses characters that tickets hold.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    false,
    literal_column,
    true,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_Number = BigInteger().with_variant(Integer, "sqlite")


def number() -> Column[int]:
    return Column("id", _Number, primary_key=True, autoincrement=True)


def _ticket(*, key: bool = False) -> Column[str]:
    return Column("ticket_id", Text, ForeignKey("tickets.id"), primary_key=key, nullable=False)


def text(name: str, *, key: bool = False) -> Column[str]:
    return Column(name, Text, primary_key=key, nullable=False)


def whole(name: str) -> Column[int]:
    return Column(name, Integer, nullable=False)


def _unique(table: Table, *columns: str) -> None:
    Index(f"uq_{table.name}_{'_'.join(columns)}", *(table.c[c] for c in columns), unique=True)


tickets = Table(
    "tickets",
    metadata,
    text("id", key=True),
    text("body"),
    Column("score", Text),
    Column("dirty", Boolean, nullable=False),
    whole("revision"),
    Column("traces", Text, nullable=False, server_default="[]"),  # sorted; the same as in `ticket_traces`
    Column("done", Boolean, nullable=False, server_default=false()),
    Column("nudges", Integer, nullable=False, server_default="0"),  # marked dirty since the last decision
)
# Conditions of partial indices. SQLite uses such an index only where the condition stands in the
# statement as it stands in the index: queries use these very objects, and literals, not parameters.
is_dirty = tickets.c.dirty.is_(true())
Index("ix_tickets_dirty", tickets.c.id, sqlite_where=is_dirty, postgresql_where=is_dirty)
is_current = tickets.c.done.is_(false())
Index("ix_tickets_current", tickets.c.id, sqlite_where=is_current, postgresql_where=is_current)

ticket_traces = Table(
    "ticket_traces",
    metadata,
    _ticket(key=True),
    text("trace", key=True),
    Index("ix_ticket_traces_trace", "trace"),
    sqlite_with_rowid=False,
)

links = Table(
    "links",
    metadata,
    _ticket(key=True),
    text("system", key=True),
    text("remote_id", key=True),
    text("state"),
    text("label"),
    text("body"),
)
Index("ix_links_replica", links.c.remote_id, links.c.system)
Index("ix_links_label", links.c.label)
is_live = links.c.state == literal_column("'live'")
is_awaited = links.c.state == literal_column("'awaited'")
Index("ix_links_live", links.c.system, sqlite_where=is_live, postgresql_where=is_live)
Index("ix_links_awaited", links.c.ticket_id, sqlite_where=is_awaited, postgresql_where=is_awaited)


def _part(name: str) -> Table:
    """Comments and attachments: many a ticket, rewritten only where `digest` shows a change."""
    return Table(
        name,
        metadata,
        _ticket(key=True),
        text("id", key=True),
        whole("position"),
        text("digest"),
        text("body"),
    )


comments = _part("comments")
attachments = _part("attachments")

cursors = Table("cursors", metadata, text("system", key=True), text("cursor"), text("at"))

inbox = Table(
    "inbox",
    metadata,
    number(),
    text("system"),
    text("remote_id"),
    Column("observation", Text),  # null: a hint, nothing was seen yet
    text("at"),
    Column("tick", BigInteger, nullable=False, server_default="0"),  # when its reading began, see `stamps`
    Index("ix_inbox_replica", "system", "remote_id", "id"),
    sqlite_autoincrement=True,  # a number given to `commit` must never mean a later row
)

deliveries = Table(
    "deliveries",
    metadata,
    text("system", key=True),
    text("delivery", key=True),
    text("at"),
    Index("ix_deliveries_at", "at"),
)

counters = Table("counters", metadata, text("name", key=True), Column("value", _Number, nullable=False))

journal = Table(
    "journal",
    metadata,
    Column("id", _Number, primary_key=True, autoincrement=False),  # drawn from `counters`
    text("run"),
    _ticket(),
    text("system"),
    text("state"),
    text("at"),
    text("operation"),
    Column("outcome", Text),
    Index("ix_journal_run", "run", "id"),
)

parked = Table(
    "parked",
    metadata,
    number(),
    _ticket(),
    text("system"),
    text("remote_id"),
    text("slot"),
    text("state"),
    text("body"),
    sqlite_autoincrement=True,
)
_unique(parked, "ticket_id", "system", "remote_id", "slot")

conflicts = Table(
    "conflicts",
    metadata,
    number(),
    _ticket(),
    text("resolved"),
    text("body"),
    Column("due", Boolean, nullable=False, server_default=false()),  # settled, and people wait to be told so
    Index("ix_conflicts_ticket_id", "ticket_id"),
    sqlite_autoincrement=True,
)
is_open = conflicts.c.resolved == literal_column("''")
Index("ix_conflicts_open", conflicts.c.id, sqlite_where=is_open, postgresql_where=is_open)

losses = Table(
    "losses",
    metadata,
    number(),
    _ticket(),
    text("digest"),
    text("body"),
    sqlite_autoincrement=True,
)
_unique(losses, "ticket_id", "digest")

runs = Table(
    "runs",
    metadata,
    text("id", key=True),
    text("started"),
    text("body"),
    Index("ix_runs_started", "started", "id"),
)

leases = Table(
    "leases",
    metadata,
    text("name", key=True),
    whole("token"),
    text("holder"),  # empty: free
    text("host"),
    whole("pid"),
    text("process"),
    text("since"),
    text("renewed"),
)

secrets = Table("secrets", metadata, text("name", key=True), text("value"))

keepsakes = Table("keepsakes", metadata, text("name", key=True), text("value"), text("at"))

accounts = Table(
    "accounts",
    metadata,
    text("id", key=True),
    text("system"),
    text("name"),
    text("merged_into"),
    Column("gone", Boolean, nullable=False),  # deleted or merged: it has no traces, and is never due
    Column("due", Boolean, nullable=False),
    text("digest"),  # of what tickets show
    text("body"),
)
is_due = accounts.c.due.is_(true())
Index("ix_accounts_due", accounts.c.id, sqlite_where=is_due, postgresql_where=is_due)

contacts = Table(
    "contacts",
    metadata,
    text("id", key=True),
    text("account_id"),  # one that is not held (yet), or none, is no error
    text("email"),
    text("body"),
    Index("ix_contacts_account_id", "account_id"),
    Index("ix_contacts_email", "email"),
)

account_traces = Table(
    "account_traces",
    metadata,
    Column("account_id", Text, ForeignKey("accounts.id"), primary_key=True, nullable=False),
    text("source", key=True),  # empty: the account's own fields; else the id of a contact
    text("trace", key=True),
    Index("ix_account_traces_trace", "trace"),
    sqlite_with_rowid=False,
)
is_of_contact = account_traces.c.source != literal_column("''")
Index(
    "ix_account_traces_source",
    account_traces.c.source,
    sqlite_where=is_of_contact,
    postgresql_where=is_of_contact,
)

bonds = Table("bonds", metadata, text("trace", key=True), text("body"))
