"""Fields made by API, the rights that show them, and what the metadata tell."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.salesforce.asking import Asker, asker

TEXT = {
    "label": "Ticket",
    "type": "Text",
    "length": 64,
    "externalId": True,
    "unique": True,
    "caseSensitive": True,
}


@pytest.fixture
def org() -> Asker:
    return asker()


def make(org: Asker, name: str = "Case.Ticket__c", **metadata: Any) -> Any:
    return org.ok(
        "POST", "tooling/sobjects/CustomField", {"FullName": name, "Metadata": {**TEXT, **metadata}}
    )


def test_a_new_field_is_invisible_until_granted(org: Asker) -> None:
    """A field is there for nobody before a permission set of theirs grants it."""
    key = make(org)["id"]
    assert org.refused("GET", "query", q="SELECT Ticket__c FROM Case")[1] == "INVALID_FIELD"
    assert org.refused("POST", "sobjects/Case", {"Ticket__c": "a"})[1] == "INVALID_FIELD"
    held = org.create("PermissionSet", Name="Hub", Label="Hub")
    org.create("PermissionSetAssignment", PermissionSetId=held, AssigneeId=org.line["user_id"])
    rule = org.create("FieldPermissions", ParentId=held, SobjectType="Case", Field="Case.Ticket__c",
                      PermissionsRead=True, PermissionsEdit=True)  # fmt: skip
    org.create("Case", Ticket__c="a")
    assert org.query("SELECT Ticket__c FROM Case")[0]["Ticket__c"] == "a"
    [found] = org.query(f"SELECT Field, PermissionsEdit FROM FieldPermissions WHERE ParentId = '{held}'")
    assert (found["Field"], found["PermissionsEdit"]) == ("Case.Ticket__c", True)
    org.ok("DELETE", f"sobjects/FieldPermissions/{rule}")
    assert org.refused("GET", "query", q="SELECT Ticket__c FROM Case")[1] == "INVALID_FIELD"
    org.ok("DELETE", f"tooling/sobjects/CustomField/{key}")
    told = org.refused("POST", "sobjects/FieldPermissions", {"ParentId": held, "SobjectType": "Case",
                       "Field": "Case.Ticket__c", "PermissionsRead": True})  # fmt: skip
    assert told[1] == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"


def test_an_assignment_brings_what_the_set_grants(org: Asker) -> None:
    """Whoever is given a set sees what it grants from then on."""
    make(org)
    held = org.create("PermissionSet", Name="Hub", Label="Hub")
    org.create(
        "FieldPermissions", ParentId=held, SobjectType="Case", Field="Case.Ticket__c", PermissionsRead=True
    )
    assert "Ticket__c" not in org.ok("GET", "sobjects/Case/describe")["fields"][-1]["name"]
    org.create("PermissionSetAssignment", PermissionSetId=held, AssigneeId=org.line["user_id"])
    field = next(it for it in org.ok("GET", "sobjects/Case/describe")["fields"] if it["name"] == "Ticket__c")
    assert (field["externalId"], field["updateable"], field["length"]) == (True, False, 64)


@pytest.mark.parametrize(
    "metadata",
    [
        {"type": "LongTextArea", "length": 32_768, "visibleLines": 3, "externalId": False, "unique": False},
        {"type": "Checkbox", "defaultValue": "false", "externalId": False, "unique": False},
        {"type": "Number", "precision": 9, "scale": 2},
        {"type": "Picklist", "externalId": False, "unique": False, "valueSet": {
            "restricted": True, "valueSetDefinition": {"sorted": False, "value": [
                {"fullName": "a", "label": "A", "default": False}]}}},
        {"type": "Lookup", "referenceTo": "User", "relationshipName": "Cases_of", "externalId": False, "unique": False},
    ],
    ids=lambda it: it["type"],
)  # fmt: skip
def test_types_of_fields(org: Asker, metadata: dict[str, Any]) -> None:
    """What a field was made of is told of it."""
    key = make(org, **metadata)["id"]
    told = org.ok("GET", f"tooling/sobjects/CustomField/{key}")
    assert told["FullName"] == "Case.Ticket__c"
    for name, value in metadata.items():
        if name not in ("valueSet", "visibleLines"):
            assert told["Metadata"][name] == value


@pytest.mark.parametrize(
    ("name", "metadata", "code"),
    [
        ("Case.Ticket", {}, "FIELD_INTEGRITY_EXCEPTION"),
        ("Case.Severity__c", {}, "DUPLICATE_DEVELOPER_NAME"),
        ("Nope__c.Ticket__c", {}, "INVALID_CROSS_REFERENCE_KEY"),
        ("Case.Ticket__c", {"length": 256}, "FIELD_INTEGRITY_EXCEPTION"),
        ("Case.Ticket__c", {"type": "Nope"}, "FIELD_INTEGRITY_EXCEPTION"),
        ("Case.Ticket__c", {"label": ""}, "REQUIRED_FIELD_MISSING"),
        ("Case.Ticket__c", {"type": "LongTextArea", "length": 100}, "FIELD_INTEGRITY_EXCEPTION"),
        ("Case.Ticket__c", {"type": "Checkbox", "externalId": False}, "FIELD_INTEGRITY_EXCEPTION"),
    ],
)
def test_fields_that_cannot_be(org: Asker, name: str, metadata: dict[str, Any], code: str) -> None:
    """Bad metadata are refused and make nothing."""
    body = {"FullName": name, "Metadata": {**TEXT, **metadata}}
    assert org.refused("POST", "tooling/sobjects/CustomField", body)[:2] == (400, code)


def test_metadata_queries(org: Asker) -> None:
    """Fields are found by the Tooling API's query, and field definitions by either."""
    found = org.ok("GET", "tooling/query", q="SELECT Id, DeveloperName, TableEnumOrId FROM CustomField WHERE "
                   "TableEnumOrId = 'Case' AND DeveloperName IN ('Severity', 'Nope')")  # fmt: skip
    assert [(it["DeveloperName"], it["TableEnumOrId"]) for it in found["records"]] == [("Severity", "Case")]
    assert (
        org.ok("GET", f"tooling/sobjects/CustomField/{found['records'][0]['Id']}")["Metadata"]["type"]
        == "Picklist"
    )
    where = "EntityDefinition.QualifiedApiName = 'Account' AND QualifiedApiName LIKE '%Tier%'"
    query = f"SELECT QualifiedApiName, DataType FROM FieldDefinition WHERE {where}"
    for where in ("query", "tooling/query"):
        assert [it["QualifiedApiName"] for it in org.ok("GET", where, q=query)["records"]] == ["Tier__c"]


def test_describes_can_be_kept(org: Asker) -> None:
    """A describe is not sent again until the metadata change."""
    org.clock.advance(100)
    for where in ("sobjects", "sobjects/Case/describe"):
        first = org("GET", where)
        since = {"If-Modified-Since": first.header("last-modified") or ""}
        assert org("GET", where, headers=since).status == 304
        assert org("GET", where, headers={"If-None-Match": first.header("etag") or ""}).status == 304
    make(org)
    assert org("GET", "sobjects", headers=since).status == 200


def test_picklists_of_a_record_type(org: Asker) -> None:
    """The UI API tells the values of picklists."""
    told = org.ok("GET", "ui-api/object-info/Case/picklist-values/012000000000000AAA")["picklistFieldValues"]
    assert [it["value"] for it in told["Severity__c"]["values"]] == ["S1", "S2", "S3", "S4"]
    assert told["Priority"]["defaultValue"]["value"] == "Medium"
    one = org.ok("GET", "ui-api/object-info/Case/picklist-values/012000000000000AAA/Severity__c")
    assert one["url"].endswith("/picklist-values/012000000000000AAA/Severity__c")


def test_search(org: Asker) -> None:
    """Words are found in names and addresses."""
    key = org.create("Contact", LastName="Müller", Email="m@acme.example")
    found = org.ok("GET", "search", q="FIND {m@acme.example} IN EMAIL FIELDS RETURNING Contact(Id, LastName)")
    assert [(it["Id"], it["LastName"]) for it in found["searchRecords"]] == [(key, "Müller")]
    asked = {"q": "Müller", "sobjects": [{"name": "Contact", "fields": ["Id"]}]}
    assert len(org.ok("POST", "parameterizedSearch", asked)["searchRecords"]) == 1
    assert org.refused("GET", "search", q="FIND x")[1] == "MALFORMED_SEARCH"
