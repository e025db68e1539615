"""The data sets: `empty` (schema and people), `demo` and `bulk`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.clock import Clock
from sandbox.salesforce.context import Context
from sandbox.salesforce.org import Org, Settings

HUB = "hub@sales.example"
PEOPLE = (
    ("Carla", "Stone", "csm1@sales.example", "Customer Success Manager"),
    ("Mateo", "Lindqvist", "csm2@sales.example", "Customer Success Manager"),
    ("Priya", "Nair", "csm3@sales.example", "Customer Success Manager"),
    ("Jonas", "Becker", "csm4@sales.example", "Customer Success Manager"),
    ("Dana", "Ortiz", "dana@sales.example", "Support Representative"),
    ("Eli", "Weber", "eli@sales.example", "Head of Support"),
)
QUEUES = ("Support", "Escalations")
_KINDS = ("empty", "demo", "bulk")
_AGE = 400 * 86_400


def check(kind: str, *, package: bool = True) -> None:
    """Refuse a kind that there is not, before anything is lost."""
    if kind in ("demo", "bulk") and not package:
        raise ValueError(f"the seed {kind!r} needs the package's fields; only 'empty' does without")
    if kind not in _KINDS:
        raise ValueError(f"no seed {kind!r}; there are {', '.join(_KINDS)}")


def found(clock: Clock, settings: Mapping[str, Any], *, package: bool = True) -> tuple[Org, str]:
    """Return an org with its people and queues, and the id of the hub's user."""
    org = Org(clock, Settings(multi_currency=settings["multi_currency"]), package=package)
    at = org.stamp() - _AGE
    hub = _user(org, at, "Support", "Hub", HUB, "Integration")
    for first, last, email, title in PEOPLE:
        _user(org, at, first, last, email, title)
    for name in QUEUES:
        queue = {
            "Name": name,
            "DeveloperName": name,
            "Type": "Queue",
            "Email": f"{name.lower()}@sales.example",
        }
        org.add("Group", queue, org.admin_id, at)
    org.metadata_stamp = at
    return org, hub


def _user(org: Org, at: int, first: str, last: str, email: str, title: str) -> str:
    row = org.add(
        "User",
        {"FirstName": first, "LastName": last, "Username": email, "Email": email, "Title": title,
         "Alias": f"{first[0]}{last}".lower()[:8], "IsActive": True, "UserType": "Standard"},
        org.admin_id,
        at,
    )  # fmt: skip
    return str(row["Id"])


def fill(context: Context, kind: str, **params: Any) -> Mapping[str, Any]:
    """Fill a fresh org. Raises ValueError for a parameter that the kind does not have."""
    made: Mapping[str, Any] = {}
    if kind == "demo":
        from sandbox.salesforce import seed_demo  # noqa: PLC0415  only those who seed pay for the texts

        _only(params, ())
        made = seed_demo.plant(context)
    elif kind == "bulk":
        from sandbox.salesforce import seed_bulk  # noqa: PLC0415

        _only(params, ("cases", "accounts", "contacts"))
        made = seed_bulk.plant(context.org, **params)
    else:
        _only(params, ())
    rows = context.org.rows
    counts = {f"{name.lower()}s": len(rows[name]) for name in ("Account", "Contact", "Case", "User")}
    return {**counts, **made}


def _only(params: Mapping[str, Any], known: tuple[str, ...]) -> None:
    if unknown := sorted(set(params) - set(known)):
        raise ValueError(f"this seed knows no {', '.join(unknown)}")
