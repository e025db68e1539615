"""Composite tree: records with their children in one request, all of them or none."""

from __future__ import annotations

from typing import Any

from sandbox.salesforce import errors, records, rows
from sandbox.salesforce.bodies import mapping, mappings
from sandbox.salesforce.changes import Transaction
from sandbox.salesforce.context import Call
from sandbox.salesforce.errors import Json, Refusal
from sandbox.salesforce.objects.defs import ObjectDef
from sandbox.salesforce.wire import Answer

MOST, DEEPEST = 200, 5


def create(call: Call, name: str) -> Answer:
    """Make records and their children."""
    definition = rows.definition_of(call, name)
    given = mappings(call.object().get("records"), "records")
    if not given or _count(given) > MOST:
        raise Refusal("LIMIT_EXCEEDED", f"A tree holds a list of at most {MOST} records")
    tx = rows.begin(call)
    results: list[Json] = []
    try:
        for record in given:
            _plant(tx, definition, record, {}, results, depth=1)
    except _Failed as failed:
        tx.undo()
        return Answer(400, {"hasErrors": True, "results": [failed.told]})
    tx.commit()
    return Answer(201, {"hasErrors": False, "results": results})


class _Failed(Exception):
    """A record of the tree was refused."""

    def __init__(self, told: Json) -> None:
        super().__init__(str(told))
        self.told = told


def _plant(
    tx: Transaction, definition: ObjectDef, given: Json, link: Json, results: list[Json], *, depth: int
) -> None:
    attributes = mapping(given.get("attributes"), "attributes")
    reference = attributes.get("referenceId")
    own = {name: value for name, value in given.items() if not _is_children(value)}
    try:
        _check(definition, attributes, depth)
        row = records.create(tx, definition, {**own, **link})
    except Refusal as refused:
        raise _Failed({"referenceId": reference, "errors": [refused.row()]}) from refused
    results.append({"referenceId": reference, "id": row["Id"]})
    for name, value in given.items():
        if _is_children(value):
            child, field = _relation(tx, definition, name)
            for below in value["records"]:
                _plant(tx, child, below, {field: row["Id"]}, results, depth=depth + 1)


def _check(definition: ObjectDef, attributes: Json, depth: int) -> None:
    if attributes.get("type") != definition.name or not attributes.get("referenceId"):
        raise errors.unreadable("Include the type and a referenceId in the attributes of each record")
    if depth > DEEPEST:
        raise Refusal("LIMIT_EXCEEDED", f"A tree is at most {DEEPEST} levels deep")


def _is_children(value: Any) -> bool:
    if not isinstance(value, dict) or not isinstance(value.get("records"), list):
        return False
    return all(isinstance(it, dict) for it in value["records"])


def _relation(tx: Transaction, definition: ObjectDef, name: str) -> tuple[ObjectDef, str]:
    for it in tx.org.children(definition.name):
        child = tx.org.object(it.child)
        if it.name == name and child is not None:
            return child, it.field
    raise _Failed({"referenceId": name, "errors": [errors.unreadable(f"No relationship {name}").row()]})


def _count(given: list[Json]) -> int:
    return sum(1 + sum(_count(it["records"]) for it in one.values() if _is_children(it)) for one in given)
