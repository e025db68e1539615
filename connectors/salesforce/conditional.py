"""
Changing Cases only as they were seen: 23 in one composite call, each on its own condition.

`If-Unmodified-Since` is measured in whole seconds, so an edit made within the second in which we looked
would pass beneath it. Each call therefore reads the fields before and after it writes them: an edit that
was written over is put back at once, and the change is told to be stale.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, TypeAlias, cast

import msgspec

from connectors.http import Reply
from connectors.salesforce import errors, values
from connectors.salesforce.client import HEADERS, Answers, SalesforceClient
from connectors.salesforce.client import Answer as Part
from connectors.salesforce.collections import Collections, Settled, once, portions, settle
from connectors.salesforce.fields import instant
from connectors.salesforce.ours import Ours
from connectors.salesforce.payload import requester
from connectors.salesforce.refusals import refusals_in
from connectors.salesforce.rows import Answer, Row, Taken
from hub.errors import HubError
from hub.model import Json
from hub.operations import Done, Outcome, Stale, Unanswered, UpdateReplica

MOST = 23
"""Changes in one composite call of 25 requests; the others look before and after."""
WITHIN = {name.title(): HEADERS[name] for name in ("sforce-auto-assign", "sforce-call-options")}
"""Headers of a request within a composite call: it does not take over those of the call."""
_STAMPS = ("SystemModstamp", "LastModifiedById")
Record: TypeAlias = Mapping[str, Any]
log = logging.getLogger(__name__)


@dataclass(slots=True)
class Edit(Row):
    """A change of a Case that people may be editing, too."""

    expect: str = ""
    before: Mapping[str, Json] = field(default_factory=dict[str, Json])
    changes: Mapping[str, Json] = field(default_factory=dict[str, Json])

    def unread(self) -> Outcome:
        """
        Return what it means that the change was made, and nobody looked at what it left.

        Its version is not known: with the one we had, the next change is told to look again.
        """
        names = {self.named[name] for name in self.fields if name in self.changes}
        raw = {name: values.tidy(self.changes[name]) for name in names}
        return self.done({"version": self.expect}, raw)


def edit_of(index: int, operation: UpdateReplica) -> Edit:
    """Return what to ask for."""
    contact = bool(operation.before.get("ContactId")) and "ContactId" not in operation.changes
    account = operation.changes.get("AccountId") or operation.before.get("AccountId")
    made = values.written(operation.changes, has_contact=contact)
    return Edit(
        index,
        "Case",
        f"change Case {operation.remote_id}",
        str(operation.remote_id),
        fields=made.fields,
        named=made.named,
        refused=made.refused,
        group=str(account or ""),
        expect=operation.expect,
        before=operation.before,
        changes=operation.changes,
    )


class Conditional:
    """Changes Cases unless they were changed since."""

    def __init__(
        self,
        client: SalesforceClient,
        collections: Collections,
        ours: Callable[[], Ours],
        sleep: Callable[[float], None],
    ) -> None:
        self._client = client
        self._collections = collections
        self._ours = ours
        self._sleep = sleep

    def update(self, edits: Sequence[Edit]) -> Iterator[Settled]:
        """Change Cases; an edit that somebody made meanwhile is never written over."""
        for part in portions(edits, MOST):
            yield from settle(part, self._once, self._sleep)

    def _once(self, rows: Sequence[Row]) -> Iterator[tuple[Row, Answer]]:
        ours = self._ours()
        return once(
            rows,
            lambda part: self._client.post("/composite", json=self._body(cast("Sequence[Edit]", part), ours)),
            lambda part, reply: self._judged(cast("Sequence[Edit]", part), parts_of(reply), ours),
        )

    def _body(self, edits: Sequence[Edit], ours: Ours) -> dict[str, Any]:
        names = sorted({name for edit in edits for name in edit.fields} & ours.names)
        look = {
            "method": "POST",
            "url": self._client.locate("/composite/sobjects/Case"),
            "body": {"ids": [edit.id for edit in edits], "fields": [*names, *_STAMPS]},
        }
        changes = [self._request(at, edit) for at, edit in enumerate(edits)]
        return {
            "allOrNone": False,
            # Collated, the requests would be run in an order of Salesforce's own choice.
            "collateSubrequests": False,
            "compositeRequest": [
                {**look, "referenceId": "before"}, *changes, {**look, "referenceId": "after"},
            ],
        }  # fmt: skip

    def _request(self, at: int, edit: Edit) -> dict[str, Any]:
        request: dict[str, Any] = {
            "method": "PATCH",
            "url": self._client.locate(f"/sobjects/Case/{edit.id}"),
            "referenceId": f"edit{at}",
            "httpHeaders": dict(WITHIN),
            "body": edit.fields,
        }
        if edit.expect:
            request["httpHeaders"]["If-Unmodified-Since"] = values.http_date(edit.expect)
        return request

    # --- what came of it -------------------------------------------------------------------------

    def _judged(
        self, edits: Sequence[Edit], parts: Mapping[str, Part], ours: Ours
    ) -> list[tuple[Row, Answer]]:
        before, after = _records(parts.get("before")), _records(parts.get("after"))
        told: list[tuple[Row, Answer]] = []
        overwritten: list[Row] = []
        for at, edit in enumerate(edits):
            answer = _answer(edit, parts.get(f"edit{at}"))
            if isinstance(answer, Taken):
                lost = _written_over(edit, before.get(edit.id), ours)
                answer = _done(edit, after.get(edit.id), ours)
                if lost:
                    back = f"put {', '.join(lost)} back"
                    overwritten.append(Row(edit.index, "Case", back, edit.id, fields=lost))
                    answer = Stale(
                        f"Case {edit.id}: {', '.join(lost)} was edited in the second in which we had looked; "
                        f"the edit stands"
                    )
            told.append((edit, answer))
        self._put_back(overwritten)
        return told

    def _put_back(self, rows: Sequence[Row]) -> None:
        """Give people's edits back that our write went over."""
        try:
            for row, came in self._collections.update(rows):
                if not isinstance(came, Taken | Done):
                    log.warning("Salesforce: could not %s on Case %s: %s", row.doing, row.id, came.reason)
        except HubError as error:  # what was answered so far must still be told
            log.warning("Salesforce: could not put edits back on %d Cases: %s", len(rows), error)


def parts_of(reply: Reply) -> dict[str, Part]:
    """Return the answers of a composite call, by the names that the requests were given."""
    answers: Answers = reply.decode(Answers)
    return {part.reference_id: part for part in answers.composite_response}


def _answer(edit: Edit, part: Part | None) -> Answer:
    if part is None:
        return Unanswered(f"Salesforce did not answer the request to {edit.doing}")
    status = part.http_status_code
    if status in {200, 201, 204}:
        return Taken(edit.id)
    found = refusals_in(msgspec.json.decode(part.body)) or errors.unnamed(status)
    if status in {404, 409, 412}:
        return errors.outcome(found, edit.doing, status)
    return found


def _records(part: Part | None) -> dict[str, Record]:
    """Return the records that a look showed, by id; none where it was refused."""
    if part is None or part.http_status_code != HTTPStatus.OK:
        return {}
    shown = msgspec.json.decode(part.body)
    records = cast("list[Record | None]", shown) if isinstance(shown, list) else []
    return {str(record["Id"]): record for record in records if record}


def _raw(edit: Edit, record: Record, ours: Ours) -> dict[str, Json]:
    """Return the change's raw fields as a record shows them."""
    raw = ours.spelling.raw(record)
    names = {edit.named[name] for name in edit.fields if name in raw}
    if values.REQUESTER in names:
        raw[values.REQUESTER] = requester(record)
    return {name: raw[name] for name in names}


def _written_over(edit: Edit, record: Record | None, ours: Ours) -> dict[str, Any]:
    """Return, as the API has them, the fields that showed something else than we had seen."""
    if record is None:
        return {}
    shown = _raw(edit, record, ours)
    unseen = {
        name
        for name, value in shown.items()
        if name in edit.before
        and not values.alike(value, edit.before[name])
        and not values.alike(value, edit.changes.get(name))
    }
    return {name: record.get(name) for name in edit.fields if edit.named[name] in unseen}


def _done(edit: Edit, record: Record | None, ours: Ours) -> Answer:
    """Return what a change left. What was read later counts only if nobody but us came in between."""
    if record is None or not ours.me or record.get("LastModifiedById") != ours.me:
        return edit.unread()
    stamp = instant(str(record["SystemModstamp"]))
    return edit.done({"version": stamp}, _raw(edit, record, ours))
