"""
What an org pushes to us: outbound messages (SOAP, from a Flow) and change events (JSON, from a relay). Pure.

Outbound messages carry no signature and, since 2026, no session. What proves them is a secret in the
address that they are sent to (`/webhooks/salesforce/<secret>`), beside the org's id in them. Change
events come through a relay of the customer's own, which may do the same, or better, sign the body:
`X-Hub-Signature: sha256=<hex>`.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from typing import Any, cast
from xml.etree import ElementTree as ET

from connectors.salesforce import ids
from connectors.webhook_body import decoded
from hub.model import SALESFORCE, RemoteId
from hub.ports import Hint, Rejected, Webhook

ACKNOWLEDGED = (
    b'<?xml version="1.0" encoding="UTF-8"?>'
    b'<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>'
    b'<notificationsResponse xmlns="http://soap.sforce.com/2005/09/outbound">'
    b"<Ack>true</Ack></notificationsResponse></soapenv:Body></soapenv:Envelope>"
)
"""What an outbound message must be answered with, or it comes again for a day."""
_OUTBOUND = "{http://soap.sforce.com/2005/09/outbound}"
_OBJECT = "{urn:sobject.enterprise.soap.sforce.com}"
_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
_SHORTEST_SECRET = 16
_TOKEN = re.compile(r"/webhooks/salesforce/([^/?]+)/?(?:\?|$)|[?&]token=([^&]+)")
_OF_CASES = {"CaseComment": "ParentId", "EmailMessage": "ParentId", "FeedItem": "ParentId"}


def is_outbound(webhook: Webhook) -> bool:
    """Whether a request is an outbound message, which wants `ACKNOWLEDGED` for an answer."""
    kind = webhook.headers.get("content-type", "").lower()
    return "xml" in kind or webhook.body.lstrip()[:1] == b"<"


def verify(webhook: Webhook, secret: str, org_id: str) -> tuple[Hint, ...]:
    """Return the Cases that a request is about, or raise `Rejected` if its proof does not hold."""
    if len(secret) < _SHORTEST_SECRET:
        raise Rejected(
            f"hub.toml has no `webhook_secret` for Salesforce of at least {_SHORTEST_SECRET} characters, so "
            "no message can be trusted"
        )
    if "x-hub-signature" in webhook.headers:
        _check_signature(webhook, secret)
    else:
        _check_address(webhook.path, secret)
    return _outbound(webhook.body, org_id) if is_outbound(webhook) else _events(webhook.body)


def _check_address(path: str, secret: str) -> None:
    found = _TOKEN.search(path)
    given = (found[1] or found[2]) if found else ""
    if not hmac.compare_digest(given.encode(), secret.encode()):
        raise Rejected(
            "no signature, and the address has not our secret: send outbound messages to "
            "/webhooks/salesforce/<webhook_secret>"
        )


def _check_signature(webhook: Webhook, secret: str) -> None:
    method, _, proof = webhook.headers.get("x-hub-signature", "").partition("=")
    if method.lower() != "sha256":
        raise Rejected("X-Hub-Signature is not of the form sha256=<hex>, which is the one that we trust")
    expected = hmac.new(secret.encode(), webhook.body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected.encode(), proof.strip().lower().encode()):
        raise Rejected("the signature does not fit the body: has the relay the secret that hub.toml has?")


# -- outbound messages -----------------------------------------------------------------------------


def _outbound(body: bytes, org_id: str) -> tuple[Hint, ...]:
    try:
        text = body.decode("utf-8-sig")  # in any other encoding, what is looked for below could be hidden
    except UnicodeDecodeError:
        raise Rejected("the message is not in UTF-8, as Salesforce's always are") from None
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise Rejected("the message defines entities, which Salesforce's never do")
    try:
        root = ET.fromstring(text)  # noqa: S314 (what makes XML dangerous was turned away above)
    except (ET.ParseError, ValueError):
        raise Rejected("the message is not XML") from None
    told = root.find(f".//{_OUTBOUND}notifications")
    if told is None:
        raise Rejected("the message is not an outbound message of Salesforce")
    sender = told.findtext(f"{_OUTBOUND}OrganizationId", "")
    if org_id and not ids.same(sender, org_id):
        raise Rejected("the message is another org's: is `org_id` in hub.toml that of this org?")
    hints: list[Hint] = []
    for one in told.iter(f"{_OUTBOUND}Notification"):
        case = _case_in(one.find(f"{_OUTBOUND}sObject"))
        if case:
            hints.append(Hint(SALESFORCE, RemoteId(case), one.findtext(f"{_OUTBOUND}Id", "")))
    return tuple(hints)


def _case_in(record: ET.Element | None) -> str:
    """Return the id of the Case that a message is about; empty if it is about none."""
    if record is None:
        return ""
    kind = record.get(_TYPE, "").rpartition(":")[2]
    named = record.findtext(f"{_OBJECT}{_OF_CASES.get(kind, 'Id')}", "")
    return _case(named)


# -- change events ---------------------------------------------------------------------------------


def _events(body: bytes) -> tuple[Hint, ...]:
    told: Any = decoded(body, "the body is neither an outbound message nor JSON")
    events = cast("Sequence[Any]", told) if isinstance(told, list) else [told]
    named = [cast("Mapping[str, Any]", event) for event in events if isinstance(event, Mapping)]
    return tuple(hint for event in named for hint in _hints(event))


def _hints(event: Mapping[str, Any]) -> list[Hint]:
    """Return what one change event is about; events of gaps and overflows name records or nothing."""
    data = _inner(event, "data") or event
    payload = _inner(data, "payload") or data
    header = _inner(payload, "ChangeEventHeader")
    entity = str(header.get("entityName") or "")
    listed: Any = header.get("recordIds")
    named = cast("list[Any]", listed) if isinstance(listed, list) else []
    if entity in _OF_CASES:
        named = [payload.get(_OF_CASES[entity])]
    delivery = _delivery(data, header)
    cases = [_case(str(one or "")) for one in named]
    return [Hint(SALESFORCE, RemoteId(case), f"{delivery}:{case}") for case in cases if case]


def _delivery(data: Mapping[str, Any], header: Mapping[str, Any]) -> str:
    replay = _inner(data, "event").get("replayId")
    if replay:
        return str(replay)
    return f"{header.get('transactionKey', '')}:{header.get('sequenceNumber', '')}"


def _inner(of: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    inner = of.get(name)
    return cast("Mapping[str, Any]", inner) if isinstance(inner, Mapping) else {}


def _case(name: str) -> str:
    return ids.full(name) if name.startswith(ids.CASE) and ids.is_id(name) else ""
