"""What the CRM knows that may concern some tickets, found by their traces."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import Connection, select

from hub.account import Account, AccountId, Contact, Directory, Trace
from hub.model import RemoteId
from hub.store import accounts, bonds
from hub.store.codec import to_contact, word
from hub.store.statements import batches
from hub.store.tables import account_traces, contacts
from hub.store.traces import ACCOUNT

EMAIL = "email:"


def read(connection: Connection, traces: Iterable[Trace]) -> Directory:
    asked = list(dict.fromkeys(traces))
    by_trace = _holders(connection, asked)
    tied = bonds.read(connection, asked)
    people = _people(connection, [t.removeprefix(EMAIL) for t in asked if t.startswith(EMAIL)])
    named = {AccountId(t.removeprefix(ACCOUNT)) for t in asked if t.startswith(ACCOUNT)}
    named.update(account for holders in by_trace.values() for account in holders)
    named.update(bond.account for bond in tied.values())
    # Also of those who have no account that lives: theirs may have been merged a moment ago.
    named.update(person.account for same in people.values() for person in same)
    return Directory(_family(connection, named), by_trace, people, tied)


def contacts_of(connection: Connection, ids: Iterable[RemoteId]) -> dict[RemoteId, Contact]:
    """Return these contacts, as far as they are held."""
    found: dict[RemoteId, Contact] = {}
    for batch in batches(dict.fromkeys(ids)):
        bodies = connection.execute(select(contacts.c.body).where(contacts.c.id.in_(batch))).scalars()
        found.update((person.id, person) for person in map(to_contact, bodies))
    return found


def _holders(connection: Connection, traces: Sequence[Trace]) -> dict[Trace, tuple[AccountId, ...]]:
    words = {word(t): t for t in traces}
    found: dict[Trace, list[AccountId]] = {}
    for batch in batches(words):
        rows = connection.execute(
            select(account_traces.c.trace, account_traces.c.account_id)
            .distinct()
            .where(account_traces.c.trace.in_(batch))
        )
        for trace, account in rows:
            found.setdefault(words[trace], []).append(AccountId(account))
    return {trace: tuple(sorted(holders)) for trace, holders in found.items()}


def _people(connection: Connection, emails: Sequence[str]) -> dict[str, tuple[Contact, ...]]:
    words = {word(e): e for e in emails if e}
    found: dict[str, list[Contact]] = {}
    for batch in batches(words):
        rows = connection.execute(
            select(contacts.c.email, contacts.c.body).where(contacts.c.email.in_(batch))
        )
        for email, body in rows:
            found.setdefault(words[email], []).append(to_contact(body))
    return {email: tuple(sorted(same, key=lambda person: person.id)) for email, same in found.items()}


def _family(connection: Connection, named: Iterable[AccountId]) -> dict[AccountId, Account]:
    """Return these accounts, with whatever they were merged into and are children of, to the last."""
    found: dict[AccountId, Account] = {}
    asked: set[AccountId] = set()
    while named := {a for a in named if a} - asked:  # the CRM may tell of rings: nobody is asked for twice
        asked |= named
        more = accounts.read(connection, named)
        found |= more
        named = set(_kin(more.values()))
    return found


def _kin(some: Iterable[Account]) -> Iterator[AccountId]:
    for account in some:
        yield account.merged_into
        yield account.parent
