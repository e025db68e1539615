"""The org itself: its users and queues, record types, permission sets."""

from __future__ import annotations

from typing import Any

from sandbox.salesforce.objects.defs import (
    FieldDef,
    ObjectDef,
    area,
    audit,
    email,
    flag,
    moment,
    phone,
    picklist,
    read_only,
    record_id,
    ref,
    text,
    whole,
)

_ZONES = ("GMT", "Europe/Berlin", "America/Los_Angeles")
_FIXED: dict[str, Any] = {"createable": False, "updateable": False, "system": True}


def objects() -> list[ObjectDef]:
    """Return the objects of setup."""
    return [_user(), _group(), _name(), _organization(), _record_type(), *_permissions()]


def _setup(name: str, label: str, prefix: str | None, *fields: FieldDef) -> ObjectDef:
    made = ObjectDef(name, label, prefix, f"{label}s", undeletable=False, triggerable=False, searchable=False)
    made.add(record_id(label), *fields)
    return made


def _user() -> ObjectDef:
    name = read_only(text("Name", 121, label="Full Name", nillable=False, name_field=True, system=True))
    made = _setup(
        "User", "User", "005",
        text("Username", 80, nillable=False, id_lookup=True, system=True),
        text("LastName", 80, nillable=False, compound="Name", system=True),
        text("FirstName", 40, compound="Name", system=True),
        name,
        text("CompanyName", 80),
        text("Department", 80),
        text("Title", 80),
        email("Email", nillable=False, id_lookup=True, system=True),
        phone("Phone"),
        text("Alias", 8, nillable=False, system=True),
        flag("IsActive", label="Active", default=True, system=True),
        picklist("TimeZoneSidKey", _ZONES, default="GMT", system=True),
        picklist("LocaleSidKey", ("en_US", "en_GB", "de_DE"), default="en_US", system=True),
        picklist("LanguageLocaleKey", ("en_US", "de", "fr", "ja"), default="en_US", system=True),
        picklist("EmailEncodingKey", ("UTF-8",), default="UTF-8", system=True),
        picklist("UserType", ("Standard", "CspLitePortal", "AutomatedProcess"), default="Standard", **_FIXED),
        ref("ManagerId", "User"),
        moment("LastLoginDate", **_FIXED),
        *audit(),
    )  # fmt: skip
    made.triggerable = made.searchable = True
    made.deletable = False
    return made


def _group() -> ObjectDef:
    made = _setup(
        "Group", "Group", "00G",
        text("Name", 40, nillable=False, name_field=True, system=True),
        text("DeveloperName", 80, system=True),
        ref("RelatedId", "User", relationship="Related", **_FIXED),
        picklist("Type", ("Regular", "Queue", "Role", "Organization"), default="Regular", nillable=False,
                 restricted=True, updateable=False, system=True),
        email("Email", system=True),
        ref("OwnerId", "User", **_FIXED),
        flag("DoesSendEmailToMembers", system=True),
        *audit(),
    )  # fmt: skip
    made.searchable = True
    return made


def _name() -> ObjectDef:
    """Return what a relationship to several objects shows: Owner.Name, Owner.Email, Owner.Type."""
    made = _setup(
        "Name", "Name", None,
        text("Name", 255, nillable=False, name_field=True, **_FIXED),
        text("LastName", 80, **_FIXED),
        text("FirstName", 40, **_FIXED),
        picklist("Type", ("User", "Queue", "Group", "Account", "Case", "Contact"), **_FIXED),
        text("Alias", 8, **_FIXED),
        flag("IsActive", label="Active", **_FIXED),
        email("Email", **_FIXED),
        phone("Phone", **_FIXED),
        text("Title", 128, **_FIXED),
        text("Username", 80, **_FIXED),
    )  # fmt: skip
    made.queryable = made.createable = made.updateable = made.deletable = made.replicateable = False
    made.layoutable = False
    return made


def _organization() -> ObjectDef:
    made = _setup(
        "Organization", "Organization", "00D",
        text("Name", 80, nillable=False, name_field=True, system=True),
        text("Division", 80),
        phone("Phone"),
        text("PrimaryContact", 80),
        picklist("DefaultLocaleSidKey", ("en_US", "en_GB", "de_DE"), default="en_US"),
        picklist("TimeZoneSidKey", _ZONES, default="GMT"),
        picklist("LanguageLocaleKey", ("en_US", "de", "fr", "ja"), default="en_US"),
        whole("FiscalYearStartMonth", **_FIXED),
        text("InstanceName", 5, **_FIXED),
        text("NamespacePrefix", 15, **_FIXED),
        picklist("OrganizationType", ("Developer Edition", "Enterprise Edition"), **_FIXED),
        flag("IsSandbox", **_FIXED),
        moment("TrialExpirationDate", **_FIXED),
        *audit(),
    )  # fmt: skip
    made.createable = made.deletable = False
    return made


def _record_type() -> ObjectDef:
    return _setup(
        "RecordType", "Record Type", "012",
        text("Name", 80, nillable=False, name_field=True, system=True),
        text("DeveloperName", 80, nillable=False, system=True),
        text("NamespacePrefix", 15, **_FIXED),
        area("Description", 255, system=True),
        picklist("SobjectType", ("Account", "Case", "Contact", "Opportunity"), nillable=False,
                 restricted=True, updateable=False, system=True),
        flag("IsActive", label="Active", system=True),
        *audit(),
    )  # fmt: skip


def _permissions() -> list[ObjectDef]:
    owner: dict[str, Any] = {"nillable": False, "updateable": False, "system": True}
    sets = _setup(
        "PermissionSet", "Permission Set", "0PS",
        text("Name", 80, nillable=False, name_field=True, system=True),
        text("Label", 80, nillable=False, system=True),
        area("Description", 255, system=True),
        flag("IsOwnedByProfile", **_FIXED),
        flag("IsCustom", **_FIXED),
        text("NamespacePrefix", 15, **_FIXED),
        flag("PermissionsApiEnabled", label="API Enabled", system=True),
        flag("PermissionsViewSetup", label="View Setup and Configuration", system=True),
        *audit(),
    )  # fmt: skip
    assignments = _setup(
        "PermissionSetAssignment", "Permission Set Assignment", "0Pa",
        ref("PermissionSetId", "PermissionSet", children="Assignments", cascade=True, **owner),
        ref("AssigneeId", "User", children="PermissionSetAssignments", cascade=True, **owner),
        flag("IsActive", **_FIXED),
        moment("SystemModstamp", nillable=False, **_FIXED),
    )  # fmt: skip
    fields = _setup(
        "FieldPermissions", "Field Permission", "01k",
        ref("ParentId", "PermissionSet", children="FieldPerms", cascade=True, **owner),
        picklist("SobjectType", (), nillable=False, updateable=False, system=True),
        picklist("Field", (), nillable=False, updateable=False, system=True),
        flag("PermissionsRead", label="Read Access", system=True),
        flag("PermissionsEdit", label="Edit Access", system=True),
        moment("SystemModstamp", nillable=False, **_FIXED),
    )  # fmt: skip
    over = _setup(
        "ObjectPermissions", "Object Permissions", "110",
        ref("ParentId", "PermissionSet", children="ObjectPerms", cascade=True, **owner),
        picklist("SobjectType", (), nillable=False, updateable=False, system=True),
        *(flag(f"Permissions{it}", system=True) for it in
          ("Create", "Read", "Edit", "Delete", "ViewAllRecords", "ModifyAllRecords")),
        moment("SystemModstamp", nillable=False, **_FIXED),
    )  # fmt: skip
    return [sets, assignments, fields, over]
