"""Looking at Cases: in bulk, by id, number or key, with what is said on them and what hangs on them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from connectors.salesforce import ids, payload, soql
from connectors.salesforce.client import Record, SalesforceClient
from connectors.salesforce.columns import Columns
from connectors.salesforce.errors import KEY_FIELD
from connectors.salesforce.keyset import Keyset, Spot
from connectors.salesforce.payload import Beside
from connectors.salesforce.streams import Surroundings
from hub.errors import Forbidden
from hub.model import SALESFORCE, RemoteId, TicketId
from hub.replica import Gone, Observation

MOST_AT_ONCE = 400
"""Ids of one query."""
_NUMBER_WIDTH = 8


class Reader:
    """Reads Cases and makes observations of them."""

    def __init__(
        self, client: SalesforceClient, *, columns: Columns, surroundings: Surroundings, site: str
    ) -> None:
        self.client = client
        self.columns = columns
        self.surroundings = surroundings
        self._site = site

    def site(self) -> str:
        """Return the address that people use."""
        return self._site or self.client.http.home

    def observed(self, records: Sequence[Record], *, whole: bool = True) -> list[Observation]:
        """Return observations of these rows; `whole`: with what stands beside them, which takes a call."""
        alive = [str(record["Id"]) for record in records if payload.gone(record) is None]
        beside: Mapping[str, Beside] = self.surroundings.of(alive) if whole and alive else {}
        spelling, site = self.columns.spelling(), self.site()
        return [
            payload.observation(record, spelling, site=site, beside=beside.get(str(record["Id"])))
            for record in records
        ]

    def fetch(self, names: Sequence[str], *, whole: bool) -> dict[str, Observation]:
        """Look at Cases by id or number; see `hub.ports.Connector.fetch`."""
        wanted = list(dict.fromkeys(names))
        by_id = {name: case_id_of(name) for name in wanted if case_id_of(name)}
        by_number = {name: number_of(name) for name in wanted if name not in by_id and number_of(name)}
        rows = self.rows_of(list(dict.fromkeys(by_id.values())))
        rows += self._where("CaseNumber IN {}", list(dict.fromkeys(by_number.values())))
        unique = list({str(row["Id"]): row for row in rows}.values())
        seen = self.observed(unique, whole=whole)
        found = {one.remote_id: one for one in seen} | {one.label: one for one in seen if one.label}
        keys = {**by_id, **by_number}
        return {name: found.get(keys.get(name, "")) or _absent(name) for name in wanted}

    def find(self, keys: Sequence[TicketId]) -> dict[TicketId, Observation]:
        """Return the Cases that carry these keys of ours."""
        wanted = list(dict.fromkeys(keys))
        if wanted and KEY_FIELD not in self.columns.names():
            raise Forbidden(
                f"Case has no field {KEY_FIELD} that our user may read, so what the hub made cannot be found "
                f"again. Deploy the package (`hub provision salesforce`) and assign its permission set."
            )
        rows = self._where(f"{KEY_FIELD} IN {{}}", wanted)
        seen = [one for one in self.observed(rows) if one.gone is None]
        return {one.key: one for one in seen if one.key is not None and one.key in wanted}

    def rows_of(self, case_ids: Sequence[str]) -> list[Record]:
        """Return the rows of these Cases, deleted ones too; those that are not there are left out."""
        return [
            row
            for part in soql.chunks(case_ids, MOST_AT_ONCE)
            for row in self._rows(f"Id IN {soql.ids(part)}")
        ]

    def _where(self, condition: str, values: Sequence[str]) -> list[Record]:
        return [
            row
            for part in soql.chunks(values)
            for row in self._rows(condition.format(soql.texts(part)))
        ]

    def _rows(self, where: str) -> Iterator[Record]:
        for page in Keyset(self.client, self.columns, where=where).rows(Spot("")):
            yield from page


def case_id_of(name: str) -> str:
    """Return a Case's id in full; empty if the name is none."""
    if not name.startswith(ids.CASE):
        return ""
    try:
        return ids.full(name)
    except ValueError:
        return ""


def number_of(name: str) -> str:
    """Return a Case's number in full (`#1026` -> `00001026`); empty if the name is none."""
    digits = name.removeprefix("#")
    return digits.zfill(_NUMBER_WIDTH) if digits.isascii() and digits.isdigit() else ""


def _absent(name: str) -> Observation:
    """Neither read nor told to be deleted: purged from the recycle bin, or not ours to see."""
    remote_id = case_id_of(name)
    return Observation(
        system=SALESFORCE,
        remote_id=RemoteId(remote_id),
        label="" if remote_id else name,
        gone=Gone("absent"),
    )

