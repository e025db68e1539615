"""Tickets with all that hangs on them: written by decisions, read in batches."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import NamedTuple, TypeVar

import msgspec
from sqlalchemy import Connection, Table, case, delete, select, tuple_, update

from hub.account import AccountId
from hub.model import Attachment, AttachmentId, Comment, CommentId, Ticket, TicketId
from hub.records import Decision, Held
from hub.replica import Link
from hub.store import ledger, traces
from hub.store.codec import (
    digest,
    encode,
    to_attachment,
    to_comment,
    to_link,
    to_score,
    to_ticket,
)
from hub.store.statements import Statements, batches
from hub.store.tables import attachments, comments, is_dirty, links, tickets

Part = TypeVar("Part", Comment, Attachment)


class Before(NamedTuple):
    """A ticket as it was held before a decision, as far as that says whom the decision concerns."""

    body: str | None = None
    """Only of tickets with an account."""
    score: str | None = None
    traces: str = traces.NONE
    nudges: int = 0


NEW = Before()


def load(connection: Connection, ids: Iterable[TicketId]) -> dict[TicketId, Held]:
    held: dict[TicketId, Held] = {}
    for batch in batches(dict.fromkeys(ids)):
        held.update(_load(connection, batch))
    return held


def _load(connection: Connection, ids: Sequence[TicketId]) -> dict[TicketId, Held]:
    said = _parts(connection, comments, ids, to_comment)
    files = _parts(connection, attachments, ids, to_attachment)
    tied: dict[str, list[Link]] = {}
    rows = connection.execute(
        select(links.c.ticket_id, links.c.body)
        .where(links.c.ticket_id.in_(ids))
        .order_by(links.c.ticket_id, links.c.system, links.c.remote_id)
    )
    for ticket_id, body in rows:
        tied.setdefault(ticket_id, []).append(to_link(body))
    refused = ledger.parked_of(connection, ids)
    disputed = ledger.conflicts_of(connection, ids)
    held: dict[TicketId, Held] = {}
    for row in connection.execute(select(tickets).where(tickets.c.id.in_(ids))):
        bare = to_ticket(row.body)
        held[bare.id] = Held(
            ticket=Ticket(
                id=bare.id,
                registers=bare.registers,
                origins=bare.origins,
                comments={CommentId(c.id): c for c in said.get(bare.id, ())},
                attachments={AttachmentId(a.id): a for a in files.get(bare.id, ())},
                course=bare.course,
            ),
            links=tuple(tied.get(bare.id, ())),
            parked=tuple(refused.get(bare.id, ())),
            score=None if row.score is None else to_score(row.score),
            dirty=row.dirty,
            revision=row.revision,
            traces=traces.to_traces(row.traces),
            conflicts=tuple(disputed.get(bare.id, ())),
        )
    return held


def nudges(connection: Connection, ids: Iterable[TicketId]) -> dict[TicketId, int]:
    """How often these were marked dirty since their last decision, for those that were."""
    found: dict[TicketId, int] = {}
    for batch in batches(ids):
        rows = connection.execute(
            select(tickets.c.id, tickets.c.nudges).where(tickets.c.id.in_(batch), tickets.c.nudges > 0)
        )
        found.update((TicketId(ticket_id), count) for ticket_id, count in rows)
    return found


def before(connection: Connection, ids: Iterable[TicketId]) -> dict[TicketId, Before]:
    has_account = tickets.c.traces.contains(f'"{traces.ACCOUNT}')
    query = select(
        tickets.c.id,
        case((has_account, tickets.c.body)),
        tickets.c.score,
        tickets.c.traces,
        tickets.c.nudges,
    )
    found: dict[TicketId, Before] = {}
    for batch in batches(ids):
        rows = connection.execute(query.where(tickets.c.id.in_(batch))).all()
        found.update((TicketId(row[0]), Before._make(row[1:])) for row in rows)
    return found


def _parts(
    connection: Connection, table: Table, ids: Sequence[TicketId], decode: Callable[[str], Part]
) -> Mapping[str, list[Part]]:
    rows = connection.execute(
        select(table.c.ticket_id, table.c.body)
        .where(table.c.ticket_id.in_(ids))
        .order_by(table.c.ticket_id, table.c.position, table.c.id)
    )
    found: dict[str, list[Part]] = {}
    for ticket_id, body in rows:
        found.setdefault(ticket_id, []).append(decode(body))
    return found


def write(
    connection: Connection,
    statements: Statements,
    decisions: Sequence[Decision],
    held: Mapping[TicketId, Before],
    nudged: Collection[TicketId],
) -> set[AccountId]:
    """
    Hold these tickets as decided, in the place of `held`; those in `nudged` stay dirty.

    Returns the accounts of tickets that changed: those that they leave, too.
    """
    if not decisions:
        return set()
    rows = {d.ticket.id: _row(d, held.get(d.ticket.id, NEW), nudged) for d in decisions}
    connection.execute(statements.ticket, list(rows.values()))
    changed = {i for i, row in rows.items() if _differs(row, held.get(i, NEW))}
    for batch in batches(decisions):
        said = {d.ticket.id: d.ticket.comments for d in batch}
        files = {d.ticket.id: d.ticket.attachments for d in batch}
        changed |= _write_parts(connection, statements, comments, said)
        _write_parts(connection, statements, attachments, files)
    texts = {i: (held.get(i, NEW).traces, str(rows[i]["traces"])) for i in changed}
    traces.rewrite(connection, {i: (old, new) for i, (old, new) in texts.items() if old != new})
    return {a for pair in texts.values() for text in pair for a in traces.accounts_in(text)}


def _row(decision: Decision, old: Before, nudged: Collection[TicketId]) -> dict[str, object]:
    ticket = decision.ticket
    again = ticket.id in nudged
    return {
        "id": ticket.id,
        "body": encode(msgspec.structs.replace(ticket, comments={}, attachments={})),
        "score": None if decision.score is None else encode(decision.score),
        "dirty": decision.dirty or again,
        "revision": 1,
        "traces": traces.to_text(decision.traces),
        "done": decision.done,
        "nudges": old.nudges if again else 0,
    }


def _differs(row: Mapping[str, object], old: Before) -> bool:
    return (row["body"], row["score"], row["traces"]) != (old.body, old.score, old.traces)


def _write_parts(
    connection: Connection,
    statements: Statements,
    table: Table,
    wanted: Mapping[TicketId, Mapping[CommentId, Comment]]
    | Mapping[TicketId, Mapping[AttachmentId, Attachment]],
) -> set[TicketId]:
    """Write what is new or changed, remove what the ticket has no more; return the tickets concerned."""
    rows = connection.execute(
        select(table.c.ticket_id, table.c.id, table.c.position, table.c.digest).where(
            table.c.ticket_id.in_(list(wanted))
        )
    )
    there = {(ticket, part): (position, mark) for ticket, part, position, mark in rows.all()}
    concerned: set[TicketId] = set()
    changed: list[dict[str, object]] = []
    for ticket_id, parts in wanted.items():
        for position, (name, part) in enumerate(parts.items()):
            body = encode(part)
            mark = digest(body)
            if there.pop((ticket_id, name), None) != (position, mark):
                concerned.add(ticket_id)
                changed.append(
                    {
                        "ticket_id": ticket_id,
                        "id": name,
                        "position": position,
                        "digest": mark,
                        "body": body,
                    }
                )
    if changed:
        connection.execute(statements.part[table.name], changed)
    for batch in batches(there):
        connection.execute(delete(table).where(tuple_(table.c.ticket_id, table.c.id).in_(batch)))
    return concerned | {TicketId(ticket_id) for ticket_id, _ in there}


def settle(connection: Connection, ids: Iterable[TicketId]) -> None:
    for batch in batches(ids):
        connection.execute(
            update(tickets).where(tickets.c.id.in_(batch), is_dirty).values(dirty=False, nudges=0)
        )


def soil(connection: Connection, ids: Iterable[str]) -> None:
    """Mark tickets dirty: the next run plans them again, and one that has planned them already once more."""
    for batch in batches(sorted(ids)):
        connection.execute(
            update(tickets).where(tickets.c.id.in_(batch)).values(dirty=True, nudges=tickets.c.nudges + 1)
        )
