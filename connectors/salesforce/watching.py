"""
What changed since a place, of several objects at once: one call of the day's budget when nothing did.

Rows are committed later than their stamps say, by as much as their transaction took. So a pass says from
when on the next one has to look again: from where Salesforce says that it covers everything (which an
open transaction holds back), less an overlap. What was shown of the overlap is remembered by a checksum,
as a stamp has whole seconds and a record can change twice in one.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import quote

import msgspec

from connectors.salesforce import ids
from connectors.salesforce.client import Answer, QueryPage, Record, SalesforceClient
from connectors.salesforce.fields import instant
from connectors.salesforce.keyset import Keyset, Spot, seconds, stamp_of
from connectors.salesforce.refusals import QueryRefused

OVERLAP = 12 * 60
"""Seconds by which a row may turn up later than its stamp says before we could miss it."""
AHEAD = 60
"""Seconds by which Salesforce's clock may be before what its answers showed of it."""
_SPAN = 300
"""Seconds of the window of which we ask how far it is covered."""
_MOST_REMEMBERED = 20_000
Seen = Mapping[str, Mapping[str, int]]
"""Object -> short id -> checksum of the row as it was shown."""


class Watched(NamedTuple):
    """One object to look at. `optional`: we go on without it where our user may not read it."""

    sobject: str
    read: Keyset
    optional: bool = True
    replicated: bool = True
    """Salesforce says of it how far a look covers it."""


class Peek(NamedTuple):
    """The first answers of a pass."""

    covered: str
    """Up to when everything that was stamped can be read."""
    first: Mapping[str, QueryPage | None]
    """The first page of each object that can be read; None where it has to be asked for again."""
    refused: Mapping[str, str]
    """Objects that cannot be read, and why."""


class Memory:
    """
    What was shown already. A pass's rows go through `fresh`; `keep` is what the next one must know.

    `since`: from when on the next pass will look again.
    """

    def __init__(self, before: Seen, since: str) -> None:
        self._before = before
        self._since = since
        self._shown: dict[str, dict[str, tuple[str, int]]] = {}

    def fresh(self, sobject: str, rows: Iterable[Record]) -> list[Record]:
        """Return the rows that were not shown as they are now."""
        known = self._before.get(sobject, {})
        shown = self._shown.setdefault(sobject, {})
        found: list[Record] = []
        for row in rows:
            name, stamp = str(row["Id"])[:15], instant(str(row["SystemModstamp"]))
            if stamp < self._since and name not in known:
                found.append(row)  # nobody will see it again: not worth a checksum
                continue
            check = zlib.crc32(msgspec.json.encode(row))
            if known.get(name) != check and shown.get(name, ("", None))[1] != check:
                found.append(row)
            shown[name] = (stamp, check)
        return found

    def keep(self) -> dict[str, dict[str, int]]:
        """Return what was shown of everything that will be read again."""
        kept: dict[str, dict[str, int]] = {}
        for sobject, shown in self._shown.items():
            found = [(stamp, name, check) for name, (stamp, check) in shown.items() if stamp >= self._since]
            if len(found) > _MOST_REMEMBERED:  # the others are shown again, and a cursor stays a short text
                found = sorted(found)[-_MOST_REMEMBERED:]
            if found:
                kept[sobject] = {name: check for _, name, check in found}
        return kept


class Watch:
    """Looks at several objects together."""

    def __init__(self, client: SalesforceClient, watched: Sequence[Watched]) -> None:
        self._client = client
        self._watched = {one.sobject: one for one in watched}
        self.missing: dict[str, str] = {}

    def peek(self, spots: Mapping[str, Spot], until: str = "") -> Peek:
        """Ask for the first page of each of these objects, and how far it is covered, in one call."""
        going = [self._watched[name] for name in spots if name not in self.missing]
        replicated = [one for one in going if one.replicated]
        reads = [one.read.address(spots[one.sobject], until) for one in going]
        asked = [self._covering(one.sobject) for one in replicated]
        answers = self._client.composite([*asked, *reads])
        covered = self._covered(answers[: len(asked)])
        first: dict[str, QueryPage | None] = {}
        for one, answer in zip(going, answers[len(asked) :], strict=True):
            try:
                first[one.sobject] = self._first(one, answer)
            except QueryRefused as refused:
                self.miss(one.sobject, refused)
        return Peek(covered, first, dict(self.missing))

    def covered(self, sobjects: Sequence[str], counted: str = "") -> tuple[str, int | None]:
        """Return up to when these objects can be read, and what a `SELECT COUNT()` counts."""
        counts = [self._client.query_address(counted)] if counted else []
        answers = self._client.composite([*map(self._covering, sobjects), *counts])
        total = None
        if counts and answers[-1].http_status_code == HTTPStatus.OK:
            total = self._client.page_of(answers[-1]).total_size
        return self._covered(answers[: len(sobjects)]), total

    def rows(self, sobject: str, spot: Spot, until: str, first: QueryPage | None) -> Iterator[list[Record]]:
        """Yield an object's rows; see `Keyset.rows`. One that is not ours to read has none."""
        try:
            yield from self._watched[sobject].read.rows(spot, until, first)
        except QueryRefused as refused:
            self.miss(sobject, refused)

    def miss(self, sobject: str, refused: QueryRefused) -> None:
        """Go on without an object that is not there for us; raises what is no such thing."""
        passing = refused.code in {"QUERY_TIMEOUT", "INVALID_QUERY_LOCATOR"}
        if passing or not self._watched[sobject].optional:
            raise refused
        self.missing[sobject] = str(refused)

    def _first(self, one: Watched, answer: Answer) -> QueryPage | None:
        if answer.http_status_code == HTTPStatus.OK:
            return self._client.page_of(answer)
        error = self._client.refused(answer)
        if isinstance(error, QueryRefused) and (error.code == "QUERY_TIMEOUT" or one.read.lose(error)):
            return None
        raise error

    def _covering(self, sobject: str) -> str:
        now = self._client.server_now()
        window = (("start", _zoned(stamp_of(now - _SPAN))), ("end", _zoned(stamp_of(now))))
        query = "&".join(f"{name}={quote(moment, safe='')}" for name, moment in window)
        return f"{self._client.root}/sobjects/{sobject}/updated/?{query}"

    def _covered(self, answers: Sequence[Answer]) -> str:
        """Return the earliest moment up to which an object is covered; never later than now."""
        found = [self._client.server_now()]
        for answer in answers:
            if answer.http_status_code == HTTPStatus.OK:
                said = msgspec.json.decode(answer.body, type=_Updated).latest_date_covered
                found += [seconds(instant(said))] if said else []
        return stamp_of(min(found))


class _Updated(msgspec.Struct, rename="camel", frozen=True):
    latest_date_covered: str = ""


def _zoned(stamp: str) -> str:
    return stamp.replace("Z", "+00:00")


def next_look(covered: str) -> str:
    """Return from when on the next pass has to look."""
    return stamp_of(seconds(covered) - OVERLAP)


def short_ids(rows: Iterable[Record], name: str, prefix: str) -> list[str]:
    """Return the ids of one object that a field of these rows holds, in full, each once."""
    found = (str(row.get(name) or "") for row in rows)
    return list(dict.fromkeys(ids.full(one) for one in found if one.startswith(prefix)))
