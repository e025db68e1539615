"""Bulk API 2.0 queries: a job that is polled, and its result in pages of CSV."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from sandbox.salesforce import bulk_jobs
from sandbox.salesforce.bulk_jobs import COMPLETE, DONE, UPLOADED, Job
from sandbox.salesforce.context import Call
from sandbox.salesforce.errors import Json, Refusal, not_found
from sandbox.salesforce.soql_ast import Path, Query
from sandbox.salesforce.soql_parser import parse
from sandbox.salesforce.soql_run import run
from sandbox.salesforce.wire import Answer

PAGE = 50_000


def create(call: Call) -> Answer:
    """Begin a query job; a query that Bulk cannot answer is refused at once."""
    body = call.object()
    operation = body.get("operation")
    if operation not in ("query", "queryAll"):
        raise Refusal("INVALIDJOB", f"Unsupported operation {operation}")
    text = str(body.get("query") or "")
    query = parse(text)
    _columns(query)
    run(call.context.org, query, call.user, version=call.version[1:])
    job = bulk_jobs.open_job(call, "query", operation, query.source.parts[0], UPLOADED)
    bulk_jobs.formatted(job, body)
    job.more = {"query": text}
    return Answer(200, _shown(job, brief=True))


def _columns(query: Query) -> list[Path]:
    """Return the columns of the result. Raises `Refusal` for what Bulk does not do."""
    found = [it.what for it in query.items if isinstance(it.what, Path)]
    if len(found) < len(query.items) or query.aggregated or query.counts or query.offset:
        message = "Aggregates, subqueries, TYPEOF, functions and OFFSET are not supported in Bulk Query"
        raise Refusal("API_ERROR", message)
    return found


def look(call: Call, key: str) -> Answer:
    """Tell how far a job is; looking moves it on."""
    job = bulk_jobs.find(call, "query", key)
    if bulk_jobs.advanced(call, job):
        _finish(call, job)
    return Answer(200, _shown(job))


def _finish(call: Call, job: Job) -> None:
    query = parse(job.more["query"])
    paths = _columns(query)
    deleted = job.operation == "queryAll"
    result = run(call.context.org, query, job.user, include_deleted=deleted, version=call.version[1:])
    job.header = [path.text for path in paths]
    job.rows = [[_cell(record, path) for path in paths] for record in result.records(0, result.rows)]
    job.state = COMPLETE


def _cell(record: Json, path: Path) -> str:
    """Return a value as a cell: null is empty, a moment ends with Z."""
    found: Any = record
    for part in path.parts:
        if not isinstance(found, dict):
            return ""
        found = next((held for name, held in found.items() if name.lower() == part.lower()), None)
    if found is None:
        return ""
    if isinstance(found, bool):
        return "true" if found else "false"
    text = str(found)
    return text.removesuffix("+0000") + "Z" if text.endswith(".000+0000") else text


def _shown(job: Job, *, brief: bool = False) -> Json:
    body = bulk_jobs.shown(job)
    body.pop("query", None)
    if brief:
        return body
    return {**body, "jobType": "V2Query", "numberRecordsProcessed": len(job.rows), "retries": 0,
            "totalProcessingTime": 40 * job.polls, "isPkChunkingSupported": True}  # fmt: skip


def listed(call: Call) -> Answer:
    """Return all query jobs."""
    return bulk_jobs.listed(call, "query")


def results(call: Call, key: str) -> Answer:
    """Return a page of the result."""
    job = bulk_jobs.find(call, "query", key)
    if job.state != COMPLETE:
        raise Refusal("NOT_FOUND", "The job's results are not available", status=404)
    most = call.request.arg("maxRecords")
    start = _offset(call.request.arg("locator"))
    stop = min(start + (int(most) if most.isdigit() and int(most) else PAGE), len(job.rows))
    headers = [
        ("Sforce-Locator", _locator(stop) if stop < len(job.rows) else "null"),
        ("Sforce-NumberOfRecords", str(stop - start)),
    ]
    return Answer(
        200, headers=headers, raw=("text/csv", bulk_jobs.written(job.header, job.rows[start:stop], job))
    )


def pages(call: Call, key: str) -> Answer:
    """Return the addresses of the result's pages, to be fetched side by side."""
    job = bulk_jobs.find(call, "query", key)
    starts = range(0, max(len(job.rows), 1), PAGE)
    urls = [{"resultUrl": f"{call.root}/jobs/query/{job.id}/results?locator={_locator(at)}"} for at in starts]
    return Answer(200, {"resultPages": urls, "nextRecordsUrl": None, "done": True})


def _locator(offset: int) -> str:
    return base64.urlsafe_b64encode(str(offset).encode()).decode().rstrip("=")


def _offset(locator: str) -> int:
    if not locator:
        return 0
    try:
        return int(base64.urlsafe_b64decode(locator + "=" * (-len(locator) % 4)))
    except (binascii.Error, ValueError):
        raise Refusal("INVALID_QUERY_LOCATOR", "invalid query locator") from None


def change(call: Call, key: str) -> Answer:
    """Abort a job."""
    job = bulk_jobs.find(call, "query", key)
    if call.object().get("state") != bulk_jobs.ABORTED or job.state in DONE:
        raise Refusal("INVALIDJOBSTATE", f"Job in state {job.state} cannot change to that state")
    job.state = bulk_jobs.ABORTED
    return Answer(200, _shown(job))


def delete(call: Call, key: str) -> Answer:
    """Forget a job that is done."""
    job = bulk_jobs.find(call, "query", key)
    if job.state not in DONE:
        raise not_found()
    del bulk_jobs.jobs(call).held[job.id]
    return Answer.empty(204)
