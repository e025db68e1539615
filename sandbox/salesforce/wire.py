"""Answers as Salesforce's edge sends them: its headers, compact and pretty JSON, gzip."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from sandbox.salesforce.errors import Refusal, Unsigned
from sandbox.web import Request, Response

JSON_TYPE = "application/json;charset=UTF-8"
_GZIP_FROM = 2048
_EDGE = (
    ("Strict-Transport-Security", "max-age=63072000; includeSubDomains"),
    ("X-Content-Type-Options", "nosniff"),
    ("Cache-Control", "no-cache,must-revalidate,max-age=0,no-store,private"),
    ("Vary", "Accept-Encoding"),
    ("Server", "sfdcedge"),
)
_encode = msgspec.json.Encoder().encode


@dataclass(slots=True)
class Answer:
    """
    What a handler answers: a JSON value, or `raw` bytes with their type.

    It stays a value until it leaves, so that composite requests can put one inside another.
    """

    status: int = 200
    body: Any = None
    headers: list[tuple[str, str]] = field(default_factory=list)
    raw: tuple[str, bytes] | None = None

    @classmethod
    def empty(cls, status: int = 204, headers: Iterable[tuple[str, str]] = ()) -> Answer:
        """Return an answer without a body."""
        return cls(status, None, list(headers))

    @classmethod
    def refusal(cls, refused: Refusal) -> Answer:
        """Return a refusal's answer."""
        return cls(refused.status, refused.body())

    @classmethod
    def unsigned(cls, refused: Unsigned) -> Answer:
        """Return an OAuth refusal's answer."""
        return cls(refused.status, refused.body)


def sent(answer: Answer, request: Request, number: int, *, zipped: bool) -> Response:
    """Return an answer as it goes over the wire, the `number`th of all."""
    headers = [*answer.headers, *_EDGE, ("X-Sfdc-Request-Id", _trace(number)), _cookie(number)]
    if answer.raw is not None:
        kind, body = answer.raw
        return Response(answer.status, [("Content-Type", kind), *headers], body)
    if answer.body is None:
        return Response(answer.status, headers)
    body = encode(answer.body, pretty=request.headers.get("x-prettyprint", "0") not in ("", "0"))
    headers.insert(0, ("Content-Type", JSON_TYPE))
    if zipped and len(body) >= _GZIP_FROM and "gzip" in request.headers.get("accept-encoding", ""):
        body = gzip.compress(body, 1, mtime=0)
        headers.append(("Content-Encoding", "gzip"))
    return Response(answer.status, headers, body)


def encode(value: Any, *, pretty: bool = False) -> bytes:
    """Return JSON: compact, or indented in Salesforce's manner (`"a" : 1`, `[ {`)."""
    if not pretty:
        return _encode(value)
    return _pretty(value, "\n").encode()


def _pretty(value: Any, line: str) -> str:
    if isinstance(value, dict):
        if not value:
            return "{ }"
        deeper = line + "  "
        rows = [f'{deeper}"{name}" : {_pretty(held, deeper)}' for name, held in value.items()]
        return "{" + ",".join(rows) + line + "}"
    if isinstance(value, list | tuple):
        if not value:
            return "[ ]"
        return "[ " + ", ".join([_pretty(held, line) for held in value]) + " ]"
    return _encode(value).decode()


def _trace(number: int) -> str:
    return hashlib.blake2b(f"request:{number}".encode(), digest_size=16).hexdigest()


def _cookie(number: int) -> tuple[str, str]:
    mark = hashlib.blake2b(f"browser:{number}".encode(), digest_size=11).hexdigest()
    return "Set-Cookie", f"BrowserId={mark}; domain=.salesforce.com; path=/; secure"
