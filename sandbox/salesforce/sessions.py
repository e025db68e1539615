"""Sessions and grants: who may call, until when, and with which refresh token."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.clock import Clock
from sandbox.salesforce.errors import Unsigned

CLIENT_ID = "3MVG9sandbox.salesforce.client.id"
CLIENT_SECRET = "sandbox-salesforce-client-secret"
CODE_SECONDS = 900
PASSWORD = "sandbox-salesforce-password"
SECURITY_TOKEN = "sandboxToken"
REFRESH_TOKEN = "5Aep861sandbox-salesforce-refresh-token"
SCOPE = "api refresh_token id"


@dataclass(slots=True)
class Session:
    """A session: its token is what a query cursor belongs to."""

    token: str
    user: str
    until: float
    refresh: str | None = None


@dataclass(slots=True)
class Code:
    """An authorization code, good once."""

    user: str
    redirect: str
    until: float


@dataclass(slots=True)
class Sessions:
    """Every session of the org and every refresh token that buys one."""

    clock: Clock
    settings: Mapping[str, Any]
    org: str
    live: dict[str, Session] = field(default_factory=dict)
    refresh: dict[str, str] = field(default_factory=dict)
    codes: dict[str, Code] = field(default_factory=dict)
    made: int = 0

    def start(self, user: str) -> None:
        """Begin with the credentials that the sandbox describes, all of them good."""
        self.live.clear()
        self.codes.clear()
        self.refresh = {REFRESH_TOKEN: user}
        self._hold(self.first_token(), user)

    def first_token(self) -> str:
        """Return the access token that works from the start."""
        return f"{self.org[:15]}!AQEAQ{_drawn('first')}"

    def find(self, token: str) -> Session | None:
        """Return the session of a token if it still lives; using it keeps it alive."""
        session = self.live.get(token)
        if session is None or session.until <= self.clock.now():
            return None
        return session

    def open(self, user: str, refresh: str | None = None) -> Session:
        """Begin a session."""
        self.made += 1
        return self._hold(f"{self.org[:15]}!AQEAQ{_drawn(f'access:{self.made}')}", user, refresh)

    def _hold(self, token: str, user: str, refresh: str | None = None) -> Session:
        until = self.clock.now() + self.settings["session_seconds"]
        self.live[token] = Session(token, user, until, refresh)
        return self.live[token]

    def grant(self, user: str) -> str:
        """Return a new refresh token for a user."""
        self.made += 1
        token = f"5Aep861{_drawn(f'refresh:{self.made}')}"
        self.refresh[token] = user
        return token

    def spend(self, token: str) -> tuple[str, str | None]:
        """
        Return whose a refresh token is, and the one that takes its place if they rotate.

        Where they rotate, the spent one is dead from this moment, whether or not the answer arrives.
        """
        user = self.refresh.get(token)
        if user is None:
            raise Unsigned("invalid_grant", "expired access/refresh token")
        if not self.settings["rotate_refresh_tokens"]:
            return user, None
        del self.refresh[token]
        return user, self.grant(user)

    def issue_code(self, user: str, redirect: str) -> str:
        """Return an authorization code."""
        self.made += 1
        code = f"aPrx{_drawn(f'code:{self.made}')}"
        self.codes[code] = Code(user, redirect, self.clock.now() + CODE_SECONDS)
        return code

    def redeem(self, code: str, redirect: str) -> str:
        """Return whose a code is, and forget it."""
        found = self.codes.pop(code, None)
        if found is None:
            raise Unsigned("invalid_grant", "invalid authorization code")
        if found.until <= self.clock.now():
            raise Unsigned("invalid_grant", "expired authorization code")
        if found.redirect != redirect:
            raise Unsigned("redirect_uri_mismatch", "redirect_uri must match configuration")
        return found.user

    def revoke(self, token: str) -> bool:
        """End a session, or a refresh token with all sessions it bought; False if there is none."""
        if self.refresh.pop(token, None) is not None:
            for session in [it for it in self.live.values() if it.refresh == token]:
                del self.live[session.token]
            return True
        return self.live.pop(token, None) is not None

    def expire(self) -> None:
        """Let every session lapse now."""
        for session in self.live.values():
            session.until = self.clock.now() - 1


def _drawn(seed: str) -> str:
    """Return a token's random-looking part, the same in every run."""
    return hashlib.blake2b(f"salesforce:{seed}".encode(), digest_size=48).hexdigest()
