"""`Http`: tokens that lapse, and answers that are read bit by bit."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Mapping

import httpx
import pytest

from connectors.http import InDoubt
from connectors.oauth import BasicAuth, BearerToken
from hub.errors import SignInFailed, Unavailable
from tests.unit.connectors.http_vendor import SECRET, Ledger, Says, Vendor, client, vendor

__all__ = ["vendor"]


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
