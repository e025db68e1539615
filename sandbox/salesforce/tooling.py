"""
The Tooling API, as far as fields go: make, read, change and delete custom fields, and query them.

A field made here is invisible to everyone until a permission set grants it.
"""

from __future__ import annotations

from sandbox.salesforce import errors, metadata, queries
from sandbox.salesforce.catalogue import catalogue, numbers
from sandbox.salesforce.context import Call
from sandbox.salesforce.errors import Json, Refusal
from sandbox.salesforce.objects import ids
from sandbox.salesforce.objects.defs import ObjectDef
from sandbox.salesforce.soql_parser import parse
from sandbox.salesforce.soql_run import run
from sandbox.salesforce.wire import Answer


def _object(call: Call, name: str) -> ObjectDef:
    found = call.context.org.object(name)
    if found is None:
        raise Refusal("INVALID_CROSS_REFERENCE_KEY", f"Entity {name} is not in the org", [])
    return found


def create(call: Call) -> Answer:
    """Make a custom field that nobody sees yet."""
    body = call.object()
    object_name, name = metadata.named(body.get("FullName"))
    owner = _object(call, object_name)
    if owner.field(name) is not None:
        developer = name.removesuffix("__c")
        raise Refusal(
            "DUPLICATE_DEVELOPER_NAME", f"There is already a field named {developer} on {owner.label}.", []
        )
    made = metadata.definition(call.context.org, name, body.get("Metadata"))
    call.context.org.add_field(owner.name, made, visible=False)
    key = numbers(call).of(owner.name, name)
    told = {"id": key, "success": True, "errors": [], "warnings": [], "infos": []}
    return Answer(201, told, [("Location", f"{call.root}/tooling/sobjects/CustomField/{key}")])


def read(call: Call, key: str) -> Answer:
    """Return a custom field with its metadata."""
    object_name, name = numbers(call).field(key)
    found = _object(call, object_name).field(name)
    if found is None:
        raise errors.not_found()
    return Answer(200, {
        "attributes": {"type": "CustomField", "url": f"{call.root}/tooling/sobjects/CustomField/{key}"},
        "Id": ids.id18(key), "TableEnumOrId": object_name, "DeveloperName": name.removesuffix("__c"),
        "FullName": f"{object_name}.{name}", "Metadata": metadata.told(found), "NamespacePrefix": None,
    })  # fmt: skip


def change(call: Call, key: str) -> Answer:
    """Change a custom field's metadata; its type stays."""
    object_name, name = numbers(call).field(key)
    owner, org = _object(call, object_name), call.context.org
    held = owner.field(name)
    made = metadata.definition(org, name, call.object().get("Metadata"))
    if held is None or made.type != held.type:
        raise Refusal("FIELD_INTEGRITY_EXCEPTION", "Cannot change the type of a field here", [])
    org.add_field(owner.name, made)
    return Answer.empty(204)


def delete(call: Call, key: str) -> Answer:
    """Delete a custom field with its values."""
    object_name, name = numbers(call).field(key)
    org, owner = call.context.org, _object(call, object_name)
    owner.fields.pop(name.lower(), None)
    del call.context.rooms["field_numbers"].held[object_name, name]
    for row in org.rows[object_name].values():
        row.pop(name, None)
    org.tables[object_name].reindex()
    org.metadata_stamp = org.stamp()
    return Answer.empty(204)


def query(call: Call) -> Answer:
    """Answer a query over the org's metadata."""
    query = parse(call.request.arg("q"))
    result = run(catalogue(call), query, call.user, version=call.version.removeprefix("v"))
    body = queries.page_of(call, result, 0, result.rows, None)
    return Answer(
        200, {**body, "size": result.total, "queryLocator": None, "entityTypeName": query.source.text}
    )


def about(call: Call) -> Answer:
    """Return what the Tooling API serves here."""
    shown: Json = {"sobjects": f"{call.root}/tooling/sobjects", "query": f"{call.root}/tooling/query"}
    return Answer(200, shown)
