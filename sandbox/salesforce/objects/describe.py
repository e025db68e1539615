"""Describe: an object and its fields as a user sees them, in the shape of API 66.0."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.salesforce.objects.defs import Choice, FieldDef, ObjectDef, label_of

if TYPE_CHECKING:
    from sandbox.salesforce.org import Org

_SOAP = {
    "id": "tns:ID", "reference": "tns:ID", "boolean": "xsd:boolean", "date": "xsd:date", "int": "xsd:int",
    "datetime": "xsd:dateTime", "double": "xsd:double", "currency": "xsd:double", "percent": "xsd:double",
    "base64": "xsd:base64Binary", "address": "urn:address",
}  # fmt: skip
_MASTER = "012000000000000AAA"


def describe(org: Org, definition: ObjectDef, user: str, version: str = "66.0") -> dict[str, Any]:
    """Return the describe of an object; fields that the user may not see are absent."""
    base = f"/services/data/v{version}/sobjects/{definition.name}"
    access = org.access(user)
    fields = [
        _field(org, definition, it, editable=(definition.name, it.name) not in access.read_only)
        for it in org.visible(definition.name, user)
    ]
    return {
        "actionOverrides": [],
        "activateable": False,
        "associateEntityType": None,
        "associateParentEntity": None,
        "childRelationships": _children(org, definition),
        "compactLayoutable": definition.layoutable,
        **_writable(definition),
        "defaultImplementation": None,
        "extendedBy": None,
        "extendsInterfaces": None,
        "fields": fields,
        "implementedBy": None,
        "implementsInterfaces": None,
        "listviewable": None,
        "lookupLayoutable": None,
        "namedLayoutInfos": [],
        "networkScopeFieldName": None,
        "recordTypeInfos": _record_types(org, definition, base),
        "searchLayoutable": definition.layoutable,
        "sobjectDescribeOption": "FULL",
        "supportedScopes": [
            {"label": f"All {definition.plural.lower()}", "name": "everything"},
            {"label": f"My {definition.plural.lower()}", "name": "mine"},
        ],
        "urls": _urls(org, definition, base),
    }


def describe_global(org: Org, user: str, version: str = "66.0") -> dict[str, Any]:
    """Return the list of all objects, without their fields. Every user sees every object."""
    del user
    found = []
    for definition in sorted(org.objects.values(), key=lambda it: it.name):
        base = f"/services/data/v{version}/sobjects/{definition.name}"
        urls = {"rowTemplate": f"{base}/{{ID}}", "describe": f"{base}/describe", "sobject": base}
        found.append(
            {
                "activateable": False,
                "associateEntityType": None,
                "associateParentEntity": None,
                **_writable(definition),
                "urls": urls,
            }
        )
    return {"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": found}


def _writable(definition: ObjectDef) -> dict[str, Any]:
    """Return the keys that describe and the list of all objects share."""
    return {
        "createable": definition.createable,
        "custom": definition.custom,
        "customSetting": False,
        "deepCloneable": False,
        "deletable": definition.deletable,
        "deprecatedAndHidden": False,
        "feedEnabled": definition.feed,
        "hasSubtypes": False,
        "isInterface": False,
        "isSubtype": False,
        "keyPrefix": definition.prefix,
        "label": definition.label,
        "labelPlural": definition.plural or f"{definition.label}s",
        "layoutable": definition.layoutable,
        "mergeable": definition.mergeable,
        "mruEnabled": definition.layoutable,
        "name": definition.name,
        "queryable": definition.queryable,
        "replicateable": definition.replicateable,
        "retrieveable": definition.queryable,
        "searchable": definition.searchable,
        "triggerable": definition.triggerable,
        "undeletable": definition.undeletable,
        "updateable": definition.updateable,
    }


def _urls(org: Org, definition: ObjectDef, base: str) -> dict[str, str]:
    found = {
        "rowTemplate": f"{base}/{{ID}}",
        "describe": f"{base}/describe",
        "sobject": base,
    }
    if definition.layoutable:
        host = org.settings.instance_url
        found |= {
            "uiDetailTemplate": f"{host}/{{ID}}",
            "uiEditTemplate": f"{host}/{{ID}}/e",
            "uiNewRecord": f"{host}/{definition.prefix}/e",
            "quickActions": f"{base}/quickActions",
            "layouts": f"{base}/describe/layouts",
            "compactLayouts": f"{base}/describe/compactLayouts",
            "approvalLayouts": f"{base}/describe/approvalLayouts",
            "listviews": f"{base}/listviews",
            "defaultValues": f"{base}/defaultValues?recordTypeId&fields",
        }
    return found


def _children(org: Org, definition: ObjectDef) -> list[dict[str, Any]]:
    return [
        {
            "cascadeDelete": it.cascade,
            "childSObject": it.child,
            "deprecatedAndHidden": False,
            "field": it.field,
            "junctionIdListNames": [],
            "junctionReferenceTo": [],
            "relationshipName": it.name,
            "restrictedDelete": it.restrict_delete,
        }
        for it in org.children(definition.name)
    ]


def _record_types(org: Org, definition: ObjectDef, base: str) -> list[dict[str, Any]]:
    """Return the record types of an object; there is always the master."""
    own = [row for row in org.rows["RecordType"].values() if row.get("SobjectType") == definition.name]
    infos = [
        {
            "active": row.get("IsActive", True),
            "available": True,
            "defaultRecordTypeMapping": at == 0,
            "developerName": row["DeveloperName"],
            "master": False,
            "name": row["Name"],
            "recordTypeId": row["Id"],
            "urls": {"layout": f"{base}/describe/layouts/{row['Id']}"},
        }
        for at, row in enumerate(own)
    ]
    last = {
        "active": True,
        "available": True,
        "defaultRecordTypeMapping": not own,
        "developerName": "Master",
        "master": True,
        "name": "Master",
        "recordTypeId": _MASTER,
        "urls": {"layout": f"{base}/describe/layouts/{_MASTER}"},
    }
    return [*infos, last]


def _field(org: Org, definition: ObjectDef, it: FieldDef, *, editable: bool) -> dict[str, Any]:
    """Return the 57 keys of one field."""
    text_like = _SOAP.get(it.type) is None
    return {
        "aggregatable": it.aggregatable,
        "aiPredictionField": False,
        "autoNumber": it.auto_number,
        "byteLength": it.length if it.type in {"id", "reference"} else it.length * 3 if text_like else 0,
        "calculated": it.calculated,
        "calculatedFormula": None,
        "cascadeDelete": it.cascade and it.custom,
        "caseSensitive": it.case_sensitive,
        "compoundFieldName": it.compound,
        "controllerName": None,
        "createable": it.createable and editable,
        "custom": it.custom,
        "defaultValue": it.default,
        "defaultValueFormula": None,
        "defaultedOnCreate": it.defaulted,
        "dependentPicklist": False,
        "deprecatedAndHidden": False,
        "digits": 8 if it.type == "int" else 0,
        "displayLocationInDecimal": False,
        "encrypted": False,
        "externalId": it.external_id,
        "extraTypeInfo": it.extra,
        "filterable": it.filterable,
        "filteredLookupInfo": None,
        "formulaTreatNullNumberAsZero": False,
        "groupable": it.groupable,
        "highScaleNumber": False,
        "htmlFormatted": it.html,
        "idLookup": it.id_lookup,
        "inlineHelpText": it.help,
        "label": it.label or label_of(it.name),
        "length": it.length,
        "mask": None,
        "maskType": None,
        "name": it.name,
        "nameField": it.name_field,
        "namePointing": it.polymorphic,
        "nillable": it.nillable,
        "permissionable": not it.system,
        "picklistValues": _choices(org, definition, it),
        "polymorphicForeignKey": it.polymorphic,
        "precision": it.precision,
        "queryByDistance": it.type == "address",
        "referenceTargetField": None,
        "referenceTo": list(it.reference_to),
        "relationshipName": it.relationship,
        "relationshipOrder": None,
        "restrictedDelete": it.restrict_delete and it.custom,
        "restrictedPicklist": it.restricted,
        "scale": it.scale,
        "searchPrefilterable": _prefilterable(it),
        "soapType": _SOAP.get(it.type, "xsd:string"),
        "sortable": it.sortable,
        "type": it.type,
        "unique": it.unique,
        "updateable": it.updateable and editable,
        "writeRequiresMasterRead": False,
    }


def _prefilterable(it: FieldDef) -> bool:
    one = it.type == "reference" and not it.polymorphic
    return one and it.createable and it.updateable and it.nillable and it.reference_to != ("RecordType",)


def _choices(org: Org, definition: ObjectDef, it: FieldDef) -> list[dict[str, Any]]:
    choices = it.choices
    if (definition.name, it.name) == ("Case", "Status"):
        # The values live as CaseStatus records; an administrator may add one.
        rows = sorted(org.rows["CaseStatus"].values(), key=lambda row: row.get("SortOrder") or 0)
        choices = [Choice(row["ApiName"], row["MasterLabel"], default=row["IsDefault"]) for row in rows]
    return [
        {
            "active": choice.active,
            "defaultValue": choice.default,
            "label": choice.label or choice.value,
            "validFor": None,
            "value": choice.value,
        }
        for choice in choices
    ]
