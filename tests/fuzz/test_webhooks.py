"""Whatever is sent to the door: a verified hint, or `Rejected`; never another error, never our secret in it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from contextlib import closing
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.email import webhook as email
from connectors.jira import webhook as jira
from connectors.salesforce import webhook as salesforce
from connectors.zendesk import webhook as zendesk
from hub.ports import Hint, Rejected, Webhook
from hub.store import open_store
from tests.fuzz.mutations import bitten, spoiled
from tests.fuzz.profile import examples

SECRET = "whsec-0123456789abcdef-never-shown"
NOW = 1_800_000_000.0
STAMP = "2027-01-15T08:00:00Z"
ORG = "00D000000000001EAA"
CASE = "5001500000AbCdEAAV"

ZENDESK: Any = {"id": "01J", "type": "zen:event-type:ticket.status_changed", "subject": "zen:ticket:7", "detail": {"id": "7"}}
JIRA: Any = {"webhookEvent": "jira:issue_updated", "issue": {"id": "10001", "key": "SUP-1"}, "comment": {"self": "https://x/rest/api/3/issue/10001/comment/3"}, "issueLink": {"sourceIssueId": 1}}
RELAY: Any = [{"data": {"event": {"replayId": 7}, "payload": {"ChangeEventHeader": {"entityName": "Case", "recordIds": [CASE], "transactionKey": "k"}}}}]
NUDGE: Any = {"id": "n1", "mailbox": "INBOX"}
SOAP = f"""<?xml version="1.0"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body><notifications xmlns="http://soap.sforce.com/2005/09/outbound"><OrganizationId>{ORG}</OrganizationId><Notification><Id>04l</Id><sObject xsi:type="sf:Case" xmlns:sf="urn:sobject.enterprise.soap.sforce.com"><sf:Id>{CASE}</sf:Id></sObject></Notification></notifications></soapenv:Body></soapenv:Envelope>""".encode()


def verify(system: str, webhook: Webhook) -> tuple[Hint, ...]:
    match system:
        case "zendesk":
            return zendesk.verify(webhook, SECRET)
        case "jira":
            return jira.verify(webhook, SECRET)
        case "salesforce":
            return salesforce.verify(webhook, SECRET, ORG)
        case _:
            return email.verify(webhook, SECRET)


def signed(system: str, body: bytes) -> Webhook:
    """Return a request that proves itself, with whatever in it."""
    path, headers = f"/webhooks/{system}", {}
    match system:
        case "zendesk":
            made = hmac.new(SECRET.encode(), STAMP.encode() + body, hashlib.sha256).digest()
            headers = {zendesk.SIGNATURE: base64.b64encode(made).decode(), zendesk.TIMESTAMP: STAMP}
        case "jira":
            headers = {"x-hub-signature": f"sha256={hmac.new(SECRET.encode(), body, 'sha256').hexdigest()}"}
        case "salesforce":
            path = f"{path}/{SECRET}"
        case _:
            proof = hmac.new(SECRET.encode(), f"{NOW:.0f}.".encode() + body, "sha256").hexdigest()
            headers = {"x-hub-timestamp": f"{NOW:.0f}", "x-hub-signature": f"sha256={proof}"}
    return Webhook("POST", path, headers, body, NOW)


SYSTEMS = ("zendesk", "jira", "salesforce", "email")
GOOD = {"zendesk": ZENDESK, "jira": JIRA, "salesforce": RELAY, "email": NUDGE}


def heard(system: str, webhook: Webhook) -> tuple[Hint, ...]:
    """Return the hints, or none; whatever else is raised is a crash."""
    try:
        hints = verify(system, webhook)
    except Rejected as rejected:
        if SECRET in str(rejected) or len(str(rejected)) > 400:
            pytest.fail(f"a poor refusal: {str(rejected)[:400]}")
        return ()
    for hint in hints:
        assert isinstance(hint.remote_id, str) and 0 < len(hint.remote_id) <= 250
        assert isinstance(hint.delivery, str)
    if hints:
        with closing(open_store(":memory:")) as store:
            assert store.stage_hints(hints, "2027-01-15T08:00:00Z") >= 0
    return hints


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_whole_one_is_heard(system: str) -> None:
    """What is spoiled below is, unspoiled, believed."""
    assert heard(system, signed(system, json.dumps(GOOD[system]).encode()))


@pytest.mark.parametrize("system", SYSTEMS)
@examples(60)
@given(data=st.data())
def test_signed_bodies_of_any_shape(system: str, data: st.DataObject) -> None:
    """A vendor (or who has its secret) may send any JSON: hints or a refusal come of it."""
    body = json.dumps(data.draw(spoiled(GOOD[system])), ensure_ascii=data.draw(st.booleans()))
    _ = heard(system, signed(system, body.encode("utf-8", "surrogatepass")))


@pytest.mark.parametrize("system", SYSTEMS)
@examples(60)
@given(data=st.data())
def test_signed_bytes(system: str, data: st.DataObject) -> None:
    """Cut, doubled and binary bodies, JSON and XML."""
    whole = data.draw(st.sampled_from([json.dumps(GOOD[system]).encode(), SOAP, b""]))
    body = data.draw(st.one_of(bitten(whole), st.binary(max_size=200)))
    _ = heard(system, signed(system, body))


@pytest.mark.parametrize("system", SYSTEMS)
@examples(60)
@given(headers=st.dictionaries(st.sampled_from([
    zendesk.SIGNATURE, zendesk.TIMESTAMP, zendesk.INVOCATION, "x-hub-signature", "x-hub-timestamp", "content-type",
    "authorization", "x-atlassian-webhook-identifier",
]), st.one_of(st.text(max_size=80), st.sampled_from(["sha256=", "sha256=é", "sha1=00", "٣" * 10, "²", "1" * 400, STAMP, "9" * 30]))), path=st.text(max_size=60))  # fmt: skip
def test_who_has_no_secret_is_never_heard(system: str, headers: dict[str, str], path: str) -> None:
    """Whatever headers and addresses somebody tries, without the secret nothing is believed."""
    body = json.dumps(GOOD[system]).encode()
    assert heard(system, Webhook("POST", f"/webhooks/{system}{path}", headers, body, NOW)) == ()


@pytest.mark.parametrize("system", SYSTEMS)
@examples(60)
@given(data=st.data())
def test_a_changed_body_is_never_heard(system: str, data: st.DataObject) -> None:
    """Where a body is signed, no other body passes with its signature."""
    if system == "salesforce":
        return  # its outbound messages cannot be signed: the secret is in the address
    body = json.dumps(GOOD[system]).encode()
    other = data.draw(bitten(body).filter(lambda b: b != body))
    good = signed(system, body)
    assert heard(system, Webhook("POST", good.path, good.headers, other, NOW)) == ()


@pytest.mark.parametrize("system", ["zendesk", "email"])
@examples(60)
@given(late=st.floats(min_value=301, max_value=1e9) | st.floats(min_value=-1e9, max_value=-301))
def test_a_replay_is_never_heard(system: str, late: float) -> None:
    """A request that was good is good for five minutes."""
    good = signed(system, json.dumps(GOOD[system]).encode())
    assert heard(system, Webhook("POST", good.path, good.headers, good.body, NOW + late)) == ()


@pytest.mark.parametrize("body", [
    b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>", "<?xml version='1.0' encoding='utf-16'?><!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>".encode("utf-16"),
    b"<?xml version='1.0' encoding='utf-7'?><x/>", b"<" * 100_000, b"<a>" * 100_000, b"{" * 100_000, b"[" * 100_000,
])  # fmt: skip
def test_bombs_are_refused(body: bytes) -> None:
    """Entities in any encoding, and nesting without end, are refused before they cost anything."""
    for system in SYSTEMS:
        assert heard(system, signed(system, body)) == ()
