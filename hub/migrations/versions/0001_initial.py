"""The first tables. Frozen: what changes later comes as a migration of its own."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def _text(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, nullable=False) for name in names]


def _number(name: str = "id") -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False)


def _whole(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False)


def _create(table: str, *columns: sa.Column[Any], key: str = "id", **how: bool) -> None:
    keys = key.split()
    constraints: list[sa.Constraint] = [sa.PrimaryKeyConstraint(*keys, name=f"pk_{table}")]
    if any(column.name == "ticket_id" for column in columns):
        name = f"fk_{table}_ticket_id"
        constraints.append(sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=name))
    op.create_table(table, *columns, *constraints, **how)


def _index(name: str, table: str, *columns: str, where: str | None = None) -> None:
    condition = None if where is None else sa.text(where)
    op.create_index(name, table, list(columns), sqlite_where=condition, postgresql_where=condition)


def upgrade() -> None:
    _tickets()
    _observed()
    _decided()
    _running()


def _tickets() -> None:
    score = sa.Column("score", sa.Text)
    dirty = sa.Column("dirty", sa.Boolean, nullable=False)
    _create("tickets", *_text("id", "body"), score, dirty, _whole("revision"))
    true = "1" if op.get_bind().dialect.name == "sqlite" else "true"
    _index("ix_tickets_dirty", "tickets", "id", where=f"dirty IS {true}")
    _create(
        "links",
        *_text("ticket_id", "system", "remote_id", "state", "label", "body"),
        key="ticket_id system remote_id",
    )
    _index("ix_links_replica", "links", "remote_id", "system")
    _index("ix_links_label", "links", "label")
    _index("ix_links_live", "links", "system", where="state = 'live'")
    _index("ix_links_awaited", "links", "ticket_id", where="state = 'awaited'")
    for part in ("comments", "attachments"):
        columns = (*_text("ticket_id", "id"), _whole("position"), *_text("digest", "body"))
        _create(part, *columns, key="ticket_id id")


def _observed() -> None:
    _create("cursors", *_text("system", "cursor", "at"), key="system")
    _create(
        "inbox",
        _number(),
        *_text("system", "remote_id"),
        sa.Column("observation", sa.Text),
        *_text("at"),
        sqlite_autoincrement=True,
    )
    _index("ix_inbox_replica", "inbox", "system", "remote_id", "id")
    _create("deliveries", *_text("system", "delivery", "at"), key="system delivery")
    _index("ix_deliveries_at", "deliveries", "at")


def _decided() -> None:
    _create("counters", *_text("name"), _number("value"), key="name")
    _create(
        "journal",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            autoincrement=False,
        ),
        *_text("run", "ticket_id", "system", "state", "at", "operation"),
        sa.Column("outcome", sa.Text),
    )
    _index("ix_journal_run", "journal", "run", "id")
    columns = _text("ticket_id", "system", "remote_id", "slot", "state", "body")
    _create("parked", _number(), *columns, sqlite_autoincrement=True)
    _unique("parked", "ticket_id", "system", "remote_id", "slot")
    columns = _text("ticket_id", "resolved", "body")
    _create("conflicts", _number(), *columns, sqlite_autoincrement=True)
    _index("ix_conflicts_open", "conflicts", "id", where="resolved = ''")
    columns = _text("ticket_id", "digest", "body")
    _create("losses", _number(), *columns, sqlite_autoincrement=True)
    _unique("losses", "ticket_id", "digest")


def _running() -> None:
    _create("runs", *_text("id", "started", "body"))
    _index("ix_runs_started", "runs", "started", "id")
    _create(
        "leases",
        *_text("name"),
        _whole("token"),
        *_text("holder", "host"),
        _whole("pid"),
        *_text("process", "since", "renewed"),
        key="name",
    )
    _create("secrets", *_text("name", "value"), key="name")
    _create("keepsakes", *_text("name", "value", "at"), key="name")


def _unique(table: str, *columns: str) -> None:
    op.create_index(f"uq_{table}_{'_'.join(columns)}", table, list(columns), unique=True)


def downgrade() -> None:
    for table in (
        *(
            "keepsakes",
            "secrets",
            "leases",
            "runs",
            "losses",
            "conflicts",
            "parked",
            "journal",
            "counters",
        ),
        *("deliveries", "inbox", "cursors", "attachments", "comments", "links", "tickets"),
    ):
        op.drop_table(table)
