"""Words taken out of everything that was written, parked, disputed or said of a ticket."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select, update

from hub.forget import Replace
from hub.model import TicketId
from hub.store.score_tables import feedback, history
from hub.store.tables import conflicts, journal, losses, parked

QUOTING = (journal, parked, conflicts, losses, history, feedback)
_TEXTS = ("body", "operation", "outcome")


def quotes_removed(connection: Connection, ticket: TicketId, without: Replace) -> dict[str, set[Any]]:
    """Replace words in every row of a ticket; return, by table, the rows that were changed."""
    found: dict[str, set[Any]] = {}
    for table in QUOTING:
        columns = [c for c in table.columns if c.name in _TEXTS]
        rows = connection.execute(select(table).where(table.c.ticket_id == ticket))
        for given in rows.mappings().all():
            changed = {c.name: now for c in columns if (old := given[c]) and (now := without(old)) != old}
            if changed:
                connection.execute(update(table).where(table.c.id == given["id"]).values(changed))
                found.setdefault(table.name, set()).add(given["id"])
    return found
