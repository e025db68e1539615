"""
What the hub asks of a conversation. All of it happens in the store, in one transaction each.

A comment exists once its bytes are frozen in the outbox; whether a mail has left yet is the outbox's
affair. So nothing here can be left without an answer, and nothing is ever sent twice for a lost one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import cast

from msgspec.structs import replace

from connectors.email import conversations, observing
from connectors.email.conversations import Held, label
from connectors.email.model import Address, Conversation, Status
from connectors.email.saying import Speaker, held_conversation, no_such
from hub.model import Json, RemoteId
from hub.operations import (
    AddAttachment,
    AddComment,
    CreateReplica,
    DeleteReplica,
    Done,
    EditComment,
    Operation,
    Outcome,
    Refused,
    RemoveComment,
    SetReference,
    Stale,
    UpdateReplica,
)
from hub.store.core import Core

_WRITABLE = ("status", "requester", "followers", "merged_into")
_STATUSES: tuple[Status, ...] = ("open", "pending", "hold", "solved", "closed")


class Executor:
    """See the module."""

    def __init__(
        self, core: Core, speaker: Speaker, groups: Mapping[str, str], now: Callable[[], str]
    ) -> None:
        self._core = core
        self._speaker = speaker
        self._groups = groups
        self._now = now

    def execute(self, operation: Operation) -> Outcome:  # noqa: PLR0911  one kind, one answer
        """Do one operation."""
        match operation:
            case CreateReplica():
                return self._create(operation)
            case UpdateReplica():
                return self._update(operation)
            case AddComment():
                return self._speaker.say(operation)
            case RemoveComment():
                return self._speaker.take_back(operation)
            case AddAttachment():
                return self._speaker.attach(operation)
            case DeleteReplica():
                return self._delete(operation)
            case SetReference():
                return Done(operation.remote_id)  # there is nothing that people could look at
            case EditComment():
                return Refused("a mail that was sent cannot be changed")

    # conversations --------------------------------------------------------------------------------

    def _create(self, operation: CreateReplica) -> Outcome:
        requester = _address(operation.raw.get("requester"))
        if requester is None and operation.requester is not None:
            requester = Address(operation.requester.email or "", operation.requester.name)
        if requester is None or "@" not in requester.email:
            return Refused(
                "nobody can be written to: the ticket's requester has no e-mail address. "
                "Give the requester one, then run `hub parked retry`.",
                "invalid",
            )
        with self._core.fenced() as connection:
            before = conversations.by_keys(connection, [operation.key]).get(operation.key)
            if before is None:
                value = _fresh(operation.raw, requester, self._now())
                here = conversations.begin(connection, value, self._now(), operation.key)
                before = conversations.one(connection, here)
        assert before is not None
        return self._done(before)

    def _done(self, held: Held) -> Done:
        return Done(
            RemoteId(str(held.id)),
            label=label(held.id),
            version=str(held.version),
            raw=observing.raw_of(held, self._groups),
        )

    def _update(self, operation: UpdateReplica) -> Outcome:
        with self._core.fenced() as connection:
            held = held_conversation(connection, operation.remote_id)
            if held is None:
                return no_such(operation.remote_id)
            if operation.expect and operation.expect != str(held.version):
                return Stale("a mail came meanwhile")
            value, refused = _changed(held.value, operation.changes)
            if value != held.value:
                conversations.change(connection, held.id, value)
                held = conversations.one(connection, held.id) or held
        return replace(self._done(held), refused=refused)

    def _delete(self, operation: DeleteReplica) -> Outcome:
        with self._core.fenced() as connection:
            held = held_conversation(connection, operation.remote_id)
            if held is None:
                return no_such(operation.remote_id)
            if held.key is None:
                said = "was begun by a customer's mail; only what the hub began can be taken back"
                return Refused(f"{label(held.id)} {said}")
            if not self._speaker.silence(connection, held.id):
                return Refused(f"mails were sent or heard in {label(held.id)}, and cannot be taken back")
            conversations.change(connection, held.id, replace(held.value, deleted=True))
        return Done(operation.remote_id)


def execute(executor: Executor, operations: Sequence[Operation]) -> Iterator[tuple[int, Outcome]]:
    """Yield what comes of each, in the given order."""
    for index, operation in enumerate(operations):
        yield index, executor.execute(operation)


def _fresh(raw: Mapping[str, Json], requester: Address, now: str) -> Conversation:
    value = Conversation(
        subject=str(raw.get("subject") or ""),
        description=str(raw.get("description") or ""),
        requester=requester,
        changed_at=now,
    )
    return _changed(value, {k: v for k, v in raw.items() if k in _WRITABLE})[0]


def _changed(value: Conversation, changes: Mapping[str, Json]) -> tuple[Conversation, dict[str, str]]:
    refused: dict[str, str] = {}
    for field, raw in changes.items():
        if field == "status" and raw in _STATUSES:
            value = replace(value, status=raw)
        elif field == "requester" and (person := _address(raw)) is not None and "@" in person.email:
            value = replace(value, requester=person)
        elif field == "followers":
            names = {one.email: one for one in value.followers}
            wanted = [str(w).lower() for w in raw or () if "@" in str(w)]
            value = replace(value, followers=tuple(names.get(w, Address(w)) for w in wanted))
        elif field == "merged_into":
            value = replace(value, merged_into=str(raw or ""))
        else:
            refused[field] = f"a conversation's {field} cannot be set to {raw!r}"
    return value, refused


def _address(raw: Json) -> Address | None:
    if not isinstance(raw, Mapping):
        return None
    found = cast("Mapping[str, Json]", raw)
    email = str(found.get("email") or "").strip().lower()
    return Address(email, str(found.get("name") or "")) if email else None
