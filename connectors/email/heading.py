"""The header of a mail, as far as anything is done with it. Pure."""

from __future__ import annotations

from typing import Final

from connectors.email.addresses import read_addresses
from connectors.email.fields import Field
from connectors.email.headers import decode_header, unfold
from connectors.email.identity import message_ids, read_date, thread_index
from connectors.email.model import Address, Message
from connectors.email.node import Node

_DELIVERED: Final = frozenset(("delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "resent-to"))
_LONGEST: Final = 20_000
_MOST: Final = 400_000
"""Bytes of one header value, and of all of them, that a message keeps."""


def read_head(mail: Node, hint: str) -> Message:
    """Return a message that has its header alone. `hint`: the charset of its text."""
    fields = mail.fields
    sender = _addresses(fields, "from", hint) or _addresses(fields, "sender", hint)
    delivered = [
        a.email for field in fields if field.name in _DELIVERED for a in read_addresses(field.value, hint)
    ]
    return Message(
        message_id=next(iter(_ids(fields, "message-id")), ""),
        in_reply_to=_ids(fields, "in-reply-to"),
        references=_ids(fields, "references"),
        thread_index=next(
            filter(None, (thread_index(f.value) for f in fields if f.name == "thread-index")), ""
        ),
        subject=next(filter(None, (decode_header(f.value, hint) for f in fields if f.name == "subject")), ""),
        sender=next((a for a in sender if a.email), next(iter(sender), Address(""))),
        reply_to=_addresses(fields, "reply-to", hint),
        to=_addresses(fields, "to", hint),
        cc=_addresses(fields, "cc", hint),
        delivered_to=tuple(dict.fromkeys(email for email in delivered if email)),
        return_path=_return_path(mail.first("return-path")),
        date=next(filter(None, (read_date(f.value) for f in fields if f.name == "date")), ""),
        headers=_kept(fields, hint),
    )


def _addresses(fields: tuple[Field, ...], name: str, hint: str) -> tuple[Address, ...]:
    """Return the addresses of every field of a name: there should be one, and often are more."""
    return tuple(a for field in fields if field.name == name for a in read_addresses(field.value, hint))


def _ids(fields: tuple[Field, ...], name: str) -> tuple[str, ...]:
    return tuple(
        dict.fromkeys(one for field in fields if field.name == name for one in message_ids(field.value))
    )


def _return_path(raw: bytes | None) -> str | None:
    if raw is None:
        return None
    return next((a.email for a in read_addresses(raw) if a.email), "")


def _kept(fields: tuple[Field, ...], hint: str) -> tuple[tuple[str, str], ...]:
    kept: list[tuple[str, str]] = []
    room = _MOST
    for field in fields:
        raw = unfold(field.value)[:_LONGEST]
        room -= len(raw) + len(field.name)
        if room < 0:
            break
        kept.append((field.name, decode_header(raw, hint)))
    return tuple(kept)
