"""Changing an issue's fields: what is sent, and what Jira would not take."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import msgspec

from connectors.http import Reply
from connectors.jira import cut, errors, fields, payload
from connectors.jira.client import JiraClient
from connectors.jira.people import People, Unknown
from connectors.jira.shapes import PROPERTY, Field, Issue
from hub.model import Json, RemoteId
from hub.operations import Done, Outcome, UpdateReplica

_ROUNDS = 4
_UNSETTABLE = {
    "resolution": "a resolution is set by a step of the workflow: map the status, and name the "
    "resolution under `transitions: fill:` of the mapping",
    "project": "the hub does not move issues between projects",
}


class Body(msgspec.Struct):
    """The parts of an edit. A field stands in one of them only."""

    fields: dict[str, Any] = {}
    update: dict[str, list[Any]] = {}
    properties: list[dict[str, Any]] = []

    def names(self) -> list[str]:
        """Return the fields that this would change."""
        return [*self.fields, *self.update]

    def without(self, name: str) -> None:
        """Leave a field out."""
        _ = self.fields.pop(name, None)
        _ = self.update.pop(name, None)

    def is_empty(self) -> bool:
        """Whether nothing is left to ask for."""
        return not (self.fields or self.update or self.properties)


class FieldCatalogue:
    """The site's fields, asked for once and only if a custom field is written; and its people."""

    def __init__(self, client: JiraClient) -> None:
        self._client = client
        self.people = People(client)
        self._fields: dict[str, Field] | None = None
        self._lock = threading.Lock()

    def field(self, name: str) -> Field | None:
        """Return a field; None for a custom field that the site does not have (any more)."""
        if not name.startswith("customfield_"):
            return Field(id=name, name=name, schema={"system": name})
        with self._lock:
            if self._fields is None:
                self._fields = {found.id: found for found in self._client.fields()}
        return self._fields.get(name)

    def name(self, field_id: str) -> str:
        """Return what people call a field."""
        known = (self._fields or {}).get(field_id)
        return known.name if known else field_id


def body_of(
    changes: Mapping[str, Json], before: Mapping[str, Json], catalogue: FieldCatalogue
) -> tuple[Body, dict[str, str]]:
    """Return what to send for these changes, and the fields that cannot be sent, with the reason."""
    body, refused = Body({}, {}, []), dict[str, str]()
    for name, value in changes.items():
        if name == "status":
            continue
        why = _put(body, name, value, before, catalogue)
        if why:
            refused[name] = why
    return body, refused


def _put(
    body: Body, name: str, value: Json, before: Mapping[str, Json], catalogue: FieldCatalogue
) -> str:
    """Add one change to the body; return why it cannot be asked for, or nothing."""
    if name == payload.PROPERTY_FIELD:
        body.properties.append({"key": PROPERTY, "value": value})
        return ""
    if name in fields.READ_ONLY:
        return _UNSETTABLE.get(name, f"Jira sets {name} itself")
    if name == "labels" and "labels" in before:
        verbs = fields.label_changes(value, before["labels"])
        if verbs:
            body.update["labels"] = verbs
        return ""
    known = catalogue.field(name)
    if known is None:
        return f"this Jira has no field {name} (any more): correct the mapping file"
    try:
        held = catalogue.people.resolved(value) if fields.type_of(known) == "person" else value
    except Unknown as unknown:
        return str(unknown)
    body.fields[name] = fields.written(known, held)
    return ""


class Editor:
    """Edits one issue at a time: all its fields in one call."""

    def __init__(self, client: JiraClient, catalogue: FieldCatalogue, *, site: str) -> None:
        self._client = client
        self.catalogue = catalogue
        self._site = site.rstrip("/")

    def edit(self, operation: UpdateReplica) -> tuple[Outcome, dict[str, str]]:
        """
        Set every field but the status. Returns the outcome, and long texts to attach, by file name.

        A field that Jira refuses is left out, and the others are asked again.
        """
        before = self._before(operation)
        changes, files, lost = self._fitted(operation.changes)
        body, refused = body_of(changes, before, self.catalogue)
        reply = None
        for _ in range(_ROUNDS):
            if body.is_empty():
                return Done(remote_id=operation.remote_id, refused=refused, cut=lost), files
            reply = self._client.edit(
                operation.remote_id, _encoded(body), quiet=operation.quiet
            )
            if reply.status in {200, 204}:
                return self._done(operation, reply, refused, lost), files
            named = self._named(reply, body)
            if not named:
                break
            refused.update(named)
            for name in named:
                body.without(name)
        assert reply is not None
        return errors.outcome(reply, f"change issue {operation.remote_id}"), {}

    def _before(self, operation: UpdateReplica) -> Mapping[str, Json]:
        """Return the raw values to write onto; labels are read if nobody said what they were."""
        if "labels" not in operation.changes or "labels" in operation.before:
            return operation.before
        reply = self._client.issue(operation.remote_id, ["labels"])
        held: Json = reply.json()["fields"].get("labels") if reply.status == HTTPStatus.OK else []
        return {**operation.before, "labels": held}

    def _fitted(
        self, changes: Mapping[str, Json]
    ) -> tuple[dict[str, Json], dict[str, str], dict[str, str]]:
        out, files, lost = dict(changes), dict[str, str](), dict[str, str]()
        for name, value in changes.items():
            if cut.is_too_long(value):
                file = f"{self.catalogue.name(name)}-full-text.md".replace(" ", "-").lower()
                out[name], files[file], lost[name] = cut.shortened(value, file)
        return out, files, lost

    def _named(self, reply: Reply, body: Body) -> dict[str, str]:
        if reply.status != HTTPStatus.BAD_REQUEST:
            return {}
        sent = {name: self.catalogue.name(name) for name in body.names()}
        found = errors.fields_named(errors.said(reply.content), sent) if sent else {}
        return {name: errors.why(sent[name], said) for name, said in found.items()}

    def _done(
        self,
        operation: UpdateReplica,
        reply: Reply,
        refused: Mapping[str, str],
        lost: Mapping[str, str],
    ) -> Done:
        if reply.status == HTTPStatus.NO_CONTENT or not reply.content:
            return Done(remote_id=operation.remote_id, refused=refused, cut=lost)
        issue: Issue = reply.decode(Issue)
        raw = payload.raw_of(issue)
        # The answer has no properties: ours is as we sent it, or as it was.
        sent = operation.changes.get(payload.PROPERTY_FIELD)
        raw[payload.PROPERTY_FIELD] = (
            sent if sent is not None else operation.before.get(payload.PROPERTY_FIELD)
        )
        return Done(
            remote_id=RemoteId(issue.id),
            label=issue.key,
            url=f"{self._site}/browse/{issue.key}",
            raw=raw,
            refused=refused,
            cut=lost,
        )


def _encoded(body: Body) -> dict[str, Any]:
    whole = {"fields": body.fields, "update": body.update, "properties": body.properties}
    return {name: part for name, part in whole.items() if part}
