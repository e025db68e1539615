"""The part of the UI API that tells the values of picklists for a record type."""

from __future__ import annotations

import hashlib

from sandbox.salesforce import errors, rows
from sandbox.salesforce.context import Call
from sandbox.salesforce.errors import Json
from sandbox.salesforce.objects.defs import Choice, FieldDef
from sandbox.salesforce.wire import Answer

_PICKLISTS = ("picklist", "multipicklist")


def picklists(call: Call, name: str, record_type: str) -> Answer:
    """Return the values of every picklist of an object."""
    definition = rows.definition_of(call, name)
    fields = call.context.org.visible(definition.name, call.user)
    base = f"{call.root}/ui-api/object-info/{definition.name}/picklist-values/{record_type}"
    found = {it.name: _values(it, base) for it in fields if it.type in _PICKLISTS}
    return Answer(200, {"eTag": _tag(sorted(found)), "picklistFieldValues": found})


def picklist(call: Call, name: str, record_type: str, field: str) -> Answer:
    """Return the values of one picklist."""
    definition = rows.definition_of(call, name)
    found = definition.field(field)
    if (
        found is None
        or found.type not in _PICKLISTS
        or not call.context.org.can_read(call.user, definition.name, found.name)
    ):
        raise errors.not_found()
    base = f"{call.root}/ui-api/object-info/{definition.name}/picklist-values/{record_type}"
    return Answer(200, _values(found, base))


def _values(field: FieldDef, base: str) -> Json:
    values = [_value(it) for it in field.choices if it.active]
    default = next((_value(it) for it in field.choices if it.default), None)
    return {"controllerValues": {}, "defaultValue": default, "eTag": _tag(values),
            "url": f"{base}/{field.name}", "values": values}  # fmt: skip


def _value(choice: Choice) -> Json:
    return {"attributes": None, "label": choice.label or choice.value, "validFor": [], "value": choice.value}


def _tag(seed: object) -> str:
    return hashlib.blake2b(repr(seed).encode(), digest_size=16).hexdigest()
