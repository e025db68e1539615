"""
The first Bulk API (`/services/async`), with JSON: jobs of batches, for clients that know no other.

It has its own header for the session, its own errors, and moments in milliseconds.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sandbox.salesforce import bulk_ingest, bulk_jobs, errors, rows
from sandbox.salesforce.bodies import mappings
from sandbox.salesforce.bulk_jobs import Job
from sandbox.salesforce.context import Call
from sandbox.salesforce.errors import Json, Refusal
from sandbox.salesforce.soql_errors import SoqlError
from sandbox.salesforce.soql_parser import parse
from sandbox.salesforce.soql_run import run
from sandbox.salesforce.times import instant
from sandbox.salesforce.wire import Answer

QUERIES = ("query", "queryAll")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000\+0000")


@dataclass(slots=True)
class Batch:
    """A part of a job: what was sent, and what came of it."""

    id: str
    job: Job
    sent: Any
    looks: int = 0
    done: bool = False
    error: str = ""
    results: list[Json] = field(default_factory=list)


def _batches(call: Call) -> dict[str, Batch]:
    return call.context.rooms.setdefault("batches", {})


def create(call: Call) -> Answer:
    """Open a job."""
    body = call.object()
    definition = call.context.org.object(str(body.get("object")))
    operation = str(body.get("operation"))
    if definition is None or operation not in (*QUERIES, *bulk_ingest.OPERATIONS):
        raise Refusal("InvalidJob", f"Unable to find object {body.get('object')} or operation {operation}")
    if body.get("contentType") != "JSON":
        raise Refusal("InvalidJob", f"Only contentType JSON is served here, not {body.get('contentType')}")
    job = bulk_jobs.open_job(call, "batches", operation, definition.name, "Open")
    job.more = {"externalIdFieldName": body.get("externalIdFieldName")}
    return Answer(201, _shown(call, job))


def look(call: Call, key: str) -> Answer:
    """Tell of a job."""
    return Answer(200, _shown(call, bulk_jobs.find(call, "batches", key)))


def change(call: Call, key: str) -> Answer:
    """Close or abort a job."""
    job = bulk_jobs.find(call, "batches", key)
    state = call.object().get("state")
    if state not in ("Closed", "Aborted"):
        raise Refusal("InvalidJobState", f"Job cannot change to {state}")
    job.state = str(state)
    return Answer(200, _shown(call, job))


def _shown(call: Call, job: Job) -> Json:
    mine = [it for it in _batches(call).values() if it.job is job]
    done = [it for it in mine if it.done]
    return {
        "id": job.id, "operation": job.operation, "object": job.object, "createdById": job.user,
        "createdDate": instant(job.made), "systemModstamp": instant(job.made), "state": job.state,
        **job.more, "concurrencyMode": "Parallel", "contentType": "JSON",
        "apiVersion": float(job.version[1:]), "numberBatchesTotal": len(mine),
        "numberBatchesCompleted": len(done), "numberBatchesQueued": len(mine) - len(done),
        "numberBatchesInProgress": 0, "numberRetries": 0,
        "numberBatchesFailed": sum(bool(it.error) for it in mine),
        "numberRecordsProcessed": sum(len(it.results) for it in done),
        "numberRecordsFailed": sum(_failed(it) for it in done),
    }  # fmt: skip


def _failed(batch: Batch) -> int:
    return sum(it.get("success") is False for it in batch.results)


def add(call: Call, key: str) -> Answer:
    """Take a batch: records, or the text of a query."""
    job = bulk_jobs.find(call, "batches", key)
    if job.state != "Open":
        raise Refusal("InvalidJobState", f"Job is in state {job.state}; it takes no more batches")
    if job.operation in QUERIES:
        sent: Any = call.request.body.decode(errors="replace")
    else:
        sent = mappings(call.json(), "batch")
    batch = Batch(call.context.org.new_id("751"), job, sent)
    _batches(call)[batch.id] = batch
    return Answer(201, _told(batch))


def _find(call: Call, key: str, batch: str) -> Batch:
    job, found = bulk_jobs.find(call, "batches", key), _batches(call).get(batch)
    if found is None or found.job is not job:
        raise Refusal("InvalidBatch", f"Unable to find batch {batch}", status=404)
    return found


def look_batch(call: Call, key: str, batch: str) -> Answer:
    """Tell how far a batch is; looking moves it on."""
    found = _find(call, key, batch)
    found.looks += 1
    if not found.done and found.looks > call.context.settings["bulk_polls"]:
        _finish(call, found)
    return Answer(200, _told(found))


def _told(batch: Batch) -> Json:
    state = (
        "Failed" if batch.error else "Completed" if batch.done else "InProgress" if batch.looks else "Queued"
    )
    made = instant(batch.job.made)
    return {
        "id": batch.id, "jobId": batch.job.id, "state": state, "createdDate": made, "systemModstamp": made,
        "stateMessage": batch.error or None, "numberRecordsProcessed": len(batch.results),
        "numberRecordsFailed": _failed(batch), "totalProcessingTime": 40 * batch.looks,
        "apiActiveProcessingTime": 20 * batch.looks, "apexProcessingTime": 0,
    }  # fmt: skip


def _finish(call: Call, batch: Batch) -> None:
    batch.done = True
    if batch.job.operation in QUERIES:
        _ask(call, batch)
        return
    definition = call.context.org.object(batch.job.object)
    assert definition is not None
    tx, write = rows.begin(call), bulk_ingest.WRITES[batch.job.operation]
    for record in batch.sent:
        mark = tx.mark()
        try:
            key, created = write(tx, definition, batch.job, record)
            batch.results.append({"success": True, "created": created, "id": key, "errors": []})
        except Refusal as refused:
            tx.undo(mark)
            error = {**refused.row(), "extendedErrorDetails": None}
            batch.results.append({"success": False, "created": False, "id": None, "errors": [error]})
    tx.commit()


def _ask(call: Call, batch: Batch) -> None:
    """Answer a query's batch; one that cannot be answered fails only now."""
    deleted = batch.job.operation == "queryAll"
    try:
        found = run(call.context.org, parse(batch.sent), batch.job.user, include_deleted=deleted)
    except SoqlError as bad:
        batch.error = f"InvalidBatch : Failed to process query: {bad.code}: {bad.message}"
        return
    batch.results = [_in_milliseconds(it) for it in found.records(0, found.rows)]


def _in_milliseconds(value: Any) -> Any:
    """Return a record whose moments are milliseconds."""
    if isinstance(value, dict):
        return {name: _in_milliseconds(held) for name, held in value.items()}
    if isinstance(value, str) and _MOMENT.fullmatch(value):
        return int(datetime.fromisoformat(value).timestamp() * 1000)
    return value


def request(call: Call, key: str, batch: str) -> Answer:
    """Return what a batch was sent with."""
    return Answer(200, _find(call, key, batch).sent)


def results(call: Call, key: str, batch: str) -> Answer:
    """Return what became of each row; of a query, the id of its one result."""
    found = _find(call, key, batch)
    if not found.done or found.error:
        raise Refusal("InvalidBatch", "Batch not completed")
    if found.job.operation in QUERIES:
        return Answer(200, [f"752{found.id[3:]}"])
    return Answer(200, found.results)


def result(call: Call, key: str, batch: str, part: str) -> Answer:
    """Return the records of a query's result."""
    found = _find(call, key, batch)
    if part != f"752{found.id[3:]}":
        raise errors.not_found()
    return Answer(200, found.results)


def refused(refusal: Refusal) -> Answer:
    """Return a refusal in this API's own shape."""
    code = {"INVALID_SESSION_ID": "InvalidSessionId"}.get(refusal.code, refusal.code)
    status = 400 if refusal.status == 401 else refusal.status
    return Answer(status, {"exceptionCode": code, "exceptionMessage": refusal.message})


ROUTES = (
    ("POST", "/job", create),
    ("GET", "/job/{id}", look),
    ("POST", "/job/{id}", change),
    ("POST", "/job/{id}/batch", add),
    ("GET", "/job/{id}/batch/{batch}", look_batch),
    ("GET", "/job/{id}/batch/{batch}/request", request),
    ("GET", "/job/{id}/batch/{batch}/result", results),
    ("GET", "/job/{id}/batch/{batch}/result/{part}", result),
)
