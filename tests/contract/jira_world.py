"""A Jira site stand-in, and the real connector before it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from connectors.auth import BasicAuth
from connectors.http import Http
from connectors.jira.connector import JiraConnector
from hub.model import JIRA, Attachment, CommentId, Person, RemoteId, TicketId
from hub.operations import (
    AddComment,
    CreateReplica,
    Done,
    Operation,
    Outcome,
)
from hub.replica import Cursor, Observation
from sandbox.clock import Clock
from sandbox.inprocess import InProcess
from sandbox.sandbox import Sandbox


class FreeBudget:
    """No limits: what is tested here is not the pacing."""

    def take(self, endpoint: str, target: str = "") -> None: ...
    def learn(self, endpoint: str, status: int, headers: Any) -> None: ...


class Shelf:
    """Files that lie in memory."""

    def __init__(self) -> None:
        self.content: dict[str, bytes] = {}

    @contextmanager
    def open(self, attachment: Attachment) -> Iterator[Iterator[bytes]]:
        """Stream in pieces."""
        if attachment.id not in self.content:
            raise FileNotFoundError(attachment.name)
        whole = self.content[attachment.id]
        yield (whole[at : at + 1000] for at in range(0, len(whole), 1000))


class World:
    """A stand-in site with an empty project, and a connector to it."""

    def __init__(self, **options: Any) -> None:
        self.clock = Clock(1_780_000_000.0)
        self.clock.freeze()
        self.sandbox = Sandbox(clock=self.clock, vendors=["jira"])
        _ = self.sandbox.seed("empty", "jira")
        self.shelf = Shelf()
        self.options = options
        self.jira = self.connect()

    def connect(self, token: str = "", **more: Any) -> JiraConnector:
        """Return a connector as another process would have it."""
        known = self.vendor.describe("https://acme.atlassian.net", "")
        http = Http(
            "https://acme.atlassian.net",
            system="jira",
            auth=BasicAuth(known["email"], token or known["api_token"]),
            budget=FreeBudget(),
            transport=InProcess(self.sandbox, "jira"),
            sleep=self.clock.advance,
        )
        options = {"project": "SUP", "fill": {"resolution": "Done"}, "files": self.shelf}
        return JiraConnector(http, now=self.clock.now, **(options | self.options | more))

    @property
    def vendor(self) -> Any:
        """The stand-in itself."""
        return self.sandbox.vendors["jira"]

    def person(self, action: str, **params: Any) -> Any:
        """An engineer does something in the browser."""
        self.clock.advance(5)
        return self.vendor.person(action, **params)

    def ask(self, *operations: Operation) -> list[Outcome]:
        """Run operations; return their outcomes in order."""
        self.clock.advance(5)
        found = dict(self.jira.execute(operations))
        assert sorted(found) == list(range(len(operations)))
        return [found[i] for i in range(len(operations))]

    def make(self, key: str = "t-1", **raw: Any) -> str:
        """Create an issue through the connector; return its id."""
        [done] = self.ask(creation(key, **raw))
        assert isinstance(done, Done), done
        return done.remote_id

    def see(self, name: str) -> Observation:
        """Look at one issue, whole."""
        return self.jira.fetch([name], whole=True)[name]

    def drain(self, cursor: Cursor | None) -> tuple[list[Observation], Cursor]:
        """Read the feed to its end."""
        seen: list[Observation] = []
        for page in self.jira.changes(cursor):
            seen += page.observations
            cursor = page.cursor
        assert cursor is not None
        return seen, cursor

    def calls(self) -> int:
        """How many requests were made so far."""
        return sum(self.sandbox.calls["jira"].endpoints.values())


def creation(key: str, **raw: Any) -> CreateReplica:
    """Ask for an issue."""
    return CreateReplica(JIRA, TicketId(key), TicketId(key), {"summary": f"About {key}", **raw})


def comment(issue: str, key: str, body: str, *, public: bool = False) -> AddComment:
    """Ask for a comment."""
    return AddComment(
        JIRA, TicketId("t-1"), RemoteId(issue), CommentId(key), body, public, "internal",
        Person(name="Ann"), "2026-01-01T00:00:00Z",
    )  # fmt: skip


@pytest.fixture
def world() -> World:
    """A fresh site."""
    return World()
