"""Plans held for approval, and how far a reconcile is."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "held_plans",
        _number("id", autoincrement=True),
        *_text("state", "checksum", "at", "body"),
        sa.PrimaryKeyConstraint("id", name="pk_held_plans"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_held_plans_checksum", "held_plans", ["checksum"])
    op.create_index("ix_held_plans_state", "held_plans", ["state"])
    op.create_table(
        "held_parts",
        _number("plan_id", autoincrement=False),
        *_text("ticket_id", "digest"),
        sa.PrimaryKeyConstraint("plan_id", "ticket_id", name="pk_held_parts"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "passes",
        _number("id", autoincrement=True),
        *_text("state", "started", "after", "body"),
        sa.PrimaryKeyConstraint("id", name="pk_passes"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_journal_ticket_id_id", "journal", ["ticket_id", "id"])


def downgrade() -> None:
    op.drop_index("ix_journal_ticket_id_id", "journal")
    for table in ("passes", "held_parts", "held_plans"):
        op.drop_table(table)


def _number(name: str, *, autoincrement: bool) -> sa.Column[int]:
    kind = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    return sa.Column(name, kind, autoincrement=autoincrement, nullable=False)


def _text(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, nullable=False) for name in names]
