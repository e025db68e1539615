"""Our own mails, come back: the copy in Sent, the copy to ourselves, a redirect that leads in a circle."""

from __future__ import annotations

from typing import NamedTuple

from connectors.email import tokens
from connectors.email.house import House
from connectors.email.known import Known
from connectors.email.model import Message

_KEPT_BY_PROVIDERS = (
    "x-microsoft-original-message-id",
    "x-google-original-message-id",
    "x-original-message-id",
)
"""Where a provider keeps the Message-ID that it replaced."""


class Echo(NamedTuple):
    """A mail of ours that we see again; `rewritten` is the Message-ID that a provider gave it, if one did."""

    reason: str
    outbox: int = 0
    rewritten: str = ""


def echo_of(message: Message, house: House, known: Known) -> Echo | None:
    """Return which mail of ours this is, or None for a mail of somebody else's."""
    own = message.message_id
    if tokens.is_our_id(house, own):
        return Echo("its Message-ID is one of ours", known.outbox_of(own) or 0)
    row = known.outbox_of(own) if own else None
    if row is not None:
        return Echo("its Message-ID is the one that a provider gave a mail of ours", row)
    for name in _KEPT_BY_PROVIDERS:
        kept = message.header(name).strip().strip("<>")
        if kept and tokens.is_our_id(house, kept):
            reason = f"its Message-ID was rewritten on the way; {name} holds ours"
            return Echo(reason, known.outbox_of(kept) or 0, own)
    return _under_our_name(message, house, known) if house.is_ours(message.sender.email) else None


def _under_our_name(message: Message, house: House, known: Known) -> Echo | None:
    """Know a copy of ours whose Message-ID was replaced, by what only we can have signed."""
    for value in message.all_headers(tokens.LOOP_HEADER.lower()):
        row = tokens.read_loop_header(house, value)
        if row is not None:
            return Echo("it is from us and carries our signed mark", row, message.message_id)
    if any(_is_reply_address(house, it.email) for it in message.reply_to):
        first = next((it for it in message.references if tokens.is_our_id(house, it)), "")
        row = known.outbox_of(first) if first else None
        return Echo(
            "it is from us and asks for answers to an address that we signed", row or 0, message.message_id
        )
    return None


def _is_reply_address(house: House, address: str) -> bool:
    try:
        return tokens.read_reply(house, address) is not None
    except tokens.Forged:
        return False
