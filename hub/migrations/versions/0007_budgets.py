"""Budgets that all workers share, and an index by which a waiting hint is found at once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "budgets",
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("which", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("most", sa.Double[float](), nullable=False),
        sa.Column("pace", sa.Double[float](), nullable=False),
        sa.Column("level", sa.Double[float](), nullable=False),
        sa.Column("at", sa.Double[float](), nullable=False),
        sa.Column("paused", sa.Double[float](), nullable=False),
        sa.PrimaryKeyConstraint("system", "name", "which", name=op.f("pk_budgets")),
    )
    op.create_table(
        "grants",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("which", sa.Text(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("tokens", sa.Integer(), nullable=False),
        sa.Column("until", sa.Double[float](), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grants")),
    )
    op.create_index("ix_grants_system_name_which", "grants", ["system", "name", "which"])
    hints = sa.text("observation IS NULL")
    op.create_index("ix_inbox_hint", "inbox", ["id"], sqlite_where=hints, postgresql_where=hints)


def downgrade() -> None:
    op.drop_index("ix_inbox_hint", "inbox")
    op.drop_table("grants")
    op.drop_table("budgets")
