"""Bulk API 2.0: what its two kinds of jobs have in common, and how their CSV is written and read."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sandbox.salesforce.context import Call
from sandbox.salesforce.errors import Json, Refusal, not_found
from sandbox.salesforce.times import instant
from sandbox.salesforce.wire import Answer

DELIMITERS = {"BACKQUOTE": "`", "CARET": "^", "COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "TAB": "\t"}
ENDINGS = {"LF": "\n", "CRLF": "\r\n"}
OPEN, UPLOADED, RUNNING = "Open", "UploadComplete", "InProgress"
COMPLETE, FAILED, ABORTED = "JobComplete", "Failed", "Aborted"
DONE = (COMPLETE, FAILED, ABORTED)
csv.field_size_limit(1 << 24)


@dataclass(slots=True)
class Job:
    """A job as its owner sees it. `polls` is how often it was asked for since its data were complete."""

    id: str
    kind: str  # query or ingest
    operation: str
    object: str
    user: str
    version: str
    made: int
    state: str
    delimiter: str = "COMMA"
    ending: str = "LF"
    polls: int = 0
    error: str = ""
    header: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    more: Json = field(default_factory=dict)


@dataclass(slots=True)
class Jobs:
    """Every job of the org."""

    held: dict[str, Job] = field(default_factory=dict)


def jobs(call: Call) -> Jobs:
    """Return the org's jobs."""
    return call.context.rooms.setdefault("jobs", Jobs())


def open_job(call: Call, kind: str, operation: str, name: str, state: str) -> Job:
    """Begin a job."""
    org = call.context.org
    job = Job(org.new_id("750"), kind, operation, name, call.user, call.version, org.stamp(), state)
    jobs(call).held[job.id] = job
    return job


def formatted(job: Job, body: Json) -> None:
    """Take how a job's CSV is written from its request."""
    job.delimiter, job.ending = body.get("columnDelimiter") or "COMMA", body.get("lineEnding") or "LF"
    if job.delimiter not in DELIMITERS or job.ending not in ENDINGS:
        raise Refusal("INVALIDJOB", "Unable to parse Job: columnDelimiter or lineEnding is not known")
    if (body.get("contentType") or "CSV") != "CSV":
        raise Refusal("INVALIDJOB", f"Unsupported content type {body['contentType']}")


def find(call: Call, kind: str, key: str) -> Job:
    """Return a job of the API version that made it."""
    job = jobs(call).held.get(key)
    if job is None or job.kind != kind:
        raise not_found()
    if job.version != call.version:
        message = f"The job was created with API version {job.version}, not {call.version}"
        raise Refusal("INVALIDVERSION", message, status=409)
    return job


def shown(job: Job) -> Json:
    """Return a job's body."""
    return {
        "id": job.id, "operation": job.operation, "object": job.object, "createdById": job.user,
        "createdDate": instant(job.made), "systemModstamp": instant(job.made), "state": job.state,
        "concurrencyMode": "Parallel", "contentType": "CSV", "apiVersion": float(job.version[1:]),
        **job.more, "lineEnding": job.ending, "columnDelimiter": job.delimiter,
        **({"errorMessage": job.error} if job.error else {}),
    }  # fmt: skip


def listed(call: Call, kind: str) -> Answer:
    """Return all jobs of a kind."""
    found = [shown(it) for it in jobs(call).held.values() if it.kind == kind]
    return Answer(200, {"done": True, "records": found, "nextRecordsUrl": None})


def advanced(call: Call, job: Job) -> bool:
    """Count a look at a job; tell whether its work is due now. It takes some looks to be done."""
    if job.state not in (UPLOADED, RUNNING):
        return False
    job.polls += 1
    if job.polls <= call.context.settings["bulk_polls"]:
        job.state = RUNNING
        return False
    return True


def written(header: list[str], rows: Iterable[Iterable[Any]], job: Job) -> bytes:
    """Return CSV as the org writes it: every cell in quotes, lines within cells kept."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=DELIMITERS[job.delimiter], quoting=csv.QUOTE_ALL,
                        lineterminator=ENDINGS[job.ending])  # fmt: skip
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue().encode()


def parsed(raw: bytes, job: Job) -> list[list[str]]:
    """Return the rows of uploaded CSV. Raises ValueError with the org's words for what it cannot read."""
    text = raw.decode("utf-8-sig")
    first = text.partition("\n")[0]
    if text and first.endswith("\r") != (job.ending == "CRLF"):
        raise ValueError(
            "ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is "
            + job.ending
        )
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=DELIMITERS[job.delimiter], strict=True)
    try:
        return [row for row in reader if row]
    except csv.Error as bad:
        raise ValueError(f"InvalidBatch : Failed to parse CSV. {bad}") from bad
