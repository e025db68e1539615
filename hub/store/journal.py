"""The journal: what was asked of the systems, and what came of it. Only retention removes rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import count
from typing import Any, assert_never

from sqlalchemy import Connection, bindparam, select, update

from hub.model import System, TicketId
from hub.operations import (
    Done,
    Operation,
    Outcome,
    Refused,
    Retryable,
    Stale,
    Unanswered,
)
from hub.records import Asked, Decision, JournalEntry, JournalState, Noted
from hub.store.codec import encode, to_operation, to_outcome
from hub.store.statements import Statements, batches
from hub.store.tables import journal

_close = (
    update(journal)
    .where(journal.c.id == bindparam("number"))
    .values(state=bindparam("became"), outcome=bindparam("came"))
)


def write(
    connection: Connection,
    statements: Statements,
    decisions: Sequence[Decision],
    run: str,
    at: str,
) -> list[tuple[Asked, ...]]:
    """Write a row for each operation, in order; return them by decision."""
    operations = [o for d in decisions for o in d.operations]
    if not operations:
        return [() for _ in decisions]
    # Numbers are drawn beforehand: SQLite gives generated ones back for one row at a time only.
    last = connection.execute(statements.draw, {"name": journal.name, "value": len(operations)}).scalar_one()
    first = last - len(operations) + 1
    rows = [
        {
            "id": number,
            "run": run,
            "ticket_id": operation.ticket_id,
            "system": operation.system,
            "state": "asked",
            "at": at,
            "operation": encode(operation),
        }
        for number, operation in enumerate(operations, first)
    ]
    connection.execute(journal.insert(), rows)
    numbers = count(first)
    return [tuple(Asked(next(numbers), o) for o in d.operations) for d in decisions]


def close(connection: Connection, notes: Sequence[Noted]) -> None:
    if notes:
        connection.execute(
            _close,
            [{"number": n.journal, "became": _state(n.outcome), "came": encode(n.outcome)} for n in notes],
        )


def _state(outcome: Outcome) -> JournalState:
    match outcome:
        case Done():
            return "done"
        case Stale():
            return "stale"
        case Retryable():
            return "retryable"
        case Unanswered():
            return "unanswered"
        case Refused():
            return "refused"
        case _:
            assert_never(outcome)


def operations(connection: Connection, numbers: Iterable[int]) -> Mapping[int, Operation]:
    found: dict[int, Operation] = {}
    for batch in batches(numbers):
        rows = connection.execute(select(journal.c.id, journal.c.operation).where(journal.c.id.in_(batch)))
        found.update((number, to_operation(body)) for number, body in rows)
    return found


def read(
    connection: Connection, run: str, states: Sequence[str], after: int, limit: int
) -> list[JournalEntry]:
    query = (
        select(journal).where(journal.c.run == run, journal.c.id > after).order_by(journal.c.id).limit(limit)
    )
    if states:
        query = query.where(journal.c.state.in_(states))
    return [_entry(row) for row in connection.execute(query)]


def all_of(
    connection: Connection, ticket: TicketId | None, since: str, after: int, limit: int
) -> list[JournalEntry]:
    """Return a page of what was asked, in whatever run: of a ticket, since an instant, after a row."""
    query = select(journal).where(journal.c.id > after).order_by(journal.c.id).limit(limit)
    if ticket is not None:
        query = query.where(journal.c.ticket_id == ticket)
    if since:
        query = query.where(journal.c.at >= since)
    return [_entry(row) for row in connection.execute(query)]


def _entry(row: Any) -> JournalEntry:
    return JournalEntry(
        id=row.id,
        run=row.run,
        ticket_id=TicketId(row.ticket_id),
        system=System(row.system),
        operation=to_operation(row.operation),
        state=row.state,
        at=row.at,
        outcome=None if row.outcome is None else to_outcome(row.outcome),
    )


def mark_undone(connection: Connection, numbers: Iterable[int]) -> None:
    for batch in batches(numbers):
        connection.execute(update(journal).where(journal.c.id.in_(batch)).values(state="undone"))


def of_tickets(connection: Connection, tickets: Iterable[TicketId]) -> list[JournalEntry]:
    """Return all that was asked for these tickets, oldest first."""
    found: list[JournalEntry] = []
    for batch in batches(tickets):
        rows = connection.execute(select(journal).where(journal.c.ticket_id.in_(batch)))
        found += map(_entry, rows)
    return sorted(found, key=lambda e: e.id)
