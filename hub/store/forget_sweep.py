"""Every text of every table, held against the words that name a person."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Table, Text, bindparam, delete, select, update
from sqlalchemy.exc import IntegrityError

from hub.forget import Replace
from hub.store.audit_tables import anchors, forgotten, forgotten_tickets, seals
from hub.store.codec import digest
from hub.store.every_table import metadata
from hub.store.mail_tables import mail_chunks, outbox
from hub.store.tables import attachments, comments, leases, secrets

_SPARED = frozenset({seals, anchors, forgotten, forgotten_tickets, leases, secrets})
"""They hold digests, and tokens that may be encrypted: nothing of a person's."""
_PAGE = 500
_LONGEST = 400
"""Bytes that a name or address has at most."""
_PIECES = select(mail_chunks.c.owner, mail_chunks.c.n).order_by(mail_chunks.c.owner, mail_chunks.c.n)
_PIECE = select(mail_chunks.c.data).where(
    mail_chunks.c.owner == bindparam("owner"), mail_chunks.c.n == bindparam("n")
)


def swept(connection: Connection, without: Replace) -> dict[str, list[Any]]:
    """Replace the person in every text of the database; return, by table, the keys of the rows changed."""
    found: dict[str, list[Any]] = {}
    for table in metadata.sorted_tables:
        if table in _SPARED:
            continue
        keys = list(_table(connection, table, without))
        if keys:
            found[table.name] = keys
    return found


def _table(connection: Connection, table: Table, without: Replace) -> Iterator[Any]:
    texts = [c for c in table.columns if isinstance(c.type, Text)]
    keys = list(table.primary_key.columns)
    if not texts:
        return
    for given in _rows(connection, table):
        changed = {c.name: now for c in texts if (old := given[c]) and (now := without(old)) != old}
        if not changed:
            continue
        if table in (comments, attachments) and "body" in changed:
            changed["digest"] = digest(changed["body"])
        _put(connection, table, given, changed)
        yield given[keys[0]] if len(keys) == 1 else tuple(given[k] for k in keys)


def _put(connection: Connection, table: Table, given: Any, changed: dict[str, Any]) -> None:
    """Change a row. Of rows that are one since two addresses are one alias, one stays; of mails, each."""
    this = [key == given[key] for key in table.primary_key.columns]
    try:
        with connection.begin_nested():
            connection.execute(update(table).where(*this).values(changed))
    except IntegrityError:
        if table is outbox:
            changed["recipient"] = f"{given['id']}.{changed['recipient']}"
            connection.execute(update(table).where(*this).values(changed))
        else:
            connection.execute(delete(table).where(*this))


def _rows(connection: Connection, table: Table) -> Iterator[Any]:
    """Yield every row of a table, in pages by its key: they are changed while they are read."""
    keys = list(table.primary_key.columns)
    query = select(table).order_by(*keys).limit(_PAGE)
    after: Any = None
    while True:
        page = (
            connection.execute(query if after is None else query.where(_behind(keys, after))).mappings().all()
        )
        yield from page
        if len(page) < _PAGE:
            return
        after = page[-1]


def _behind(keys: list[Any], after: Any) -> Any:
    """Return the condition that a row stands behind another in the order of the key."""
    *before, last = keys
    behind = last > after[last]
    for key in reversed(before):
        behind = (key > after[key]) | ((key == after[key]) & behind)
    return behind


def without_bytes(connection: Connection, without: Replace) -> list[str]:
    """Remove the bytes of every mail and file in which the person can still be read; return whose."""
    owners: set[str] = set()
    last, tail = "", b""
    for key in connection.execute(_PIECES).all():
        piece = connection.execute(_PIECE, {"owner": key.owner, "n": key.n}).scalar_one()
        tail = tail if key.owner == last else b""  # a name may stand across two pieces
        text = (tail + bytes(piece)).decode("utf-8", "replace")
        last, tail = key.owner, bytes(piece[-_LONGEST:])
        if without(text) != text:
            owners.add(key.owner)
    for owner in sorted(owners):
        connection.execute(delete(mail_chunks).where(mail_chunks.c.owner == owner))
    return sorted(owners)
