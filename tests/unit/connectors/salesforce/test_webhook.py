"""What an org pushes: only what proves itself is believed, and it names its Cases."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.salesforce.webhook import ACKNOWLEDGED, is_outbound, verify
from hub.ports import Rejected, Webhook

SECRET = "a secret of some length"
ORG = "00D000000000001EAA"
CASE, OTHER = "500000000000001AAA", "500000000000002AAA"
MESSAGE = """<?xml version="1.0" encoding="UTF-8"?>
<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
 <soapenv:Body>
  <notifications xmlns="http://soap.sforce.com/2005/09/outbound">
   <OrganizationId>{org}</OrganizationId>
   <ActionId>04k000000000001AAA</ActionId>
   <SessionId xsi:nil="true"/>
   <EnterpriseUrl>https://sales.my.salesforce.com/services/Soap/c/66.0/00D</EnterpriseUrl>
   <PartnerUrl>https://sales.my.salesforce.com/services/Soap/u/66.0/00D</PartnerUrl>
   <Notification>
    <Id>04l000000000001AAA</Id>
    <sObject xsi:type="sf:Case" xmlns:sf="urn:sobject.enterprise.soap.sforce.com">
     <sf:Id>500000000000001AAA</sf:Id>
     <sf:Subject>&lt;b&gt;</sf:Subject>
    </sObject>
   </Notification>
   <Notification>
    <Id>04l000000000002AAA</Id>
    <sObject xsi:type="sf:CaseComment" xmlns:sf="urn:sobject.enterprise.soap.sforce.com">
     <sf:Id>00a000000000001AAA</sf:Id>
     <sf:ParentId>500000000000002AAA</sf:ParentId>
    </sObject>
   </Notification>
   <Notification>
    <Id>04l000000000003AAA</Id>
    <sObject xsi:type="sf:Account" xmlns:sf="urn:sobject.enterprise.soap.sforce.com">
     <sf:Id>001000000000001AAA</sf:Id>
    </sObject>
   </Notification>
  </notifications>
 </soapenv:Body>
</soapenv:Envelope>"""


def outbound(path: str = f"/webhooks/salesforce/{SECRET}", org: str = ORG, body: str = MESSAGE) -> Webhook:
    """An outbound message as it comes."""
    headers = {"content-type": "text/xml; charset=utf-8", "soapaction": '""'}
    return Webhook("POST", path, headers, body.replace("{org}", org).encode(), 0.0)


def event(body: Any, **headers: str) -> Webhook:
    """A change event as a relay signs it."""
    raw = json.dumps(body).encode()
    proof = hmac.new(SECRET.encode(), raw, hashlib.sha256).hexdigest()
    return Webhook(
        "POST", "/webhooks/salesforce",
        {"content-type": "application/json", "x-hub-signature": f"sha256={proof}", **headers}, raw, 0.0,
    )  # fmt: skip


def change(entity: str = "Case", ids: tuple[str, ...] = (CASE,), **fields: Any) -> dict[str, Any]:
    """A change event of an entity."""
    header = {
        "entityName": entity, "recordIds": list(ids), "changeType": "UPDATE", "transactionKey": "0001-x",
        "sequenceNumber": 1, "changedFields": ["Status", "LastModifiedDate"],
    }  # fmt: skip
    return {"schema": "s", "payload": {"ChangeEventHeader": header, **fields}, "event": {"replayId": 42}}


def test_an_outbound_message_names_its_cases() -> None:
    """A Case, and the Case of a comment; other records are no business of the feed of Cases."""
    hints = verify(outbound(), SECRET, ORG)
    assert [(hint.remote_id, hint.delivery) for hint in hints] == [
        (CASE, "04l000000000001AAA"),
        (OTHER, "04l000000000002AAA"),
    ]
    assert is_outbound(outbound())
    assert b"<Ack>true</Ack>" in ACKNOWLEDGED


def test_the_short_form_of_the_orgs_id_is_the_org_too() -> None:
    """15 and 18 characters name one org."""
    assert verify(outbound(org=ORG[:15]), SECRET, ORG)
    assert verify(outbound(), SECRET, "")


@pytest.mark.parametrize(
    ("webhook", "words"),
    [
        (outbound(path="/webhooks/salesforce"), "has not our secret"),
        (outbound(path="/webhooks/salesforce/guess"), "has not our secret"),
        (outbound(org="00D000000000002EAA"), "another org's"),
        (outbound(body="<a/>"), "not an outbound message"),
        (outbound(body="<a"), "not XML"),
        (outbound(body='<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'), "entities"),
        (event(change(), **{"x-hub-signature": "sha256=00"}), "does not fit"),
        (event(change(), **{"x-hub-signature": ""}), "form sha256"),
        (Webhook("POST", "/", {"x-hub-signature": "sha1=00"}, b"{}", 0.0), "form sha256"),
        (Webhook("POST", "/webhooks/salesforce", {}, b"{}", 0.0), "has not our secret"),
    ],
)
def test_what_proves_nothing_is_rejected(webhook: Webhook, words: str) -> None:
    """No secret in the address, a foreign org, a wrong signature, or something else altogether."""
    with pytest.raises(Rejected, match=words):
        _ = verify(webhook, SECRET, ORG)


@pytest.mark.parametrize("secret", ["", "short"])
def test_without_a_good_secret_nothing_is_believed(secret: str) -> None:
    """An empty secret must not open the door, whatever the address ends in."""
    with pytest.raises(Rejected, match="webhook_secret"):
        _ = verify(outbound(path=f"/webhooks/salesforce/{secret}"), secret, ORG)


def test_a_change_event_names_its_cases() -> None:
    """One event can be about many records; a comment's is about its Case; a gap's has no fields at all."""
    hints = verify(event(change(ids=(CASE, OTHER[:15]))), SECRET, ORG)
    assert [(hint.remote_id, hint.delivery) for hint in hints] == [(CASE, f"42:{CASE}"), (OTHER, f"42:{OTHER}")]
    (hint,) = verify(event([change("CaseComment", ("00a000000000001AAA",), ParentId=CASE)]), SECRET, ORG)
    assert hint.remote_id == CASE
    assert verify(event({"data": change("Account", ("001000000000001AAA",))}), SECRET, ORG) == ()
    gap = change()
    gap["payload"]["ChangeEventHeader"]["changeType"] = "GAP_UPDATE"
    assert verify(event(gap), SECRET, ORG)


@given(st.recursive(st.none() | st.booleans() | st.text() | st.integers(), lambda one: st.lists(one) | st.dictionaries(
    st.sampled_from(["payload", "data", "ChangeEventHeader", "recordIds", "entityName", "event", "x"]), one)))
def test_whatever_a_relay_signs_breaks_nothing(body: Any) -> None:
    """A signed body of any shape gives hints or none."""
    assert isinstance(verify(event(body), SECRET, ORG), tuple)
