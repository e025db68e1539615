"""Conflicts and parked work as people handle them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("conflicts", sa.Column("due", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_index("ix_conflicts_ticket_id", "conflicts", ["ticket_id"])


def downgrade() -> None:
    op.drop_index("ix_conflicts_ticket_id", "conflicts")
    op.drop_column("conflicts", "due")
