"""An outbox, a clock moved by hand, and comments to send."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from connectors.email import chunks
from connectors.email.deliveries import Delivery
from connectors.email.house import House
from connectors.email.model import Address, Conversation, FileOf, FilePart
from connectors.email.outbox import Outbox
from connectors.email.server import Server
from connectors.email.smtp import Smtp
from hub.store import SqlStore

ANN = Address("ann@customer.example", "Ann Customer")
BEN = Address("ben@customer.example", "Ben")
KIM = Address("kim@acme.example", "Kim Agent")

HOUSE = House("support@acme.example", "Acme Support", (b"k" * 32,), "hub-1")


@dataclass
class Clock:
    at: datetime = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)

    def __call__(self) -> str:
        return self.at.strftime("%Y-%m-%dT%H:%M:%SZ")

    def forward(self, minutes: float) -> None:
        self.at += timedelta(minutes=minutes)


@dataclass
class World:
    store: SqlStore
    server: Server
    house: House = HOUSE
    clock: Clock = field(default_factory=Clock)
    calls: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)
    opened: list[Smtp] = field(default_factory=list)
    _comments: int = 0

    def box(self, **settings: Any) -> Outbox:
        smtp = Smtp(self.server, self.calls)
        self.opened.append(smtp)
        return Outbox(
            self.store, self.house, smtp, self.clock,
            failed=lambda _connection, _row, note: self.notes.append(note), **settings,
        )  # fmt: skip

    def post(self, box: Outbox, text: str = "Hello", **settings: Any) -> int:
        """Freeze a comment; return its number."""
        self._comments += 1
        held = Conversation(
            subject=settings.pop("subject", "Printer on fire"),
            requester=settings.pop("requester", ANN),
            followers=settings.pop("followers", ()),
            language=settings.pop("language", ""),
            mailbox=settings.pop("mailbox", ""),
        )
        with self.store.fenced() as connection:
            box.freeze(
                connection, settings.pop("conversation", 1), held, self._comments, text,
                settings.pop("author", KIM), self.clock(), settings.pop("files", ()),
                references=settings.pop("references", ()), **settings,
            )  # fmt: skip
        return self._comments

    def file(self, name: str, pieces: Sequence[bytes], *, cid: str = "", public: bool = True) -> FileOf:
        owner = f"out:0:{name}"
        with self.store.fenced() as connection:
            chunks.remove(connection, owner)
            size = chunks.write(connection, owner, pieces)
        part = FilePart(name, "image/png" if cid else "application/pdf", 0, size, "", size, content_id=cid)
        return FileOf(name, part.content_type, size, public, owner, part)

    def row(self, box: Outbox, email: str = ANN.email, comment: int = 0) -> Delivery:
        wanted = comment or self._comments
        return next(it for it in box.rows(limit=20_000) if it.recipient == email and it.comment == wanted)

    def state(self, box: Outbox, email: str = ANN.email) -> str:
        return self.row(box, email).state

    def raw(self, box: Outbox, email: str = ANN.email, comment: int = 0) -> bytes:
        return b"".join(box.frozen(self.row(box, email, comment)))

    def mail(self, box: Outbox, email: str = ANN.email, comment: int = 0) -> EmailMessage:
        found = message_from_bytes(self.raw(box, email, comment), policy=policy.default)
        assert isinstance(found, EmailMessage)
        return found

    def close(self) -> None:
        for smtp in self.opened:
            smtp.close()
