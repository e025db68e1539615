"""Since when a mail's bytes are needed by nothing: after a while they are let go."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("mails", "mail_comments"):
        op.add_column(table, sa.Column("idle_since", sa.Text, nullable=False, server_default=""))
    op.execute(
        "UPDATE mails SET idle_since = received_at"
        " WHERE state IN ('heard', 'noted', 'echo', 'peer', 'dropped')"
    )
    op.execute("""UPDATE mail_comments SET idle_since = created_at WHERE body LIKE '%"kind":"sent"%'""")
    for table in ("mails", "mail_comments"):
        where = sa.text("idle_since != ''")
        op.create_index(
            f"ix_{table}_idle_since", table, ["idle_since"], sqlite_where=where, postgresql_where=where
        )


def downgrade() -> None:
    for table in ("mails", "mail_comments"):
        op.drop_index(f"ix_{table}_idle_since", table)
        op.drop_column(table, "idle_since")
