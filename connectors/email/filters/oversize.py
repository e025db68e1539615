"""Mails with nothing in them, or with more than a ticket can hold."""

from __future__ import annotations

from connectors.email.house import House
from connectors.email.model import Message

_MOST_RECIPIENTS = 1000


def out_of_measure(message: Message, house: House) -> str:
    """Return what there is too much or too little of, or nothing."""
    if not (message.subject.strip() or message.text.strip() or message.files or message.encrypted):
        return "it is empty: no subject, no text, no file"
    recipients = len(message.to) + len(message.cc)
    if recipients > _MOST_RECIPIENTS:
        return f"it was sent to {recipients} addresses at once; {_MOST_RECIPIENTS} is the most that is heard"
    size = sum(it.size for it in message.files)
    if size > house.max_size:
        return f"its files hold {size} bytes once unpacked; {house.max_size} is the most that is heard"
    return ""
