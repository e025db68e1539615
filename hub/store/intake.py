"""
Accounts and contacts as the CRM showed them, taken in: what is held of them, and whom that concerns.

An account that lives has its own traces, and the address of each of its contacts. One that is deleted
or merged has none: the CRM shows its contacts again, with the account that they went to.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

import msgspec
from sqlalchemy import ColumnElement, Connection, delete, select, tuple_

from hub.account import Account, AccountId, Contact, Trace
from hub.model import RemoteId
from hub.store.accounts import make_due
from hub.store.codec import digest, encode, ordered, to_account, word
from hub.store.directory import EMAIL
from hub.store.statements import Statements, batches
from hub.store.tables import account_traces, accounts, contacts, is_of_contact
from hub.store.traces import ACCOUNT

OWN = ""


class Tie(NamedTuple):
    """A row of `account_traces`."""

    account_id: str
    source: str
    """`OWN`, or the contact whose address it is."""
    trace: str


class _Was(NamedTuple):
    """An account as it was held until now."""

    account: Account | None = None
    digest: str = ""
    due: bool = False

    @property
    def lives(self) -> bool:
        return self.account is not None and _lives(self.account)


_NOT_HELD = _Was()


def take(
    connection: Connection,
    statements: Statements,
    given: Sequence[tuple[Account, frozenset[Trace]]],
    people: Sequence[Contact],
    gone_people: Sequence[RemoteId],
) -> set[Trace]:
    """Hold these (of two of the same, the later); return the traces whose tickets they concern."""
    shown = {account.id: account for account, _ in given}
    own = {account.id: traces for account, traces in given}
    gone = set(gone_people)
    met = {person.id: person for person in people if person.id not in gone}
    was = _was(connection, list(shown))
    turned = [a.id for a in shown.values() if _lives(a) != was.get(a.id, _NOT_HELD).lives]
    before = _ties_held(connection, list(shown), turned, [*met, *gone])
    changed = _hold(connection, statements, shown.values(), was)
    _hold_people(connection, statements, met.values(), gone)
    after = {Tie(a.id, OWN, word(t)) for a in shown.values() if _lives(a) for t in own[a.id]}
    after |= _ties_of_people(connection, turned, list(met))
    _untie(connection, before - after)
    _tie(connection, after - before)
    return changed | {tie.trace for tie in before ^ after}


def _lives(account: Account) -> bool:
    return not (account.gone or account.merged_into)


def _was(connection: Connection, ids: Sequence[AccountId]) -> dict[AccountId, _Was]:
    found: dict[AccountId, _Was] = {}
    for batch in batches(ids):
        rows = connection.execute(
            select(accounts.c.body, accounts.c.digest, accounts.c.due).where(accounts.c.id.in_(batch))
        )
        for body, mark, due in rows:
            account = to_account(body)
            found[account.id] = _Was(account, mark, due)
    return found


def _hold(
    connection: Connection,
    statements: Statements,
    shown: Collection[Account],
    was: dict[AccountId, _Was],
) -> set[Trace]:
    """Hold these accounts; return the traces of those that tickets show otherwise now."""
    rows: list[dict[str, object]] = []
    changed: set[Trace] = set()
    survivors: set[AccountId] = set()
    for account in shown:
        old = was.get(account.id, _NOT_HELD)
        mark = digest(ordered(msgspec.structs.replace(account, shown={})))
        if mark != old.digest:
            changed.add(f"{ACCOUNT}{account.id}")
        if account.merged_into and (old.account is None or old.account.merged_into != account.merged_into):
            survivors.add(account.merged_into)
        rows.append(
            {
                "id": account.id,
                "system": account.system,
                "name": word(account.name),
                "merged_into": account.merged_into,
                "gone": not _lives(account),
                "due": _lives(account) and (old.due or _has_news(account, old)),
                "digest": mark,
                "body": encode(account),
            }
        )
    if rows:
        connection.execute(statements.account, rows)
    make_due(connection, survivors)
    return changed


def _has_news(account: Account, old: _Was) -> bool:
    """Whether what it shows of its support must be looked at: it is new, back, or was written by another."""
    if old.account is None or not old.lives:
        return True
    return ordered(account.shown) != ordered(old.account.shown)


def _hold_people(
    connection: Connection, statements: Statements, met: Iterable[Contact], gone: Iterable[RemoteId]
) -> None:
    rows = [
        {
            "id": person.id,
            "account_id": person.account,
            "email": word(person.email),
            "body": encode(person),
        }
        for person in met
    ]
    if rows:
        connection.execute(statements.contact, rows)
    for batch in batches(gone):
        connection.execute(delete(contacts).where(contacts.c.id.in_(batch)))


def _ties_held(
    connection: Connection,
    shown: Sequence[AccountId],
    turned: Sequence[AccountId],
    people: Sequence[RemoteId],
) -> set[Tie]:
    """Return the accounts' own ties, every tie of those that come or go, and these contacts'."""
    of_account, of_contact = account_traces.c.account_id, is_of_contact
    found: set[Tie] = set()
    for batch in batches(shown):
        found |= _ties(connection, of_account.in_(batch), account_traces.c.source == OWN)
    for batch in batches(turned):
        found |= _ties(connection, of_account.in_(batch))
    for batch in batches(people):
        found |= _ties(connection, of_contact, account_traces.c.source.in_(batch))
    return found


def _ties(connection: Connection, *conditions: ColumnElement[bool]) -> set[Tie]:
    columns = account_traces.c
    query = select(columns.account_id, columns.source, columns.trace).where(*conditions)
    return {Tie(*row) for row in connection.execute(query)}


def _ties_of_people(
    connection: Connection, turned: Sequence[AccountId], people: Sequence[RemoteId]
) -> set[Tie]:
    """Return the ties that these accounts' contacts, and these contacts, give to accounts that live."""
    query = (
        select(contacts.c.account_id, contacts.c.id, contacts.c.email)
        .join(accounts, accounts.c.id == contacts.c.account_id)
        .where(accounts.c.gone.is_(False), contacts.c.email != "")
    )
    found: set[Tie] = set()
    for column, wanted in ((contacts.c.account_id, turned), (contacts.c.id, people)):
        for batch in batches(wanted):
            rows = connection.execute(query.where(column.in_(batch)))
            found |= {Tie(account, person, word(EMAIL + email)) for account, person, email in rows}
    return found


def _untie(connection: Connection, ties: Iterable[Tie]) -> None:
    columns = account_traces.c
    key = tuple_(columns.account_id, columns.source, columns.trace)
    for batch in batches(ties):
        connection.execute(delete(account_traces).where(key.in_([tuple(tie) for tie in batch])))


def _tie(connection: Connection, ties: Iterable[Tie]) -> None:
    rows = [tie._asdict() for tie in ties]
    if rows:
        connection.execute(account_traces.insert(), rows)
