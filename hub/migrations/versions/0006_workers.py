"""Workers: who is at work, what each has claimed, and which tickets any of them may take up."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "workers",
        sa.Column("id", number, autoincrement=True, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("holder", "host")),
        sa.Column("pid", sa.Integer, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("process", "since", "renewed")),
        sa.PrimaryKeyConstraint("id", name="pk_workers"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "claims",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("worker", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_claims"),
        sa.ForeignKeyConstraint(
            ["worker"], ["workers.id"], name="fk_claims_worker_workers", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_claims_worker", "claims", ["worker"])
    op.create_table(
        "admitted",
        sa.Column("ticket_id", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("ticket_id", name="pk_admitted"),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name="fk_admitted_ticket_id_tickets", ondelete="CASCADE"
        ),
    )
    op.create_table(
        "stamps",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("tick", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_stamps"),
    )
    op.create_index("ix_stamps_tick", "stamps", ["tick"])
    op.add_column("inbox", sa.Column("tick", sa.BigInteger, nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("inbox", "tick")
    for table in ("stamps", "admitted", "claims", "workers"):
        op.drop_table(table)
