"""One record at a time: what is kept, what is refused and in which words."""

from __future__ import annotations

import base64
import hashlib

import pytest

from tests.sandbox.salesforce.asking import DATA, Asker, asker


@pytest.fixture
def org() -> Asker:
    return asker()


class TestWriting:
    """Rows by id and by external id."""

    def test_a_row_comes_back(self, org: Asker) -> None:
        """What was written is read, with the stamp as Last-Modified."""
        key = org.create("Case", Subject="A", Affected_Users__c=12, Components__c="Web;Data", Go_Live_Date__c="2026-05-01",
                         SLA_Due__c="2026-05-01T09:25:37.123+02:00")  # fmt: skip
        reply = org("GET", f"sobjects/Case/{key[:15]}")
        body = reply.body
        assert body["attributes"] == {"type": "Case", "url": f"{DATA}/sobjects/Case/{key}"}
        assert (body["Affected_Users__c"], body["Components__c"]) == (12.0, "Web;Data")
        assert body["SLA_Due__c"] == "2026-05-01T07:25:37.000+0000"
        assert body["SystemModstamp"] == body["CreatedDate"] == "2026-01-06T09:00:00.000+0000"
        assert reply.header("last-modified") == "Tue, 06 Jan 2026 09:00:00 GMT"
        assert reply.header("etag") is None
        some = org.ok("GET", f"sobjects/Case/{key}", fields="Subject,Status")
        assert list(some) == ["attributes", "Subject", "Status", "Id"]

    def test_headers_and_pretty_print(self, org: Asker) -> None:
        """Bodies are compact, or indented as the org indents them."""
        reply = org("GET", "query", q="SELECT Name FROM Group WHERE Name = 'Support'")
        assert reply.header("sforce-limit-info") == "api-usage=1/115000"
        assert reply.header("content-type") == "application/json;charset=UTF-8"
        assert reply.text.startswith('{"totalSize":1,"done":true,"records":[{"attributes":{"type":"Group"')
        pretty = org(
            "GET", "query", q="SELECT Name FROM Group WHERE Name = 'Support'", headers={"X-PrettyPrint": "1"}
        )
        assert pretty.text.startswith(
            '{\n  "totalSize" : 1,\n  "done" : true,\n  "records" : [ {\n    "attributes" : {'
        )
        assert pretty.body == reply.body

    def test_upsert(self, org: Asker) -> None:
        """An external id names a record, and makes one that is not there."""
        where = "sobjects/Case/Support_Hub_Key__c/zendesk%2F7"
        assert org("PATCH", where, {"Subject": "A"}, updateOnly="true").status == 404
        made = org("PATCH", where, {"Subject": "A"})
        assert (made.status, made.body["created"]) == (201, True)
        again = org("PATCH", where, {"Subject": "B"})
        assert (again.status, again.body) == (200, {**made.body, "created": False})
        assert org("PATCH", f"/services/data/v45.0/{where}", {"Subject": "C"}).status == 204
        assert org.ok("GET", where)["Support_Hub_Key__c"] == "zendesk/7"
        assert org.refused("PATCH", where, {"Support_Hub_Key__c": "x"})[1] == "INVALID_FIELD"
        assert org.refused("PATCH", "sobjects/Case/Subject/x", {})[:2] == (404, "NOT_FOUND")

    def test_an_ambiguous_key(self, org: Asker) -> None:
        """A key of several records answers with where they are."""
        keys = [org.create("Contact", LastName=name, Email="a@b.example") for name in ("A", "B")]
        reply = org("PATCH", "sobjects/Contact/Email/a@b.example", {"LastName": "C"})
        assert (reply.status, reply.body) == (300, [f"{DATA}/sobjects/Contact/{key}" for key in keys])

    def test_conditions(self, org: Asker) -> None:
        """A write can be bound to what was seen; entity tags are for Accounts."""
        key = org.create("Case", Subject="A")
        seen = {"If-Unmodified-Since": org("GET", f"sobjects/Case/{key}").header("last-modified") or ""}
        assert org("PATCH", f"sobjects/Case/{key}", {"Subject": "B"}, headers=seen).status == 204
        org.clock.advance(1)
        assert org("PATCH", f"sobjects/Case/{key}", {"Subject": "C"}, headers=seen).status == 204
        assert org("PATCH", f"sobjects/Case/{key}", {"Subject": "D"}, headers=seen).status == 412
        assert (
            org(
                "GET", f"sobjects/Case/{key}", headers={"If-Modified-Since": "Tue, 06 Jan 2026 09:00:01 GMT"}
            ).status
            == 304
        )
        account = org.create("Account", Name="Acme")
        tag = org("GET", f"sobjects/Account/{account}").header("etag") or ""
        org.clock.advance(1)
        assert (
            org("PATCH", f"sobjects/Account/{account}", {"Name": "B"}, headers={"If-Match": tag}).status
            == 204
        )
        assert (
            org("PATCH", f"sobjects/Account/{account}", {"Name": "C"}, headers={"If-Match": tag}).status
            == 412
        )

    def test_a_write_stamps_even_if_nothing_differs(self, org: Asker) -> None:
        """The stamp moves with every write, and says who wrote."""
        key = org.create("Case", Subject="A")
        org.clock.advance(5)
        org.ok("PATCH", f"sobjects/Case/{key}", {"Subject": "A"})
        row = org.read("Case", key)
        assert row["SystemModstamp"] == "2026-01-06T09:00:05.000+0000"
        assert row["LastModifiedById"] == org.line["user_id"]

    def test_deletion(self, org: Asker) -> None:
        """What is deleted is in the bin, and its id is known there."""
        key = org.create("Case", Subject="A")
        assert org("DELETE", f"sobjects/Case/{key}").status == 204
        assert org.refused("GET", f"sobjects/Case/{key}")[:2] == (404, "ENTITY_IS_DELETED")
        assert org.query("SELECT Id FROM Case") == []
        [gone] = org.query("SELECT Id, IsDeleted FROM Case", deleted=True)
        assert (gone["Id"], gone["IsDeleted"]) == (key, True)
        assert org.refused("GET", "sobjects/Case/500000000000000AAA")[:2] == (404, "NOT_FOUND")
        assert org.refused("GET", "sobjects/Case/nonsense")[2].endswith("not accessible: nonsense")


class TestRules:
    """What the org fills in, and what it refuses."""

    @pytest.mark.parametrize(
        ("name", "fields", "told"),
        [
            ("Contact", {}, (400, "REQUIRED_FIELD_MISSING", "Required fields are missing: [LastName]")),
            ("Case", {"Nope": 1}, (400, "INVALID_FIELD", "No such column 'Nope' on sobject of type Case")),
            ("Case", {"SuppliedName": "x" * 81}, (400, "STRING_TOO_LONG", f"Name: data value too large: {'x' * 81} (max length=80)")),
            ("Case", {"Severity__c": "S9"}, (400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "Severity: bad value for restricted picklist field: S9")),
            ("Case", {"AccountId": "003000000000001AAA"}, (400, "MALFORMED_ID", "Account ID: id value of incorrect type: 003000000000001AAA")),
            ("Case", {"AccountId": "001000000000001AAA"}, (400, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")),
            ("Case", {"Affected_Users__c": 1e10}, (400, "NUMBER_OUTSIDE_VALID_RANGE", "Affected Users: value outside of valid range on numeric field: 10000000000.0")),
            ("Contact", {"LastName": "A", "Email": "no"}, (400, "INVALID_EMAIL_ADDRESS", "Email: invalid email address: no")),
        ],
    )  # fmt: skip
    def test_refusals(
        self, org: Asker, name: str, fields: dict[str, object], told: tuple[int, str, str]
    ) -> None:
        """Bad data are refused in the org's words, and nothing is made."""
        assert org.refused("POST", f"sobjects/{name}", fields) == told
        assert org.query(f"SELECT Id FROM {name}") == []

    def test_read_only_and_hidden(self, org: Asker) -> None:
        """Fields that the caller may not write, or not see, are told apart."""
        status, code, message = org.refused("POST", "sobjects/Case", {"CaseNumber": "1", "IsClosed": True})
        assert (status, code) == (400, "INVALID_FIELD_FOR_INSERT_UPDATE")
        assert message.startswith("Unable to create/update fields: CaseNumber, IsClosed. Please check")
        hidden = {"object": "Case", "field": "Severity__c", "user": "hub@sales.example"}
        org.salesforce.person("permit", access="read", **hidden)
        assert (
            org.refused("POST", "sobjects/Case", {"Severity__c": "S1"})[1]
            == "INVALID_FIELD_FOR_INSERT_UPDATE"
        )
        org.salesforce.person("permit", access="none", **hidden)
        assert org.refused("POST", "sobjects/Case", {"Severity__c": "S1"})[1] == "INVALID_FIELD"
        assert org.refused("GET", "query", q="SELECT Severity__c FROM Case")[1] == "INVALID_FIELD"
        assert "Severity__c" not in {it["name"] for it in org.ok("GET", "sobjects/Case/describe")["fields"]}

    def test_unique(self, org: Asker) -> None:
        """A second record of one key is refused, naming the first by 15 characters."""
        key = org.create("Case", Support_Hub_Key__c="k")
        told = org.refused("POST", "sobjects/Case", {"Support_Hub_Key__c": "k"})
        message = f"duplicate value found: Support_Hub_Key__c duplicates value on record with id: {key[:15]}"
        assert told == (400, "DUPLICATE_VALUE", message)
        org.create("Case", Support_Hub_Key__c="K")

    def test_a_case_and_its_contact(self, org: Asker) -> None:
        """A Case takes the Account of its Contact, and is assigned unless that is switched off."""
        account = org.create("Account", Name="Acme")
        contact = org.create("Contact", LastName="A", AccountId=account)
        made = org.ok("POST", "sobjects/Case", {"ContactId": contact})["id"]
        row = org.query(f"SELECT AccountId, Owner.Name, Status, Priority FROM Case WHERE Id = '{made}'")[0]
        assert (row["AccountId"], row["Owner"]["Name"]) == (account, "Support")
        assert (row["Status"], row["Priority"]) == ("New", "Medium")
        kept = org.create("Case", ContactId=contact)
        assert org.read("Case", kept)["OwnerId"] == org.line["user_id"]
        told = org.refused("DELETE", f"sobjects/Account/{account}")
        assert told[1] == "DELETE_FAILED" and "following cases.: 00001001, 00001002" in told[2]

    def test_closing(self, org: Asker) -> None:
        """Closing dates a Case, opening it again takes the date away."""
        key = org.create("Case", Status="Closed", Comments="said aside")
        assert org.read("Case", key)["ClosedDate"] == "2026-01-06T09:00:00.000+0000"
        assert org.read("Case", key)["IsClosed"]
        org.ok("PATCH", f"sobjects/Case/{key}", {"Status": "Working"})
        assert org.read("Case", key)["ClosedDate"] is None
        [comment] = org.query("SELECT CommentBody, IsPublished FROM CaseComment")
        assert (comment["CommentBody"], comment["IsPublished"]) == ("said aside", False)

    def test_text_is_trimmed_and_blank_is_null(self, org: Asker) -> None:
        """The org keeps no blanks around a text, and no empty text."""
        row = org.read(
            "Case", org.create("Case", Subject="  A  ", Description="line\nline\n", Engineer__c="")
        )
        assert (row["Subject"], row["Description"], row["Engineer__c"]) == ("A", "line\nline", None)

    def test_what_administrators_set_up(self, org: Asker) -> None:
        """Validation rules, triggers, locks and duplicate rules refuse, each in its own way."""
        settings = org.salesforce.settings
        account = org.create("Account", Name="Acme")
        settings["validation_rules"] = [{"object": "Case", "when": {"Status": "Closed", "Reason": None},
                                         "message": "Give a reason", "field": "Reason"}]  # fmt: skip
        told = org.refused("POST", "sobjects/Case", {"Status": "Closed"})
        assert told == (400, "FIELD_CUSTOM_VALIDATION_EXCEPTION", "Give a reason")
        settings["triggers"] = [{"object": "Case", "when": {"Origin": "Web"}, "message": "oh no"}]
        assert (
            org.refused("POST", "sobjects/Case", {"Origin": "Web"})[1]
            == "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"
        )
        settings["locked"] = [account[:15]]
        told = org.refused("POST", "sobjects/Case", {"AccountId": account})
        assert told[1] == "UNABLE_TO_LOCK_ROW" and told[2].endswith(f"1 records: {account}")
        settings["locked"] = []
        settings["duplicate_rules"] = [{"object": "Account", "field": "Name", "action": "alert"}]
        assert org.refused("POST", "sobjects/Account", {"Name": "ACME"})[1] == "DUPLICATES_DETECTED"
        allowed = {"Sforce-Duplicate-Rule-Header": "allowSave=true; includeRecordDetails=true"}
        assert org("POST", "sobjects/Account", {"Name": "ACME"}, headers=allowed).status == 201
        settings["duplicate_rules"] = [{"object": "Account", "field": "Name", "action": "block"}]
        assert org("POST", "sobjects/Account", {"Name": "ACME"}, headers=allowed).status == 400


class TestFiles:
    """A file is a version of a document, linked to what shows it."""

    def test_as_json(self, org: Asker) -> None:
        """A file in base64 is kept byte for byte."""
        case, data = org.create("Case", Subject="A"), bytes(range(256))
        key = org.create("ContentVersion", Title="log", PathOnClient="a.log", FirstPublishLocationId=case,
                         VersionData=base64.b64encode(data).decode())  # fmt: skip
        row = org.read("ContentVersion", key)
        assert (row["ContentSize"], row["FileExtension"], row["IsLatest"]) == (256, "log", True)
        assert row["Checksum"] == hashlib.md5(data, usedforsecurity=False).hexdigest()
        assert org("GET", row["VersionData"]).response.body == data
        links = org.query(
            f"SELECT ContentDocumentId, ShareType FROM ContentDocumentLink WHERE LinkedEntityId = '{case}'"
        )
        assert [(it["ContentDocumentId"], it["ShareType"]) for it in links] == [
            (row["ContentDocumentId"], "V")
        ]

    def test_as_multipart(self, org: Asker) -> None:
        """A file in a form of parts, and a second version of it."""
        first = org.ok("POST", "sobjects/ContentVersion", **_parts('{"PathOnClient": "a.txt"}', b"one"))["id"]
        document = org.read("ContentVersion", first)["ContentDocumentId"]
        again = f'{{"PathOnClient": "a.txt", "ContentDocumentId": "{document}"}}'
        second = org.ok("POST", "sobjects/ContentVersion", **_parts(again, b"second"))["id"]
        assert org("GET", f"sobjects/ContentVersion/{second}/VersionData").response.body == b"second"
        assert [org.read("ContentVersion", it)["IsLatest"] for it in (first, second)] == [False, True]
        assert org.read("ContentDocument", document)["ContentSize"] == 6


def _parts(entity: str, data: bytes) -> dict[str, object]:
    body = (
        b'--x\r\nContent-Disposition: form-data; name="entity_content";\r\nContent-Type: application/json\r\n\r\n'
        + entity.encode()
        + b'\r\n--x\r\nContent-Disposition: form-data; name="VersionData"; filename="a.txt"\r\n'
        b"Content-Type: application/octet-stream\r\n\r\n" + data + b"\r\n--x--\r\n"
    )
    return {"raw": body, "headers": {"content-type": "multipart/form-data; boundary=x"}}


def test_limits(org: Asker) -> None:
    """The day's calls run out, and come back a day later."""
    org.salesforce.settings["daily_limit"] = 3
    assert org.ok("GET", "limits")["DailyApiRequests"] == {"Max": 3, "Remaining": 2}
    org("POST", "composite/batch", {"batchRequests": [{"method": "GET", "url": "v66.0/limits"}]})
    told = org.refused("GET", "limits")
    assert told == (403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
    org.clock.advance(86_460)
    org.salesforce.context.sessions.start(org.line["user_id"])
    reply = org("GET", "limits")
    assert reply.header("sforce-limit-info") == "api-usage=1/3"
    assert len(reply.body) == 71
    long = org("GET", "query", q="SELECT Id FROM Case WHERE Subject = '" + "x" * 16_400 + "'")
    assert (long.status, long.header("content-type")) == (414, "text/html; charset=utf-8")
    assert org("GET", "limits", headers={"x-long": "y" * 16_400}).status == 431
    org.salesforce.settings["too_many_at_once"] = True
    assert org.refused("GET", "limits")[2] == "ConcurrentPerOrgLongTxn Limit exceeded."
