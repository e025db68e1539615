"""
A letter of the hub to itself: sent, waited for, and taken away again, so that nobody ever sees it.

Its Message-ID is signed by us, so whoever reads the mailbox meanwhile takes it for our own, and no ticket
comes of it. This is the one place where the hub removes a mail from a mailbox: the one that it put there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any, NamedTuple

from sqlalchemy import delete, select

from connectors.email import chunks, tokens
from connectors.email.answers import Accepted
from connectors.email.house import House
from connectors.email.imap_session import Declined, closed, explained, opened
from connectors.email.server import Server
from connectors.email.smtp import Smtp
from hub.errors import Unavailable
from hub.store.core import Core
from hub.store.mail_tables import mail_chunks, mail_places, mails


class Letter(NamedTuple):
    message_id: str
    content: bytes


def letter_of(house: House, key: str, at: str) -> Letter:
    """Return a letter to ourselves; another `key` makes another one."""
    own = tokens.message_id(house, f"canary {key}")
    made = EmailMessage()
    made["From"] = made["To"] = house.address
    made["Subject"] = "Hub canary, please ignore"
    made["Message-ID"] = f"<{own}>"
    made["Date"] = format_datetime(datetime.fromisoformat(at))
    made["Auto-Submitted"] = "auto-generated"
    made.set_content("The support hub wrote this to itself, to prove that mail goes out and comes in.\n")
    return Letter(own, made.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))


def send(server: Server, address: str, letter: Letter) -> None:
    """Hand it over. Raises `Unavailable` with the server's words if it does not take it."""
    smtp = Smtp(server, Counter())
    try:
        answer = smtp.send(address, [address], [letter.content], size=len(letter.content))
    finally:
        smtp.close()
    if not isinstance(answer, Accepted):
        raise Unavailable(f"the mail server {server.name} did not take a letter to ourselves: {answer.text}")


def was_heard(core: Core, message_id: str) -> bool:
    """Return whether a run took it in, for what it is."""
    with core.reading() as connection:
        found = connection.execute(select(mails.c.state).where(mails.c.message_id == message_id)).first()
    return found is not None and found.state != "new"


def remove(server: Server, mailboxes: Sequence[str], message_id: str) -> bool:
    """Take it out of the mailboxes; return whether it was in one. What cannot be removed is only marked."""
    client = opened(server)
    found = False
    try:
        for name in mailboxes:
            with explained(server, f"taking our letter out of {name}"):
                found = _removed(client, name, message_id) or found
    except Declined as refused:
        raise Unavailable(f"the mail server {server.name} keeps our letter: {refused}") from None
    finally:
        closed(client)
    return found


def _removed(client: Any, mailbox: str, message_id: str) -> bool:
    client.select_folder(mailbox)
    uids = client.search(["HEADER", "Message-ID", message_id])
    if not uids:
        return False
    client.delete_messages(uids)
    if client.has_capability("UIDPLUS"):  # without it, EXPUNGE would take what others marked, too
        client.expunge(uids)
    return True


def forget(core: Core, message_id: str) -> None:
    """Let go what the hub keeps of it."""
    with core.beside() as connection:
        ours = select(mails.c.id).where(mails.c.message_id == message_id)
        numbers = connection.execute(ours).scalars().all()
        for number in numbers:
            connection.execute(delete(mail_chunks).where(mail_chunks.c.owner == chunks.of_mail(number)))
            connection.execute(delete(mail_places).where(mail_places.c.mail_id == number))
            connection.execute(delete(mails).where(mails.c.id == number))
