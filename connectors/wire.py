"""
The bytes' way to a host: connections kept alive, timeouts that are never None, TLS, proxies.

Plain requests go straight to urllib3's pool, which costs about half the CPU of `httpx.Client`;
streamed answers leave the same pool as `httpx.Response`. An injected `httpx.BaseTransport` takes
the pool's place, so that tests can run against an in-process server.
"""

from __future__ import annotations

import math
import ssl
import threading
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple, Protocol
from urllib.parse import urlsplit

import httpx
import urllib3
from requests.utils import get_environ_proxies
from urllib3.exceptions import (
    ConnectTimeoutError,
    EmptyPoolError,
    HTTPError,
    NewConnectionError,
    ProxyError,
)

from connectors.hosts import Hosts
from connectors.wire_origin import Origin, is_loopback, origin_of
from hub.errors import Misconfigured, Unavailable

__all__ = [
    "MOST_CONNECTIONS",
    "Body",
    "Broken",
    "Origin",
    "PooledWire",
    "Raw",
    "TransportWire",
    "Unsent",
    "Wire",
    "is_loopback",
    "origin_of",
]

Body = bytes | Iterable[bytes] | None

MOST_CONNECTIONS = 20
_CONNECT_SECONDS = 10.0
_CHUNK = 64 * 1024
_NO_RETRY = False


class Unsent(Exception):
    """The request did not leave: no name, no connection, no free slot."""


class Broken(Exception):
    """The request left, wholly or in part, and no whole answer came back."""


class Raw(NamedTuple):
    """An answer as it came; header names in lower case, content decoded from gzip."""

    status: int
    headers: Mapping[str, str]
    content: bytes


class Wire(Protocol):
    """Sends one request, once."""

    def send(self, method: str, url: str, headers: Mapping[str, str], body: Body) -> Raw:
        """Raises `Unsent` or `Broken`; `Unavailable` if the host's certificate is not trusted."""
        ...

    def open(self, method: str, url: str, headers: Mapping[str, str], body: Body = None) -> httpx.Response:
        """As `send`, but leave the body to be read. Close the response."""
        ...

    def close(self) -> None: ...


class PooledWire:
    """A wire over urllib3: one pool a host, shared by all threads."""

    def __init__(
        self, *, timeout: float, connections: int, ca: str | None = None, hosts: Hosts | None = None
    ) -> None:
        """`hosts` says which are the system's own; of others the address is looked up, and checked."""
        self._hosts = hosts
        self._timeout = urllib3.Timeout(connect=min(timeout, _CONNECT_SECONDS), read=timeout)
        self._wait = math.ceil(timeout)
        self._connections = connections
        self._ca = ca
        self._lock = threading.Lock()
        self._pools: dict[str, urllib3.HTTPConnectionPool] = {}
        self._proxies: dict[str, urllib3.ProxyManager] = {}
        self._pinned: set[str] = set()
        self._tls: ssl.SSLContext | None = None

    def send(self, method: str, url: str, headers: Mapping[str, str], body: Body) -> Raw:
        try:
            answer = self._ask(method, url, headers, body, preload=True)
            content = answer.data
        except HTTPError as error:
            raise _sorted(error, url) from error
        return Raw(answer.status, {k.lower(): v for k, v in answer.headers.items()}, content)

    def open(self, method: str, url: str, headers: Mapping[str, str], body: Body = None) -> httpx.Response:
        try:
            answer = self._ask(method, url, headers, body, preload=False)
        except HTTPError as error:
            raise _sorted(error, url) from error
        return httpx.Response(
            answer.status,
            headers=list(answer.headers.items()),
            stream=_PooledStream(answer),
            request=httpx.Request(method, url),
        )

    def close(self) -> None:
        with self._lock:
            for pool in self._pools.values():
                pool.close()
            for proxy in self._proxies.values():
                proxy.clear()
            self._pools.clear()

    def _ask(
        self, method: str, url: str, headers: Mapping[str, str], body: Body, *, preload: bool
    ) -> urllib3.BaseHTTPResponse:
        start = url.find("/", url.index("://") + 3)
        base, target = (url, "/") if start < 0 else (url[:start], url[start:])
        pool = self._pools.get(base) or self._new_pool(base)
        plain_proxy = self._proxies.get(base)
        if base in self._pinned:
            headers = {**headers, "host": base.partition("://")[2]}
        if plain_proxy is not None:
            target = url  # a proxy for plain http is asked for the whole URL
        try:
            return pool.urlopen(
                method,
                target,
                body=body,
                headers=headers,
                retries=_NO_RETRY,
                redirect=False,
                assert_same_host=False,
                timeout=self._timeout,
                pool_timeout=self._wait,
                chunked=body is not None and not isinstance(body, bytes) and "content-length" not in headers,
                preload_content=preload,
                decode_content=preload,
            )
        except Exception:
            self._let_go(base)
            raise

    def _let_go(self, base: str) -> None:
        """A file host that moved is looked up and checked anew the next time: watches run for weeks."""
        with self._lock:
            if base in self._pinned:
                _ = self._pools.pop(base, None)

    def _new_pool(self, base: str) -> urllib3.HTTPConnectionPool:
        with self._lock:
            if base in self._pools:
                return self._pools[base]
            origin = origin_of(base)
            tls = self._context() if origin.scheme == "https" else None
            proxy = _proxy_for(base)
            if proxy:
                manager = urllib3.ProxyManager(proxy, ssl_context=tls, maxsize=self._connections, block=True)
                pool = manager.connection_from_host(*origin[1:], scheme=origin.scheme)
                if tls is None:
                    self._proxies[base] = manager
            else:
                pool = self._straight(base, origin, tls)
            self._pools[base] = pool
            return pool

    def _straight(
        self, base: str, origin: Origin, tls: ssl.SSLContext | None
    ) -> urllib3.HTTPConnectionPool:
        """Return a pool without a proxy between; to a foreign host, to one address that was checked."""
        address, host = origin.host, None
        if self._hosts is not None and not self._hosts.is_own(origin):
            try:
                address = self._hosts.address(origin)
            except OSError as error:
                if isinstance(error, FileNotFoundError):
                    raise
                raise Unsent(f"{origin.host} cannot be looked up") from error
            self._pinned.add(base)
            host = origin.host
        if tls is None:
            return urllib3.HTTPConnectionPool(address, origin.port, maxsize=self._connections, block=True)
        return urllib3.HTTPSConnectionPool(
            address,
            origin.port,
            maxsize=self._connections,
            block=True,
            ssl_context=tls,
            server_hostname=host,
            assert_hostname=host,
        )

    def _context(self) -> ssl.SSLContext:
        """The public authorities and ours. Made once, and only for https: it takes 60 ms."""
        if self._tls is None:
            self._tls = httpx.create_ssl_context(trust_env=True)
            if self._ca:
                try:
                    self._tls.load_verify_locations(cafile=self._ca)
                except (OSError, ssl.SSLError) as error:
                    raise Misconfigured(
                        f"the CA file {self._ca} cannot be used ({error}); "
                        "name a readable file with certificates in PEM form"
                    ) from None
        return self._tls


class TransportWire:
    """A wire over somebody else's `httpx.BaseTransport`."""

    def __init__(self, transport: httpx.BaseTransport, *, timeout: float) -> None:
        self._transport = transport
        self._timeout = httpx.Timeout(timeout, connect=min(timeout, _CONNECT_SECONDS)).as_dict()

    def send(self, method: str, url: str, headers: Mapping[str, str], body: Body) -> Raw:
        response = self.open(method, url, headers, body)
        try:
            content = response.read()
        except httpx.TransportError as error:
            raise Broken(f"{type(error).__name__}: {error}") from error
        finally:
            response.close()
        return Raw(response.status_code, dict(response.headers), content)

    def open(self, method: str, url: str, headers: Mapping[str, str], body: Body = None) -> httpx.Response:
        request = httpx.Request(
            method,
            url,
            headers=headers,
            content=body,
            extensions={"timeout": self._timeout},
        )
        try:
            response = self._transport.handle_request(request)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise Unsent(f"{type(error).__name__}: {error}") from error
        except httpx.TransportError as error:
            raise Broken(f"{type(error).__name__}: {error}") from error
        response.request = request
        return response

    def close(self) -> None:
        self._transport.close()


class _PooledStream(httpx.SyncByteStream):
    """A urllib3 answer's body as httpx reads it (still encoded: httpx decodes)."""

    def __init__(self, answer: urllib3.BaseHTTPResponse) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from self._answer.stream(_CHUNK, decode_content=False)
        except HTTPError as error:
            raise httpx.ReadError(f"{type(error).__name__}: {error}") from error

    def close(self) -> None:
        # A body that was not read to its end would poison the connection for the next request.
        self._answer.close()
        self._answer.release_conn()


def _proxy_for(base: str) -> str | None:
    """The environment's proxy for a host that is not on this machine."""
    origin = origin_of(base)
    if is_loopback(origin.host):
        return None
    proxies = get_environ_proxies(base)
    return proxies.get(origin.scheme) or proxies.get("all")


def _sorted(error: HTTPError, url: str) -> Exception:
    """Tell what never left from what may have arrived."""
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            host = urlsplit(url).hostname
            return Unavailable(
                f"the TLS certificate of {host} is not trusted ({cause.verify_message}); if it is "
                "signed by your own authority, name that authority's file as `ca` in hub.toml"
            )
    unsent = (NewConnectionError, ConnectTimeoutError, EmptyPoolError, ProxyError)
    kind = Unsent if isinstance(error, unsent) else Broken
    return kind(f"{type(error).__name__}: {urlsplit(url).netloc}")


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        yield error
        seen.add(id(error))
        inner = next((a for a in error.args if isinstance(a, BaseException)), None)
        error = error.__cause__ or inner or error.__context__
