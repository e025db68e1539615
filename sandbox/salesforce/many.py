"""sObject Collections: up to 200 records in one call, each with its own outcome."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Any

from sandbox.salesforce import errors, inputs, outputs, records, rows
from sandbox.salesforce.bodies import mapping, mappings, words
from sandbox.salesforce.changes import Transaction
from sandbox.salesforce.context import Call
from sandbox.salesforce.errors import Json, Refusal
from sandbox.salesforce.objects.defs import ObjectDef
from sandbox.salesforce.objects.ids import is_id, restored
from sandbox.salesforce.wire import Answer

MOST, MOST_READ, MOST_CHUNKS = 200, 2000, 10
_NO_TYPE = "Nested object for polymorphic foreign key must have an attributes field before any other fields."
Write = Callable[[Transaction, Json], Json]


def create(call: Call) -> Answer:
    """Make records, of several objects if need be."""
    body = call.object()

    def write(tx: Transaction, given: Json) -> Json:
        return rows.made(records.create(tx, _type_of(call, given), given))

    return _all(call, _listed(body), write, together=bool(body.get("allOrNone")))


def change(call: Call) -> Answer:
    """Change records, each named by its id."""
    body = call.object()

    def write(tx: Transaction, given: Json) -> Json:
        definition = _type_of(call, given)
        key = next((value for name, value in given.items() if name.lower() == "id"), None)
        if key is None:
            raise Refusal("MISSING_ARGUMENT", "Id not specified in an update call", [])
        row = records.find(tx, definition, key)
        own = {name: value for name, value in given.items() if name.lower() != "id"}
        records.update(tx, definition, row, own)
        return rows.made(row)

    return _all(call, _listed(body), write, together=bool(body.get("allOrNone")))


def upsert(call: Call, name: str, field: str) -> Answer:
    """Change or make records by an external id, all of one object."""
    definition, body = rows.definition_of(call, name), call.object()
    key = definition.field(field)
    if key is None or not (key.external_id or key.id_lookup):
        raise errors.unknown_record(field)

    def write(tx: Transaction, given: Json) -> Json:
        if _type_of(call, given).name != definition.name:
            raise Refusal("INVALID_TYPE", f"All records must be of type {definition.name}", [])
        row, created = one_upsert(tx, definition, key.name, given)
        return rows.made(row, created=created)

    return _all(call, _listed(body), write, together=bool(body.get("allOrNone")))


def one_upsert(tx: Transaction, definition: ObjectDef, name: str, given: Json) -> tuple[dict[str, Any], bool]:
    """Write one record of an upsert; tell whether it was made."""
    key = definition.field(name)
    assert key is not None
    value = next((held for it, held in given.items() if it.lower() == name.lower()), None)
    own = {it: held for it, held in given.items() if it.lower() not in ("id", name.lower())}
    if value in (None, ""):
        if key.type == "id":
            return records.create(tx, definition, own), True
        raise Refusal("MISSING_ARGUMENT", f"{name} not specified", [])
    if key.type == "id":
        return rows.upserted(tx, definition, key, value, [records.find(tx, definition, value)], own)
    found = tx.org.find(definition.name, key.name, inputs.read(tx.org, key, value))
    if len(found) > 1:
        ids = ", ".join(row["Id"] for row in found)
        message = f"{key.label}: more than one record found for external id field: [{ids}]"
        raise Refusal("DUPLICATE_EXTERNAL_ID", message, [key.name])
    return rows.upserted(tx, definition, key, value, found, own)


def delete(call: Call) -> Answer:
    """Delete the records of `ids`."""
    ids = [it for it in call.request.arg("ids").split(",") if it]
    _limit(ids, MOST)

    def write(tx: Transaction, given: Json) -> Json:
        key = given["id"]
        definition = tx.org.object_of(restored(key) or "") if is_id(key) else None
        if definition is None:
            raise errors.wrong_id("Record ID", key, "Id")
        row = records.find(tx, definition, key)
        records.delete(tx, definition, row)
        return rows.made(row)

    return _all(call, [{"id": key} for key in ids], write, together=call.flag("allOrNone"))


def read(call: Call, name: str) -> Answer:
    """Return the records of the ids asked, null for each that is not there."""
    definition = rows.definition_of(call, name)
    if call.request.method == "GET":
        ids, names = call.request.arg("ids").split(","), call.request.arg("fields").split(",")
    else:
        body = call.object()
        ids, names = words(body.get("ids"), "ids"), words(body.get("fields"), "fields")
    _limit(ids, MOST_READ)
    fields = outputs.chosen(call, definition, [it.strip() for it in names if it.strip()])
    return Answer(200, [_one(call, definition, str(key).strip(), fields) for key in ids])


def _one(call: Call, definition: ObjectDef, key: str, fields: list[Any]) -> Json | None:
    row = call.context.org.row(definition.name, restored(key))
    if row is None or row.get("IsDeleted"):
        return None
    return {**outputs.record(call, definition, row, fields), "Id": row["Id"]}


def _listed(body: Json) -> list[Json]:
    listed = mappings(body.get("records"), "records")
    if not listed:
        raise errors.unreadable("Unrecognized field, or no records in the request")
    _limit(listed, MOST)
    kinds = [str(mapping(it.get("attributes"), "attributes").get("type")) for it in listed]
    if sum(one != other for one, other in pairwise(kinds)) >= MOST_CHUNKS:
        raise Refusal(
            "LIMIT_EXCEEDED",
            "Cannot have more than 10 chunks in a single operation. Please rearrange the data to reduce "
            "chunking.",
            [],
        )
    return listed


def _limit(given: Iterable[Any], most: int) -> None:
    count = len(list(given))
    if count > most:
        message = f"Request size {count} exceeds the limit of {most} records"
        raise Refusal("EXCEEDED_ID_LIMIT", message)


def _type_of(call: Call, given: Json) -> ObjectDef:
    attributes = mapping(given.get("attributes"), "attributes")
    if not attributes.get("type"):
        raise errors.unreadable(_NO_TYPE)
    found = call.context.org.object(str(attributes["type"]))
    if found is None:
        kind = attributes["type"]
        raise Refusal("INVALID_TYPE", f"sObject type '{kind}' is not supported.", [])
    return found


def _all(call: Call, given: list[Json], write: Write, *, together: bool) -> Answer:
    """Write every record and tell of each; `together`, one failure takes all back."""
    tx = rows.begin(call)
    outcomes: list[Json] = []
    failed = False
    for one in given:
        mark = tx.mark()
        try:
            outcomes.append(write(tx, one))
        except Refusal as refused:
            tx.undo(mark)
            failed = True
            outcomes.append({"success": False, "errors": [refused.row()]})
    if failed and together:
        tx.undo()
        rolled = errors.rolled_back().row()
        outcomes = [it if not it["success"] else {"success": False, "errors": [rolled]} for it in outcomes]
    tx.commit()
    return Answer(200, outcomes)
