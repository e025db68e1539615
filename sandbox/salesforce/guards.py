"""What an administrator set up against bad data: locks, unique fields, duplicate and validation rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.salesforce import errors
from sandbox.salesforce.changes import Transaction
from sandbox.salesforce.errors import Json, Refusal
from sandbox.salesforce.objects.defs import ObjectDef
from sandbox.salesforce.objects.ids import id15, id18
from sandbox.salesforce.org import Row


def check(tx: Transaction, definition: ObjectDef, row: Row | None, values: Mapping[str, Any]) -> None:
    """Refuse a write that a guard forbids; `row` is the record before it, None for a new one."""
    unlocked(tx, row, values)
    whole = {**(row or {}), **values}
    _triggers(tx, definition, whole)
    _validation(tx, definition, whole)
    unique(tx, definition, row, values)
    _duplicates(tx, definition, row, whole)


def unlocked(tx: Transaction, row: Row | None, values: Mapping[str, Any]) -> None:
    """Refuse to touch a locked record, or to hang one under a locked Account."""
    held = {id18(key) for key in tx.context.settings["locked"]}
    if not held:
        return
    touched = [row["Id"]] if row else []
    touched += [values[it] for it in ("AccountId", "ParentId") if values.get(it)]
    for key in touched:
        if key in held:
            raise errors.locked(key)


def _fires(tx: Transaction, definition: ObjectDef, rule: Mapping[str, Any], whole: Row) -> bool:
    """Tell whether every field that a rule names has the rule's value (None: is empty)."""
    if rule.get("object") != definition.name:
        return False
    return all(
        (tx.org.value(definition.name, whole, name) or None) == (wanted or None)
        for name, wanted in rule.get("when", {}).items()
        if definition.field(name) is not None
    )


def _validation(tx: Transaction, definition: ObjectDef, whole: Row) -> None:
    for rule in tx.context.settings["validation_rules"]:
        if _fires(tx, definition, rule, whole):
            fields = [rule["field"]] if rule.get("field") else []
            raise Refusal("FIELD_CUSTOM_VALIDATION_EXCEPTION", rule["message"], fields)


def _triggers(tx: Transaction, definition: ObjectDef, whole: Row) -> None:
    for rule in tx.context.settings["triggers"]:
        if _fires(tx, definition, rule, whole):
            name = rule.get("name", "CaseTrigger")
            raise Refusal(
                "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
                f"{name}: execution of BeforeUpdate\n\ncaused by: System.NullPointerException: "
                f"{rule['message']}\n\nTrigger.{name}: line 7, column 1",
                [],
            )


def unique(tx: Transaction, definition: ObjectDef, row: Row | None, values: Mapping[str, Any]) -> None:
    """Refuse a value that another live record has in a unique field."""
    for name, value in values.items():
        field = definition.field(name)
        if field is None or not field.unique or value is None:
            continue
        for other in tx.org.find(definition.name, name, value):
            if row is None or other["Id"] != row["Id"]:
                message = (
                    f"duplicate value found: {name} duplicates value on record with id: {id15(other['Id'])}"
                )
                raise Refusal("DUPLICATE_VALUE", message, [])


def _duplicates(tx: Transaction, definition: ObjectDef, row: Row | None, whole: Row) -> None:
    for rule in tx.context.settings["duplicate_rules"]:
        if rule.get("object") != definition.name or not _matches(tx, definition, rule, row, whole):
            continue
        if rule.get("action", "alert") == "block" or not tx.options.allow_duplicates:
            raise Refusal("DUPLICATES_DETECTED", "Use one of these records?", [])


def _matches(tx: Transaction, definition: ObjectDef, rule: Json, row: Row | None, whole: Row) -> bool:
    """Tell whether another live record has the same value in the rule's field."""
    field = rule.get("field", "Name")
    value = _folded(tx.org.value(definition.name, whole, field))
    own = row["Id"] if row else None
    return bool(value) and any(
        it["Id"] != own
        and not it.get("IsDeleted")
        and _folded(tx.org.value(definition.name, it, field)) == value
        for it in tx.org.rows[definition.name].values()
    )


def _folded(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value
