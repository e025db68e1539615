"""Values as clients send them, made into what the org keeps; what cannot be kept is refused."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from sandbox.salesforce import errors
from sandbox.salesforce.errors import Refusal
from sandbox.salesforce.objects.defs import FieldDef
from sandbox.salesforce.objects.ids import restored
from sandbox.salesforce.org import Org

_EMAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>]+")
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?(Z|[+-]\d\d:?\d\d)")
_TEXT = frozenset({"string", "textarea", "email", "phone", "url", "picklist", "multipicklist", "combobox",
                   "encryptedstring"})  # fmt: skip
_IN_BYTES = frozenset({"CommentBody"})
_NUMBERS = frozenset({"double", "currency", "percent", "int"})


def read(org: Org, field: FieldDef, given: Any) -> Any:
    """Return the inner form of a JSON value for a field. Raises `Refusal`."""
    if given is None or given == "":
        return False if field.type == "boolean" else None
    if field.type in _TEXT:
        return _text(field, given)
    if field.type in _NUMBERS:
        return _number(field, given)
    if field.type == "reference":
        return _reference(org, field, given)
    reader = _READERS.get(field.type)
    if reader is None:
        raise errors.unreadable(f"Cannot deserialize instance of {field.type} from {given!r}")
    return reader(field, given)


def _text(field: FieldDef, given: Any) -> str | None:
    if isinstance(given, bool | dict | list):
        raise _mismatch("string", given)
    if not isinstance(given, str):
        given = str(given)
    # The org keeps no blanks around a text, whoever writes it.
    text = given.strip()
    if (len(text.encode()) if field.name in _IN_BYTES else len(text)) > field.length:
        message = f"{field.label}: data value too large: {text} (max length={field.length})"
        raise Refusal("STRING_TOO_LONG", message, [field.name])
    if field.type == "email" and text and not _EMAIL.fullmatch(text):
        raise Refusal("INVALID_EMAIL_ADDRESS", f"{field.label}: invalid email address: {text}", [field.name])
    if field.restricted and text:
        _restrict(field, text)
    return (_ordered(field, text) if field.type == "multipicklist" else text) or None


def _ordered(field: FieldDef, text: str) -> str:
    """Return the values of a multi-select picklist as the org keeps them: each once, in setup's order."""
    order = {value: at for at, value in enumerate(field.values())}
    chosen = dict.fromkeys(it.strip() for it in text.split(";") if it.strip())
    return ";".join(sorted(chosen, key=lambda it: order.get(it, len(order))))


def _restrict(field: FieldDef, text: str) -> None:
    """Refuse a value that a restricted picklist does not have."""
    known = set(field.values())
    for one in text.split(";") if field.type == "multipicklist" else [text]:
        # What setup fills in by itself (objects, fields) has no list here.
        if known and one not in known:
            raise Refusal(
                "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
                f"{field.label}: bad value for restricted picklist field: {one}",
                [field.name],
            )


def _number(field: FieldDef, given: Any) -> int | float:
    if isinstance(given, bool):
        raise _mismatch("double", given)
    try:
        value = Decimal(str(given))
    except InvalidOperation:
        raise _mismatch("double", given) from None
    if not value.is_finite():
        raise _mismatch("double", given)
    if field.type == "int":
        return int(value)
    whole = (field.precision or 18) - field.scale
    if abs(value) >= Decimal(10) ** whole:
        message = f"{field.label}: value outside of valid range on numeric field: {float(value)}"
        raise Refusal("NUMBER_OUTSIDE_VALID_RANGE", message, [field.name])
    return float(value.quantize(Decimal(1).scaleb(-field.scale), ROUND_HALF_UP))


def _flag(_: FieldDef, given: Any) -> bool:
    if isinstance(given, bool):
        return given
    if str(given).lower() in ("true", "1", "false", "0"):
        return str(given).lower() in ("true", "1")
    raise _mismatch("boolean", given)


def _day(_: FieldDef, given: Any) -> str:
    try:
        return date.fromisoformat(str(given)[:10]).isoformat()
    except ValueError:
        raise _mismatch("date", given) from None


def _moment(_: FieldDef, given: Any) -> int:
    found = _MOMENT.fullmatch(str(given))
    if found is None:
        raise _mismatch("datetime", given)
    zone = "+00:00" if found[2] == "Z" else found[2]
    zone = zone if ":" in zone else f"{zone[:3]}:{zone[3:]}"
    try:
        return int(datetime.fromisoformat(found[1] + zone).timestamp())
    except ValueError:
        raise _mismatch("datetime", given) from None


def _bytes(field: FieldDef, given: Any) -> bytes:
    if isinstance(given, bytes):
        return given
    try:
        return base64.b64decode(str(given), validate=True)
    except binascii.Error:
        raise _mismatch(field.type, "…") from None


def _reference(org: Org, field: FieldDef, given: Any) -> str:
    key = restored(given) if isinstance(given, str) else None
    target = org.object_of(key) if key else None
    if key is None or target is None or (field.reference_to and target.name not in field.reference_to):
        raise errors.wrong_id(field.label, str(given), field.name)
    row = org.row(target.name, key)
    if row is None:
        raise Refusal("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", [])
    if row.get("IsDeleted"):
        raise errors.deleted()
    return str(row["Id"])


def _mismatch(kind: str, given: Any) -> Refusal:
    token = {
        bool: "VALUE_TRUE" if given is True else "VALUE_FALSE",
        dict: "START_OBJECT",
        list: "START_ARRAY",
    }
    shown = token.get(type(given), "VALUE_STRING" if isinstance(given, str) else "VALUE_NUMBER_FLOAT")
    return errors.unreadable(
        f"Cannot deserialize instance of {kind} from {shown} value {given} or request may be missing a "
        "required field at [line:1, column:2]"
    )


_READERS: dict[str, Callable[[FieldDef, Any], Any]] = {
    "boolean": _flag,
    "date": _day,
    "datetime": _moment,
    "base64": _bytes,
}
