"""Records as the REST rows show them: every field a user sees, or those that were asked for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sandbox.salesforce.context import Call
from sandbox.salesforce.errors import Json, Refusal
from sandbox.salesforce.objects.defs import FieldDef, ObjectDef
from sandbox.salesforce.org import Row
from sandbox.salesforce.times import instant

_PARTS = ("street", "city", "state", "postalCode", "country")


def attributes(call: Call, name: str, key: str) -> Json:
    """Return what every record begins with."""
    return {"type": name, "url": f"{call.root}/sobjects/{name}/{key}"}


def chosen(call: Call, definition: ObjectDef, names: Iterable[str]) -> list[FieldDef]:
    """Return the named fields; a name that is unknown, or hidden from the user, is refused."""
    found: list[FieldDef] = []
    for name in names:
        field = definition.field(name)
        if field is None or not call.context.org.can_read(call.user, definition.name, field.name):
            message = f"No such column '{name}' on sobject of type {definition.name}"
            raise Refusal("INVALID_FIELD", message)
        found.append(field)
    return found


def visible(call: Call, definition: ObjectDef) -> list[FieldDef]:
    """Return the fields that a row shows when none are named."""
    return call.context.org.visible(definition.name, call.user)


def record(call: Call, definition: ObjectDef, row: Row, fields: Iterable[FieldDef]) -> Json:
    """Return a record."""
    shown: Json = {"attributes": attributes(call, definition.name, row["Id"])}
    for field in fields:
        shown[field.name] = value(call, definition, field, row)
    return shown


def value(call: Call, definition: ObjectDef, field: FieldDef, row: Row) -> Any:
    """Return a field's value as JSON has it."""
    org = call.context.org
    if field.type == "address":
        return _address(row, field.name)
    held = org.value(definition.name, row, field.name)
    if held is None:
        return None
    if field.type == "datetime":
        return instant(held)
    if field.type in ("double", "currency", "percent"):
        return float(held)
    if field.type == "base64":
        return f"{call.root}/sobjects/{definition.name}/{row['Id']}/{field.name}"
    return held


def _address(row: Row, name: str) -> Json | None:
    """Return a compound address of its parts, None if there are none."""
    prefix = name.removesuffix("Address")
    parts = {part: row.get(prefix + part[0].upper() + part[1:]) for part in _PARTS}
    if not any(parts.values()):
        return None
    blank = {"geocodeAccuracy": None, "latitude": None, "longitude": None}
    return dict(sorted({**parts, **blank}.items()))
