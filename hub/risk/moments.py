"""Instants of a history as Unix seconds. Pure."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from functools import lru_cache


@lru_cache(maxsize=65_536)
def seconds(at: str) -> float:
    """Return an instant or a day as Unix seconds, one without a zone taken for UTC; nan for neither."""
    try:
        when = datetime.fromisoformat(at)
        return (when if when.tzinfo is not None else when.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return math.nan
