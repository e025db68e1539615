"""The body of a webhook, read: whatever it is, it is JSON or it is rejected."""

from __future__ import annotations

from typing import Any

import msgspec

from connectors.reply import NOT_JSON
from hub.ports import Rejected


def decoded(body: bytes, otherwise: str) -> Any:
    """Return a body's JSON. Raises `Rejected` with `otherwise` if it is none, or nested without end."""
    try:
        return msgspec.json.decode(body)
    except NOT_JSON:
        raise Rejected(otherwise) from None
    except RecursionError:
        raise Rejected("the body is nested too deep to be an event") from None
