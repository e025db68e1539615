"""What names a mail and its time: Message-IDs, Thread-Index, dates. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_tz
from typing import Final

from connectors.email.headers import decode_header
from connectors.email.transfer import from_base64

_ID: Final = re.compile(r"<([^<>]+)>")
_BARE: Final = re.compile(r"(?<![^\s<>,;\"()])[^\s<>,;\"()]+@[^\s<>,;\"()]+")
_ISO: Final = re.compile(r"\d{4}-\d\d-\d\d[T ]")
_MOST: Final = 1000
_LONGEST: Final = 998
_THREAD: Final = 22
_FIRST_YEAR: Final = 1900


def message_ids(raw: bytes) -> tuple[str, ...]:
    """Return the Message-IDs of a field, in order and once, without <>, as they are written."""
    text = decode_header(raw)
    found = ["".join(one.split()) for one in _ID.findall(text)]
    # Words like "your message of Monday" stand beside, and some write their ids without brackets.
    found += _BARE.findall(_ID.sub(" ", text))
    if not found:
        found = [word for word in re.split(r"[\s,<>]+", text) if word][:1]
    return tuple(dict.fromkeys(one[:_LONGEST] for one in found if one))[:_MOST]


def thread_index(raw: bytes) -> str:
    """Return what all mails of an Outlook thread share of their Thread-Index, hex; empty: not readable."""
    index = from_base64(raw)
    return index[:_THREAD].hex() if len(index) >= _THREAD else ""


def read_date(raw: bytes) -> str:
    """Return a date as ISO 8601 in UTC; empty where it cannot be read."""
    text = decode_header(raw[:_LONGEST])
    try:
        if _ISO.match(text):
            when = datetime.fromisoformat(text.strip().replace(" +", "+"))
            when = (when if when.tzinfo else when.replace(tzinfo=UTC)).astimezone(UTC)
        else:
            parsed = parsedate_tz(text)
            if parsed is None or parsed[0] < _FIRST_YEAR:
                return ""
            at = timezone(timedelta(seconds=parsed[9] or 0))
            when = datetime(*parsed[:6], tzinfo=at).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return ""
    return f"{when:%Y-%m-%dT%H:%M:%SZ}"
