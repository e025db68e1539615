"""Custom field values: what each type accepts, and the tags that mirror choices."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from sandbox.zendesk.records import Field

TYPE_NAMES = {
    "text": "FieldText",
    "textarea": "FieldTextarea",
    "checkbox": "FieldCheckbox",
    "date": "FieldDate",
    "integer": "FieldInteger",
    "decimal": "FieldDecimal",
    "regexp": "FieldRegexp",
    "partialcreditcard": "FieldPartialCreditCard",
    "multiselect": "FieldMultiselect",
    "tagger": "FieldTagger",
    "dropdown": "FieldTagger",
    "lookup": "FieldLookup",
}

_INTEGER = re.compile(r"[+-]?\d{1,18}")
_DECIMAL = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)")
_TRUE = {"true", "1", "yes", "on"}
_FALSE = {"false", "0", "no", "off", ""}


class BadValue(ValueError):
    """A value that a field does not take. The message is the vendor's."""


def coerce(field: Field, value: Any) -> Any:
    """Return `value` as the field keeps it. Raises `BadValue`."""
    if field.type == "checkbox":
        return _checkbox(field, value)
    if field.type == "multiselect":
        return _multiselect(field, value)
    if value is None or value == "":
        return None
    return _COERCE.get(field.type, _text)(field, value)


def _text(field: Field, value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float | str):
        return str(value)
    raise BadValue(f"{field.title}: is invalid")


def _integer(field: Field, value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = str(value).strip()
    if isinstance(value, bool) or not _INTEGER.fullmatch(text):
        raise BadValue(f"{field.title}: must be an integer")
    return str(int(text))


def _decimal(field: Field, value: Any) -> str:
    text = str(value).strip()
    if isinstance(value, bool) or not _DECIMAL.fullmatch(text):
        raise BadValue(f"{field.title}: must be a decimal")
    return text


def _date(field: Field, value: Any) -> str:
    text = str(value)[:10]
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise BadValue(f"{field.title}: is not properly formatted") from None


def _regexp(field: Field, value: Any) -> str:
    text = str(value)
    if field.regexp and not re.search(field.regexp, text):
        raise BadValue(f"{field.title}: is invalid")
    return text


def _tagger(field: Field, value: Any) -> str:
    tag = str(value)
    if tag not in {option.value for option in field.options}:
        raise BadValue(f"{field.title}: {tag} is not a valid option")
    return tag


def _checkbox(field: Field, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    text = str(value if value is not None else "").lower()
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise BadValue(f"{field.title}: is invalid")


def _multiselect(field: Field, value: Any) -> list[str]:
    if value is None or value == "":
        return []
    chosen = [value] if isinstance(value, str) else list(value)
    known = {option.value for option in field.options}
    for tag in chosen:
        if tag not in known:
            raise BadValue(f"{field.title}: {tag} is not a valid option")
    return list(dict.fromkeys(chosen))


_COERCE: dict[str, Callable[[Field, Any], Any]] = {
    "integer": _integer,
    "decimal": _decimal,
    "date": _date,
    "regexp": _regexp,
    "tagger": _tagger,
    "dropdown": _tagger,
}


def tags_of(field: Field, value: Any) -> list[str]:
    """Return the tags that a field's value puts on its record."""
    if field.type == "checkbox":
        return [field.tag] if value and field.tag else []
    if field.type in ("tagger", "dropdown"):
        return [value] if value else []
    if field.type == "multiselect":
        return list(value or ())
    return []


def possible_tags(field: Field) -> set[str]:
    """Return every tag that this field could put on a record."""
    if field.type == "checkbox":
        return {field.tag} if field.tag else set()
    return {option.value for option in field.options}


def value_from_tags(field: Field, tags: Iterable[str]) -> Any:
    """Return the value that a set of tags stands for in this field."""
    present = set(tags)
    chosen = [option.value for option in field.options if option.value in present]
    if field.type == "checkbox":
        return field.tag in present
    if field.type == "multiselect":
        return chosen
    return chosen[0] if chosen else None


def mirrored(field: Field) -> bool:
    """Tell whether this field's value shows in the record's tags."""
    return field.type in ("tagger", "dropdown", "multiselect") or (
        field.type == "checkbox" and bool(field.tag)
    )
