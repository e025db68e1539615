"""Private notes of the mail side's own, for the agents on a ticket."""

from __future__ import annotations

from sqlalchemy import Connection

from connectors.email import conversations
from connectors.email.model import Address, Said

MACHINE = Address("", "Mail")
"""Who says what nobody said."""


def note(connection: Connection, conversation: int, text: str, at: str, mail: int = 0) -> None:
    """Add a private note; it moves nothing else of the ticket. `mail`: of `mails`, what it is about."""
    said = Said(text, MACHINE, public=False, kind="note", mail=mail)
    _ = conversations.say(connection, conversation, said, at)
    conversations.touch(connection, conversation)
