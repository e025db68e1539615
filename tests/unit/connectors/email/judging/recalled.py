"""A store's memory in a few dictionaries, and the mails that are judged by it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from connectors.email import tokens
from connectors.email.house import House
from connectors.email.model import Address, Conversation, Message

NOW = "2026-03-01T12:00:00Z"
HOUSE = House(
    address="support@acme.example",
    name="Acme",
    keys=(b"k" * 32,),
    instance="hub-1",
    aliases=("help@acme.example",),
)
CHECKED = msgspec.structs.replace(HOUSE, trusted=("mx.acme.example",))


@dataclass
class Recalled:
    """`connectors.email.known.Known`: conversations 1 to 9 exist, whose requester is `ann@client.example`."""

    ids: dict[str, tuple[int, ...]] = field(default_factory=dict[str, tuple[int, ...]])
    rows: dict[str, int] = field(default_factory=dict[str, int])
    threads: dict[str, tuple[int, ...]] = field(default_factory=dict[str, tuple[int, ...]])
    merged: dict[int, int] = field(default_factory=dict[int, int])
    heard: list[tuple[str, str, int]] = field(default_factory=list[tuple[str, str, int]])
    """(address, when, conversation)"""
    participants: tuple[str, ...] = ("ann@client.example",)

    def conversations_of(self, message_ids: Sequence[str]) -> Mapping[str, tuple[int, ...]]:
        return {it: self.ids[it] for it in message_ids if it in self.ids}

    def by_thread(self, thread_index: str) -> tuple[int, ...]:
        return self.threads.get(thread_index, ())

    def outbox_of(self, message_id: str) -> int | None:
        return self.rows.get(message_id)

    def conversation(self, id: int) -> Conversation | None:  # noqa: A002
        return Conversation(requester=Address("ann@client.example")) if 0 < id < 10 else None

    def survivor(self, id: int) -> int:  # noqa: A002
        return self.survivor(self.merged[id]) if id in self.merged else id

    def mails_from(self, email: str, since: str, conversation: int | None) -> int:
        return sum(
            who == email and when >= since and conversation in (None, where)
            for who, when, where in self.heard
        )

    def is_participant(self, id: int, email: str) -> bool:  # noqa: A002
        return self.conversation(id) is not None and email in self.participants


def mail(**changes: object) -> Message:
    """Return a customer's ordinary mail to us, with these changes."""
    plain = Message(
        message_id="m1@client.example",
        subject="The printer",
        sender=Address("ann@client.example", "Ann"),
        to=(Address("support@acme.example"),),
        headers=(("received", "from x by mx.acme.example with ESMTPS"), ("subject", "The printer")),
        text="It is on fire.",
        reply="It is on fire.",
    )
    return msgspec.structs.replace(plain, **changes)


def with_headers(*headers: tuple[str, str], **changes: object) -> Message:
    """Return the same mail with these headers above its own."""
    plain = mail(**changes)
    return msgspec.structs.replace(plain, headers=(*headers, *plain.headers))


def to_token(
    conversation: int, recipient: str = "ann@client.example", house: House = HOUSE
) -> tuple[Address, ...]:
    """Return a To of one address: where this recipient was asked to answer."""
    return (Address(tokens.reply_address(house, conversation, recipient)),)
