"""SOQL over REST: pages, and the cursors that lead from one to the next."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from sandbox.salesforce.catalogue import catalogue
from sandbox.salesforce.context import Call
from sandbox.salesforce.errors import Json, Refusal
from sandbox.salesforce.soql_parser import parse
from sandbox.salesforce.soql_run import Result, run
from sandbox.salesforce.wire import Answer

VIRTUAL = ("FieldDefinition", "EntityDefinition")
LIFE = 2 * 86_400
_SMALLEST = 200


@dataclass(slots=True)
class Cursor:
    """A query's result, held for the session that asked."""

    key: str
    result: Result
    session: str
    page: int
    until: float


@dataclass(slots=True)
class Cursors:
    """The open cursors of the org."""

    held: dict[str, Cursor] = field(default_factory=dict)
    made: int = 0

    def hold(self, call: Call, result: Result, page: int) -> Cursor:
        """Keep a result under an 18-character key."""
        self.made += 1
        digest = hashlib.blake2b(f"cursor:{self.made}".encode(), digest_size=8).hexdigest()
        key = f"0r8{digest[:15]}"
        cursor = Cursor(key, result, call.session.token, page, call.context.clock.now() + LIFE)
        self.held[key] = cursor
        return cursor


def cursors(call: Call) -> Cursors:
    """Return the org's open cursors."""
    return call.context.rooms.setdefault("cursors", Cursors())


def query(call: Call, *, deleted: bool = False) -> Answer:
    """Answer a query's first page."""
    text = call.request.arg("q")
    if not text:
        raise Refusal("MALFORMED_QUERY", "unexpected token: '<EOF>'")
    context = call.context
    if context.settings["query_timeouts"]:
        context.settings["query_timeouts"] -= 1
        raise Refusal("QUERY_TIMEOUT", "Your query request was running for too long.")
    version = call.version.removeprefix("v")
    asked = parse(text)
    # Fields and objects can be asked for here as well, though no table holds them.
    org = catalogue(call) if asked.source.text in VIRTUAL else context.org
    result = run(org, asked, call.user, include_deleted=deleted, version=version)
    page = page_size(call, result)
    stop = _stop(result, 0, page)
    if stop >= result.rows:
        return Answer(200, page_of(call, result, 0, stop, None))
    cursor = cursors(call).hold(call, result, page)
    return Answer(200, page_of(call, result, 0, stop, cursor.key))


def query_all(call: Call) -> Answer:
    """Answer a query that also sees what is deleted."""
    return query(call, deleted=True)


def page_size(call: Call, result: Result) -> int:
    """
    Return how many rows a page has.

    `batchSize` is a wish; a long text area makes the org send fewer whatever was wished.
    """
    settings = call.context.settings
    wished = call.options("sforce-query-options").get("batchsize", "")
    most = settings["page_size"]
    if wished.isdigit():
        most = max(_SMALLEST, min(int(wished), most)) if most >= _SMALLEST else min(int(wished), most)
    if result.long_text:
        most = min(most, settings["long_text_page_size"])
    return most


def more(call: Call, locator: str) -> Answer:
    """Answer a further page. A cursor is good only in the session that opened it."""
    key, dash, offset = locator.partition("-")
    cursor = cursors(call).held.get(key)
    good = cursor is not None and dash and offset.isdigit()
    if (
        cursor is None
        or not good
        or cursor.session != call.session.token
        or (cursor.until <= call.context.clock.now())
    ):
        raise Refusal("INVALID_QUERY_LOCATOR", "invalid query locator")
    start = int(offset)
    stop = _stop(cursor.result, start, cursor.page)
    following = cursor.key if stop < cursor.result.rows else None
    return Answer(200, page_of(call, cursor.result, start, stop, following))


def page_of(call: Call, result: Result, start: int, stop: int, key: str | None) -> Json:
    """Return a page's body: totalSize, done, nextRecordsUrl, records, in this order."""
    body: Json = {"totalSize": result.total, "done": key is None}
    if key is not None:
        body["nextRecordsUrl"] = f"{call.root}/query/{key}-{stop}"
    body["records"] = result.records(start, stop)
    return body


def _stop(result: Result, start: int, page: int) -> int:
    """Return where a page ends: the children that its rows bring along count as rows."""
    stop = min(start + page, result.rows)
    if result.child_rows(start, stop) + stop - start <= page:
        return stop
    room, stop = page, start
    while stop < result.rows and room > 0:
        room -= 1 + result.child_rows(stop, stop + 1)
        stop += 1
    return stop
