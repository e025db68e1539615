"""What Salesforce's answers look like, as far as the hub reads them. Pure."""

from __future__ import annotations

from typing import Any

import msgspec


class PicklistValue(msgspec.Struct, rename="camel", frozen=True):
    """One value of a picklist."""

    value: str = ""
    label: str | None = None
    active: bool = True


class FieldShape(msgspec.Struct, rename="camel", frozen=True):
    """One field, as a describe tells it. Fields that our user may not read are not told at all."""

    name: str
    type: str = "string"
    label: str = ""
    length: int = 0
    custom: bool = False
    calculated: bool = False
    nillable: bool = True
    createable: bool = False
    updateable: bool = False
    defaulted_on_create: bool = False
    restricted_picklist: bool = False
    external_id: bool = False
    html_formatted: bool = False
    deprecated_and_hidden: bool = False
    extra_type_info: str | None = None
    reference_to: list[str] = []
    relationship_name: str | None = None
    picklist_values: list[PicklistValue] = []


class RecordType(msgspec.Struct, rename="camel", frozen=True):
    """A kind of record within an object, each with its own choice of picklist values."""

    record_type_id: str = ""
    name: str = ""
    active: bool = True
    available: bool = True
    master: bool = False
    default_record_type_mapping: bool = False


class Described(msgspec.Struct, rename="camel", frozen=True):
    """An object's description."""

    name: str
    fields: list[FieldShape] = []
    record_type_infos: list[RecordType] = []
    createable: bool = True
    updateable: bool = True


def described(body: Any) -> Described:
    """Read a describe's body."""
    return msgspec.convert(body, Described)
