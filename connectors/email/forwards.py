"""A mail within a mail, as a person who forwards one would show it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from connectors.email.addresses import read_addresses
from connectors.email.headers import decode_header
from connectors.email.model import Address
from connectors.email.node import Node
from connectors.email.parts import name_of
from connectors.email.plain_text import to_markdown

_SHOWN: Final = (("From", "from"), ("Date", "date"), ("To", "to"), ("Cc", "cc"), ("Subject", "subject"))
_ADDRESSES: Final = frozenset(("from", "to", "cc"))
_MOST: Final = 30


def as_quote(mail: Node, text: str, hint: str) -> str:
    """Return the head of a mail, as far as people read it, and its text: quoted."""
    lines = [f"**{shown}:** {value}" for shown, name in _SHOWN if (value := _value(mail, name, hint))]
    whole = "  \n".join(lines) + ("\n\n" if lines and text else "") + text
    return "\n".join(f"> {line}" if line else ">" for line in whole.split("\n"))


def _value(mail: Node, name: str, hint: str) -> str:
    raw = mail.first(name)
    if raw is None:
        return ""
    if name not in _ADDRESSES:
        return _inline(decode_header(raw, hint))
    found = read_addresses(raw, hint)
    more = f" and {len(found) - _MOST} more" if len(found) > _MOST else ""
    return _inline(", ".join(map(_person, found[:_MOST])) + more) or _inline(decode_header(raw, hint))


def _inline(text: str) -> str:
    return " ".join(to_markdown(text).split())


def _person(address: Address) -> str:
    if not address.name:
        return address.email
    return f"{address.name} ({address.email})" if address.email else address.name


def name_for(mail: Sequence[Node], given: str, hint: str) -> str:
    """Return a file name for a mail: the given one, else by its subject."""
    subject = decode_header(mail[0].first("subject") or b"", hint) if mail else ""
    return given or name_of(f"{subject[:100]}.eml" if subject.strip(". ") else "", "message/rfc822")
