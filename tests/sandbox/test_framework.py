"""The sandbox's framework without sockets: routing, bodies, clock, faults."""

from __future__ import annotations

import time
from typing import Any

import httpx
import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from sandbox.clock import Clock, iso, iso_millis, parse_iso
from sandbox.faults import Crash, Fate, Fault
from sandbox.sandbox import Sandbox
from sandbox.web import BadForm, BadJson, Request, Response, Router
from tests.sandbox.notes import Notes, client, write


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(vendors=[Notes])


class TestRouting:
    """A path leads to one handler, with its parameters decoded."""

    router = Router(suffix=".json")
    for method, template in (
        ("GET", "/tickets/{id}"),
        ("PUT", "/tickets/{id}"),
        ("PUT", "/tickets/update_many.json"),
        ("GET", "/files/{token}/{name:path}"),
    ):
        router.add(method, template, Response.empty)

    @pytest.mark.parametrize(
        ("method", "path", "template", "params"),
        [
            ("GET", "/tickets/7", "/tickets/{id}", {"id": "7"}),
            ("GET", "/tickets/7.json", "/tickets/{id}", {"id": "7"}),
            ("HEAD", "/tickets/7", "/tickets/{id}", {"id": "7"}),
            ("GET", "/tickets/a%2Fb%20c", "/tickets/{id}", {"id": "a/b c"}),
            ("PUT", "/tickets/update_many", "/tickets/update_many.json", {}),
            ("GET", "/tickets/update_many", "/tickets/{id}", {"id": "update_many"}),
            ("GET", "/files/t/a/b.json", "/files/{token}/{name:path}",
                {"token": "t", "name": "a/b.json"}),
        ],
    )  # fmt: skip
    def test_match(self, method: str, path: str, template: str, params: dict[str, str]) -> None:
        match = self.router.match(method, path)
        assert match is not None
        assert (match.template, match.params) == (template, params)

    def test_no_such_path_is_told_from_no_such_method(self) -> None:
        assert self.router.match("DELETE", "/tickets/7") is None
        assert self.router.allowed("/tickets/7") == ["GET", "PUT"]
        assert self.router.allowed("/nothing") == []

    def test_a_path_is_served_once(self) -> None:
        with pytest.raises(ValueError, match=r"GET /tickets/\{id\} is served twice"):
            self.router.add("GET", "/tickets/{id}", Response.empty)


class TestBodies:
    """Bodies are decoded as their type says, or refused in words."""

    def test_query(self) -> None:
        request = Request.of("GET", "https", "a", "/x?f=1&f=2&empty=&q=a%20b+c", {}, b"")
        assert (request.path, request.args("f"), request.arg("f")) == ("/x", ["1", "2"], "2")
        assert (request.arg("empty", "?"), request.arg("q"), request.arg("no", "?")) == (
            "", "a b c", "?")  # fmt: skip

    @pytest.mark.parametrize("body", [b"", b"{", b"\xff"])
    def test_not_json(self, body: bytes) -> None:
        with pytest.raises(BadJson):
            Request("POST", "http", "a", "/", body=body).json()

    @given(
        st.binary(max_size=200),
        st.text("abcäöü 漢字;=\"'.", min_size=1, max_size=20),
        st.sampled_from(["requests", "httpx"]),
    )
    def test_files_arrive_byte_for_byte(self, content: bytes, name: str, library: str) -> None:
        """What requests or httpx sends as a file is what the stand-in finds."""
        if library == "requests":
            sent = requests.Request("POST", "http://a/", files={"file": (name, content)}).prepare()
            assert isinstance(sent.body, bytes)
            kind, body = str(sent.headers["Content-Type"]), sent.body
        else:
            other = httpx.Request("POST", "http://a/", files={"file": (name, content)})
            kind, body = other.headers["Content-Type"], other.read()
        [part] = Request("POST", "http", "a", "/", [], {"content-type": kind}, body).parts()
        assert (part.name, part.body) == ("file", content)
        assert part.filename == name

    def test_not_a_form(self) -> None:
        headers = {"content-type": "multipart/form-data; boundary=x"}
        with pytest.raises(BadForm, match="no closing boundary"):
            Request("POST", "http", "a", "/", [], headers, b"--x\r\n\r\ncut").parts()


class TestClock:
    """Time is real until it is stopped or moved."""

    def test_moves(self) -> None:
        clock = Clock()
        clock.advance(3600)
        assert clock.now() == pytest.approx(time.time() + 3600, abs=5)
        clock.freeze(1000.0)
        clock.advance(5)
        assert (clock.now(), clock.frozen) == (1005.0, True)
        clock.run()
        assert clock.now() == pytest.approx(1005.0, abs=5)

    def test_vendor_formats(self) -> None:
        at = parse_iso("2026-03-01T09:30:00.123Z")
        assert iso(at) == "2026-03-01T09:30:00Z"
        assert iso_millis(at, "America/Los_Angeles") == "2026-03-01T01:30:00.123-0800"

    @given(st.integers(0, 4_000_000_000_000))
    def test_milliseconds_survive(self, millis: int) -> None:
        assert round(parse_iso(iso_millis(millis / 1000)) * 1000) == millis


class TestFaults:
    """What goes wrong is what was asked for, no more and no less."""

    @pytest.mark.parametrize(
        ("fate", "status", "effect"),
        [("ok", 201, 1), ("fail", 503, 0), ("fail_500", 500, 0), ("throttle", 429, 0),
         ("html", 502, 0), ("expire_token", 201, 1), ("lost", None, 1), ("lost_before", None, 0)],
    )  # fmt: skip
    def test_fates(self, sandbox: Sandbox, fate: str, status: int | None, effect: int) -> None:
        """Each fate has its answer, and its effect or none; the next request is well again."""
        sandbox.faults["notes"].follow([fate])
        with client(sandbox) as http:
            if status is None:
                with pytest.raises(httpx.RemoteProtocolError):
                    write(http)
            else:
                assert write(http).status_code == status
            assert sandbox.vendors["notes"].state == ["hello"] * effect
            assert write(http).status_code == 201

    def test_a_script_for_writes_leaves_reads_alone(self, sandbox: Sandbox) -> None:
        """A POST that only reads is no write."""
        sandbox.faults["notes"].follow(["fail", "throttle"], writes=True)
        with client(sandbox) as http:
            assert http.get("/api/v2/notes").status_code == 200
            assert http.post("/api/v2/notes/search").status_code == 200
            assert [write(http).status_code for _ in range(3)] == [503, 429, 201]

    def test_rules(self, sandbox: Sandbox) -> None:
        """A rule holds for its endpoint, and for as many requests as it says."""
        sandbox.faults["notes"].always("fail", endpoint="POST /api/v2/no*", times=2)
        with client(sandbox) as http:
            assert http.get("/api/v2/notes").status_code == 200
            assert [write(http).status_code for _ in range(3)] == [503, 503, 201]

    def test_chance_repeats(self, sandbox: Sandbox) -> None:
        """The same seed draws the same faults."""
        runs: list[list[int]] = []
        with client(sandbox) as http:
            for _ in range(2):
                sandbox.faults["notes"].clear(seed=3)
                sandbox.faults["notes"].always("fail", probability=0.5)
                runs.append([http.get("/api/v2/notes").status_code for _ in range(40)])
        assert runs[0] == runs[1]
        assert set(runs[0]) == {200, 503}

    def test_edits_around_a_request(self, sandbox: Sandbox) -> None:
        """A person may edit in the very moment before and after."""
        state = sandbox.vendors["notes"].state

        def after(*_: object) -> None:
            state.append("after")

        fault = Fault(before=lambda _: state.append("before"), after=after)
        sandbox.faults["notes"].follow([fault])
        with client(sandbox) as http:
            write(http)
        assert state == ["before", "hello", "after"]

    @pytest.mark.parametrize("moment", ["before", "after"])
    def test_a_crash_reaches_the_caller(self, sandbox: Sandbox, moment: str) -> None:
        """A callback's crash ends the caller, with the effect or without; the call is counted."""

        def crash(*_: object) -> None:
            raise Crash

        fault = Fault(before=crash) if moment == "before" else Fault(after=crash)
        sandbox.faults["notes"].follow([fault])
        with client(sandbox) as http, pytest.raises(Crash):
            write(http)
        assert sandbox.vendors["notes"].state == (["hello"] if moment == "after" else [])
        assert sandbox.calls["notes"].endpoints == {"POST /api/v2/notes": 1}

    def test_a_late_answer(self, sandbox: Sandbox) -> None:
        """Who does not wait gets no answer, though the effect took place."""
        sandbox.clock.freeze(1000.0)
        sandbox.faults["notes"].follow([Fault(Fate.SLOW, 20.0)] * 2)
        with client(sandbox) as http:
            with pytest.raises(httpx.ReadTimeout):
                write(http)
            assert http.get("/api/v2/notes", timeout=30).json()["notes"] == ["hello"]
        assert sandbox.clock.now() == 1020.0

    @pytest.mark.parametrize("wrong", ["explode", {"fate": "slow", "for": 2}, {"seconds": -1}])
    def test_an_unknown_fate_is_refused(self, sandbox: Sandbox, wrong: Any) -> None:
        with pytest.raises(ValueError, match=r"no such fate|has no for|not below 0"):
            sandbox.faults["notes"].follow([wrong])
