"""A Zendesk stand-in with a frozen clock and the real connector to it, for the contract tests."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx

from connectors.auth import BasicAuth
from connectors.http import Http
from connectors.zendesk.connector import ZendeskConnector
from hub.model import (
    ZENDESK,
    Attachment,
    AttachmentId,
    CommentId,
    Person,
    RemoteId,
    TicketId,
)
from hub.operations import (
    AddComment,
    Operation,
    Outcome,
    UpdateReplica,
)
from hub.replica import Cursor, Observation
from sandbox.clock import Clock
from sandbox.inprocess import InProcess
from sandbox.sandbox import Sandbox

START = 1_780_000_000.0


class Unpaced:
    """A budget without limits."""

    def take(self, endpoint: str, target: str = "") -> None:
        del endpoint, target

    def learn(self, endpoint: str, status: int, headers: Mapping[str, str]) -> None:
        del endpoint, status, headers


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


class Vague(InProcess):
    """A vendor that says no without saying to what."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = super().handle_request(request)
        if response.status_code == 422:
            vague = {"error": "RecordInvalid", "description": "Record validation errors"}
            return httpx.Response(422, json=vague, request=request)
        content = response.read()
        if b'"details"' in content:
            content = re.sub(rb'"details":\s*"[^"]*"', b'"details":"Something is wrong"', content)
        return httpx.Response(
            response.status_code,
            headers={"content-type": "application/json"},
            content=content,
            request=request,
        )


class World:
    """A stand-in account with a frozen clock, and a connector to it."""

    wire: type[InProcess] = InProcess

    def __init__(self, kind: str = "empty", **params: Any) -> None:
        self.clock = Clock(START)
        self.sandbox = Sandbox(self.clock, ["zendesk"])
        self.vendor = self.sandbox.vendors["zendesk"]
        self.seeded = self.vendor.seed(kind, **params)
        self.faults = self.sandbox.faults["zendesk"]
        self.shelf = Shelf()
        self.naps: list[float] = []
        self.connector = self.connect()
        self.fields = {
            field.title: f"cf:{field.id}"
            for field in self.vendor.state.ticket_fields.values()
            if not field.system
        }

    def connect(self, *, secret: str | None = None, **options: Any) -> ZendeskConnector:
        told = self.vendor.describe("http://acme.test", "https://acme.test")
        http = Http(
            "http://acme.test",
            system="zendesk",
            auth=BasicAuth(f"{told['email']}/token", secret or told["api_token"]),
            budget=Unpaced(),
            transport=self.wire(self.sandbox, "zendesk"),
            sleep=self.nap,
            file_hosts=[".elsewhere.test"],
        )
        return ZendeskConnector(http, files=self.shelf, sleep=self.nap, **options)

    def nap(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.clock.advance(seconds)

    def person(self, action: str, **params: Any) -> Mapping[str, Any]:
        return self.vendor.person(action, **params)

    def ticket(self, subject: str = "Broken", **fields: Any) -> RemoteId:
        return RemoteId(str(self.person("create", subject=subject, **fields)["ticket"]))

    def raw(self, ticket: RemoteId) -> Mapping[str, Any]:
        seen = self.connector.fetch([ticket])[ticket]
        assert seen.raw is not None
        return seen.raw

    def settle(self) -> None:
        """Let the last minute pass, which exports hold back."""
        self.clock.advance(61)

    def read(self, cursor: Cursor | None = None) -> tuple[list[Observation], Cursor]:
        self.settle()
        pages = list(self.connector.changes(cursor))
        return [seen for page in pages for seen in page.observations], pages[-1].cursor

    def calls(self) -> int:
        return sum(self.connector.calls().values())

    def do(self, *operations: Operation) -> list[Outcome]:
        """Execute, and check that each operation is answered exactly once."""
        outcomes = dict(self.connector.execute(operations))
        assert sorted(outcomes) == list(range(len(operations)))
        return [outcomes[n] for n in range(len(operations))]

    def update(self, ticket: RemoteId, expect: str = "", **changes: Any) -> UpdateReplica:
        named = {self.fields.get(k.replace("_", " "), k): v for k, v in changes.items()}
        return UpdateReplica(ZENDESK, TicketId("t"), ticket, expect, named)


def whole(seen: list[Observation], ticket: RemoteId) -> list[Observation]:
    return [one for one in seen if one.remote_id == ticket]


def say(ticket: RemoteId, body: str, key: str = "jira:1", **more: Any) -> AddComment:
    options: dict[str, Any] = {"public": False, "audience": "internal", **more}
    return AddComment(
        ZENDESK, TicketId("t"), ticket, CommentId(key), body,
        author=Person("1", "Eve", "eve@eng.example"), created_at="2026-05-28T00:00:00Z", **options,
    )  # fmt: skip


def file(name: str, content: bytes, shelf: Shelf, size: int | None = None) -> Attachment:
    shelf.files[name] = content
    return Attachment(
        AttachmentId(f"jira:{name}"), name, "text/plain", len(content) if size is None else size,
        "internal", ZENDESK, RemoteId(name), RemoteId("SUP-1"),
    )  # fmt: skip
