"""Private notes of the mail side's own, for the agents on a ticket."""

from __future__ import annotations

from sqlalchemy import Connection

from connectors.email import conversations
from connectors.email.model import Address, Said
from connectors.email.remembering import Remembered

MACHINE = Address("", "Mail")
"""Who says what nobody said."""


def note(connection: Connection, conversation: int, text: str, at: str, mail: int = 0) -> None:
    """
    Add a private note where the conversation goes on; it moves nothing else of the ticket.

    Of a closed one nobody reads notes, nor takes its ticket any. `mail`: of `mails`, what it is about.
    """
    conversation = Remembered(connection).survivor(conversation)
    held = conversations.one(connection, conversation)
    if held is None or held.value.status == "closed":
        return
    said = Said(text, MACHINE, public=False, kind="note", mail=mail)
    _ = conversations.say(connection, conversation, said, at)
    conversations.touch(connection, conversation)
