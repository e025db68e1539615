"""
One system's HTTP: pool, timeouts, auth, pacing, retries and call counts, in one place.

The vendors' own client libraries ride on the same wire through `Http.session()`, so that their
calls are paced, counted, retried and timed out by the same rules.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, TypeVar
from urllib.parse import urlencode

import httpx
import msgspec
import requests

from connectors import multipart
from connectors.bridge import HttpAdapter, WireSession
from connectors.call import Auth, Budget, Call, OneShot, Watch
from connectors.hosts import Hosts
from connectors.reply import InDoubt, NotDone, Reply, close_quietly, content_of
from connectors.retry import Again, judge, persist
from connectors.wire import (
    MOST_CONNECTIONS,
    Broken,
    PooledWire,
    TransportWire,
    Unsent,
    Wire,
    origin_of,
)
from hub.errors import SignInFailed, Unavailable

__all__ = ["Auth", "Budget", "Http", "InDoubt", "NotDone", "Reply"]

T = TypeVar("T")
Judge = Callable[[str, int, bytes], None]
"""A vendor's own ways to refuse: given the call's name, status and body, raises `Again` or a hub error."""
_SAFE = frozenset({"GET", "HEAD"})
_MOST_REDIRECTS = 5
_UNAUTHORIZED = 401
_REFUSALS = 400
_NOBODY: Mapping[str, str] = {}
_WARNING = "x-zendesk-api-warn"
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_OURS = {
    "accept": "application/json",
    "accept-encoding": "gzip",
    "user-agent": "support-sync-hub",
}
log = logging.getLogger(__name__)


class Http:
    """A client for one base URL. Safe to share between threads."""

    def __init__(
        self,
        base_url: str,
        *,
        system: str,
        auth: Auth,
        budget: Budget,
        transport: httpx.BaseTransport | None = None,
        ca: str | None = None,
        timeout: float = 30.0,
        attempts: int = 5,
        connections: int = 8,
        sleep: Callable[[float], None] = time.sleep,
        watch: Watch | None = None,
        home: Callable[[], str] | None = None,
        refusal: Judge | None = None,
        file_hosts: Sequence[str] = (),
    ) -> None:
        """
        `sleep` is what waits between tries; `watch` is told of each answer (for progress).

        `home`: the base URL where only the sign-in tells it; it is trusted with our credentials.
        `refusal` hears every answer of 400 or more, before the rules that hold for every vendor.
        `file_hosts`: who else may serve its files (`connectors.hosts`); nobody else is ever asked.
        """
        if not timeout > 0:
            raise ValueError(f"timeout must be a positive number of seconds, not {timeout!r}")
        if not 0 < connections <= MOST_CONNECTIONS:
            raise ValueError(f"connections must be 1 to {MOST_CONNECTIONS}, not {connections}")
        self.base_url = base_url.rstrip("/")
        self.system = system
        self._origin = origin_of(self.base_url)
        self._auth = auth
        self._budget = budget
        self._attempts = attempts
        self._sleep = sleep
        self._watch = watch
        self._home = home
        self._refusal = refusal
        self._hosts = Hosts(system, lambda: (self._origin, origin_of(self.home)), file_hosts)
        self._wire: Wire = (
            TransportWire(transport, timeout=timeout)
            if transport is not None
            else PooledWire(timeout=timeout, connections=connections, ca=ca, hosts=self._hosts)
        )
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()

    def request(
        self,
        method: str,
        path: str,
        *,
        endpoint: str,
        target: str = "",
        params: Sequence[tuple[str, str]] | Mapping[str, str] | None = None,
        json: Any = None,
        content: bytes | Iterator[bytes] | None = None,
        files: multipart.Files | None = None,
        headers: Mapping[str, str] | None = None,
        safe: bool | None = None,
    ) -> Reply:
        """
        Send one request and return its answer, whatever its status.

        `path` is relative to the base URL, or an absolute URL on the same host (paging links);
        an absolute URL on another host is sent without our credentials, if that host may be asked at
        all; else raises `connectors.hosts.Untrusted`.
        `safe`: repeating it cannot do harm (default: GET and HEAD).
        `files`: form fields with `(name, bytes or iterator or file[, type[, size]])`.
        Waits for the budget first. 429, and 503 with Retry-After, are waited out and repeated; 5xx
        and broken connections are repeated if `safe`. Raises `NotDone` when that did not help or
        nothing was sent; `InDoubt` when an unsafe request was sent and not answered (connection
        broken after sending, 500, 502, 504); `hub.errors.SignInFailed` on 401.
        """
        all_headers = dict(_OURS)
        body: bytes | Iterable[bytes] | None = content
        if json is not None:
            all_headers["content-type"] = "application/json"
            body = msgspec.json.encode(json)
        elif files is not None:
            form_headers, body = multipart.encode(files)
            all_headers.update(form_headers)
        if headers:
            all_headers.update({name.lower(): value for name, value in headers.items()})
        if body is not None and not isinstance(body, bytes):
            body = OneShot(body)
        url, ours = self._locate(path)
        if params:
            url = f"{url}{'&' if '?' in url else '?'}{urlencode(params)}"
        safe = method in _SAFE if safe is None else safe
        call = Call(method, url, endpoint, target, all_headers, body, safe, ours)
        return self._settle(call, self._send)

    @contextmanager
    def _streaming(self, call: Call) -> Generator[httpx.Response]:
        response = self._settle(call, self._open)
        try:
            for _ in range(_MOST_REDIRECTS):
                if response.status_code not in _REDIRECTS or "location" not in response.headers:
                    break
                there = str(httpx.URL(call.url).join(response.headers["location"]))
                response.close()
                url, ours = self._locate(there)
                call = call._replace(url=url, ours=ours)
                response = self._settle(call, self._open)
            yield response
        except httpx.TransportError as error:
            raise Unavailable(
                f"{self.system}: {call.endpoint} broke off in the middle of its answer "
                f"({type(error).__name__}); the next run will ask again"
            ) from error
        finally:
            response.close()

    def stream(
        self, method: str, path: str, *, endpoint: str, headers: Mapping[str, str] | None = None
    ) -> AbstractContextManager[httpx.Response]:
        """
        Stream an answer's body. Redirects are followed, each by the rules of `connectors.hosts`; foreign
        hosts never see our credentials.

        Until the answer begins the rules of `request` hold. `Unavailable` if it breaks off later.
        """
        url, ours = self._locate(path)
        all_headers = {**_OURS, "accept": "*/*"}
        if headers:
            all_headers.update({name.lower(): value for name, value in headers.items()})
        safe = method in _SAFE
        return self._streaming(Call(method, url, endpoint, "", all_headers, None, safe, ours))

    def session(self, alias: str = "") -> requests.Session:
        """
        A requests session that rides on this client, for the vendors' libraries.

        It never retries by itself.

        `alias`: the origin that the library has hard-coded (`https://acme.zendesk.com`) and that
        stands for our base URL. Zendesk's and Salesforce's own domains do so without being named.
        """
        session = WireSession()
        adapter = self.adapter(alias)
        session.mount("https://", adapter)
        session.mount("http://", adapter)
        return session

    def adapter(self, alias: str = "") -> HttpAdapter:
        """What `session` is made of, to mount on a session that a library insists on making."""
        return HttpAdapter(self.request, system=self.system, base_url=self.home, alias=alias)

    @property
    def home(self) -> str:
        """The base URL of calls, as the sign-in told it."""
        return self._home().rstrip("/") if self._home else self.base_url

    def calls(self) -> Mapping[str, int]:
        """How often each endpoint was called so far, repetitions included."""
        with self._lock:
            return dict(self._counts)

    def close(self) -> None:
        self._wire.close()

    def _locate(self, path: str) -> tuple[str, bool]:
        """The full URL, and whether it is the system's own."""
        if "://" not in path.partition("?")[0]:
            return f"{self.home}/{path.lstrip('/')}", True
        self._hosts.admit(path)
        return path.partition("#")[0], self._hosts.is_own(origin_of(path))

    def _settle(self, call: Call, once: Callable[[Call], T]) -> T:
        return persist(lambda: once(call), attempts=self._attempts, sleep=self._sleep)

    def _send(self, call: Call) -> Reply:
        def go(headers: Mapping[str, str]) -> Reply:
            status, answered, content = self._wire.send(call.method, call.url, headers, call.body)
            return Reply(status, answered, content, system=self.system, endpoint=call.endpoint)

        return self._exchange(call, go, lambda reply: (reply.status, reply.headers))

    def _open(self, call: Call) -> httpx.Response:
        def go(headers: Mapping[str, str]) -> httpx.Response:
            return self._wire.open(call.method, call.url, headers)

        return self._exchange(call, go, lambda r: (r.status_code, r.headers))

    def _exchange(
        self,
        call: Call,
        go: Callable[[Mapping[str, str]], T],
        read: Callable[[T], tuple[int, Mapping[str, str]]],
    ) -> T:
        """One try: what its answer means, and a second sign-in if the first was refused."""
        answer, status, headers, signed = self._try(call, go, read)
        if status == _UNAUTHORIZED and signed:
            close_quietly(answer)
            if not self._auth.refused():
                raise self._sign_in_failed(call, headers)
            answer, status, headers, _ = self._try(call, go, read)
            if status == _UNAUTHORIZED:
                close_quietly(answer)
                raise self._sign_in_failed(call, headers)
        try:
            if self._refusal and status >= _REFUSALS:
                self._refusal(self._name(call), status, content_of(answer))
            judge(self._name(call), status, headers, safe=call.safe)
        except Again as again:
            close_quietly(answer)
            if isinstance(call.body, OneShot) and call.body.begun:
                raise NotDone(f"{again}; its body was a stream", again.after or 0.0) from None
            raise
        except InDoubt:
            close_quietly(answer)
            raise
        return answer

    def _try(
        self,
        call: Call,
        go: Callable[[Mapping[str, str]], T],
        read: Callable[[T], tuple[int, Mapping[str, str]]],
    ) -> tuple[T, int, Mapping[str, str], bool]:
        """Budget, credentials, the wire. Return answer, status, headers, whether it was signed."""
        if isinstance(call.body, OneShot) and call.body.begun:
            raise NotDone(f"{self._name(call)}: its body was a stream and is spent; ask again")
        if call.ours:
            self._budget.take(call.endpoint, call.target)
        status, headers = 0, _NOBODY
        try:
            # After the wait for the budget: a token may have ended meanwhile.
            signed = self._auth.headers() if call.ours else _NOBODY
            began = time.monotonic()
            answer = go({**call.headers, **signed})
            status, headers = read(answer)
        except Unsent as error:
            raise Again(f"{self._name(call)}: nothing was sent, {error}") from error
        except Broken as error:
            self._count(call.endpoint)
            raise self._broken(call, error) from error
        finally:
            if call.ours:
                self._budget.learn(call.endpoint, status, headers)
        self._count(call.endpoint)
        self._tell(call, status, headers, time.monotonic() - began)
        return answer, status, headers, bool(signed)

    def _tell(self, call: Call, status: int, headers: Mapping[str, str], took: float) -> None:
        log.debug("%s %s -> %d in %.3f s", self.system, call.endpoint, status, took)
        if _WARNING in headers:  # Zendesk ignored a key that it does not know: our mistake
            log.warning("%s %s: %.300s", self.system, call.endpoint, headers[_WARNING])
        if self._watch is not None:
            self._watch(call.endpoint, status, took)

    def _broken(self, call: Call, error: Broken) -> Exception:
        if not call.safe:
            return InDoubt(
                f"{self._name(call)}: the connection broke after the request was sent ({error}); "
                "it may have been done"
            )
        if isinstance(call.body, OneShot):
            return NotDone(f"{self._name(call)}: the connection broke ({error})")
        return Again(f"{self._name(call)}: the connection broke ({error})")

    def _sign_in_failed(self, call: Call, headers: Mapping[str, str]) -> SignInFailed:
        captcha = "AUTHENTICATION_DENIED" in headers.get("x-seraph-loginreason", "")
        hint = (
            "too many failed sign-ins: log in once in a browser and answer the CAPTCHA"
            if captcha
            else f"check user, token and scopes under [{self.system}] in hub.toml, "
            "and that the token still holds"
        )
        return SignInFailed(
            f"{self.system} refused our credentials (401 to {call.endpoint} at {self._origin.host}): {hint}"
        )

    def _name(self, call: Call) -> str:
        return f"{self.system} {call.endpoint}"

    def _count(self, endpoint: str) -> None:
        with self._lock:
            self._counts[endpoint] += 1
