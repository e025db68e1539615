"""
Requests, answers and routing for the stand-ins: plain values, no sockets.

Both the real servers (`sandbox.server`) and the in-process transport (`sandbox.inprocess`) turn
what a client sent into a `Request` and what a stand-in returned back into bytes, so a stand-in
behaves the same over either.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, unquote

import msgspec

from sandbox.forms import BadForm, Part, multipart

_JSON = "application/json; charset=utf-8"
_BODILESS = frozenset({100, 101, 204, 304})


class BadJson(ValueError):
    """A request's body is not JSON. The stand-in says so in its vendor's own words."""


@dataclass(slots=True)
class Request:
    """
    What a client sent.

    `path` is as sent, still percent-encoded; `Router` decodes the parameters it takes from it.
    `host` carries the port if the client named one. A header sent twice is joined with a comma.
    `target_bytes` is how long the request line's target was, as sent.
    """

    method: str
    scheme: str
    host: str
    path: str
    query: list[tuple[str, str]] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    target_bytes: int = 0

    @classmethod
    def of(
        cls, method: str, scheme: str, host: str, target: str, headers: dict[str, str], body: bytes
    ) -> Request:
        """Return the request for a request line's target (`/path?query`)."""
        path, _, query = target.partition("?")
        pairs = parse_qsl(query, keep_blank_values=True) if query else []
        return cls(method, scheme, host, path or "/", pairs, headers, body, len(target))

    @property
    def base(self) -> str:
        """Scheme and host as the client addressed us: what absolute links must begin with."""
        port = ":443" if self.scheme == "https" else ":80"
        return f"{self.scheme}://{self.host.removesuffix(port)}"

    def arg(self, name: str, default: str = "") -> str:
        """Return a query parameter's last value, as the vendors do when it is sent twice."""
        for key, value in reversed(self.query):
            if key == name:
                return value
        return default

    def args(self, name: str) -> list[str]:
        """Return every value of a query parameter, in order (`fields=a&fields=b`)."""
        return [value for key, value in self.query if key == name]

    def json(self) -> Any:
        """Return the decoded body. Raises `BadJson`, also for an empty body."""
        try:
            return msgspec.json.decode(self.body)
        except (msgspec.DecodeError, UnicodeDecodeError) as bad:
            raise BadJson(str(bad)) from bad

    def form(self) -> dict[str, str]:
        """Return the fields of a url-encoded body (OAuth token requests are sent so)."""
        try:
            return dict(parse_qsl(self.body.decode(), keep_blank_values=True))
        except UnicodeDecodeError as bad:
            raise BadForm("the form's body is not UTF-8") from bad

    def parts(self) -> list[Part]:
        """Return the parts of a `multipart/form-data` body, bytes untouched."""
        return multipart(self.headers.get("content-type", ""), self.body)


@dataclass(slots=True)
class Response:
    """
    A stand-in's answer.

    `drop`: the connection dies and the client never sees an answer. `delay`: seconds that the
    answer is held back, after whatever it tells of was done.
    """

    status: int = 200
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    drop: bool = False
    delay: float = 0.0

    @classmethod
    def json(
        cls,
        obj: Any,
        status: int = 200,
        headers: Iterable[tuple[str, str]] = (),
    ) -> Response:
        """Return an answer whose body is `obj` as JSON."""
        return cls(status, _with_type(_JSON, headers), msgspec.json.encode(obj))

    @classmethod
    def text(
        cls, text: str, status: int = 200, headers: Iterable[tuple[str, str]] = ()
    ) -> Response:
        """Return an answer in plain text."""
        return cls(status, _with_type("text/plain; charset=utf-8", headers), text.encode())

    @classmethod
    def html(
        cls, html: str, status: int = 200, headers: Iterable[tuple[str, str]] = ()
    ) -> Response:
        """Return a page."""
        return cls(status, _with_type("text/html; charset=utf-8", headers), html.encode())

    @classmethod
    def empty(cls, status: int = 204, headers: Iterable[tuple[str, str]] = ()) -> Response:
        """Return an answer without a body."""
        return cls(status, list(headers))

    @classmethod
    def dropped(cls) -> Response:
        """Return what a client sees when the connection dies."""
        return cls(0, drop=True)

    def wire_headers(self) -> list[tuple[str, str]]:
        """Return the headers as sent, with the body's length where an answer may have a body."""
        if self.status in _BODILESS:
            return self.headers
        return [*self.headers, ("Content-Length", str(len(self.body)))]

    @property
    def reason(self) -> str:
        """The phrase of the status line."""
        try:
            return HTTPStatus(self.status).phrase
        except ValueError:
            return "Unknown"


def _with_type(kind: str, headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return [("Content-Type", kind), *headers]


Handler = Callable[..., Response]


@dataclass(frozen=True, slots=True)
class Match:
    """The route that a path leads to: its template, its handler, and the decoded parameters."""

    template: str
    handler: Handler
    params: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Route:
    template: str
    handler: Handler
    names: tuple[str, ...]


@dataclass(slots=True)
class _Node:
    literal: dict[str, _Node] = field(default_factory=dict)
    wild: _Node | None = None
    routes: dict[str, _Route] = field(default_factory=dict)
    rest: dict[str, _Route] = field(default_factory=dict)


class Router:
    """
    Routes by method and path template.

    `{name}` takes one segment; a last `{name:path}` takes all that remains. A literal segment wins
    over a parameter. `suffix` is an ending that every path may carry without meaning anything
    (`.json`); it is never cut from what a `{name:path}` takes. HEAD falls back to GET.
    """

    def __init__(self, suffix: str = "") -> None:
        self._root = _Node()
        self._suffix = suffix

    def route(self, method: str, template: str) -> Callable[[Handler], Handler]:
        """Return a decorator that serves `method template` with the decorated function."""

        def register(handler: Handler) -> Handler:
            self.add(method, template, handler)
            return handler

        return register

    def add(self, method: str, template: str, handler: Handler) -> None:
        """Serve `method template` with `handler(request, **params)`."""
        node, names, table = self._root, list[str](), "routes"
        for segment in template.strip("/").removesuffix(self._suffix).split("/"):
            if segment.startswith("{") and segment.endswith(":path}"):
                names.append(segment[1:-6])
                table = "rest"
            elif segment.startswith("{") and segment.endswith("}"):
                names.append(segment[1:-1])
                node.wild = node.wild or _Node()
                node = node.wild
            else:
                node = node.literal.setdefault(segment, _Node())
        routes: dict[str, _Route] = getattr(node, table)
        if method in routes:
            raise ValueError(f"{method} {template} is served twice")
        routes[method] = _Route(template, handler, tuple(names))

    def match(self, method: str, path: str) -> Match | None:
        """Return the route for a request, or None: then `allowed` tells a 404 from a 405."""
        found = self._find(method, path)
        if found is None and method == "HEAD":
            found = self._find("GET", path)
        if found is None:
            return None
        route, values = found
        params = dict(zip(route.names, map(unquote, values), strict=True))
        return Match(route.template, route.handler, params)

    def allowed(self, path: str) -> list[str]:
        """Return the methods that a path serves; none means that there is no such path."""
        return [method for method in _METHODS if self._find(method, path) is not None]

    def _find(self, method: str, path: str) -> tuple[_Route, list[str]] | None:
        segments = path.strip("/").split("/")
        short = [*segments[:-1], segments[-1].removesuffix(self._suffix)]
        return _walk(self._root, method, short, segments, 0)


_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def _walk(
    node: _Node, method: str, short: list[str], full: list[str], at: int
) -> tuple[_Route, list[str]] | None:
    """Find the route below `node` for the segments from `at` on, literals first."""
    if at == len(short):
        route = node.routes.get(method)
        return (route, []) if route else None
    if (child := node.literal.get(short[at])) and (
        found := _walk(child, method, short, full, at + 1)
    ):
        return found
    if node.wild and short[at] and (found := _walk(node.wild, method, short, full, at + 1)):
        return found[0], [short[at], *found[1]]
    route = node.rest.get(method)
    return (route, ["/".join(full[at:])]) if route else None
