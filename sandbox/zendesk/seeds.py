"""The data sets: `empty`, `demo` and `bulk`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.zendesk import seed_bulk, seed_demo, seed_schema


def plant(vendor: Any, kind: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
    """Fill an account. Raises ValueError for an unknown kind or parameter."""
    account = vendor.state
    if kind not in ("empty", "demo", "bulk"):
        raise ValueError(f"no seed {kind!r}; there are empty, demo, bulk")
    if kind != "empty" and account.organizations:
        raise ValueError(f"the account has data already; reset it before seeding {kind!r}")
    if not seed_schema.planted(account):
        seed_schema.plant(account)
    made: dict[str, Any] = {}
    if kind == "demo":
        made = seed_demo.plant(account)
    elif kind == "bulk":
        made = seed_bulk.plant(account, **params)
    # Older than any export's or index's delay, or a new sandbox would hide its own people.
    account.date_back(account.now() - 60 * 86_400)
    account.refill_feeds()
    return {
        "tickets": len(account.tickets),
        "users": len(account.users),
        "organizations": len(account.organizations),
        **made,
    }
