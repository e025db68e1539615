"""Accounts of the CRM as they are held: looked up, due, settled. `intake` writes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec
from sqlalchemy import Connection, Select, bindparam, false, select, update

from hub.account import Account, AccountId
from hub.model import Json
from hub.store.codec import encode, to_account
from hub.store.statements import batches
from hub.store.tables import accounts, is_due

_show = (
    update(accounts)
    .where(accounts.c.id == bindparam("number"))
    .values(body=bindparam("now_shows"), due=False)
)


def read(connection: Connection, ids: Iterable[AccountId]) -> dict[AccountId, Account]:
    found: dict[AccountId, Account] = {}
    for batch in batches(dict.fromkeys(ids)):
        bodies = connection.execute(select(accounts.c.body).where(accounts.c.id.in_(batch))).scalars()
        found.update((account.id, account) for account in map(to_account, bodies))
    return found


def ids(connection: Connection, limit: int, after: str) -> Sequence[AccountId]:
    return _ids(connection, select(accounts.c.id).where(accounts.c.gone.is_(false())), limit, after)


def due(connection: Connection, limit: int, after: str) -> Sequence[AccountId]:
    return _ids(connection, select(accounts.c.id).where(is_due), limit, after)


def _ids(connection: Connection, query: Select[tuple[str]], limit: int, after: str) -> list[AccountId]:
    query = query.where(accounts.c.id > after).order_by(accounts.c.id).limit(limit)
    return [AccountId(i) for i in connection.execute(query).scalars()]


def make_due(connection: Connection, concerned: Iterable[AccountId]) -> None:
    """What these show of their support may have changed. One that is not held, or gone, is let be."""
    for batch in batches(sorted(set(concerned))):
        connection.execute(
            update(accounts)
            .where(accounts.c.id.in_(batch), accounts.c.gone.is_(false()), accounts.c.due.is_(false()))
            .values(due=True)
        )


def settle(
    connection: Connection, shown: Mapping[AccountId, Mapping[str, Json]]
) -> dict[AccountId, Account]:
    """Note what these accounts show now, none of them being due; return what was held of them before."""
    was = read(connection, shown)
    rows = [
        {
            "number": account.id,
            "now_shows": encode(
                msgspec.structs.replace(account, shown={**account.shown, **shown[account.id]})
            ),
        }
        for account in was.values()
    ]
    if rows:
        connection.execute(_show, rows)
    return was
