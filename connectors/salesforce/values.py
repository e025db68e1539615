"""The hub's raw values as Salesforce's API takes them. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from email.utils import formatdate
from typing import Any, NamedTuple, cast

from hub.model import Json, Person

REQUESTER = "requester"
NOT_WRITTEN: Mapping[str, str] = {
    "owner": "the owner is shown, not set: map a queue's or user's id to OwnerId instead",
    "queue": "the queue is shown, not set: map its id to OwnerId instead",
}
"""Raw fields that a Case shows and nobody can write, with what to do instead."""
LONGEST_NAME = 80
_HAS_CONTACT = (
    "the Case names a contact, whose name and address it shows: choose another contact, or correct this one, "
    "in Salesforce"
)


class Written(NamedTuple):
    """Raw fields as the API takes them."""

    fields: dict[str, Any]
    named: dict[str, str]
    """The raw field that each of the API's was made of."""
    refused: dict[str, str]


def written(raw: Mapping[str, Json], *, has_contact: bool = False) -> Written:
    """
    Return what to send for these raw fields.

    A requester is written into the Case's own fields for a name and an address. With a `ContactId` among the
    fields it is left out, as the contact says who it is; where the Case has a contact already (`has_contact`)
    nobody would see it, and it is refused.
    """
    made = Written({}, {}, {})
    for name, value in raw.items():
        why = _unwritable(name, value, has_contact=has_contact)
        if why:
            made.refused[name] = why
        elif name != REQUESTER or not raw.get("ContactId"):
            for field, plain_value in _parts(name, value).items():
                made.fields[field] = plain_value
                made.named[field] = name
    return made


def _unwritable(name: str, value: Json, *, has_contact: bool) -> str:
    """Return why a field cannot be asked for; empty if it can."""
    if name == REQUESTER:
        return _HAS_CONTACT if has_contact else ""
    if name in NOT_WRITTEN:
        return NOT_WRITTEN[name]
    return f"{name} names a person whose id in Salesforce is not known" if _is_nobody(value) else ""


def _is_nobody(value: Json) -> bool:
    """Whether a value names a person, but none whom Salesforce knows."""
    return isinstance(value, Mapping) and not cast("Mapping[str, Any]", value).get("id")


def _parts(name: str, value: Json) -> Mapping[str, Any]:
    return _requester(value) if name == REQUESTER else {name: plain(value)}


def _requester(value: Json) -> dict[str, Any]:
    if isinstance(value, Person):
        value = {"email": value.email, "name": value.name}
    person: Mapping[str, Any] = cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}
    name = str(person.get("name") or "")[:LONGEST_NAME]
    return {"SuppliedEmail": person.get("email") or None, "SuppliedName": name or None}


def plain(value: Json) -> Any:
    """Return one value as the API takes it: choices as one text, a person as an id, nothing as null."""
    if isinstance(value, Mapping):
        return cast("Mapping[str, Any]", value)["id"]
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ";".join(str(choice) for choice in cast("Sequence[object]", value)) or None
    return None if value == "" else value


def http_date(instant: str) -> str:
    """Return an instant (ISO 8601) as HTTP writes it, for a conditional write; seconds are its grain."""
    return formatdate(datetime.fromisoformat(instant).timestamp(), usegmt=True)


def alike(one: Json, other: Json) -> bool:
    """Whether two raw values show the same to a reader."""
    return _seen(one) == _seen(other)


def _seen(value: Json) -> Any:
    if isinstance(value, str):
        return value.replace("\r\n", "\n").strip() or None
    if isinstance(value, Mapping):
        person = cast("Mapping[str, Any]", value)
        return person.get("id") or (person.get("email"), person.get("name"))
    if isinstance(value, Sequence):
        return sorted(str(choice) for choice in cast("Sequence[object]", value)) or None
    return value


def tidy(value: Json) -> Json:
    """Return a raw value as Salesforce keeps it: no blanks around a text, choices in order."""
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, Sequence):
        return sorted(str(choice) for choice in cast("Sequence[object]", value))
    return value
