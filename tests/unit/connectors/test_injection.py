"""A value from outside never becomes a part of a query, of an address or of a header."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.auth import BearerToken
from connectors.budget import PacedBudget
from connectors.http import Http
from connectors.jira.walking import _quoted
from connectors.salesforce import soql

BREAKS = ("'", '"', "\\", "\n", "\r", "\u2028", "\0", "%27", "\\'", "' OR Name != '", "') --", "*/", "{", "}", ";", "&", "#", "?", "/../")
hostile = st.lists(st.sampled_from(BREAKS) | st.text(max_size=6), max_size=8).map("".join)


def ends_of(literal: str, quote: str) -> int:
    """Return where a quoted literal ends that begins the text."""
    at = 1
    while at < len(literal):
        if literal[at] == "\\":
            at += 2
            continue
        if literal[at] == quote:
            return at
        at += 1
    return -1


@given(hostile)
def test_a_text_stays_within_its_soql_literal(word: str) -> None:
    """The literal ends where it is to end, on one line, whatever the text is."""
    literal = soql.text(word)
    assert literal[0] == "'" and ends_of(literal, "'") == len(literal) - 1
    assert "\n" not in literal and "\r" not in literal


@given(hostile)
def test_names_ids_and_instants_of_soql_are_what_they_are(word: str) -> None:
    """What is no name, id or instant is refused; it is never put into a query."""
    for checked, shape in (
        (soql.name, r"[A-Za-z][A-Za-z0-9_.]*"), (soql.one_id, r"'[A-Za-z0-9]{15,18}'"), (soql.instant, r"[0-9TZ:-]{20}"),
    ):  # fmt: skip
        try:
            found = checked(word)
        except ValueError:
            continue
        assert re.fullmatch(shape, found)


@given(hostile)
def test_a_status_stays_within_its_jql_literal(word: str) -> None:
    """The name of a status, as an administrator of Jira may word it."""
    literal = _quoted(word)
    assert literal[0] == '"' and ends_of(literal, '"') == len(literal) - 1


@given(hostile)
def test_a_parameter_stays_one_parameter(word: str) -> None:
    """What goes into an address goes as a value: no other parameter, path or host comes of it."""
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(200, json={})

    http = Http(
        "https://acme.test", system="jira", auth=BearerToken("s"), budget=PacedBudget("jira"),
        transport=httpx.MockTransport(answer),
    )  # fmt: skip
    _ = http.request("GET", "/search", endpoint="GET /search", params={"q": word.encode("utf-8", "replace").decode()})
    parts = urlsplit(asked[0])
    assert (parts.netloc, parts.path, parts.fragment) == ("acme.test", "/search", "")
    assert set(parse_qs(parts.query, keep_blank_values=True)) == {"q"}


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\nX-Evil: 1", "a\rX-Evil: 1"])
def test_no_header_is_put_into_a_request(value: str) -> None:
    """A header's value with a line end in it is refused before anything is sent."""
    from tests.unit.connectors.test_hosts import Server  # noqa: PLC0415

    server = Server("https://x")
    http = Http(server.url, system="jira", auth=BearerToken("s"), budget=PacedBudget("jira"), attempts=1)
    with pytest.raises(Exception, match=r"(?i)header|invalid"):
        _ = http.request("GET", "/x", endpoint="GET /x", headers={"x-key": value})
    assert not [h for _, h in server.seen if "x-evil" in h]
    http.close()
    server.close()
