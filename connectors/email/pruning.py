"""
Bytes that nothing needs any more, let go; what they were made into stays.

A mail is kept as it came so that it can be read again, and a frozen one so that it can be sent again.
Some months after it was heard, or after the last of its recipients was settled, neither will happen. Of a
mail with files, the bytes are the files: they stay until the conversation is closed, for until then
somebody may have to copy them. What waits for a person (suspended, quarantined) is never touched.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import BindParameter, Connection, Row, bindparam, delete, select, update

from connectors.email import chunks, conversations
from connectors.email.conversations import packed
from connectors.email.deliveries import LET_GO, entry
from connectors.email.model import Glance, Sending
from hub.store.core import Core
from hub.store.mail_tables import is_idle_comment, is_idle_mail, mail_chunks, mail_comments, mails, outbox

MOST = 2000
"""Mails that one run lets go, at most, and as many comments: the rest waits for the next."""
BATCH = 50
BATCH_BYTES = 64_000_000
"""How many of them, or of how many bytes, one transaction removes."""
AGAIN_DAYS = 7
"""After so many days it is asked again whether a mail's files are still needed."""

_MAILS = (
    select(mails.c.id, mails.c.size, mails.c.conversation, mails.c.body)
    .where(is_idle_mail, mails.c.idle_since <= bindparam("before"))
    .order_by(mails.c.idle_since, mails.c.id)
    .limit(BATCH)
)
_COMMENTS = (
    select(mail_comments.c.id, mail_comments.c.conversation)
    .where(is_idle_comment, mail_comments.c.idle_since <= bindparam("before"))
    .order_by(mail_comments.c.idle_since, mail_comments.c.id)
    .limit(BATCH)
)
_some: BindParameter[Any] = bindparam("comments", expanding=True)
_SENT = select(
    outbox.c.id, outbox.c.comment, outbox.c.state, outbox.c.at, outbox.c.head, outbox.c.body
).where(outbox.c.comment.in_(_some))
_SETTLED = ("sent", "failed", "withheld", "cancelled")


class Pruning:
    """Lets go what has been settled for `keep_days` days; 0: nothing ever."""

    def __init__(self, core: Core, now: Callable[[], str], keep_days: int) -> None:
        self._core = core
        self._now = now
        self._keep_days = keep_days

    def run(self) -> int:
        """Let go of what is due, some in each transaction; return of how many mails and comments."""
        if not self._keep_days:
            return 0
        now = self._now()
        before = _moved(now, -self._keep_days)
        return sum(self._all(one, before, now) for one in (_mails, _comments))

    def _all(self, some: Callable[[Connection, str, str], tuple[int, int]], before: str, now: str) -> int:
        looked = gone = 0
        while looked < MOST:
            with self._core.fenced() as connection:
                seen, freed = some(connection, before, now)
            looked, gone = looked + seen, gone + freed
            if not seen:
                break
        return gone


def _mails(connection: Connection, before: str, now: str) -> tuple[int, int]:
    """Look at some mails; return at how many, and how many were let go."""
    rows = _within(connection.execute(_MAILS, {"before": before}).all())
    needed = _needed(connection, rows)
    gone = [row for row in rows if row.id not in needed]
    _remove(connection, [chunks.of_mail(row.id) for row in gone])
    for row in gone:
        glance = msgspec.json.decode(row.body, type=Glance) if row.body else Glance()
        body = packed(msgspec.structs.replace(glance, let_go=now[:10]))
        connection.execute(update(mails).where(mails.c.id == row.id).values(idle_since="", body=body))
    if needed:
        again = _moved(before, AGAIN_DAYS)
        connection.execute(update(mails).where(mails.c.id.in_(needed)).values(idle_since=again))
    return len(rows), len(gone)


def _within(rows: Sequence[Row[Any]]) -> list[Row[Any]]:
    """Return the first rows, of `BATCH_BYTES` in all: one at least."""
    found: list[Row[Any]] = []
    size = 0
    for row in rows:
        size += row.size
        if found and size > BATCH_BYTES:
            break
        found.append(row)
    return found


def _needed(connection: Connection, rows: Iterable[Row[Any]]) -> set[int]:
    """Return the mails whose files somebody may still have to copy."""
    named = {int(row.conversation) for row in rows if row.conversation}
    held = conversations.load(connection, sorted(named))
    alive = [one.id for one in held.values() if one.value.status != "closed" and not one.value.deleted]
    files = conversations.files(connection, alive).values()
    owners = {one.value.owner for some in files for one in some}
    return {row.id for row in rows if chunks.of_mail(row.id) in owners}


def _comments(connection: Connection, before: str, now: str) -> tuple[int, int]:
    """Look at some comments that were sent; return at how many, and how many were let go."""
    rows = connection.execute(_COMMENTS, {"before": before}).all()
    ids = [row.id for row in rows]
    sent: Sequence[Row[Any]] = connection.execute(_SENT, {"comments": ids}).all() if ids else ()
    waits = {it.comment for it in sent if it.state not in _SETTLED or it.at > before}
    gone = {number for number in ids if number not in waits}
    files = conversations.files(connection, {row.conversation for row in rows}).values()
    owners = [one.value.owner for some in files for one in some if one.comment in gone]
    of_ours = [owner for owner in owners if owner.startswith(chunks.of_comment(0).rstrip("0"))]
    _remove(connection, [*map(chunks.of_comment, sorted(gone)), *of_ours])
    for it in sent:
        if it.comment in gone and it.head:
            sending = msgspec.json.decode(it.body, type=Sending)
            history = (*sending.history, entry(now, LET_GO, "its bytes are not kept any longer"))
            body = packed(msgspec.structs.replace(sending, history=history))
            connection.execute(update(outbox).where(outbox.c.id == it.id).values(head="", body=body))
    _since(connection, gone, "")
    _since(connection, waits, _moved(before, AGAIN_DAYS))
    return len(rows), len(gone)


def _since(connection: Connection, comments: Collection[int], when: str) -> None:
    if comments:
        some = mail_comments.c.id.in_(sorted(comments))
        connection.execute(update(mail_comments).where(some).values(idle_since=when))


def _remove(connection: Connection, owners: Sequence[str]) -> None:
    if owners:
        connection.execute(delete(mail_chunks).where(mail_chunks.c.owner.in_(owners)))


def _moved(at: str, days: int) -> str:
    return f"{datetime.fromisoformat(at) + timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}"
