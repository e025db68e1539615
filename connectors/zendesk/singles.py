"""Writes that have a call of their own. Their answers show the record as the write left it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import sha256
from http import HTTPStatus
from typing import TypeAlias, assert_never

import msgspec

from connectors.http import InDoubt, NotDone, Reply
from connectors.zendesk import payload, records
from connectors.zendesk.bodies import Known, redaction
from connectors.zendesk.errors import Failure, failure
from connectors.zendesk.errors import outcome as outcome_of
from connectors.zendesk.fields import NO_LAYOUT, TICKET
from connectors.zendesk.items import Item, Shown, shown
from connectors.zendesk.payload import Names
from connectors.zendesk.queues import Alone
from connectors.zendesk.reading import Reader
from hub.errors import Forbidden, SignInFailed, Unavailable
from hub.model import Json, RemoteId
from hub.operations import (
    CreateReplica,
    DeleteReplica,
    Done,
    EditComment,
    Outcome,
    Refused,
    RemoveComment,
    Retryable,
    SetReference,
    Unanswered,
)

_TRIES = 3
_DONE = (HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.NO_CONTENT)

Answer: TypeAlias = Shown | tuple[int, Failure] | Retryable | Unanswered


class Singles:
    """One write, one call, one answer."""

    def __init__(self, reader: Reader, *, redact: bool) -> None:
        self._reader = reader
        self._redact = redact
        self._client = reader.client

    def write(self, item: Item, known: Known) -> Answer:
        """Write one item. A refusal comes as status and failure."""
        body = item.json(known, bulk=False)
        if item.empty:
            return Shown(item.ticket)
        try:
            if item.ticket:
                reply = self._client.update_ticket(item.ticket, {"ticket": body})
            else:
                reply = self._create(item, body)
        except NotDone as error:
            return Retryable(str(error), error.after)
        except InDoubt as error:
            return Unanswered(str(error))
        if reply.status not in _DONE:
            return reply.status, failure(reply.content)
        return self._shown(item, reply)

    def _create(self, item: Item, body: dict[str, Json]) -> Reply:
        operation = item.parts[0][1]
        quiet = isinstance(operation, CreateReplica) and operation.quiet
        if quiet:
            body["comments"] = [body.pop("comment")]
            return self._client.import_ticket({"ticket": body})
        # the same words under the same key create one ticket, however often they are sent
        digest = sha256(msgspec.json.encode(body)).hexdigest()[:16]
        key = f"hub-{body.get('external_id', '')}"[:200] + f"-{digest}"
        return _insist(lambda: self._client.create_ticket({"ticket": body}, key))

    def _shown(self, item: Item, reply: Reply) -> Shown | Unanswered:
        try:
            one: records.OneTicket = reply.decode(records.OneTicket)
        except Unavailable as error:  # it was taken, but something else answered
            return Unanswered(str(error))
        people = self._reader.people
        author = one.audit.author_id if one.audit else None
        try:
            if item.said is not None:
                people.look_up([author])
            raw = self._raw(one.ticket, item.fields)
        except (Unavailable, SignInFailed, Forbidden):
            return Shown(str(one.ticket.id), version=one.ticket.updated_at or "")  # done all the same
        return shown(one, raw, people.person(author))

    def _raw(self, ticket: records.Ticket, written: Mapping[str, Json]) -> dict[str, Json]:
        """The written fields as the write left them."""
        people = self._reader.people
        if "assignee" in written or "requester" in written:
            people.look_up([ticket.assignee_id, ticket.requester_id])
        if "group" in written and ticket.group_id and ticket.group_id not in people.groups:
            _ = people.group_id(str(ticket.group_id))
        custom = any(name.startswith(TICKET) or name.isdecimal() for name in written)
        layout = self._reader.layout if custom else NO_LAYOUT
        raw = payload.raw_fields(ticket, Names(people.shown, people.groups, {}), layout)
        for name in written:
            if name.isdecimal() and f"{TICKET}{name}" in raw:
                raw[name] = raw[f"{TICKET}{name}"]
        return {name: raw[name] for name in written if name in raw}

    # -- what is no ticket write ---------------------------------------------------------------

    def ask(self, operation: Alone) -> Outcome:
        """Ask for an operation that is no part of a ticket's own record."""
        match operation:
            case EditComment():
                return Refused(
                    "Zendesk does not let anybody change a comment; the correction can be added as "
                    "another comment"
                )
            case SetReference():
                return Refused(
                    "Zendesk tickets show no references to other systems; map a text field for the "
                    "issue's name instead"
                )
            case DeleteReplica():
                return self._delete(operation)
            case RemoveComment():
                return self._hide(operation)
            case _:
                assert_never(operation)

    def _delete(self, operation: DeleteReplica) -> Outcome:
        reply = _asked(lambda: self._client.delete_ticket(operation.remote_id))
        return _judged(reply, f"ticket #{operation.remote_id}", RemoteId(operation.remote_id))

    def _hide(self, operation: RemoveComment) -> Outcome:
        """Comments cannot be deleted: black this one out, or hide it from customers."""
        ticket, comment = operation.remote_id, operation.comment
        if self._redact and self._blacked_out(ticket, comment):
            return Done(remote_id=ticket)
        reply = _asked(lambda: self._client.make_private(ticket, comment))
        if isinstance(reply, Reply) and _is_hidden_already(reply):
            return Done(remote_id=ticket)
        return _judged(reply, f"comment {comment} of ticket #{ticket}", ticket, lost_is_done=False)

    def _blacked_out(self, ticket: str, comment: str) -> bool:
        """Whether redaction worked; not every plan and role has it."""
        for page in self._client.comments(int(ticket)):
            for event in page.comments:
                if str(event.id) == comment:
                    html = redaction(payload.body_of(event))
                    reply = _asked(lambda html=html: self._client.redact(ticket, comment, html))
                    return isinstance(reply, Reply) and reply.status in _DONE
        return False


def _is_hidden_already(reply: Reply) -> bool:
    refused = reply.status in (HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY)
    return refused and "private" in failure(reply.content).words.lower()


def _insist(send: Callable[[], Reply]) -> Reply:
    """Repeat what may be repeated. Once an answer was lost, only an answer tells what was done."""
    doubt: InDoubt | None = None
    for _ in range(_TRIES):
        try:
            return send()
        except InDoubt as error:
            doubt = error
        except NotDone as error:
            if doubt is None:
                raise
            raise InDoubt(f"{doubt}; and then: {error}") from error
    raise doubt or InDoubt("no answer came")


def _asked(send: Callable[[], Reply]) -> Reply | Outcome:
    try:
        return send()
    except NotDone as error:
        return Retryable(str(error), error.after)
    except InDoubt as error:
        return Unanswered(str(error))


def _judged(reply: Reply | Outcome, what: str, number: RemoteId, *, lost_is_done: bool = True) -> Outcome:
    if not isinstance(reply, Reply):
        return reply
    if reply.status in _DONE or (reply.status == HTTPStatus.NOT_FOUND and lost_is_done):
        return Done(remote_id=number)
    return outcome_of(reply.status, failure(reply.content), what)
