"""`Http`: what is set once for a vendor, and other people's libraries on our wire."""

from __future__ import annotations

import gzip
import ssl
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
import requests
import trustme
import zenpy
from jira import JIRA

from connectors.bridge import template
from connectors.hosts import Untrusted
from connectors.http import Http, InDoubt, NotDone
from connectors.oauth import BasicAuth, NoAuth
from hub.errors import Misconfigured, Unavailable
from tests.unit.connectors.http_vendor import SECRET, Says, Vendor, client, vendor

__all__ = ["vendor"]


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
