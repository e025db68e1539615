"""Bulk API 2.0 ingest: a job, its CSV, and what became of each row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from sandbox.salesforce import bulk_jobs, errors, many, records, rows
from sandbox.salesforce.bulk_jobs import ABORTED, COMPLETE, DONE, FAILED, OPEN, UPLOADED, Job
from sandbox.salesforce.changes import Transaction
from sandbox.salesforce.context import Call
from sandbox.salesforce.errors import Json, Refusal
from sandbox.salesforce.objects.defs import ObjectDef
from sandbox.salesforce.wire import Answer
from sandbox.web import BadForm

OPERATIONS = ("insert", "update", "upsert", "delete", "hardDelete")
_NULL = "#N/A"


@dataclass(slots=True)
class Load:
    """What was uploaded to a job, and what came of it."""

    raw: bytes = b""
    good: list[list[str]] = field(default_factory=list)
    bad: list[list[str]] = field(default_factory=list)


def create(call: Call) -> Answer:
    """Begin a job; a multipart request brings its data along and is complete at once."""
    data: bytes | None = None
    if call.header("content-type").lower().startswith("multipart/form-data"):
        body, data = _parts(call)
    else:
        body = call.object()
    operation = body.get("operation")
    definition = call.context.org.object(str(body.get("object")))
    if operation not in OPERATIONS or definition is None:
        raise Refusal("INVALIDJOB", f"Unable to find object: {body.get('object')}, or operation {operation}")
    key = body.get("externalIdFieldName")
    known = definition.field(str(key)) if key else None
    if operation == "upsert" and (known is None or not (known.external_id or known.id_lookup)):
        raise Refusal("INVALIDJOB", f"InvalidJob : Field name provided, {key} does not match an External ID, "
                      f"Salesforce Id, or indexed field for {definition.name}")  # fmt: skip
    job = bulk_jobs.open_job(call, "ingest", operation, definition.name, OPEN)
    bulk_jobs.formatted(job, body)
    job.more = {"externalIdFieldName": known.name} if known else {}
    job.more["contentUrl"] = f"{call.root.removeprefix('/')}/jobs/ingest/{job.id}/batches"
    _loads(call)[job.id] = Load(data or b"")
    if data is not None:
        job.state = UPLOADED
    return Answer(200, bulk_jobs.shown(job))


def _parts(call: Call) -> tuple[Json, bytes]:
    try:
        parts = {part.name: part.body for part in call.request.parts()}
        return msgspec.json.decode(parts["job"]), parts["content"]
    except (BadForm, KeyError, msgspec.DecodeError) as bad:
        raise errors.unreadable(f"Multipart message: {bad}") from bad


def _loads(call: Call) -> dict[str, Load]:
    return call.context.rooms.setdefault("loads", {})


def upload(call: Call, key: str) -> Answer:
    """Take a job's data, once."""
    job = bulk_jobs.find(call, "ingest", key)
    load = _loads(call)[job.id]
    if job.state != OPEN or load.raw:
        raise Refusal("INVALIDBATCH", "Found multiple contents for job, or the job is not open")
    load.raw = call.request.body
    return Answer.empty(201)


def change(call: Call, key: str) -> Answer:
    """Close a job for upload, or abort it."""
    job, wanted = bulk_jobs.find(call, "ingest", key), call.object().get("state")
    allowed = {UPLOADED: (OPEN,), ABORTED: (OPEN, UPLOADED, bulk_jobs.RUNNING)}
    if job.state not in allowed.get(str(wanted), ()):
        raise Refusal("INVALIDJOBSTATE", f"Job in state {job.state} cannot change to {wanted}")
    job.state = str(wanted)
    return Answer(200, bulk_jobs.shown(job))


def look(call: Call, key: str) -> Answer:
    """Tell how far a job is; looking moves it on."""
    job = bulk_jobs.find(call, "ingest", key)
    if bulk_jobs.advanced(call, job):
        _finish(call, job)
    load = _loads(call)[job.id]
    return Answer(200, {
        **bulk_jobs.shown(job), "jobType": "V2Ingest",
        "numberRecordsProcessed": len(load.good) + len(load.bad), "numberRecordsFailed": len(load.bad),
        "retries": 0, "totalProcessingTime": 40 * job.polls,
        "apiActiveProcessingTime": 20 * job.polls, "apexProcessingTime": 0,
    })  # fmt: skip


def listed(call: Call) -> Answer:
    """Return all ingest jobs."""
    return bulk_jobs.listed(call, "ingest")


def delete(call: Call, key: str) -> Answer:
    """Forget a job that is done."""
    job = bulk_jobs.find(call, "ingest", key)
    if job.state not in DONE:
        raise errors.not_found()
    del bulk_jobs.jobs(call).held[job.id]
    return Answer.empty(204)


def _finish(call: Call, job: Job) -> None:
    """Write every row, each for itself."""
    load = _loads(call)[job.id]
    definition = call.context.org.object(job.object)
    assert definition is not None
    try:
        table = bulk_jobs.parsed(load.raw, job)
        job.header = table[0] if table else []
        _check_header(definition, job.header)
    except ValueError as bad:
        job.state, job.error = FAILED, str(bad)
        return
    job.rows = table[1:]
    write = WRITES[job.operation]
    tx = rows.begin(call)
    for row in job.rows:
        mark = tx.mark()
        try:
            key, created = write(tx, definition, job, _record(job.header, row))
            load.good.append([key, "true" if created else "false", *row])
        except Refusal as refused:
            tx.undo(mark)
            fields = ",".join(refused.fields or [])
            given = row[job.header.index("Id")] if "Id" in job.header else ""
            load.bad.append([given, f"{refused.code}:{refused.message}:{fields} --", *row])
    tx.commit()
    job.state = COMPLETE


def _check_header(definition: ObjectDef, header: list[str]) -> None:
    for name in header:
        first = name.partition(".")[0]
        if definition.field(name) is None and definition.relation(first) is None:
            raise ValueError(f"InvalidBatch : Field name not found : {name}")


def _record(header: list[str], row: list[str]) -> Json:
    """Return a row as a record: an empty cell says nothing, `#N/A` says null."""
    body: Json = {}
    for name, cell in zip(header, row, strict=False):
        if cell == "":
            continue
        value = None if cell == _NULL else cell
        relation, dot, key = name.partition(".")
        if dot:
            body[relation] = None if value is None else {key: value}
        else:
            body[name] = value
    return body


def _insert(tx: Transaction, definition: ObjectDef, _: Job, body: Json) -> tuple[str, bool]:
    return records.create(tx, definition, body)["Id"], True


def _update(tx: Transaction, definition: ObjectDef, _: Job, body: Json) -> tuple[str, bool]:
    row = records.find(tx, definition, body.get("Id"))
    records.update(tx, definition, row, {name: it for name, it in body.items() if name != "Id"})
    return row["Id"], False


def _upsert(tx: Transaction, definition: ObjectDef, job: Job, body: Json) -> tuple[str, bool]:
    row, created = many.one_upsert(tx, definition, job.more["externalIdFieldName"], body)
    return row["Id"], created


def _delete(tx: Transaction, definition: ObjectDef, job: Job, body: Json) -> tuple[str, bool]:
    row = records.find(tx, definition, body.get("Id"))
    records.delete(tx, definition, row)
    if job.operation == "hardDelete":
        for child, below in records.family(tx, definition, row["Id"]):
            tx.erase(child.name, below)
        tx.erase(definition.name, row)
    return row["Id"], False


WRITES: dict[str, Callable[[Transaction, ObjectDef, Job, Json], tuple[str, bool]]] = {
    "insert": _insert, "update": _update, "upsert": _upsert, "delete": _delete, "hardDelete": _delete,
}  # fmt: skip


def successful(call: Call, key: str) -> Answer:
    """Return the rows that were written."""
    return _result(call, key, ["sf__Id", "sf__Created"], lambda _, load: load.good)


def failed(call: Call, key: str) -> Answer:
    """Return the rows that were refused, and why."""
    return _result(call, key, ["sf__Id", "sf__Error"], lambda _, load: load.bad)


def unprocessed(call: Call, key: str) -> Answer:
    """Return the rows that an aborted or failed job never came to."""
    return _result(call, key, [], lambda job, load: job.rows[len(load.good) + len(load.bad) :])


def _result(call: Call, key: str, more: list[str], chosen: Callable[[Job, Load], list[Any]]) -> Answer:
    job = bulk_jobs.find(call, "ingest", key)
    if job.state not in DONE:
        raise errors.not_found()
    body = bulk_jobs.written([*more, *job.header], chosen(job, _loads(call)[job.id]), job)
    return Answer(200, raw=("text/csv", body))
