"""Files are fetched from their own hosts at public addresses, whatever a ticket says and whatever a name server."""

from __future__ import annotations

import http.server
import socket
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.auth import BearerToken
from connectors.budget import PacedBudget
from connectors.hosts import Hosts, Untrusted, is_public
from connectors.http import Http
from connectors.wire import PooledWire, Unsent
from connectors.wire_origin import origin_of

HOME = "https://acme.zendesk.com"
PUBLIC = "93.184.216.34"
PRIVATE = [
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
    "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "::ffff:169.254.169.254", "::ffff:10.0.0.1",
    "2002:a9fe:a9fe::1", "64:ff9b::a9fe:a9fe", "64:ff9b::7f00:1", "ff02::1", "255.255.255.255", "no address",
]  # fmt: skip


def hosts(*found: str, more: tuple[str, ...] = ()) -> Hosts:
    """The account's hosts, where every name stands for these addresses."""

    def resolve(_host: str, port: int, **_: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in found]

    return Hosts("zendesk", lambda: [origin_of(HOME)], more, resolve)


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_told(address: str) -> None:
    """Loopback, private, link-local, metadata, shared, multicast, and any of them wrapped in IPv6."""
    assert not is_public(address)
    with pytest.raises(Untrusted, match="no public address"):
        _ = hosts(PUBLIC, address).address(origin_of("https://p7.zdusercontent.com"))


@given(st.ip_addresses(v=4))
def test_a_wrapped_address_is_as_public_as_what_is_in_it(inner: Any) -> None:
    number = int(inner)
    for wrapped in (f"::ffff:{inner}", f"64:ff9b::{number >> 16:x}:{number & 0xFFFF:x}", f"2002:{number >> 16:x}:{number & 0xFFFF:x}::1"):
        assert is_public(wrapped) == is_public(str(inner))


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/f", "http://169.254.169.254/latest/meta-data", "https://zendesk.com.evil.example/f",
        "https://evilzendesk.com/f", "https://acme.zendesk.com@evil.example/f", "http://p7.zdusercontent.com/f",
        "https://acme.zendesk.com:8443@evil.example/", "https://[::1]/f", "https://127.0.0.1/f", "https://localhost/f",
        "https://evil.example#.zendesk.com", "https://evil.example?.zendesk.com", "https://evil.example\\.zendesk.com/f",
        "https://0x7f000001/f", "https://2130706433/f", "https://acme.zendesk.com:99999/f", "https://[::1/f", "ftp://acme.zendesk.com/f",
    ],
)  # fmt: skip
def test_strange_addresses_are_not_asked(url: str) -> None:
    """Neither a list of one's own hosts nor tricks of writing lead anywhere else."""
    with pytest.raises(Untrusted):
        hosts(PUBLIC).admit(url)


@pytest.mark.parametrize(
    "url", [f"{HOME}/f", "https://p7.zdusercontent.com/f", "https://files.acme.com/f", "https://a.acme-cdn.com/f"]
)
def test_own_hosts_are_asked(url: str) -> None:
    """The account's own, the vendor's for files, and those that hub.toml names."""
    hosts(PUBLIC, more=("files.acme.com", ".acme-cdn.com")).admit(url)


def test_a_named_host_stands_for_itself_alone() -> None:
    """Without a dot before it, a name in `file_hosts` lets none of its subdomains in."""
    with pytest.raises(Untrusted):
        hosts(PUBLIC, more=("files.acme.com",)).admit("https://evil.files.acme.com/f")


class Server:
    """A server on loopback that sends whoever asks to an address."""

    def __init__(self, location: str) -> None:
        seen: list[tuple[str, dict[str, str]]] = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                seen.append((self.path, {k.lower(): v for k, v in self.headers.items()}))
                self.send_response(302)
                self.send_header("location", location)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self.seen = seen
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def lured() -> Iterator[Server]:
    server = Server("http://169.254.169.254/latest/meta-data/iam")
    yield server
    server.close()


def test_every_redirect_is_looked_at_anew(lured: Server) -> None:
    """An honest address that sends us on to the cloud's metadata service is not followed."""
    client = Http(lured.url, system="zendesk", auth=BearerToken("s3cret"), budget=PacedBudget("zendesk"))
    with pytest.raises(Untrusted, match=r"169\.254\.169\.254"), client.stream("GET", "/file", endpoint="GET /file"):
        pass
    assert [path for path, _ in lured.seen] == ["/file"]
    client.close()


def test_a_name_is_looked_up_once_and_the_connection_goes_there() -> None:
    """A name server that answers otherwise the second time (DNS rebinding) wins nothing: each answer is checked."""
    server = Server("https://x")
    port = int(server.url.rpartition(":")[2])
    asked: list[str] = []

    def resolve(host: str, port: int, **_: Any) -> list[Any]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1" if len(asked) > 1 else PUBLIC, port))]

    guard = Hosts("zendesk", lambda: [origin_of(HOME)], (), resolve)
    wire = PooledWire(timeout=1.0, connections=1, hosts=guard)
    with pytest.raises((Unsent, UserWarning)):  # tests may not reach the public address; no other is tried
        _ = wire.send("GET", f"http://files.zdusercontent.com:{port}/f", {}, None)
    assert asked == ["files.zdusercontent.com"]
    with pytest.raises(Untrusted, match="no public address"):
        _ = wire.send("GET", f"http://files.zdusercontent.com:{port}/f", {}, None)
    assert server.seen == []
    server.close()


def test_a_file_host_that_moved_is_found_again() -> None:
    """A worker lives for weeks: when the address that a name stood for answers no more, the name is looked up anew."""
    server = Server("https://x")
    port = int(server.url.rpartition(":")[2])
    there = ["::1", "127.0.0.1"]
    guard = Hosts("zendesk", lambda: [origin_of(HOME)])
    guard.address = lambda _origin: there.pop(0)  # type: ignore[method-assign]
    wire = PooledWire(timeout=5.0, connections=1, hosts=guard)
    url = f"http://files.zdusercontent.com:{port}/f"
    with pytest.raises(Unsent):
        _ = wire.send("GET", url, {}, None)
    for _ in range(2):
        assert wire.send("GET", url, {}, None).status == 302
    assert there == []
    wire.close()
    server.close()


def test_the_pinned_address_is_asked_by_the_hosts_name() -> None:
    """The server behind the address hears whose name it was called by, and no credentials."""
    server = Server("https://x")
    port = int(server.url.rpartition(":")[2])
    guard = Hosts("zendesk", lambda: [origin_of(HOME)])
    guard.address = lambda _origin: "127.0.0.1"  # type: ignore[method-assign]
    wire = PooledWire(timeout=5.0, connections=1, hosts=guard)
    answer = wire.send("GET", f"http://files.zdusercontent.com:{port}/f", {"accept": "*/*"}, None)
    assert answer.status == 302
    assert server.seen[0][1]["host"] == f"files.zdusercontent.com:{port}"
    wire.close()
    server.close()


def test_a_feed_that_leads_away_is_not_followed() -> None:
    """A paging link to another host is refused as if the system were down: nothing is asked there."""
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        return httpx.Response(200, json={})

    client = Http(
        HOME, system="zendesk", auth=BearerToken("s"), budget=PacedBudget("zendesk"), transport=httpx.MockTransport(answer)
    )
    with pytest.raises(Untrusted, match="file_hosts"):
        _ = client.request("GET", "https://evil.example/next?page=2", endpoint="GET /x")
    assert asked == []
