"""An inbox, and a mailbox that does as it is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from connectors.email import chunks
from connectors.email.inbox import Inbox
from connectors.email.server import Server
from hub.store import SqlStore, open_store
from hub.store.mail_tables import mails
from tests.mailservers import NO_REAL, MailServer, StandIn, mail_server  # noqa: F401

NOW = "2026-02-01T00:00:00Z"


def mail(n: int, said: bytes = b"Where is my order?", trace: bytes = b"") -> bytes:
    return (
        trace + b"Message-ID: <m%d@shop.example>\r\nDate: Mon, 5 Jan 2026 10:00:00 +0000\r\n"
        b"From: ann@shop.example\r\nSubject: Order %d\r\n\r\n%b\r\n" % (n, n, said)
    )


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    opened = open_store(f"sqlite:///{tmp_path / 'hub.sqlite3'}", now=lambda: NOW)
    yield opened
    opened.close()


@pytest.fixture
def inboxes(store: SqlStore) -> Iterator[Callable[..., Inbox]]:
    """Opens inboxes and closes them."""
    opened: list[Inbox] = []

    def make(server: Server, *names: str, **options: Any) -> Inbox:
        options.setdefault("max_size", 40_000_000)
        box = Inbox(store, server, names or ("INBOX",), lambda: NOW, **options)
        opened.append(box)
        return box

    yield make
    for box in opened:
        box.close()


def rows(store: SqlStore) -> list[Any]:
    with store.reading() as connection:
        return list(connection.execute(select(mails).order_by(mails.c.id)).all())


def raw_of(store: SqlStore, number: int) -> bytes:
    with store.reading() as connection:
        return b"".join(chunks.read(connection, chunks.of_mail(number)))


def heard(store: SqlStore) -> list[bytes]:
    """The mails that are to be looked at, as bytes, in order of arrival."""
    return [raw_of(store, row.id) for row in rows(store) if row.state == "new"]


def count_of(store: SqlStore, table: Any) -> int:
    with store.reading() as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())
