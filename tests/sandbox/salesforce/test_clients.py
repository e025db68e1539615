"""Unmodified third-party clients do their ordinary work against the stand-in, over loopback."""

from __future__ import annotations

import base64
import hashlib
import hmac
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import simple_salesforce

from sandbox.sandbox import Sandbox
from sandbox.server import Running, serve

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    sandbox = Sandbox(vendors=["salesforce"])
    sandbox.seed("demo")
    sandbox.vendors["salesforce"].settings.update(soap_login=True, bulk_polls=0)
    with serve(sandbox) as running:
        yield running


@pytest.fixture
def session(running: Running) -> Iterator[requests.Session]:
    """A session that finds the org under its own names, by the sandbox's proxy."""
    with requests.Session() as made, warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        made.trust_env = False
        made.verify = running.line["ca"]
        made.proxies = {"https": running.line["proxy"], "http": running.line["proxy"]}
        yield made


@pytest.fixture
def client(running: Running, session: requests.Session) -> Any:
    line = running.line["salesforce"]
    return simple_salesforce.Salesforce(
        domain="sales.my", consumer_key=line["client_id"], consumer_secret=line["client_secret"],
        session=session, version="66.0",
    )  # fmt: skip


class TestSignIn:
    """Every way in that simple-salesforce knows."""

    def test_client_credentials(self, client: Any) -> None:
        """The app's own user signs in at the My Domain."""
        assert client.sf_instance == "sales.my.salesforce.com"
        found = client.query("SELECT Id FROM User WHERE Username = 'hub@sales.example'")
        assert found["totalSize"] == 1

    def test_jwt(self, running: Running, session: requests.Session) -> None:
        """An assertion signed with the app's key signs its subject in."""
        line = running.line["salesforce"]
        made = simple_salesforce.Salesforce(
            username=line["username"], consumer_key=line["client_id"], session=session,
            privatekey=Path(line["jwt_key"]).read_text(encoding="utf-8"),
        )  # fmt: skip
        assert made.limits()["DailyApiRequests"]["Remaining"] > 0

    def test_password_over_soap(self, running: Running, session: requests.Session) -> None:
        """An old client signs in with SOAP where a setting lets it, and reads its refusals."""
        line = running.line["salesforce"]
        told = {"username": line["username"], "security_token": line["security_token"]}
        made = simple_salesforce.Salesforce(password=line["password"], session=session, **told)
        assert made.query("SELECT COUNT() FROM Account")["totalSize"] == 26
        with pytest.raises(simple_salesforce.SalesforceAuthenticationFailed, match="INVALID_LOGIN"):
            simple_salesforce.Salesforce(password="wrong", session=session, **told)

    def test_signature(self, running: Running) -> None:
        """A client that checks the signature of a token finds it right."""
        line = running.line["salesforce"]
        told = requests.post(
            f"{line['url']}/services/oauth2/token", timeout=10,
            data={"grant_type": "client_credentials", "client_id": line["client_id"],
                  "client_secret": line["client_secret"]},
        ).json()  # fmt: skip
        wanted = hmac.new(
            line["client_secret"].encode(), (told["id"] + told["issued_at"]).encode(), hashlib.sha256
        )
        assert told["signature"] == base64.b64encode(wanted.digest()).decode()
        assert told["instance_url"] == line["url"]


class TestRecords:
    """Rows, queries, describes, collections."""

    def test_work_on_a_case(self, client: Any) -> None:
        """It creates, reads, updates, upserts and deletes."""
        made = client.Case.create({"Subject": "From a client", "Origin": "Web"})
        assert made["success"]
        assert client.Case.get(made["id"])["Subject"] == "From a client"
        assert client.Case.update(made["id"], {"Subject": "Changed"}) == 204
        assert client.Case.upsert("Support_Hub_Key__c/zendesk:900", {"Subject": "Keyed"}) == 201
        assert client.Case.upsert("Support_Hub_Key__c/zendesk:900", {"Subject": "Keyed again"}) == 200
        assert client.Case.get_by_custom_id("Support_Hub_Key__c", "zendesk:900")["Subject"] == "Keyed again"
        assert client.Case.delete(made["id"]) == 204
        with pytest.raises(simple_salesforce.SalesforceResourceNotFound):
            client.Case.get(made["id"])

    def test_refusals(self, client: Any) -> None:
        """It reads what the org says no to."""
        with pytest.raises(simple_salesforce.SalesforceMalformedRequest, match="No such column 'foo'"):
            client.query("SELECT Id, foo FROM Case")
        with pytest.raises(simple_salesforce.SalesforceMalformedRequest, match="REQUIRED_FIELD_MISSING"):
            client.Contact.create({"FirstName": "No last name"})
        with pytest.raises(simple_salesforce.SalesforceResourceNotFound):
            client.Nonsense.create({"Name": "x"})

    def test_paging(self, client: Any) -> None:
        """It follows the pages of a query."""
        client.headers["Sforce-Query-Options"] = "batchSize=200"
        seeded = "FROM Contact WHERE Email LIKE 'contact%' ORDER BY Id"
        assert len(list(client.query_all_iter(f"SELECT Id, Email {seeded}"))) == 151
        assert len(client.query_all(f"SELECT Id {seeded}")["records"]) == 151
        more = client.query("SELECT Id, Name, (SELECT Id, Email FROM Contacts) FROM Account")
        assert not more["done"] or len(more["records"]) == 26
        safe = simple_salesforce.format_soql("SELECT Id FROM Account WHERE Name = {}", "Alder & Finch")
        assert client.query(safe)["totalSize"] == 1

    def test_describe(self, client: Any) -> None:
        """It reads describes, of one object and of all."""
        fields = {it["name"]: it for it in client.Case.describe()["fields"]}
        assert fields["Support_Hub_Key__c"]["externalId"]
        assert {"Account", "Case", "Contact"} <= {it["name"] for it in client.describe()["sobjects"]}

    def test_collections(self, client: Any) -> None:
        """It writes many records in one call."""
        body = {"allOrNone": False, "records": [
            {"attributes": {"type": "Case"}, "Subject": "one"},
            {"attributes": {"type": "Case"}, "Subject": "x" * 300},
        ]}  # fmt: skip
        told = client.restful("composite/sobjects", method="POST", json=body)
        assert [it["success"] for it in told] == [True, False]
        assert told[1]["errors"][0]["statusCode"] == "STRING_TOO_LONG"

    def test_updated_and_deleted(self, client: Any) -> None:
        """It asks for what changed."""
        with pytest.raises(simple_salesforce.SalesforceMalformedRequest, match="INVALID_REPLICATION_DATE"):
            client.restful(
                "sobjects/Case/updated", {"start": "2026-01-01T00:00:00Z", "end": "2026-01-01T00:00:10Z"}
            )


class TestBulk:
    """Bulk API 2.0."""

    def test_query(self, client: Any) -> None:
        """It downloads a result in pages of CSV."""
        query = "SELECT Id, Email, Account.Name FROM Contact WHERE Email LIKE 'contact%'"
        pages = list(client.bulk2.Contact.query(query, max_records=60, wait=0))
        lines = [page.splitlines() for page in pages]
        assert [len(it) - 1 for it in lines] == [60, 60, 31]
        assert lines[0][0] == '"Id","Email","Account.Name"'

    def test_the_first_bulk_api(self, client: Any) -> None:
        """Its older handler works as well: batches of JSON, with moments in milliseconds."""
        rows = [{"LastName": "First"}, {"LastName": "x" * 81}]
        told = client.bulk.Contact.insert(rows)
        assert [it["success"] for it in told] == [True, False]
        assert told[1]["errors"][0]["statusCode"] == "STRING_TOO_LONG"
        query = "SELECT Id, Account.Name, CreatedDate FROM Contact WHERE LastName = 'First'"
        [found] = client.bulk.Contact.query(query)
        assert (found["Account"], found["Id"]) == (None, told[0]["id"])
        assert found["CreatedDate"] > 1_700_000_000_000
        with pytest.raises(simple_salesforce.SalesforceGeneralError, match="No such column"):
            client.bulk.Contact.query("SELECT Nope FROM Contact")

    def test_ingest(self, client: Any) -> None:
        """It uploads rows and reads what became of each."""
        rows = [
            {"LastName": "Bulk", "Email": "bulk@example.com"},
            {"LastName": "", "Email": "none@example.com"},
        ]
        [job] = client.bulk2.Contact.insert(records=rows, wait=0)
        assert (job["numberRecordsProcessed"], job["numberRecordsFailed"]) == (2, 1)
        assert "bulk@example.com" in client.bulk2.Contact.get_successful_records(job["job_id"])
        failed = client.bulk2.Contact.get_failed_records(job["job_id"])
        assert "REQUIRED_FIELD_MISSING:Required fields are missing: [LastName]:LastName --" in failed
