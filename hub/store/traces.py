"""Traces of tickets: by these an account finds its tickets. `tickets.traces` repeats them in one text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, and_, delete, exists, select, tuple_

from hub.account import AccountId, Trace
from hub.model import TicketId
from hub.store.codec import encode, to_words, word
from hub.store.statements import batches
from hub.store.tables import is_current, ticket_traces, tickets

NONE = "[]"
ACCOUNT = "account:"


def to_text(traces: Sequence[Trace]) -> str:
    return encode(sorted(set(traces))) if traces else NONE


def to_traces(text: str) -> tuple[Trace, ...]:
    return () if text == NONE else to_words(text)


def accounts_in(text: str) -> list[AccountId]:
    """Return the accounts that these traces name."""
    if f'"{ACCOUNT}' not in text:
        return []
    return [AccountId(t.removeprefix(ACCOUNT)) for t in to_words(text) if t.startswith(ACCOUNT)]


def rewrite(connection: Connection, moved: Mapping[TicketId, tuple[str, str]]) -> None:
    """Bring the rows of each ticket from one text of traces to another."""
    lost: list[tuple[str, str]] = []
    won: list[dict[str, str]] = []
    for ticket_id, (before, after) in moved.items():
        had, has = ({word(t) for t in to_traces(text)} for text in (before, after))
        lost += [(ticket_id, trace) for trace in had - has]
        won += [{"ticket_id": ticket_id, "trace": trace} for trace in has - had]
    for batch in batches(lost):
        connection.execute(
            delete(ticket_traces).where(tuple_(ticket_traces.c.ticket_id, ticket_traces.c.trace).in_(batch))
        )
    if won:
        connection.execute(ticket_traces.insert(), won)


def tickets_with(
    connection: Connection, traces: Iterable[Trace], *, only_open: bool
) -> Mapping[Trace, tuple[TicketId, ...]]:
    """Answer for every trace asked for, with nothing where no ticket has it."""
    asked = {word(t): t for t in traces}
    found: dict[Trace, list[TicketId]] = {t: [] for t in asked.values()}
    for batch in batches(asked):
        query = select(ticket_traces).where(ticket_traces.c.trace.in_(batch))
        if only_open:
            query = query.join(tickets, and_(tickets.c.id == ticket_traces.c.ticket_id, is_current))
        for ticket_id, trace in connection.execute(query.order_by(ticket_traces.c.ticket_id)):
            found[asked[trace]].append(TicketId(ticket_id))
    return {trace: tuple(ids) for trace, ids in found.items()}


def open_tickets(connection: Connection, traces: Iterable[Trace]) -> set[TicketId]:
    """Return the open tickets that have any of these traces."""
    found = tickets_with(connection, traces, only_open=True)
    return {ticket_id for ids in found.values() for ticket_id in ids}


def unmatched(connection: Connection, limit: int, after: str) -> Sequence[tuple[TicketId, tuple[Trace, ...]]]:
    matched = exists().where(
        ticket_traces.c.ticket_id == tickets.c.id, ticket_traces.c.trace.startswith(ACCOUNT)
    )
    rows = connection.execute(
        select(tickets.c.id, tickets.c.traces)
        .where(is_current, tickets.c.id > after, ~matched)
        .order_by(tickets.c.id)
        .limit(limit)
    )
    return [(TicketId(ticket_id), to_traces(text)) for ticket_id, text in rows]
