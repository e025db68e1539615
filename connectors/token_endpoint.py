"""
A vendor's token endpoint: what is asked of it, and what its refusals mean.

The protocol is requests-oauthlib's; its calls ride on our wire.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

import httpx
import requests
from oauthlib.oauth2 import BackendApplicationClient, OAuth2Error, ServiceApplicationClient
from requests_oauthlib import OAuth2Session

from connectors.auth import NoAuth
from connectors.bridge import HttpAdapter
from connectors.budget import PacedBudget
from connectors.http import Http
from connectors.reply import InDoubt, Reply
from connectors.wire import is_loopback, origin_of
from hub.errors import Misconfigured, SignInFailed, Unavailable

# Both libraries write requests and answers, secrets included, to their debug logs.
for _chatty in ("requests_oauthlib", "oauthlib"):
    logging.getLogger(_chatty).setLevel(logging.INFO)


_ASSERTED_FOR = 180
"""Seconds that an assertion holds; Salesforce takes none that holds longer."""
_SAID = {
    "approved": (
        "an administrator must pre-authorise the hub's user for this app: in its policies choose "
        "\"Admin approved users are pre-authorized\" and add the hub's permission set"
    ),
    "audience": (
        "`audience` in hub.toml must be https://login.salesforce.com, "
        "or https://test.salesforce.com for a Salesforce sandbox"
    ),
    "not supported on this domain": "`url` in hub.toml must be the org's My Domain, not a login host",
}


class Client(NamedTuple):
    """What the vendor knows this hub by, and what it asks for."""

    client_id: str
    client_secret: str
    scope: str
    extra: Mapping[str, str]
    """Sent with each request for a token."""

    def __repr__(self) -> str:
        return f"Client({self.client_id!r}, …)"


class Assertion(NamedTuple):
    """Who we say that we are, and the key that proves it (JWT bearer, RS256)."""

    subject: str
    """The user that the hub acts as."""
    key: str
    """An RSA private key, PEM."""
    audience: str

    def __repr__(self) -> str:
        return f"Assertion({self.subject!r}, …)"


class Authorization(NamedTuple):
    """A sign-in that was begun: show `url` to a person, keep the rest for its answer."""

    url: str
    state: str
    verifier: str
    redirect_uri: str

    def __repr__(self) -> str:
        return "Authorization(…)"


class TokenEndpoint:
    """Asks for tokens. Each method returns the vendor's answer, or raises `SignInFailed`."""

    def __init__(
        self,
        token_url: str,
        *,
        system: str,
        client: Client,
        transport: httpx.BaseTransport | None = None,
        ca: str | None = None,
        sleep: Callable[[float], None] = time.sleep,
        form: bool = False,
    ) -> None:
        """`form`: requests go as a form, which RFC 6749 says; else as JSON, which some vendors document."""
        origin = origin_of(token_url)
        if origin.scheme != "https" and not is_loopback(origin.host):
            raise Misconfigured(
                f"the token address of {system} is {token_url}: secrets are only sent over https"
            )
        parts = urlsplit(token_url)
        self._system = system
        self._client = client
        self._adapter = HttpAdapter if form else _TokenAdapter
        self._base = f"{parts.scheme}://{parts.netloc}"
        # The library insists on https, also on this machine: the adapter puts our address back.
        self._alias = f"https://{parts.netloc}"
        self._url = self._alias + parts.path
        self._http = Http(
            self._base,
            system=system,
            auth=NoAuth(),
            budget=PacedBudget(system, sleep=sleep),
            transport=transport,
            ca=ca,
            connections=1,
            sleep=sleep,
        )

    def refresh(self, refresh_token: str) -> Mapping[str, Any]:
        # A refresh that was not answered may be asked again: vendors that rotate allow it for a
        # while, and with those that do not there is nothing left to lose.
        client = self._client
        secret = {"client_secret": client.client_secret} if client.client_secret else {}
        session = self._session(OAuth2Session(client.client_id), safe=True)
        return self._asking(
            lambda: session.refresh_token(
                self._url,
                refresh_token=refresh_token,
                client_id=client.client_id,
                **secret,
                **client.extra,
            )
        )

    def as_service(self) -> Mapping[str, Any]:
        client = self._client
        scope = {"scope": client.scope} if client.scope else {}
        grant = BackendApplicationClient(client.client_id)
        session = self._session(OAuth2Session(client=grant), safe=True)
        return self._asking(
            lambda: session.fetch_token(
                self._url,
                include_client_id=True,
                client_secret=client.client_secret,
                **scope,
                **client.extra,
            )
        )

    def by_assertion(self, who: Assertion, now: float) -> Mapping[str, Any]:
        """Prove who we are with a key. Raises `Misconfigured` if the key is none."""
        import jwt  # noqa: PLC0415  slow to import, and only this way of signing in needs it

        grant = ServiceApplicationClient(
            self._client.client_id,
            private_key=who.key,
            subject=who.subject,
            issuer=self._client.client_id,
            audience=who.audience,
        )
        session = self._session(OAuth2Session(client=grant), safe=True)
        try:
            return self._asking(
                lambda: session.fetch_token(
                    self._url,
                    include_client_id=False,
                    issued_at=int(now),
                    expires_at=int(now) + _ASSERTED_FOR,
                    **self._client.extra,
                )
            )
        except (ValueError, TypeError, jwt.PyJWTError) as error:
            raise Misconfigured(
                f"the private key of {self._system} cannot be used ({type(error).__name__}): `key` must name "
                f"an RSA key in PEM form, without a pass phrase"
            ) from None

    def begin(self, authorize_url: str, redirect_uri: str, **extra: str) -> Authorization:
        """Return the address where a person lets us in."""
        session: Any = OAuth2Session(
            self._client.client_id,
            redirect_uri=redirect_uri,
            scope=self._client.scope or None,
            pkce="S256",
        )
        url, state = session.authorization_url(authorize_url, **extra)
        verifier = str(session._code_verifier)  # noqa: SLF001  # it is shown nowhere else
        return Authorization(url, state, verifier, redirect_uri)

    def by_code(self, begun: Authorization, answer_url: str) -> Mapping[str, Any]:
        """Exchange the code that a person was sent back with. Never twice: it is good once."""
        client = self._client
        session = self._session(
            OAuth2Session(client.client_id, state=begun.state, redirect_uri=begun.redirect_uri),
            safe=False,
        )
        https = answer_url.replace("http://", "https://", 1)  # as above: a local address is fine
        return self._asking(
            lambda: session.fetch_token(
                self._url,
                authorization_response=https,
                include_client_id=True,
                client_secret=client.client_secret or None,
                code_verifier=begun.verifier,
                **client.extra,
            )
        )

    def close(self) -> None:
        self._http.close()

    def _session(self, session: OAuth2Session, *, safe: bool) -> Any:  # the library is untyped
        session.trust_env = False
        adapter = self._adapter(
            self._send, system=self._system, base_url=self._base, alias=self._alias, safe=safe
        )
        session.mount("https://", adapter)
        return session

    def _send(self, method: str, path: str, **options: Any) -> Reply:
        reply = self._http.request(method, path, **options)
        # Said here, where a login page can be shown: the library would only miss a token in it.
        try:
            _ = reply.decode(dict[str, Any])
        except Unavailable:
            if reply.content.lstrip().startswith(b"<"):
                raise
            raise Unavailable(
                f"{self._system} answered {path} (status {reply.status}) with something that cannot be "
                "read, and is not shown: there may be a token in it. Check that the address in hub.toml is "
                "the API's"
            ) from None
        return reply

    def _asking(self, ask: Callable[[], Mapping[str, Any]]) -> Mapping[str, Any]:
        try:
            return ask()
        except OAuth2Error as error:
            said = f"{error.error}: {error.description}" if error.description else error.error
            cure = _cure(str(error.error), str(error.description or ""))
            raise SignInFailed(f"{self._system} gave us no token ({said}); {cure}") from None
        except InDoubt as error:
            raise SignInFailed(f"{error}; begin the sign-in again with `hub init`") from error


class _TokenAdapter(HttpAdapter):
    """Sends the form of a token request as JSON, which is what the vendors document."""

    def send(  # type: ignore[override]
        self, request: requests.PreparedRequest, *_: Any, **__: Any
    ) -> requests.Response:
        form = dict(parse_qsl(str(request.body or "")))
        fields: dict[str, Any] = {
            name: int(value) if name.endswith("expires_in") else value for name, value in form.items()
        }
        request.prepare_body(data=None, files=None, json=fields)
        request.headers["Content-Type"] = "application/json"
        return super().send(request)


def _cure(error: str, description: str) -> str:
    for words, cure in _SAID.items():
        if words in description:
            return cure
    match error:
        case "invalid_grant":
            return (
                "the sign-in has ended or was used elsewhere: run `hub init` to sign in again, "
                "or put a new refresh token into hub.toml"
            )
        case "invalid_client" | "invalid_client_id" | "unauthorized_client" | "access_denied":
            return "check client_id and client_secret in hub.toml, and what the client may do"
        case "invalid_scope":
            return "check the scopes of this system in hub.toml"
        case _:
            return "check this system's client settings in hub.toml, or run `hub init` again"
