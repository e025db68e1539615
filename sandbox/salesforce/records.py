"""Creating, changing and deleting a record under the org's rules, whoever asks and by which API."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any, cast

from sandbox.salesforce import errors, guards, hooks, inputs
from sandbox.salesforce.bodies import mapping
from sandbox.salesforce.changes import Transaction
from sandbox.salesforce.errors import Json, Refusal
from sandbox.salesforce.objects.defs import FieldDef, ObjectDef
from sandbox.salesforce.objects.ids import restored
from sandbox.salesforce.org import Row

_NO_WRITE = (
    "Unable to create/update fields: {}. Please check the security settings of this field and verify "
    "that it is read/write for your profile or permission set."
)


def create(tx: Transaction, definition: ObjectDef, body: Mapping[str, Any]) -> Row:
    """Make a record of what a client sent. Raises `Refusal`, with nothing done."""
    if not definition.createable:
        raise Refusal("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", f"entity type {definition.name} cannot be "
                      "inserted", [])  # fmt: skip
    if "Id" in body:
        raise Refusal("INVALID_FIELD_FOR_INSERT_UPDATE", "cannot specify Id in an insert call", ["Id"])
    values = _values(tx, definition, body, new=True)
    mark = tx.mark()
    try:
        hooks.before_create(tx, definition.name, values)
        _require(definition, values)
        guards.check(tx, definition, None, values)
        aside = hooks.taken_aside(definition.name, values)
        row = tx.insert(definition.name, values)
        hooks.after_create(tx, definition.name, row, aside)
    except Refusal:
        tx.undo(mark)
        raise
    return row


def update(tx: Transaction, definition: ObjectDef, row: Row, body: Mapping[str, Any]) -> None:
    """Change a record as a client asks. Raises `Refusal`, with nothing done."""
    if not definition.updateable:
        raise Refusal("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", f"entity type {definition.name} cannot be "
                      "updated", [])  # fmt: skip
    values = _values(tx, definition, body, new=False)
    tx.context.settle(definition.name, row["Id"])
    mark = tx.mark()
    try:
        hooks.before_update(tx, definition.name, row, values)
        _require(definition, values, among=values)
        guards.check(tx, definition, row, values)
        aside = hooks.taken_aside(definition.name, values)
        tx.update(definition.name, row, values)
        hooks.after_update(tx, definition.name, row, aside)
    except Refusal:
        tx.undo(mark)
        raise


def find(tx: Transaction, definition: ObjectDef, given: Any) -> Row:
    """Return a live record by its id. Raises `Refusal`."""
    key = restored(given) if isinstance(given, str) else None
    if key is None or not key.startswith(definition.prefix or "?"):
        raise errors.wrong_id(f"{definition.label} ID", str(given), "Id")
    row = tx.org.row(definition.name, key)
    if row is None:
        raise Refusal("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", [])
    if row.get("IsDeleted"):
        raise errors.deleted()
    return row


def _values(tx: Transaction, definition: ObjectDef, body: Mapping[str, Any], *, new: bool) -> dict[str, Any]:
    """Return the inner values of what a client sent, by field name."""
    values: dict[str, Any] = {}
    closed: list[str] = []
    for name, given in body.items():
        if name == "attributes":
            continue
        field, sent = _field(tx, definition, name, given)
        if name.lower() == "id":
            continue
        writeable = field.createable if new else field.updateable
        if not writeable or not tx.org.can_edit(tx.user, definition.name, field.name):
            closed.append(field.name)
            continue
        values[field.name] = inputs.read(tx.org, field, sent)
    if closed:
        message = _NO_WRITE.format(", ".join(closed))
        raise Refusal("INVALID_FIELD_FOR_INSERT_UPDATE", message, closed)
    return values


def _field(tx: Transaction, definition: ObjectDef, name: str, given: Any) -> tuple[FieldDef, Any]:
    """Return the field that a name means; a nested object names its record by an external id."""
    field = definition.field(name)
    if field is None and isinstance(given, dict) and (relation := definition.relation(name)):
        return relation, _by_external_id(tx, relation, cast("Json", given))
    if field is None or not tx.org.can_read(tx.user, definition.name, field.name):
        raise Refusal("INVALID_FIELD", f"No such column '{name}' on sobject of type {definition.name}")
    return field, given


def _by_external_id(tx: Transaction, relation: FieldDef, given: Json) -> str:
    """Return the id of the record that `{"Ext__c": "x"}` names."""
    kind = mapping(given.get("attributes"), "attributes").get("type") or relation.reference_to[0]
    target = tx.org.object(str(kind))
    named = [(name, value) for name, value in given.items() if name != "attributes"]
    if target is None or len(named) != 1:
        raise errors.unreadable(f"{relation.relationship} must name one external id field")
    name, value = named[0]
    field = target.field(name)
    if field is None or not (field.external_id or field.id_lookup):
        raise Refusal("INVALID_FIELD", f"No such column '{name}' on sobject of type {target.name}")
    found = tx.org.find(target.name, field.name, inputs.read(tx.org, field, value))
    if not found:
        message = f"Foreign key external ID: {value} not found for field {name} in entity {target.name}"
        raise Refusal("INVALID_FIELD", message, [])
    if len(found) > 1:
        raise Refusal("DUPLICATE_EXTERNAL_ID", f"{field.label}: more than one record found for external id "
                      f"field: [{', '.join(row['Id'] for row in found)}]", [field.name])  # fmt: skip
    return found[0]["Id"]


def _require(definition: ObjectDef, values: Mapping[str, Any], among: Container[str] | None = None) -> None:
    """Refuse to leave a required field empty; of a change only what is written is asked."""
    missing = [
        it.name
        for it in definition.fields.values()
        if it.required and values.get(it.name) is None and (among is None or it.name in among)
    ]
    if missing:
        listed = ", ".join(missing)
        raise Refusal("REQUIRED_FIELD_MISSING", f"Required fields are missing: [{listed}]", missing)


def delete(tx: Transaction, definition: ObjectDef, row: Row) -> None:
    """Put a record into the bin with what belongs to it. Raises `Refusal`."""
    if not definition.deletable:
        raise Refusal("INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id", [])
    tx.context.settle(definition.name, row["Id"])
    guards.unlocked(tx, row, {})
    _refuse_held(tx, definition, row)
    mark = tx.mark()
    try:
        _discard(tx, definition, row)
    except Refusal:
        tx.undo(mark)
        raise


def _discard(tx: Transaction, definition: ObjectDef, row: Row) -> None:
    hooks.before_delete(tx, definition.name, row)
    for child, below in family(tx, definition, row["Id"]):
        if not below.get("IsDeleted"):
            _discard(tx, child, below)
    if "isdeleted" in definition.fields:
        tx.discard(definition.name, row)
    else:
        tx.erase(definition.name, row)


def family(tx: Transaction, definition: ObjectDef, key: str) -> list[tuple[ObjectDef, Row]]:
    """Return the records that go where this one goes."""
    return [
        (child, row)
        for it in tx.org.children(definition.name)
        if it.cascade and (child := tx.org.object(it.child)) is not None
        for row in tx.org.find(it.child, it.field, key, include_deleted=True)
    ]


def _refuse_held(tx: Transaction, definition: ObjectDef, row: Row) -> None:
    """Refuse to delete what other records hold: an Account with Cases."""
    for it in tx.org.children(definition.name):
        child = tx.org.object(it.child)
        held = tx.org.find(it.child, it.field, row["Id"]) if it.restrict_delete and child else []
        if held and child is not None:
            name = child.name_field
            named = ", ".join(str(tx.org.value(child.name, one, name.name)) for one in held if name)
            raise Refusal(
                "DELETE_FAILED",
                "Your attempt to delete {} could not be completed because it is associated with the "
                "following {}.: {}\n".format(row.get("Name") or row["Id"], child.plural.lower(), named),
                [],
            )


def undelete(tx: Transaction, definition: ObjectDef, row: Row) -> None:
    """Take a record out of the bin, with what went together with it."""
    if not row.get("IsDeleted") or row.get("MasterRecordId"):
        raise Refusal("UNDELETE_FAILED", "entity is not in the recycle bin", [])
    guards.unique(tx, definition, row, row)
    gone = row.get("SystemModstamp")
    tx.restore(definition.name, row)
    for child, below in family(tx, definition, row["Id"]):
        if below.get("IsDeleted") and below.get("SystemModstamp") == gone:
            undelete(tx, child, below)
