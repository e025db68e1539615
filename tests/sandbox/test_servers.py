"""The sandbox's servers: ordinary clients find ordinary HTTP, over every way in."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import requests

from sandbox.faults import Fate, Fault
from sandbox.outbox import Outbox
from sandbox.sandbox import Sandbox
from sandbox.server import PortTaken, Running, serve
from tests.sandbox.notes import Notes, write


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with serve(Sandbox(vendors=[Notes])) as running:
        yield running


@pytest.fixture
def served(running: Running) -> Running:
    running.sandbox.reset()
    return running


class TestServers:
    """Ordinary clients find an ordinary server: plain, over TLS, and through the proxy."""

    def url(self, served: Running, way: str) -> tuple[str, dict[str, Any]]:
        """Return a base URL and the options of a requests session for one way in."""
        notes, line = served.line["notes"], served.line
        proxied: dict[str, Any] = {"proxies": {"http": line["proxy"], "https": line["proxy"]}}
        trusting: dict[str, Any] = {"verify": line["ca"]}
        ways: dict[str, tuple[str, dict[str, Any]]] = {
            "plain": (notes["url"], {}),
            "tls": (notes["tls_url"], trusting),
            "proxy tls": ("https://acme.zendesk.com", trusting | proxied),
            "proxy plain": ("http://acme.zendesk.com", proxied),
            "proxy local": (notes["tls_url"], trusting | proxied),
        }
        return ways[way]

    @pytest.mark.parametrize("way", ["plain", "tls", "proxy tls", "proxy plain", "proxy local"])
    def test_ways_in(self, served: Running, way: str) -> None:
        """Each way leads to the same vendor, whose links begin as the client addressed it."""
        base, options = self.url(served, way)
        with requests.Session() as session:
            session.trust_env = False
            session.verify = options.get("verify", True)
            session.proxies = options.get("proxies", {})
            for number in range(3):
                answer = session.post(f"{base}/api/v2/notes.json", json={"text": f"n{number}"})
                assert answer.json() == {"id": number + 1}
            listed = session.get(f"{base}/api/v2/notes").json()
            big = os.urandom(2_000_000)
            assert session.post(f"{base}/api/v2/echo", data=big).content == big
            assert session.post(f"{base}/api/v2/echo", data=iter([b"a" * 70_000, b"b"])).text == (
                "a" * 70_000 + "b"
            )
        assert listed["notes"] == ["n0", "n1", "n2"]
        assert listed["next"] == f"{base}/api/v2/notes?page=2"

    def test_httpx_and_head(self, served: Running) -> None:
        url = served.line["notes"]["url"]
        with httpx.Client(base_url=url, trust_env=False) as http:
            head = http.head("/api/v2/file/1000")
            assert (head.content, head.headers["content-length"]) == (b"", "1000")
            assert len(http.get("/api/v2/file/3000000").content) == 3_000_000
            assert http.get("/nothing").status_code == 404

    def test_the_certificate_is_not_trusted_without_the_ca(self, served: Running) -> None:
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            httpx.get(served.line["notes"]["tls_url"], trust_env=False)

    def test_the_proxy_leads_nowhere_else(self, served: Running) -> None:
        proxy = served.line["proxy"]
        with httpx.Client(proxy=proxy, trust_env=False) as http:
            with pytest.raises(httpx.ProxyError, match="502"):
                http.get("https://example.com/")
            assert "none" in http.get("http://example.com/").text

    @pytest.mark.parametrize("fate", ["lost", "lost_before"])
    def test_a_lost_answer(self, served: Running, fate: str) -> None:
        served.sandbox.faults["notes"].follow([fate])
        with httpx.Client(base_url=served.line["notes"]["url"], trust_env=False) as http:
            with pytest.raises(httpx.TransportError):
                write(http)
            assert len(http.get("/api/v2/notes").json()["notes"]) == (fate == "lost")

    def test_a_slow_answer_holds_up_nobody_else(self, served: Running) -> None:
        served.sandbox.faults["notes"].follow([Fault(Fate.SLOW, 5.0)])
        with httpx.Client(base_url=served.line["notes"]["url"], trust_env=False) as http:
            with pytest.raises(httpx.ReadTimeout):
                http.get("/api/v2/notes", timeout=0.05)
            assert http.get("/api/v2/notes", timeout=2).status_code == 200

    def test_many_threads(self, served: Running) -> None:
        """Requests of many clients are all answered, and counted once each."""

        def work() -> None:
            with httpx.Client(base_url=served.line["notes"]["url"], trust_env=False) as http:
                for _ in range(25):
                    assert write(http).status_code == 201

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(served.sandbox.vendors["notes"].state) == 200
        assert served.sandbox.calls["notes"].endpoints == {"POST /api/v2/notes": 200}


class TestWire:
    """Bytes as they may come from any client."""

    def say(self, served: Running, *pieces: bytes, port: str = "notes") -> bytes:
        url = served.line[port]["url"] if port == "notes" else served.line[port]
        address = httpx.URL(url)
        with socket.create_connection((address.host, address.port or 0), timeout=5) as raw:
            for piece in pieces:
                raw.sendall(piece)
            answer = b""
            while data := raw.recv(65536):
                answer += data
            return answer

    def test_pipelined_requests_are_answered_in_order(self, served: Running) -> None:
        served.sandbox.faults["notes"].follow([Fault(Fate.SLOW, 0.05), "ok"])
        one = b"GET /api/v2/file/%d HTTP/1.1\r\nHost: a\r\n%b\r\n"
        answer = self.say(served, one % (3, b"") + one % (5, b"Connection: close\r\n"))
        assert answer.index(b"\r\n\r\nxxxHTTP/1.1 200") < answer.index(b"\r\n\r\nxxxxx")

    def test_a_body_byte_by_byte(self, served: Running) -> None:
        wire = (
            b"POST /api/v2/echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
            b"Connection: close\r\n\r\n3;x=y\r\nabc\r\n0A\r\n0123456789\r\n0\r\nTrailer: 1\r\n\r\n"
        )
        answer = self.say(served, *(wire[n : n + 1] for n in range(len(wire))))
        assert answer.endswith(b"\r\n\r\nabc0123456789")

    def test_a_client_that_asks_first(self, served: Running) -> None:
        head = (
            b"POST /api/v2/echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n"
            b"Expect: 100-continue\r\nConnection: close\r\n\r\n"
        )
        answer = self.say(served, head, b"ok")
        assert answer.endswith(b"\r\n\r\nok")

    @pytest.mark.parametrize(
        ("wire", "status"),
        [
            (b"nonsense\r\n\r\n", b"400"),
            (b"GET / HTTP/2\r\n\r\n", b"505"),
            (b"GET / HTTP/1.1\r\nno colon\r\n\r\n", b"400"),
            (b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", b"400"),
            (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", b"400"),
            (b"GET / HTTP/1.1\r\nx: " + b"y" * 70_000, b"431"),
            (b"CONNECT a:443 HTTP/1.1\r\n\r\n", b"405"),
        ],
    )
    def test_what_is_not_http_is_refused(self, served: Running, wire: bytes, status: bytes) -> None:
        assert self.say(served, wire).startswith(b"HTTP/1.1 " + status)


class TestWebhooks:
    """Webhooks go out as real requests, as ill-behaved as asked for, and never off this machine."""

    @pytest.mark.parametrize(
        ("settings", "arrive"),
        [
            ({}, ["a", "b", "c"]),
            ({"webhook_duplicates": True}, ["a", "a", "b", "b", "c", "c"]),
            ({"webhook_reorder": True}, ["b", "a", "c"]),
        ],
    )
    def test_deliveries(self, served: Running, settings: dict[str, Any], arrive: list[str]) -> None:
        outbox, url = Outbox(settings), served.line["notes"]["url"]
        for text in "abc":
            outbox.post(f"{url}/api/v2/notes", {}, json.dumps({"text": text}).encode())
        outbox.flush()
        assert served.sandbox.vendors["notes"].state == arrive
        assert {outcome.status for outcome in outbox.outcomes} == {201}

    def test_some_never_arrive(self, served: Running) -> None:
        """`webhook_lost` is the share of deliveries that nobody hears of; nobody is told of it either."""
        outbox, url = Outbox({"webhook_lost": 0.5}), served.line["notes"]["url"]
        for number in range(40):
            outbox.post(f"{url}/api/v2/notes", {}, json.dumps({"text": str(number)}).encode())
        outbox.flush()
        assert 5 < len(served.sandbox.vendors["notes"].state) < 35

    def test_a_vendor_that_delivers(self, running: Running) -> None:
        """What a vendor hands over while it is served goes out for real."""
        with serve(Sandbox(vendors=[Notes])) as sender:
            notes = sender.sandbox.vendors["notes"]
            assert isinstance(notes, Notes)
            notes.hook = f"{running.line['notes']['url']}/api/v2/notes"
            running.sandbox.reset()
            httpx.post(
                f"{sender.line['notes']['url']}/api/v2/notes", json={"text": "a"}, trust_env=False
            )
            sender.outbox.flush()
        assert running.sandbox.vendors["notes"].state == ["told"]
        assert notes.deliver is None

    @pytest.mark.parametrize(
        ("url", "error"),
        [
            ("https://example.com/hook", "only to loopback"),
            ("nonsense", "only to loopback"),
            ("http://127.0.0.1:1/hook", "ConnectError"),
        ],
    )
    def test_what_cannot_be_delivered_is_told(self, url: str, error: str) -> None:
        outbox = Outbox({})
        outbox.post(url, {}, b"")
        outbox.flush()
        [outcome] = outbox.outcomes
        assert outcome.status is None
        assert error in outcome.error


def four_free_ports() -> int:
    """Return the first of four, below those that clients are given: other tests may run at the same time."""
    for first in range(21_000 + os.getpid() % 1000 * 4, 30_000, 4):
        with contextlib.ExitStack() as stack:
            try:
                for port in range(first, first + 4):
                    stack.enter_context(socket.socket()).bind(("127.0.0.1", port))
            except OSError:
                continue
            return first
    raise AssertionError("no four free ports")


class TestLife:
    """It starts where it is told to, and leaves nothing behind."""

    def test_ports_in_order_and_freed(self) -> None:
        first = four_free_ports()
        running = serve(Sandbox(vendors=[Notes]), first)
        ports = [httpx.URL(url).port for url in (
            running.line["notes"]["url"], running.line["control"],
            running.line["notes"]["tls_url"], running.line["proxy"])]  # fmt: skip
        assert ports == [first, first + 1, first + 2, first + 3]
        assert ssl.create_default_context(cafile=running.line["ca"]).get_ca_certs()
        with pytest.raises(PortTaken, match=f"port {first} .* notes server .* --port"):
            serve(Sandbox(vendors=[Notes]), first)
        with socket.create_connection(("127.0.0.1", first)):
            running.close()
        running.close()
        assert not Path(running.line["ca"]).exists()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", first))

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_the_command(self, number: signal.Signals) -> None:
        """`python -m sandbox --json` prints one line when ready, and stops cleanly when told to."""
        command = [sys.executable, "-m", "sandbox", "--seed", "empty", "--json"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            line = json.loads(process.stdout.readline())
            health = httpx.get(f"{line['control']}/health", trust_env=False).json()
            process.send_signal(number)
            assert process.stdout.read() == ""
            assert process.wait(10) == 0
        assert health["vendors"] == [name for name in line if isinstance(line[name], dict)]
        assert {"url", "tls_url", "api_token", "client_id"} <= set(line["zendesk"])
        assert {"url", "tls_url", "cloud_id", "refresh_token"} <= set(line["jira"])
        assert not Path(line["ca"]).exists()
