"""getUpdated and getDeleted: which records changed in a span, and up to when that is all of them."""

from __future__ import annotations

from sandbox.salesforce import rows
from sandbox.salesforce.context import Call
from sandbox.salesforce.errors import Refusal
from sandbox.salesforce.times import instant, read_instant
from sandbox.salesforce.wire import Answer

_UPDATED_BACK, _DELETED_BACK = 30 * 86_400, 15 * 86_400


def updated(call: Call, name: str) -> Answer:
    """Return the ids of records that were made or changed, also of those deleted since."""
    definition = rows.definition_of(call, name)
    start, end, covered = _span(call, _UPDATED_BACK)
    table = call.context.org.tables[definition.name]
    ids = [
        key
        for stamp, key in table.by_stamp()
        if start <= stamp < end and not table.rows[key].get("IsDeleted")
    ]
    return Answer(200, {"ids": ids, "latestDateCovered": instant(covered)})


def deleted(call: Call, name: str) -> Answer:
    """Return the ids of records that were deleted, with the moment."""
    definition = rows.definition_of(call, name)
    start, end, covered = _span(call, _DELETED_BACK)
    earliest = call.context.clock.now() - _DELETED_BACK
    if (purged := call.context.settings["deletes_purged_before"]) is not None:
        earliest = max(earliest, float(purged))
    if start < earliest - 60:
        message = "startDate before org's replication enablement date"
        raise Refusal("INVALID_REPLICATION_DATE", message)
    gone = [
        {"id": key, "deletedDate": instant(at)}
        for key, at in call.context.deletions(definition.name).items()
        if start <= at < end
    ]
    return Answer(200, {
        "deletedRecords": gone, "earliestDateAvailable": instant(earliest),
        "latestDateCovered": instant(covered),
    })  # fmt: skip


def _span(call: Call, back: int) -> tuple[int, int, int]:
    """
    Return start, end, and up to when the answer covers everything.

    Seconds do not count. What an open transaction stamped is not seen yet, so nothing after its
    beginning is promised.
    """
    start = read_instant(call.request.arg("start")) // 60 * 60
    end = read_instant(call.request.arg("end")) // 60 * 60
    now = call.context.clock.now()
    if end - start < 60:
        message = "The end date must be at least one minute after the start date"
        raise Refusal("INVALID_REPLICATION_DATE", message)
    if start < now - back - 60:
        message = f"startDate cannot be more than {back // 86_400} days ago"
        raise Refusal("INVALID_REPLICATION_DATE", message)
    covered = min(end, int(now))
    if (since := call.context.open_since) is not None:
        covered = min(covered, int(since))
    return start, end, covered
