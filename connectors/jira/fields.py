"""
Raw field values as Jira wants them written. Pure.

What a field takes depends on its type, which `GET /field` states as `schema`: system fields by their
name, custom fields by the last word of `schema.custom`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from connectors.jira.nodes import mapping_of
from connectors.jira.payload import is_our_label
from connectors.jira.shapes import Field
from hub.model import Json
from hub.schema import FieldType

READ_ONLY = frozenset({"status", "status_category", "created", "updated", "resolution", "project"})
"""Not set by an edit: status and resolution by a step of the workflow, the others never."""
_BY_SYSTEM: dict[str, FieldType] = {
    "summary": "text",
    "description": "rich",
    "environment": "rich",
    "status": "status",
    "priority": "choice",
    "issuetype": "choice",
    "resolution": "choice",
    "project": "choice",
    "labels": "labels",
    "assignee": "person",
    "reporter": "person",
    "creator": "person",
    "fixVersions": "choices",
    "versions": "choices",
    "components": "choices",
    "duedate": "date",
    "created": "instant",
    "updated": "instant",
}
_BY_CUSTOM: dict[str, FieldType] = {
    "textfield": "text",
    "textarea": "rich",
    "url": "text",
    "float": "number",
    "select": "choice",
    "radiobuttons": "choice",
    "multiselect": "choices",
    "multicheckboxes": "choices",
    "labels": "labels",
    "datepicker": "date",
    "datetime": "instant",
    "userpicker": "person",
}
_BY_TYPE: dict[str, FieldType] = {
    "string": "text",
    "number": "number",
    "date": "date",
    "datetime": "instant",
    "user": "person",
    "option": "choice",
}


def type_of(field: Field) -> FieldType:
    """Return what kind of value a field holds, in the hub's words."""
    system = str(field.schema.get("system") or field.id)
    if system in _BY_SYSTEM:
        return _BY_SYSTEM[system]
    custom = str(field.schema.get("custom") or "").rpartition(":")[2]
    if custom in _BY_CUSTOM:
        return _BY_CUSTOM[custom]
    if field.schema.get("type") == "array":
        return {"option": "choices", "string": "labels"}.get(str(field.schema.get("items")), "other")  # type: ignore[return-value]
    return _BY_TYPE.get(str(field.schema.get("type")), "other")


def written(field: Field, value: Json) -> Any:
    """Return a value as an edit or creation carries it. People are resolved beforehand, to an id."""
    if value is None or value == "":
        return None
    kind = type_of(field)
    word = "value" if field.schema.get("custom") else "name"
    match kind:
        case "choice":
            return {word: value}
        case "choices":
            return [{word: one} for one in cast("list[str]", value)]
        case "person":
            return {"accountId": value["id"]} if value.get("id") else None
        case "instant":
            return str(value).replace("Z", ".000+0000") if str(value).endswith("Z") else value
        case _:
            return list(cast("tuple[str, ...]", value)) if isinstance(value, tuple) else value


def screen_value(meta: Mapping[str, Any], value: Json) -> Any:
    """Return a value for a field of a transition's screen, by what the screen says of the field."""
    schema = mapping_of(meta.get("schema"))
    held = Field(id=str(schema.get("system") or "field"), name="", schema=dict(schema))
    if schema.get("type") in {"resolution", "priority", "version"}:
        return {"name": value}
    if isinstance(value, list | tuple) and schema.get("items") in {"version", "component"}:
        return [{"name": one} for one in cast("list[str]", value)]
    return written(held, value)


def label_changes(wanted: Json, held: Json) -> list[dict[str, str]]:
    """Return the verbs that turn the held labels into the wanted ones, ours left alone."""
    new: set[str] = set(wanted or ())
    old: set[str] = {label for label in held or () if not is_our_label(label)}
    adds = [("add", label) for label in sorted(new - old)]
    return [{verb: label} for verb, label in (*adds, *(("remove", one) for one in sorted(old - new)))]
