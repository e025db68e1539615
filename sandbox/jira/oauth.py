"""
Who is asking: API tokens, and OAuth 2.0 (3LO) with rotating refresh tokens.

A refresh token is spent by its use. Used again within ten minutes it still answers, as after a
lost reply; later than that it is taken for stolen and its whole family dies.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from sandbox.clock import Clock
from sandbox.jira.errors import Refusal
from sandbox.jira.state import User
from sandbox.web import BadForm, BadJson, Request, Response

ACCESS_SECONDS = 3600
LEEWAY = 600
IDLE_DAYS = 90 * 86400
CODE_SECONDS = 600
SCOPES = (
    "read:jira-work write:jira-work read:jira-user manage:jira-webhook manage:jira-project "
    "manage:jira-configuration offline_access"
)

CLIENT_ID = "sandbox-jira-client"
CLIENT_SECRET = "sandbox-jira-client-secret"
API_TOKEN = "sandbox-jira-api-token"
REFRESH_TOKEN = "sandbox-jira-refresh-token"
ACCESS_TOKEN = "sandbox-jira-access-token"


@dataclass(slots=True)
class Grant:
    """What a person allowed an app; all tokens that come of it are one family."""

    account: str
    scopes: str
    revoked: bool = False


@dataclass(slots=True)
class Refresh:
    grant: Grant
    made: float
    spent: float | None = None


@dataclass(slots=True)
class Access:
    grant: Grant
    until: float


@dataclass(frozen=True, slots=True)
class Caller:
    """Whom a request speaks for. `scopes` is None for an API token, which may do all."""

    account: str | None = None
    scopes: frozenset[str] | None = None
    failed: bool = False


@dataclass(slots=True)
class Accounts:
    """The identity service of the sandbox."""

    clock: Clock
    cloud_id: str
    hub: str
    api_tokens: dict[str, tuple[str, str]] = field(default_factory=dict)
    refresh: dict[str, Refresh] = field(default_factory=dict)
    access: dict[str, Access] = field(default_factory=dict)
    codes: dict[str, tuple[Grant, str, float]] = field(default_factory=dict)
    made: int = 0

    def start(self, email: str) -> None:
        """Begin with the credentials that the sandbox describes, all of them good."""
        self.api_tokens = {email.lower(): (API_TOKEN, self.hub)}
        grant = Grant(self.hub, SCOPES)
        now = self.clock.now()
        self.refresh = {REFRESH_TOKEN: Refresh(grant, now)}
        self.access = {ACCESS_TOKEN: Access(grant, now + ACCESS_SECONDS)}
        self.codes = {}

    def expire(self) -> None:
        """Let every access token lapse now."""
        for token in self.access.values():
            token.until = self.clock.now() - 1

    def caller(self, request: Request, *, gateway: bool) -> Caller:
        """Return who asks. A bad API token makes the caller nobody; a bad bearer is refused."""
        scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "basic":
            return self._basic(credentials.strip())
        if scheme.lower() == "bearer":
            return self._bearer(credentials.strip(), gateway=gateway)
        if gateway:
            raise Refusal(401, {"code": 401, "message": "Unauthorized"})
        return Caller()

    def _basic(self, credentials: str) -> Caller:
        try:
            email, _, token = base64.b64decode(credentials).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return Caller(failed=True)
        known = self.api_tokens.get(email.lower())
        if known is None or known[0] != token:
            return Caller(failed=True)
        return Caller(known[1])

    def _bearer(self, token: str, *, gateway: bool) -> Caller:
        found = self.access.get(token)
        good = found is not None and found.until > self.clock.now() and not found.grant.revoked
        # A 3LO token is for the gateway; the site's own host does not know it.
        if found is None or not good or not gateway:
            raise Refusal(
                401, {"code": 401, "message": "Unauthorized"},
                (("www-authenticate", 'Bearer error="invalid_token"'),),
            )
        return Caller(found.grant.account, frozenset(found.grant.scopes.split()))

    def authorize(self, request: Request) -> Response:
        """The consent page, which in a sandbox consents at once for the hub's own person."""
        target, client = request.arg("redirect_uri"), request.arg("client_id")
        if client != CLIENT_ID or not target:
            return Response.html("<h1>Something went wrong</h1><p>Unknown client.</p>", 400)
        if request.arg("response_type") != "code" or not request.arg("state"):
            answer = {"error": "invalid_request", "state": request.arg("state")}
        else:
            code = self._mint("code")
            grant = Grant(self.hub, request.arg("scope"))
            self.codes[code] = (grant, target, self.clock.now() + CODE_SECONDS)
            answer = {"code": code, "state": request.arg("state")}
        joint = "&" if "?" in target else "?"
        return Response.empty(302, [("Location", target + joint + urlencode(answer))])

    def token(self, request: Request) -> Response:
        """Trade a code or a refresh token for fresh tokens."""
        try:
            asked = _fields(request)
            self._check_client(asked)
            grant, refreshable = self._grant(asked)
        except Refusal as bad:
            return bad.response()
        now = self.clock.now()
        access = self._mint("access")
        self.access[access] = Access(grant, now + ACCESS_SECONDS)
        body: dict[str, Any] = {
            "access_token": access,
            "expires_in": ACCESS_SECONDS,
            "scope": grant.scopes,
            "token_type": "Bearer",
        }
        if refreshable and "offline_access" in grant.scopes.split():
            body["refresh_token"] = self._mint("refresh")
            self.refresh[body["refresh_token"]] = Refresh(grant, now)
        return Response.json(body)

    def _check_client(self, asked: Mapping[str, Any]) -> None:
        if asked.get("client_id") != CLIENT_ID or asked.get("client_secret") != CLIENT_SECRET:
            raise _refused(401, "access_denied", "Unauthorized")

    def _grant(self, asked: Mapping[str, Any]) -> tuple[Grant, bool]:
        match asked.get("grant_type"):
            case "authorization_code":
                return self._by_code(asked), True
            case "refresh_token":
                return self._by_refresh(str(asked.get("refresh_token") or "")), True
            case "client_credentials":
                return Grant(self.hub, SCOPES), False
            case other:
                raise _refused(400, "invalid_request", f"unsupported grant_type: {other}")

    def _by_code(self, asked: Mapping[str, Any]) -> Grant:
        found = self.codes.pop(str(asked.get("code") or ""), None)
        if found is None or found[2] < self.clock.now():
            raise _refused(403, "invalid_grant", "Invalid authorization code")
        if asked.get("redirect_uri") != found[1]:
            raise _refused(400, "invalid_request", "redirect_uri does not match")
        return found[0]

    def _by_refresh(self, token: str) -> Grant:
        found, now = self.refresh.get(token), self.clock.now()
        if found is None or found.grant.revoked or now - found.made > IDLE_DAYS:
            raise _refused(403, "invalid_grant", "Unknown or invalid refresh token.")
        if found.spent is not None and now - found.spent > LEEWAY:
            found.grant.revoked = True
            raise _refused(403, "invalid_grant", "Unknown or invalid refresh token.")
        if found.spent is None:
            found.spent = now
        return found.grant

    def _mint(self, kind: str) -> str:
        self.made += 1
        digest = hashlib.blake2b(f"{kind}:{self.made}".encode(), digest_size=20).hexdigest()
        return f"sandbox-jira-{kind}-{digest}"

    def resources(self, request: Request, site_url: str) -> Response:
        """The sites that a bearer may reach."""
        try:
            caller = self.caller(request, gateway=True)
        except Refusal as bad:
            return bad.response()
        return Response.json(
            [
                {
                    "id": self.cloud_id,
                    "url": site_url,
                    "name": "support-sandbox",
                    "scopes": sorted((caller.scopes or frozenset()) - {"offline_access"}),
                    "avatarUrl": f"{site_url}/images/site.png",
                }
            ]
        )


def _fields(request: Request) -> dict[str, Any]:
    try:
        if request.headers.get("content-type", "").startswith("application/x-www-form"):
            return dict(request.form())
        body = request.json()
    except (BadJson, BadForm) as bad:
        raise _refused(400, "invalid_request", "The request body could not be read") from bad
    return body if isinstance(body, dict) else {}


def _refused(status: int, error: str, description: str) -> Refusal:
    return Refusal(status, {"error": error, "error_description": description})


def needed_scope(method: str, path: str) -> str:
    """Return the scope that a call needs; `path` begins behind `/rest/api/<version>`."""
    if path.startswith("/webhook"):
        return "manage:jira-webhook"
    if path.startswith("/issuetypescreenscheme") or (path.startswith("/field") and method != "GET"):
        return "manage:jira-configuration"
    if path.startswith("/screen"):
        return "manage:jira-project"
    if path.startswith(("/myself", "/user", "/group")):
        return "read:jira-user"
    reads = path.endswith(
        ("/search/jql", "/approximate-count", "/bulkfetch", "/jql/match", "/jql/parse",
         "/comment/list", "/changelog/list")
    )
    return "read:jira-work" if method in {"GET", "HEAD"} or reads else "write:jira-work"


def allowed(caller: Caller, method: str, path: str) -> bool:
    return caller.scopes is None or needed_scope(method, path) in caller.scopes


def user_of(caller: Caller, users: Mapping[str, User]) -> User | None:
    user = users.get(caller.account or "")
    return user if user is not None and user.active else None
