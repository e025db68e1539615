"""A hub's folder with a mailbox: mails that came, were heard and are to be sent, by the real modules."""

from __future__ import annotations

import io
import sys
from collections import Counter
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from connectors.email import arrivals, conversations, deliveries
from connectors.email.arrivals import Arrival, Box, Cursor
from connectors.email.arrivals_sameness import marks_of
from connectors.email.conversations import Held, label
from connectors.email.hearing import Hearing
from connectors.email.model import Address, SendState
from connectors.email.outbox import Outbox
from connectors.email.server import Server
from connectors.email.smtp import Smtp
from connectors.email.source import BytesSource
from flows.cli import main
from flows.connecting_mail import house_of
from flows.setting_up import copy_mappings
from hub.model import EMAIL, ZENDESK, RemoteId, Ticket, TicketId
from hub.records import Decision, Score
from hub.replica import Link
from hub.settings import EmailSettings, load
from hub.store import SqlStore, open_store

AT = "2026-05-01T10:00:00Z"
TOML = """
[zendesk]
url = "https://acme.zendesk.com"
email = "hub@acme.example"
api_token = "none"
[jira]
url = "https://acme.atlassian.net"
email = "hub@acme.example"
api_token = "none"
"""
MAIL_TOML = """
[email]
address = "support@acme.example"
name = "Acme Support"
keys = ["0123456789abcdef0123456789abcdef"]
[email.imap]
host = "127.0.0.1"
port = 1
security = "none"
password = "p"
[email.smtp]
host = "127.0.0.1"
port = 1
security = "none"
password = "p"
"""


def mail(
    subject: str = "It hangs", *, sender: str = "ann@shop.example", body: str = "Please help.", **more: str
) -> bytes:
    """Write a mail; `more` are its other headers, with _ for -."""
    lines = [
        f"Message-ID: <{sha256(repr((subject, sender, body)).encode()).hexdigest()[:20]}@shop.example>",
        f"From: Ann <{sender}>",
        "To: support@acme.example",
        f"Subject: {subject}",
        "Date: Fri, 01 May 2026 10:00:00 +0000",
        *(f"{name.replace('_', '-')}: {value}" for name, value in more.items()),
    ]
    return ("\r\n".join(lines) + f"\r\n\r\n{body}\r\n").encode()


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@dataclass
class MailRoom:
    """See the module; `hub` calls the command as a person does."""

    folder: Path
    store: SqlStore
    capfdbinary: pytest.CaptureFixture[bytes]
    monkeypatch: pytest.MonkeyPatch
    uids: Counter[str] = field(default_factory=Counter[str])

    @property
    def settings(self) -> EmailSettings:
        found = load(self.folder / "hub.toml").email
        assert found is not None
        return found

    @property
    def outbox(self) -> Outbox:
        smtp = Smtp(Server("127.0.0.1", 1), Counter())
        return Outbox(self.store, house_of(self.settings), smtp, lambda: AT)

    def arrive(self, *raws: bytes, quarantine: str = "") -> list[int]:
        """Let mails come, as the inbox takes them; return their numbers."""
        box = Box("support@127.0.0.1", "INBOX")
        before = self.uids["INBOX"]
        self.uids["INBOX"] += len(raws)
        some = [
            Arrival(before + n, AT, BytesSource(raw), marks_of([raw]), len(raw), quarantine=quarantine)
            for n, raw in enumerate(raws, 1)
        ]
        with self.store.lease("test"):
            _ = arrivals.take(self.store, box, some, Cursor(7, before + len(raws) + 1), AT)
        return list(range(before + 1, before + 1 + len(raws)))

    def hear(self) -> None:
        with self.store.lease("test"):
            _ = Hearing(self.store, house_of(self.settings), lambda: AT, self.outbox).work()

    def conversation(self, number: int) -> Held:
        with self.store.reading() as connection:
            held = conversations.one(connection, number)
        assert held is not None
        return held

    def comments(self, number: int) -> list[str]:
        with self.store.reading() as connection:
            return [c.value.text for c in conversations.comments(connection, [number]).get(number, ())]

    def answer(self, number: int, *, withheld: str = "") -> int:
        """Say something in a conversation, for its requester; return the row of the outbox."""
        held = self.conversation(number)
        with self.store.lease("test"), self.store.fenced() as connection:
            said = conversations.Said(
                "We look.", Address("maya@acme.example", "Maya"), public=True, kind="sent"
            )
            comment = conversations.say(connection, number, said, AT)
            self.outbox.freeze(
                connection, number, held.value, comment, said.text, said.author, AT, (), references=(),
                withheld=withheld,
            )  # fmt: skip
            return deliveries.of_comment(connection, comment)[0].id

    def move(self, row: int, state: SendState, reason: str = "") -> None:
        """Let a mail of the outbox come to this."""
        with self.store.lease("test"), self.store.fenced() as connection:
            seen = deliveries.get(connection, row)
            assert seen is not None
            assert deliveries.move(connection, seen, state, AT, said=reason, reason=reason) is not None

    def state(self, row: int) -> str:
        with self.store.reading() as connection:
            found = deliveries.get(connection, row)
        assert found is not None
        return found.state

    def tie(self, number: int, ticket: str = "zendesk:12") -> TicketId:
        """Let a conversation be a ticket's, as a run commits it; 0: the ticket has none."""
        made = Ticket(TicketId(ticket), {"subject": "It hangs", "status": "open"}, {})
        own = ticket.partition(":")[2]
        links = [Link(made.id, ZENDESK, RemoteId(own), label=f"#{own}")]
        if number:
            links.append(Link(made.id, EMAIL, RemoteId(str(number)), label=label(number)))
        with self.store.lease("test"):
            decision = Decision(
                made, tuple(links), Score(40, "normal", 0.5), (), (), (), dirty=False, traces=()
            )
            _ = self.store.commit([decision], [], "run-1", AT)
        return made.id

    def hub(self, *words: str) -> tuple[int, str, str]:
        code, out, err = self.binary(*words)
        return code, out.decode(), err.decode()

    def binary(self, *words: str) -> tuple[int, bytes, bytes]:
        self.monkeypatch.chdir(self.folder)
        self.monkeypatch.setenv("COLUMNS", "180")
        self.monkeypatch.setattr(sys, "argv", ["hub", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = self.capfdbinary.readouterr()
        return int(ended.value.code or 0), printed.out, printed.err

    def on_a_terminal(self, *words: str) -> str:
        """Return what a terminal is given."""
        terminal: Any = _Terminal()
        with self.monkeypatch.context() as patched:
            patched.setattr(sys, "stdout", terminal)
            _ = self.binary(*words)
        return str(terminal.getvalue())


def open_room(
    folder: Path, capture: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> MailRoom:
    _ = (folder / "hub.toml").write_text(TOML + MAIL_TOML)
    _ = copy_mappings(folder / "mappings")
    return MailRoom(folder, open_store(f"sqlite:///{folder / 'hub.sqlite3'}"), capture, monkeypatch)
