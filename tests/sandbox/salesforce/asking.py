"""A plain caller of the Salesforce stand-in: no sockets, no client library."""

from __future__ import annotations

import base64
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

import msgspec
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from sandbox.clock import Clock
from sandbox.salesforce import Salesforce, signing
from sandbox.web import Request, Response

START = 1_767_690_000.0  # 2026-01-06 09:00 UTC
DATA = "/services/data/v66.0"


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

    @property
    def text(self) -> str:
        return self.response.body.decode()

    def header(self, name: str) -> str | None:
        found = [v for k, v in self.response.headers if k.lower() == name.lower()]
        return found[-1] if found else None


@dataclass
class Asker:
    """Asks a stand-in as the hub's user. Paths without a leading slash are below the data root."""

    salesforce: Salesforce
    clock: Clock
    line: dict[str, Any] = field(default_factory=dict)
    auth: str = ""
    host: str = "127.0.0.1:8080"

    def __call__(
        self,
        method: str,
        target: str,
        body: Any = None,
        *,
        headers: dict[str, str] | None = None,
        raw: bytes | None = None,
        **query: str,
    ) -> Reply:
        sent = {"authorization": self.auth, **{k.lower(): v for k, v in (headers or {}).items()}}
        content = raw if raw is not None else msgspec.json.encode(body) if body is not None else b""
        target = target if target.startswith("/") else f"{DATA}/{target}"
        if query:
            target += "?" + urlencode(query, quote_via=quote)
        request = Request.of(method, "http", self.host, target, {k: v for k, v in sent.items() if v}, content)
        return Reply(self.salesforce.handle(request))

    def ok(self, method: str, target: str, body: Any = None, **more: Any) -> Any:
        """Ask, insist on success, and return the body."""
        reply = self(method, target, body, **more)
        assert 200 <= reply.status < 300, (reply.status, reply.response.body[:500])
        return reply.body

    def refused(self, method: str, target: str, body: Any = None, **more: Any) -> tuple[int, str, str]:
        """Ask, insist on a refusal, and return status, code and message."""
        reply = self(method, target, body, **more)
        assert reply.status >= 300, (reply.status, reply.body)
        return reply.status, reply.body[0]["errorCode"], reply.body[0]["message"]

    def create(self, name: str, **fields: Any) -> str:
        """Make a record and return its id."""
        return self.ok("POST", f"sobjects/{name}", fields, headers={"Sforce-Auto-Assign": "FALSE"})["id"]

    def read(self, name: str, key: str) -> dict[str, Any]:
        return self.ok("GET", f"sobjects/{name}/{key}")

    def query(self, text: str, *, deleted: bool = False) -> list[dict[str, Any]]:
        """Return all records of a query."""
        page = self.ok("GET", "queryAll" if deleted else "query", q=text)
        found = page["records"]
        while not page["done"]:
            page = self.ok("GET", page["nextRecordsUrl"])
            found += page["records"]
        return found

    def token(self, **form: str) -> Reply:
        """Ask for a token."""
        headers = {"content-type": "application/x-www-form-urlencoded", "authorization": ""}
        return self("POST", "/services/oauth2/token", raw=urlencode(form).encode(), headers=headers)


def asker(kind: str = "empty", *, at: float | None = START, **params: Any) -> Asker:
    """Return the hub's own user asking a freshly seeded stand-in; `at` stops the clock."""
    clock = Clock(at)
    salesforce = Salesforce(clock)
    salesforce.seed(kind, **params)
    line = dict(salesforce.describe("http://127.0.0.1:8080", "https://127.0.0.1:8081"))
    return Asker(salesforce, clock, line, f"Bearer {line['access_token']}")


def assertion(now: float | None = None, **claims: Any) -> str:
    """Return an assertion signed with the sandbox's key."""
    moment = time.time() if now is None else now
    said = {"aud": "https://login.salesforce.com", "exp": int(moment) + 180, **claims}
    parts = [{"alg": "RS256", "typ": "JWT"}, said]
    head = b".".join(base64.urlsafe_b64encode(msgspec.json.encode(it)).rstrip(b"=") for it in parts)
    signed = signing.private_key().sign(head, padding.PKCS1v15(), hashes.SHA256())
    return (head + b"." + base64.urlsafe_b64encode(signed).rstrip(b"=")).decode()
