"""sObject rows: one record at a time, by its id or by an external id, with conditional headers."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from sandbox.salesforce import errors, inputs, outputs, records, uploads
from sandbox.salesforce.changes import Options, Transaction
from sandbox.salesforce.context import Call
from sandbox.salesforce.errors import Json, Refusal
from sandbox.salesforce.objects.defs import FieldDef, ObjectDef
from sandbox.salesforce.objects.ids import is_id, restored
from sandbox.salesforce.org import Row
from sandbox.salesforce.times import http_date, read_http_date
from sandbox.salesforce.wire import Answer

_UPSERT_ANSWERS_FROM = 46.0


def definition_of(call: Call, name: str) -> ObjectDef:
    """Return the object of a path. Raises `Refusal` where there is none."""
    found = call.context.org.object(name)
    if found is None or not (found.queryable or found.createable):
        raise errors.not_found()
    return found


def begin(call: Call) -> Transaction:
    """Return a transaction of the caller's, with the options of its headers."""
    assign = call.header("sforce-auto-assign").lower()
    duplicates = call.options("sforce-duplicate-rule-header")
    client = call.options("sforce-call-options").get("client", "")
    origin = f"com/salesforce/api/rest/{call.number:.1f};client={client}"
    options = Options(assign != "false", assign == "true", duplicates.get("allowsave") == "true", origin)
    return Transaction(call.context, call.user, options)


def made(row: Row, *, created: bool | None = None) -> Json:
    """Return the body of a successful write."""
    body: Json = {"id": row["Id"], "success": True, "errors": []}
    return body if created is None else {**body, "created": created}


def create(call: Call, name: str) -> Answer:
    """Make a record of a JSON or multipart body."""
    definition = definition_of(call, name)
    body = uploads.entity(call) if uploads.is_multipart(call) else call.object()
    tx = begin(call)
    row = records.create(tx, definition, body)
    tx.commit()
    return Answer(201, made(row), [("Location", f"{call.root}/sobjects/{definition.name}/{row['Id']}")])


def find(call: Call, definition: ObjectDef, given: str) -> Row:
    """Return the record of a path, alive. Raises `Refusal` as the rows do."""
    if not is_id(given):
        raise errors.unknown_record(given)
    key = restored(given) or given
    if not key.startswith(definition.prefix or "?"):
        raise errors.unknown_record(given)
    row = call.context.org.row(definition.name, key)
    if row is None:
        raise errors.not_found()
    if row.get("IsDeleted"):
        raise errors.deleted()
    return row


def read(call: Call, name: str, key: str) -> Answer:
    """Return a record; `fields` names those wanted."""
    definition = definition_of(call, name)
    return _shown(call, definition, find(call, definition, key))


def _shown(call: Call, definition: ObjectDef, row: Row) -> Answer:
    wanted = [it.strip() for it in call.request.arg("fields").split(",") if it.strip()]
    fields = outputs.chosen(call, definition, wanted) if wanted else outputs.visible(call, definition)
    headers = _validators(definition, row)
    since = read_http_date(call.header("if-modified-since"))
    if since is not None and row.get("SystemModstamp", 0) <= since:
        return Answer.empty(304, headers)
    body = outputs.record(call, definition, row, fields)
    if wanted:
        body.setdefault("Id", row["Id"])
    return Answer(200, body, headers)


def _validators(definition: ObjectDef, row: Row) -> list[tuple[str, str]]:
    """Return Last-Modified, which is the system's stamp, and the ETag that only Accounts have."""
    stamp = row.get("SystemModstamp")
    headers = [("Last-Modified", http_date(stamp))] if stamp is not None else []
    if definition.name == "Account":
        headers.append(("ETag", etag(row)))
    return headers


def etag(row: Row) -> str:
    """Return an Account's entity tag."""
    seed = f"{row['Id']}:{row.get('SystemModstamp')}".encode()
    return f'"{hashlib.blake2b(seed, digest_size=20).hexdigest()}--gzip"'


def check_conditions(call: Call, definition: ObjectDef, row: Row) -> None:
    """Refuse with 412 what changed since the client looked."""
    since = read_http_date(call.header("if-unmodified-since"))
    stale = since is not None and row.get("SystemModstamp", 0) > since
    if definition.name == "Account" and (tags := call.header("if-match")):
        stale = stale or (tags != "*" and etag(row) not in tags)
    if stale:
        raise Refusal(
            "PRECONDITION_FAILED",
            "The requested operation could not be executed because a precondition in the request headers "
            "was not met",
            status=412,
        )


def change(call: Call, name: str, key: str) -> Answer:
    """Change a record, if its conditions hold."""
    definition = definition_of(call, name)
    row = find(call, definition, key)
    check_conditions(call, definition, row)
    tx = begin(call)
    body = uploads.entity(call) if uploads.is_multipart(call) else call.object()
    if any(it.lower() == "id" for it in body):
        message = "The Id field should not be specified in the sobject data."
        raise Refusal("INVALID_FIELD", message, status=400)
    records.update(tx, definition, row, body)
    tx.commit()
    return Answer.empty(204)


def delete(call: Call, name: str, key: str) -> Answer:
    """Put a record into the recycle bin. There is no condition on it."""
    definition = definition_of(call, name)
    tx = begin(call)
    records.delete(tx, definition, find(call, definition, key))
    tx.commit()
    return Answer.empty(204)


def matching(call: Call, definition: ObjectDef, name: str, given: str) -> tuple[FieldDef, list[Row]]:
    """Return the field of an external-id path and the live records that it names."""
    field = definition.field(name)
    if field is None or not (field.external_id or field.id_lookup):
        raise errors.unknown_record(name)
    if field.type == "id":
        return field, [find(call, definition, given)]
    wanted = inputs.read(call.context.org, field, given)
    return field, call.context.org.find(definition.name, field.name, wanted)


def read_by_key(call: Call, name: str, field: str, value: str) -> Answer:
    """Return the record that an external id names; a file field answers with its bytes."""
    definition = definition_of(call, name)
    blob = definition.field(value)
    if blob is not None and blob.type == "base64" and is_id(field):
        return uploads.content(call, definition, find(call, definition, field), blob)
    _, found = matching(call, definition, field, value)
    if not found:
        raise errors.not_found()
    if len(found) > 1:
        return _several(call, definition, found)
    return _shown(call, definition, found[0])


def _several(call: Call, definition: ObjectDef, found: list[Row]) -> Answer:
    return Answer(300, [f"{call.root}/sobjects/{definition.name}/{row['Id']}" for row in found])


def upsert(call: Call, name: str, field: str, value: str) -> Answer:
    """Change the record that an external id names, or make it."""
    definition = definition_of(call, name)
    key, found = matching(call, definition, field, value)
    if len(found) > 1:
        return _several(call, definition, found)
    body = call.object()
    _refuse_own_key(body, key)
    if found:
        check_conditions(call, definition, found[0])
    elif call.flag("updateOnly"):
        raise errors.not_found()
    tx = begin(call)
    row, created = upserted(tx, definition, key, value, found, body)
    tx.commit()
    if not created and call.number < _UPSERT_ANSWERS_FROM:
        return Answer.empty(204)
    return Answer(201 if created else 200, made(row, created=created))


def _refuse_own_key(body: Mapping[str, Any], key: FieldDef) -> None:
    for name in body:
        if name.lower() in ("id", key.name.lower()):
            message = f"The {name} field should not be specified in the sobject data."
            raise Refusal("INVALID_FIELD", message)


def upserted(
    tx: Transaction,
    definition: ObjectDef,
    key: FieldDef,
    value: Any,
    found: list[Row],
    body: Mapping[str, Any],
) -> tuple[Row, bool]:
    """Write the one record found, or make one that carries the key; tell whether it was made."""
    if found:
        records.update(tx, definition, found[0], body)
        return found[0], False
    own = {} if key.type == "id" else {key.name: value}
    return records.create(tx, definition, {**body, **own}), True


def delete_by_key(call: Call, name: str, field: str, value: str) -> Answer:
    """Delete the record that an external id names."""
    definition = definition_of(call, name)
    _, found = matching(call, definition, field, value)
    if not found:
        raise errors.not_found()
    if len(found) > 1:
        return _several(call, definition, found)
    return delete(call, name, found[0]["Id"])
