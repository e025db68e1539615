"""The doctor on Salesforce: sign-in, calls of the day, what we may on Cases and Accounts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol, cast

from connectors.salesforce.client import SalesforceClient
from flows.doctor_findings import Finding, Part, Wired, asked, clock, listed
from flows.wiring import Assembly
from hub.model import SALESFORCE

RIGHTS = {
    "Case": ("queryable", "createable", "updateable"),
    "Account": ("queryable", "updateable"),
    "Contact": ("queryable",),
    "CaseComment": ("queryable", "createable"),
}
MORE = {"Case": ("deletable",), "Account": ("createable", "deletable"), "Contact": ("deletable",)}
"""What the hub never does there, or only by hand (`hub undo`)."""
_LOW, _SPENT = 0.5, 0.9


class _Described(Protocol):
    def describe(self, sobject: str) -> dict[str, Any]: ...


def of_salesforce(assembly: Assembly) -> Iterator[Finding]:
    part, settings = Part("salesforce"), assembly.settings.salesforce
    assert settings is not None
    client = SalesforceClient(cast("Wired", assembly.connectors[SALESFORCE]).http, settings.api_version)
    _ = client.me()
    yield part.ok("signed in")
    path = f"/services/data/v{settings.api_version}/limits"
    reply = asked(assembly, SALESFORCE, path, "/services/data/{version}/limits")
    yield clock(part, reply, assembly.wires.wall())
    yield from _calls(part, client)
    yield from _rights(part, client)
    yield from _messages(part, assembly)


def _calls(part: Part, client: SalesforceClient) -> Iterator[Finding]:
    day = client.limits().get("DailyApiRequests") or {}
    most, left = day.get("Max", 0), day.get("Remaining", 0)
    if not most:
        return
    told = f"{most - left} of {most} calls of 24 hours are used, by all that call this org"
    spent = 1 - left / most
    if spent >= _SPENT:
        yield part.fail(told, "Setup, System Overview says who uses them; the hub waits and goes on later")
    elif spent >= _LOW:
        yield part.warn(told, "Setup, System Overview says who uses them")
    else:
        yield part.ok(told)


def _rights(part: Part, client: SalesforceClient) -> Iterator[Finding]:
    for name, needed in RIGHTS.items():
        shown = cast("_Described", client).describe(name)
        missing = [right for right in needed if not shown.get(right)]
        more = [right for right in MORE.get(name, ()) if shown.get(right)]
        if missing:
            yield part.fail(
                f"on {name} the hub's user is not allowed: {listed(missing)}",
                "assign it the permission set Support Hub Integration",
            )
        elif more:
            yield part.warn(
                f"on {name} the hub's user may more than it needs: {listed(more)}",
                "give it the licence Salesforce Integration and the package's permission set alone",
            )
        else:
            yield part.ok(f"the rights on {name} are what the hub needs")


def _messages(part: Part, assembly: Assembly) -> Iterator[Finding]:
    settings = assembly.settings.salesforce
    assert settings is not None
    if settings.webhook_secret is None:
        yield part.ok("no outbound message is set up: changes are found by polling alone")
    elif not settings.org_id:
        yield part.warn(
            "`webhook_secret` is set and `org_id` is not: a message of any org that has the address is taken",
            "write the org's id under [salesforce] (Setup, Company Information)",
        )
    else:
        heard = assembly.store.vitals().when("heard", SALESFORCE)
        yield part.ok(f"outbound messages are listened to; the last came {heard or 'never'}")
