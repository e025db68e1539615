"""
`hub sign-in jira`: let a person allow the hub into Jira by OAuth 2.0 (3LO), once.

The tokens go into the store, where every run finds and renews them; hub.toml holds only the client.
"""

from __future__ import annotations

from typing import NamedTuple

from connectors.budget import jira_budget
from connectors.http import Http
from connectors.oauth import Authorization, OAuth, atlassian_oauth
from flows.wiring import Wires
from hub.errors import Misconfigured
from hub.model import JIRA
from hub.ports import Store
from hub.settings import JiraSettings

REDIRECT = "http://localhost:8787/callback"
API = "https://api.atlassian.com"


class Site(NamedTuple):
    """A Jira site that the person let us into, and the address of its API for such tokens."""

    name: str
    url: str
    api_url: str


class JiraSignIn:
    """One sign-in: `begin` gives the address to open, `end` takes the one that the browser came back to."""

    def __init__(self, settings: JiraSettings, store: Store, wires: Wires, ca: str | None = None) -> None:
        if settings.oauth is None:
            raise Misconfigured("hub.toml: [jira.oauth] with `client_id` and `client_secret` is missing")
        origin = settings.oauth.auth_url or "https://auth.atlassian.com"
        self._api = settings.oauth.api_origin or API
        self._wires, self._ca = wires, ca
        self._oauth: OAuth = atlassian_oauth(
            client_id=settings.oauth.client_id,
            client_secret=settings.oauth.client_secret.get_secret_value(),
            vault=store,
            base_url=origin,
            now=wires.wall,
            sleep=wires.sleep,
            **({"transport": wires.transports[JIRA]} if JIRA in wires.transports else {}),
            **({"ca": ca} if ca else {}),
        )
        self._begun: Authorization | None = None

    def begin(self, redirect: str = REDIRECT) -> str:
        """Return the address that a person opens to let us in."""
        self._begun = self._oauth.start(redirect)
        return self._begun.url

    def end(self, came_back_to: str) -> list[Site]:
        """Keep the tokens, and return the sites they are good for. Raises `SignInFailed`."""
        if self._begun is None:
            raise Misconfigured("sign-in was not begun")
        self._oauth.finish(self._begun, came_back_to)
        http = Http(
            self._api,
            system=JIRA,
            auth=self._oauth,
            budget=jira_budget(now=self._wires.monotonic, sleep=self._wires.sleep),
            transport=self._wires.transports.get(JIRA),
            ca=self._ca,
            sleep=self._wires.sleep,
        )
        try:
            path = "/oauth/token/accessible-resources"
            found = http.request("GET", path, endpoint=f"GET {path}").json()
        finally:
            http.close()
        return [Site(s["name"], s["url"], f"{self._api}/ex/jira/{s['id']}") for s in found]
