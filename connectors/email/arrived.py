"""Mails that came in, as rows of the store: which wait to be heard, and what became of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, func, select, update

from connectors.email import chunks
from connectors.email.conversations import packed
from connectors.email.model import Glance, MailState, Message
from connectors.email.source import BytesSource, Source
from hub.store.mail_tables import is_held_back, is_waiting, mails

# Built once: to build a statement costs more than to run it.
_c = mails.c
_WAITING = (
    select(_c.id, _c.mailbox, _c.received_at, _c.size, _c.cut, _c.reason)
    .where(is_waiting)
    .order_by(_c.id)
    .limit(bindparam("most"))
)
_KEPT: frozenset[MailState] = frozenset(("new", "suspended", "quarantined"))
"""What may still be read again."""
_SETTLE = update(mails).where(_c.id == bindparam("mail"))


class Arrived(NamedTuple):
    """One mail that waits."""

    id: int
    mailbox: str
    received_at: str
    size: int
    cut: bool
    reason: str
    """Of one that was held back: why; set by a person who recovers it: `to:<conversation>`, `anyway`."""
    at: str
    """When it is looked at."""


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


def whole(connection: Connection, rows: Sequence[Arrived]) -> Iterator[tuple[Arrived, Source]]:
    """Yield mails with their bytes; those of the small ones are read at once."""
    small = [chunks.of_mail(row.id) for row in rows if row.size < chunks.CHUNK]
    held = chunks.first(connection, small)
    for row in rows:
        owner = chunks.of_mail(row.id)
        data = held.pop(owner, None)
        # How large a mail is, the server said: what fills a piece may go on in another.
        is_all = data is not None and len(data) < chunks.CHUNK
        yield row, BytesSource(data) if data is not None and is_all else Raw(connection, owner)


def waiting(connection: Connection, now: str, limit: int, size: int) -> Sequence[Arrived]:
    """Return the mails that nobody looked at yet, in order: one, and more up to `limit` of `size` in all."""
    found: list[Arrived] = []
    for row in connection.execute(_WAITING, {"most": limit}).all():
        found.append(Arrived(*row, at=now))
        size -= found[-1].size
        if size < 0:
            break
    return found


def held_back(connection: Connection) -> int:
    """Return how many mails are suspended or quarantined."""
    return int(connection.execute(select(func.count()).select_from(mails).where(is_held_back)).scalar_one())


def settle(
    connection: Connection,
    mail: Arrived,
    state: MailState,
    reason: str = "",
    *,
    message: Message | None = None,
    conversation: int = 0,
) -> None:
    """Note what a mail was taken for."""
    values: dict[str, object] = {
        "mail": mail.id,
        "state": state,
        "idle_since": "" if state in _KEPT else mail.at,
        "reason": reason,
        "conversation": str(conversation) if conversation else "",
    }
    if message is not None:
        to = tuple(a.email for a in (*message.to, *message.cc)[:10])
        values["body"] = packed(Glance(message.subject, message.sender, to, message.defects))
        values["sender"] = message.sender.email
        values["message_id"] = message.message_id
    connection.execute(_SETTLE, values)


def references(connection: Connection, conversation: int, most: int = 20) -> list[str]:
    """Return the Message-IDs of the mails heard there, oldest first: the first one and the newest."""
    c = mails.c
    query = select(c.message_id).where(
        c.conversation == str(conversation), c.state == "heard", c.message_id != ""
    )
    found = list(dict.fromkeys(connection.execute(query.order_by(c.id)).scalars()))
    return found if len(found) <= most else [found[0], *found[1 - most :]]
