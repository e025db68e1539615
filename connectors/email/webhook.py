"""
A nudge that new mail is there, from whoever can tell (a provider's push, a script behind the mail host).

Signed: `X-Hub-Timestamp` (Unix seconds) and `X-Hub-Signature: sha256=<hex HMAC of "timestamp.body">`.
Body: JSON `{"id": "<new for each nudge>", "mailbox": "INBOX"}`. It says no more than "read now".
"""

from __future__ import annotations

import hmac
import re
from typing import Annotated

import msgspec

from connectors.reply import NOT_JSON
from hub.model import EMAIL, RemoteId
from hub.ports import Hint, Rejected, Webhook

WINDOW = 300
"""Seconds by which the clocks may differ."""


_STAMP = re.compile("[0-9]{1,12}")


class _Nudge(msgspec.Struct):
    id: Annotated[str, msgspec.Meta(max_length=200)]
    mailbox: Annotated[str, msgspec.Meta(max_length=200)] = "INBOX"


def verify(webhook: Webhook, secret: str) -> tuple[Hint, ...]:
    """Return the mailbox to be read, as a hint; raise `Rejected` if the proof does not hold."""
    if not secret:
        raise Rejected("hub.toml: [email] has no `webhook_secret`, so nothing is believed here")
    stamp = webhook.headers.get("x-hub-timestamp", "")
    if not _STAMP.fullmatch(stamp) or abs(webhook.received_at - int(stamp)) > WINDOW:
        raise Rejected(f"X-Hub-Timestamp is not within {WINDOW} seconds of now: too old, or replayed")
    wanted = hmac.new(secret.encode(), stamp.encode() + b"." + webhook.body, "sha256").hexdigest()
    given = webhook.headers.get("x-hub-signature", "").removeprefix("sha256=")
    if not hmac.compare_digest(wanted.encode(), given.encode()):
        raise Rejected("X-Hub-Signature does not hold: another secret, or another body")
    try:
        nudge = msgspec.json.decode(webhook.body, type=_Nudge)
    except NOT_JSON as error:
        raise Rejected(f"the body is not the JSON that was agreed on: {error}") from None
    return (Hint(EMAIL, RemoteId(f"mailbox {nudge.mailbox}"), nudge.id),)
