"""
OAuth 2.0 with tokens that expire and rotate.

A rotated refresh token is saved before the access token beside it is used: it exists once, and a
process that dies takes along what it did not save.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Literal, Protocol

import httpx

from connectors.auth import BasicAuth, BearerToken, NoAuth
from connectors.oauth_token import Token, is_word
from connectors.token_endpoint import Assertion, Authorization, Client, TokenEndpoint
from connectors.wire import origin_of
from hub.errors import SignInFailed, Unavailable

__all__ = [
    "Assertion",
    "Authorization",
    "BasicAuth",
    "BearerToken",
    "NoAuth",
    "OAuth",
    "TokenVault",
    "atlassian_oauth",
    "salesforce_oauth",
    "zendesk_oauth",
]
_EARLY = 60.0
"""Seconds before its end that a token is renewed: longer than a request may take."""
_JUST_RENEWED = 30.0
"""A token that is refused so soon after it was made is not refused for its age."""
_LOOKS = 5
_BETWEEN_LOOKS = 0.2


class TokenVault(Protocol):
    """Where rotating tokens live between runs: `hub.ports.Store` is one."""

    def save_secret(self, name: str, value: str) -> None: ...
    def secret(self, name: str) -> str | None: ...


class OAuth:
    """
    Bearer tokens that are renewed a little before they end. Safe to share between threads.

    Of many threads, and of many processes with one vault, one renews and the others use what it
    got. `grant`: `refresh_token` (a person signed in once), `client_credentials` (a service) or
    `assertion` (a key).
    """

    def __init__(
        self,
        *,
        system: str,
        token_url: str,
        client_id: str,
        client_secret: str = "",
        vault: TokenVault,
        grant: Literal["refresh_token", "client_credentials", "assertion"] = "refresh_token",
        refresh_token: str = "",
        scope: str = "",
        extra: Mapping[str, str] | None = None,
        authorize_url: str = "",
        authorize_extra: Mapping[str, str] | None = None,
        name: str = "",
        assertion: Assertion | None = None,
        form: bool = False,
        base_url: str = "",
        trusts: Callable[[str], bool] | None = None,
        transport: httpx.BaseTransport | None = None,
        ca: str | None = None,
        now: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """
        `refresh_token`: one from elsewhere to begin with, if the vault holds none.
        `extra` is sent with each request for a token (Zendesk: `expires_in`), `authorize_extra`
        with the address that a person opens. `name`: the vault's name for our token.
        `form`: how requests for tokens go, see `TokenEndpoint`. `base_url`: where calls go if the
        vendor does not say so with a token; an address of its own choosing must be one it `trusts`.
        """
        self._system = system
        self._client_id = client_id
        self._vault = vault
        self._grant = grant
        self._seed = refresh_token
        self._authorize_url = authorize_url
        self._authorize_extra = dict(authorize_extra or {})
        self._name = name or f"oauth.{system}.{client_id}"
        self._assertion = assertion
        self._base_url = base_url
        self._trusts = trusts
        self._now = now
        self._sleep = sleep
        self._endpoint = TokenEndpoint(
            token_url,
            system=system,
            client=Client(client_id, client_secret, scope, dict(extra or {})),
            transport=transport,
            ca=ca,
            sleep=sleep,
            form=form,
        )
        self._lock = threading.Lock()
        self._token: Token | None = None
        self._used = threading.local()

    def __repr__(self) -> str:
        return f"OAuth(system={self._system!r}, client_id={self._client_id!r}, …)"

    # the Auth of connectors.http
    def headers(self) -> Mapping[str, str]:
        """Raises `SignInFailed` if no token can be had, `NotDone` if the system does not answer."""
        token = self._token
        if token is None or not self._fresh(token):
            token = self._renew(spent=None)
        self._used.access = token.access
        return {"authorization": f"Bearer {token.access}"}

    def refused(self) -> bool:
        """Return whether a token that was not refused yet is at hand now."""
        spent = getattr(self._used, "access", None)
        token = self._token
        if token is not None and token.access == spent and 0 <= self._age(token) < _JUST_RENEWED:
            return False
        return self._renew(spent=spent).access != spent

    def home(self) -> str:
        """Return the base URL of calls, as the sign-in told it. Raises what `headers` raises."""
        token = self._token or self._renew(spent=None)
        return token.home or self._base_url

    # signing in, for `hub init`
    def start(self, redirect_uri: str) -> Authorization:
        """Return the address where a person lets us in."""
        return self._endpoint.begin(self._authorize_url, redirect_uri, **self._authorize_extra)

    def finish(self, begun: Authorization, answer_url: str) -> None:
        """
        Exchange the code in the address that the person was sent back to, and keep the token.

        Raises `SignInFailed` if the person said no, if the answer is not to `begun`, or too late.
        """
        answer = self._endpoint.by_code(begun, answer_url)
        with self._lock:
            _ = self._keep(answer, "")

    def close(self) -> None:
        self._endpoint.close()

    def _age(self, token: Token) -> float:
        return self._now() - token.made

    def _fresh(self, token: Token) -> bool:
        return not token.ends or token.ends - _EARLY > self._now()

    def _usable(self, token: Token | None, spent: str | None) -> bool:
        return (
            token is not None and token.access != spent and self._fresh(token) and is_word(token.access)
        )

    def _renew(self, spent: str | None) -> Token:
        """Return a token other than `spent`: another thread's, another process's, or a new one."""
        with self._lock:
            if self._token is not None and self._usable(self._token, spent):
                return self._token
            stored = self._stored()
            if stored is not None and self._usable(stored, spent):
                self._token = stored
                return stored
            if self._grant == "client_credentials":
                return self._keep(self._endpoint.as_service(), "")
            if self._assertion is not None:
                return self._keep(self._endpoint.by_assertion(self._assertion, self._now()), "")
            return self._refresh(stored)

    def _stored(self) -> Token | None:
        text = self._vault.secret(self._name)
        try:
            return Token.load(text) if text else None
        except (ValueError, TypeError):
            return None

    def _refresh(self, stored: Token | None) -> Token:
        refresh = (stored.refresh if stored else "") or self._seed
        if not refresh:
            raise SignInFailed(f"nobody has signed in to {self._system} yet: run `hub init`")
        try:
            return self._refresh_with(refresh)
        except SignInFailed:
            if not self._seed or refresh == self._seed:
                raise
            # What the vault holds is lost; a person may have written a new one into the settings.
            return self._keep(self._endpoint.refresh(self._seed), self._seed)

    def _refresh_with(self, refresh: str) -> Token:
        try:
            answer = self._endpoint.refresh(refresh)
        except SignInFailed:
            # Another process may have used this refresh token a moment ago, and be saving its own.
            theirs = self._look_again(refresh)
            if theirs is None:
                raise
            self._token = theirs
            return theirs
        return self._keep(answer, refresh)

    def _look_again(self, refresh: str) -> Token | None:
        for look in range(_LOOKS):
            if look:
                self._sleep(_BETWEEN_LOOKS)
            stored = self._stored()
            if stored is not None and stored.refresh != refresh and self._fresh(stored):
                return stored
        return None

    def _keep(self, answer: Mapping[str, Any], refresh: str) -> Token:
        now = self._now()
        seconds = answer.get("expires_in")
        access, renewing = answer.get("access_token"), answer.get("refresh_token") or refresh
        if not is_word(access) or (renewing and not is_word(renewing)):  # kept, it would stop every run
            raise Unavailable(
                f"{self._system} answered the sign-in with what cannot be a token; the next run asks again"
            )
        token = Token(
            access=str(access),
            refresh=str(renewing),
            ends=now + float(seconds) if seconds else 0.0,
            made=now,
            home=self._home_of(answer),
        )
        self._vault.save_secret(self._name, token.dump())
        self._token = token
        return token


    def _home_of(self, answer: Mapping[str, Any]) -> str:
        home = str(answer.get("instance_url") or "").rstrip("/")
        if home and self._trusts is not None and not self._trusts(home):
            raise SignInFailed(
                f"{self._system} signed us in, but sends our calls to {home}, which is not a host of its "
                f"own: check `url` in hub.toml. Nothing was sent there."
            )
        return home


def zendesk_oauth(
    base_url: str, *, client_id: str, client_secret: str, vault: TokenVault, **options: Any
) -> OAuth:
    """Zendesk's addresses. It tells when a token ends only if asked to end it: so we always do."""
    settings: dict[str, Any] = {"scope": "read write", "extra": {"expires_in": "7200"}, **options}
    return OAuth(
        system="zendesk",
        token_url=f"{base_url.rstrip('/')}/oauth/tokens",
        authorize_url=f"{base_url.rstrip('/')}/oauth/authorizations/new",
        client_id=client_id,
        client_secret=client_secret,
        vault=vault,
        **settings,
    )


def atlassian_oauth(
    *,
    client_id: str,
    client_secret: str,
    vault: TokenVault,
    base_url: str = "https://auth.atlassian.com",
    **options: Any,
) -> OAuth:
    """Atlassian's addresses. Its refresh tokens need `offline_access` and rotate at every use."""
    settings: dict[str, Any] = {
        "scope": "read:jira-work write:jira-work read:jira-user offline_access",
        "authorize_extra": {"audience": "api.atlassian.com", "prompt": "consent"},
        **options,
    }
    return OAuth(
        system="jira",
        token_url=f"{base_url}/oauth/token",
        authorize_url=f"{base_url}/authorize",
        client_id=client_id,
        client_secret=client_secret,
        vault=vault,
        **settings,
    )


def salesforce_oauth(
    url: str,
    *,
    client_id: str,
    client_secret: str = "",
    vault: TokenVault,
    refresh_token: str = "",
    username: str = "",
    key: str = "",
    audience: str = "https://login.salesforce.com",
    **options: Any,
) -> OAuth:
    """
    Salesforce's addresses, at the org's My Domain.

    With `key` (PEM) we sign in as `username` by it, with a refresh token as who gave it to us, and else
    as the user whom the app runs as. Tokens do not say when they end: a 401 does. Use `home` of what
    this returns as the base of calls: the instance may have another address than My Domain.
    """
    base = url.rstrip("/")
    own = origin_of(base)

    def trusts(home: str) -> bool:
        there = origin_of(home)
        return there == own or (there.scheme == "https" and there.host.endswith(".salesforce.com"))

    grant = "assertion" if key else "refresh_token" if refresh_token else "client_credentials"
    settings: dict[str, Any] = {"name": f"oauth.salesforce.{own.host}.{client_id}", "grant": grant, **options}
    return OAuth(
        system="salesforce",
        token_url=f"{base}/services/oauth2/token",
        authorize_url=f"{base}/services/oauth2/authorize",
        client_id=client_id,
        client_secret=client_secret,
        vault=vault,
        refresh_token=refresh_token,
        assertion=Assertion(username, key, audience) if key else None,
        form=True,
        base_url=base,
        trusts=trusts,
        **settings,
    )
