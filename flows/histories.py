"""Histories as files: what the store kept of its tickets' pasts written out, and any tool's history read."""

from __future__ import annotations

import gzip
import heapq
import os
import sqlite3
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Protocol

import msgspec

from hub.errors import Misconfigured
from hub.history.changes import changes
from hub.history.event import Event, read_events, write_event
from hub.history.moments import moment
from hub.model import TicketId
from hub.ports import Store


class Sink(Protocol):
    """What bytes can be written to."""

    def write(self, data: bytes, /) -> int: ...


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
            told = (e for held in store.load(ids).values() for e in changes(None, held.ticket))
            rows = [(e.at, e.ticket, n, msgspec.json.encode(e)) for n, e in enumerate(told) if e.at >= since]
            _ = spool.executemany("INSERT INTO told VALUES (?, ?, ?, ?)", rows)
            after = ids[-1]
            ids = store.without_history(_PAGE, after)
        for (body,) in spool.execute("SELECT body FROM told ORDER BY at, ticket, n"):
            yield _to_event(body)


# files ------------------------------------------------------------------------------------------


def write_history(events: Iterable[Event], out: Sink) -> int:
    """Write one event a line; return how many there were."""
    count = 0
    for count, event in enumerate(events, 1):  # noqa: B007  the last number is how many there were
        _ = out.write(write_event(event) + b"\n")
    return count


@contextmanager
def new_file(path: Path) -> Generator[Sink]:
    """
    Write a file that is there whole or not at all, and that only its owner reads: it holds people's words.

    One that ends in `.gz` is compressed.
    """
    part = path.with_name(f"{path.name}.part")
    try:
        handle = os.open(part, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
        with os.fdopen(handle, "wb") as raw:
            if path.suffix == ".gz":
                with gzip.GzipFile(path.stem, "wb", 6, raw, mtime=0) as packed:
                    yield packed
            else:
                yield raw
        _ = part.replace(path)
    except OSError as error:
        raise Misconfigured(f"{path}: cannot be written ({error.strerror}).") from None
    finally:
        part.unlink(missing_ok=True)


def read_history(path: Path, *, sort: bool = False) -> Iterator[Event]:
    """
    Yield the events of a file, which may be compressed (`.gz`), a line in memory at a time.

    Raises `Misconfigured` with file and line where it is no history.
    """
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as lines:
            yield from read_events(lines, str(path), sort=sort)
    except (OSError, EOFError) as error:
        why = getattr(error, "strerror", None) or error
        raise Misconfigured(f"{path}: cannot be read ({why}).") from None


def since_of(text: str) -> str:
    """Return the instant that a person means by a day or an instant; "" for the beginning of time."""
    try:
        return moment(text) if text else ""
    except (ValueError, OverflowError):
        raise Misconfigured(
            f"{text!r} is neither a day nor an instant; write it like 2026-01-31 or 2026-01-31T09:00:00Z."
        ) from None
