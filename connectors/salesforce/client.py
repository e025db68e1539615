"""
Salesforce's REST API as functions: one call each, its answer decoded, no meaning given.

`get`, `post`, `patch`, `put` and `delete` return the reply whatever its status; what reads for the caller
(`query`, `describe`, `composite`, …) raises `QueryRefused`, `Forbidden` and `Unavailable`.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import msgspec

from connectors.http import Http, Reply
from connectors.salesforce.refusals import (
    QueryRefused,
    Refusal,
    query_refused,
    refusals_in,
    refused_in,
    unexpected,
)
from hub.errors import Unavailable

VERSION = "66.0"
HEADERS = {
    # Who wrote: change events carry it, so that our own echo can be told from people's edits.
    "sforce-call-options": "client=support-sync-hub",
    # Without it a Case that we create or touch is given to whom the active assignment rule says.
    "sforce-auto-assign": "FALSE",
    "sforce-mru": "updateMru=false",
}
MOST_QUERIES = 5
"""Queries in one composite call, which is one call of the day's budget."""
_LONGEST_ADDRESS = 14_000
"""Bytes of a GET's address; from 16,384 on, headers counted, the edge refuses it (414, 431)."""
_PLAIN = "(),'*:=!"
"""What an address may hold as it is: lists of ids are half as long so."""
_ID = re.compile(r"(?<=/)[A-Za-z0-9]{3}[A-Za-z0-9]{12}(?:[A-Za-z0-9]{3})?(?=/|$)")
_LOCATOR = re.compile(r"(?<=/query/)(?!\{)[^/]+$|(?<=/queryAll/)[^/]+$")
Record = dict[str, Any]


class QueryPage(msgspec.Struct, rename="camel", frozen=True):
    """One page of a query. Its size is Salesforce's to choose."""

    records: list[Record] = []
    done: bool = True
    next_records_url: str = ""
    total_size: int = 0


class Answer(msgspec.Struct, rename="camel", frozen=True):
    """What one request of a composite call came to."""

    http_status_code: int
    body: msgspec.Raw = msgspec.Raw(b"null")
    reference_id: str = ""
    http_headers: dict[str, str] = {}


class Answers(msgspec.Struct, rename="camel", frozen=True):
    """The answer to a composite call: one each, in order."""

    composite_response: list[Answer]


class SalesforceClient:
    """Calls endpoints of one org."""

    def __init__(self, http: Http, version: str = VERSION, *, now: Callable[[], float] = time.time) -> None:
        self.http = http
        self.version = version.removeprefix("v")
        self.root = f"/services/data/v{self.version}"
        self._now = now
        self._ahead = 0.0
        self._me = ""
        self._described: dict[str, tuple[str, Record]] = {}

    # --- one call each ---------------------------------------------------------------------------

    def get(self, path: str, *, endpoint: str = "", **options: Any) -> Reply:
        """GET `path`, which begins behind the version (`/limits`) unless it begins with `/services`."""
        return self._call("GET", path, endpoint, **options)

    def post(self, path: str, *, endpoint: str = "", **options: Any) -> Reply:
        """POST; `json`, `content`, `files`, `headers`, `params`, `target`, `safe`: see `Http.request`."""
        return self._call("POST", path, endpoint, **options)

    def patch(self, path: str, *, endpoint: str = "", **options: Any) -> Reply:
        """PATCH; see `post`."""
        return self._call("PATCH", path, endpoint, **options)

    def put(self, path: str, *, endpoint: str = "", **options: Any) -> Reply:
        """PUT; see `post`."""
        return self._call("PUT", path, endpoint, **options)

    def delete(self, path: str, *, endpoint: str = "", **options: Any) -> Reply:
        """DELETE; see `post`."""
        return self._call("DELETE", path, endpoint, **options)

    def stream(self, path: str, *, endpoint: str = "") -> AbstractContextManager[httpx.Response]:
        """Stream the body of a GET."""
        where = self.locate(path)
        name = endpoint or endpoint_of("GET", where)
        return self.http.stream("GET", where, endpoint=name, headers=HEADERS)

    def _call(
        self, method: str, path: str, endpoint: str, headers: Mapping[str, str] | None = None, **options: Any
    ) -> Reply:
        where = self.locate(path)
        name = endpoint or endpoint_of(method, where)
        all_headers = {**HEADERS, **(headers or {})}
        reply = self.http.request(method, where, endpoint=name, headers=all_headers, **options)
        self._look_at_clock(reply.headers)
        return reply

    def locate(self, path: str) -> str:
        """Return a path with the version before it, where it has none."""
        return path if path.startswith("/services/") else f"{self.root}/{path.lstrip('/')}"

    # --- time ------------------------------------------------------------------------------------

    def server_now(self) -> float:
        """Return Unix seconds by Salesforce's clock, as far as its answers showed it."""
        return self._now() + self._ahead

    def _look_at_clock(self, headers: Mapping[str, str]) -> None:
        try:
            shown = parsedate_to_datetime(headers.get("date", "")).timestamp()
        except (ValueError, TypeError):
            return
        self._ahead = shown - self._now()

    # --- queries ---------------------------------------------------------------------------------

    def query(self, soql: str, *, all_rows: bool = False) -> Iterator[list[Record]]:
        """
        Yield a query's rows page by page, following the addresses that Salesforce gives.

        `all_rows`: the recycle bin and what was archived too. Raises `LocatorLost` between pages when the
        rest cannot be had from where it was: ask anew, from behind the last row.
        """
        yield from self.pages(self.first_page(soql, all_rows=all_rows))

    def first_page(self, soql: str, *, all_rows: bool = False) -> QueryPage:
        """Return a query's first page. A query that is too long for an address goes into a body."""
        where = self.query_address(soql, all_rows=all_rows)
        if len(where) > _LONGEST_ADDRESS:
            return self.composite_queries([where])[0]
        return self._page(self.get(where, endpoint=f"GET {where.partition('?')[0]}"))

    def pages(self, page: QueryPage) -> Iterator[list[Record]]:
        """Yield the rows of a page, and of every page behind it."""
        yield page.records
        while not page.done and page.next_records_url:
            page = self._page(self.get(page.next_records_url))
            yield page.records

    def rows(self, soql: str, *, all_rows: bool = False) -> list[Record]:
        """Return all rows of a query at once."""
        return [row for page in self.query(soql, all_rows=all_rows) for row in page]

    def count(self, soql: str) -> int:
        """Return how many rows a `SELECT COUNT()` counts."""
        return self.first_page(soql).total_size

    def query_address(self, soql: str, *, all_rows: bool = False) -> str:
        """Return a query's address."""
        return f"{self.root}/{'queryAll' if all_rows else 'query'}/?q={quote(soql, safe=_PLAIN)}"

    def _page(self, reply: Reply) -> QueryPage:
        if reply.status != HTTPStatus.OK:
            raise query_refused(reply)
        return reply.decode(QueryPage)

    # --- several at once -------------------------------------------------------------------------

    def composite(self, addresses: Sequence[str]) -> list[Answer]:
        """GET up to 25 addresses, of which at most 5 are queries, in one call of the budget."""
        body = {
            "allOrNone": False,
            "compositeRequest": [
                {"method": "GET", "url": self.locate(where), "referenceId": f"r{at}"}
                for at, where in enumerate(addresses)
            ],
        }
        reply = self.post("/composite", json=body, safe=True)
        if reply.status != HTTPStatus.OK:
            raise unexpected(reply)
        answers: Answers = reply.decode(Answers)
        answered = answers.composite_response
        if len(answered) != len(addresses):
            raise Unavailable(f"Salesforce answered {len(answered)} of {len(addresses)} requests in one call")
        return answered

    def composite_queries(self, addresses: Sequence[str]) -> list[QueryPage]:
        """GET the first pages of up to 5 queries in one call. Raises `QueryRefused` for the first refused."""
        return [self.page_of(answer) for answer in self.composite(addresses)]

    def page_of(self, answer: Answer) -> QueryPage:
        """Return the page that one request of a composite call was answered with."""
        if answer.http_status_code != HTTPStatus.OK:
            raise self.refused(answer)
        return msgspec.json.decode(answer.body, type=QueryPage)

    def refused(self, answer: Answer) -> Exception:
        """Return the error for a refused request of a composite call."""
        endpoint = f"POST {self.root}/composite"
        found = refusals_in(msgspec.json.decode(answer.body))
        reply = Reply(answer.http_status_code, {}, bytes(answer.body), system="salesforce", endpoint=endpoint)
        return refused_in(found, endpoint) or unexpected(reply)

    # --- about the org ---------------------------------------------------------------------------

    def describe(self, sobject: str) -> Record:
        """
        Return an object's description, as it is now; one that did not change is not sent again.

        Raises `QueryRefused` if there is no such object for us.
        """
        tag, held = self._described.get(sobject, ("", {}))
        headers = {"if-modified-since": tag} if tag else {}
        reply = self.get(f"/sobjects/{quote(sobject)}/describe", headers=headers)
        if reply.status == HTTPStatus.NOT_MODIFIED and held:
            return held
        if reply.status == HTTPStatus.NOT_FOUND:
            missing = Refusal("INVALID_TYPE", f"sObject type '{sobject}' is not supported")
            raise QueryRefused(missing, reply.endpoint)
        described: Record = self._read(reply)
        self._described[sobject] = (reply.headers.get("last-modified", ""), described)
        return described

    def known(self, sobject: str) -> Record:
        """Return an object's description as this process last saw it."""
        _, held = self._described.get(sobject, ("", {}))
        return held or self.describe(sobject)

    def limits(self) -> Mapping[str, Mapping[str, int]]:
        """Return the org's limits and what is left of each (`DailyApiRequests`: `Max`, `Remaining`)."""
        return self._read(self.get("/limits"))

    def me(self) -> str:
        """Return the id of the user that we are signed in as."""
        if not self._me:
            told: Mapping[str, Any] = self._read(self.get("/services/oauth2/userinfo"))
            self._me = str(told.get("user_id") or "")
        return self._me

    def _read(self, reply: Reply) -> Any:
        if reply.status != HTTPStatus.OK:
            raise unexpected(reply)
        return reply.json()


def endpoint_of(method: str, path: str) -> str:
    """Return a call's name: its path without what names one record."""
    where = urlsplit(path).path
    return f"{method} {_LOCATOR.sub('{locator}', _ID.sub('{id}', where))}"
