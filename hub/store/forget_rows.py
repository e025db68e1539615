"""Rows that are the person's own: their tickets, what they said, their mails and who they are in the CRM."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import msgspec
from sqlalchemy import Connection, Table, delete, select, update

from hub.account import AccountId, Bond, Trace
from hub.fingerprint import digest as shown
from hub.forget import (
    NAMELESS,
    PLACEHOLDER,
    Replace,
    Someone,
    is_theirs,
    link_without,
    own_words,
    ticket_without,
)
from hub.model import EMAIL, Ticket, TicketId
from hub.records import Held
from hub.store import bonds, traces
from hub.store import links as held_links
from hub.store import tickets as held_tickets
from hub.store.audit_tables import forgotten_tickets
from hub.store.codec import digest, encode, to_json, to_link, word
from hub.store.forget_called import names_removed
from hub.store.forget_quotes import quotes_removed
from hub.store.mail_tables import conversations, mail_chunks, mail_comments, mails, outbox
from hub.store.score_tables import alerts, readings
from hub.store.statements import Statements, batches
from hub.store.tables import account_traces, attachments, comments, contacts, links, tickets
from hub.store.tables import bonds as tied_traces

_PAGE = 200
EMAIL_TRACE = "email:"


@dataclass
class Case:
    """One forgetting under way."""

    connection: Connection
    statements: Statements
    someone: Someone
    alias: str
    without: Replace
    now: str
    removed: Counter[str] = field(default_factory=Counter[str])
    touched: set[TicketId] = field(default_factory=set[TicketId])
    """Tickets that the person stands on."""
    theirs: set[TicketId] = field(default_factory=set[TicketId])
    """Those that they asked for."""
    said: dict[TicketId, list[str]] = field(default_factory=dict[TicketId, list[str]])
    """What they said, by ticket."""
    called: dict[TicketId, set[str]] = field(default_factory=dict[TicketId, set[str]])
    """What they alone are called, by ticket on which they said something."""

    @property
    def quoted(self) -> set[TicketId]:
        """Tickets of which a score or a warning may quote them."""
        return self.theirs | self.called.keys()


def forget_tickets(case: Case) -> int:
    """Redact every ticket that the person stands on, and its shadows; return how many comments they wrote."""
    after, count = "", 0
    while ids := held_links.ticket_ids(case.connection, _PAGE, after):
        after = ids[-1]
        for held in held_tickets.load(case.connection, ids).values():
            count += _ticket(case, held)
    for batch in batches(sorted(case.touched)):
        rows = [{"ticket_id": ticket, "alias": case.alias} for ticket in batch]
        known = forgotten_tickets.c.ticket_id.in_(batch) & (forgotten_tickets.c.alias == case.alias)
        case.connection.execute(delete(forgotten_tickets).where(known))
        case.connection.execute(forgotten_tickets.insert(), rows)
    return count


def _ticket(case: Case, held: Held) -> int:
    ticket = held.ticket
    after = ticket_without(ticket, case.someone, case.without)
    tied = [link_without(link, ticket, after, case.without) for link in held.links]
    if after == ticket and list(held.links) == tied:
        return 0
    case.touched.add(ticket.id)
    own = [c for c in ticket.comments.values() if case.someone.is_author(c.author, str(c.origin))]
    said = case.said.setdefault(ticket.id, [])
    said.extend(c.body for c in own)
    if own:
        others = {c.author.name for c in ticket.comments.values() if c not in own}
        case.called[ticket.id] = {c.author.name for c in own} - others - {""}
    if is_theirs(ticket, case.someone):
        case.theirs.add(ticket.id)
        said.append(str(ticket.get("description") or ""))
        _keep_account(case, ticket)
        _retrace(case, ticket.id)
    _write(case, after)
    held_links.write(case.connection, case.statements, tied)
    return len(own)


def _write(case: Case, ticket: Ticket) -> None:
    bare = encode(msgspec.structs.replace(ticket, comments={}, attachments={}))
    score = case.connection.execute(select(tickets.c.score).where(tickets.c.id == ticket.id)).scalar()
    if score is not None and ticket.id in case.quoted:
        score = encode(_unquoted(to_json(score)))
    this = update(tickets).where(tickets.c.id == ticket.id)
    case.connection.execute(this.values(body=bare, score=score))
    for table, parts in ((comments, ticket.comments), (attachments, ticket.attachments)):
        for name, part in parts.items():
            body = encode(part)
            here = (table.c.ticket_id == ticket.id) & (table.c.id == name) & (table.c.body != body)
            case.connection.execute(update(table).where(here).values(body=body, digest=digest(body)))


def _unquoted(score: Any) -> Any:
    """Return a score whose reasons quote nobody."""
    if isinstance(score, dict):
        told = cast("dict[str, Any]", score)
        return {k: "" if k == "evidence" else _unquoted(v) for k, v in told.items()}
    return [_unquoted(one) for one in cast("list[Any]", score)] if isinstance(score, list) else score


def _retrace(case: Case, ticket: TicketId) -> None:
    """Let the alias alone be what an account finds the ticket by, for every form of the address."""
    this = tickets.c.id == ticket
    before = case.connection.execute(select(tickets.c.traces).where(this)).scalar_one()
    known = traces.to_traces(before)
    kept = [trace for trace in known if not trace.startswith(EMAIL_TRACE)]
    if len(kept) < len(known):
        after = traces.to_text([*kept, f"{EMAIL_TRACE}{case.alias}"])
        case.connection.execute(update(tickets).where(this).values(traces=after))
        traces.rewrite(case.connection, {ticket: (before, after)})


def _keep_account(case: Case, ticket: Ticket) -> None:
    """The ticket was its account's by the person's address: it stays that account's by the alias."""
    account = ticket.get("account.id")
    if isinstance(account, str) and account:
        trace: Trace = f"{EMAIL_TRACE}{case.alias}"
        bonds.write(
            case.connection, case.statements, Bond(trace, AccountId(account), by="hub forget", at=case.now)
        )


def forget_quotes(case: Case) -> dict[str, set[Any]]:
    """
    Take what the person said out of what was written, parked or disputed of these tickets.

    Returns, by table, the rows that were changed.
    """
    found: dict[str, set[Any]] = {}
    for ticket, texts in case.said.items():
        for table, rows in quotes_removed(case.connection, ticket, own_words(texts)).items():
            found.setdefault(table, set()).update(rows)
    return found


def forget_called(case: Case) -> dict[str, set[Any]]:
    """Take them out of whatever says who did something there, by whatever name they have in it."""
    found: dict[str, set[Any]] = {}
    for ticket in sorted(case.touched):
        names = case.called.get(ticket, set[str]())
        for table, rows in names_removed(case.connection, ticket, names, case.alias).items():
            found.setdefault(table, set()).update(rows)
    return found


def forget_readings(case: Case) -> None:
    """What was read in their words, and warnings that quote them."""
    for table in (readings, alerts):
        for batch in batches(sorted(case.quoted)):
            gone = case.connection.execute(delete(table).where(table.c.ticket_id.in_(batch)))
            case.removed[table.name] += gone.rowcount


def forget_contacts(case: Case) -> None:
    """Who they are in the CRM's copy here, and what a person had tied them to."""
    emails = [word(email) for email in case.someone.emails]
    ids = [i.partition(":")[2] for i in case.someone.ids if i.startswith("salesforce:")]
    found = set(
        case.connection.execute(
            select(contacts.c.id).where(contacts.c.email.in_(emails) | contacts.c.id.in_(ids))
        ).scalars()
    )
    for table, column in ((account_traces, account_traces.c.source), (contacts, contacts.c.id)):
        gone = case.connection.execute(delete(table).where(column.in_(sorted(found))))
        case.removed[table.name] += gone.rowcount
    traces = [f"{EMAIL_TRACE}{email}" for email in case.someone.emails]
    gone = case.connection.execute(delete(tied_traces).where(tied_traces.c.trace.in_(traces)))
    case.removed["bonds"] += gone.rowcount


def forget_mails(case: Case) -> None:
    """The bytes of what they wrote and of what was sent to them, and what they said in conversations."""
    emails = case.someone.emails
    written = list(case.connection.execute(select(mails.c.id).where(mails.c.sender.in_(emails))).scalars())
    sent = case.connection.execute(
        select(outbox.c.id, outbox.c.comment).where(outbox.c.recipient.in_(emails))
    ).all()
    owners = [f"in:{n}" for n in written] + [f"out:{row.comment}" for row in sent]
    for batch in batches(sorted(set(owners))):
        gone = case.connection.execute(delete(mail_chunks).where(mail_chunks.c.owner.in_(batch)))
        case.removed["mail_chunks"] += gone.rowcount
    for batch in batches([row.id for row in sent]):
        case.connection.execute(update(outbox).where(outbox.c.id.in_(batch)).values(head=""))
    for table in (mail_comments, conversations):
        for row in case.connection.execute(select(table)).all():
            _said_by_mail(case, table, row)


def _said_by_mail(case: Case, table: Table, row: Any) -> None:
    told: dict[str, Any] = to_json(row.body)
    who: dict[str, Any] = told.get("author" if table is mail_comments else "requester") or {}
    if str(who.get("email", "")).lower() not in case.someone.emails:
        return
    changed = {"text": PLACEHOLDER} if table is mail_comments else {}
    if table is conversations and told.get("description"):
        changed = {"description": PLACEHOLDER}
    who = {**who, "name": NAMELESS if who.get("name") else "", "email": case.alias}
    told = {**told, **changed, ("author" if table is mail_comments else "requester"): who}
    case.connection.execute(update(table).where(table.c.id == row.id).values(body=encode(told)))


def match_mail_shadows(case: Case) -> None:
    """What the mail side shows lies in this store: its shadows go by what it shows from now on."""
    for batch in batches(sorted(case.touched)):
        query = select(links.c.ticket_id, links.c.body).where(
            links.c.ticket_id.in_(batch), links.c.system == EMAIL
        )
        for _, body in case.connection.execute(query).all():
            link = to_link(body)
            texts = _texts(case.connection, link.remote_id)
            marks = {
                key: msgspec.structs.replace(mark, digest=shown(texts[mark.remote_id]))
                if mark.digest and mark.remote_id in texts
                else mark
                for key, mark in link.shadow.comments.items()
            }
            shadow = msgspec.structs.replace(link.shadow, comments=marks)
            again = msgspec.structs.replace(link, shadow=shadow)
            if again != link:
                held_links.write(case.connection, case.statements, [again])


def _texts(connection: Connection, conversation: str) -> Mapping[str, str]:
    if not conversation.isdecimal():
        return {}
    rows = connection.execute(
        select(mail_comments.c.id, mail_comments.c.body).where(
            mail_comments.c.conversation == int(conversation)
        )
    )
    return {str(number): to_json(body).get("text", "") for number, body in rows}
