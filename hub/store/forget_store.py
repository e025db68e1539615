"""The part of the store that forgets a person, and does not learn them anew from what sides still show."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, select

from hub.account import Contact
from hub.audit import Act, Source
from hub.errors import Misconfigured
from hub.forget import (
    Someone,
    alias_of,
    as_text,
    comment_without,
    link_without,
    marks,
    named,
    own_pieces,
    recognised,
    ticket_without,
)
from hub.forget_store import Forgotten, Judge
from hub.model import TicketId
from hub.records import Asked, Decision, Noted
from hub.store import audit_acts, forget_rows
from hub.store import tickets as held_tickets
from hub.store.audit_redact import redact
from hub.store.audit_tables import forgotten, forgotten_tickets
from hub.store.core import Core
from hub.store.forget_rows import Case
from hub.store.forget_sweep import swept, without_bytes
from hub.store.forget_who import identify
from hub.store.statements import batches
from hub.store.tables import keepsakes

SALT = "forget.salt"
_SOURCES: Mapping[str, Sequence[Source]] = {
    "history": ("history",),
    "journal": ("journal", "outcome"),
    "feedback": ("feedback",),
    "acts": ("act",),
    "runs": ("run",),
}
_SHOWN = 40


class ForgetStore(Core):
    """`hub.forget_store.ForgetStore`."""

    audit_keys: Sequence[str] = ()

    def forget(self, person: str, by: str, *, dry_run: bool = False) -> Forgotten:
        with self._fenced() as connection, connection.begin_nested() as tried:
            found = self._forget(connection, person, by)
            if dry_run:
                tried.rollback()
        return found

    def compact(self) -> None:
        self._database.compact()

    def _forget(self, connection: Connection, person: str, by: str) -> Forgotten:
        now, someone = self._now(), identify(connection, person)
        if not someone.words:
            raise Misconfigured(f"nobody is called {person!r} here; give the person's address")
        salt = _salt(connection, self._statements, now)
        alias = alias_of(salt, someone)
        # a number of theirs may be a ticket's, too: in texts it is left to the ticket
        tickets_too = set(held_tickets.load(connection, [TicketId(i) for i in someone.ids]))
        ids = tuple(i for i in someone.ids if i not in tickets_too)
        without = named(msgspec.structs.replace(someone, ids=ids), alias)
        case = Case(connection, self._statements, someone, alias, without, now)
        said = forget_rows.forget_tickets(case)
        forget_rows.forget_contacts(case)
        forget_rows.forget_mails(case)
        forget_rows.forget_readings(case)
        quoting = forget_rows.forget_quotes(case)
        rows = swept(connection, without)
        called = forget_rows.forget_called(case)
        case.removed["mail_chunks"] += len(without_bytes(connection, without))
        forget_rows.match_mail_shadows(case)
        pieces = own_pieces(text for texts in case.said.values() for text in texts)
        _remember(connection, self.insert, marks(salt, [*someone.words, *sorted(pieces)]), alias, now)
        judge = _judge(case)
        counts = {table: len(keys) for table, keys in rows.items()}
        told = {"tickets": len(case.touched), "comments": said, "rows": counts}
        act = Act("person forgotten", now, by, subject=alias, why="they asked for it", body=told)
        audit_acts.write(connection, [act])
        changed: dict[Source, set[Any]] = {
            source: {row for found in (rows, quoting, called) for row in found.get(table, ())}
            for table, sources in _SOURCES.items()
            for source in sources
        }
        redact(connection, changed, self.audit_keys, now)
        removed = {name: n for name, n in case.removed.items() if n}
        return Forgotten(alias, len(someone.words), len(case.touched), said, counts, removed, judge)

    # what sides still show ------------------------------------------------------------------------

    def without_forgotten(self, connection: Connection, decisions: Sequence[Decision]) -> Sequence[Decision]:
        """Return decisions in which nobody stands who was forgotten on their tickets, whatever sides show."""
        guarded = _guarded(connection, (d.ticket.id for d in decisions))
        if not guarded:
            return decisions
        known = _known(connection, guarded.values())
        salt = _salt(connection, self._statements, self._now())
        without = recognised(salt, known)
        return [_veiled(d, salt, known, without) if d.ticket.id in guarded else d for d in decisions]

    def without_forgotten_notes(self, connection: Connection, notes: Sequence[Noted]) -> Sequence[Noted]:
        """Return what came of operations, without whoever was forgotten on their tickets."""
        guarded = _guarded(connection, (n.ticket_id for n in notes))
        if not guarded:
            return notes
        without = recognised(
            _salt(connection, self._statements, self._now()), _known(connection, guarded.values())
        )
        bare = held_tickets.load(connection, guarded)
        return [_veiled_note(n, bare, without) if n.ticket_id in guarded else n for n in notes]

    def without_forgotten_people(
        self, connection: Connection, people: Sequence[Contact]
    ) -> tuple[Sequence[Contact], Sequence[Any]]:
        """Return the contacts that may be held, and the ids of those whom the hub was told to forget."""
        if connection.execute(select(forgotten.c.mark).limit(1)).first() is None:
            return people, ()
        salt = _salt(connection, self._statements, self._now())
        known = _known(connection, None)
        over = [
            p for p in people if any(m in known for m in marks(salt, [p.email or "-", f"{p.system}:{p.id}"]))
        ]
        return [p for p in people if p not in over], [p.id for p in over]


def _remember(connection: Connection, insert: Any, given: Iterable[str], alias: str, now: str) -> None:
    statement = insert(forgotten).on_conflict_do_nothing()
    connection.execute(statement, [{"mark": mark, "alias": alias, "at": now} for mark in given])


def _salt(connection: Connection, statements: Any, now: str) -> str:
    kept = connection.execute(select(keepsakes.c.value).where(keepsakes.c.name == SALT)).scalar()
    if kept is not None:
        return str(kept)
    made = secrets.token_hex(32)
    connection.execute(statements.keepsake, [{"name": SALT, "value": made, "at": now}])
    return made


def _guarded(connection: Connection, ids: Iterable[TicketId]) -> dict[TicketId, str]:
    found: dict[TicketId, str] = {}
    for batch in batches(dict.fromkeys(ids)):
        query = select(forgotten_tickets).where(forgotten_tickets.c.ticket_id.in_(batch))
        found.update((TicketId(ticket), alias) for ticket, alias in connection.execute(query))
    return found


def _known(connection: Connection, aliases: Collection[str] | None) -> dict[str, str]:
    """Return the alias behind each mark; of everybody, or of these."""
    query = select(forgotten.c.mark, forgotten.c.alias)
    if aliases is not None:
        query = query.where(forgotten.c.alias.in_(set(aliases)))
    return {row.mark: row.alias for row in connection.execute(query)}


def _veiled(decision: Decision, salt: str, known: Mapping[str, str], without: Any) -> Decision:
    nobody = Someone(())
    before = decision.ticket
    after = ticket_without(before, nobody, without)
    said = {
        key: comment_without(c, without, by_them=True)
        if any(
            m in known
            for m in marks(salt, [before.comments[key].author.email or "-", _id_of(before.comments[key])])
        )
        else c
        for key, c in after.comments.items()
    }
    after = msgspec.structs.replace(after, comments=said)
    plain = msgspec.structs.replace(decision, ticket=msgspec.structs.replace(before, comments={}), links=())
    text = as_text(plain)
    bare = msgspec.json.decode(without(text), type=Decision)
    tied = tuple(link_without(link, before, after, without) for link in decision.links)
    return msgspec.structs.replace(bare, ticket=after, links=tied)


def as_decided(asked: Sequence[Sequence[Asked]], decisions: Sequence[Decision]) -> list[tuple[Asked, ...]]:
    """Return the journal's rows with the operations as they were decided: sides are asked in full."""
    return [
        tuple(Asked(row.journal, operation) for row, operation in zip(rows, d.operations, strict=True))
        for rows, d in zip(asked, decisions, strict=True)
    ]


def _id_of(comment: Any) -> str:
    return f"{comment.origin}:{comment.author.id}"


def _veiled_note(note: Noted, held: Mapping[TicketId, Any], without: Any) -> Noted:
    text = as_text(msgspec.structs.replace(note, links=()))
    bare = msgspec.json.decode(without(text), type=Noted)
    ticket = held[note.ticket_id].ticket
    tied = tuple(
        link_without(link, ticket, ticket, without) if link.ticket_id == note.ticket_id else link
        for link in note.links
    )
    return msgspec.structs.replace(bare, links=tied)


def _judge(case: Case) -> list[Judge]:
    """Return what others wrote where the person was known by a part of their name only, or sent files."""
    parts = {p.casefold() for name in (*case.someone.names, *case.someone.shared) for p in name.split()}
    parts = {part for part in parts if len(part) > 2}  # noqa: PLR2004
    found: list[Judge] = []
    for ticket, held in held_tickets.load(case.connection, sorted(case.touched)).items():
        for key, comment in held.ticket.comments.items():
            words = {w.strip(".,:;!?()").casefold() for w in comment.body.split()}
            if words & parts:
                found.append(Judge(ticket, f"comment {key}", "a part of their name stands in it"))
        subject = str(held.ticket.get("subject") or "")
        if ticket in case.theirs and subject:
            found.append(Judge(ticket, "subject", "they may have worded it"))
        found.extend(
            Judge(ticket, f"file {file.name}", "they may have sent it")
            for file in held.ticket.attachments.values()
            if ticket in case.theirs
        )
    return found[: _SHOWN * 10]
