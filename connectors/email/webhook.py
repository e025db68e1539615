"""
A nudge that new mail is there, from whoever can tell (a provider's push, a script behind the mail host).

Signed: `X-Hub-Timestamp` (Unix seconds) and `X-Hub-Signature: sha256=<hex HMAC of "timestamp.body">`.
Body: JSON `{"id": "<new for each nudge>", "mailbox": "INBOX"}`. It says no more than "read now".
"""

from __future__ import annotations

import hmac

import msgspec

from hub.model import EMAIL, RemoteId
from hub.ports import Hint, Rejected, Webhook

WINDOW = 300
"""Seconds by which the clocks may differ."""


class _Nudge(msgspec.Struct):
    id: str
    mailbox: str = "INBOX"


def verify(webhook: Webhook, secret: str) -> tuple[Hint, ...]:
    """Return the mailbox to be read, as a hint; raise `Rejected` if the proof does not hold."""
    if not secret:
        raise Rejected("hub.toml: [email] has no `webhook_secret`, so nothing is believed here")
    stamp = webhook.headers.get("x-hub-timestamp", "")
    if not stamp.isdecimal() or abs(webhook.received_at - int(stamp)) > WINDOW:
        raise Rejected(f"X-Hub-Timestamp is not within {WINDOW} seconds of now: too old, or replayed")
    wanted = hmac.new(secret.encode(), stamp.encode() + b"." + webhook.body, "sha256").hexdigest()
    given = webhook.headers.get("x-hub-signature", "").removeprefix("sha256=")
    if not hmac.compare_digest(wanted.encode(), given.encode()):
        raise Rejected("X-Hub-Signature does not hold: another secret, or another body")
    try:
        nudge = msgspec.json.decode(webhook.body, type=_Nudge)
    except msgspec.DecodeError as error:
        raise Rejected(f"the body is not the JSON that was agreed on: {error}") from None
    return (Hint(EMAIL, RemoteId(f"mailbox {nudge.mailbox}"), nudge.id),)
