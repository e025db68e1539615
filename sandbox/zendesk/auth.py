"""Who a request comes from, and whether its token covers what it asks for."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from sandbox.web import Request
from sandbox.zendesk import errors
from sandbox.zendesk.oauth import OAuth
from sandbox.zendesk.records import User
from sandbox.zendesk.state import Account

_RESOURCES = {
    "users": "users",
    "organizations": "organizations",
    "organization_memberships": "organizations",
    "webhooks": "webhooks",
    "macros": "macros",
    "triggers": "triggers",
    "requests": "requests",
    "search": "",
    "tickets": "tickets",
    "imports": "tickets",
    "uploads": "tickets",
    "attachments": "tickets",
    "deleted_tickets": "tickets",
    "comment_redactions": "tickets",
    "problems": "tickets",
    "satisfaction_ratings": "satisfaction_ratings",
}


@dataclass(slots=True)
class Credentials:
    """The account's API tokens: by value, whether they still work."""

    api_tokens: dict[str, bool]


def sign_in(
    account: Account, oauth: OAuth, credentials: Credentials, request: Request, path: str
) -> User | None:
    """Return the user of a request, None if it names nobody. Answers 401 and 403."""
    header = request.headers.get("authorization", "")
    kind, _, value = header.partition(" ")
    if not header:
        return None
    if kind.lower() == "bearer":
        token = oauth.valid(value.strip())
        _check_scope(token.scopes, request.method, path)
        return _alive(account.users.get(token.user_id))
    if kind.lower() == "basic":
        return _by_api_token(account, credentials, value.strip())
    raise errors.unauthenticated()


def _by_api_token(account: Account, credentials: Credentials, value: str) -> User:
    try:
        name, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise errors.unauthenticated() from None
    email, slash, word = name.rpartition("/")
    # Passwords stopped working in 2026; only `{email}/token` signs in.
    if not slash or word != "token" or not credentials.api_tokens.get(secret):
        raise errors.unauthenticated()
    return _alive(account.user_by_email(email))


def _alive(user: User | None) -> User:
    if user is None or not user.active or user.suspended or not user.verified:
        raise errors.unauthenticated()
    return user


def _check_scope(scopes: list[str], method: str, path: str) -> None:
    verb = "read" if method in ("GET", "HEAD", "OPTIONS") else "write"
    if verb in scopes:
        return
    parts = path.strip("/").split("/")
    if parts[:3] == ["api", "v2", "oauth"]:
        return
    resource = parts[2].removesuffix(".json") if len(parts) > 2 else ""
    if resource == "incremental" and len(parts) > 3:
        resource = parts[3].removesuffix(".json")
    # Audits need the global scope.
    known = "" if "audits" in path else _RESOURCES.get(resource, "")
    if not known or f"{known}:{verb}" not in scopes:
        raise errors.missing_scope(f"{known}:{verb}" if known else verb)
