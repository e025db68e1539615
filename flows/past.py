"""
What solved tickets still tell: which of them a new one is like, and how their accounts fared.

Walking through all of them takes a while, so it is done once a day and kept.
"""

from __future__ import annotations

import heapq
import logging
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from hub.history.changes import course_of
from hub.model import Json, Ticket, TicketId
from hub.ports import Store
from hub.records import Held
from hub.registers import DONE
from hub.roll_up import WINDOW
from hub.roll_up import Row as Rolled
from hub.suggest.rows import Row, account_of, row_of

if TYPE_CHECKING:
    from hub.suggest.likeness import Likeness

PAST = "past"
_PAGE = 500
_OLD = timedelta(hours=30)
"""Every night makes it anew; a rescore only where that failed."""
_log = logging.getLogger("hub.outlook")


class Past(msgspec.Struct, frozen=True):
    """Of the tickets that are done."""

    index: bytes = b""
    """`Likeness` as it dumps itself."""
    recent: tuple[Row, ...] = ()
    """Those that came lately, with their words: an incident may be made of solved tickets, too."""
    rolled: Mapping[TicketId, Rolled] = {}
    """Those that were touched within the window of an account's health."""

    @property
    def likeness(self) -> Likeness:
        from hub.suggest.likeness import Likeness  # noqa: PLC0415  numpy is not for every run

        return Likeness.load(self.index) if self.index else Likeness.of(())


def walk(store: Store, now: str, *, most: int, usual: timedelta) -> Past:
    """Go through all tickets that are done, a page in memory at a time; `most` of them are compared with."""
    from hub.suggest.likeness import Likeness  # noqa: PLC0415  numpy is not for every run

    since = _before(now, usual)
    touched = _before(now, timedelta(days=WINDOW))
    newest: list[tuple[str, str, Row]] = []
    recent: list[Row] = []
    rolled: dict[TicketId, Rolled] = {}
    for held in _solved(store):
        ticket = held.ticket
        row = row_of(ticket)
        keep = heapq.heappush if len(newest) < most else heapq.heappushpop
        if row.text and most:
            _ = keep(newest, (row.at, row.id, row))
        if row.at >= since:
            recent.append(row)
        last = touched_at(ticket)
        if last >= touched:
            rolled[ticket.id] = rolled_of(held)
    return Past(Likeness.of(row for _, _, row in sorted(newest)).dump(), tuple(recent), rolled)


def kept_past(store: Store, now: str) -> Past | None:
    """Return what was kept; None if that is too old, or not to be understood any more."""
    snapshot = store.outlook(PAST)
    if snapshot is None or snapshot.at < _before(now, _OLD):
        return None
    try:
        past = msgspec.convert(_opened(snapshot.body), Past)
        _ = past.likeness
    except (msgspec.MsgspecError, ValueError, TypeError, KeyError) as error:
        _log.warning("the kept past of %s cannot be used (%s); it is made anew", snapshot.at, error)
        return None
    return past


def keep_past(store: Store, past: Past, now: str) -> None:
    body = msgspec.to_builtins(past, builtin_types=(bytes,))
    store.save_outlook(PAST, {**body, "index": b64encode(past.index).decode()}, now)


def _opened(body: Json) -> Json:
    return {**body, "index": b64decode(body["index"])}


def rolled_of(held: Held, *, waiting: float = 0.0, mood: float | None = None) -> Rolled:
    """Return a ticket's line in what accounts, areas and queues amount to."""
    ticket, score = held.ticket, held.score
    course = course_of(ticket)
    done = ticket.get("status") in DONE
    return Rolled(
        ticket=ticket.id,
        account=account_of(ticket),
        area=_word(ticket, "product_area"),
        queue=_word(ticket, "group"),
        open=not done,
        attention=score.attention if score is not None and not done else 0,
        risk=score.escalation_risk if score is not None and not done else 0.0,
        waiting=round(waiting, 2),
        touched=touched_at(ticket),
        escalated=(course.escalated,) if course.escalated else (),
        breached=course.breached,
        reopened=course.reopened,
        mood=mood,
    )


def touched_at(ticket: Ticket) -> str:
    """Return when anything was said or decided on a ticket last."""
    course = course_of(ticket)
    spell = course.spells[-1][1] if course.spells else ""
    return max(course.opened, course.last_customer, course.last_ours, spell)


def _solved(store: Store) -> Iterator[Held]:
    after = ""
    while ids := store.ticket_ids(_PAGE, after):
        after = ids[-1]
        for held in store.load(ids).values():
            if held.ticket.get("status") in DONE:
                yield held


def _word(ticket: Ticket, register: str) -> str:
    value = ticket.get(register)
    return value if isinstance(value, str) else ""


def _before(now: str, span: timedelta) -> str:
    return f"{datetime.fromisoformat(now) - span:%Y-%m-%dT%H:%M:%SZ}"
