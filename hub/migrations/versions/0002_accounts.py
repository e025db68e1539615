"""Accounts and contacts of the CRM, and the traces by which tickets and accounts find each other."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _tickets()
    _accounts()


def _tickets() -> None:
    """Add what no ticket had before; each gets its own with its next decision."""
    for column in (
        sa.Column("traces", sa.Text, nullable=False, server_default="[]"),
        sa.Column("done", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("nudges", sa.Integer, nullable=False, server_default="0"),
    ):
        op.add_column("tickets", column)
    _index("ix_tickets_current", "tickets", "id", where=f"done IS {_bool(value=False)}")
    op.create_table(
        "ticket_traces",
        *_text("ticket_id", "trace"),
        sa.PrimaryKeyConstraint("ticket_id", "trace", name="pk_ticket_traces"),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name="fk_ticket_traces_ticket_id"),
        sqlite_with_rowid=False,
    )
    _index("ix_ticket_traces_trace", "ticket_traces", "trace")


def _accounts() -> None:
    flags = [sa.Column(name, sa.Boolean, nullable=False) for name in ("gone", "due")]
    _create("accounts", *_text("id", "system", "name", "merged_into"), *flags, *_text("digest", "body"))
    _index("ix_accounts_due", "accounts", "id", where=f"due IS {_bool(value=True)}")
    _create("contacts", *_text("id", "account_id", "email", "body"))
    _index("ix_contacts_account_id", "contacts", "account_id")
    _index("ix_contacts_email", "contacts", "email")
    op.create_table(
        "account_traces",
        *_text("account_id", "source", "trace"),
        sa.PrimaryKeyConstraint("account_id", "source", "trace", name="pk_account_traces"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_account_traces_account_id"),
        sqlite_with_rowid=False,
    )
    _index("ix_account_traces_trace", "account_traces", "trace")
    _index("ix_account_traces_source", "account_traces", "source", where="source != ''")
    _create("bonds", *_text("trace", "body"), key="trace")


def _text(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, nullable=False) for name in names]


def _create(table: str, *columns: sa.Column[Any], key: str = "id") -> None:
    op.create_table(table, *columns, sa.PrimaryKeyConstraint(key, name=f"pk_{table}"))


def _index(name: str, table: str, *columns: str, where: str | None = None) -> None:
    condition = None if where is None else sa.text(where)
    op.create_index(name, table, list(columns), sqlite_where=condition, postgresql_where=condition)


def _bool(*, value: bool) -> str:
    if op.get_bind().dialect.name == "sqlite":
        return str(int(value))
    return str(value).lower()


def downgrade() -> None:
    for table in ("bonds", "account_traces", "contacts", "accounts", "ticket_traces"):
        op.drop_table(table)
    op.drop_index("ix_tickets_current", "tickets")
    for column in ("nudges", "done", "traces"):
        op.drop_column("tickets", column)
