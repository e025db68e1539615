"""A stand-in with the demo's world, on a clock that the tests move."""

from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import dataclass
from typing import Any

import pytest

from sandbox.clock import Clock
from sandbox.web import Request, Response
from sandbox.zendesk import Zendesk

START = 1_790_000_000.0
BASE = "https://acme.zendesk.com"


@dataclass
class Answer:
    """An answer, its JSON already read."""

    status: int
    headers: dict[str, str]
    body: Any
    raw: Response


class Desk:
    """A client without opinions: it sends exactly what a test says."""

    def __init__(self) -> None:
        self.clock = Clock(START)
        self.vendor = Zendesk(self.clock)
        told = self.vendor.describe(BASE, BASE)
        pair = f"{told['email']}/token:{told['api_token']}"
        self.basic = "Basic " + b64encode(pair.encode()).decode()
        self.told = told

    def ask(self, method: str, target: str, body: Any = None, **headers: str) -> Answer:
        """Send one request. `target` may be an absolute link."""
        sent = {"authorization": self.basic} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        if sent["authorization"] == "":
            del sent["authorization"]
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        target = target.removeprefix(BASE)
        request = Request.of(method, "https", "acme.zendesk.com", target, sent, data)
        response = self.vendor.handle(request)
        kind = dict(response.headers).get("Content-Type", "")
        read = json.loads(response.body) if "json" in kind else response.body
        shown = {name.lower(): value for name, value in response.headers}
        return Answer(response.status, shown, read, response)

    def get(self, target: str, **headers: str) -> Any:
        """Return a 200's JSON."""
        answer = self.ask("GET", target, **headers)
        assert answer.status == 200, answer.body
        return answer.body

    def make(self, **fields: Any) -> int:
        """Make a ticket and return its number."""
        body = {"subject": "A thing broke", "comment": {"body": "It broke."}} | fields
        answer = self.ask("POST", "/api/v2/tickets.json", {"ticket": body})
        assert answer.status == 201, answer.body
        return answer.body["ticket"]["id"]

    def put(self, number: int, **fields: Any) -> Answer:
        """Update a ticket."""
        return self.ask("PUT", f"/api/v2/tickets/{number}.json", {"ticket": fields})

    def job(self, answer: Answer) -> dict[str, Any]:
        """Look at a job until it is done."""
        assert answer.status == 200, answer.body
        key = answer.body["job_status"]["id"]
        for _ in range(5):
            job = self.get(f"/api/v2/job_statuses/{key}.json")["job_status"]
            if job["status"] == "completed":
                return job
        raise AssertionError(job)

    def agent(self, email: str) -> int:
        """Return a user's id."""
        user = self.vendor.state.user_by_email(email)
        assert user is not None
        return user.id

    def field(self, title: str) -> int:
        """Return a ticket field's id."""
        fields = self.vendor.state.ticket_fields.values()
        return next(it.id for it in fields if it.title == title)


@pytest.fixture
def desk() -> Desk:
    """An account with fields and agents, but no tickets; exports hold nothing back."""
    desk = Desk()
    desk.vendor.seed("empty")
    desk.vendor.settings |= {"export_delay": 0, "search_lag": 0}
    return desk


@pytest.fixture(scope="session")
def demo() -> Desk:
    """The demo's world. Tests only read it."""
    desk = Desk()
    desk.vendor.seed("demo")
    return desk
