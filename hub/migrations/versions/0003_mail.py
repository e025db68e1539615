"""The mail side: what a mailbox brought, the conversations made of it, and what is to be sent."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _came_in()
    _conversations()
    _goes_out()


def downgrade() -> None:
    for table in (
        "outbox", "mail_ids", "mail_files", "mail_comments", "conversations",
        "mail_chunks", "mails", "mail_places", "mailboxes",
    ):  # fmt: skip
        op.drop_table(table)


def _came_in() -> None:
    _create(
        "mailboxes", *_text("account", "name"), *_large("uidvalidity", "next_uid"), *_text("at", "body"),
        key=("account", "name"),
    )  # fmt: skip
    op.create_table(
        "mail_places",
        *_text("account", "mailbox"),
        *_large("uidvalidity", "uid", "mail_id"),
        sa.PrimaryKeyConstraint("account", "mailbox", "uidvalidity", "uid", name="pk_mail_places"),
        sqlite_with_rowid=False,
    )
    _index("mail_places", "mail_id")
    _create(
        "mails",
        _number(),
        *_text("mailbox", "received_at", "sha256", "sameness"),
        *_whole("size"),
        sa.Column("cut", sa.Boolean, nullable=False),
        *_text("state", "reason", "message_id", "conversation"),
        sa.Column("sender", sa.Text, nullable=False, server_default=""),
        *_text("body"),
        sqlite_autoincrement=True,
    )
    for name in ("sameness", "message_id", "conversation"):
        _index("mails", name)
    _index("mails", "sender", "received_at")
    _index("mails", "id", name="ix_mails_new", where="state = 'new'")
    _index("mails", "id", name="ix_mails_held_back", where="state IN ('quarantined', 'suspended')")
    _create(
        "mail_chunks",
        *_text("owner"),
        *_whole("n"),
        sa.Column("data", sa.LargeBinary, nullable=False),
        key=("owner", "n"),
    )


def _conversations() -> None:
    _create(
        "conversations",
        _number(),
        sa.Column("key", sa.Text, unique=True),
        *_whole("changed", "version"),
        *_text("opened_at", "body"),
        sqlite_autoincrement=True,
    )
    _index("conversations", "changed")
    _create(
        "mail_comments",
        _number(),
        *_whole("conversation"),
        sa.Column("key", sa.Text),
        *_text("created_at", "body"),
        sqlite_autoincrement=True,
    )
    _index("mail_comments", "conversation", "key", unique=True)
    _create(
        "mail_files",
        _number(),
        *_whole("conversation"),
        sa.Column("comment", sa.Integer),
        sa.Column("key", sa.Text),
        *_text("body"),
        sqlite_autoincrement=True,
    )
    _index("mail_files", "conversation")
    op.create_table(
        "mail_ids",
        *_text("message_id"),
        *_whole("conversation"),
        *_text("how"),
        sa.PrimaryKeyConstraint("message_id", "conversation", name="pk_mail_ids"),
        sqlite_with_rowid=False,
    )


def _goes_out() -> None:
    _create(
        "outbox",
        _number(),
        *_whole("conversation", "comment"),
        *_text("recipient", "message_id", "state", "due_at", "at"),
        *_whole("attempts"),
        *_text("head", "body"),
        sqlite_autoincrement=True,
    )
    _index("outbox", "comment", "recipient", unique=True)
    _index("outbox", "message_id")
    _index("outbox", "conversation")
    _index("outbox", "state", "due_at")
    _index("outbox", "recipient", "at")


def _number() -> sa.Column[int]:
    kind = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    return sa.Column("id", kind, primary_key=True, autoincrement=True)


def _text(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, nullable=False) for name in names]


def _large(*names: str) -> list[sa.Column[int]]:
    """UIDs and UIDVALIDITY take all of 32 bits without a sign (RFC 9051)."""
    kind = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    return [sa.Column(name, kind, nullable=False) for name in names]


def _whole(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.Integer, nullable=False) for name in names]


def _create(table: str, *columns: Any, key: tuple[str, ...] = (), **options: Any) -> None:
    primary = [sa.PrimaryKeyConstraint(*(key or ("id",)), name=f"pk_{table}")]
    op.create_table(table, *columns, *primary, **options)


def _index(table: str, *columns: str, name: str = "", where: str = "", unique: bool = False) -> None:
    condition: dict[str, Any] = (
        {"sqlite_where": sa.text(where), "postgresql_where": sa.text(where)} if where else {}
    )
    name = name or f"{'uq' if unique else 'ix'}_{table}_{'_'.join(columns)}"
    op.create_index(name, table, list(columns), unique=unique, **condition)
