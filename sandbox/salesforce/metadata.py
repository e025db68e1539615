"""Custom fields in the Metadata API's words: made into definitions, and told of in the same words."""

from __future__ import annotations

import re
from typing import Any

from sandbox.salesforce.bodies import mapping, mappings
from sandbox.salesforce.errors import Json, Refusal
from sandbox.salesforce.objects.defs import Choice, FieldDef
from sandbox.salesforce.org import Org

_NAME = re.compile(r"([A-Za-z][A-Za-z0-9_]*)\.([A-Za-z](?:_?[A-Za-z0-9])*__c)")
_TYPES = {
    "Text": "string", "TextArea": "textarea", "LongTextArea": "textarea", "Html": "textarea",
    "Checkbox": "boolean", "Number": "double", "Currency": "currency", "Percent": "percent", "Date": "date",
    "DateTime": "datetime", "Email": "email", "Phone": "phone", "Url": "url", "Picklist": "picklist",
    "MultiselectPicklist": "multipicklist", "Lookup": "reference",
}  # fmt: skip
_LENGTHS = {
    "TextArea": 255,
    "Email": 80,
    "Phone": 40,
    "Url": 255,
    "Picklist": 255,
    "MultiselectPicklist": 4099,
}
_EXTERNAL = ("Text", "Number", "Email")
_NUMBERS = ("Number", "Currency", "Percent")


def named(full_name: Any) -> tuple[str, str]:
    """Return object and field of a full name. Raises `Refusal`."""
    found = _NAME.fullmatch(str(full_name))
    if found is None:
        message = f"The Custom Field Full Name: {full_name} is not valid; it must be like Case.Name__c"
        raise Refusal("FIELD_INTEGRITY_EXCEPTION", message, ["FullName"])
    return found[1], found[2]


def definition(org: Org, name: str, given: Any) -> FieldDef:
    """Return the field that metadata describe. Raises `Refusal`."""
    if not isinstance(given, dict) or not given.get("label"):
        raise Refusal("REQUIRED_FIELD_MISSING", "Required fields are missing: [Metadata.label]", ["Metadata"])
    kind = given.get("type")
    if not isinstance(kind, str) or kind not in _TYPES:
        raise _bad(f"Metadata.type: {kind} is not a type of a custom field")
    made = FieldDef(
        name, _TYPES[kind], str(given["label"]), help=given.get("inlineHelpText"),
        nillable=not given.get("required", False), external_id=bool(given.get("externalId")),
        unique=bool(given.get("unique")), case_sensitive=bool(given.get("caseSensitive")),
        id_lookup=bool(given.get("externalId")), length=_length(kind, given), html=kind == "Html",
    )  # fmt: skip
    if made.external_id and kind not in _EXTERNAL:
        raise _bad(f"Can not specify 'externalId' for a CustomField of type {kind}")
    if kind in _NUMBERS:
        made.precision, made.scale = _digits(given)
    elif kind == "Checkbox":
        if "defaultValue" not in given:
            raise _bad("Must specify 'defaultValue' for a CustomField of type Checkbox")
        made.nillable, made.defaulted = False, True
        made.default = str(given["defaultValue"]).lower() == "true"
    elif kind in ("Picklist", "MultiselectPicklist"):
        _choices(made, given)
    elif kind == "Lookup":
        _lookup(org, made, given)
    return made


def _length(kind: str, given: Json) -> int:
    length = given.get("length")
    if kind == "Text":
        low, high = 1, 255
    elif kind in ("LongTextArea", "Html"):
        low, high = 256, 131_072
        if not given.get("visibleLines"):
            raise _bad(f"Must specify 'visibleLines' for a CustomField of type {kind}")
    else:
        return _LENGTHS.get(kind, 0)
    if not isinstance(length, int) or not low <= length <= high:
        raise _bad(
            f"'length' for a CustomField of type {kind} must be between {low} and {high}, not {length}"
        )
    return length


def _digits(given: Json) -> tuple[int, int]:
    precision, scale = given.get("precision"), given.get("scale")
    if not isinstance(precision, int) or not isinstance(scale, int) or not 0 <= scale <= precision <= 18:
        raise _bad("'precision' must be at most 18 and 'scale' at most 'precision'")
    return precision, scale


def _choices(made: FieldDef, given: Json) -> None:
    value_set = mapping(given.get("valueSet"), "valueSet")
    values = mappings(
        mapping(value_set.get("valueSetDefinition"), "valueSetDefinition").get("value"), "value"
    )
    if not values or not all(it.get("fullName") or it.get("valueName") for it in values):
        raise _bad(f"Must specify 'valueSet' for a CustomField of type {given['type']}")
    if given["type"] == "MultiselectPicklist" and not given.get("visibleLines"):
        raise _bad("Must specify 'visibleLines' for a CustomField of type MultiselectPicklist")
    made.restricted = bool(value_set.get("restricted"))
    made.choices = [
        Choice(str(it.get("fullName") or it.get("valueName")), str(it.get("label") or it.get("fullName")),
               default=bool(it.get("default")))
        for it in values
    ]  # fmt: skip
    made.default = next((it.value for it in made.choices if it.default), None)


def _lookup(org: Org, made: FieldDef, given: Json) -> None:
    target = org.object(str(given.get("referenceTo")))
    if target is None or not given.get("relationshipName"):
        raise _bad("A Lookup must specify 'referenceTo', an object of the org, and 'relationshipName'")
    made.reference_to = (target.name,)
    made.relationship = f"{made.name[:-3]}__r"
    made.children = f"{given['relationshipName']}__r"
    made.restrict_delete = given.get("deleteConstraint") == "Restrict"


def _bad(message: str) -> Refusal:
    return Refusal("FIELD_INTEGRITY_EXCEPTION", message, [])


def kind_of(field: FieldDef) -> str:
    """Return the Metadata API's name of a field's type."""
    if field.type == "textarea":
        return "Html" if field.html else "LongTextArea" if field.length > 255 else "TextArea"
    return next((kind for kind, held in _TYPES.items() if held == field.type), "Text")


def told(field: FieldDef) -> Json:
    """Return a field's metadata."""
    kind = kind_of(field)
    body: Json = {
        "label": field.label, "type": kind, "inlineHelpText": field.help, "required": not field.nillable,
        "externalId": field.external_id, "unique": field.unique, "caseSensitive": field.case_sensitive,
        "trackHistory": False, "trackTrending": False,
    }  # fmt: skip
    if kind in ("Text", "LongTextArea", "Html"):
        body["length"] = field.length
    if kind in _NUMBERS:
        body |= {"precision": field.precision, "scale": field.scale}
    if kind == "Checkbox":
        body |= {"defaultValue": "true" if field.default else "false", "required": False}
    if field.choices:
        values = [{"fullName": it.value, "valueName": it.value, "label": it.label or it.value,
                   "default": it.default, "isActive": it.active} for it in field.choices]  # fmt: skip
        body["valueSet"] = {"restricted": field.restricted,
                            "valueSetDefinition": {"sorted": False, "value": values}}  # fmt: skip
    if kind == "Lookup":
        body |= {"referenceTo": field.reference_to[0],
                 "relationshipName": (field.children or "").removesuffix("__r") or None}  # fmt: skip
    return body
