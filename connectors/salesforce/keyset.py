"""
Reading an object's rows in the order (SystemModstamp, Id), however often the reading is broken off.

A page's locator dies with the session that made it: then the query is asked anew from behind the last
row, never from a locator or an offset. A window of time that takes Salesforce too long is halved.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple, Protocol

from connectors.salesforce import soql
from connectors.salesforce.client import QueryPage, Record, SalesforceClient
from connectors.salesforce.fields import instant
from connectors.salesforce.refusals import LocatorLost, QueryRefused

ORDER = "SystemModstamp, Id"
BEGINNING = "1999-01-01T00:00:00Z"
_MOST_RESTARTS = 5
"""Without a row between them."""
_MOST_LOST = 100


class Chosen(Protocol):
    """What to select of which object; see `columns`."""

    sobject: str

    def names(self) -> list[str]: ...
    def lose(self, refused: QueryRefused) -> bool: ...


class Spot(NamedTuple):
    """A place in the order: behind this row, or with no id, at that instant."""

    stamp: str
    record_id: str = ""


@dataclass
class _Going:
    """How far a reading has come."""

    spot: Spot
    end: str
    restarts: int = 0
    """Since the last row."""


class Keyset:
    """
    Reads of one object. `all_rows`: deleted ones too.

    `limit`: rows of one query, for objects of which Salesforce gives no more to users without View All.
    """

    def __init__(
        self,
        client: SalesforceClient,
        chosen: Chosen,
        *,
        where: str = "",
        all_rows: bool = True,
        limit: int = 0,
    ) -> None:
        self._client = client
        self._chosen = chosen
        self._where = where
        self._all = all_rows
        self._limit = limit

    def address(self, spot: Spot, until: str = "") -> str:
        """Return the address of the query from a place on."""
        return self._client.query_address(self._soql(spot, until), all_rows=self._all)

    def lose(self, refused: QueryRefused) -> bool:
        """Go on without the field that a query was refused for; return whether another query may pass."""
        return refused.code == "INVALID_FIELD" and self._chosen.lose(refused)

    def rows(self, spot: Spot, until: str = "", first: QueryPage | None = None) -> Iterator[list[Record]]:
        """
        Yield the rows from a place on, page by page, in order. `first`: the first page, if it was got.

        Where there is no `until`, a query that takes too long is not asked in halves.
        Raises `QueryRefused` for what no other way of asking mends.
        """
        going = _Going(spot, until)
        while True:
            got = 0
            try:
                for page in self._pages(going.spot, going.end, first):
                    if page:
                        got += len(page)
                        going.spot, going.restarts = _behind(page[-1]), 0
                        yield page
            except QueryRefused as refused:
                self._mend(going, refused)
            else:
                if not self._limit or got < self._limit:
                    if going.end == until:
                        return
                    going.spot, going.end = Spot(going.end), until
            first = None

    def _mend(self, going: _Going, refused: QueryRefused) -> None:
        """Prepare to ask in another way, or raise what no other way mends."""
        going.restarts += 1
        if isinstance(refused, LocatorLost):
            if going.restarts > _MOST_RESTARTS:
                raise refused
        elif refused.code == "QUERY_TIMEOUT":
            going.end = _half(going.spot, going.end, refused)
        elif going.restarts > _MOST_LOST or not self.lose(refused):
            raise refused

    def _pages(self, spot: Spot, end: str, first: QueryPage | None) -> Iterator[list[Record]]:
        if first is not None:
            return self._client.pages(first)
        return self._client.query(self._soql(spot, end), all_rows=self._all)

    def _soql(self, spot: Spot, until: str) -> str:
        conditions = [self._where]
        if spot.stamp:
            conditions.append(soql.after(spot.stamp, spot.record_id))
        if until:
            conditions.append(f"SystemModstamp < {soql.instant(until)}")
        where = soql.all_of(*conditions)
        names, sobject = self._chosen.names(), self._chosen.sobject
        return soql.select(names, sobject, where=where, order=ORDER, limit=self._limit)


def _behind(row: Record) -> Spot:
    return Spot(instant(str(row["SystemModstamp"])), str(row["Id"]))


def _half(spot: Spot, end: str, refused: QueryRefused) -> str:
    """Return the middle of a window of time; raises `refused` if it cannot be halved."""
    if not end:
        raise refused
    begins, ends = seconds(spot.stamp or BEGINNING), seconds(end)
    middle = (begins + ends) // 2
    if not begins < middle < ends:
        raise refused
    return stamp_of(middle)


def seconds(stamp: str) -> int:
    """Return an instant of ours as Unix seconds."""
    return int(datetime.fromisoformat(stamp).timestamp())


def stamp_of(moment: float) -> str:
    """Return Unix seconds as an instant of ours."""
    return datetime.fromtimestamp(int(moment), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
