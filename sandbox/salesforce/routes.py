"""Every path that the org serves to signed-in callers, below `/services/data/{version}`."""

from __future__ import annotations

from collections.abc import Callable

from sandbox.salesforce import (
    bulk_ingest,
    bulk_query,
    composite,
    discovery,
    many,
    queries,
    replication,
    rows,
    search,
    tooling,
    tree,
    ui,
)
from sandbox.salesforce.context import Call
from sandbox.salesforce.wire import Answer

Handler = Callable[..., Answer]

_ROWS: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "", discovery.resources),
    ("GET", "/limits", discovery.limits),
    ("GET", "/sobjects", discovery.describe_all),
    ("GET", "/sobjects/{object}", discovery.about),
    ("POST", "/sobjects/{object}", rows.create),
    ("GET", "/sobjects/{object}/describe", discovery.describe),
    ("GET", "/sobjects/{object}/updated", replication.updated),
    ("GET", "/sobjects/{object}/deleted", replication.deleted),
    ("GET", "/sobjects/{object}/{id}", rows.read),
    ("PATCH", "/sobjects/{object}/{id}", rows.change),
    ("DELETE", "/sobjects/{object}/{id}", rows.delete),
    ("GET", "/sobjects/{object}/{field}/{value}", rows.read_by_key),
    ("PATCH", "/sobjects/{object}/{field}/{value}", rows.upsert),
    ("DELETE", "/sobjects/{object}/{field}/{value}", rows.delete_by_key),
    ("GET", "/query", queries.query),
    ("GET", "/queryAll", queries.query_all),
    ("GET", "/query/{locator}", queries.more),
    ("GET", "/queryAll/{locator}", queries.more),
    ("GET", "/parameterizedSearch", search.by_parameters),
    ("POST", "/parameterizedSearch", search.by_parameters),
    ("GET", "/search", search.sosl),
)
_COMPOSITE: tuple[tuple[str, str, Handler], ...] = (
    ("POST", "/composite", composite.composite),
    ("POST", "/composite/graph", composite.graphs),
    ("POST", "/composite/batch", composite.batch),
    ("POST", "/composite/tree/{object}", tree.create),
    ("POST", "/composite/sobjects", many.create),
    ("PATCH", "/composite/sobjects", many.change),
    ("DELETE", "/composite/sobjects", many.delete),
    ("GET", "/composite/sobjects/{object}", many.read),
    ("POST", "/composite/sobjects/{object}", many.read),
    ("PATCH", "/composite/sobjects/{object}/{field}", many.upsert),
)
_BULK: tuple[tuple[str, str, Handler], ...] = (
    ("POST", "/jobs/query", bulk_query.create),
    ("GET", "/jobs/query", bulk_query.listed),
    ("GET", "/jobs/query/{id}", bulk_query.look),
    ("PATCH", "/jobs/query/{id}", bulk_query.change),
    ("DELETE", "/jobs/query/{id}", bulk_query.delete),
    ("GET", "/jobs/query/{id}/results", bulk_query.results),
    ("GET", "/jobs/query/{id}/resultPages", bulk_query.pages),
    ("POST", "/jobs/ingest", bulk_ingest.create),
    ("GET", "/jobs/ingest", bulk_ingest.listed),
    ("GET", "/jobs/ingest/{id}", bulk_ingest.look),
    ("PATCH", "/jobs/ingest/{id}", bulk_ingest.change),
    ("DELETE", "/jobs/ingest/{id}", bulk_ingest.delete),
    ("PUT", "/jobs/ingest/{id}/batches", bulk_ingest.upload),
    ("GET", "/jobs/ingest/{id}/successfulResults", bulk_ingest.successful),
    ("GET", "/jobs/ingest/{id}/failedResults", bulk_ingest.failed),
    ("GET", "/jobs/ingest/{id}/unprocessedrecords", bulk_ingest.unprocessed),
    ("GET", "/jobs/ingest/{id}/unprocessedRecords", bulk_ingest.unprocessed),
)
_SETUP: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "/tooling", tooling.about),
    ("GET", "/tooling/query", tooling.query),
    ("POST", "/tooling/sobjects/CustomField", tooling.create),
    ("GET", "/tooling/sobjects/CustomField/{id}", tooling.read),
    ("PATCH", "/tooling/sobjects/CustomField/{id}", tooling.change),
    ("DELETE", "/tooling/sobjects/CustomField/{id}", tooling.delete),
    ("GET", "/ui-api/object-info/{object}/picklist-values/{type}", ui.picklists),
    ("GET", "/ui-api/object-info/{object}/picklist-values/{type}/{field}", ui.picklist),
)
CORE = (*_ROWS, *_COMPOSITE, *_BULK, *_SETUP)


def call_of(handler: Handler, call: Call, params: dict[str, str]) -> Answer:
    """Serve a call with the parameters of its path."""
    return handler(call, *(value for name, value in params.items() if name != "version"))
