"""Histories as files: what the store kept of its tickets' pasts written out, and any tool's history read."""

from __future__ import annotations

import heapq
import sqlite3
from collections.abc import Iterator
from contextlib import closing

import msgspec

from hub.canary import is_canary
from hub.errors import Misconfigured
from hub.history.changes import changes
from hub.history.event import Event
from hub.history.moments import moment
from hub.model import TicketId
from hub.ports import Store

_PAGE = 500
_to_event = msgspec.json.Decoder(Event).decode


# what the store kept ------------------------------------------------------------------------------


def history_of(store: Store, name: str = "", since: str = "") -> Iterator[Event]:
    """
    Yield what happened to all tickets, or to those of that name, in order of time, then of ticket.

    A ticket that was held before histories were kept, and was not planned since, is told as far as it
    still tells itself. Raises `Misconfigured` where there is no such ticket.
    """
    if not name:
        return heapq.merge(store.history(since=since), _untold(store, since), key=_order)
    ids = store.named(name)
    if not ids:
        raise Misconfigured(
            f"No ticket is called {name!r} here. Ids look like zendesk:7; #7 and SUP-7 work too."
        )
    return heapq.merge(*(_one(store, ticket, since) for ticket in ids), key=_order)


def _order(event: Event) -> tuple[str, str]:
    return event.at, event.ticket


def _one(store: Store, ticket: TicketId, since: str) -> Iterator[Event]:
    if next(store.history(ticket), None) is not None:
        return store.history(ticket, since)
    return (e for held in store.load([ticket]).values() for e in changes(None, held.ticket) if e.at >= since)


def _untold(store: Store, since: str) -> Iterator[Event]:
    """Tell tickets of which nothing was kept. They are put in order on disk: there may be very many."""
    after, ids = "", store.without_history(_PAGE)
    if not ids:
        return
    with closing(sqlite3.connect("")) as spool:  # a file of its own, which ends with the connection
        _ = spool.execute("CREATE TABLE told (at TEXT, ticket TEXT, n INTEGER, body BLOB)")
        while ids:
            held = (one.ticket for one in store.load(ids).values() if not is_canary(one.ticket))
            told = (e for ticket in held for e in changes(None, ticket))
            rows = [(e.at, e.ticket, n, msgspec.json.encode(e)) for n, e in enumerate(told) if e.at >= since]
            _ = spool.executemany("INSERT INTO told VALUES (?, ?, ?, ?)", rows)
            after = ids[-1]
            ids = store.without_history(_PAGE, after)
        for (body,) in spool.execute("SELECT body FROM told ORDER BY at, ticket, n"):
            yield _to_event(body)


def since_of(text: str) -> str:
    """Return the instant that a person means by a day or an instant; "" for the beginning of time."""
    try:
        return moment(text) if text else ""
    except (ValueError, OverflowError):
        raise Misconfigured(
            f"{text!r} is neither a day nor an instant; write it like 2026-01-31 or 2026-01-31T09:00:00Z."
        ) from None
