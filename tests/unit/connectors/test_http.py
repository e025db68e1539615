"""The wire: what is repeated, what is in doubt, who sees credentials; vendors' libraries on it."""

from __future__ import annotations

import gzip
import json
import logging
import ssl
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import msgspec
import pytest
import requests
import trustme
import zenpy
from hypothesis import given
from hypothesis import strategies as st
from jira import JIRA

from connectors.bridge import template
from connectors.hosts import Untrusted
from connectors.http import Http, InDoubt, NotDone
from connectors.oauth import BasicAuth, BearerToken, NoAuth
from connectors.retry import LONGEST_WAIT, seconds_to_wait
from hub.errors import Misconfigured, SignInFailed, Unavailable

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


class Renewing:
    """An auth whose first token is refused, and the next one is good (or not)."""

    def __init__(self, *, gets_new: bool = True) -> None:
        self.token = "old"
        self.asked = 0
        self.gets_new = gets_new

    def headers(self) -> Mapping[str, str]:
        return {"authorization": f"Bearer {self.token}"}

    def refused(self) -> bool:
        self.asked += 1
        self.token = "new"
        return self.gets_new


def client(base: str, **options: Any) -> tuple[Http, list[float]]:
    """A client whose waits are written down instead of waited."""
    waits: list[float] = []
    settings = {"system": "zendesk", "auth": BearerToken(SECRET), "budget": Ledger()}
    return Http(base, sleep=waits.append, **{**settings, **options}), waits


class TestAnswers:
    def test_a_request_arrives_as_it_was_meant(self, vendor: Vendor) -> None:
        """Parameters, JSON and headers arrive; the answer is decoded, gzip or not."""
        vendor.script = [Says(body=gzip.compress(b'{"a": 1}'), headers={"content-encoding": "gzip"})]
        http, _ = client(vendor.url)
        reply = http.request(
            "POST", "/api/v2/x?a=1", endpoint="POST /api/v2/x", params={"page[size]": "2"},
            json={"n": "ä"}, headers={"Idempotency-Key": "k"},
        )  # fmt: skip
        assert reply.status == 200
        assert reply.json() == {"a": 1}
        (seen,) = vendor.seen
        assert seen.path == "/api/v2/x?a=1&page%5Bsize%5D=2"
        assert json.loads(seen.body) == {"n": "ä"}
        assert seen.headers["idempotency-key"] == "k"
        assert seen.headers["authorization"] == f"Bearer {SECRET}"
        assert http.calls() == {"POST /api/v2/x": 1}

    @pytest.mark.parametrize("status", [200, 204, 304, 400, 403, 404, 409, 413, 422])
    def test_statuses_that_say_something_are_answers(self, vendor: Vendor, status: int) -> None:
        """The caller gets every answer that is one; nothing is repeated."""
        vendor.script = [Says(status, {})]
        http, waits = client(vendor.url)
        assert http.request("PUT", "/x", endpoint="PUT /x", json={}).status == status
        assert len(vendor.seen) == 1
        assert waits == []

    def test_html_is_unavailable_and_says_what_it_was(self, vendor: Vendor) -> None:
        """HTML instead of JSON names system, endpoint, status and the page's title."""
        page = b"<html><head><title>Site  under\nmaintenance</title></head><body>x</body></html>"
        vendor.script = [Says(200, page, {"content-type": "text/html; charset=utf-8"})]
        http, _ = client(vendor.url)
        reply = http.request("GET", "/x", endpoint="GET /api/v2/tickets/{id}")
        with pytest.raises(Unavailable) as caught:
            reply.json()
        for part in (
            "zendesk",
            "GET /api/v2/tickets/{id}",
            "200",
            "Site under maintenance",
            "hub.toml",
        ):
            assert part in str(caught.value)
        with pytest.raises(Unavailable):
            reply.decode(dict[str, int])

    def test_json_of_another_shape_is_unavailable(self, vendor: Vendor) -> None:
        """A typed decode tells which field is not as the API promises."""

        class Wanted(msgspec.Struct):
            count: int

        vendor.script = [Says(body={"count": "many"})]
        http, _ = client(vendor.url)
        with pytest.raises(Unavailable, match=r"\$\.count"):
            http.request("GET", "/x", endpoint="GET /x").decode(Wanted)

    def test_uploads_pass_through(self, vendor: Vendor) -> None:
        """Iterators and multipart streams arrive whole, with a length where it is known."""
        http, _ = client(vendor.url)
        _ = http.request("POST", "/u", endpoint="POST /u", content=iter([b"ab", b"", b"cd"]))
        _ = http.request(
            "POST", "/f", endpoint="POST /f",
            files={"file": ('a"b.txt', iter([b"12", b"345"]), "text/plain", 5)},
        )  # fmt: skip
        stream, form = vendor.seen
        assert stream.body == b"abcd"
        assert int(form.headers["content-length"]) == len(form.body)
        assert b'name="file"; filename="a%22b.txt"' in form.body
        assert b"\r\n\r\n12345\r\n--" in form.body


class TestRepetition:
    def test_429_is_waited_out(self, vendor: Vendor) -> None:
        """Also for a write: nothing was done. Never earlier than asked."""
        vendor.script = [Says(429, b"slow down", {"retry-after": "7"}), Says(201, {"id": 1})]
        budget = Ledger()
        http, waits = client(vendor.url, budget=budget)
        assert http.request("POST", "/x", endpoint="POST /x", target="5", json={}).status == 201
        assert len(waits) == 1
        assert 7 <= waits[0] < 8
        assert budget.taken == [("POST /x", "5")] * 2
        assert budget.learned == [("POST /x", 429), ("POST /x", 201)]

    def test_503_with_retry_after_is_waited_out(self, vendor: Vendor) -> None:
        """Maintenance said when it ends."""
        vendor.script = [Says(503, {}, {"retry-after": "3"}), Says(201, {})]
        http, waits = client(vendor.url)
        assert http.request("POST", "/x", endpoint="POST /x", json={}).status == 201
        assert waits[0] >= 3

    def test_too_long_a_wait_is_not_done(self, vendor: Vendor) -> None:
        """Who is asked to wait an hour is told so at once."""
        vendor.script = [Says(429, {}, {"retry-after": "3600"})]
        http, waits = client(vendor.url)
        with pytest.raises(NotDone) as caught:
            _ = http.request("GET", "/x", endpoint="GET /x")
        assert caught.value.after == 3600
        assert waits == []

    def test_429_for_ever_ends(self, vendor: Vendor) -> None:
        """As many attempts as were allowed, and `after` of the last."""
        vendor.script = [Says(429, {}, {"retry-after": "2"})]
        http, waits = client(vendor.url, attempts=3)
        with pytest.raises(NotDone) as caught:
            _ = http.request("GET", "/x", endpoint="GET /x")
        assert (len(vendor.seen), len(waits), caught.value.after) == (3, 2, 2)

    @pytest.mark.parametrize("status", [500, 502, 503, 504, 520, 524])
    def test_a_broken_server_is_asked_again_only_if_safe(self, vendor: Vendor, status: int) -> None:
        """Reads go again, with growing pauses; a write may have been done."""
        vendor.script = [Says(status, b"<html>")] * 3 + [Says(200, {})]
        http, waits = client(vendor.url)
        assert http.request("GET", "/x", endpoint="GET /x").status == 200
        assert len(waits) == 3
        assert waits[0] < waits[2]
        vendor.script = [Says(status, b"<html>")]
        before = len(vendor.seen)
        with pytest.raises(InDoubt, match=str(status)):
            _ = http.request("PUT", "/x", endpoint="PUT /x", json={})
        assert len(vendor.seen) == before + 1

    def test_a_lost_answer_of_a_write_is_in_doubt(self, vendor: Vendor) -> None:
        """The request was read, the answer did not come: never asked twice."""
        vendor.script = [Says(drop=True)]
        budget = Ledger()
        http, waits = client(vendor.url, budget=budget)
        with pytest.raises(InDoubt, match="may have been done"):
            _ = http.request("POST", "/x", endpoint="POST /x", json={})
        assert (len(vendor.seen), waits) == (1, [])
        assert budget.learned == [("POST /x", 0)]
        assert http.calls() == {"POST /x": 1}

    def test_a_lost_answer_of_a_read_is_asked_again(self, vendor: Vendor) -> None:
        """And of a write that its caller declares safe."""
        for method, safe in (("GET", None), ("POST", True)):
            vendor.script = [Says(drop=True), Says(200, {})]
            http, _ = client(vendor.url)
            assert http.request(method, "/x", endpoint="x", safe=safe).status == 200

    def test_nothing_listens_is_not_done(self) -> None:
        """Refused connections are tried again, for writes too, and then it is `NotDone`."""
        vendor = Vendor()
        vendor.close()
        http, waits = client(vendor.url, attempts=4)
        with pytest.raises(NotDone, match="nothing was sent"):
            _ = http.request("POST", "/x", endpoint="POST /x", json={})
        assert len(waits) == 3
        assert http.calls() == {}

    @pytest.mark.parametrize(
        ("error", "outcome"),
        [
            (httpx.ConnectTimeout, NotDone),
            (httpx.ConnectError, NotDone),
            (httpx.PoolTimeout, NotDone),
            (httpx.WriteTimeout, InDoubt),
            (httpx.WriteError, InDoubt),
            (httpx.ReadTimeout, InDoubt),
            (httpx.ReadError, InDoubt),
            (httpx.RemoteProtocolError, InDoubt),
        ],
    )
    def test_what_left_and_what_did_not(
        self, error: type[httpx.TransportError], outcome: type[Exception]
    ) -> None:
        """Only what surely did not leave may be asked again."""
        sent = []

        def broken(request: httpx.Request) -> httpx.Response:
            sent.append(request)
            raise error("cut")

        http, _ = client("http://vendor.test", transport=httpx.MockTransport(broken), attempts=3)
        with pytest.raises(outcome):
            _ = http.request("POST", "/x", endpoint="POST /x", json={})
        assert len(sent) == (1 if outcome is InDoubt else 3)
        with pytest.raises(NotDone):
            _ = http.request("GET", "/x", endpoint="GET /x")

    def test_a_slow_server_times_out(self) -> None:
        """A server that never answers holds us no longer than the timeout."""
        import socket  # noqa: PLC0415

        with socket.create_server(("127.0.0.1", 0)) as silent:
            http, _ = client(f"http://127.0.0.1:{silent.getsockname()[1]}", timeout=0.05)
            with pytest.raises(InDoubt):
                _ = http.request("POST", "/x", endpoint="POST /x", json={})

    def test_a_spent_stream_is_not_sent_again(self, vendor: Vendor) -> None:
        """An upload from an iterator cannot be repeated: its caller opens it anew."""
        vendor.script = [Says(429, {}, {"retry-after": "4"})]
        http, _ = client(vendor.url)
        with pytest.raises(NotDone) as caught:
            _ = http.request("POST", "/u", endpoint="POST /u", content=iter([b"x"]))
        assert (len(vendor.seen), caught.value.after) == (1, 4)

    @given(st.floats(0, 1e6))
    def test_retry_after_in_seconds(self, seconds: float) -> None:
        """Seconds, whole or not, are what they say."""
        assert seconds_to_wait({"retry-after": str(seconds)}) == pytest.approx(seconds)

    def test_retry_after_as_a_date(self) -> None:
        """By the server's clock, not ours; nonsense says nothing."""
        headers = {
            "date": "Wed, 21 Oct 2015 07:28:00 GMT",
            "retry-after": "Wed, 21 Oct 2015 07:28:30 GMT",
        }
        assert seconds_to_wait(headers) == 30
        assert seconds_to_wait({"retry-after": "soon"}) is None
        assert seconds_to_wait({}) is None
        assert LONGEST_WAIT == 120


class TestSignIn:
    def test_a_refused_token_is_renewed_once(self, vendor: Vendor) -> None:
        """401 did nothing: with a fresh token even a write goes once more."""
        vendor.script = [Says(401, {}), Says(201, {})]
        auth = Renewing()
        http, _ = client(vendor.url, auth=auth)
        assert http.request("POST", "/x", endpoint="POST /x", json={}).status == 201
        assert [seen.headers["authorization"] for seen in vendor.seen] == [
            "Bearer old",
            "Bearer new",
        ]
        assert auth.asked == 1

    @pytest.mark.parametrize("gets_new", [True, False])
    def test_still_refused_is_sign_in_failed(self, vendor: Vendor, gets_new: bool) -> None:
        """The message names the system and what to do, and no secret."""
        vendor.script = [Says(401, {"error": "Couldn't authenticate you"})]
        http, _ = client(vendor.url, auth=Renewing(gets_new=gets_new))
        with pytest.raises(SignInFailed) as caught:
            _ = http.request("GET", "/x", endpoint="GET /x")
        assert "zendesk" in str(caught.value)
        assert "hub.toml" in str(caught.value)
        assert len(vendor.seen) == 1 + gets_new

    def test_a_captcha_is_told(self, vendor: Vendor) -> None:
        """Jira locks out after bad sign-ins: only a person can undo that."""
        vendor.script = [Says(401, {}, {"X-Seraph-LoginReason": "AUTHENTICATION_DENIED"})]
        http, _ = client(vendor.url, auth=BasicAuth("u", SECRET), system="jira")
        with pytest.raises(SignInFailed, match="CAPTCHA"):
            _ = http.request("GET", "/x", endpoint="GET /x")

    def test_foreign_hosts_never_see_credentials(self, vendor: Vendor) -> None:
        """Absolute URLs elsewhere, and redirects to elsewhere, are asked as nobody."""
        other = Vendor()
        try:
            http, _ = client(vendor.url)
            _ = http.request("GET", f"{other.url}/a", endpoint="GET /a")
            vendor.script = [Says(302, b"", {"location": f"{other.url}/file"})]
            other.script = [Says(200, b"bytes", {"content-type": "image/png"})]
            with http.stream("GET", f"{vendor.url}/content", endpoint="GET /content") as response:
                assert b"".join(response.iter_bytes()) == b"bytes"
            assert [seen.path for seen in other.seen] == ["/a", "/file"]
            assert all("authorization" not in seen.headers for seen in other.seen)
            assert vendor.seen[0].headers["authorization"] == f"Bearer {SECRET}"
        finally:
            other.close()

    def test_nothing_of_ours_is_logged(self, vendor: Vendor, caplog: pytest.LogCaptureFixture) -> None:
        """Neither token, nor query, nor body, at any level."""
        caplog.set_level(logging.DEBUG)
        vendor.script = [Says(429, {}, {"retry-after": "1"}), Says(200, {"private": "answer"})]
        http, _ = client(vendor.url)
        _ = http.request(
            "POST",
            "/x",
            endpoint="POST /x",
            params={"token": "q-secret"},
            json={"b": "body-secret"},
        )
        assert "POST /x" in caplog.text
        ours = [r.getMessage() for r in caplog.records if r.name.startswith("connectors")]
        assert not any(word in line for line in ours for word in (SECRET, "q-secret", "body-secret"))
        assert SECRET not in caplog.text
        assert SECRET not in f"{http!r} {BearerToken(SECRET)!r} {BasicAuth('u', SECRET)!r}"

    def test_a_failed_sign_in_gives_its_slot_back(self, vendor: Vendor) -> None:
        """No token, no request: the budget hears of it all the same."""

        class Locked:
            def headers(self) -> Mapping[str, str]:
                raise SignInFailed("run `hub init`")

            def refused(self) -> bool:
                return False

        budget = Ledger()
        http, _ = client(vendor.url, auth=Locked(), budget=budget)
        with pytest.raises(SignInFailed):
            _ = http.request("GET", "/x", endpoint="GET /x")
        assert budget.learned == [("GET /x", 0)]
        assert vendor.seen == []

    def test_ignored_keys_are_told(self, vendor: Vendor, caplog: pytest.LogCaptureFixture) -> None:
        """Zendesk drops keys that it does not know, silently but for a header."""
        vendor.script = [Says(200, {}, {"X-Zendesk-Api-Warn": "unpermitted ticket.colour"})]
        http, _ = client(vendor.url)
        _ = http.request("PUT", "/x", endpoint="PUT /x", json={})
        assert "ticket.colour" in caplog.text


class TestStreams:
    def test_opening_is_repeated(self, vendor: Vendor) -> None:
        """Until the answer begins, a stream obeys the rules of any read; 404 is an answer."""
        vendor.script = [Says(503, {}, {"retry-after": "1"}), Says(500, {}), Says(404, b"gone")]
        http, waits = client(vendor.url)
        with http.stream("GET", "/a", endpoint="GET /a") as response:
            assert response.status_code == 404
        assert len(waits) == 2

    def test_a_connection_is_free_again(self, vendor: Vendor) -> None:
        """Streams that are left early do not use up the pool."""
        vendor.script = [Says(200, b"x" * 200_000)]
        http, _ = client(vendor.url, connections=1, timeout=2)
        for _ in range(3):
            with http.stream("GET", "/a", endpoint="GET /a") as response:
                assert next(response.iter_bytes(10)) == b"x" * 10
        assert http.request("GET", "/a", endpoint="GET /a").status == 200

    def test_breaking_off_is_unavailable(self) -> None:
        """A body that ends in the middle is not taken for the whole."""

        class Cut(httpx.SyncByteStream):
            def __iter__(self) -> Iterator[bytes]:
                yield b"half"
                raise httpx.ReadError("cut")

        transport = httpx.MockTransport(lambda _: httpx.Response(200, stream=Cut()))
        http, _ = client("http://vendor.test", transport=transport)
        with (
            pytest.raises(Unavailable, match="middle"),
            http.stream("GET", "/a", endpoint="GET /a") as response,
        ):
            _ = b"".join(response.iter_bytes())

    def test_a_short_body_is_not_taken_for_whole(self) -> None:
        """The server promised 100 bytes and closed after 4: on the real pool."""
        import socket  # noqa: PLC0415

        def serve(listener: socket.socket) -> None:
            for _ in range(2):
                peer, _ = listener.accept()
                with peer:
                    _ = peer.recv(65536)
                    peer.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf")

        with socket.create_server(("127.0.0.1", 0)) as listener:
            thread = threading.Thread(target=serve, args=(listener,), daemon=True)
            thread.start()
            http, _ = client(f"http://127.0.0.1:{listener.getsockname()[1]}")
            with (
                pytest.raises(Unavailable),
                http.stream("GET", "/a", endpoint="GET /a") as response,
            ):
                _ = response.read()
            with pytest.raises(InDoubt):
                _ = http.request("POST", "/a", endpoint="POST /a", json={})
            thread.join(2)


class TestSettings:
    @pytest.mark.parametrize("bad", [{"timeout": 0}, {"connections": 21}, {"connections": 0}])
    def test_no_endless_waits_no_crowds(self, bad: dict[str, Any]) -> None:
        """Timeouts are positive, connections at most 20 (clients slow down above that)."""
        with pytest.raises(ValueError, match=next(iter(bad))):
            _ = client("http://127.0.0.1:1", **bad)

    @pytest.mark.parametrize("url", ["", "acme.zendesk.com", "ftp://acme"])
    def test_an_address_is_checked(self, url: str) -> None:
        """The message says how to write it."""
        with pytest.raises(Misconfigured, match="https://"):
            _ = client(url)

    def test_a_proxy_is_for_other_machines_only(
        self, vendor: Vendor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The environment's proxy is honoured, but never for loopback."""
        proxy = Vendor()
        try:
            for name in ("http_proxy", "HTTP_PROXY"):
                monkeypatch.setenv(name, proxy.url)
            for name in ("no_proxy", "NO_PROXY"):
                monkeypatch.delenv(name, raising=False)
            http, _ = client(vendor.url)
            assert http.request("GET", "/x", endpoint="GET /x").status == 200
            assert (len(vendor.seen), len(proxy.seen)) == (1, 0)
            outside, _ = client("http://vendor.test")
            assert outside.request("GET", "/y", endpoint="GET /y").status == 200
            assert [seen.path for seen in proxy.seen] == ["http://vendor.test/y"]
        finally:
            proxy.close()

    def test_a_ca_that_is_not_there_is_told(self) -> None:
        """A wrong CA path is a setting to mend, not a TLS riddle."""
        http, _ = client("https://127.0.0.1:1", ca="/nowhere/ca.pem")
        with pytest.raises(Misconfigured, match=r"/nowhere/ca\.pem"):
            _ = http.request("GET", "/x", endpoint="GET /x")

    def test_tls_is_verified(self, vendor: Vendor, tmp_path: Path) -> None:
        """A stranger's certificate is refused, and the message says what to do; our CA is trusted."""
        authority = trustme.CA()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1").configure_cert(context)
        vendor.server.socket = context.wrap_socket(vendor.server.socket, server_side=True)
        ca = tmp_path / "ca.pem"
        authority.cert_pem.write_to_path(ca)
        url = vendor.url.replace("http", "https")
        stranger, waits = client(url)
        with pytest.raises(Unavailable, match=r"certificate of 127\.0\.0\.1 .*hub\.toml"):
            _ = stranger.request("POST", "/x", endpoint="POST /x", json={})
        assert (vendor.seen, waits) == ([], [])
        friend, _ = client(url, ca=str(ca))
        assert friend.request("POST", "/x", endpoint="POST /x", json={}).status == 200
        with friend.stream("GET", "/x", endpoint="GET /x") as response:
            assert response.read() == b"{}"

    def test_threads_share_it(self, vendor: Vendor) -> None:
        """Counts are exact under threads, and connections stay within the cap."""
        http, _ = client(vendor.url, connections=4)
        with ThreadPoolExecutor(16) as threads:
            results = list(
                threads.map(lambda n: http.request("GET", f"/{n}", endpoint="GET /{n}").status, range(200))
            )
        assert results == [200] * 200
        assert http.calls() == {"GET /{n}": 200}

    def test_progress_is_told(self, vendor: Vendor) -> None:
        """The hook hears of every answer."""
        heard: list[tuple[str, int]] = []
        http, _ = client(vendor.url, watch=lambda e, s, _: heard.append((e, s)))
        vendor.script = [Says(429, {}, {"retry-after": "0"}), Says(200, {})]
        _ = http.request("GET", "/x", endpoint="GET /x")
        assert heard == [("GET /x", 429), ("GET /x", 200)]


class TestLibraries:
    """The vendors' own clients on our wire."""

    def test_zenpy_works(self, vendor: Vendor) -> None:
        """Its hard-coded host is ours, its objects are its own, its credentials are ours."""
        http, _ = client(vendor.url)
        zendesk = zenpy.Zenpy(subdomain="acme", session=http.session())
        vendor.script = [Says(body={"ticket": {"id": 12, "subject": "Hello", "url": "u"}})]
        assert zendesk.tickets(id=12).subject == "Hello"
        assert vendor.seen[0].headers["authorization"] == f"Bearer {SECRET}"
        assert vendor.seen[0].path.startswith("/api/v2/tickets/12.json")
        assert http.calls() == {"GET /api/v2/tickets/{id}": 1}

    def test_zenpy_cannot_loop_on_429(self, vendor: Vendor) -> None:
        """By itself it would wait for ever, inside the library."""
        vendor.script = [Says(429, {}, {"retry-after": "1"})]
        http, waits = client(vendor.url, attempts=3)
        zendesk = zenpy.Zenpy(subdomain="acme", session=http.session())
        with pytest.raises(NotDone):
            _ = zendesk.tickets(id=12)
        assert (len(vendor.seen), len(waits)) == (3, 2)

    def test_zenpy_does_not_repeat_a_write_in_doubt(self, vendor: Vendor) -> None:
        """What we do not know, the library does not hide."""
        vendor.script = [Says(502, b"<html>bad gateway</html>")]
        http, _ = client(vendor.url)
        zendesk = zenpy.Zenpy(subdomain="acme", session=http.session())
        with pytest.raises(InDoubt):
            _ = zendesk.tickets.delete(zenpy.lib.api_objects.Ticket(id=12))
        assert len(vendor.seen) == 1

    @staticmethod
    def _jira(http: Http, vendor: Vendor) -> JIRA:
        jira = JIRA(server=vendor.url, get_server_info=False, max_retries=0)
        jira._session.mount("http://", http.adapter())
        return jira

    def test_jira_works(self, vendor: Vendor) -> None:
        """Objects, writes and its own errors."""
        http, _ = client(vendor.url, system="jira", auth=BasicAuth("me", SECRET))
        jira = self._jira(http, vendor)
        issue = {"id": "10001", "key": "SUP-7", "self": "s", "fields": {"summary": "Broken"}}
        vendor.script = [Says(body=issue)]
        assert jira.issue("SUP-7").fields.summary == "Broken"
        assert http.calls() == {"GET /rest/api/2/issue/{id}": 1}
        assert vendor.seen[0].headers["authorization"].startswith("Basic ")
        vendor.script = [Says(404, {"errorMessages": ["Issue does not exist"], "errors": {}})]
        with pytest.raises(Exception, match="Issue does not exist"):
            _ = jira.issue("SUP-8")

    def test_jira_cannot_loop_on_429(self, vendor: Vendor) -> None:
        """Ours are the only repetitions, with our pauses."""
        vendor.script = [Says(429, {}, {"retry-after": "1"})]
        http, waits = client(vendor.url, attempts=2, system="jira")
        with pytest.raises(NotDone):
            _ = self._jira(http, vendor).issue("SUP-7")
        assert (len(vendor.seen), len(waits)) == (2, 1)

    def test_responses_look_as_the_library_wrote_them(self, vendor: Vendor) -> None:
        """`request.url` and `response.url` keep the library's host; the body is decoded."""
        body = gzip.compress(b'{"x": 1}')
        vendor.script = [Says(200, body, {"content-encoding": "gzip"})]
        http, _ = client(vendor.url)
        response = http.session("https://help.example.org").get("https://help.example.org/a?b=1")
        assert response.url == response.request.url == "https://help.example.org/a?b=1"
        assert response.json() == {"x": 1}
        assert vendor.seen[0].path == "/a?b=1"

    def test_strangers_are_not_ours(self) -> None:
        """Only the system's domain stands in for our base, and only where ours is another."""
        hosts: list[tuple[str, bool]] = []

        def answer(request: httpx.Request) -> httpx.Response:
            hosts.append((request.url.host, "authorization" in request.headers))
            return httpx.Response(200, json={})

        http, _ = client("https://acme.zendesk.com", transport=httpx.MockTransport(answer))
        for url in ("https://acme.zendesk.com/a", "https://evil.zendesk.com/a", "https://x.test/a"):
            with suppress(Untrusted):
                assert http.session().get(url).status_code == 200
        assert hosts == [("acme.zendesk.com", True), ("evil.zendesk.com", False)], "x.test is never asked"

    @pytest.mark.parametrize(
        ("path", "expected"),
        [
            ("/api/v2/tickets/123.json", "/api/v2/tickets/{id}"),
            ("/api/v2/tickets/123/comments", "/api/v2/tickets/{id}/comments"),
            ("/api/v2/tickets/update_many.json", "/api/v2/tickets/update_many"),
            ("/api/v2/incremental/tickets/cursor.json", "/api/v2/incremental/tickets/cursor"),
            ("/rest/api/3/issue/SUP-7/comment/10", "/rest/api/3/issue/{id}/comment/{id}"),
            ("/rest/api/3/search/jql", "/rest/api/3/search/jql"),
            ("/api/v2/job_statuses/V3-0123abcd.json", "/api/v2/job_statuses/{id}"),
            ("/rest/api/3/issueLinkType", "/rest/api/3/issueLinkType"),
            ("/x/0d8f1f6e-3f9c-4f6b-9f6c-0d8f1f6e3f9c", "/x/{id}"),
            ("", ""),
        ],
    )
    def test_endpoints_of_libraries_get_names(self, path: str, expected: str) -> None:
        """Calls are counted by what they are for, not by which object they name."""
        assert template(path) == expected

    def test_a_plain_session_needs_no_secret(self, vendor: Vendor) -> None:
        """401 as nobody is an answer: there is nobody to sign in."""
        vendor.script = [Says(401, {})]
        http, _ = client(vendor.url, auth=NoAuth())
        assert http.session().get(f"{vendor.url}/x").status_code == 401
        assert isinstance(http.session(), requests.Session)
