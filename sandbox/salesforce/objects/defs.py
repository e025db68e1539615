"""What an object and a field are: the attributes that describe shows and that the org enforces."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
NUMBERS = frozenset({"double", "currency", "percent", "int"})
TEXTS = frozenset({"string", "textarea", "email", "phone", "url", "picklist", "multipicklist", "combobox"})


@dataclass(slots=True)
class Choice:
    """One value of a picklist."""

    value: str
    label: str = ""
    active: bool = True
    default: bool = False


@dataclass(slots=True)
class FieldDef:
    """A field of an object, in the words of describe."""

    name: str
    type: str = "string"  # as describe says it: id, string, textarea, picklist, reference, ...
    label: str = ""
    length: int = 0
    precision: int = 0
    scale: int = 0
    nillable: bool = True
    createable: bool = True
    updateable: bool = True
    external_id: bool = False
    unique: bool = False
    case_sensitive: bool = False
    id_lookup: bool = False
    name_field: bool = False
    auto_number: bool = False
    calculated: bool = False
    html: bool = False
    defaulted: bool = False  # defaultedOnCreate: may be left out though it is not nillable
    default: Any = None
    restricted: bool = False  # restrictedPicklist
    choices: list[Choice] = field(default_factory=list)
    reference_to: tuple[str, ...] = ()
    relationship: str | None = None  # from the child up: Account, Owner, CSM__r
    children: str | None = None  # from the parent down: Cases, CaseComments
    cascade: bool = False
    restrict_delete: bool = False
    filterable: bool = True
    sortable: bool = True
    groupable: bool = True
    compound: str | None = None
    help: str | None = None
    extra: str | None = None  # extraTypeInfo
    system: bool = False  # field permissions do not apply

    def __post_init__(self) -> None:
        """Fill what the type decides: what can be filtered, sorted and grouped, lengths, labels."""
        if not self.label:
            self.label = label_of(self.name)
        if self.type in {"id", "reference"}:
            self.length = self.length or 18
        if self.type == "address":
            self.sortable = self.groupable = False
        if self.long_text or self.type in {"base64", "encryptedstring"}:
            self.filterable = self.sortable = self.groupable = False
        if self.type == "multipicklist":
            self.sortable = self.groupable = False
        if self.type in {"datetime", "double", "currency", "percent"} or self.auto_number:
            self.groupable = False

    @property
    def custom(self) -> bool:
        """Whether it is a custom field (`__c`)."""
        return self.name.endswith("__c")

    @property
    def long_text(self) -> bool:
        """Whether it is a long or rich text area: not filterable, and it makes pages small."""
        return self.type == "textarea" and (self.length > 255 or self.html)

    @property
    def required(self) -> bool:
        """Whether a create must give a value."""
        return self.createable and not self.nillable and not self.defaulted and self.type != "boolean"

    @property
    def polymorphic(self) -> bool:
        """Whether it can point to records of more than one object."""
        return len(self.reference_to) > 1

    @property
    def aggregatable(self) -> bool:
        """Whether MIN, MAX and COUNT_DISTINCT take it."""
        return self.type not in {"boolean", "multipicklist", "address", "base64"} and not self.long_text

    @property
    def id_lookup_text(self) -> bool:
        """Whether it names a record as an id does: Contact.Email, Case.CaseNumber."""
        return self.id_lookup and self.type != "id"

    def values(self) -> list[str]:
        """Return the active values of a picklist."""
        return [choice.value for choice in self.choices if choice.active]


@dataclass(frozen=True, slots=True)
class ChildDef:
    """A child relationship, seen from the parent."""

    child: str
    field: str
    name: str | None
    cascade: bool = False
    restrict_delete: bool = False


@dataclass(slots=True)
class ObjectDef:
    """An object: its fields by lower-cased name, and what may be done with its records."""

    name: str
    label: str
    prefix: str | None
    plural: str = ""
    fields: dict[str, FieldDef] = field(default_factory=dict)
    relationships: dict[str, FieldDef] = field(default_factory=dict)  # lower-cased parent paths
    queryable: bool = True
    createable: bool = True
    updateable: bool = True
    deletable: bool = True
    undeletable: bool = True
    mergeable: bool = False
    triggerable: bool = True
    replicateable: bool = True
    searchable: bool = True
    layoutable: bool = True
    feed: bool = False
    requires_filter: tuple[str, ...] = ()  # a query must name one of these with = or IN
    record_types: list[dict[str, Any]] = field(default_factory=list)

    @property
    def custom(self) -> bool:
        """Whether it is a custom object (`__c`)."""
        return self.name.endswith("__c")

    def field(self, name: str) -> FieldDef | None:
        """Return the field of that name, whatever its case."""
        return self.fields.get(name.lower())

    def relation(self, name: str) -> FieldDef | None:
        """Return the reference field behind a parent relationship name, whatever its case."""
        return self.relationships.get(name.lower())

    @property
    def name_field(self) -> FieldDef | None:
        """The field that names a record."""
        return next((it for it in self.fields.values() if it.name_field), None)

    def add(self, *more: FieldDef) -> None:
        """Take fields in; one of the same name is replaced."""
        for one in more:
            self.fields[one.name.lower()] = one
            if one.relationship:
                self.relationships[one.relationship.lower()] = one


def label_of(name: str) -> str:
    """Return the label that a name suggests: `AccountId` is "Account ID", `ARR__c` is "ARR"."""
    if name.endswith("__c"):
        return name[:-3].replace("_", " ")
    return " ".join("ID" if word == "Id" else word for word in _WORD.split(name))


def read_only(one: FieldDef) -> FieldDef:
    """Return the field as one that only the org writes."""
    return replace(one, createable=False, updateable=False)


def text(name: str, length: int = 255, **more: Any) -> FieldDef:
    """Return a text field."""
    return FieldDef(name, "string", length=length, **more)


def email(name: str, **more: Any) -> FieldDef:
    """Return an e-mail field."""
    return FieldDef(name, "email", length=80, **more)


def phone(name: str, **more: Any) -> FieldDef:
    """Return a telephone field."""
    return FieldDef(name, "phone", length=40, **more)


def url(name: str, length: int = 255, **more: Any) -> FieldDef:
    """Return a URL field."""
    return FieldDef(name, "url", length=length, **more)


def area(name: str, length: int = 32_000, **more: Any) -> FieldDef:
    """Return a text area; above 255 characters it cannot be filtered, sorted or grouped."""
    more = {"extra": "plaintextarea", **more}
    return FieldDef(name, "textarea", length=length, **more)


def flag(name: str, *, default: bool = False, **more: Any) -> FieldDef:
    """Return a checkbox: never null."""
    return FieldDef(name, "boolean", nillable=False, defaulted=True, default=default, **more)


def moment(name: str, **more: Any) -> FieldDef:
    """Return a date and time."""
    return FieldDef(name, "datetime", **more)


def day(name: str, **more: Any) -> FieldDef:
    """Return a date."""
    return FieldDef(name, "date", **more)


def number(name: str, precision: int, scale: int = 0, **more: Any) -> FieldDef:
    """Return a number, as setup knows it: in JSON a double."""
    return FieldDef(name, "double", precision=precision, scale=scale, **more)


def money(name: str, precision: int = 18, scale: int = 2, **more: Any) -> FieldDef:
    """Return a currency field."""
    return FieldDef(name, "currency", precision=precision, scale=scale, **more)


def whole(name: str, **more: Any) -> FieldDef:
    """Return a whole number."""
    return FieldDef(name, "int", **more)


def picklist(name: str, values: Iterable[str], *, default: str | None = None, **more: Any) -> FieldDef:
    """Return a picklist."""
    choices = [Choice(value, value, default=value == default) for value in values]
    more = {"length": 255, "defaulted": default is not None, **more}
    return FieldDef(name, "picklist", choices=choices, default=default, **more)


def multi(name: str, values: Iterable[str], **more: Any) -> FieldDef:
    """Return a multi-select picklist; its value is text with `;` between."""
    choices = [Choice(value, value) for value in values]
    more = {"length": 4099, "precision": 4, **more}
    return FieldDef(name, "multipicklist", choices=choices, **more)


def ref(name: str, *targets: str, children: str | None = None, **more: Any) -> FieldDef:
    """Return a lookup; its relationship is its name without `Id`, or with `__r` for `__c`."""
    relation = f"{name[:-3]}__r" if name.endswith("__c") else name.removesuffix("Id")
    more = {"relationship": relation, **more}
    return FieldDef(name, "reference", reference_to=targets, children=children, **more)


def record_id(label: str) -> FieldDef:
    """Return the Id field."""
    return FieldDef(
        "Id", "id", f"{label} ID", nillable=False, createable=False, updateable=False, defaulted=True,
        id_lookup=True, system=True,
    )  # fmt: skip


def deleted() -> FieldDef:
    """Return IsDeleted."""
    return flag("IsDeleted", label="Deleted", createable=False, updateable=False, system=True)


def master(name: str) -> FieldDef:
    """Return MasterRecordId: whom a merged record became."""
    return ref("MasterRecordId", name, createable=False, updateable=False, system=True)


def audit(*, modified: bool = True) -> list[FieldDef]:
    """Return the fields that say who and when; `SystemModstamp` is the last."""
    fixed: dict[str, Any] = {
        "createable": False, "updateable": False, "nillable": False, "defaulted": True, "system": True,
    }  # fmt: skip
    made = [moment("CreatedDate", **fixed), ref("CreatedById", "User", **fixed)]
    if modified:
        made += [moment("LastModifiedDate", **fixed), ref("LastModifiedById", "User", **fixed)]
    return [*made, moment("SystemModstamp", label="System Modstamp", **fixed)]


def currency_code() -> FieldDef:
    """Return CurrencyIsoCode, which only a multi-currency org has."""
    return picklist(
        "CurrencyIsoCode", ("EUR", "USD", "GBP", "CHF", "JPY"), label="Currency ISO Code", length=3,
        restricted=True, defaulted=True, system=True,
    )  # fmt: skip
