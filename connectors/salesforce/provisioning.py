"""
Makes what an org lacks of the hub's package: fields, permission sets, and what these let people see.

A new field is seen by nobody, not even by who made it, until a permission set lets them. So the permission
sets are as much a part of it as the fields. List views, pages and reports come with the package only.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

from connectors.http import Http
from connectors.salesforce.packaged import (
    BASICS,
    CORE,
    OBJECT_RIGHTS,
    PackagedField,
    PackagedSet,
    fields,
    permission_sets,
)
from connectors.salesforce.people import DOMAINS
from connectors.salesforce.tooling import Tooling
from hub.errors import Misconfigured
from hub.provision import Provision, Step

_FOR_THE_HUB = ("Support_Hub_Integration", "Support_Hub_Account_Basics")
"""The permission sets that the hub's own user is given; whom else, is for the org to say."""
_TYPES: Mapping[str, tuple[str, ...]] = {
    "Text": ("string",),
    "LongTextArea": ("textarea",),
    "Number": ("double", "int"),
    "Currency": ("currency",),
    "Checkbox": ("boolean",),
    "Date": ("date",),
    "DateTime": ("datetime",),
    "Url": ("url",),
    "Picklist": ("picklist",),
    "MultiselectPicklist": ("multipicklist",),
    "Lookup": ("reference",),
}
"""What a describe calls the types of the package."""


class SalesforceProvisioner:
    """
    Completes one org.

    `named`: the fields that the mapping files name; of the optional part of the package those are wanted
    that are among them, or all with `basics`. `user` tells the id of the user that the hub signs in as,
    where no `username` says it.
    """

    def __init__(
        self,
        http: Http,
        *,
        named: Collection[str],
        user: Callable[[], str],
        username: str = "",
        basics: bool = False,
        version: str = "66.0",
    ) -> None:
        self._tooling = Tooling(http, version)
        self._named = frozenset(named)
        self._ask_user = user
        self._username = username
        self._known_user = ""
        self._core = fields(CORE)
        chosen = {f.name for f in fields(BASICS) if basics or f.name in self._named}
        if chosen:
            chosen.add(DOMAINS)  # no mapping file names it: by these the connector tells whose a mail is
        self._optional = tuple(f for f in fields(BASICS) if f.name in chosen)
        self._sets = (*permission_sets(CORE), *(permission_sets(BASICS) if self._optional else ()))

    @property
    def _wanted(self) -> tuple[PackagedField, ...]:
        return (*self._core, *self._optional)

    def plan(self) -> Provision:
        sobjects = sorted({field.sobject for field in self._wanted})
        held = self._tooling.custom_fields(sobjects)
        shapes = {name: self._tooling.described(name) for name in sobjects}
        missing = [field for field in self._wanted if field.full_name not in held]
        seen = [(f, shapes[f.sobject][f.name]) for f in self._wanted if f.name in shapes[f.sobject]]
        by_hand = [fault for field, shape in seen for fault in misfits(field, shape)]
        by_hand += self._unknown(held, shapes)
        steps = [
            Step(f"make the field `{f.full_name}` ({_shown(f)})", {"do": "field", "field": f.full_name})
            for f in missing
        ]
        for wanted in self._sets:
            steps += self._of_set(wanted)
        return Provision(
            system="salesforce",
            steps=tuple(steps),
            by_hand=tuple(by_hand),
            advice=tuple(self._advice(steps)),
            present=len(self._wanted) - len(missing),
        )

    def _unknown(
        self, held: frozenset[str], shapes: Mapping[str, Mapping[str, Mapping[str, Any]]]
    ) -> Iterator[str]:
        """Fields that a mapping file names and neither the package nor the org has."""
        ours = {field.name for field in (*self._core, *fields(BASICS))}
        theirs = {name.partition(".")[2] for name in held}
        known = ours.union(theirs, *shapes.values())
        for name in sorted(self._named - known):
            if name.endswith("__c"):
                yield (
                    f"a mapping file names `{name}`, which neither the package nor the org has: make it in "
                    "Setup → Object Manager, or name another field"
                )

    def _advice(self, steps: Sequence[Step]) -> Iterator[str]:
        if any(step.asked["do"] == "set" for step in steps):
            yield (
                "assign the permission set Support Hub Reader to those who shall see the fields; list views, "
                "record pages and reports come with `sf project deploy start` (docs/salesforce-package.md)"
            )

    def _of_set(self, wanted: PackagedSet) -> Iterator[Step]:
        held = self._held(wanted.name)
        if held is None:
            yield Step(f"make the permission set `{wanted.label}`", {"do": "set", "set": wanted.name})
        elif any(not held.get(right) for right in wanted.user):
            yield Step(f"let `{wanted.label}` use the API", {"do": "rights", "set": wanted.name})
        record = str(held["Id"]) if held else ""
        weak = len(self._weak_fields(wanted, record)), len(self._weak_objects(wanted, record))
        if any(weak):
            yield Step(
                f"let `{wanted.label}` use {_count(weak[0], 'field')} and {_count(weak[1], 'object')}",
                {"do": "grant", "set": wanted.name},
            )
        if wanted.name in _FOR_THE_HUB and not self._assigned(record):
            yield Step(f"give `{wanted.label}` to the hub's user", {"do": "assign", "set": wanted.name})

    # --- what is there -------------------------------------------------------------------------------

    def _held(self, name: str) -> dict[str, Any] | None:
        soql = "SELECT Id, PermissionsApiEnabled FROM PermissionSet WHERE Name = {}"
        rows = self._tooling.rows(soql, name)  # a profile's own set is called X00e… and so never this
        return rows[0] if rows else None

    def _assigned(self, record: str) -> bool:
        soql = "SELECT Id FROM PermissionSetAssignment WHERE PermissionSetId = {} AND AssigneeId = {}"
        return bool(record) and bool(self._tooling.rows(soql, record, self._user()))

    def _user(self) -> str:
        if not self._known_user and self._username:
            rows = self._tooling.rows("SELECT Id FROM User WHERE Username = {}", self._username)
            if not rows:
                raise Misconfigured(f"the org has no user called {self._username}; check --user")
            self._known_user = str(rows[0]["Id"])
        self._known_user = self._known_user or self._ask_user()
        return self._known_user

    def _grantable(self, wanted: PackagedSet) -> dict[str, bool]:
        """The set's fields, without those of the optional part that are not wanted here."""
        unwanted = {f.full_name for f in fields(BASICS)} - {f.full_name for f in self._optional}
        return {name: edit for name, edit in wanted.fields.items() if name not in unwanted}

    def _weak_fields(self, wanted: PackagedSet, record: str) -> list[dict[str, Any]]:
        """Rows of `FieldPermissions` to make, or with an `Id` to strengthen."""
        soql = "SELECT Id, Field, PermissionsRead, PermissionsEdit FROM FieldPermissions WHERE ParentId = {}"
        held = {str(row["Field"]): row for row in self._tooling.rows(soql, record)} if record else {}
        rows: list[dict[str, Any]] = []
        for name, edit in self._grantable(wanted).items():
            row = held.get(name)
            rights = {"PermissionsRead": True, "PermissionsEdit": edit}
            if row is None:
                rows.append({"SobjectType": name.partition(".")[0], "Field": name, **rights})
            elif not row["PermissionsRead"] or (edit and not row["PermissionsEdit"]):
                rows.append({"Id": row["Id"], **rights})
        return rows

    def _weak_objects(self, wanted: PackagedSet, record: str) -> list[dict[str, Any]]:
        columns = ", ".join(("Id", "SobjectType", *OBJECT_RIGHTS))
        soql = f"SELECT {columns} FROM ObjectPermissions WHERE ParentId = {{}}"  # noqa: S608  (our own words)
        held = {str(row["SobjectType"]): row for row in self._tooling.rows(soql, record)} if record else {}
        rows: list[dict[str, Any]] = []
        for name, asked in wanted.objects.items():
            row = held.get(name)
            if row is None:
                rows.append({"SobjectType": name, **dict.fromkeys(sorted(asked), True)})
            elif any(not row[right] for right in asked):
                rows.append({"Id": row["Id"], **dict.fromkeys(sorted(asked), True)})
        return rows

    # --- making it -----------------------------------------------------------------------------------

    def carry_out(self, step: Step) -> None:
        asked = step.asked
        if asked["do"] == "field":
            field = next(f for f in self._wanted if f.full_name == asked["field"])
            self._tooling.create_field(field.full_name, field.metadata)
            return
        wanted = next(it for it in self._sets if it.name == asked["set"])
        if asked["do"] == "set":
            self._make_set(wanted)
            return
        held = self._held(wanted.name)
        if held is None:
            raise Misconfigured(f"there is no permission set `{wanted.label}`: it was not made, or is gone")
        record = str(held["Id"])
        match asked["do"]:
            case "rights":
                self._tooling.update("PermissionSet", record, dict.fromkeys(wanted.user, True))
            case "grant":
                self._grant("ObjectPermissions", record, self._weak_objects(wanted, record))
                self._grant("FieldPermissions", record, self._weak_fields(wanted, record))
            case _:
                values = {"PermissionSetId": record, "AssigneeId": self._user()}
                self._tooling.create("PermissionSetAssignment", values)

    def _make_set(self, wanted: PackagedSet) -> None:
        values = {"Name": wanted.name, "Label": wanted.label, "Description": wanted.description[:255]}
        self._tooling.create("PermissionSet", {**values, **dict.fromkeys(wanted.user, True)})

    def _grant(self, sobject: str, record: str, rows: Sequence[dict[str, Any]]) -> None:
        new = [{"ParentId": record, **row} for row in rows if "Id" not in row]
        weak = [row for row in rows if "Id" in row]
        if new:
            self._tooling.collect("POST", sobject, new)
        if weak:
            self._tooling.collect("PATCH", sobject, weak)


def misfits(field: PackagedField, shape: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with a field of that name in the org, each with what to do. Pure."""
    name, kind = field.full_name, str(shape["type"])
    if kind not in _TYPES[field.type]:
        yield (
            f"`{name}` is a {kind} field in the org, and the hub needs a {field.type}: rename or delete it "
            "in Setup → Object Manager, or map another field"
        )
        return
    length = field.metadata.get("length")
    if length and int(shape.get("length") or 0) < length:
        held = shape.get("length")
        yield f"`{name}` holds {held} characters, and the hub needs {length}: lengthen it in Setup"
    scale = field.metadata.get("scale")
    if scale and int(shape.get("scale") or 0) < scale:
        kept = shape.get("scale")
        yield f"`{name}` keeps {kept} decimals, and the hub needs {scale}: change that in Setup"
    if field.metadata.get("unique") and not (shape.get("unique") and shape.get("externalId")):
        yield f"`{name}` must be unique and an external id, or cases are made twice: tick both in Setup"
    known = {str(value["value"]) for value in shape.get("picklistValues") or () if value.get("active", True)}
    lost = [value for value in field.values if value not in known]
    if lost and shape.get("restrictedPicklist"):
        yield (
            f"`{name}` does not take {', '.join(f'`{value}`' for value in lost)}: add them in Setup → Object "
            "Manager → Fields, or take them out of the mapping file"
        )


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _shown(field: PackagedField) -> str:
    it = field.metadata
    size = it.get("length") or (f"{it['precision']}, {it['scale']}" if "precision" in it else "")
    return f"{field.type}({size})" if size else field.type
