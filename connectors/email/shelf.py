"""Mails that were held back, and what people decide about them; and what a person asks of all the others."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection, Row, Select, func, select, update

from connectors.email import chunks
from connectors.email.model import Glance, MailState
from hub.store.mail_tables import is_held_back, mail_places, mailboxes, mails, outbox

WAITING: tuple[MailState, ...] = ("suspended", "quarantined")
"""Held back until a person decides."""
RECOVERABLE: tuple[MailState, ...] = (*WAITING, "dropped", "peer")
"""What a person may let in: what was held back, given up by mistake, or taken for a notification."""
CAPPED = "cap: "
"""How the reasons begin for which a mail is withheld by a cap."""
_HEAD = 1024 * 1024
_PIECE = 64 * 1024


class Shelved(NamedTuple):
    """One mail that came in, as people see it in a list."""

    id: int
    mailbox: str
    received_at: str
    size: int
    cut: bool
    state: MailState
    reason: str
    message_id: str
    conversation: int
    """0: none."""
    glance: Glance


class Place(NamedTuple):
    """Where a mail lies on the server."""

    account: str
    mailbox: str
    uidvalidity: int
    uid: int


class News(NamedTuple):
    account: str
    name: str
    at: str


def listed(connection: Connection, states: Collection[MailState], limit: int | None = None) -> list[Shelved]:
    """Return the mails in these states, newest first."""
    query = _shelved().order_by(mails.c.id.desc()).limit(limit)
    wanted = is_held_back if set(states) == set(WAITING) else mails.c.state.in_(sorted(states))
    return [_one(row) for row in connection.execute(query.where(wanted))]


def get(connection: Connection, numbers: Collection[int]) -> dict[int, Shelved]:
    query = _shelved().where(mails.c.id.in_(sorted(numbers)))
    return {row.id: _one(row) for row in connection.execute(query)}


def counts(connection: Connection) -> Mapping[str, int]:
    """Return how many mails wait for a person, by their state."""
    query = select(mails.c.state, func.count()).where(is_held_back).group_by(mails.c.state)
    return dict(connection.execute(query).tuples().all())


def places(connection: Connection, mail: int) -> list[Place]:
    """Return where a mail was seen, by its last numbers there."""
    c = mail_places.c
    query = select(c.account, c.mailbox, c.uidvalidity, c.uid).where(c.mail_id == mail)
    return [Place(*row) for row in connection.execute(query.order_by(c.mailbox, c.uidvalidity, c.uid))]


def news_at(connection: Connection) -> list[News]:
    """Return when each mailbox last had something new: a mail, or new numbers."""
    c = mailboxes.c
    query = select(c.account, c.name, c.at).order_by(c.account, c.name)
    return [News(*row) for row in connection.execute(query)]


def capped(connection: Connection) -> list[int]:
    """Return which mails of the outbox a cap keeps from being sent, newest first."""
    query = select(outbox.c.id).where(
        outbox.c.state == "withheld", outbox.c.body.contains(f'"reason":"{CAPPED}', autoescape=True)
    )
    return list(connection.execute(query.order_by(outbox.c.id.desc())).scalars())


def recover(connection: Connection, numbers: Collection[int], reason: str) -> int:
    """Let these be heard by the next run; `reason`: see `arrived.Arrived`. Return how many will be."""
    return _decide(connection, numbers, RECOVERABLE, state="new", reason=reason, idle_since="")


def drop(connection: Connection, numbers: Collection[int], at: str) -> int:
    """Give these up; their reason stays, and for a while their bytes. Return how many."""
    return _decide(connection, numbers, WAITING, state="dropped", idle_since=at)


def head(connection: Connection, mail: int) -> bytes:
    """Return the header block of a mail, without the empty line behind it."""
    found = bytearray()
    for piece in chunks.read(connection, chunks.of_mail(mail), 0, _HEAD):
        for start in range(0, len(piece), _PIECE):
            found += piece[start : start + _PIECE]
            ends = [at for end in (b"\r\n\r\n", b"\n\n") if (at := found.find(end)) >= 0]
            if ends:
                return bytes(found[: min(ends)])
    return bytes(found)


def raw(connection: Connection, mail: int) -> Iterator[bytes]:
    """Yield a mail as it came."""
    return chunks.read(connection, chunks.of_mail(mail))


def _decide(
    connection: Connection, numbers: Collection[int], states: Sequence[MailState], **values: str
) -> int:
    query = update(mails).where(mails.c.id.in_(sorted(numbers)), mails.c.state.in_(states))
    return connection.execute(query.values(**values)).rowcount


def _shelved() -> Select[Any]:
    c = mails.c
    return select(
        c.id, c.mailbox, c.received_at, c.size, c.cut, c.state, c.reason, c.message_id, c.conversation, c.body
    )


def _one(row: Row[Any]) -> Shelved:
    *columns, conversation, body = row
    glance = msgspec.json.decode(body, type=Glance) if body else Glance()
    return Shelved(*columns, conversation=int(conversation or 0), glance=glance)
