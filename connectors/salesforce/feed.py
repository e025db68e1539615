"""
Everything about Cases that changed since a cursor.

One pass reads the Cases from where the last one began, less an overlap (see `watching`), deleted and merged
ones among them; and the comments, posts, mails and files since then, as these do not always touch their
Case. Whatever turned up is shown with everything that is said on it. When nothing did, a pass is one
call, beside the description of Case.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

import msgspec
from msgspec.structs import replace

from connectors.salesforce import payload, soql
from connectors.salesforce.backfill import Backfill
from connectors.salesforce.client import QueryPage, Record, SalesforceClient
from connectors.salesforce.columns import Fixed
from connectors.salesforce.ids import CASE
from connectors.salesforce.keyset import Keyset, Spot, stamp_of
from connectors.salesforce.reading import MOST_AT_ONCE, Reader
from connectors.salesforce.watching import AHEAD, Memory, Seen, Watch, Watched, next_look, short_ids
from hub.errors import Unavailable
from hub.replica import Cursor, Page

MOST_SHOWN = 1000
"""Observations of one page."""
BULK_FROM = 20_000
"""Rows above which a first reading goes by Bulk API 2.0."""
_MANY = 100
_FILES = ("Id", "ContentDocumentId", "ContentSize", "Checksum", "SystemModstamp")


class Place(msgspec.Struct, frozen=True, omit_defaults=True):
    """A cursor, spelt out."""

    since: str = ""
    """From when on to look; empty while everything is read for the first time."""
    seen: Seen = {}
    """What was shown of what will be read again."""
    began: str = ""
    """Up to when everything could be read when this pass began, if it is not done."""
    at: str = ""
    record: str = ""
    """Stamp and id of the last Case that this pass showed."""
    job: str = ""
    locator: str = ""
    """Of the bulk job by which the first reading goes."""
    without: tuple[str, ...] = ()
    """Objects that were not there for our user from the first: nothing is lost with them."""


def spell(place: Place) -> Cursor:
    """Write a place as a cursor."""
    return Cursor(msgspec.json.encode(place).decode())


def read(cursor: Cursor) -> Place:
    """Read a cursor. Raises `Unavailable` if it is not one of ours."""
    try:
        return msgspec.json.decode(cursor, type=Place)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise Unavailable(
            "the stored place in Salesforce's feed cannot be read: run `hub backfill salesforce` to go on"
        ) from error


class Feed:
    """Pages of observations of Cases. `bulk_from`: rows above which the first reading is a bulk job."""

    def __init__(
        self, client: SalesforceClient, reader: Reader, backfill: Backfill, *, bulk_from: int = BULK_FROM
    ) -> None:
        self._client = client
        self._reader = reader
        self._backfill = backfill
        self._bulk_from = bulk_from
        beside = reader.surroundings
        self._said = (beside.comments, beside.posts, beside.mails)
        self._files = Fixed("ContentVersion", _FILES, ("ContentDocumentId",))
        self._watch = Watch(
            client,
            [
                Watched("Case", Keyset(client, reader.columns), optional=False),
                *(
                    Watched(s.sobject, s.keyset(client, all_rows=True), replicated=s is not beside.posts)
                    for s in self._said
                ),
                Watched("ContentVersion", Keyset(client, self._files, where="IsLatest = true")),
            ],
        )

    @property
    def missing(self) -> dict[str, str]:
        """Objects that our user may not read, and what was said about it."""
        return self._watch.missing | self._reader.surroundings.missing

    def look_for_rights(self) -> dict[str, str]:
        """Ask for nothing of each object; return what our user may not read, and what was said."""
        self._watch.missing.clear()
        watched = ("Case", *(stream.sobject for stream in self._said), "ContentVersion")
        _ = self._watch.peek(dict.fromkeys(watched, Spot(self._until())))
        return self.missing

    def pages(self, cursor: Cursor | None) -> Iterator[Page]:
        """Yield what changed since the cursor; see `hub.ports.Connector.changes`."""
        place = read(cursor) if cursor else Place()
        beside = self._reader.surroundings
        self._watch.missing.clear()  # rights may have been given since the last pass
        beside.missing.clear()
        beside.never_there = frozenset(place.without)
        _ = self._client.describe("Case")
        if place.since:
            yield from self._changed(place)
        else:
            yield from self._everything(place)

    # --- the first reading -----------------------------------------------------------------------

    def _everything(self, place: Place) -> Iterator[Page]:
        """Read all Cases there are. What changes meanwhile is shown by the next pass."""
        total: int | None = 0
        if not place.began:
            covered, total = self._watch.covered(["Case", "CaseComment"], "SELECT COUNT() FROM Case")
            place = Place(began=covered)
        memory = Memory({}, next_look(place.began))
        job = place.job
        if not job and not place.at and (total is None or total > self._bulk_from):
            job = self._backfill.begin()
        if job:
            yield from self._in_bulk(replace(place, job=job), memory)
        else:
            yield from self._in_order(place, memory)
        yield self._end(place, memory)

    def _in_order(self, place: Place, memory: Memory) -> Iterator[Page]:
        alive = Keyset(self._client, self._reader.columns, all_rows=False)
        for rows in alive.rows(Spot(place.at, place.record), self._until()):
            for part in soql.chunks(memory.fresh("Case", rows), MOST_SHOWN):
                yield self._page(part, _at(place, part[-1]))

    def _in_bulk(self, place: Place, memory: Memory) -> Iterator[Page]:
        for shown in self._backfill.parts(place.job, place.locator, MOST_SHOWN):
            rows = memory.fresh("Case", shown.rows)
            yield self._page(rows, replace(place, locator=shown.locator))

    # --- every later one -------------------------------------------------------------------------

    def _changed(self, place: Place) -> Iterator[Page]:
        until, since = self._until(), Spot(place.since)
        here = Spot(place.at, place.record) if place.at else since
        spots = dict.fromkeys([s.sobject for s in self._said], since)
        peek = self._watch.peek({"Case": here, **spots, "ContentVersion": since}, until)
        place = place if place.began else replace(place, began=peek.covered)
        memory = Memory(place.seen, next_look(place.began))
        touched = self._touched(peek.first, since, until, memory)
        cases = self._watch.rows("Case", here, until, peek.first["Case"])
        shown: set[str] = set()
        for rows in cases:
            for part in soql.chunks(memory.fresh("Case", rows), MOST_SHOWN):
                place = _at(place, part[-1])
                alone = self._only_ours(part, touched)
                yield self._page(part, place, alone)
                shown.update(str(row["Id"]) for row in part if row["Id"] not in alone)
        for ids in soql.chunks([one for one in touched if one not in shown], MOST_AT_ONCE):
            yield self._page(self._reader.rows_of(ids), place)
        yield self._end(place, memory)

    def _touched(
        self, first: Mapping[str, QueryPage | None], since: Spot, until: str, memory: Memory
    ) -> list[str]:
        """Return the Cases on which something was said, edited, taken back or put, since the last look."""
        found: dict[str, None] = {}
        for stream in self._said:
            if stream.sobject not in first:
                continue
            for rows in self._watch.rows(stream.sobject, since, until, first[stream.sobject]):
                of_cases = [row for row in rows if str(row.get(stream.parent) or "").startswith(CASE)]
                fresh = memory.fresh(stream.sobject, of_cases)
                found.update(dict.fromkeys(short_ids(fresh, stream.parent, CASE)))
        if "ContentVersion" in first:
            for rows in self._watch.rows("ContentVersion", since, until, first["ContentVersion"]):
                fresh = memory.fresh("ContentVersion", rows)
                found.update(dict.fromkeys(self._cases_with(payload.ids_of(fresh, "ContentDocumentId"))))
        return list(found)

    def _cases_with(self, documents: Sequence[str]) -> list[str]:
        links = self._reader.surroundings.links
        rows: list[Record] = []
        for part in soql.chunks(documents, MOST_AT_ONCE):
            where = f"ContentDocumentId IN {soql.ids(part)}"
            read = Keyset(self._client, Fixed(links.sobject, _LINK), where=where, all_rows=False)
            rows += [row for page in read.rows(Spot("")) for row in page]
        return short_ids(rows, links.parent, CASE)

    # --- pages -----------------------------------------------------------------------------------

    def _only_ours(self, rows: Sequence[Record], touched: Collection[str]) -> frozenset[str]:
        """
        Return the Cases that changed by our own writing alone: nothing was said on them.

        Of a few it is not worth a call to find out who we are.
        """
        if len(rows) < _MANY:
            return frozenset()
        me = self._client.me()
        ours = (str(row["Id"]) for row in rows if row.get("LastModifiedById") == me)
        return frozenset(ours) - frozenset(touched)

    def _page(self, rows: Sequence[Record], place: Place, alone: Collection[str] = ()) -> Page:
        """Show rows, with all that is said on them but for those that are looked at `alone`."""
        seen = [
            *self._reader.observed([row for row in rows if row["Id"] not in alone]),
            *self._reader.observed([row for row in rows if row["Id"] in alone], whole=False),
        ]
        return Page(tuple(seen), spell(place))

    def _end(self, place: Place, memory: Memory) -> Page:
        since = next_look(place.began)
        known = place.without if place.since else tuple(self.missing)
        without = tuple(sorted(name for name in known if name in self.missing))
        return Page((), spell(Place(since=since, seen=memory.keep(), without=without)))

    def _until(self) -> str:
        """Return where a pass ends, so that it does end while people go on working."""
        return stamp_of(self._client.server_now() + AHEAD)


_LINK = ("Id", "LinkedEntityId", "SystemModstamp")


def _at(place: Place, row: Record) -> Place:
    return replace(place, at=payload.instant(str(row["SystemModstamp"])), record=str(row["Id"]))
