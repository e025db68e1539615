"""
What is learnt of a mail after it was handed over: that it was seen, or that it came back.

Each is written in the transaction of whoever learnt it. A mail that is known to have failed stays so,
but for one that was given up only because nobody knew: whatever proves that it left settles it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlalchemy import Connection

from connectors.email import deliveries
from connectors.email.answers import one_line
from connectors.email.conversations import know
from connectors.email.deliveries import Delivery
from connectors.email.house import House
from connectors.email.model import Recipient

UNKNOWN = "it is not known whether it was delivered"
"""Begins the reason of a mail that was given up in doubt."""


def came_back(
    connection: Connection, house: House, row: Delivery, said: Sequence[Recipient], diagnostic: str, now: str
) -> str:
    """
    Take a delivery status; return the note to write on the ticket, or nothing.

    Only a failure for good is told, and once. What a status says of the copy to ourselves is nothing.
    """
    about = [it for it in said if not house.is_ours(it.email.lower()) or it.email.lower() == row.recipient]
    if said and not about:
        return ""
    lost = [it for it in about if _is_lost(it)]
    words = one_line(next((it.diagnostic for it in lost or about if it.diagnostic), diagnostic))
    if said and not lost:
        # Whoever says that it is late, or was passed on, has it.
        state = "sent" if row.state in {"sending", "unknown"} or _in_doubt(row) else row.state
        word = about[0].action or "delayed"
        _ = deliveries.move(connection, row, state, now, word=word, said=words, due_at=row.due_at)
        return ""
    if row.state == "failed" and not row.sending.reason.startswith(UNKNOWN):
        return ""
    status = next((it.status for it in lost if it.status), "") or row.sending.status
    reason = words or status or "the mail came back, without saying why"
    _ = deliveries.move(
        connection, row, "failed", now, word="returned", said=reason, reason=reason, status=status
    )
    return note(row, reason)


def turned_up(connection: Connection, row: Delivery, rewritten: str, now: str) -> None:
    """Take it that a mail was sent: it was seen where only a sent mail can be, perhaps with another id."""
    ids = row.sending.given_ids
    if rewritten and rewritten not in {row.message_id, *ids}:
        ids = (*ids, rewritten)
        know(connection, [rewritten], row.conversation, "rewritten")
    failed = row.state == "failed" and not row.sending.reason.startswith(UNKNOWN)
    if row.state == "sent" or failed:
        if ids != row.sending.given_ids:
            _ = deliveries.move(connection, row, row.state, now, due_at=row.due_at, given_ids=ids)
        return
    found = "it was found in a mailbox"
    _ = deliveries.move(connection, row, "sent", now, said=found, reason="", given_ids=ids)


def note(row: Delivery, reason: str) -> str:
    """Return what agents read about a mail that failed."""
    sent = row.first("sent")
    when = f"; sent {sent}" if sent else ""
    # the kind of the server's words (RFC 3464, 2.3.6) means nothing to agents
    said = re.sub(r"^smtp\s*;\s*", "", reason, flags=re.IGNORECASE)
    return f"The mail to {row.recipient} could not be delivered: {said}{when}"


def _in_doubt(row: Delivery) -> bool:
    """Whether it is to be sent again because nobody knew whether it was taken."""
    return row.state == "pending" and row.has_left


def _is_lost(it: Recipient) -> bool:
    """Whether a status means never: by the action, and where there is none by the status code."""
    if it.action:
        return it.action == "failed"
    return not it.status.startswith(("2", "4"))
