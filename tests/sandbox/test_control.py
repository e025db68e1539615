"""The control API, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from sandbox.sandbox import Sandbox
from sandbox.server import Running, serve
from tests.sandbox.notes import Notes


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with serve(Sandbox(vendors=[Notes])) as running:
        yield running


@pytest.fixture
def served(running: Running) -> Running:
    running.sandbox.reset()
    return running


class TestControl:
    """The control API does what its page says, and says what is wrong with what it is sent."""

    @pytest.fixture
    def control(self, served: Running) -> Iterator[httpx.Client]:
        with httpx.Client(base_url=served.line["control"], trust_env=False) as http:
            yield http

    def test_seed_person_calls_reset(self, served: Running, control: httpx.Client) -> None:
        assert control.get("/health").json() == {"status": "ok", "vendors": ["notes"]}
        seeded = control.post("/seed", json={"kind": "demo", "count": 3}).json()
        assert seeded == {"notes": {"notes": 3}}
        acted = control.post("/person/notes", json={"action": "write", "text": "I"})
        assert acted.json() == {"note": 4}
        httpx.get(served.line["notes"]["url"] + "/api/v2/notes", trust_env=False)
        counted = control.get("/calls").json()["notes"]
        assert counted["endpoints"] == {"GET /api/v2/notes": 1}
        assert control.post("/calls/reset").json()["notes"] == counted
        assert control.get("/calls").json()["notes"]["total"] == 0
        control.post("/reset")
        assert served.sandbox.vendors["notes"].state == []

    def test_faults(self, served: Running, control: httpx.Client) -> None:
        control.post("/faults", json={
            "vendor": "notes", "script": ["throttle", {"fate": "fail", "seconds": 2}],
            "rules": [{"fate": "html", "times": 1, "method": "GET"}]})  # fmt: skip
        shown = control.get("/faults").json()
        assert [fault["fate"] for fault in shown["notes"]["script"]] == ["throttle", "fail"]
        assert shown["notes"]["rules"][0]["times"] == 1
        with httpx.Client(base_url=served.line["notes"]["url"], trust_env=False) as http:
            answers = [http.get("/api/v2/notes") for _ in range(4)]
        assert [answer.status_code for answer in answers] == [429, 503, 502, 200]
        assert answers[1].headers["retry-after"] == "2"
        assert control.get("/calls").json()["notes"]["throttled"] == 1
        assert control.post("/faults", json={"clear": True}).json()["notes"]["rules"] == []

    def test_clock_and_settings(self, served: Running, control: httpx.Client) -> None:
        answer = control.post("/clock", json={"freeze": "2026-03-01T09:30:00Z", "advance": 60})
        assert (answer.json()["iso"], answer.json()["frozen"]) == (
            "2026-03-01T09:31:00.000+0000", True)  # fmt: skip
        date = httpx.get(served.line["notes"]["url"], trust_env=False).headers["date"]
        assert date == "Sun, 01 Mar 2026 09:31:00 GMT"
        assert control.post("/clock", json={"reset": True}).json()["frozen"] is False
        control.post("/settings", json={"notes": {"loud": True}})
        assert control.get("/settings").json() == {"notes": {"loud": True, "limit": 700}}
        control.post("/settings", json={"notes": {"loud": False}})

    @pytest.mark.parametrize(
        ("path", "body", "status", "says"),
        [
            ("/seed", {}, 400, "name what to seed"),
            ("/seed", {"kind": "huge"}, 400, "no seed 'huge'"),
            ("/seed", {"kind": "demo", "size": 1}, 400, "size"),
            ("/seed", {"kind": "demo", "vendor": "x"}, 404, "no vendor 'x'; there are notes"),
            ("/faults", {"script": ["explode"]}, 400, "no such fate: 'explode'; there are ok"),
            ("/faults", {"script": "lost"}, 400, "script must be a list"),
            ("/faults", {"rules": [{"fate": "lost", "time": 1}]}, 400, "unknown: time"),
            ("/faults", {"rules": ["lost"]}, 400, "a rule is an object"),
            ("/faults", {"rules": [{"times": "x"}]}, 400, "times cannot be 'x'"),
            ("/clock", {}, 400, "say what to do"),
            ("/clock", {"freeze": "soon"}, 400, "ISO 8601"),
            ("/clock", {"advance": True}, 400, "advance cannot be True"),
            ("/settings", {"notes": {"volume": 1}}, 400, "unknown: volume; there are loud, limit"),
            ("/settings", {"notes": {"loud": 1}}, 400, "notes.loud is False now"),
            ("/settings", {"notes": 1}, 400, "are an object"),
            ("/person/notes", {"action": "sing", "text": ""}, 400, "a person cannot sing"),
            ("/person/nobody", {"action": "write"}, 404, "no vendor 'nobody'"),
            ("/nothing", {}, 404, "GET / lists"),
            ("/health", {}, 405, "/health is for GET, not POST"),
        ],
    )
    def test_bad_input(
        self, control: httpx.Client, path: str, body: Any, status: int, says: str
    ) -> None:
        answer = control.post(path, json=body)
        assert answer.status_code == status
        assert says in answer.json()["error"]

    def test_not_json(self, control: httpx.Client) -> None:
        assert "not JSON" in control.post("/seed", content=b"kind=demo").json()["error"]
        assert "must be a JSON object" in control.post("/seed", json=[1]).json()["error"]

    def test_the_page_names_every_endpoint(self, served: Running, control: httpx.Client) -> None:
        paths = control.get("/openapi.json").json()["paths"]
        page = control.get("/").text
        assert all(path in page for path in paths)
        assert {"/seed", "/reset", "/faults", "/clock", "/calls", "/person/{vendor}"} <= set(paths)
        assert control.get("/line").json() == served.line
