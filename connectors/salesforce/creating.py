"""
Creating Cases: two hundred in one call, by our key, so that none is created twice.

A Case that is there already under the key is changed instead. One call creates them and looks at what was
created: its second request gives the Cases' numbers and stamps.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any

import msgspec

from connectors.http import InDoubt, NotDone, Reply
from connectors.salesforce import errors, soql, values
from connectors.salesforce.client import Answer as Part
from connectors.salesforce.client import QueryPage, SalesforceClient
from connectors.salesforce.collections import MOST, Settled, body_of, matched, once, portions, settle
from connectors.salesforce.conditional import WITHIN, parts_of
from connectors.salesforce.fields import instant
from connectors.salesforce.payload import case_url
from connectors.salesforce.rows import Answer, Row, Taken
from hub.errors import HubError, Unavailable
from hub.model import Json
from hub.operations import CreateReplica, Outcome

LENIENT = {"Sforce-Duplicate-Rule-Header": "allowSave=true"}
"""Duplicate rules that only warn people at a screen do not stop us; those that block, do."""
_LOOKED_AT = ("Id", "CaseNumber", "SystemModstamp", "LastModifiedById")
_LONGEST_LOOK = 12_000
"""Bytes of the address of a query within a call."""
log = logging.getLogger(__name__)


def row_of(index: int, operation: CreateReplica) -> Row:
    """Return what to ask for."""
    raw = dict(operation.raw)
    if operation.requester is not None:
        _ = raw.setdefault(values.REQUESTER, operation.requester)
    made = values.written(raw)
    return Row(
        index,
        "Case",
        f"create the Case of {operation.key}",
        always={errors.KEY_FIELD: str(operation.key)},
        fields={name: it for name, it in made.fields.items() if it is not None and name != errors.KEY_FIELD},
        named=made.named,
        refused=made.refused,
        group=str(made.fields.get("AccountId") or ""),
    )


class Creator:
    """Creates Cases."""

    def __init__(
        self,
        client: SalesforceClient,
        me: Callable[[], str],
        sleep: Callable[[float], None],
        *,
        site: str,
    ) -> None:
        self._client = client
        self._me = me
        self._sleep = sleep
        self._site = site

    def create(self, rows: Sequence[Row]) -> Iterator[Settled]:
        """Create Cases, each unless it is there."""
        for part in portions(rows, MOST):
            yield from settle(part, self._once, self._sleep)

    def _once(self, rows: Sequence[Row]) -> Iterator[tuple[Row, Answer]]:
        return once(rows, self._send, self._read)

    def _send(self, rows: Sequence[Row]) -> Reply:
        upsert = {
            "method": "PATCH",
            "url": self._client.locate(f"/composite/sobjects/Case/{errors.KEY_FIELD}"),
            "referenceId": "made",
            "httpHeaders": {**WITHIN, **LENIENT},
            "body": body_of(rows),
        }
        requests = [upsert]
        keys = soql.texts(row.always[errors.KEY_FIELD] for row in rows)
        look = soql.select(_LOOKED_AT, "Case", where=f"{errors.KEY_FIELD} IN {keys}")
        where = self._client.query_address(look)
        if len(where) <= _LONGEST_LOOK:
            requests.append({"method": "GET", "url": where, "referenceId": "look"})
        body = {"allOrNone": False, "collateSubrequests": False, "compositeRequest": requests}
        return _unwrapped(self._client.post("/composite", json=body))

    def _read(self, rows: Sequence[Row], reply: Reply) -> list[tuple[Row, Answer]]:
        parts = parts_of(reply)
        if "made" not in parts:
            raise Unavailable(f"Salesforce did not answer all of {reply.endpoint}")
        results = _reply(parts["made"], reply).decode(list[errors.RowResult])
        seen = _seen(parts.get("look"))
        return [
            (row, self._done(row, answer, seen) if isinstance(answer, Taken) else answer)
            for row, answer in matched(rows, results)
        ]

    def looked_at(self, made: Sequence[tuple[Row, Taken]]) -> Iterator[Settled]:
        """Return what it means that these Cases were created by a job, which did not show them."""
        if not made:
            return
        body = {"ids": [taken.id for _, taken in made], "fields": list(_LOOKED_AT)}
        try:
            reply = self._client.post("/composite/sobjects/Case", json=body, safe=True)
            found: list[dict[str, Any] | None] = reply.json() if reply.status == HTTPStatus.OK else []
        except (NotDone, InDoubt, HubError):
            found = []  # done all the same
        seen = {str(record["Id"]): record for record in found if record is not None}
        yield from ((row, self._done(row, taken, seen)) for row, taken in made)

    def _done(self, row: Row, taken: Taken, seen: Mapping[str, Mapping[str, Any]]) -> Outcome:
        """Return what it means that a Case was created."""
        if taken.created is False:
            log.info("Salesforce: could not %s, it was there as %s and was changed", row.doing, taken.id)
        record = seen.get(taken.id, {})
        row.id = taken.id
        site = self._site or self._client.http.home
        shown = {"url": case_url(site, row.id), "label": str(record.get("CaseNumber") or "")}
        me = self._me()
        if me and record.get("LastModifiedById") == me:
            shown["version"] = instant(str(record["SystemModstamp"]))
        return row.done(shown, _trimmed(row))


def _trimmed(row: Row) -> dict[str, Json]:
    """Return the texts that Salesforce keeps without the blanks around them that they were sent with."""
    texts = {name: it for name, it in row.fields.items() if isinstance(it, str) and it != it.strip()}
    return {name: it.strip() or None for name, it in texts.items() if row.named.get(name) == name}


def _unwrapped(reply: Reply) -> Reply:
    """Return the first request's own refusal, where it was refused whole; else the call's answer."""
    if reply.status != HTTPStatus.OK or not reply.is_json():
        return reply
    made = parts_of(reply).get("made")
    if made is None or made.http_status_code == HTTPStatus.OK:
        return reply
    return _reply(made, reply)


def _reply(part: Part, reply: Reply) -> Reply:
    """Return one request's answer as if it had been a call of its own."""
    return Reply(part.http_status_code, {}, bytes(part.body), system=reply.system, endpoint=reply.endpoint)


def _seen(part: Part | None) -> dict[str, Mapping[str, Any]]:
    if part is None or part.http_status_code != HTTPStatus.OK:
        return {}
    page = msgspec.json.decode(part.body, type=QueryPage)
    return {str(record["Id"]): record for record in page.records}
