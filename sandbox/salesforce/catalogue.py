"""The org's fields and objects as records, for queries over metadata."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sandbox.salesforce import errors, metadata
from sandbox.salesforce.context import Call
from sandbox.salesforce.objects import ids
from sandbox.salesforce.objects.defs import FieldDef, ObjectDef, area, flag, record_id, ref, text, whole
from sandbox.salesforce.org import Org, Row, Settings


@dataclass(slots=True)
class Numbers:
    """The ids of custom fields, given as they are first asked for."""

    held: dict[tuple[str, str], str] = field(default_factory=dict)

    def of(self, name: str, field_name: str) -> str:
        """Return the id of a field."""
        return self.held.setdefault((name, field_name), ids.made("00N", len(self.held) + 1))

    def field(self, key: str) -> tuple[str, str]:
        """Return object and field of an id. Raises `Refusal`."""
        for named, held in self.held.items():
            if held == ids.id18(key):
                return named
        raise errors.not_found()


def numbers(call: Call) -> Numbers:
    """Return the ids of the org's custom fields."""
    held: Numbers = call.context.rooms.setdefault("field_numbers", Numbers())
    for name, one in _custom(call.context.org):
        held.of(name, one.name)
    return held


def _custom(org: Org) -> list[tuple[str, FieldDef]]:
    return [(it.name, one) for it in org.objects.values() for one in it.fields.values() if one.custom]


def catalogue(call: Call) -> Org:
    """Return an org whose records are the fields and objects of this one."""
    made = Org(call.context.clock, Settings(multi_currency=False), package=False)
    for one in _definitions():
        made.add_object(one)
    org, held = call.context.org, numbers(call)
    for at, owner in enumerate(org.objects.values(), start=1):
        entity = ids.made("4ie", at)
        made.put("EntityDefinition", _entity(owner, entity))
        for it in owner.fields.values():
            made.put("FieldDefinition", _shown(made, owner, it, entity))
            if it.custom:
                made.put("CustomField", _custom_row(owner, it, held.of(owner.name, it.name), entity))
    return made


def _entity(owner: ObjectDef, key: str) -> Row:
    return {
        "Id": key, "DurableId": owner.name, "QualifiedApiName": owner.name, "Label": owner.label,
        "DeveloperName": owner.name.removesuffix("__c"), "PluralLabel": owner.plural,
        "KeyPrefix": owner.prefix,
        "IsCustomizable": owner.triggerable, "IsQueryable": owner.queryable,
    }  # fmt: skip


def _shown(org: Org, owner: ObjectDef, it: FieldDef, entity: str) -> Row:
    return {
        "Id": org.new_id("4if"), "DurableId": f"{owner.name}.{it.name}", "QualifiedApiName": it.name,
        "DeveloperName": it.name.removesuffix("__c"), "Label": it.label, "MasterLabel": it.label,
        "DataType": metadata.kind_of(it), "ValueTypeId": it.type,
        "Length": it.length, "Precision": it.precision,
        "Scale": it.scale, "EntityDefinitionId": owner.name, "EntityKey": entity,
        "IsIndexed": it.external_id or it.unique or it.type in ("id", "reference"),
        "IsNillable": it.nillable,
    }  # fmt: skip


def _custom_row(owner: ObjectDef, it: FieldDef, key: str, entity: str) -> Row:
    return {
        "Id": key, "DeveloperName": it.name.removesuffix("__c"), "TableEnumOrId": owner.name,
        "EntityDefinitionId": owner.name, "EntityKey": entity, "FullName": f"{owner.name}.{it.name}",
        "InlineHelpText": it.help, "Length": it.length, "Precision": it.precision, "Scale": it.scale,
    }  # fmt: skip


def _definitions() -> list[ObjectDef]:
    """Return the objects of the catalogue."""

    def named(name: str, prefix: str, *fields: FieldDef) -> ObjectDef:
        made = ObjectDef(name, name, prefix, f"{name}s")
        made.add(record_id(name), *fields)
        return made

    def sized() -> list[FieldDef]:
        return [whole("Length"), whole("Precision"), whole("Scale")]

    entity: Any = ref("EntityKey", "EntityDefinition", relationship="EntityDefinition")
    common = [text("DurableId"), text("QualifiedApiName"), text("DeveloperName"), text("Label")]
    return [
        named("EntityDefinition", "4ie", *common, text("PluralLabel"), text("KeyPrefix"),
              flag("IsCustomizable"), flag("IsQueryable")),
        named("FieldDefinition", "4if", *common, text("MasterLabel"), text("DataType"), text("ValueTypeId"),
              text("EntityDefinitionId"), flag("IsIndexed"), flag("IsNillable"), *sized(), entity),
        named("CustomField", "00N", text("DeveloperName"), text("TableEnumOrId"), text("EntityDefinitionId"),
              text("FullName"), text("NamespacePrefix"), area("InlineHelpText", 510), *sized(), entity),
    ]  # fmt: skip
