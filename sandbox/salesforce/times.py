"""Moments as the API writes and reads them."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

from sandbox.salesforce.errors import Refusal


def instant(stamp: float) -> str:
    """Return `2026-05-01T07:25:37.000+0000`: the milliseconds are always none."""
    return datetime.fromtimestamp(int(stamp), UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def http_date(stamp: float) -> str:
    """Return a moment as HTTP headers have it."""
    return format_datetime(datetime.fromtimestamp(int(stamp), UTC), usegmt=True)


def read_http_date(text: str) -> int | None:
    """Return the moment of a header; None for one that is no date."""
    try:
        return int(parsedate_to_datetime(text).timestamp())
    except ValueError:
        return None


def read_instant(text: str) -> int:
    """Return the moment of ISO 8601 text in a URL, where a lost `+` is a blank."""
    given = text.strip().replace(" ", "+").replace("Z", "+00:00")
    try:
        found = datetime.fromisoformat(given)
    except ValueError:
        raise Refusal("INVALID_FIELD", f"Invalid date time value: {text}") from None
    return int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp())
