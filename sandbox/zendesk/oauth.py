"""OAuth: clients, codes, tokens that lapse, refresh tokens that serve once."""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass, field
from typing import Any

from sandbox.zendesk import errors
from sandbox.zendesk.records import Json
from sandbox.zendesk.render import stamp
from sandbox.zendesk.state import Account

CODE_LIFETIME = 120
SHORTEST, LONGEST = 300, 172_800
REFRESH_DEFAULT = 30 * 86_400


@dataclass(slots=True)
class Token:
    """An access token and the refresh token that goes with it."""

    id: int
    access: str
    client_id: int
    user_id: int
    scopes: list[str]
    created: float
    expires: float | None
    refresh: str | None = None
    refresh_expires: float | None = None
    used: float | None = None


@dataclass(slots=True)
class Client:
    """An OAuth client of the account. Its own user acts under `client_credentials`."""

    id: int
    identifier: str
    secret: str
    name: str
    user_id: int
    redirect_uris: list[str] = field(default_factory=list)
    confidential: bool = True


@dataclass(slots=True)
class Code:
    """An authorization code, good for two minutes and once."""

    client_id: int
    user_id: int
    scopes: list[str]
    redirect_uri: str
    challenge: str
    method: str
    expires: float


class OAuth:
    """The account's clients and tokens."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self.clients: dict[int, Client] = {}
        self.codes: dict[str, Code] = {}
        self.tokens: dict[str, Token] = {}
        self._refresh: dict[str, Token] = {}

    def client(self, identifier: Any) -> Client | None:
        """Return a client by its unique identifier or id."""
        for client in self.clients.values():
            if str(identifier) in (client.identifier, str(client.id)):
                return client
        return None

    def valid(self, access: str) -> Token:
        """Return the token of a request. Answers 401 if it is unknown or lapsed."""
        token, now = self.tokens.get(access), self._account.clock.now()
        if token is None or (token.expires is not None and token.expires <= now):
            raise errors.bad_token()
        token.used = now
        return token

    def expire(self) -> None:
        """Let every access token lapse now."""
        now = self._account.clock.now()
        for token in self.tokens.values():
            token.expires = now if token.expires is None else min(token.expires, now)

    def issue(
        self,
        client_id: int,
        user_id: int,
        scopes: list[str],
        *,
        expires_in: int | None = None,
        refresh: bool = False,
        refresh_in: int | None = None,
        access: str | None = None,
    ) -> Token:
        """Make a token."""
        now = self._account.clock.now()
        token = Token(
            id=self._account.new_id(),
            access=access or secrets.token_hex(32),
            client_id=client_id,
            user_id=user_id,
            scopes=scopes,
            created=now,
            expires=None if expires_in is None else now + expires_in,
        )
        if refresh:
            token.refresh = secrets.token_hex(32)
            token.refresh_expires = now + (refresh_in or REFRESH_DEFAULT)
            self._refresh[token.refresh] = token
        self.tokens[token.access] = token
        return token

    def revoke(self, token: Token) -> None:
        """Make a token and its refresh token worthless."""
        self.tokens.pop(token.access, None)
        if token.refresh:
            self._refresh.pop(token.refresh, None)

    def grant(self, body: Json) -> Json:
        """Answer `POST /oauth/tokens`."""
        grants = {
            "authorization_code": self._by_code,
            "refresh_token": self._by_refresh,
            "client_credentials": self._by_client,
        }
        grant = grants.get(str(body.get("grant_type")))
        if grant is None:
            raise _refused("unsupported_grant_type", "The grant type is not supported", 400)
        client = self.client(body.get("client_id"))
        if client is None:
            raise _refused("invalid_client", "Client authentication failed", 401)
        given = str(body.get("client_secret") or "")
        public = not client.confidential and body.get("grant_type") != "client_credentials"
        if not public and not secrets.compare_digest(given.encode(), client.secret.encode()):
            raise _refused("invalid_client", "Client authentication failed", 401)
        lifetime = _lifetime(body.get("expires_in"))
        token = grant(client, body, lifetime)
        return self._answer(token, lifetime)

    def _by_code(self, client: Client, body: Json, lifetime: int | None) -> Token:
        code = self.codes.pop(str(body.get("code")), None)
        if (
            code is None
            or code.client_id != client.id
            or code.expires <= self._account.clock.now()
            or code.redirect_uri != body.get("redirect_uri", code.redirect_uri)
            or not _proves(code, str(body.get("code_verifier") or ""))
        ):
            raise _invalid_grant()
        return self.issue(client.id, code.user_id, code.scopes, expires_in=lifetime, refresh=True,
                          refresh_in=body.get("refresh_token_expires_in"))  # fmt: skip

    def _by_refresh(self, client: Client, body: Json, lifetime: int | None) -> Token:
        old = self._refresh.get(str(body.get("refresh_token")))
        now = self._account.clock.now()
        if old is None or old.client_id != client.id or (old.refresh_expires or now) <= now:
            raise _invalid_grant()
        self.revoke(old)
        scopes = _scopes(body.get("scope")) or old.scopes
        return self.issue(client.id, old.user_id, scopes, expires_in=lifetime, refresh=True,
                          refresh_in=body.get("refresh_token_expires_in"))  # fmt: skip

    def _by_client(self, client: Client, body: Json, lifetime: int | None) -> Token:
        if not client.confidential:
            raise _refused("unauthorized_client", "Only confidential clients may use this", 400)
        scopes = _scopes(body.get("scope")) or ["read", "write"]
        return self.issue(client.id, client.user_id, scopes, expires_in=lifetime)

    def _answer(self, token: Token, lifetime: int | None) -> Json:
        body: Json = {
            "access_token": token.access,
            "token_type": "bearer",
            "scope": " ".join(token.scopes),
        }
        if token.refresh:
            body["refresh_token"] = token.refresh
        if lifetime is not None:
            # The vendor tells lifetimes only to those who asked for one.
            body["expires_in"] = lifetime
            if token.refresh_expires is not None:
                body["refresh_token_expires_in"] = int(token.refresh_expires - token.created)
        return body

    def shown(self, token: Token, base: str, *, whole: bool = False) -> Json:
        """Return a token's record; of the token itself only the beginning."""
        return {
            "url": f"{base}/api/v2/oauth/tokens/{token.id}.json",
            "id": token.id,
            "user_id": token.user_id,
            "client_id": token.client_id,
            "token": token.access if whole else token.access[:10],
            "refresh_token": token.refresh[:10] if token.refresh else None,
            "created_at": stamp(int(token.created)),
            "expires_at": stamp(int(token.expires)) if token.expires is not None else None,
            "used_at": stamp(int(token.used)) if token.used is not None else None,
            "scopes": token.scopes,
        }


def _scopes(text: Any) -> list[str]:
    if isinstance(text, list):
        return [str(one) for one in text]
    return str(text or "").split()


def _lifetime(given: Any) -> int | None:
    if given in (None, ""):
        return None
    try:
        seconds = int(given)
    except (TypeError, ValueError):
        seconds = 0
    if not SHORTEST <= seconds <= LONGEST:
        raise _refused("invalid_request", f"expires_in must lie between {SHORTEST} and {LONGEST}", 400)
    return seconds


def _proves(code: Code, verifier: str) -> bool:
    if not code.challenge:
        return True
    if code.method == "plain":
        return secrets.compare_digest(verifier, code.challenge)
    digest = hashlib.sha256(verifier.encode()).digest()
    mine = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    return secrets.compare_digest(mine, code.challenge)


def _refused(label: str, text: str, status: int) -> errors.ApiError:
    return errors.ApiError(status, {"error": label, "error_description": text})


def _invalid_grant() -> errors.ApiError:
    return _refused(
        "invalid_grant",
        "The provided authorization grant is invalid, expired, revoked, does not match the "
        "redirection URI used in the authorization request, or was issued to another client.",
        400,
    )
