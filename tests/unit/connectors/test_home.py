"""Where calls go when only the sign-in knows, who sees our credentials, and a vendor's own refusals."""

from __future__ import annotations

import httpx
import pytest

from connectors.auth import BearerToken
from connectors.budget import PacedBudget
from connectors.http import Http
from connectors.retry import Again
from hub.errors import Unavailable

GIVEN, HOME, ELSEWHERE = "https://login.example", "https://na1.example", "https://files.example"


class Told:
    """Requests as they came; answers as they are told."""

    def __init__(self, *answers: httpx.Response) -> None:
        self.asked: list[httpx.Request] = []
        self._answers = list(answers)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        return self._answers.pop(0) if self._answers else httpx.Response(200, json={})


def client(told: Told, **options: object) -> Http:
    """A client of this server."""
    naps: list[float] = []
    return Http(
        GIVEN,
        system="acme",
        auth=BearerToken("s3cret"),
        budget=PacedBudget("acme"),
        transport=httpx.MockTransport(told),
        sleep=naps.append,
        **options,  # type: ignore[arg-type]
    )


def test_calls_go_home_and_only_home_sees_our_credentials() -> None:
    """The given host and the one that the sign-in named are ours; no other is."""
    told = Told()
    http = client(told, home=lambda: f"{HOME}/", file_hosts=["files.example"])
    for path in ("/one", f"{HOME}/two", f"{GIVEN}/three", f"{ELSEWHERE}/four"):
        _ = http.request("GET", path, endpoint="GET x")
    assert [(str(one.url), "authorization" in one.headers) for one in told.asked] == [
        (f"{HOME}/one", True),
        (f"{HOME}/two", True),
        (f"{GIVEN}/three", True),
        (f"{ELSEWHERE}/four", False),
    ]
    assert http.home == HOME


def test_without_a_home_the_given_address_is_it() -> None:
    """Most vendors live where they are said to live."""
    told = Told()
    http = client(told)
    _ = http.request("GET", "/one", endpoint="GET x")
    assert str(told.asked[0].url) == f"{GIVEN}/one"
    assert http.home == GIVEN


def test_a_vendor_can_refuse_in_its_own_way() -> None:
    """Statuses below 400 are not shown to it; `Again` repeats, another error ends the call, silence is an answer."""
    heard: list[tuple[int, bytes]] = []

    def refusal(what: str, status: int, content: bytes) -> None:
        heard.append((status, content))
        if content == b"later":
            raise Again(what)
        if content == b"never":
            raise Unavailable(what)

    told = Told(httpx.Response(420, content=b"later"), httpx.Response(200), httpx.Response(404, content=b"no"))
    http = client(told, refusal=refusal)
    assert http.request("POST", "/", endpoint="POST /", json={}).status == 200
    assert http.request("GET", "/", endpoint="GET /").status == 404
    assert heard == [(420, b"later"), (404, b"no")]
    http = client(Told(httpx.Response(403, content=b"never")), refusal=refusal)
    with pytest.raises(Unavailable, match="acme GET /"):
        _ = http.request("GET", "/", endpoint="GET /")


def test_a_refused_stream_is_heard_too() -> None:
    """What was to be a file is an error's text: it is short, and read."""
    heard: list[bytes] = []
    http = client(
        Told(httpx.Response(404, content=b"gone"), httpx.Response(200, content=b"bytes")),
        refusal=lambda _, __, content: heard.append(content),
    )
    with http.stream("GET", "/", endpoint="GET /") as answer:
        assert answer.status_code == 404
    with http.stream("GET", "/", endpoint="GET /") as answer:
        assert b"".join(answer.iter_bytes()) == b"bytes"
    assert heard == [b"gone"]
