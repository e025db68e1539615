"""
The rows of the outbox, and how one moves from state to state.

    pending ─→ sending ─→ sent
       ↑ ↑        │  ├──→ failed          refused for good
       │ └────────┘  └──→ unknown ─→ sent (evidence) or pending (none: the same bytes again) or failed
       └ withheld, failed               a person asks for it again

A row moves only from the state and attempt that its mover saw: of two that reach for it, one gets it.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, func, literal, select, update

from connectors.email.answers import one_line
from connectors.email.house import Caps
from connectors.email.model import Sending, SendState
from hub.store.mail_tables import outbox

QUEUED = "queued"
"""The word in a history from which times and tries are counted."""
LATER = "later"
"""The word for a try that was put off."""
LET_GO = "let-go"
"""The word for the bytes of a mail that are not kept any longer."""
_WAITS = (60, 300, 900, 3600, 10800)
"""Seconds until the next try; the last one again and again."""
_GIVE_UP = 5 * 24 * 3600
"""Seconds after which a server that always says "later" is taken to say no (RFC 5321: 4-5 days)."""
_read = msgspec.json.Decoder(Sending).decode


class Delivery(NamedTuple):
    """One mail to one recipient, as it stands."""

    id: int
    conversation: int
    comment: int
    recipient: str
    message_id: str
    state: SendState
    due_at: str
    at: str
    attempts: int
    head: str
    sending: Sending

    def times(self, word: str) -> int:
        """Return how often something happened to it since it was queued."""
        return sum(_word(it) == word for it in self._since_queued())

    @property
    def ids(self) -> tuple[str, ...]:
        """Return the Message-IDs that it may be found by."""
        return tuple(it for it in (self.message_id, *self.sending.given_ids) if it)

    def first(self, word: str) -> str:
        """Return when something first happened to it since it was queued; empty: never."""
        return next((it.split(" ", 1)[0] for it in self._since_queued() if _word(it) == word), "")

    @property
    def was_released(self) -> bool:
        """Whether a person asked for it: no cap holds it back any more."""
        return sum(_word(it) == QUEUED for it in self.sending.history) > 1

    @property
    def has_left(self) -> bool:
        """Whether anything of it may have reached anybody."""
        return self.state in {"sending", "sent", "unknown"} or any(
            _word(it) in {"sent", "unknown"} for it in self.sending.history
        )

    @property
    def let_go(self) -> str:
        """Return the day on which its bytes were let go; empty: they are kept, or there never were any."""
        return next((it[:10] for it in self.sending.history if _word(it) == LET_GO), "")

    def _since_queued(self) -> tuple[str, ...]:
        history = self.sending.history
        starts = [n for n, it in enumerate(history) if _word(it) == QUEUED]
        return history[starts[-1] :] if starts else history


def _word(line: str) -> str:
    return line.split(" ", 2)[1]


def entry(now: str, word: str, detail: str = "") -> str:
    """Write a line of a history."""
    return f"{now} {word} {one_line(detail)}".rstrip()


def get(connection: Connection, delivery: int) -> Delivery | None:
    found = connection.execute(select(outbox).where(outbox.c.id == delivery)).one_or_none()
    return None if found is None else _delivery(found)


def of_comment(connection: Connection, comment: int) -> list[Delivery]:
    return _all(connection, outbox.c.comment == comment)


def of_conversation(connection: Connection, conversation: int, limit: int | None = None) -> list[Delivery]:
    """Return its newest rows, oldest first, without their header blocks."""
    columns = [literal("").label("head") if it.name == "head" else it for it in outbox.c]
    query = select(*columns).where(outbox.c.conversation == conversation)
    rows = connection.execute(query.order_by(outbox.c.id.desc()).limit(limit))
    return [_delivery(row) for row in reversed(rows.all())]


def in_states(connection: Connection, states: Collection[SendState], limit: int) -> list[Delivery]:
    """Return the newest rows in these states, all states where none is named."""
    query = select(outbox).order_by(outbox.c.id.desc()).limit(limit)
    query = query.where(outbox.c.state.in_(states)) if states else query
    return [_delivery(row) for row in connection.execute(query)]


def due(connection: Connection, state: SendState, now: str, limit: int) -> list[int]:
    """Return rows of this state whose time has come, first come first."""
    columns = outbox.c
    query = (
        select(columns.id)
        .where(columns.state == state, columns.due_at <= now)
        .order_by(columns.due_at, columns.id)
        .limit(limit)
    )
    return list(connection.execute(query).scalars())


def doubtful(connection: Connection, limit: int) -> list[Delivery]:
    """Return rows of which nobody knows, those that wait longest first."""
    query = select(outbox).where(outbox.c.state == "unknown").order_by(outbox.c.due_at, outbox.c.id)
    return [_delivery(row) for row in connection.execute(query.limit(limit))]


def move(
    connection: Connection,
    seen: Delivery,
    state: SendState,
    now: str,
    *,
    said: str = "",
    word: str = "",
    due_at: str = "",
    attempts: int | None = None,
    **changes: object,
) -> Delivery | None:
    """
    Move a row on, and tell in its history; `changes` are of its `Sending`.

    Return the row as it is now; None: somebody else moved it since it was seen, and nothing was done.
    """
    kept = seen.sending
    if said or word:
        changes["history"] = (*kept.history, entry(now, word or state, said))
    moved = seen._replace(
        state=state,
        at=now if state != seen.state else seen.at,
        due_at=due_at or now,
        attempts=seen.attempts if attempts is None else attempts,
        sending=msgspec.structs.replace(kept, **changes),
    )
    done = connection.execute(
        update(outbox)
        .where(outbox.c.id == seen.id, outbox.c.state == seen.state, outbox.c.attempts == seen.attempts)
        .values(
            state=moved.state,
            at=moved.at,
            due_at=moved.due_at,
            attempts=moved.attempts,
            body=msgspec.json.encode(moved.sending).decode(),
        )
    )
    return moved if done.rowcount else None


def put_off(seen: Delivery, now: str) -> str | None:
    """Return when a mail is tried again that was put off, or None: it was tried for long enough."""
    # Not from when it was queued: our own server's absence is no answer to this mail.
    begun = seen.first(LATER)
    if begun and _seconds(begun, now) > _GIVE_UP:
        return None
    return later(now, _WAITS[min(seen.times(LATER), len(_WAITS) - 1)])


def over_cap(connection: Connection, seen: Delivery, caps: Caps, now: str) -> str:
    """Return which cap one more mail would break, as a reason; nothing if none."""
    limits = [*caps.per_thread, *caps.per_address]
    if seen.attempts or seen.was_released or not limits:
        return ""
    columns = outbox.c
    longest = later(now, -max(seconds for _, seconds in limits))
    query = select(columns.conversation, columns.at).where(
        columns.recipient == seen.recipient,
        columns.at > longest,
        columns.attempts > 0,
        columns.id != seen.id,
    )
    sent = [(row.conversation, row.at) for row in connection.execute(query)]
    here = [at for conversation, at in sent if conversation == seen.conversation]
    for times, allowed, what in (
        (here, caps.per_thread, "in this conversation"),
        ([at for _, at in sent], caps.per_address, "in all"),
    ):
        for most, seconds in allowed:
            if sum(at > later(now, -seconds) for at in times) >= most:
                return f"cap: {seen.recipient} got {most} mails within {seconds // 60} minutes {what}"
    return ""


def count(connection: Connection) -> dict[SendState, int]:
    query = select(outbox.c.state, func.count()).group_by(outbox.c.state)
    return dict(connection.execute(query).tuples().all())


def later(now: str, seconds: float) -> str:
    moved = datetime.fromisoformat(now) + timedelta(seconds=seconds)
    return moved.strftime("%Y-%m-%dT%H:%M:%SZ")


def _seconds(earlier: str, now: str) -> float:
    return (datetime.fromisoformat(now) - datetime.fromisoformat(earlier)).total_seconds()


def _all(connection: Connection, where: ColumnElement[bool]) -> list[Delivery]:
    return [_delivery(row) for row in connection.execute(select(outbox).where(where).order_by(outbox.c.id))]


def _delivery(row: Row[tuple[object, ...]]) -> Delivery:
    *columns, body = row
    return Delivery(*columns, sending=_read(body))  # pyright: ignore[reportArgumentType]
