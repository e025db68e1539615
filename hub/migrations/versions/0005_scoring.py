"""What happened to tickets, what was read and said of them, models, and alerts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _of_tickets("history", *_text("at", "body"))
    op.create_index("ix_history_at_ticket_id_id", "history", ["at", "ticket_id", "id"])
    _of_tickets("feedback", *_text("at", "body"))
    op.create_index("ix_feedback_at_id", "feedback", ["at", "id"])
    op.create_table(
        "readings",
        *_text("digest", "ticket_id", "version", "body"),
        sa.PrimaryKeyConstraint("digest", "ticket_id", name="pk_readings"),
    )
    op.create_index("ix_readings_ticket_id", "readings", ["ticket_id"])
    op.create_table(
        "models",
        *_text("label", "version", "state", "at", "metrics", "body"),
        sa.PrimaryKeyConstraint("label", "version", name="pk_models"),
    )
    op.create_index("ix_models_label_at", "models", ["label", "at"])
    op.create_table(
        "outlooks", *_text("name", "at", "body"), sa.PrimaryKeyConstraint("name", name="pk_outlooks")
    )
    op.create_table(
        "alerts",
        _number(),
        *_text("ticket_id", "account", "at", "kind", "state", "body"),
        sa.PrimaryKeyConstraint("id", name="pk_alerts"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_alerts_at_id", "alerts", ["at", "id"])
    op.create_index("ix_alerts_ticket_id", "alerts", ["ticket_id"])


def downgrade() -> None:
    for table in ("alerts", "outlooks", "models", "readings", "feedback", "history"):
        op.drop_table(table)


def _of_tickets(name: str, *columns: sa.Column[str]) -> None:
    """Create a table of rows that belong to tickets."""
    op.create_table(
        name,
        _number(),
        *_text("ticket_id"),
        *columns,
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=f"fk_{name}_ticket_id"),
        sa.PrimaryKeyConstraint("id", name=f"pk_{name}"),
        sqlite_autoincrement=True,
    )
    op.create_index(f"ix_{name}_ticket_id", name, ["ticket_id"])


def _number() -> sa.Column[int]:
    kind = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    return sa.Column("id", kind, autoincrement=True, nullable=False)


def _text(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, nullable=False) for name in names]
