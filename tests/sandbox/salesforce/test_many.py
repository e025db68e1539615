"""Many records in one call: collections, composite, batch, tree, and bulk jobs."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from tests.sandbox.salesforce.asking import DATA, Asker, asker


@pytest.fixture
def org() -> Asker:
    return asker()


def case(**fields: Any) -> dict[str, Any]:
    return {"attributes": {"type": "Case"}, **fields}


class TestCollections:
    """Two hundred records, each with its own outcome."""

    def test_each_for_itself(self, org: Asker) -> None:
        """A bad row does not stop the others, and the answer is 200."""
        body = {"records": [case(Subject="a"), case(Subject="x" * 256), case(Subject="b")]}
        told = org.ok("POST", "composite/sobjects", body)
        assert [it["success"] for it in told] == [True, False, True]
        assert told[1] == {"success": False, "errors": [
            {"statusCode": "STRING_TOO_LONG", "fields": ["Subject"],
             "message": f"Subject: data value too large: {'x' * 256} (max length=255)"},
        ]}  # fmt: skip
        assert len(org.query("SELECT Id FROM Case")) == 2

    def test_all_or_none(self, org: Asker) -> None:
        """With one bad row, all are taken back and the good ones say why."""
        body = {"allOrNone": True, "records": [case(Subject="a"), case(Severity__c="S9")]}
        told = org.ok("POST", "composite/sobjects", body)
        assert [it["errors"][0]["statusCode"] for it in told] == [
            "ALL_OR_NONE_OPERATION_ROLLED_BACK", "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        ]  # fmt: skip
        assert org.query("SELECT Id FROM Case", deleted=True) == []

    def test_change_read_delete(self, org: Asker) -> None:
        """Rows are changed by id, read with null for those missing, and deleted."""
        keys = [org.create("Case", Subject=name) for name in "ab"]
        changed = {"records": [case(id=keys[0], Subject="A"), case(id="500000000000000AAA", Subject="B")]}
        told = org.ok("PATCH", "composite/sobjects", changed)
        assert told[0] == {"id": keys[0], "success": True, "errors": []}
        assert told[1]["errors"][0]["statusCode"] == "INVALID_CROSS_REFERENCE_KEY"
        asked = {"ids": [keys[1], "500000000000000AAA", keys[0]], "fields": ["Subject"]}
        read = org.ok("POST", "composite/sobjects/Case", asked)
        assert [it and it["Subject"] for it in read] == ["b", None, "A"]
        gone = org.ok("DELETE", "composite/sobjects", ids=f"{keys[0]},{keys[0]}", allOrNone="false")
        assert [it["success"] for it in gone] == [True, False]
        assert gone[1]["errors"][0]["statusCode"] == "ENTITY_IS_DELETED"

    def test_upsert(self, org: Asker) -> None:
        """Rows are matched by their key, and tell whether they were made."""
        first = org.create("Case", Support_Hub_Key__c="k1")
        body = {"records": [case(Support_Hub_Key__c="k1", Subject="A"), case(Support_Hub_Key__c="k2", Subject="B"),
                            case(Subject="no key")]}  # fmt: skip
        told = org.ok("PATCH", "composite/sobjects/Case/Support_Hub_Key__c", body)
        assert [(it["success"], it.get("created")) for it in told] == [
            (True, False),
            (True, True),
            (False, None),
        ]
        assert told[0]["id"] == first

    def test_what_is_too_much(self, org: Asker) -> None:
        """More than 200 rows, or ten changes of type, are refused as a whole."""
        assert org("POST", "composite/sobjects", {"records": [case()] * 201}).status == 400
        mixed = [case(), {"attributes": {"type": "Account"}, "Name": "A"}] * 6
        assert org.refused("POST", "composite/sobjects", {"records": mixed})[1] == "LIMIT_EXCEEDED"
        told = org.ok("POST", "composite/sobjects", {"records": [{"Subject": "no type"}]})
        assert told[0]["errors"][0]["statusCode"] == "JSON_PARSER_ERROR"


class TestComposite:
    """Several calls in one."""

    def test_later_calls_use_earlier_answers(self, org: Asker) -> None:
        """A reference takes a value from an answer; the whole counts as one call."""
        parts = [
            {"method": "POST", "url": f"{DATA}/sobjects/Account", "referenceId": "acc", "body": {"Name": "Acme"}},
            {"method": "POST", "url": f"{DATA}/sobjects/Contact", "referenceId": "con",
             "body": {"LastName": "A", "AccountId": "@{acc.id}"}},
            {"method": "GET", "url": f"{DATA}/query?q=SELECT+Id+FROM+Contact+WHERE+AccountId='@{{acc.id}}'",
             "referenceId": "found"},
            {"method": "GET", "url": f"{DATA}/sobjects/Contact/@{{found.records[0].Id}}", "referenceId": "read"},
            {"method": "GET", "url": f"{DATA}/sobjects/Contact/@{{nothing.id}}", "referenceId": "none"},
        ]  # fmt: skip
        reply = org("POST", "composite", {"compositeRequest": parts})
        told = reply.body["compositeResponse"]
        assert [it["httpStatusCode"] for it in told] == [201, 201, 200, 200, 400]
        assert told[0]["httpHeaders"] == {"Location": f"{DATA}/sobjects/Account/{told[0]['body']['id']}"}
        assert told[3]["body"]["AccountId"] == told[0]["body"]["id"]
        assert told[4]["body"][0]["errorCode"] == "PROCESSING_HALTED"
        assert reply.header("sforce-limit-info") == "api-usage=1/115000"

    def test_conditions_of_their_own(self, org: Asker) -> None:
        """Each part may have its own condition, and fails alone."""
        key = org.create("Case", Subject="A")
        org.clock.advance(10)

        def part(name: str, when: str) -> dict[str, Any]:
            return {"method": "PATCH", "url": f"{DATA}/sobjects/Case/{key}", "referenceId": name, "body": {"Subject": name},
                    "httpHeaders": {"If-Unmodified-Since": when}}  # fmt: skip

        parts = [
            part("good", "Tue, 06 Jan 2026 09:00:00 GMT"),
            part("stale", "Tue, 06 Jan 2026 09:00:00 GMT"),
        ]
        told = org.ok("POST", "composite", {"compositeRequest": parts})["compositeResponse"]
        assert [it["httpStatusCode"] for it in told] == [204, 412]
        assert org.read("Case", key)["Subject"] == "good"

    def test_all_or_none(self, org: Asker) -> None:
        """A bad part takes the good ones back; listeners hear of nothing."""
        heard: list[Any] = []
        org.salesforce.context.listeners.append(heard.append)
        parts = [
            {"method": "POST", "url": f"{DATA}/sobjects/Account", "referenceId": "a", "body": {"Name": "Acme"}},
            {"method": "POST", "url": f"{DATA}/sobjects/Contact", "referenceId": "b", "body": {}},
            {"method": "POST", "url": f"{DATA}/sobjects/Account", "referenceId": "c", "body": {"Name": "B"}},
        ]  # fmt: skip
        told = org.ok("POST", "composite", {"allOrNone": True, "compositeRequest": parts})[
            "compositeResponse"
        ]
        assert [it["body"][0]["errorCode"] for it in told] == [
            "PROCESSING_HALTED", "REQUIRED_FIELD_MISSING", "PROCESSING_HALTED",
        ]  # fmt: skip
        assert org.query("SELECT Id FROM Account") == [] and heard == []
        parts[1]["body"] = {"LastName": "A"}
        org.ok("POST", "composite", {"allOrNone": True, "compositeRequest": parts})
        assert len(heard) == 3

    def test_too_many_parts(self, org: Asker) -> None:
        """Twenty-six parts are one too many."""
        parts = [{"method": "GET", "url": f"{DATA}/limits", "referenceId": f"r{it}"} for it in range(26)]
        assert org.refused("POST", "composite", {"compositeRequest": parts})[1] == "LIMIT_EXCEEDED"

    def test_batch_and_tree(self, org: Asker) -> None:
        """A batch counts each part; a tree plants children with their parents, or nothing."""
        parts = [{"method": "GET", "url": "v66.0/limits"}, {"method": "GET", "url": "v66.0/sobjects/Nope"}]
        reply = org("POST", "composite/batch", {"batchRequests": parts})
        assert [it["statusCode"] for it in reply.body["results"]] == [200, 404] and reply.body["hasErrors"]
        assert reply.header("sforce-limit-info") == "api-usage=3/115000"
        child = {"attributes": {"type": "Contact", "referenceId": "c"}, "LastName": "A"}
        root = {
            "attributes": {"type": "Account", "referenceId": "a"},
            "Name": "Acme",
            "Contacts": {"records": [child]},
        }
        made = org("POST", "composite/tree/Account", {"records": [root]})
        assert made.status == 201 and [it["referenceId"] for it in made.body["results"]] == ["a", "c"]
        del child["LastName"]
        bad = org("POST", "composite/tree/Account", {"records": [root]})
        assert bad.status == 400 and bad.body["results"][0]["referenceId"] == "c"
        assert len(org.query("SELECT Id FROM Account")) == 1


def rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


class TestBulk:
    """Bulk API 2.0 jobs, polled."""

    def test_query(self, org: Asker) -> None:
        """A result comes in pages of CSV; `null` says that there is no more."""
        account = org.create("Account", Name='A "B"\nC')
        for name in "abc":
            org.create("Contact", LastName=name, AccountId=account)
        org.create("Contact", LastName="d")
        job = org.ok("POST", "jobs/query", {"operation": "query",
                     "query": "SELECT LastName, Account.Name, IsDeleted, CreatedDate FROM Contact ORDER BY LastName"})  # fmt: skip
        assert (job["state"], job["object"], job["apiVersion"]) == ("UploadComplete", "Contact", 66.0)
        assert org("GET", f"jobs/query/{job['id']}/results").status == 404
        states = [org.ok("GET", f"jobs/query/{job['id']}")["state"] for _ in range(2)]
        assert states == ["InProgress", "JobComplete"]
        first = org("GET", f"jobs/query/{job['id']}/results", maxRecords="3")
        assert first.header("sforce-numberofrecords") == "3"
        assert rows(first.text)[:2] == [
            ["LastName", "Account.Name", "IsDeleted", "CreatedDate"],
            ["a", 'A "B"\nC', "false", "2026-01-06T09:00:00.000Z"],
        ]  # fmt: skip
        last = org(
            "GET",
            f"jobs/query/{job['id']}/results",
            maxRecords="3",
            locator=first.header("sforce-locator") or "",
        )
        assert last.header("sforce-locator") == "null" and rows(last.text)[1][:2] == ["d", ""]
        assert org("GET", f"/services/data/v65.0/jobs/query/{job['id']}").status == 409

    @pytest.mark.parametrize("query", ["SELECT COUNT(Id) FROM Case", "SELECT (SELECT Id FROM Cases) FROM Account",
                                       "SELECT Id FROM Case LIMIT 5 OFFSET 5", "SELECT Nope FROM Case"])  # fmt: skip
    def test_what_bulk_cannot_ask(self, org: Asker, query: str) -> None:
        """Aggregates, subqueries and offsets are refused when the job is made."""
        assert org("POST", "jobs/query", {"operation": "query", "query": query}).status == 400

    def ingest(self, org: Asker, data: str, **job: str) -> dict[str, Any]:
        made = org.ok(
            "POST", "jobs/ingest", {"object": "Contact", "contentType": "CSV", "lineEnding": "LF", **job}
        )
        assert made["state"] == "Open"
        assert org("PUT", f"/{made['contentUrl']}", raw=data.encode()).status == 201
        org.ok("PATCH", f"jobs/ingest/{made['id']}", {"state": "UploadComplete"})
        org.ok("GET", f"jobs/ingest/{made['id']}")
        return org.ok("GET", f"jobs/ingest/{made['id']}")

    def test_ingest(self, org: Asker) -> None:
        """Each row is written or refused for itself; `#N/A` clears, an empty cell does not."""
        key = org.create("Contact", LastName="A", Title="Old", Phone="1")
        job = self.ingest(
            org, f'Id,LastName,Title,Phone\n{key},"B\nC",#N/A,\n003000000000001AAA,D,,\n', operation="update"
        )
        assert (job["state"], job["numberRecordsProcessed"], job["numberRecordsFailed"]) == (
            "JobComplete",
            2,
            1,
        )
        row = org.read("Contact", key)
        assert (row["LastName"], row["Title"], row["Phone"]) == ("B\nC", None, "1")
        good = rows(org("GET", f"jobs/ingest/{job['id']}/successfulResults").text)
        assert good == [["sf__Id", "sf__Created", "Id", "LastName", "Title", "Phone"],
                        [key, "false", key, "B\nC", "#N/A", ""]]  # fmt: skip
        bad = rows(org("GET", f"jobs/ingest/{job['id']}/failedResults").text)
        assert bad[1][1].startswith("MALFORMED_ID:") or bad[1][1].startswith("INVALID_CROSS_REFERENCE_KEY:")
        assert rows(org("GET", f"jobs/ingest/{job['id']}/unprocessedrecords").text) == [
            ["Id", "LastName", "Title", "Phone"]
        ]

    def test_upsert_and_hard_delete(self, org: Asker) -> None:
        """Rows are matched by a key, and what is deleted hard leaves no trace."""
        job = self.ingest(org, "Support_Hub_Key__c,Subject\nk1,A\nk1,B\n", object="Case", operation="upsert",
                          externalIdFieldName="Support_Hub_Key__c")  # fmt: skip
        assert job["numberRecordsFailed"] == 0
        [row] = org.query("SELECT Id, Subject FROM Case")
        assert row["Subject"] == "B"
        self.ingest(org, f"Id\n{row['Id']}\n", object="Case", operation="hardDelete")
        assert org.query("SELECT Id FROM Case", deleted=True) == []

    def test_bad_files(self, org: Asker) -> None:
        """An unknown column, or other line endings than promised, fail the whole job."""
        assert self.ingest(org, "Nope\nx\n", operation="insert")["errorMessage"].endswith(
            "Field name not found : Nope"
        )
        assert "LineEnding" in self.ingest(org, "LastName\r\nx\r\n", operation="insert")["errorMessage"]
