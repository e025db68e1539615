"""Only Zendesk's own, recent webhooks are hints, and a repetition is recognised."""

from __future__ import annotations

import base64
import hmac
import json
from datetime import datetime
from hashlib import sha256
from typing import Any

import pytest

from connectors.zendesk.webhook import INVOCATION, SIGNATURE, TIMESTAMP, verify
from hub.ports import Rejected, Webhook

SECRET = "dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ=="  # Zendesk's own, published for tests
STAMP = "2021-03-25T05:09:27Z"
AT = datetime.fromisoformat(STAMP).timestamp()


def webhook(body: Any, *, stamp: str = STAMP, at: float = AT, **headers: str) -> Webhook:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    made = hmac.new(SECRET.encode(), stamp.encode() + content, sha256).digest()
    signed = {SIGNATURE: base64.b64encode(made).decode(), TIMESTAMP: stamp, INVOCATION: "inv-1"}
    return Webhook("POST", "/zendesk", {**signed, **headers}, content, at)


def test_the_published_vector() -> None:
    body = b'{"event":"ticket.updated","id":123}'
    given = Webhook(
        "POST", "/", {SIGNATURE: "S/RDdU2ERmj7LHDDoWJ2onPYH+t7/f2+LTM4dL7UiLM=", TIMESTAMP: STAMP}, body, AT
    )
    assert [hint.remote_id for hint in verify(given, SECRET)] == ["123"]


@pytest.mark.parametrize(
    ("body", "tickets"),
    [
        ({"type": "zen:event-type:ticket.created", "subject": "zen:ticket:12", "id": "e"}, ["12"]),
        ({"type": "zen:event-type:user.created", "subject": "zen:user:12"}, []),
        ({"ticket": {"id": 12}}, ["12"]),
        ({"ticket_id": "#12"}, ["12"]),
        ({"id": "12", "title": "x"}, ["12"]),
        ({"id": "x"}, []),
        ({"id": True}, []),
        ([1], []),
    ],
)
def test_both_kinds_of_payload_name_their_ticket(body: Any, tickets: list[str]) -> None:
    assert [hint.remote_id for hint in verify(webhook(body), SECRET)] == tickets


def test_a_delivery_has_a_name() -> None:
    body = {"subject": "zen:ticket:12", "id": "event-1"}
    assert verify(webhook(body), SECRET)[0].delivery == "inv-1"
    assert verify(webhook(body, **{INVOCATION: ""}), SECRET)[0].delivery == "event-1"


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (webhook({"id": 1}, **{SIGNATURE: "AAAA"}), "signature is not ours"),
        (webhook({"id": 1}, **{SIGNATURE: "é"}), "signature is not ours"),
        (webhook({"id": 1}, **{SIGNATURE: ""}), "not signed"),
        (webhook({"id": 1}, **{TIMESTAMP: ""}), "not signed"),
        (webhook({"id": 1}, at=AT + 301), "more than 300 s"),
        (webhook({"id": 1}, at=AT - 301), "more than 300 s"),
        (webhook({"id": 1}, stamp="yesterday"), "not a time"),
        (webhook({"id": 1}, stamp="2021-03-25T05:09:27"), "no time zone"),
        (webhook(b"no json"), "not JSON"),
    ],
)
def test_what_does_not_prove_itself_is_rejected(given: Webhook, why: str) -> None:
    with pytest.raises(Rejected, match=why):
        _ = verify(given, SECRET)


def test_without_a_secret_nothing_is_believed() -> None:
    with pytest.raises(Rejected, match="no webhook secret"):
        _ = verify(webhook({"id": 1}), "")


def test_a_changed_body_is_rejected() -> None:
    given = webhook({"id": 1})
    forged = Webhook(given.method, given.path, given.headers, b'{"id": 2}', AT)
    with pytest.raises(Rejected):
        _ = verify(forged, SECRET)
