"""
HTTP/1.1 on asyncio, as much of it as a stand-in needs: the answer to a request is computed at once.

Keep-alive, pipelining, chunked and large bodies, `Expect: 100-continue`, HEAD, HTTP/1.0. Answers
are computed on the loop's own thread, one at a time, which is also what the stand-ins ask for.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable

from sandbox.faults import Crash
from sandbox.web import Request, Response

Answer = Callable[[Request], Response]

_HEAD_LIMIT = 64 * 1024
_CHUNK_SIZE = re.compile(rb"([0-9a-fA-F]{1,15})[ \t]*(?:;[^\r\n]*)?\r\n")
_log = logging.getLogger("sandbox")


class BadRequest(Exception):
    """What the client sent is not HTTP as we know it. The status to answer and the reason."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class Connection(asyncio.Protocol):
    """One client's connection; requests on it are answered in order."""

    def __init__(self, answer: Answer, scheme: str, live: set[Connection]) -> None:
        """Answer with `answer`; `live` holds every open connection, for a clean stop."""
        self._answer = answer
        self._scheme = scheme
        self.live = live
        self.transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._searched = 0
        self._head: Head | None = None
        self._body = bytearray()
        self._waiting = False
        self._full = False
        self._ended = False
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin, with what may have come before an upgrade to TLS was complete."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.live.add(self)
        self._advance()

    def connection_lost(self, exc: Exception | None) -> None:
        """End. A request that was not complete has no effect."""
        del exc
        self.live.discard(self)
        self.transport = None
        if self._timer:
            self._timer.cancel()

    def data_received(self, data: bytes) -> None:
        """Take what the client sent."""
        self._buffer += data
        self._advance()

    def pause_writing(self) -> None:
        """Answer nothing more until the client has read what it was sent."""
        self._full = True

    def resume_writing(self) -> None:
        """Go on with requests that came in the meantime."""
        self._full = False
        self._advance()

    def close(self) -> None:
        """Close now, unsent answers included."""
        if self.transport:
            self.transport.abort()

    def _advance(self) -> None:
        """Answer every complete request that has come."""
        try:
            while self.transport and not (self._waiting or self._full or self._ended):
                if self._head is None and not self._read_head():
                    return
                if self._head and not self._read_body(self._head):
                    return
                self._complete()
        except BadRequest as bad:
            self._send(Response.text(f"{bad}\n", bad.status), keep=False)

    def _read_head(self) -> bool:
        end = self._buffer.find(b"\r\n\r\n", max(0, self._searched - 3))
        if end < 0:
            self._searched = len(self._buffer)
            if self._searched > _HEAD_LIMIT:
                raise BadRequest(431, "the request's headers are too long")
            return False
        # latin-1 never fails, and keeps every byte that a client put into a header.
        text = self._buffer[:end].decode("latin-1")
        del self._buffer[: end + 4]
        self._searched = 0
        head = Head(text)
        if self.take_over(head):
            return False
        self._head = head
        if head.expects and self.transport and not self._buffer:
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        return True

    def take_over(self, head: Head) -> bool:
        """Tell whether this connection ceases to be HTTP with this request (a proxy's CONNECT)."""
        if head.method == "CONNECT":
            raise BadRequest(405, "this is not a proxy; the proxy has a port of its own")
        return False

    def _read_body(self, head: Head) -> bool:
        if head.chunked:
            return self._read_chunks()
        missing = head.length - len(self._body)
        self._body += self._buffer[:missing]
        del self._buffer[:missing]
        return len(self._body) == head.length

    def _read_chunks(self) -> bool:
        buffer = self._buffer
        while (end := buffer.find(b"\r\n")) >= 0:
            if not (digits := _CHUNK_SIZE.match(buffer)):
                raise BadRequest(400, "a chunk does not begin with its size")
            size = int(digits[1], 16)
            if size == 0:
                return self._read_trailer(end)
            if len(buffer) < end + 2 + size + 2:
                return False
            self._body += buffer[end + 2 : end + 2 + size]
            del buffer[: end + 2 + size + 2]
        return False

    def _read_trailer(self, end: int) -> bool:
        # Trailers are read past: from the last chunk's line on, an empty line ends the body.
        stop = self._buffer.find(b"\r\n\r\n", end)
        if stop < 0:
            return False
        del self._buffer[: stop + 4]
        return True

    def _complete(self) -> None:
        head, body = self._head, bytes(self._body)
        assert head is not None
        self._head, self._body = None, bytearray()
        request = Request.of(
            head.method, head.scheme or self._scheme, head.host, head.target, head.headers, body
        )
        response = self._respond(request)
        if response.delay:
            self._waiting = True
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(response.delay, self._late, response, head)
        else:
            self._send(response, keep=head.keep, bodiless=head.method == "HEAD")

    def _respond(self, request: Request) -> Response:
        try:
            return self._answer(request)
        except Crash:
            return Response.dropped()
        except Exception:  # noqa: BLE001 - a stand-in's mistake must not end the others' service
            _log.exception("the sandbox failed to answer %s %s", request.method, request.path)
            return Response.text("The sandbox itself failed here; its log says why.\n", 500)

    def _late(self, response: Response, head: Head) -> None:
        self._waiting = False
        self._send(response, keep=head.keep, bodiless=head.method == "HEAD")
        self._advance()

    def _send(self, response: Response, *, keep: bool, bodiless: bool = False) -> None:
        if self.transport is None:
            return
        if response.drop:
            self.transport.abort()
            return
        lines = [f"HTTP/1.1 {response.status} {response.reason}\r\n"]
        lines += [f"{name}: {value}\r\n" for name, value in response.wire_headers()]
        lines.append("\r\n" if keep else "Connection: close\r\n\r\n")
        head = "".join(lines).encode("latin-1", "replace")
        self.transport.write(head if bodiless else head + response.body)
        if not keep:
            self._ended = True
            self.transport.close()


class Head:
    """A request's first line and headers. Raises `BadRequest`."""

    __slots__ = (
        "chunked",
        "expects",
        "headers",
        "host",
        "keep",
        "length",
        "method",
        "scheme",
        "target",
    )

    def __init__(self, text: str) -> None:
        first, *lines = text.lstrip("\r\n").split("\r\n")
        try:
            self.method, target, version = first.split(" ")
        except ValueError:
            raise BadRequest(400, f"not a request line: {first[:80]!r}") from None
        if version not in ("HTTP/1.1", "HTTP/1.0"):
            raise BadRequest(505, f"only HTTP/1.1 is spoken here, not {version[:20]!r}")
        self.headers = _headers(lines)
        self.host = self.headers.get("host", "")
        self._place(target)
        closes = "close" in self.headers.get("connection", "").lower()
        self.keep = version == "HTTP/1.1" and not closes
        self.expects = self.headers.get("expect", "").lower() == "100-continue"
        self.chunked = "chunked" in self.headers.get("transfer-encoding", "").lower()
        length = self.headers.get("content-length", "0")
        if not length.isdecimal():
            raise BadRequest(400, f"not a Content-Length: {length[:20]!r}")
        self.length = int(length)

    def _place(self, target: str) -> None:
        """Take a target in absolute form apart; its host then goes before the header's."""
        self.scheme, self.target = "", target
        scheme, found, rest = target.partition("://")
        if found and "/" not in scheme:
            self.host, slash, path = rest.partition("/")
            self.scheme, self.target = scheme.lower(), slash + path


def _headers(lines: list[str]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for line in lines:
        name, found, value = line.partition(":")
        if not found:
            raise BadRequest(400, f"not a header: {name[:80]!r}")
        name, value = name.lower(), value.strip()
        if name in headers:
            value = f"{headers[name]}{'; ' if name == 'cookie' else ', '}{value}"
        headers[name] = value
    return headers
