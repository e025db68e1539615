"""What an account's opportunities and contracts say about it: computed fields of an account. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from hub.model import Json

Record = Mapping[str, Any]
RENEWAL, OPPORTUNITIES, OPEN = "renewal", "opportunities", "open_opportunities"
COMPUTED = (RENEWAL, OPPORTUNITIES, OPEN)
_ACTIVE = "Activated"
_OF_RENEWALS = "renewal"
"""In the type of such an opportunity, whatever else the org says there (`Existing Customer - Renewal`)."""


def computed(opportunities: Iterable[Record], contracts: Iterable[Record], today: str) -> dict[str, Json]:
    """Return the computed fields of one account, from its opportunities and contracts."""
    open_ones = [one for one in opportunities if not one.get("IsClosed")]
    return {
        RENEWAL: renewal(open_ones, contracts, today),
        OPPORTUNITIES: told(open_ones),
        OPEN: len(open_ones),
    }


def renewal(open_ones: Iterable[Record], contracts: Iterable[Record], today: str) -> str | None:
    """Return when an account renews next: its nearest open renewal, else its nearest contract's end."""
    dates = [
        str(one["CloseDate"])
        for one in open_ones
        if _OF_RENEWALS in str(one.get("Type") or "").casefold() and one.get("CloseDate")
    ]
    ends = [
        str(one["EndDate"])
        for one in contracts
        if one.get("Status") == _ACTIVE and str(one.get("EndDate") or "") >= today
    ]
    return min(dates or ends, default=None)


def told(open_ones: Iterable[Record]) -> str | None:
    """Return open opportunities as one line: `2 open, 120,000 USD, next closes 2026-12-10`."""
    rows = list(open_ones)
    if not rows:
        return None
    sums: dict[str, float] = defaultdict(float)
    for one in rows:
        sums[str(one.get("CurrencyIsoCode") or "")] += one.get("Amount") or 0
    money = " + ".join(f"{round(total):,} {code}".strip() for code, total in sorted(sums.items()) if total)
    closes = min((str(one["CloseDate"]) for one in rows if one.get("CloseDate")), default="")
    parts = (f"{len(rows)} open", money, f"next closes {closes}" if closes else "")
    return ", ".join(part for part in parts if part)
