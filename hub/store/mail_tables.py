"""
The tables of the mail side: what a mailbox brought, what it was taken for, and what is to be sent.

They lie in the hub's own database, so that a mail and the place of the mailbox's cursor are kept in one
transaction, and one backup holds both. Bytes lie in pieces, so that no mail need be held whole.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, Table, Text, literal_column

from hub.store.tables import metadata, number, text, whole


def _large(name: str, *, key: bool = False) -> Column[int]:
    """UIDs and UIDVALIDITY take all of 32 bits without a sign (RFC 9051)."""
    kind = BigInteger().with_variant(Integer, "sqlite")
    return Column(name, kind, primary_key=key, nullable=False)


def _idle_since() -> Column[str]:
    """Since when nothing needs its bytes; empty: something does, or they were let go."""
    return Column("idle_since", Text, nullable=False, server_default="")


mailboxes = Table(
    "mailboxes",
    metadata,
    text("account", key=True),
    text("name", key=True),
    _large("uidvalidity"),
    _large("next_uid"),  # every mail below it was taken, or never will be
    text("at"),
    text("body"),  # JSON: what else the reader remembers (modseq, whether it vanished)
)

mail_places = Table(  # where a mail was seen on the server: the same mail may lie in several places
    "mail_places",
    metadata,
    text("account", key=True),
    text("mailbox", key=True),
    _large("uidvalidity", key=True),
    _large("uid", key=True),
    _large("mail_id"),
    Index("ix_mail_places_mail_id", "mail_id"),
    sqlite_with_rowid=False,
)

mails = Table(  # one mail that came in, as bytes in `mail_chunks`, and what it was taken for
    "mails",
    metadata,
    number(),
    text("mailbox"),
    text("received_at"),  # ISO 8601 UTC, by the server's clock
    text("sha256"),  # of all its bytes
    text("sameness"),  # the same for two deliveries of one mail: see `connectors.email.arrivals`
    whole("size"),
    Column("cut", Boolean, nullable=False),  # too large: only its head was taken
    text("state"),  # see `connectors.email.model.MailState`
    text("reason"),
    text("message_id"),
    text("conversation"),  # the conversation that it belongs to; empty: none
    Column("sender", Text, nullable=False, server_default=""),  # its From, lower case, once it was read
    text("body"),  # JSON: `connectors.email.model.Glance`, empty until it was read
    _idle_since(),
    Index("ix_mails_sameness", "sameness"),
    Index("ix_mails_message_id", "message_id"),
    Index("ix_mails_sender_received_at", "sender", "received_at"),
    Index("ix_mails_conversation", "conversation"),
    sqlite_autoincrement=True,
)
is_waiting = mails.c.state == literal_column("'new'")
Index("ix_mails_new", mails.c.id, sqlite_where=is_waiting, postgresql_where=is_waiting)
is_held_back = mails.c.state.in_([literal_column("'quarantined'"), literal_column("'suspended'")])
Index("ix_mails_held_back", mails.c.id, sqlite_where=is_held_back, postgresql_where=is_held_back)

is_idle_mail = mails.c.idle_since != literal_column("''")
Index("ix_mails_idle_since", mails.c.idle_since, sqlite_where=is_idle_mail, postgresql_where=is_idle_mail)

mail_chunks = Table(  # bytes of a mail or of a file, in order: `owner` is `in:<mail>` or `out:<comment>`
    "mail_chunks",
    metadata,
    text("owner", key=True),
    Column("n", Integer, primary_key=True, nullable=False),
    Column("data", LargeBinary, nullable=False),
)

conversations = Table(
    "conversations",
    metadata,
    number(),
    Column("key", Text, unique=True),  # the hub's, where the hub created it
    whole("changed"),  # place in the feed of changes
    whole("version"),
    text("opened_at"),
    text("body"),  # JSON: `connectors.email.model.Conversation`
    sqlite_autoincrement=True,
)
Index("ix_conversations_changed", conversations.c.changed)

mail_comments = Table(
    "mail_comments",
    metadata,
    number(),
    whole("conversation"),
    Column("key", Text),  # the hub's, where the hub said it
    text("created_at"),
    text("body"),  # JSON: `connectors.email.model.Said`
    _idle_since(),
    sqlite_autoincrement=True,
)
Index("uq_mail_comments_conversation_key", mail_comments.c.conversation, mail_comments.c.key, unique=True)

is_idle_comment = mail_comments.c.idle_since != literal_column("''")
Index(
    "ix_mail_comments_idle_since",
    mail_comments.c.idle_since,
    sqlite_where=is_idle_comment,
    postgresql_where=is_idle_comment,
)

mail_files = Table(
    "mail_files",
    metadata,
    number(),
    whole("conversation"),
    Column("comment", Integer),  # null: it hangs on the conversation (its first mail)
    Column("key", Text),
    text("body"),  # JSON: `connectors.email.model.FileOf`
    sqlite_autoincrement=True,
)
Index("ix_mail_files_conversation", mail_files.c.conversation)

mail_ids = Table(  # by which Message-IDs a conversation is known
    "mail_ids",
    metadata,
    text("message_id", key=True),
    Column("conversation", Integer, primary_key=True, nullable=False),
    text("how"),  # `in`, `out`, `rewritten` (the provider gave it), `thread` (Thread-Index), `follows`
    sqlite_with_rowid=False,
)

outbox = Table(  # one mail to one recipient; its bytes are frozen here before the first one is sent
    "outbox",
    metadata,
    number(),
    whole("conversation"),
    whole("comment"),
    text("recipient"),
    text("message_id"),
    text("state"),  # see `connectors.email.model.SendState`
    text("due_at"),
    text("at"),
    whole("attempts"),
    text("head"),  # its own header block; the rest is shared: `mail_chunks`, `out:<comment>`
    text("body"),  # JSON: `connectors.email.model.Sending`
    sqlite_autoincrement=True,
)
Index("uq_outbox_comment_recipient", outbox.c.comment, outbox.c.recipient, unique=True)
Index("ix_outbox_message_id", outbox.c.message_id)
Index("ix_outbox_conversation", outbox.c.conversation)
Index("ix_outbox_state_due_at", outbox.c.state, outbox.c.due_at)
Index("ix_outbox_recipient_at", outbox.c.recipient, outbox.c.at)  # how much somebody got of late
