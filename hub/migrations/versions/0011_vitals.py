"""Heartbeats, and what is counted of the hub's own work."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "heartbeats",
        *_text("name", "at", "begun", "good", "state", "body"),
        sa.PrimaryKeyConstraint("name", name="pk_heartbeats"),
    )
    op.create_table(
        "vitals",
        *_text("name", "label"),
        sa.Column[float]("value", sa.Double, nullable=False),
        *_text("at"),
        sa.PrimaryKeyConstraint("name", "label", name="pk_vitals"),
    )


def downgrade() -> None:
    op.drop_table("vitals")
    op.drop_table("heartbeats")


def _text(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, nullable=False) for name in names]
