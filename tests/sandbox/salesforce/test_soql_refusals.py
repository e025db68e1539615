"""What queries are refused with: the vendor's codes, its texts, and the place in the query."""

from __future__ import annotations

import pytest

from sandbox.clock import Clock
from sandbox.salesforce.org import Org
from sandbox.salesforce.soql_errors import InvalidField, InvalidType, Malformed, SoqlError
from sandbox.salesforce.soql_run import parse, run

COLUMN = (
    "If you are attempting to use a custom field, be sure to append the '__c' after the custom field name. "
    "Please reference your WSDL or the describe call for the appropriate names."
)


@pytest.fixture(scope="module")
def org() -> Org:
    made = Org(Clock(1_790_000_000))
    made.add("Case", {"Subject": "x"}, made.admin_id)
    return made


def refused(org: Org, text: str) -> SoqlError:
    """Return what a query is refused with."""
    with pytest.raises(SoqlError) as caught:
        run(org, parse(text), org.admin_id)
    return caught.value


def test_an_unknown_field(org: Org) -> None:
    """The message quotes the query, points at the field and names the entity."""
    error = refused(org, "SELECT Id, foo FROM Case")
    assert isinstance(error, InvalidField) and error.code == "INVALID_FIELD"
    assert error.message == (
        "\nSELECT Id, foo FROM Case\n           ^\nERROR at Row:1:Column:12\n"
        f"No such column 'foo' on entity 'Case'. {COLUMN}"
    )


def test_an_unknown_field_far_into_the_query(org: Org) -> None:
    """Of a long query only the neighbourhood is quoted, in whole words; rows are counted."""
    text = "SELECT Id, CaseNumber, Subject, Description, SuppliedEmail, foo, SuppliedName, Priority, Status\nFROM Case"
    lines = refused(org, text).message.split("\n")
    assert lines[1] == "Subject, Description, SuppliedEmail, foo, SuppliedName, Priority, Status"
    assert lines[2].index("^") == lines[1].index("foo")
    assert lines[3] == "ERROR at Row:1:Column:61"
    assert "ERROR at Row:3:Column:7" in refused(org, "SELECT Id\nFROM Case\nWHERE foo = 1").message


@pytest.mark.parametrize(
    "text",
    [
        "SELECT Support_Context__c FROM Case",
        "SELECT Id FROM Case WHERE Support_Score__c > 1",
        "SELECT Id FROM Case ORDER BY Support_Score__c",
        "SELECT COUNT(Support_Score__c) FROM Case",
        "SELECT Id, (SELECT Support_Score__c FROM Cases) FROM Account",
    ],
)
def test_a_hidden_field_is_an_unknown_one(text: str) -> None:
    """What field-level security hides from a user is refused in the words of a field that is not there."""
    org = Org(Clock(0))
    run(org, parse(text), org.admin_id)
    for name in ("Support_Context__c", "Support_Score__c"):
        org.access(org.admin_id).revoke("Case", name)
    error = refused(org, text)
    name = "Support_Context__c" if "Context" in text else "Support_Score__c"
    assert f"No such column '{name}' on entity 'Case'. {COLUMN}" in error.message
    assert error.code == "INVALID_FIELD"


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        ("SELECT Id FROM Nope", InvalidType, "sObject type 'Nope' is not supported."),
        ("SELECT Id FROM Name", InvalidType, "sObject type 'Name' is not supported."),
        ("SELECT Nope.Id FROM Case", InvalidField, "Didn't understand relationship 'Nope' in field path."),
        (
            "SELECT Id, (SELECT Id FROM Nopes) FROM Case",
            InvalidType,
            "Didn't understand relationship 'Nopes' in FROM part of query call.",
        ),
        ("SELECT Account.foo FROM Case", InvalidField, "No such column 'foo' on entity 'Account'."),
        ("SELECT Owner.foo FROM Case", InvalidField, "No such column 'foo' on entity 'Name'."),
        (
            "SELECT Id FROM Case WHERE Description = 'x'",
            InvalidField,
            "field 'Description' can not be filtered in a query call",
        ),
        (
            "SELECT Id FROM Case WHERE Hub_Copy__c != null",
            InvalidField,
            "field 'Hub_Copy__c' can not be filtered in a query call",
        ),
        (
            "SELECT Id FROM Case ORDER BY Description",
            Malformed,
            "field 'Description' can not be sorted in a query call",
        ),
        (
            "SELECT Id FROM Case ORDER BY Components__c",
            Malformed,
            "field 'Components__c' can not be sorted in a query call",
        ),
        (
            "SELECT Description, COUNT(Id) FROM Case GROUP BY Description",
            Malformed,
            "field 'Description' can not be grouped in a query call",
        ),
        (
            "SELECT Id FROM Case WHERE CreatedDate > '2026-01-01T00:00:00Z'",
            InvalidField,
            "value of filter criterion for field 'CreatedDate' must be of type dateTime and should not be "
            "enclosed in quotes",
        ),
        (
            "SELECT Id FROM Case WHERE CreatedDate > 2026-01-01",
            InvalidField,
            "value of filter criterion for field 'CreatedDate' must be of type dateTime",
        ),
        (
            "SELECT Id FROM Case WHERE Affected_Users__c = '3'",
            InvalidField,
            "must be of type double and should not be enclosed in quotes",
        ),
        (
            "SELECT Id FROM Case WHERE IsClosed = 'true'",
            InvalidField,
            "must be of type boolean and should not be enclosed in quotes",
        ),
        (
            "SELECT Id FROM Case WHERE Subject = 3",
            InvalidField,
            "must be of type string and should be enclosed in quotes",
        ),
        ("SELECT Id FROM Case WHERE BillingAddress = 'x'", InvalidField, "No such column 'BillingAddress'"),
        (
            "SELECT Id FROM Account WHERE BillingAddress = 'x'",
            InvalidField,
            "Address fields can only be filtered using Distance expressions",
        ),
        ("SELECT Id, Id FROM Case", InvalidField, "duplicate field selected: Id"),
        ("SELECT Id, FIELDS(ALL) FROM Case LIMIT 10", InvalidField, "duplicate field selected: Id"),
        (
            "SELECT FIELDS(ALL) FROM Case",
            Malformed,
            "The SOQL FIELDS function must have a LIMIT of at most 200",
        ),
        ("SELECT FIELDS(CUSTOM) FROM Case LIMIT 201", Malformed, "must have a LIMIT of at most 200"),
        ("SELECT Id an FROM Case", Malformed, "only aggregate expressions use field aliasing"),
        ("SELECT Status, COUNT(Id) FROM Case", Malformed, "Field must be grouped or aggregated: Status"),
        (
            "SELECT COUNT() FROM Case ORDER BY CreatedDate",
            Malformed,
            "Ordered by field must be grouped or aggregated: CreatedDate",
        ),
        (
            "SELECT COUNT(Id) FROM Case LIMIT 1",
            Malformed,
            "Non-grouped query that uses overall aggregate functions cannot also use LIMIT",
        ),
        ("SELECT SUM(Subject) FROM Case", InvalidField, "does not support aggregate operator SUM"),
        ("SELECT Id FROM Case OFFSET 2001", SoqlError, "Maximum SOQL offset allowed is 2000"),
        (
            "SELECT Id FROM ContentDocumentLink WHERE Visibility = 'AllUsers'",
            Malformed,
            "Implementation restriction: ContentDocumentLink requires a filter by a single Id on "
            "ContentDocumentId or LinkedEntityId using the equals operator or multiple Id's using the IN operator.",
        ),
        (
            "SELECT Id FROM Case WHERE Status = 'a' AND Type = 'b' OR Type = 'c'",
            Malformed,
            "unexpected token: OR",
        ),
        ("SELECT Id FROM Case WHERE Status = 'a' AND NOT Type = 'c'", Malformed, "unexpected token: NOT"),
        ("SELECT Id FROM Case WHERE Id = :id", Malformed, "Bind variables only allowed in Apex code"),
        ("SELECT Id FROM Case WHERE Subject = 'it's'", Malformed, "line 1:42 mismatched character '<EOF>'"),
        ("SELECT Id; FROM Case", Malformed, "line 1:9 no viable alternative at character ';'"),
        ("SELECT Id FROM Case LIMIT", Malformed, "unexpected token: <EOF>"),
        ("", Malformed, "unexpected token: <EOF>"),
        (
            "SELECT Id FROM Case WHERE Type = 'x' OR AccountId IN (SELECT Id FROM Account)",
            Malformed,
            "Semi join sub-selects are not allowed with the 'OR' operator",
        ),
        (
            "SELECT Id FROM Case WHERE Id IN (SELECT ParentId FROM Case)",
            Malformed,
            "The inner and outer selects should not be on the same object type",
        ),
        (
            "SELECT Id FROM Case WHERE AccountId IN "
            "(SELECT AccountId FROM Contact WHERE Id IN (SELECT ContactId FROM Opportunity))",
            Malformed,
            "Nesting of semi join sub-selects is not supported",
        ),
        (
            "SELECT Id FROM Case WHERE Id IN (SELECT ParentId FROM CaseComment) "
            "AND AccountId IN (SELECT Id FROM Account) AND ContactId IN (SELECT Id FROM Contact)",
            Malformed,
            "Maximum 2 semi join sub-selects are allowed",
        ),
        (
            "SELECT Id, (SELECT COUNT(Id) FROM CaseComments) FROM Case",
            Malformed,
            "only root queries support aggregate expressions",
        ),
    ],
)
def test_refusals(org: Org, text: str, kind: type[SoqlError], message: str) -> None:
    """Each wrong query has its own refusal."""
    error = refused(org, text)
    assert isinstance(error, kind)
    assert message in error.message


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ("Id = 'foo'", "invalid ID field: foo"),
        ("AccountId IN ('001000000000001', 'x y')", "invalid ID field: x y"),
        ("AccountId LIKE '001%'", "invalid operator"),
        ("Affected_Users__c LIKE '1%'", "invalid operator"),
        ("Subject INCLUDES ('x')", "includes operator only valid on multipicklist fields"),
    ],
)
def test_operators_that_a_field_does_not_know(org: Org, where: str, message: str) -> None:
    """A comparison that the field does not know has a code of its own."""
    error = refused(org, f"SELECT Id FROM Case WHERE {where}")
    assert error.code == "INVALID_QUERY_FILTER_OPERATOR"
    assert message in error.message


def test_codes(org: Org) -> None:
    """Each kind of refusal has the vendor's errorCode."""
    assert refused(org, "SELECT Id FROM Case OFFSET 2001").code == "NUMBER_OUTSIDE_VALID_RANGE"
    assert refused(org, "SELECT Id FROM Nope").code == "INVALID_TYPE"
    assert refused(org, "SELECT FROM Case").code == "MALFORMED_QUERY"


def test_lengths(org: Org) -> None:
    """A query has at most 100,000 characters, a text literal 4,000."""
    long = "SELECT Id FROM Case WHERE Subject = '" + "a" * 4_001 + "'"
    assert "too long" in refused(org, long).message
    assert run(org, parse(long.replace("a'", "'")), org.admin_id).ids == []
    ids = ",".join("'500000000000001'" for _ in range(6_000))
    error = refused(org, f"SELECT Id FROM Case WHERE Id IN ({ids})")
    assert error.message == "SOQL statements can not be longer than 100000 characters"


def test_levels(org: Org) -> None:
    """A path climbs five levels, no more; subqueries nest five deep, no more."""
    run(org, parse("SELECT Parent.Parent.Parent.Parent.Parent.Id FROM Case"), org.admin_id)
    assert "levels" in refused(org, "SELECT Parent.Parent.Parent.Parent.Parent.Parent.Id FROM Case").message
    nested = "SELECT Id FROM Cases"
    for _ in range(4):
        nested = f"SELECT Id, ({nested}) FROM Cases"
    run(org, parse(f"SELECT Id, ({nested}) FROM Account"), org.admin_id)
    assert "5 levels" in refused(org, f"SELECT Id, (SELECT Id, ({nested}) FROM Cases) FROM Account").message


def test_hostile_text_stays_text(org: Org) -> None:
    """A literal never ends before its quote does: what is escaped is data."""
    hostile = "x' OR Subject != '"
    escaped = hostile.replace("'", "\\'")
    assert run(org, parse(f"SELECT Id FROM Case WHERE Subject = '{escaped}'"), org.admin_id).ids == []
    for bad in ("'\\q'", "'unfinished", "'ends\\'"):
        assert refused(org, f"SELECT Id FROM Case WHERE Subject = {bad}").code == "MALFORMED_QUERY"
