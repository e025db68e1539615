"""A vendor that says what it is told to, and what it saw."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

import pytest

from connectors.http import Http
from connectors.oauth import BearerToken

SECRET = "s3cret-token"


class Seen(NamedTuple):
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


class Says(NamedTuple):
    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = {}
    drop: bool = False
    """Read the request, then close the connection without an answer."""


class Vendor:
    """A real server on loopback that says what it is told to, in order; the last thing for ever."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.script: list[Says] = [Says(body={})]
        self._lock = threading.Lock()
        vendor = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def _answer(self) -> None:
                says = vendor.next(self)
                if says.drop:
                    self.close_connection = True
                    return
                body = says.body
                raw = body if isinstance(body, bytes) else json.dumps(body).encode()
                if says.status == 204:
                    raw = b""
                self.send_response(says.status)
                headers = {"content-type": "application/json", **says.headers}
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(raw)))
                self.end_headers()
                if self.command != "HEAD":
                    _ = self.wfile.write(raw)

            do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _answer  # noqa: N815

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self._thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def next(self, handler: BaseHTTPRequestHandler) -> Says:
        body = b""
        if handler.headers.get("transfer-encoding") == "chunked":
            while size := int(handler.rfile.readline(), 16):
                body += handler.rfile.read(size)
                _ = handler.rfile.readline()
            _ = handler.rfile.readline()
        else:
            body = handler.rfile.read(int(handler.headers.get("content-length", 0)))
        headers = {name.lower(): value for name, value in handler.headers.items()}
        with self._lock:
            self.seen.append(Seen(handler.command, handler.path, headers, body))
            return self.script.pop(0) if len(self.script) > 1 else self.script[0]

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    vendor = Vendor()
    yield vendor
    vendor.close()


class Ledger:
    """A budget that allows everything and writes down what it was asked and told."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, str]] = []
        self.learned: list[tuple[str, int]] = []

    def take(self, endpoint: str, target: str = "") -> None:
        self.taken.append((endpoint, target))

    def learn(self, endpoint: str, status: int, _headers: Mapping[str, str]) -> None:
        self.learned.append((endpoint, status))


def client(base: str, **options: Any) -> tuple[Http, list[float]]:
    """A client whose waits are written down instead of waited."""
    waits: list[float] = []
    settings = {"system": "zendesk", "auth": BearerToken(SECRET), "budget": Ledger()}
    return Http(base, sleep=waits.append, **{**settings, **options}), waits
