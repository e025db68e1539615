"""
An HTTP proxy that leads to the stand-ins and nowhere else.

For clients whose vendor host is hard-coded: `CONNECT acme.zendesk.com:443` ends at the stand-in
that owns the host, behind the test certificate. Nothing is ever sent to the real host.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sandbox.http1 import Answer, Connection, Head
from sandbox.web import Request, Response


@dataclass(frozen=True, slots=True)
class Routes:
    """Where hosts lead: `owner` by name, `local` by our own loopback addresses (`host:port`)."""

    answers: Mapping[str, Answer]
    owner: Callable[[str], str | None]
    local: Mapping[str, tuple[str, bool]]
    context: ssl.SSLContext

    def find(self, authority: str, *, tls: bool) -> tuple[Answer, bool] | None:
        """Return who answers for `host:port`, and whether over TLS."""
        if authority in self.local:
            name, secure = self.local[authority]
            return self.answers[name], secure
        host, _, port = authority.rpartition(":") if ":" in authority else (authority, "", "")
        owner = self.owner(host)
        if owner is None:
            return None
        return self.answers[owner], tls if not port else port != "80"


class ProxyConnection(Connection):
    """A client's connection to the proxy."""

    def __init__(self, routes: Routes, live: set[Connection]) -> None:
        super().__init__(self._forward, "http", live)
        self._routes = routes
        self._tasks: set[asyncio.Task[None]] = set()

    def _forward(self, request: Request) -> Response:
        """Answer a request in absolute form, as clients send it for plain http."""
        found = self._routes.find(request.host.lower(), tls=False)
        return found[0](request) if found else _unknown(request.host)

    def take_over(self, head: Head) -> bool:
        """Turn a CONNECT into a connection to the stand-in that owns the host."""
        if head.method != "CONNECT" or self.transport is None:
            return False
        found = self._routes.find(head.target.lower(), tls=True)
        if found is None:
            return False
        # Paused, so that the first bytes of the tunnel wait in the socket for their new reader.
        self.transport.pause_reading()
        task = asyncio.get_running_loop().create_task(self._tunnel(found[0], secure=found[1]))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return True

    async def _tunnel(self, answer: Answer, *, secure: bool) -> None:
        transport = self.transport
        if transport is None:
            return
        self.live.discard(self)
        self.transport = None
        inner = Connection(answer, "https" if secure else "http", self.live)
        transport.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        if not secure:
            transport.set_protocol(inner)
            inner.connection_made(transport)
            transport.resume_reading()
            return
        try:
            wrapped = await asyncio.get_running_loop().start_tls(
                transport, inner, self._routes.context, server_side=True
            )
        except OSError:
            # The client did not trust our certificate, or left; it knows why.
            transport.abort()
            return
        if wrapped is not None:
            inner.connection_made(wrapped)


def _unknown(host: str) -> Response:
    return Response.text(
        f"The sandbox's proxy leads only to the stand-ins; {host or 'this request'} is none.\n"
        "GET /line on the control port tells the accounts that there are.\n",
        502,
    )
