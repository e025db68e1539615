"""A stand-in of a few lines that keeps notes: what the framework's own tests run on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx

from sandbox.clock import Clock
from sandbox.inprocess import InProcess
from sandbox.outbox import Delivery
from sandbox.sandbox import Sandbox
from sandbox.web import Request, Response, Router


class Notes:
    """A vendor with one resource. It answers what it was sent, so that transports can be judged."""

    name = "notes"
    reads = frozenset({"POST /api/v2/notes/search"})

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.settings: dict[str, Any] = {"loud": False, "limit": 700}
        self.state: list[str] = []
        self.expired = 0
        self.hook = ""
        self.deliver: Callable[[Delivery], object] | None = None
        self.router = Router(suffix=".json")
        self.router.add("GET", "/api/v2/notes", self._list)
        self.router.add("POST", "/api/v2/notes", self._add)
        self.router.add("POST", "/api/v2/notes/search", self._list)
        self.router.add("POST", "/api/v2/echo", self._echo)
        self.router.add("GET", "/api/v2/file/{size}", self._file)

    def handle(self, request: Request) -> Response:
        match = self.router.match(request.method, request.path)
        if match is None:
            return Response.json({"error": "RecordNotFound"}, 404)
        return match.handler(request, **match.params)

    def endpoint(self, request: Request) -> str:
        match = self.router.match(request.method, request.path)
        return f"{request.method} {match.template if match else '(unknown)'}"

    def owns_host(self, host: str) -> bool:
        return host.endswith(".zendesk.com")

    def describe(self, url: str, tls_url: str) -> dict[str, str]:
        return {"url": url, "tls_url": tls_url, "api_token": "let-me-in"}

    def seed(self, kind: str, **params: Any) -> dict[str, int]:
        if unknown := set(params) - {"count"}:
            raise ValueError(f"a seed has no {', '.join(unknown)}; only count")
        if kind not in ("demo", "empty"):
            raise ValueError(f"no seed {kind!r}; there are demo, empty")
        self.state.extend(
            f"seeded {n}" for n in range(params.get("count", 2) if kind == "demo" else 0)
        )
        return {"notes": len(self.state)}

    def reset(self) -> None:
        self.state.clear()
        self.hook = ""

    def person(self, action: str, **params: Any) -> dict[str, int]:
        if action != "write":
            raise ValueError(f"a person cannot {action}; only write")
        self.state.append(params["text"])
        return {"note": len(self.state)}

    def throttled(self, request: Request) -> Response:
        del request
        return Response.json({"error": "TooManyNotes"}, 429, [("Retry-After", "7")])

    def expire_tokens(self) -> None:
        self.expired += 1

    def _list(self, request: Request) -> Response:
        return Response.json({"notes": self.state, "next": f"{request.base}/api/v2/notes?page=2"})

    def _add(self, request: Request) -> Response:
        self.state.append(request.json()["text"])
        if self.hook and self.deliver:
            self.deliver(Delivery(self.hook, {}, b'{"text": "told"}'))
        return Response.json({"id": len(self.state)}, 201)

    def _echo(self, request: Request) -> Response:
        return Response(200, [("Content-Type", "application/octet-stream")], request.body)

    def _file(self, request: Request, size: str) -> Response:
        del request
        return Response(200, [], b"x" * int(size))


def client(sandbox: Sandbox) -> httpx.Client:
    return httpx.Client(transport=InProcess(sandbox, "notes"), base_url="https://acme.zendesk.com")


def write(client: httpx.Client, text: str = "hello") -> httpx.Response:
    return client.post("/api/v2/notes", json={"text": text})
