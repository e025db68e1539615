"""What people do in the org's own pages, and what the org tells others of it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import msgspec
import pytest

from tests.sandbox.salesforce.asking import Asker, asker


@pytest.fixture
def org() -> Asker:
    return asker("demo")


def case_of(org: Asker, account: str = "Northwind Retail") -> str:
    return org.query(f"SELECT Id FROM Case WHERE Account.Name = '{account}'")[0]["Id"]


def test_the_demo(org: Asker) -> None:
    """The demo org has the Accounts, people and renewals that the world knows, and its untidy corners."""
    assert len(org.query("SELECT Id FROM Account")) == 26
    [northwind] = org.query("SELECT Tier__c, ARR__c, CurrencyIsoCode, CSM__r.Email, Domains__c FROM Account "
                            "WHERE Name = 'Northwind Retail'")  # fmt: skip
    assert (northwind["Tier__c"], northwind["ARR__c"], northwind["CurrencyIsoCode"]) == (
        "enterprise",
        480_000.0,
        "USD",
    )
    assert (northwind["CSM__r"]["Email"], northwind["Domains__c"]) == (
        "csm1@sales.example",
        "northwind.example",
    )
    assert len(org.query("SELECT Id FROM Contact WHERE Email = 'contact1@tidewater.example'")) == 2
    assert (
        org.query("SELECT CurrencyIsoCode FROM Account WHERE Name = 'Juniper Schools'")[0]["CurrencyIsoCode"]
        is None
    )
    assert len(org.query("SELECT Id FROM Account WHERE Parent.Name = 'Nordlicht Holding'")) == 2
    renewals = org.query("SELECT Id FROM Opportunity WHERE Type = 'Renewal' AND IsClosed = false")
    assert len(renewals) == 18
    assert [it["EndDate"] for it in org.query("SELECT EndDate FROM Contract WHERE Status = 'Activated'")] == [
        "2027-01-01"
    ]
    [merged] = org.query("SELECT MasterRecordId FROM Case WHERE IsDeleted = true", deleted=True)
    assert merged["MasterRecordId"] == case_of(org)


def test_the_same_every_time() -> None:
    """Two demo orgs at one moment are equal to the last field."""
    query = "SELECT FIELDS(ALL) FROM Account ORDER BY Id LIMIT 200"
    assert asker("demo").query(query) == asker("demo").query(query)


def test_edits_and_talk(org: Asker) -> None:
    """A person's edits carry the person's name, and lines end as a browser ends them."""
    case, person = case_of(org), org.salesforce.person
    org.clock.advance(60)
    person("set_fields", record=case, by="csm1@sales.example", Environment__c="one\ntwo")
    row = org.query(
        f"SELECT Environment__c, LastModifiedBy.Email, SystemModstamp FROM Case WHERE Id = '{case}'"
    )[0]
    assert (row["Environment__c"], row["LastModifiedBy"]["Email"]) == ("one\r\ntwo", "csm1@sales.example")
    said = person("comment", record=case, body="hello", public=True)["id"]
    person("comment", record=case, body="<p>inside</p>", kind="FeedItem")
    person(
        "comment", record=case, body="Dear all", kind="EmailMessage", ToAddress="a@b.example", Incoming=False
    )
    person("edit_comment", comment=said, body="hello again", public=False)
    row = org.read("CaseComment", said)
    assert (row["CommentBody"], row["IsPublished"]) == ("hello again", False)
    file = person("attach", record=case, name="a.txt", content=b"abc")["id"]
    assert org("GET", f"sobjects/ContentVersion/{file}/VersionData").response.body == b"abc"
    person("close", record=case)
    assert org.read("Case", case)["IsClosed"]
    number = person("create", Subject="By phone", Origin="Phone")["number"]
    assert (
        org.query(f"SELECT Owner.Name FROM Case WHERE CaseNumber = '{number}'")[0]["Owner"]["Name"]
        == "Dana Ortiz"
    )


def test_deletion_and_return(org: Asker) -> None:
    """A deleted Case takes its comments along, and brings them back; an emptied bin keeps nothing."""
    case = case_of(org)
    count = len(org.query(f"SELECT Id FROM CaseComment WHERE ParentId = '{case}'"))
    org.salesforce.person("delete", record=case)
    assert org.query(f"SELECT Id FROM CaseComment WHERE ParentId = '{case}'") == []
    org.salesforce.person("undelete", record=case)
    assert len(org.query(f"SELECT Id FROM CaseComment WHERE ParentId = '{case}'")) == count > 0
    org.salesforce.person("delete", record=case)
    org.salesforce.person("empty_bin")
    assert org.query(f"SELECT Id FROM Case WHERE Id = '{case}'", deleted=True) == []


def test_merging_accounts(org: Asker) -> None:
    """The loser goes and names the winner; its people and Cases move, and are stamped."""
    keys = {it["Name"]: it["Id"] for it in org.query("SELECT Id, Name FROM Account")}
    winner, loser = keys["Northwind Retail"], keys["Kestrel Logistics"]
    org.clock.advance(60)
    org.salesforce.person("merge", into=winner, others=[loser])
    [gone] = org.query(f"SELECT IsDeleted, MasterRecordId FROM Account WHERE Id = '{loser}'", deleted=True)
    assert (gone["IsDeleted"], gone["MasterRecordId"]) == (True, winner)
    moved = org.query(
        "SELECT AccountId, SystemModstamp, LastModifiedDate FROM Contact WHERE Email LIKE '%@kestrel.example'"
    )
    assert len(moved) == 6 and {it["AccountId"] for it in moved} == {winner}
    assert all(it["SystemModstamp"] > it["LastModifiedDate"] for it in moved)
    org.salesforce.person("reparent", record=winner, parent=keys["Tidewater Books"])
    assert org.read("Account", winner)["ParentId"] == keys["Tidewater Books"]


def test_what_a_person_cannot_do(org: Asker) -> None:
    """Unknown records and people, and what the org refuses, are told plainly."""
    with pytest.raises(LookupError, match="no record"):
        org.salesforce.person("close", record="00000000")
    with pytest.raises(LookupError, match="nobody@"):
        org.salesforce.person("close", record=case_of(org), by="nobody@sales.example")
    with pytest.raises(ValueError, match="bad value for restricted picklist"):
        org.salesforce.person("set_fields", record=case_of(org), Severity__c="S9")
    with pytest.raises(ValueError, match="no action"):
        org.salesforce.person("fly")


class _Listener(HTTPServer):
    """Keeps what it is told, and acknowledges what it is told to."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.heard: list[bytes] = []
        self.acknowledge = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        server = self.server
        assert isinstance(server, _Listener)
        server.heard.append(self.rfile.read(int(self.headers["content-length"])))
        said = str(server.acknowledge).lower()
        body = (
            f"<a:notificationsResponse xmlns:a='x'><a:Ack>{said}</a:Ack></a:notificationsResponse>".encode()
        )
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def listener() -> Iterator[_Listener]:
    server = _Listener()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_outbound_messages(org: Asker, listener: _Listener) -> None:
    """A change is told until it is acknowledged, each time as the record is then."""
    case, outbox = case_of(org), org.salesforce.outbox
    rule = {"url": listener.url, "object": "Case", "fields": ["Id", "Subject", "IsClosed"]}
    org.salesforce.settings["outbound_messages"] = [rule]
    listener.acknowledge = False
    org.ok("PATCH", f"sobjects/Case/{case}", {"Subject": "A & B"})
    outbox.flush()
    told = listener.heard[0].decode()
    assert (
        f"<OrganizationId>{org.line['org_id']}</OrganizationId>" in told
        and '<SessionId xsi:nil="true"/>' in told
    )
    assert f"<sf:Id>{case}</sf:Id><sf:Subject>A &amp; B</sf:Subject><sf:IsClosed>false</sf:IsClosed>" in told
    org.ok("GET", "limits")
    outbox.flush()
    assert len(listener.heard) == 1
    org.salesforce.settings["outbound_messages"] = []
    org.ok("PATCH", f"sobjects/Case/{case}", {"Subject": "later"})
    org.clock.advance(60)
    listener.acknowledge = True
    org.ok("GET", "limits")
    outbox.flush()
    assert len(listener.heard) == 2 and b"<sf:Subject>later</sf:Subject>" in listener.heard[1]
    org.clock.advance(6000)
    org.ok("GET", "limits")
    outbox.flush()
    assert len(listener.heard) == 2


def test_change_events(org: Asker, listener: _Listener) -> None:
    """A change event names what changed, by whom and through which client."""
    case = case_of(org)
    org.salesforce.settings["change_data_capture"] = [{"url": listener.url, "object": "Case"}]
    org.ok(
        "PATCH", f"sobjects/Case/{case}", {"Subject": "B"}, headers={"Sforce-Call-Options": "client=hub-1"}
    )
    org.salesforce.outbox.flush()
    payload = msgspec.json.decode(listener.heard[0])["payload"]
    header = payload["ChangeEventHeader"]
    assert (header["changeType"], header["recordIds"], header["changedFields"]) == (
        "UPDATE",
        [case],
        ["Subject", "LastModifiedDate"],
    )
    assert header["changeOrigin"] == "com/salesforce/api/rest/66.0;client=hub-1"
    assert payload["Subject"] == "B"
