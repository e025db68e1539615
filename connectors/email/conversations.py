"""Conversations in the store: their rows, comments and files, and the Message-IDs that they are known by."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple, TypeVar

import msgspec
from sqlalchemy import Connection, Row, Select, func, select, update

from connectors.email.model import Conversation, FileOf, Said
from hub.store.mail_tables import conversations, mail_comments, mail_files, mail_ids

T = TypeVar("T")
LABEL = "mail-"
_IN = 500  # names in one `IN`


class Held(NamedTuple):
    """A conversation as it is held."""

    id: int
    key: str | None
    """The hub's, where the hub began it."""
    changed: int
    version: int
    opened_at: str
    value: Conversation


class Comment(NamedTuple):
    id: int
    conversation: int
    key: str | None
    created_at: str
    value: Said


class File(NamedTuple):
    id: int
    conversation: int
    comment: int | None
    key: str | None
    value: FileOf


def label(conversation: int) -> str:
    """Return what people call a conversation."""
    return f"{LABEL}{conversation}"


def number(name: str) -> int | None:
    """Return the conversation that people or the hub name so (`mail-7`, `7`); None: no such name."""
    digits = name.removeprefix(LABEL)
    return int(digits) if digits.isdecimal() and digits.isascii() else None


def packed(value: msgspec.Struct) -> str:
    return msgspec.json.encode(value).decode()


# conversations ----------------------------------------------------------------------------------


def load(connection: Connection, ids: Iterable[int]) -> dict[int, Held]:
    columns = conversations.c
    rows = (select(conversations).where(columns.id.in_(some)) for some in _batches(ids))
    return {held.id: held for query in rows for held in _held(connection, query)}


def one(connection: Connection, conversation: int) -> Held | None:
    return load(connection, [conversation]).get(conversation)


def by_keys(connection: Connection, keys: Iterable[str]) -> dict[str, Held]:
    """Return the conversations that the hub began under these keys."""
    columns = conversations.c
    queries = (select(conversations).where(columns.key.in_(some)) for some in _batches(keys))
    return {str(held.key): held for query in queries for held in _held(connection, query)}


def changed_since(connection: Connection, place: int, limit: int) -> list[Held]:
    """Return up to `limit` conversations behind this place in the feed, in its order."""
    columns = conversations.c
    query = select(conversations).where(columns.changed > place).order_by(columns.changed).limit(limit)
    return list(_held(connection, query))


def _held(connection: Connection, query: Select[Any]) -> Iterator[Held]:
    for row in connection.execute(query):
        value = msgspec.json.decode(row.body, type=Conversation)
        yield Held(row.id, row.key, row.changed, row.version, row.opened_at, value)


def begin(connection: Connection, value: Conversation, opened_at: str, key: str | None = None) -> int:
    """Hold a new conversation; return its number."""
    row = {
        "key": key,
        "changed": _next_place(connection),
        "version": 1,
        "opened_at": opened_at,
        "body": packed(value),
    }
    done = connection.execute(conversations.insert(), row)
    assert done.inserted_primary_key is not None
    return int(done.inserted_primary_key[0])


def change(connection: Connection, conversation: int, value: Conversation) -> None:
    """Hold the conversation as it is now, and show it in the feed."""
    _move(connection, conversation, body=packed(value))


def touch(connection: Connection, conversation: int) -> None:
    """Something was added to it: show it in the feed."""
    _move(connection, conversation)


def _move(connection: Connection, conversation: int, **values: Any) -> None:
    columns = conversations.c
    place = _next_place(connection)
    connection.execute(
        update(conversations)
        .where(columns.id == conversation)
        .values(changed=place, version=columns.version + 1, **values)
    )


def _next_place(connection: Connection) -> int:
    # whoever writes holds the store's lease, or waits for it: no other transaction takes this place
    found = connection.execute(select(func.coalesce(func.max(conversations.c.changed), 0))).scalar_one()
    return int(found) + 1


# comments and files -----------------------------------------------------------------------------


def say(
    connection: Connection, conversation: int, said: Said, created_at: str, key: str | None = None
) -> int:
    """Add a comment; return its number."""
    row = {"conversation": conversation, "key": key, "created_at": created_at, "body": packed(said)}
    done = connection.execute(mail_comments.insert(), row)
    assert done.inserted_primary_key is not None
    return int(done.inserted_primary_key[0])


def rewrite(connection: Connection, comment: int, said: Said) -> None:
    columns = mail_comments.c
    connection.execute(update(mail_comments).where(columns.id == comment).values(body=packed(said)))


def comments(connection: Connection, ids: Iterable[int]) -> Mapping[int, Sequence[Comment]]:
    """Return what was said, by conversation, in order."""
    found: defaultdict[int, list[Comment]] = defaultdict(list)
    columns = mail_comments.c
    for some in _batches(ids):
        query = select(mail_comments).where(columns.conversation.in_(some)).order_by(columns.id)
        for row in connection.execute(query):
            found[row.conversation].append(_comment(row))
    return found


def comment_of(connection: Connection, conversation: int, key: str) -> Comment | None:
    """Return what the hub said under this key."""
    columns = mail_comments.c
    query = select(mail_comments).where(columns.conversation == conversation, columns.key == key)
    row = connection.execute(query).one_or_none()
    return None if row is None else _comment(row)


def _comment(row: Row[Any]) -> Comment:
    said = msgspec.json.decode(row.body, type=Said)
    return Comment(row.id, row.conversation, row.key, row.created_at, said)


def attach(
    connection: Connection, conversation: int, file: FileOf, comment: int | None, key: str | None = None
) -> int:
    """Add a file; return its number."""
    row = {"conversation": conversation, "comment": comment, "key": key, "body": packed(file)}
    done = connection.execute(mail_files.insert(), row)
    assert done.inserted_primary_key is not None
    return int(done.inserted_primary_key[0])


def files(connection: Connection, ids: Iterable[int]) -> Mapping[int, Sequence[File]]:
    found: defaultdict[int, list[File]] = defaultdict(list)
    columns = mail_files.c
    for some in _batches(ids):
        query = select(mail_files).where(columns.conversation.in_(some)).order_by(columns.id)
        for row in connection.execute(query):
            found[row.conversation].append(_file(row))
    return found


def file(connection: Connection, number_: int) -> File | None:
    row = connection.execute(select(mail_files).where(mail_files.c.id == number_)).one_or_none()
    return None if row is None else _file(row)


def _file(row: Row[Any]) -> File:
    value = msgspec.json.decode(row.body, type=FileOf)
    return File(row.id, row.conversation, row.comment, row.key, value)


# Message-IDs ------------------------------------------------------------------------------------


def know(
    connection: Connection, insert: Callable[..., Any], ids: Iterable[str], conversation: int, how: str
) -> None:
    """Remember that mails with these Message-IDs belong to a conversation."""
    rows = [{"message_id": i, "conversation": conversation, "how": how} for i in dict.fromkeys(ids) if i]
    if rows:
        connection.execute(insert(mail_ids).on_conflict_do_nothing(), rows)


def known_by(connection: Connection, ids: Iterable[str], *hows: str) -> dict[str, tuple[int, ...]]:
    """Return the conversations that each of these Message-IDs belongs to."""
    found: defaultdict[str, list[int]] = defaultdict(list)
    columns = mail_ids.c
    for some in _batches(dict.fromkeys(ids)):
        query = select(mail_ids).where(columns.message_id.in_(some))
        if hows:
            query = query.where(columns.how.in_(hows))
        for row in connection.execute(query.order_by(columns.conversation)):
            found[row.message_id].append(row.conversation)
    return {name: tuple(numbers) for name, numbers in found.items()}


def _batches(items: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(items)
    while some := list(islice(rest, _IN)):
        yield some
