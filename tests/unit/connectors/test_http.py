"""`Http`: what becomes of an answer, and what is repeated."""

from __future__ import annotations

import gzip
import json

import httpx
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.http import InDoubt, NotDone
from connectors.retry import LONGEST_WAIT, seconds_to_wait
from hub.errors import Unavailable
from tests.unit.connectors.http_vendor import SECRET, Ledger, Says, Vendor, client, vendor

__all__ = ["vendor"]


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
