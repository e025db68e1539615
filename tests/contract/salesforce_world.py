"""A Salesforce org stand-in with a frozen clock and the real connector to it, for the contract tests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from connectors.http import Auth
from connectors.oauth import OAuth, salesforce_oauth
from connectors.salesforce.connector import SalesforceConnector
from connectors.salesforce.door import open_org
from hub.account import AccountSeen, ContactSeen
from hub.model import Attachment, RemoteId
from hub.operations import Operation, Outcome
from hub.replica import Cursor, Observation
from sandbox.clock import Clock
from sandbox.inprocess import InProcess
from sandbox.sandbox import Sandbox

START = 1_780_000_000.0
URL = "https://sales.my.salesforce.com"


class Vault:
    """Secrets between runs."""

    def __init__(self) -> None:
        self.held: dict[str, str] = {}

    def save_secret(self, name: str, value: str) -> None:
        self.held[name] = value

    def secret(self, name: str) -> str | None:
        return self.held.get(name)


class Shelf:
    """Files of another system."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    @contextmanager
    def open(self, attachment: Attachment) -> Iterator[Iterator[bytes]]:
        content = self.files.get(attachment.remote_id)
        if content is None:
            raise FileNotFoundError(attachment.name)
        yield (content[at : at + 1000] for at in range(0, len(content), 1000))


class Heard(InProcess):
    """A wire that remembers every request: method, host and path with query."""

    def __init__(self, sandbox: Sandbox, vendor: str) -> None:
        super().__init__(sandbox, vendor)
        self.requests: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return super().handle_request(request)

    def asked(self) -> list[str]:
        return [f"{one.method} {one.url.path}" for one in self.requests]


class World:
    """A stand-in org with a frozen clock, and a connector to it."""

    def __init__(self, kind: str = "empty", **params: Any) -> None:
        self.clock = Clock(START)
        self.sandbox = Sandbox(self.clock, ["salesforce"])
        self.vendor: Any = self.sandbox.vendors["salesforce"]
        self.seeded = self.vendor.seed(kind, **params)
        self.settings = self.vendor.settings
        self.faults = self.sandbox.faults["salesforce"]
        self.wire = Heard(self.sandbox, "salesforce")
        self.vault = Vault()
        self.shelf = Shelf()
        self.naps: list[float] = []
        self.connector = self.connect()

    def told(self) -> Mapping[str, Any]:
        return self.vendor.describe(URL, URL)

    def sign_in(self, how: str = "credentials", url: str = URL, **options: Any) -> OAuth:
        """Sign in by client credentials, a refresh token (`refresh`) or a key (`jwt`)."""
        told = self.told()
        ways: dict[str, dict[str, str]] = {
            "credentials": {"client_secret": told["client_secret"]},
            "refresh": {"client_secret": told["client_secret"], "refresh_token": told["refresh_token"]},
            "jwt": {"username": told["username"], "key": Path(told["jwt_key"]).read_text("utf-8")},
        }
        given: dict[str, Any] = {"client_id": told["client_id"], "vault": self.vault, **ways[how], **options}
        return salesforce_oauth(url, transport=self.wire, now=self.clock.now, sleep=self.nap, **given)

    def connect(
        self, auth: Auth | None = None, *, url: str = URL, reserve: float = 0.2, **options: Any
    ) -> SalesforceConnector:
        http = open_org(
            url,
            auth=auth or self.sign_in(url=url),
            reserve=reserve,
            transport=self.wire,
            sleep=self.nap,
        )
        given: dict[str, Any] = {"files": self.shelf, "now": self.clock.now, "sleep": self.nap, **options}
        return SalesforceConnector(http, **given)

    def nap(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.clock.advance(seconds)

    def person(self, action: str, **params: Any) -> Mapping[str, Any]:
        return self.vendor.person(action, **params)

    def make(self, sobject: str = "Case", **fields: Any) -> RemoteId:
        """Make a record as a person does; return its id."""
        return RemoteId(str(self.person("create", object=sobject, **fields)["id"]))

    def case(self, subject: str = "Broken", **fields: Any) -> RemoteId:
        return self.make(Subject=subject, **fields)

    def edit(self, record: str, **fields: Any) -> None:
        _ = self.person("set_fields", record=record, **fields)

    def pass_time(self, seconds: float = 30 * 60) -> None:
        """Let more time pass than a pass looks back."""
        self.clock.advance(seconds)

    def read(self, cursor: Cursor | None = None) -> tuple[list[Observation], Cursor]:
        pages = list(self.connector.changes(cursor))
        return [seen for page in pages for seen in page.observations], pages[-1].cursor

    def read_accounts(
        self, cursor: Cursor | None = None
    ) -> tuple[list[AccountSeen], list[ContactSeen], Cursor]:
        pages = list(self.connector.account_changes(cursor))
        accounts = [seen for page in pages for seen in page.accounts]
        return accounts, [seen for page in pages for seen in page.contacts], pages[-1].cursor

    def seen(self, name: str, *, whole: bool = True) -> Observation:
        return self.connector.fetch([name], whole=whole)[name]

    def raw(self, name: str) -> Mapping[str, Any]:
        seen = self.seen(name, whole=False)
        assert seen.raw is not None
        return seen.raw

    def calls(self) -> int:
        return sum(self.connector.calls().values())

    def do(self, *operations: Operation) -> list[Outcome]:
        """Execute, and check that each operation is answered exactly once."""
        answered = list(self.connector.execute(operations))
        outcomes = dict(answered)
        assert len(answered) == len(outcomes) == len(operations)
        return [outcomes[n] for n in range(len(operations))]


def ids_of(seen: Sequence[Observation]) -> list[str]:
    return [one.remote_id for one in seen]
