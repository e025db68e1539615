"""
Writing very many rows by Bulk API 2.0: a job, its rows as streamed CSV, its results told row by row.

Nothing is done before the job is told that its upload is complete, so whatever fails until then can be
asked again. From then on a row is done only if the results say so; of the others nobody can tell.
"""

from __future__ import annotations

import io
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Literal, TypeAlias

from connectors.http import InDoubt, NotDone
from connectors.salesforce import errors
from connectors.salesforce.backfill import records
from connectors.salesforce.client import SalesforceClient
from connectors.salesforce.refusals import Refusal
from connectors.salesforce.rows import Answer, Row, Taken
from hub.errors import HubError, Unavailable
from hub.operations import Retryable, Unanswered

MANY = 2000
"""More rows than so many are written by a job; for fewer, collections are quicker and cost no more."""
_MOST_BYTES = 90_000_000
"""Of one job's rows: Salesforce takes 150 MB of what it makes of them."""
_LONGEST_TEXT = 32_000
_NOTHING = "#N/A"
_QUOTE = '"'
_SPECIAL = re.compile(r'[",\r\n]|^\s|\s$')
_CHUNK = 256 * 1024
_FIRST_NAP, _LONGEST_NAP, _PATIENCE = 1.0, 30.0, 3600.0
_TRIES = 3
_COMPLETE = "JobComplete"
_ENDED = frozenset({_COMPLETE, "Failed", "Aborted"})

Operation: TypeAlias = Literal["update", "upsert"]


def fits(row: Row) -> bool:
    """Whether a job can take a row: no longer text than it takes, and none that means nothing to it."""
    texts = [value for value in row.fields.values() if isinstance(value, str)]
    return all(len(text) <= _LONGEST_TEXT and text != _NOTHING for text in texts)


class Ingest:
    """Writes rows by jobs, one job after the other."""

    def __init__(self, client: SalesforceClient, sleep: Callable[[float], None]) -> None:
        self._client = client
        self._sleep = sleep

    def write(
        self, rows: Sequence[Row], operation: Operation, key: str = "Id"
    ) -> Iterator[tuple[Row, Answer]]:
        """
        Change records by id, or create them by the external id `key`; yield each row's answer.

        A row for which nothing was done, and that may be asked in another way, is answered by `()`.
        """
        # The job works on several thousand rows at once: those of one Account stand together.
        waiting = deque(sorted(rows, key=lambda row: row.group))
        columns = [key, *sorted({name for row in rows for name in row.fields})]
        while waiting:
            sheet = Sheet(waiting, key, columns)
            job = self._begun(rows[0].sobject, operation, key, sheet)
            if isinstance(job, str):
                yield from self._told(job, sheet)
            else:
                yield from ((row, job) for row in (*sheet.rows, *waiting))
                return

    # --- until the job runs ----------------------------------------------------------------------

    def _begun(self, sobject: str, operation: Operation, key: str, sheet: Sheet) -> str | Answer:
        """Make a job and give it rows; return its id, or the answer that all rows get instead."""
        body: dict[str, Any] = {
            "object": sobject, "operation": operation, "contentType": "CSV", "lineEnding": "LF",
        }  # fmt: skip
        if operation == "upsert":
            body["externalIdFieldName"] = key
        try:
            reply = self._client.post("/jobs/ingest", json=body)
            if reply.status not in {200, 201}:
                return ()
            job = str(reply.json()["id"])
        except (NotDone, InDoubt) as error:
            return Retryable(f"no bulk job could be begun: {error}")
        return self._filled(job, sheet)

    def _filled(self, job: str, sheet: Sheet) -> str | Answer:
        try:
            reply = self._client.put(
                f"/jobs/ingest/{job}/batches", content=iter(sheet), headers={"content-type": "text/csv"}
            )
            if reply.status != HTTPStatus.CREATED:
                self._abort(job)
                return ()
            return self._released(job)
        except (NotDone, InDoubt) as error:
            self._abort(job)
            return Retryable(f"bulk job {job} was not filled: {error}")

    def _released(self, job: str) -> str | Answer:
        """Tell a job that it has all its rows. Told twice it does no harm, so a lost answer is looked for."""
        for _ in range(_TRIES):
            try:
                reply = self._client.patch(f"/jobs/ingest/{job}", json={"state": "UploadComplete"})
            except InDoubt:
                if self._state(job) == "Open":
                    continue
                return job
            if reply.status == HTTPStatus.OK:
                return job
            self._abort(job)
            return ()
        return Unanswered(f"bulk job {job} could not be told that it has all its rows")

    def _state(self, job: str) -> str:
        """Return how a job stands; empty if that cannot be seen."""
        try:
            return str(self._look(job).get("state") or "")
        except (NotDone, InDoubt, HubError):
            return ""

    def _look(self, job: str) -> Mapping[str, Any]:
        reply = self._client.get(f"/jobs/ingest/{job}")
        if reply.status != HTTPStatus.OK:
            raise Unavailable(f"Salesforce answered {reply.status} about bulk job {job}")
        return reply.json()

    def _abort(self, job: str) -> None:
        """Leave no open job behind, if that can be; an open one is dropped by Salesforce after a week."""
        try:
            _ = self._client.patch(f"/jobs/ingest/{job}", json={"state": "Aborted"})
        except (NotDone, InDoubt, HubError):
            return

    # --- from then on ----------------------------------------------------------------------------

    def _told(self, job: str, sheet: Sheet) -> Iterator[tuple[Row, Answer]]:
        """Wait for a job's end and yield what became of each row."""
        left = {sheet.name(row): row for row in sheet.rows}
        failed: HubError | None = None
        why = "its results do not mention it"
        try:
            ended = self._ended(job)
            for name, answer in self._results(job, sheet, ended):
                row = left.pop(name, None)
                if row is not None:
                    yield row, answer
        except (NotDone, InDoubt) as error:
            why = str(error)
        except HubError as error:
            failed, why = error, str(error)
        for row in left.values():
            yield row, Unanswered(f"{row.doing}: bulk job {job} was begun, then: {why}")
        if failed is not None:
            raise failed

    def _ended(self, job: str) -> Mapping[str, Any]:
        nap = waited = 0.0
        moved: object = None
        while True:
            told = self._look(job)
            if told.get("state") in _ENDED:
                return told
            progress = told.get("numberRecordsProcessed")
            waited, moved = (waited, moved) if progress == moved else (0.0, progress)
            if waited > _PATIENCE:
                raise NotDone(f"it made no progress for {_PATIENCE / 60:.0f} minutes")
            nap = min(_LONGEST_NAP, nap * 2 or _FIRST_NAP)
            self._sleep(nap)
            waited += nap

    def _results(
        self, job: str, sheet: Sheet, ended: Mapping[str, Any]
    ) -> Iterator[tuple[str, Answer]]:
        for line in self._lines(job, "successfulResults"):
            taken = Taken(str(line.get("sf__Id") or ""), str(line.get("sf__Created")).lower() == "true")
            yield sheet.name_of(line), taken
        if ended.get("numberRecordsFailed") != 0:
            for line in self._lines(job, "failedResults"):
                yield sheet.name_of(line), (errors.from_job(str(line.get("sf__Error") or "")),)
        if ended.get("state") != _COMPLETE:
            yield from self._undone(job, sheet, ended)

    def _undone(self, job: str, sheet: Sheet, ended: Mapping[str, Any]) -> Iterator[tuple[str, Answer]]:
        """Yield the rows that a job which failed never came to."""
        if ended.get("numberRecordsProcessed") == 0:
            names: Iterable[str] = [sheet.name(row) for row in sheet.rows]
        else:
            names = (sheet.name_of(line) for line in self._lines(job, "unprocessedrecords"))
        column = errors.column_of_job(str(ended.get("errorMessage") or ""))
        unknown: Answer = (Refusal("INVALID_FIELD", f"No such column '{column}'"),)
        for name in names:
            yield name, unknown if column and sheet.sends(name, column) else ()

    def _lines(self, job: str, which: str) -> Iterator[Mapping[str, Any]]:
        name = self._client.locate(f"/jobs/ingest/{{id}}/{which}")
        with self._client.stream(f"/jobs/ingest/{job}/{which}/", endpoint=f"GET {name}") as answer:
            if answer.status_code != HTTPStatus.OK:
                raise Unavailable(f"Salesforce answered {answer.status_code} for {which} of bulk job {job}")
            yield from records(answer.iter_bytes(), {})


class Sheet:
    """The rows of one job as CSV: as many of those that wait as it takes."""

    def __init__(
        self, waiting: deque[Row], key: str, columns: Sequence[str], most: int = _MOST_BYTES
    ) -> None:
        self._most = most
        self._waiting = waiting
        self._key = key
        self._columns = columns
        self.rows: list[Row] = []
        self._fields: dict[str, frozenset[str]] = {}

    def __iter__(self) -> Iterator[bytes]:
        buffer, sent = io.StringIO(newline=""), 0
        _ = buffer.write(_line(self._columns))
        while self._waiting and sent < self._most:
            row = self._waiting.popleft()
            self.rows.append(row)
            self._fields[self.name(row)] = frozenset(row.fields)
            _ = buffer.write(_line([self.name(row), *(_cell(row, name) for name in self._columns[1:])]))
            if buffer.tell() >= _CHUNK or not self._waiting:
                chunk = buffer.getvalue().encode("utf-8", "replace")
                sent += len(chunk)
                yield chunk
                _ = buffer.seek(0)
                _ = buffer.truncate()
        if buffer.tell():
            yield buffer.getvalue().encode("utf-8", "replace")

    def name(self, row: Row) -> str:
        """Return what a row is called in the job's results."""
        return row.id if self._key == "Id" else str(row.always[self._key])

    def name_of(self, line: Mapping[str, Any]) -> str:
        """Return what a line of the results is about."""
        return str(line.get(self._key) or "")

    def sends(self, name: str, column: str) -> bool:
        """Whether a row has a value in a column."""
        return column in self._fields.get(name, ())


def _line(cells: Iterable[str]) -> str:
    return ",".join(_quoted(cell) if _SPECIAL.search(cell) else cell for cell in cells) + "\n"


def _quoted(cell: str) -> str:
    # Python's own writer leaves a lone carriage return outside quotes.
    return f'"{cell.replace(_QUOTE, _QUOTE * 2)}"'


def _cell(row: Row, name: str) -> str:
    """Return a value as CSV has it: an empty cell leaves a field alone, nothing has a sign of its own."""
    if name not in row.fields:
        return ""
    value = row.fields[name]
    if value is None:
        return _NOTHING
    return str(value).lower() if isinstance(value, bool) else str(value)
