"""Conversations in the store: their rows, comments and files, and the Message-IDs that they are known by."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple, TypeVar

import msgspec
from sqlalchemy import BindParameter, Connection, Executable, Row, bindparam, func, select, text, update

from connectors.email.model import Conversation, FileOf, Said
from hub.store.mail_tables import conversations, mail_comments, mail_files, mail_ids

T = TypeVar("T")
LABEL = "mail-"
_IN = 500  # names in one `IN`
_DIGITS = 18  # of any number that databases hold

# Statements are built once: to build one costs more than to run it.
_some: BindParameter[Any] = bindparam("some", expanding=True)
_before = conversations.alias("before")
_next_place = select(func.coalesce(func.max(_before.c.changed), 0) + 1).scalar_subquery()
"""Whoever writes holds the store's lease, or waits for it: no other transaction takes this place."""
_BY_ID = select(conversations).where(conversations.c.id.in_(_some))
_BY_KEY = select(conversations).where(conversations.c.key.in_(_some))
_BEHIND = (
    select(conversations)
    .where(conversations.c.changed > bindparam("place"))
    .order_by(conversations.c.changed)
    .limit(bindparam("most"))
)
_BEGIN = conversations.insert().values(changed=_next_place, version=1)
_TOUCH = (
    update(conversations)
    .where(conversations.c.id == bindparam("number"))
    .values(changed=_next_place, version=conversations.c.version + 1)
)
_CHANGE = _TOUCH.values(body=bindparam("value"))
_SAY = mail_comments.insert()
_COMMENTS = select(mail_comments).where(mail_comments.c.conversation.in_(_some)).order_by(mail_comments.c.id)
_ATTACH = mail_files.insert()
_FILES = select(mail_files).where(mail_files.c.conversation.in_(_some)).order_by(mail_files.c.id)
# As text, which both databases know: SQLAlchemy would compile its own `on_conflict` anew each time.
_KNOW = text(
    "INSERT INTO mail_ids (message_id, conversation, how) VALUES (:message_id, :conversation, :how)"
    " ON CONFLICT DO NOTHING"
)
_KNOWN = select(mail_ids).where(mail_ids.c.message_id.in_(_some)).order_by(mail_ids.c.conversation)


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
    is_one = digits.isdecimal() and digits.isascii() and len(digits) <= _DIGITS
    return int(digits) if is_one else None


def packed(value: msgspec.Struct) -> str:
    return msgspec.json.encode(value).decode()


# conversations ----------------------------------------------------------------------------------


def load(connection: Connection, ids: Iterable[int]) -> dict[int, Held]:
    return {held.id: held for some in _batches(ids) for held in _held(connection, _BY_ID, some=some)}


def one(connection: Connection, conversation: int) -> Held | None:
    return load(connection, [conversation]).get(conversation) if conversation else None


def by_keys(connection: Connection, keys: Iterable[str]) -> dict[str, Held]:
    """Return the conversations that the hub began under these keys."""
    return {str(h.key): h for some in _batches(keys) for h in _held(connection, _BY_KEY, some=some)}


def changed_since(connection: Connection, place: int, limit: int) -> list[Held]:
    """Return up to `limit` conversations behind this place in the feed, in its order."""
    return list(_held(connection, _BEHIND, place=place, most=limit))


def _held(connection: Connection, query: Executable, **values: Any) -> Iterator[Held]:
    for row in connection.execute(query, values):
        value = msgspec.json.decode(row.body, type=Conversation)
        yield Held(row.id, row.key, row.changed, row.version, row.opened_at, value)


def begin(connection: Connection, value: Conversation, opened_at: str, key: str | None = None) -> int:
    """Hold a new conversation; return its number."""
    row = {"key": key, "opened_at": opened_at, "body": packed(value)}
    done = connection.execute(_BEGIN, row)
    assert done.inserted_primary_key is not None
    return int(done.inserted_primary_key[0])


def change(connection: Connection, conversation: int, value: Conversation) -> None:
    """Hold the conversation as it is now, and show it in the feed."""
    connection.execute(_CHANGE, {"number": conversation, "value": packed(value)})


def touch(connection: Connection, conversation: int) -> None:
    """Something was added to it: show it in the feed."""
    connection.execute(_TOUCH, {"number": conversation})


# comments and files -----------------------------------------------------------------------------


def say(
    connection: Connection, conversation: int, said: Said, created_at: str, key: str | None = None
) -> int:
    """Add a comment; return its number."""
    row = {"conversation": conversation, "key": key, "created_at": created_at, "body": packed(said)}
    row["idle_since"] = created_at if said.kind == "sent" else ""
    done = connection.execute(_SAY, row)
    assert done.inserted_primary_key is not None
    return int(done.inserted_primary_key[0])


def rewrite(connection: Connection, comment: int, said: Said) -> None:
    columns = mail_comments.c
    connection.execute(update(mail_comments).where(columns.id == comment).values(body=packed(said)))


def comments(connection: Connection, ids: Iterable[int]) -> Mapping[int, Sequence[Comment]]:
    """Return what was said, by conversation, in order."""
    found: defaultdict[int, list[Comment]] = defaultdict(list)
    for some in _batches(ids):
        for row in connection.execute(_COMMENTS, {"some": some}):
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
    done = connection.execute(_ATTACH, row)
    assert done.inserted_primary_key is not None
    return int(done.inserted_primary_key[0])


def files(connection: Connection, ids: Iterable[int]) -> Mapping[int, Sequence[File]]:
    found: defaultdict[int, list[File]] = defaultdict(list)
    for some in _batches(ids):
        for row in connection.execute(_FILES, {"some": some}):
            found[row.conversation].append(_file(row))
    return found


def file(connection: Connection, number_: int) -> File | None:
    row = connection.execute(select(mail_files).where(mail_files.c.id == number_)).one_or_none()
    return None if row is None else _file(row)


def _file(row: Row[Any]) -> File:
    value = msgspec.json.decode(row.body, type=FileOf)
    return File(row.id, row.conversation, row.comment, row.key, value)


# Message-IDs ------------------------------------------------------------------------------------


def know(connection: Connection, ids: Iterable[str], conversation: int, how: str) -> None:
    """Remember that mails with these Message-IDs belong to a conversation."""
    rows = [{"message_id": i, "conversation": conversation, "how": how} for i in dict.fromkeys(ids) if i]
    if rows:
        connection.execute(_KNOW, rows)


def known_by(connection: Connection, ids: Iterable[str], *hows: str) -> dict[str, tuple[int, ...]]:
    """Return the conversations that each of these Message-IDs belongs to."""
    found: defaultdict[str, list[int]] = defaultdict(list)
    for some in _batches(dict.fromkeys(ids)):
        for row in connection.execute(_KNOWN, {"some": some}):
            if not hows or row.how in hows:
                found[row.message_id].append(row.conversation)
    return {name: tuple(numbers) for name, numbers in found.items()}


def _batches(items: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(items)
    while some := list(islice(rest, _IN)):
        yield some
