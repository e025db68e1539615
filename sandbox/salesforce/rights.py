"""Permission sets: who holds them, and what their field permissions let those people see."""

from __future__ import annotations

from typing import Any

from sandbox.salesforce.changes import Transaction
from sandbox.salesforce.context import Change
from sandbox.salesforce.errors import Refusal
from sandbox.salesforce.org import Org, Row

_GRANTING = ("FieldPermissions", "PermissionSetAssignment")


def before_grant(tx: Transaction, values: dict[str, Any]) -> None:
    """Refuse a permission for a field that is not there, or that the set has already."""
    name, _, field = str(values.get("Field") or "").partition(".")
    definition = tx.org.object(name)
    known = definition.field(field) if definition else None
    if known is None or known.system:
        raise Refusal(
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
            f"Field Name: bad value for restricted picklist field: {values.get('Field')}",
            ["Field"],
        )
    if values.get("PermissionsEdit") and not values.get("PermissionsRead"):
        raise Refusal("FIELD_INTEGRITY_EXCEPTION", "Permission Edit requires permission Read", [])
    for held in _permissions(tx.org, values["ParentId"]):
        if held.get("Field") == values["Field"]:
            message = (
                f"duplicate value found: <unknown> duplicates value on record with id: {held['Id'][:15]}"
            )
            raise Refusal("DUPLICATE_VALUE", message, [])


def before_assignment(tx: Transaction, values: dict[str, Any]) -> None:
    """Refuse to assign a set twice to one user."""
    values["IsActive"] = True
    for held in tx.org.find("PermissionSetAssignment", "PermissionSetId", values["PermissionSetId"]):
        if held.get("AssigneeId") == values["AssigneeId"]:
            message = "duplicate value found: PermissionSetId duplicates value on record with id: "
            raise Refusal("DUPLICATE_VALUE", message + held["Id"][:15], [])


def happened(org: Org, change: Change) -> None:
    """Let people see what a permission, or a set that they now hold, lets them see."""
    row = org.row(change.object, change.key) if change.object in _GRANTING else None
    if row is None:
        return
    if change.object == "FieldPermissions":
        for user in _holders(org, row["ParentId"]):
            _let(org, user, row)
        return
    for permission in _permissions(org, row["PermissionSetId"]):
        _let(org, row["AssigneeId"], permission)


def withdrawn(tx: Transaction, name: str, row: Row) -> None:
    """Take back what a permission, or a whole set, let its holders see and no other set does."""
    org = tx.org
    if name == "FieldPermissions":
        holders, lost = _holders(org, row["ParentId"]), [row]
    else:
        holders, lost = [row["AssigneeId"]], _permissions(org, row["PermissionSetId"])
    gone = row.get("ParentId") or row.get("PermissionSetId")
    for user in holders:
        others = [it for it in _sets(org, user) if it != gone]
        kept = {it["Field"] for other in others for it in _permissions(org, other)}
        for permission in lost:
            if permission["Field"] not in kept:
                object_name, _, field = permission["Field"].partition(".")
                org.access(user).revoke(object_name, field)


def _let(org: Org, user: str, permission: Row) -> None:
    name, _, field = permission["Field"].partition(".")
    if permission.get("PermissionsRead"):
        org.grant(user, name, field, edit=bool(permission.get("PermissionsEdit")))


def _permissions(org: Org, held_by: str) -> list[Row]:
    return org.find("FieldPermissions", "ParentId", held_by)


def _holders(org: Org, permission_set: str) -> list[str]:
    found = org.find("PermissionSetAssignment", "PermissionSetId", permission_set)
    return [row["AssigneeId"] for row in found]


def _sets(org: Org, user: str) -> list[str]:
    found = org.find("PermissionSetAssignment", "AssigneeId", user)
    return [row["PermissionSetId"] for row in found]
