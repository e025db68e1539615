"""What an agent redacted at a side is redacted here: in what was written, parked and disputed of it, too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, select, tuple_

from hub.audit import Source
from hub.forget import own_pieces, own_words
from hub.model import TicketId
from hub.records import Decision
from hub.store.audit_redact import redact
from hub.store.codec import to_comment
from hub.store.forget_quotes import quotes_removed
from hub.store.statements import batches
from hub.store.tables import comments

BLOTTED = "\u2587"
"""What stands in Zendesk where something was redacted."""


def lost_words(connection: Connection, decisions: Sequence[Decision]) -> dict[TicketId, set[str]]:
    """Return the lines that were redacted since the comments of these tickets were held, by ticket."""
    blotted = {
        (d.ticket.id, str(key)): comment.body
        for d in decisions
        for key, comment in d.ticket.comments.items()
        if BLOTTED in comment.body
    }
    found: dict[TicketId, set[str]] = {}
    for batch in batches(blotted):
        key = tuple_(comments.c.ticket_id, comments.c.id)
        for row in connection.execute(select(comments).where(key.in_(batch))):
            now = blotted[row.ticket_id, row.id]
            lost = own_pieces([to_comment(row.body).body]) - own_pieces([now])
            if lost:
                found.setdefault(TicketId(row.ticket_id), set()).update(lost)
    return found


def redacted(connection: Connection, lost: dict[TicketId, set[str]], keys: Sequence[str], now: str) -> None:
    """Take these lines out of all that is kept of their tickets, and seal anew what was sealed."""
    if not lost:
        return
    changed: dict[str, set[Any]] = {}
    for ticket, lines in lost.items():
        for table, rows in quotes_removed(connection, ticket, own_words(lines)).items():
            changed.setdefault(table, set()).update(rows)
    sources: dict[Source, set[Any]] = {
        "history": changed.get("history", set()),
        "journal": changed.get("journal", set()),
        "outcome": changed.get("journal", set()),
        "feedback": changed.get("feedback", set()),
    }
    _ = redact(connection, sources, keys, now)
