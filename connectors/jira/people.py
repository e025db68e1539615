"""Finding the account behind an e-mail address, as far as Jira lets us."""

from __future__ import annotations

import threading
from typing import Any

from connectors.jira.client import JiraClient
from connectors.jira.nodes import mapping_of
from hub.model import Json


class Unknown(Exception):
    """No account is known for an address. `str()` says what to do."""


class People:
    """Resolves people to account ids; asks for each address once."""

    def __init__(self, client: JiraClient) -> None:
        self._client = client
        self._known: dict[str, str] = {}
        self._lock = threading.Lock()

    def resolved(self, value: Json) -> Json:
        """Return a person with an account id. Raises `Unknown`."""
        known = mapping_of(value)
        if not known or known.get("id"):
            return value
        email = str(known.get("email") or "").lower()
        return {"id": self._account(email)} if email else None

    def _account(self, email: str) -> str:
        with self._lock:
            if email not in self._known:
                self._known[email] = self._searched(email)
            found = self._known[email]
        if not found:
            raise Unknown(
                f"Jira knows no account for {email}, or hides it from us: check the address, the "
                f"person's e-mail visibility, and that our account may browse users"
            )
        return found

    def _searched(self, email: str) -> str:
        people = [u for u in self._client.users(email) if u.account_type in {None, "atlassian"}]
        exact = [u for u in people if (u.email_address or "").lower() == email]
        # A search by a whole address also finds people who hide theirs: one hit is then the one.
        hidden = [u for u in people if not u.email_address]
        chosen: list[Any] = exact or (hidden if len(people) == 1 else [])
        return chosen[0].account_id if chosen else ""
