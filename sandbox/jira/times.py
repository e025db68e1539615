"""Moments as the vendor writes and reads them: milliseconds, and the reader's own zone."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

_MOMENT = re.compile(
    r"(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2})(:\d{2})?(\.\d{1,6})?(Z|[+-]\d{2}:?\d{2})\Z"
)


@cache
def zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


@lru_cache(maxsize=65536)
def stamp(at: int, zone_name: str) -> str:
    """Write milliseconds in a zone: `2022-12-08T02:22:18.889-0800`."""
    seconds, millis = divmod(at, 1000)
    moment = datetime.fromtimestamp(seconds, zone(zone_name))
    offset = moment.strftime("%z")[:5]
    return f"{moment.isoformat()[:19]}.{millis:03d}{offset}"


def utc_stamp(at: int) -> str:
    """Write milliseconds as ISO 8601 in UTC, to the second."""
    return datetime.fromtimestamp(at // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read(text: str) -> int:
    """Read a moment with an offset. Raises ValueError."""
    found = _MOMENT.match(text)
    if found is None:
        raise ValueError(text)
    day, clock, seconds, fraction, offset = found.groups()
    offset = "+0000" if offset == "Z" else offset.replace(":", "")
    moment = datetime.strptime(f"{day}T{clock}{seconds or ':00'}{offset}", "%Y-%m-%dT%H:%M:%S%z")
    millis = int(((fraction or ".0")[1:] + "000")[:3])
    return int(moment.timestamp()) * 1000 + millis
