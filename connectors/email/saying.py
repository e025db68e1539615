"""What the hub says in a conversation: frozen in the outbox in the transaction in which it comes to be."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Protocol

from msgspec.structs import replace
from sqlalchemy import Connection

from connectors.email import arrived, chunks, conversations
from connectors.email.conversations import Held
from connectors.email.model import Address, Conversation, FileOf, FilePart, Said
from connectors.email.spooling import Spooled, spool
from hub.model import AttachmentId, RemoteId
from hub.operations import AddAttachment, AddComment, Done, Outcome, Refused, RemoveComment, Retryable
from hub.ports import Files
from hub.replica import RemoteComment
from hub.store.core import Core

_PIECE = 256 * 1024


class Freezes(Protocol):
    """The outbox, as far as comments need it."""

    def freeze(
        self,
        connection: Connection,
        conversation: int,
        held: Conversation,
        comment: int,
        text: str,
        author: Address,
        created_at: str,
        files: Sequence[FileOf],
        *,
        references: Sequence[str],
        machine: bool = False,
        withheld: str = "",
    ) -> None: ...
    def cancel(self, connection: Connection, comment: int) -> bool: ...
    def spoke(self, connection: Connection, conversation: int) -> bool: ...


class Speaker:
    """Says, takes back and attaches. `files` gives the bytes of attachments of other systems."""

    def __init__(
        self, core: Core, outbox: Freezes, files: Files | None, now: Callable[[], str], largest: int
    ) -> None:
        self._core = core
        self._outbox = outbox
        self._files = files
        self._now = now
        self._largest = largest

    def say(self, operation: AddComment) -> Outcome:
        if not operation.public or operation.audience != "public":
            return Refused("only what is public is ever sent to a customer", "forbidden")
        with ExitStack() as opened:
            refused: dict[str, str] = {}
            spooled: list[Spooled] = []
            for attachment in operation.attachments:
                file = spool(attachment, self._files, self._largest, opened)
                if isinstance(file, Retryable):
                    return file
                if isinstance(file, str):
                    refused[f"attachment:{attachment.id}"] = file
                else:
                    spooled.append(file)
            with self._core.fenced() as connection:
                held = held_conversation(connection, operation.remote_id)
                if held is None:
                    return no_such(operation.remote_id)
                comment = conversations.comment_of(connection, held.id, operation.key)
                if comment is None:
                    self._freeze(connection, operation, held, spooled)
                    conversations.touch(connection, held.id)
                    comment = conversations.comment_of(connection, held.id, operation.key)
                    held = conversations.one(connection, held.id) or held
        assert comment is not None
        return Done(
            operation.remote_id,
            version=str(held.version),
            comment=RemoteComment(
                RemoteId(str(comment.id)), comment.value.text, operation.author, comment.created_at,
                public=True, key=operation.key,
            ),
            attachments={file.attachment.id: file.sha256 for file in spooled},
            refused=refused,
        )  # fmt: skip

    def _freeze(
        self, connection: Connection, operation: AddComment, held: Held, spooled: Sequence[Spooled]
    ) -> None:
        author = Address(operation.author.email or "", operation.author.name)
        said = Said(operation.body, author, public=True, kind="sent")
        comment = conversations.say(connection, held.id, said, self._now(), operation.key)
        files = [
            self._keep(connection, held.id, comment, f"{chunks.of_comment(comment)}:f{n}", one)
            for n, one in enumerate(spooled)
        ]
        self._outbox.freeze(
            connection,
            held.id,
            held.value,
            comment,
            operation.body,
            author,
            operation.created_at,
            files,
            references=arrived.references(connection, held.id),
            withheld=_withheld(operation, held),
        )

    def _keep(
        self, connection: Connection, conversation: int, comment: int | None, owner: str, one: Spooled
    ) -> FileOf:
        one.bytes.seek(0)
        _ = chunks.write(connection, owner, iter(lambda: one.bytes.read(_PIECE), b""))
        it = one.attachment
        part = FilePart(it.name, it.content_type, 0, one.size, "", one.size, one.sha256)
        file = FileOf(it.name, it.content_type, one.size, True, owner, part, one.sha256)
        _ = conversations.attach(connection, conversation, file, comment, it.id)
        return file

    def take_back(self, operation: RemoveComment) -> Outcome:
        with self._core.fenced() as connection:
            held = held_conversation(connection, operation.remote_id)
            if held is None:
                return no_such(operation.remote_id)
            comment = conversations.comment_of(connection, held.id, operation.key)
            if comment is None or comment.value.removed:
                return Done(operation.remote_id)
            if not self._outbox.cancel(connection, comment.id):
                return Refused(
                    "the mail has left, and a mail cannot be taken back. Tell those who got it; then "
                    "`hub parked drop` puts this away.",
                    "closed",
                )
            conversations.rewrite(connection, comment.id, replace(comment.value, removed=True))
            conversations.touch(connection, held.id)
        return Done(operation.remote_id)

    def silence(self, connection: Connection, conversation: int) -> bool:
        """Cancel what still waits there; False, and nothing is done, if anybody wrote or was written to."""
        said = conversations.comments(connection, [conversation]).get(conversation, ())
        if any(one.value.kind == "mail" for one in said) or self._outbox.spoke(connection, conversation):
            return False
        for one in said:
            _ = self._outbox.cancel(connection, one.id)
        return True

    def attach(self, operation: AddAttachment) -> Outcome:
        """A file with no words to go with it is kept with the conversation, and not sent."""
        it = operation.attachment
        with ExitStack() as opened:
            spooled = spool(it, self._files, self._largest, opened)
            if isinstance(spooled, Retryable):
                return spooled
            if isinstance(spooled, str):
                return Refused(spooled, "too_large" if it.size > self._largest else "invalid")
            with self._core.fenced() as connection:
                held = held_conversation(connection, operation.remote_id)
                if held is None:
                    return no_such(operation.remote_id)
                known = next((f for f in _files(connection, held.id) if f.key == it.id), None)
                if known is None:
                    _ = self._keep(connection, held.id, None, f"file:{held.id}:{it.id}", spooled)
                    conversations.touch(connection, held.id)
                    known = next(f for f in _files(connection, held.id) if f.key == it.id)
        told = {f"file {it.name}": "not sent to the customer: no comment goes with it"}
        return Done(
            operation.remote_id,
            attachment=RemoteId(str(known.id)),
            attachments={AttachmentId(it.id): spooled.sha256},
            cut=told,
        )


def _files(connection: Connection, conversation: int) -> Sequence[conversations.File]:
    return conversations.files(connection, [conversation]).get(conversation, ())


def held_conversation(connection: Connection, remote_id: RemoteId) -> Held | None:
    found = conversations.number(remote_id)
    held = conversations.one(connection, found) if found is not None else None
    return None if held is None or held.value.deleted else held


def no_such(remote_id: RemoteId) -> Refused:
    return Refused(f"there is no conversation {remote_id}", "no_such")


def _withheld(operation: AddComment, held: Held) -> str:
    """Say why a comment is not to be sent, if it is not: what is old news arrives in nobody's mailbox."""
    if operation.quiet:
        return "a quiet run"
    if operation.created_at and operation.created_at < held.opened_at:
        return "said before the customer was first written to by mail"
    if held.value.merged_into:
        return f"the conversation goes on in {held.value.merged_into}"
    return ""
