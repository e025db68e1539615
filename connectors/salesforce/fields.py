"""Fields of an object by their vendor type: which we read, what they are to the hub, how they look. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from connectors.salesforce.shapes import Described, FieldShape
from hub.model import Json
from hub.schema import FieldType

_UNREADABLE = frozenset({"address", "location", "base64", "complexvalue", "anyType"})
"""Compound fields, whose parts are fields of their own; and bytes."""
_IDLE = frozenset({"LastViewedDate", "LastReferencedDate", "Comments", "PhotoUrl"})
"""What our own looking changes, or what is there only to be written."""
_TYPES: Mapping[str, FieldType] = {
    "picklist": "choice", "combobox": "text", "multipicklist": "choices", "boolean": "flag", "date": "date",
    "datetime": "instant", "double": "number", "int": "number", "long": "number", "currency": "number",
    "percent": "number", "textarea": "long", "reference": "reference", "encryptedstring": "text",
    "string": "text", "id": "text", "email": "text", "phone": "text", "url": "text",
}  # fmt: skip
_USER_STAMPS = frozenset({"OwnerId", "CreatedById", "LastModifiedById"})
Change = Callable[[Any], Json]


def readable(shape: Described) -> list[FieldShape]:
    """Return the fields whose values a look at a record shows."""
    return [
        field
        for field in shape.fields
        if field.type not in _UNREADABLE and field.name not in _IDLE and not field.deprecated_and_hidden
    ]


def type_of(field: FieldShape) -> FieldType:
    """Return what a field is to the hub."""
    if names_person(field):
        return "person"
    if field.html_formatted or field.extra_type_info == "richtextarea":
        return "rich"
    return _TYPES.get(field.type, "other")


def names_person(field: FieldShape) -> bool:
    """Whether a field is a person's choice of a colleague; it is shown as that person."""
    return field.reference_to == ["User"] and field.name not in _USER_STAMPS and bool(field.relationship_name)


def columns(fields: Iterable[FieldShape]) -> list[str]:
    """Return what to select so that these fields can be shown, parents' names included."""
    found: list[str] = []
    for field in fields:
        found.append(field.name)
        if names_person(field):
            found += [f"{field.relationship_name}.Name", f"{field.relationship_name}.Email"]
    return found


def changes(fields: Iterable[FieldShape]) -> dict[str, Change]:
    """Return, for each field whose values the hub spells in another way, how."""
    kinds: Mapping[str, Change] = {
        "datetime": instant, "multipicklist": several, "textarea": lines,
        **dict.fromkeys(("double", "currency", "percent"), number),
    }  # fmt: skip
    return {field.name: kinds[field.type] for field in fields if field.type in kinds}


def instant(stamp: str) -> str:
    """Return one of Salesforce's times, which it always gives in UTC, to the second."""
    return f"{stamp[:19]}Z"


def lines(text: str) -> str:
    """Return a text with plain line ends: a browser's form sends CR LF, the API keeps what it was sent."""
    return text.replace("\r\n", "\n") if "\r" in text else text


def number(figure: float) -> int | float:
    """Return a number without the fraction that JSON gives every one of them."""
    return int(figure) if isinstance(figure, float) and figure.is_integer() else figure


def several(words: str) -> list[str]:
    """Return the values of a multi-select picklist."""
    return sorted(word for word in words.split(";") if word)
