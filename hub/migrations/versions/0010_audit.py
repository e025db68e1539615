"""The audit trail, its seals, and whom it forgot."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "acts",
        sa.Column("id", _large(), autoincrement=True, nullable=False),
        *_text("at", "kind", "actor", "ticket_id", "subject", "body"),
        sa.PrimaryKeyConstraint("id", name="pk_acts"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_acts_ticket_id", "acts", ["ticket_id"])
    op.create_index("ix_acts_at_id", "acts", ["at", "id"])
    op.create_table(
        "seals",
        sa.Column("n", _large(), autoincrement=False, nullable=False),
        *_text("source", "row", "at", "salt", "digest"),
        sa.Column("replaces", _large(), nullable=False, server_default="0"),
        *_text("chain"),
        sa.PrimaryKeyConstraint("n", name="pk_seals"),
    )
    op.create_index("ix_seals_source_row", "seals", ["source", "row"])
    op.create_index("ix_seals_source_n", "seals", ["source", "n"])
    op.create_table(
        "anchors",
        sa.Column("n", _large(), autoincrement=False, nullable=False),
        *_text("at", "chain", "mark", "key"),
        sa.PrimaryKeyConstraint("n", name="pk_anchors"),
    )
    op.create_table(
        "forgotten", *_text("mark", "alias", "at"), sa.PrimaryKeyConstraint("mark", name="pk_forgotten")
    )
    op.create_index("ix_forgotten_alias", "forgotten", ["alias"])
    op.create_table(
        "forgotten_tickets",
        *_text("ticket_id", "alias"),
        sa.PrimaryKeyConstraint("ticket_id", "alias", name="pk_forgotten_tickets"),
    )


def downgrade() -> None:
    for table in ("forgotten_tickets", "forgotten", "anchors", "seals", "acts"):
        op.drop_table(table)


def _large() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _text(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, nullable=False) for name in names]
