"""
Reading very many rows by Bulk API 2.0: a job, its result as CSV, streamed.

A job is one call to begin, some to see that it is done, and one for each piece of its result, however
many rows these have. Its result is kept for days, so a reading that broke off goes on with the same job.
"""

from __future__ import annotations

import codecs
import csv
import itertools
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any, NamedTuple

from connectors.salesforce import soql
from connectors.salesforce.client import Record, SalesforceClient
from connectors.salesforce.columns import Columns
from connectors.salesforce.refusals import QueryRefused, refusals, unexpected
from connectors.salesforce.shapes import FieldShape
from hub.errors import Unavailable

ROWS = 50_000
"""Of one piece of a result."""
_DONE, _BEGUN = "JobComplete", frozenset({"UploadComplete", "InProgress"})
_FIRST_NAP, _LONGEST_NAP, _PATIENCE = 1.0, 30.0, 3600.0
_NOTHING = "null"
_LARGEST_FIELD = 10_000_000
Spell = Callable[[str], Any]
log = logging.getLogger(__name__)


class Part(NamedTuple):
    """Some rows, and the place in the job's result to go on from once they are stored."""

    rows: list[Record]
    locator: str


class Backfill:
    """Reads all rows of an object, in no order. `sleep` is what waits for the job."""

    def __init__(self, client: SalesforceClient, columns: Columns, sleep: Callable[[float], None]) -> None:
        self._client = client
        self._columns = columns
        self._sleep = sleep

    def begin(self) -> str:
        """Have a job done and return its id; empty if this org will not do it, and pages have to serve."""
        while True:
            query = soql.select(self._columns.names(), self._columns.sobject)
            body = {"operation": "query", "query": query, "contentType": "CSV", "lineEnding": "LF"}
            reply = self._client.post("/jobs/query", json=body, safe=True)
            if reply.status == HTTPStatus.OK:
                job = str(reply.json()["id"])
                return job if self._done(job) else ""
            said = refusals(reply.content)
            if not said:
                raise unexpected(reply)
            if not self._columns.lose(QueryRefused(said[0], reply.endpoint)):
                log.warning("salesforce: no bulk job (%s: %.200s)", said[0].code, said[0].message)
                return ""

    def _done(self, job: str) -> bool:
        nap = waited = 0.0
        while True:
            reply = self._client.get(f"/jobs/query/{job}")
            if reply.status != HTTPStatus.OK:
                raise unexpected(reply)
            told: Mapping[str, Any] = reply.json()
            state = str(told.get("state") or "")
            if state == _DONE:
                return True
            if state not in _BEGUN or waited > _PATIENCE:
                log.warning("salesforce: bulk job %s %s: %.200s", job, state, told.get("errorMessage") or "")
                return False
            nap = min(_LONGEST_NAP, nap * 2 or _FIRST_NAP)
            self._sleep(nap)
            waited += nap

    def parts(self, job: str, locator: str, size: int) -> Iterator[Part]:
        """Yield the rows of a job that is done, `size` at a time, from a place on."""
        spelling = spellings(self._columns.fields())
        while True:
            following = ""
            for rows, following in self._piece(job, locator, spelling, size):  # noqa: B007 (kept for after)
                yield Part(rows, locator)
            if not following or following == _NOTHING:
                return
            locator = following

    def _piece(
        self, job: str, locator: str, spelling: Mapping[str, Spell], size: int
    ) -> Iterator[tuple[list[Record], str]]:
        after = f"&locator={locator}" if locator else ""
        with self._client.stream(f"/jobs/query/{job}/results?maxRecords={ROWS}{after}") as answer:
            if answer.status_code != HTTPStatus.OK:
                raise Unavailable(
                    f"Salesforce answered {answer.status_code} for the result of bulk job {job}; if that is "
                    f"older than 7 days it is not kept: run `hub backfill salesforce` to begin anew"
                )
            following = answer.headers.get("sforce-locator", "")
            rows = records(answer.iter_bytes(), spelling)
            while part := list(itertools.islice(rows, size)):
                yield part, following
            yield [], following


def records(content: Iterable[bytes], spelling: Mapping[str, Spell]) -> Iterator[Record]:
    """
    Read CSV as rows such as a query's JSON has: typed, and with parents' fields inside their parent.

    Values hold line ends of every kind, so nothing but the CSV reader may split the text.
    """
    _ = csv.field_size_limit(_LARGEST_FIELD)
    table = csv.reader(_lines(content))
    names: list[str] = next(table, None) or []
    paths = [tuple(name.split(".")) for name in names]
    spell = [spelling.get(name, str) for name in names]
    for line in table:
        if len(line) != len(names):
            raise Unavailable(
                f"a bulk result of Salesforce has a row of {len(line)} values for {len(names)} fields"
            )
        yield _record(paths, spell, line)


def _record(paths: Sequence[tuple[str, ...]], spell: Sequence[Spell], line: Sequence[str]) -> Record:
    row: Record = {}
    for path, how, text in zip(paths, spell, line, strict=False):
        value = how(text) if text else None
        if len(path) == 1:
            row[path[0]] = value
        elif value is not None:
            inner = row.setdefault(path[0], {})
            for step in path[1:-1]:
                inner = inner.setdefault(step, {})
            inner[path[-1]] = value
    return row


def _lines(content: Iterable[bytes]) -> Iterator[str]:
    """Yield a text in pieces that end at a line feed; where a row ends is the CSV reader's business."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    held = ""
    for chunk in content:
        held += decoder.decode(chunk)
        whole, feed, held = held.rpartition("\n")
        if feed:
            yield from (f"{line}\n" for line in whole.split("\n"))
    held += decoder.decode(b"", final=True)
    if held:
        yield held


def spellings(fields: Iterable[FieldShape]) -> Mapping[str, Spell]:
    """Return how each field's text in CSV becomes what JSON would show."""
    kinds: Mapping[str, Spell] = {
        "boolean": _flag, "int": int, "double": float, "currency": float, "percent": float, "long": int,
    }  # fmt: skip
    return {field.name: kinds[field.type] for field in fields if field.type in kinds}


def _flag(text: str) -> bool:
    return text.lower() == "true"
