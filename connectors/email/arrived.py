"""Mails that came in, as rows of the store: which wait to be heard, and what became of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, func, select, update

from connectors.email import chunks
from connectors.email.conversations import packed
from connectors.email.model import Glance, MailState, Message
from connectors.email.source import BytesSource, Source
from hub.store.mail_tables import is_held_back, mails


class Arrived(NamedTuple):
    """One mail that waits."""

    id: int
    mailbox: str
    received_at: str
    size: int
    cut: bool
    reason: str
    """Of one that was held back: why; set by a person who recovers it: `to:<conversation>`, `anyway`."""


class Raw:
    """Bytes in the store, read as they are needed. See `source.Source`; `owner`: see `chunks`."""

    def __init__(self, connection: Connection, owner: str) -> None:
        self._connection = connection
        self._owner = owner

    @property
    def size(self) -> int:
        return chunks.size(self._connection, self._owner)

    def read(self, offset: int = 0, length: int | None = None) -> Iterator[bytes]:
        return chunks.read(self._connection, self._owner, offset, length)


def whole(connection: Connection, row: Arrived) -> Source:
    """Return a mail's bytes; those of a small one are read at once."""
    owner = chunks.of_mail(row.id)
    if row.size <= chunks.CHUNK:
        return BytesSource(b"".join(chunks.read(connection, owner)))
    return Raw(connection, owner)


def waiting(connection: Connection, limit: int) -> Sequence[Arrived]:
    """Return the mails that nobody looked at yet, in the order in which they were taken."""
    c = mails.c
    query = select(c.id, c.mailbox, c.received_at, c.size, c.cut, c.reason).where(c.state == "new")
    return [Arrived(*row) for row in connection.execute(query.order_by(c.id).limit(limit))]


def held_back(connection: Connection) -> int:
    """Return how many mails are suspended or quarantined."""
    return int(connection.execute(select(func.count()).select_from(mails).where(is_held_back)).scalar_one())


def settle(
    connection: Connection,
    mail: int,
    state: MailState,
    reason: str = "",
    *,
    message: Message | None = None,
    conversation: int = 0,
) -> None:
    """Note what a mail was taken for."""
    values: dict[str, str] = {
        "state": state,
        "reason": reason,
        "conversation": str(conversation) if conversation else "",
    }
    if message is not None:
        to = tuple(a.email for a in (*message.to, *message.cc)[:10])
        values["body"] = packed(Glance(message.subject, message.sender, to, message.defects))
        values["sender"] = message.sender.email
        values["message_id"] = message.message_id
    connection.execute(update(mails).where(mails.c.id == mail).values(**values))


def references(connection: Connection, conversation: int, most: int = 20) -> list[str]:
    """Return the Message-IDs of the mails heard there, oldest first: the first one and the newest."""
    c = mails.c
    query = select(c.message_id).where(
        c.conversation == str(conversation), c.state == "heard", c.message_id != ""
    )
    found = list(dict.fromkeys(connection.execute(query.order_by(c.id)).scalars()))
    return found if len(found) <= most else [found[0], *found[1 - most :]]
