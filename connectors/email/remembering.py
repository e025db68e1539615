"""What the filters ask (`known.Known`), answered from the store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from sqlalchemy import Connection, bindparam, func, select

from connectors.email import conversations
from connectors.email.conversations import known_by
from connectors.email.model import Conversation, Sending
from hub.store.mail_tables import mail_ids, mails, outbox

_MERGES = 50  # of conversations into one another, followed at most
THREAD = "thread:"
"""Before a Thread-Index among the Message-IDs."""
MESSAGE_IDS = ("in", "out", "rewritten")
"""How real Message-IDs came to be known: their writers choose them, and must not say what we note beside."""
FOLLOWS = "follows:"
"""Before a closed conversation's number, among the Message-IDs of those that go on with it."""

# Built once: to build a statement costs more than to run it.
_OUTBOX_OF = select(outbox.c.id).where(outbox.c.message_id == bindparam("name")).limit(1)
_ANY_RENAMED = select(mail_ids.c.message_id).where(mail_ids.c.how == "rewritten").limit(1)
_WHOSE = select(outbox.c.conversation).where(outbox.c.id == bindparam("row"))
_MAILS_FROM = (
    select(func.count())
    .select_from(mails)
    .where(
        mails.c.sender == bindparam("email"),
        mails.c.received_at >= bindparam("since"),
        mails.c.state.in_(["heard", "noted"]),
    )
)
_MAILS_FROM_HERE = _MAILS_FROM.where(mails.c.conversation == bindparam("here"))


class Remembered:
    """One moment of the store. See `known.Known`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._any_renamed: bool | None = None

    def conversations_of(self, message_ids: Sequence[str]) -> Mapping[str, tuple[int, ...]]:
        return known_by(self._connection, message_ids, *MESSAGE_IDS)

    def by_thread(self, thread_index: str) -> tuple[int, ...]:
        name = f"{THREAD}{thread_index}"
        return known_by(self._connection, [name], "thread").get(name, ())

    def outbox_of(self, message_id: str) -> int | None:
        found = self._connection.execute(_OUTBOX_OF, {"name": message_id}).scalar_one_or_none()
        return self._renamed(message_id) if found is None else int(found)

    def _renamed(self, message_id: str) -> int | None:
        """Return the row that a provider sent under this Message-ID of its own."""
        if self._any_renamed is None:  # most providers leave our names alone
            self._any_renamed = self._connection.execute(_ANY_RENAMED).first() is not None
        if not self._any_renamed:
            return None
        here = known_by(self._connection, [message_id], "rewritten").get(message_id, ())
        query = select(outbox.c.id, outbox.c.body).where(outbox.c.conversation.in_(here))
        for row in self._connection.execute(query) if here else ():
            if message_id in msgspec.json.decode(row.body, type=Sending).given_ids:
                return int(row.id)
        return None

    def whose(self, row: int) -> int:
        """Return the conversation that a row of the outbox belongs to; 0: there is no such row."""
        return int(self._connection.execute(_WHOSE, {"row": row}).scalar_one_or_none() or 0) if row else 0

    def conversation(self, id: int) -> Conversation | None:  # noqa: A002
        held = conversations.one(self._connection, id)
        return None if held is None or held.value.deleted else held.value

    def survivor(self, id: int) -> int:  # noqa: A002
        for _ in range(_MERGES):
            held = conversations.one(self._connection, id)
            into = conversations.number(held.value.merged_into) if held and held.value.merged_into else None
            if into is None or into == id:
                return id
            id = into  # noqa: A001
        return id

    def mails_from(self, email: str, since: str, conversation: int | None) -> int:
        asked = {"email": email, "since": since}
        if conversation is None:
            return int(self._connection.execute(_MAILS_FROM, asked).scalar_one())
        asked["here"] = str(conversation)
        return int(self._connection.execute(_MAILS_FROM_HERE, asked).scalar_one())

    def is_participant(self, id: int, email: str) -> bool:  # noqa: A002
        held = conversations.one(self._connection, id)
        if held is None or not email:
            return False
        if email == held.value.requester.email or any(f.email == email for f in held.value.followers):
            return True
        said = conversations.comments(self._connection, [id]).get(id, ())
        return any(c.value.kind == "mail" and c.value.public and c.value.author.email == email for c in said)
