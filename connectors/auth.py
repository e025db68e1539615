"""Who we are, where that never changes: nobody, a user with a secret, a token of a long life."""

from __future__ import annotations

import base64
from collections.abc import Mapping


class NoAuth:
    """Nobody in particular."""

    def headers(self) -> Mapping[str, str]:
        return {}

    def refused(self) -> bool:
        return False


class BasicAuth:
    """A user and a secret. Zendesk's user is `mail/token`, Jira Cloud's the e-mail address."""

    def __init__(self, user: str, secret: str) -> None:
        self._user = user
        pair = base64.b64encode(f"{user}:{secret}".encode()).decode()
        self._headers = {"authorization": f"Basic {pair}"}

    def __repr__(self) -> str:
        return f"BasicAuth({self._user!r}, …)"

    def headers(self) -> Mapping[str, str]:
        return self._headers

    def refused(self) -> bool:
        return False


class BearerToken:
    """A token that somebody else looks after (a Data Center PAT, a token of a fixed life)."""

    def __init__(self, token: str) -> None:
        self._headers = {"authorization": f"Bearer {token}"}

    def __repr__(self) -> str:
        return "BearerToken(…)"

    def headers(self) -> Mapping[str, str]:
        return self._headers

    def refused(self) -> bool:
        return False
