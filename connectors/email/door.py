"""A mail connector, put together of its parts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from sqlalchemy import Connection

from connectors.email.connector import EmailConnector
from connectors.email.executing import Executor
from connectors.email.hearing import Hearing
from connectors.email.house import House
from connectors.email.inbox import Inbox
from connectors.email.noting import note
from connectors.email.outbox import Outbox
from connectors.email.pruning import Pruning
from connectors.email.remembering import Remembered
from connectors.email.saying import Speaker
from connectors.email.server import Server
from connectors.email.smtp import Smtp
from hub.ports import Files
from hub.store.core import Core

_BESIDE = 1_000_000
"""Bytes that a mail may have beside its file."""


def open_mailbox(
    core: Core,
    house: House,
    imap: Server,
    smtp: Server,
    *,
    now: Callable[[], str],
    mailboxes: Sequence[str] = ("INBOX",),
    also: Sequence[Server] = (),
    since: str = "",
    evidence: Literal["copy", "sent", "none"] = "copy",
    groups: Mapping[str, str] | None = None,
    files: Files | None = None,
    webhook_secret: str = "",
    keep_days: int = 0,
) -> EmailConnector:
    """Return a connector to a support mailbox. Nothing is connected to before it is needed."""
    calls: Counter[str] = Counter()
    inbox, *others = [
        Inbox(core, server, mailboxes, now, since=since, max_size=house.max_size, calls=calls)
        for server in (imap, *also)
    ]

    def holds(ids: Sequence[str]) -> set[str]:
        mailbox = inbox.sent_mailbox() if evidence == "sent" else mailboxes[0]
        return inbox.holds(ids, mailbox) if mailbox is not None else set()

    def failed(connection: Connection, row: int, told: str) -> None:
        here = Remembered(connection).whose(row)
        if here and told:
            note(connection, here, told, now())

    looks = holds if evidence != "none" else None
    outbox = Outbox(core, house, Smtp(smtp, calls), now, evidence=evidence, holds=looks, failed=failed)
    largest = house.max_size * 3 // 4 - _BESIDE  # in base64 a file is a third larger
    speaker = Speaker(core, outbox, files, now, largest)
    return EmailConnector(
        core,
        [inbox, *others],
        outbox,
        Hearing(core, house, now, outbox),
        Executor(core, speaker, groups or {}, now),
        pruning=Pruning(core, now, keep_days),
        groups=groups or {},
        calls=calls,
        webhook_secret=webhook_secret,
    )
