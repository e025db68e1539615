"""The doctor on Zendesk: who we are there, what we may, its webhook, its allowance."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from flows.doctor_findings import Finding, Part, asked, clock, json_of, listed
from flows.wiring import Assembly
from hub.model import ZENDESK
from hub.vitals import seconds_between, span

NEEDED = frozenset({"read", "write"})
_PATH = "/webhooks/zendesk"
_LITTLE = 0.1
_FORTNIGHT = 14 * 86_400.0


def of_zendesk(assembly: Assembly) -> Iterator[Finding]:
    part, settings = Part("zendesk"), assembly.settings.zendesk
    reply = asked(assembly, ZENDESK, "/api/v2/users/me")
    me: dict[str, Any] = json_of(reply).get("user") or {}
    yield clock(part, reply, assembly.wires.wall())
    yield from _who(part, me)
    if settings.oauth is not None or settings.oauth_token is not None:
        yield from _scopes(part, assembly)
    yield from _webhook(part, assembly, may_look=me.get("role") == "admin")
    yield from _allowance(
        part, reply.headers.get("x-rate-limit"), reply.headers.get("x-rate-limit-remaining")
    )


def _who(part: Part, me: dict[str, Any]) -> Iterator[Finding]:
    role = str(me.get("role") or "")
    if me.get("id") is None:
        yield part.fail("the credentials are nobody's", "check `email` and `api_token` under [zendesk]")
    elif role != "admin":
        yield part.fail(
            f"the hub's user is {role or 'no agent'}, and incremental exports are for administrators",
            "give the hub a user of its own with the role Administrator",
        )
    else:
        yield part.ok("signed in as an administrator, as the exports need it")
    if me.get("suspended"):
        yield part.fail("the hub's user is suspended", "unsuspend it in the Admin Center")


def _scopes(part: Part, assembly: Assembly) -> Iterator[Finding]:
    reply = asked(assembly, ZENDESK, "/api/v2/oauth/tokens/current")
    if reply.status != HTTPStatus.OK:
        yield part.warn("its scopes cannot be seen", "look at the OAuth client in the Admin Center")
        return
    token: dict[str, Any] = json_of(reply)["token"]
    if assembly.settings.zendesk.oauth is None:  # one that the hub renews by itself may end in an hour
        yield from _end(part, assembly, str(token.get("expires_at") or ""))
    scopes = {str(scope) for scope in token.get("scopes") or ()}
    missing, more = NEEDED - scopes, {s for s in scopes if s == "impersonate"}
    if missing and not _by_resource(scopes):
        yield part.fail(
            f"the token lacks the scopes {listed(missing)}", "authorise it anew with `read write`"
        )
    elif more:
        yield part.warn(f"the token may do more than the hub needs: {listed(more)}", "authorise it without")
    else:
        yield part.ok(f"the token's scopes are what the hub needs: {listed(scopes)}")


def _end(part: Part, assembly: Assembly, day: str) -> Iterator[Finding]:
    """Say when a token ends that nobody renews."""
    left = seconds_between(assembly.wires.now(), day) if day else _FORTNIGHT
    if left < _FORTNIGHT:
        yield part.warn(
            f"`oauth_token` ends at {day}, in {span(max(left, 0))}, and nothing renews it",
            "make a new one, or let the hub renew them itself: [zendesk.oauth], docs/operations.md",
        )


def _by_resource(scopes: set[str]) -> bool:
    """Whether the finer scopes cover it."""
    wanted = ("tickets:read", "tickets:write", "users:read", "organizations:read")
    return {*wanted} <= scopes or {"read", "tickets:write"} <= scopes


def _webhook(part: Part, assembly: Assembly, *, may_look: bool) -> Iterator[Finding]:
    settings = assembly.settings
    if settings.zendesk.webhook_secret is None:
        yield part.ok("no webhook is set up: changes are found by polling alone")
        return
    if not may_look:
        return
    reply = asked(assembly, ZENDESK, "/api/v2/webhooks")
    if reply.status != HTTPStatus.OK:
        yield part.warn(
            f"its webhooks cannot be seen ({reply.status})", "the user needs the right to manage them"
        )
        return
    ours = [hook for hook in json_of(reply)["webhooks"] if str(hook.get("endpoint", "")).endswith(_PATH)]
    public = settings.watch.public_url.rstrip("/")
    here = [hook for hook in ours if not public or hook["endpoint"] == public + _PATH]
    if not ours:
        yield part.fail(
            f"no webhook points to {public or 'the hub'}{_PATH}", "make one, as docs/operations.md says"
        )
    elif not here:
        yield part.fail(
            "its webhook points to another address than `public_url` of [watch]", "correct one of them"
        )
    for hook in here:
        if hook.get("status") != "active":
            yield part.fail(
                "its webhook is not active: Zendesk switches off what fails too often", "activate it"
            )
        else:
            yield from _secret(part, assembly, str(hook["id"]))


def _secret(part: Part, assembly: Assembly, number: str) -> Iterator[Finding]:
    path = f"/api/v2/webhooks/{number}/signing_secret"
    reply = asked(assembly, ZENDESK, path, "/api/v2/webhooks/{id}/signing_secret")
    own = assembly.settings.zendesk.webhook_secret
    assert own is not None
    if reply.status != HTTPStatus.OK:
        yield part.ok("its webhook is active")
    elif json_of(reply)["signing_secret"]["secret"] != own.get_secret_value():
        yield part.fail(
            "its webhook signs with another secret than `webhook_secret`: every delivery is refused",
            "copy the signing secret from the Admin Center into hub.toml",
        )
    else:
        heard = assembly.store.vitals().when("heard", ZENDESK)
        yield part.ok(
            f"its webhook is active, and signs with our secret; the last delivery came {heard or 'never'}"
            + ("" if heard else ": does an active trigger notify it?")
        )


def _allowance(part: Part, most: str | None, left: str | None) -> Iterator[Finding]:
    if not most or not left or not most.isdigit() or not left.isdigit():
        return
    told = f"{left} of {most} calls of this minute are left"
    if int(left) < _LITTLE * int(most):
        yield part.warn(told, "see who else calls so much: Admin Center, Apps and integrations, API usage")
    else:
        yield part.ok(told)
