"""What the framework asks of a stand-in, and all that it knows of one."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

from sandbox.calls import Calls
from sandbox.faults import Faults
from sandbox.web import Request, Response


class Party(Protocol):
    """
    One stand-in, whatever it speaks. Never called from two threads at once: `Sandbox` holds the lock.

    `settings` are its switches (rate limits, search lag, a feed that repeats rows); the control
    API changes them in place, so they are read when they are needed. `state` is its data, for
    tests and the demo to act on as a person would.
    """

    name: str
    settings: dict[str, Any]

    @property
    def state(self) -> Any:
        """What it holds, in its own types."""
        ...

    def seed(self, kind: str, **params: Any) -> Mapping[str, Any]:
        """Fill in a data set and return what it made. Raises ValueError for an unknown kind."""
        ...

    def reset(self) -> None:
        """Forget all data and put the settings back; credentials stay as described."""
        ...

    def person(self, action: str, **params: Any) -> Mapping[str, Any]:
        """
        Do what a person does in the vendor's own pages: edit, comment, attach, delete, merge.

        Raises LookupError for what does not exist, ValueError for what cannot be done.
        """
        ...


class Vendor(Party, Protocol):
    """
    A stand-in that speaks HTTP.

    `reads` names endpoints that only read though their method is POST, so that faults for writes
    leave them alone. Webhooks leave by an `Outbox`.
    """

    reads: frozenset[str]

    def handle(self, request: Request, /) -> Response:
        """Answer a request: authentication, own rate limits, routing, effect."""
        ...

    def endpoint(self, request: Request, /) -> str:
        """Return method and path template (`PUT /api/v2/tickets/{id}`), for counts and faults."""
        ...

    def owns_host(self, host: str, /) -> bool:
        """Tell whether a host name (no port) is this vendor's, for TLS and the proxy."""
        ...

    def describe(self, url: str, tls_url: str) -> Mapping[str, Any]:
        """Return this vendor's part of the line that tells clients where and who to be."""
        ...

    def throttled(self, request: Request, /) -> Response:
        """Return this vendor's own 429, headers and body."""
        ...

    def expire_tokens(self) -> None:
        """Let every access token lapse now; refresh tokens and API tokens stay good."""
        ...


@runtime_checkable
class Listens(Party, Protocol):
    """A stand-in that speaks another protocol than HTTP, on ports of its own. It takes the lock itself."""

    places: tuple[str, ...]
    """What its ports are called; those that end in ` tls` speak TLS from the start."""

    def join(self, lock: threading.RLock, faults: Faults, calls: Calls) -> None:
        """Act under the sandbox's lock, with its faults, and count into its counts."""
        ...

    def listen(self, sockets: Mapping[str, socket.socket], context: ssl.SSLContext) -> None:
        """Serve on bound sockets, one for each of `places`, and close them in the end."""
        ...

    def hang_up(self) -> None:
        """Stop serving; may be called twice."""
        ...

    def line(self, host: str, ports: Mapping[str, int]) -> Mapping[str, Any]:
        """Return its part of the line that tells clients where and who to be."""
        ...
