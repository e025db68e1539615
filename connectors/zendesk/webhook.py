"""
Zendesk's webhooks: is it them, is it now, and which ticket is it about. Pure.

The proof is base64(HMAC-SHA256(secret, timestamp + body)) over the body as it came.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from typing import Any, cast

from connectors.webhook_body import decoded
from hub.model import ZENDESK, RemoteId
from hub.ports import Hint, Rejected, Webhook

SIGNATURE = "x-zendesk-webhook-signature"
TIMESTAMP = "x-zendesk-webhook-signature-timestamp"
INVOCATION = "x-zendesk-webhook-invocation-id"
LONGEST = 18
"""Digits that a ticket's number has at most."""
WINDOW = 300.0
"""Seconds that a delivery may be old, or our clock behind."""


def verify(webhook: Webhook, secret: str) -> tuple[Hint, ...]:
    """Return the tickets that a webhook is about. Raises `Rejected`."""
    if not secret:
        raise Rejected("no webhook secret is set for Zendesk, so nothing can be proved")
    headers = webhook.headers
    signature, stamp = headers.get(SIGNATURE, ""), headers.get(TIMESTAMP, "")
    if not signature or not stamp:
        raise Rejected("the webhook is not signed: its signature or timestamp header is missing")
    made = hmac.new(secret.encode(), stamp.encode() + webhook.body, sha256).digest()
    expected = base64.b64encode(made)
    if not hmac.compare_digest(expected, signature.encode("utf-8", "replace")):
        raise Rejected("the webhook's signature is not ours: wrong secret, or a changed body")
    age = webhook.received_at - _instant(stamp)
    if abs(age) > WINDOW:
        raise Rejected(
            f"the webhook was signed {abs(age):.0f} s {'ago' if age > 0 else 'ahead'}, which is more "
            f"than {WINDOW:.0f} s: a replay, or a wrong clock"
        )
    # the signature stands in where the delivery has no name: a retry is signed anew, so it would
    # count as another hint, which does no harm
    delivery = headers.get(INVOCATION) or _event_id(webhook.body) or signature
    return tuple(
        Hint(ZENDESK, RemoteId(number), f"{delivery}:{number}" if at else delivery)
        for at, number in enumerate(dict.fromkeys(_tickets(_decoded(webhook.body))))
    )


def _instant(stamp: str) -> float:
    try:
        at = datetime.fromisoformat(stamp)
    except ValueError:
        raise Rejected("the webhook's timestamp is not a time") from None
    if at.tzinfo is None:
        raise Rejected("the webhook's timestamp has no time zone")
    return at.timestamp()


def _decoded(body: bytes) -> Any:
    return decoded(body, "the webhook's body is not JSON")


def _event_id(body: bytes) -> str:
    found = _decoded(body)
    name = cast("dict[str, Any]", found).get("id") if isinstance(found, dict) else None
    return name if isinstance(name, str) and "subject" in found else ""


def _tickets(body: Any) -> Iterator[str]:
    """Yield the ticket numbers in either kind of payload: an event's, or a trigger's own JSON."""
    if not isinstance(body, dict):
        return
    told = cast("dict[str, Any]", body)
    subject = told.get("subject")
    if isinstance(subject, str) and subject.startswith("zen:ticket:"):
        yield from _numbers(subject.removeprefix("zen:ticket:"))
        return
    ticket: Any = told.get("ticket")
    inner = cast("dict[str, Any]", ticket) if isinstance(ticket, dict) else {}
    for value in (inner.get("id"), told.get("ticket_id"), cast("Any", ticket), told.get("id")):
        numbers = list(_numbers(value))
        if numbers:
            yield from numbers
            return


def _numbers(value: Any) -> Iterator[str]:
    if isinstance(value, bool):
        return
    text = str(value).removeprefix("#") if isinstance(value, (int, str)) else ""
    if len(text) <= LONGEST and text.isdecimal() and int(text) > 0:
        yield str(int(text))
