"""A plain caller of the Jira stand-in: no sockets, no client library."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Any

import msgspec

from sandbox.clock import Clock
from sandbox.jira import Jira
from sandbox.web import Request, Response

HUB = "hub@eng.example"
TOKEN = "sandbox-jira-api-token"
START = 1_767_690_000.0  # 2026-01-06 09:00 UTC, which is 01:00 in Los Angeles


@dataclass
class Reply:
    """An answer, with its body read."""

    response: Response

    @property
    def status(self) -> int:
        return self.response.status

    @property
    def body(self) -> Any:
        return msgspec.json.decode(self.response.body) if self.response.body else None

    def header(self, name: str) -> str | None:
        found = [v for k, v in self.response.headers if k.lower() == name.lower()]
        return found[-1] if found else None


@dataclass
class Asker:
    """Asks a stand-in as one person; `seen` keeps what was asked and answered."""

    jira: Jira
    clock: Clock
    auth: str = ""
    host: str = "127.0.0.1:8080"
    seen: list[tuple[str, str, Reply]] = field(default_factory=list)

    def __call__(
        self,
        method: str,
        target: str,
        body: Any = None,
        *,
        headers: dict[str, str] | None = None,
        raw: bytes | None = None,
    ) -> Reply:
        sent = {"authorization": self.auth} if self.auth else {}
        if body is not None:
            sent["content-type"] = "application/json"
        sent.update(headers or {})
        sent = {k: v for k, v in sent.items() if v}
        content = raw if raw is not None else msgspec.json.encode(body) if body is not None else b""
        request = Request.of(method, "http", self.host, target, sent, content)
        endpoint = self.jira.endpoint(request)
        reply = Reply(self.jira.handle(request))
        self.seen.append((endpoint, method, reply))
        return reply

    def ok(self, method: str, target: str, body: Any = None, **more: Any) -> Any:
        """Ask, insist on success, and return the body."""
        reply = self(method, target, body, **more)
        assert 200 <= reply.status < 300, (reply.status, reply.body)
        return reply.body

    def create(self, summary: str = "A problem", **fields: Any) -> dict[str, Any]:
        """Create a bug in SUP and return the answer."""
        wanted = {"project": {"key": "SUP"}, "issuetype": {"name": "Bug"}, "summary": summary}
        return self.ok("POST", "/rest/api/3/issue", {"fields": {**wanted, **fields}})


def basic(email: str = HUB, token: str = TOKEN) -> str:
    return "Basic " + base64.b64encode(f"{email}:{token}".encode()).decode()


def asker(kind: str = "empty", *, at: float | None = START, **params: Any) -> Asker:
    """Return the hub's own person asking a freshly seeded stand-in; `at` stops the clock."""
    clock = Clock(at)
    jira = Jira(clock)
    jira.seed(kind, **params)
    return Asker(jira, clock, basic())


def text(words: str) -> dict[str, Any]:
    """Return a document of one paragraph."""
    return {
        "version": 1,
        "type": "doc",
        "content": [{"type": "paragraph", "content": [{"type": "text", "text": words}]}],
    }


def files(*parts: tuple[str, bytes, str]) -> tuple[bytes, dict[str, str]]:
    """Return a multipart body of parts named `file`, and the headers to send with it."""
    mark = "----sandbox-boundary"
    body = b"".join(
        f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
        f"Content-Type: {kind}\r\n\r\n".encode() + content + b"\r\n"
        for name, content, kind in parts
    )
    headers = {
        "content-type": f"multipart/form-data; boundary={mark}",
        "x-atlassian-token": "no-check",
    }
    return body + f"--{mark}--\r\n".encode(), headers
