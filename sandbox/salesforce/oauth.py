"""
The OAuth 2.0 endpoints: client credentials, JWT bearer, refresh (rotating), web server, password.

Answers carry a signature over identity and time that clients may check with the app's secret.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from sandbox.salesforce import signing
from sandbox.salesforce.errors import Json, Unsigned
from sandbox.salesforce.org import Org
from sandbox.salesforce.people import User, by_id, by_username
from sandbox.salesforce.sessions import (
    CLIENT_ID,
    CLIENT_SECRET,
    PASSWORD,
    SCOPE,
    SECURITY_TOKEN,
    Session,
    Sessions,
)
from sandbox.salesforce.wire import Answer
from sandbox.web import BadForm, Request

AUDIENCES = frozenset({"https://login.salesforce.com", "https://test.salesforce.com"})
_LOGIN = "https://login.salesforce.com"
_LOGIN_HOSTS = frozenset({"login.salesforce.com", "test.salesforce.com"})
_JWT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


@dataclass(slots=True)
class SignIn:
    """The sign-in service of the org; `hub` is the user that the app runs as."""

    org: Org
    sessions: Sessions
    settings: dict[str, Any]
    hub: str

    def token(self, request: Request) -> Answer:
        """Trade a grant for a session."""
        asked = _form(request)
        match asked.get("grant_type"):
            case "client_credentials":
                return self._credentials(request, asked)
            case "refresh_token":
                return self._refreshed(request, asked)
            case "authorization_code":
                return self._coded(request, asked)
            case "password":
                return self._password(request, asked)
            case grant if grant == _JWT:
                return self._asserted(request, asked)
            case _:
                raise Unsigned("unsupported_grant_type", "grant type not supported")

    def _credentials(self, request: Request, asked: dict[str, str]) -> Answer:
        _check_client(asked)
        if request.host.partition(":")[0] in _LOGIN_HOSTS:
            raise Unsigned("invalid_grant", "request not supported on this domain")
        return self._answered(request, self.sessions.open(self.hub))

    def _refreshed(self, request: Request, asked: dict[str, str]) -> Answer:
        _check_client(asked, secret="client_secret" in asked)
        given = asked.get("refresh_token", "")
        user, fresh = self.sessions.spend(given)
        session = self.sessions.open(user, fresh or given)
        return self._answered(request, session, {"scope": SCOPE}, fresh)

    def _coded(self, request: Request, asked: dict[str, str]) -> Answer:
        _check_client(asked)
        user = self.sessions.redeem(asked.get("code", ""), asked.get("redirect_uri", ""))
        refresh = self.sessions.grant(user)
        session = self.sessions.open(user, refresh)
        return self._answered(request, session, {"scope": SCOPE}, refresh)

    def _password(self, request: Request, asked: dict[str, str]) -> Answer:
        if not self.settings["password_grant"]:
            raise Unsigned("invalid_grant", "authentication failure")
        _check_client(asked)
        user = self.checked(asked.get("username", ""), asked.get("password", ""))
        if user is None:
            raise Unsigned("invalid_grant", "authentication failure")
        return self._answered(request, self.sessions.open(user.id))

    def _asserted(self, request: Request, asked: dict[str, str]) -> Answer:
        claims = signing.claims(asked.get("assertion", ""))
        if claims.get("iss") != CLIENT_ID:
            raise Unsigned("invalid_client_id", "client identifier invalid")
        audience = claims.get("aud")
        if not isinstance(audience, str) or audience.rstrip("/") not in AUDIENCES | self._own(request):
            raise Unsigned("invalid_grant", "audience is invalid")
        # Some clients write the moment as text.
        until = str(claims.get("exp", ""))
        if not until.isdigit() or int(until) <= self.sessions.clock.now():
            raise Unsigned("invalid_grant", "expired authorization code")
        user = by_username(self.org, str(claims.get("sub", claims.get("prn", ""))))
        if user is None or not user.active or user.username in self.settings["unapproved_users"]:
            raise Unsigned("invalid_grant", "user hasn't approved this consumer")
        return self._answered(request, self.sessions.open(user.id), {"scope": SCOPE})

    def _own(self, request: Request) -> set[str]:
        """Return the audience that names this very org."""
        return {request.base, f"https://{self.settings['my_domain']}.my.salesforce.com"}

    def checked(self, username: str, password: str) -> User | None:
        """Return the user whose name and password these are; the security token may follow it."""
        user = by_username(self.org, username)
        if user is None or not user.active or password not in (PASSWORD, PASSWORD + SECURITY_TOKEN):
            return None
        return user

    def _answered(
        self, request: Request, session: Session, more: Json | None = None, refresh: str | None = None
    ) -> Answer:
        identity = f"{self._identities(request)}/id/{self.org.org_id}/{session.user}"
        issued = str(int(self.sessions.clock.now() * 1000))
        body: Json = {
            "access_token": session.token,
            "signature": signing.signature(CLIENT_SECRET, identity, issued),
            **(more or {}),
            "instance_url": self.instance(request),
            "id": identity,
            "token_type": "Bearer",
            "issued_at": issued,
        }
        if refresh is not None:
            body["refresh_token"] = refresh
        if not more:
            body["token_format"] = "opaque"
        return Answer(200, body)

    def instance(self, request: Request) -> str:
        """Return where the org's data are: where we were asked, unless that was the login host."""
        if request.host.partition(":")[0] in _LOGIN_HOSTS:
            return f"{request.scheme}://{self.settings['my_domain']}.my.salesforce.com"
        return request.base

    def _identities(self, request: Request) -> str:
        """Return where identities are told: at the login host, unless we are on loopback."""
        return _LOGIN if ".salesforce.com" in request.host else request.base

    def authorize(self, request: Request) -> Answer:
        """The consent page, which in a sandbox consents at once for the hub's own user."""
        target = request.arg("redirect_uri")
        if request.arg("client_id") != CLIENT_ID or not target:
            raise Unsigned("invalid_client_id", "client identifier invalid")
        if request.arg("response_type") != "code":
            query = {"error": "unsupported_response_type",
                     "error_description": "response type not supported"}  # fmt: skip
        else:
            query = {"code": self.sessions.issue_code(self.hub, target)}
        if state := request.arg("state"):
            query["state"] = state
        joint = "&" if "?" in target else "?"
        return Answer.empty(302, [("Location", f"{target}{joint}{urlencode(query)}")])

    def revoke(self, request: Request) -> Answer:
        """End a session or a grant."""
        token = request.arg("token") or _form(request).get("token", "")
        if not self.sessions.revoke(token):
            raise Unsigned("unsupported_token_type", "this token type is not supported")
        return Answer.empty(200)

    def introspect(self, request: Request) -> Answer:
        """Tell what a token is worth."""
        asked = _form(request)
        _check_client(asked)
        session = self.sessions.find(asked.get("token", ""))
        if session is None:
            return Answer(200, {"active": False})
        user = by_id(self.org, session.user)
        if user is None:
            return Answer(200, {"active": False})
        return Answer(200, {
            "active": True, "scope": SCOPE, "client_id": CLIENT_ID, "username": user.username,
            "sub": f"{_LOGIN}/id/{self.org.org_id}/{user.id}", "token_type": "access_token",
            "exp": int(session.until), "iat": int(session.until - self.settings["session_seconds"]),
        })  # fmt: skip


def _form(request: Request) -> dict[str, str]:
    """Return the form's fields, with the client's own where they came by Basic authentication."""
    try:
        asked = request.form()
    except BadForm:
        raise Unsigned("invalid_request", "the body is not a form") from None
    asked = {**dict(request.query), **asked}
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            name, _, secret = base64.b64decode(credentials).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            raise Unsigned("invalid_client", "invalid client credentials") from None
        asked |= {"client_id": name, "client_secret": secret}
    return asked


def _check_client(asked: dict[str, str], *, secret: bool = True) -> None:
    if asked.get("client_id") != CLIENT_ID:
        raise Unsigned("invalid_client_id", "client identifier invalid")
    if secret and asked.get("client_secret") != CLIENT_SECRET:
        raise Unsigned("invalid_client", "invalid client credentials")
