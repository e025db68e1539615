"""
Accounts and contacts: what changed since a cursor, and how accounts are now. See `hub.crm.Crm`.

An account is shown again when an opportunity or a contract of it changed, as its computed fields are made
of these. Where our user may not read these objects the fields are empty, and the schema says why.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from connectors.salesforce import people, soql
from connectors.salesforce.client import Record, SalesforceClient
from connectors.salesforce.columns import Columns, Fixed
from connectors.salesforce.feed import MOST_SHOWN, Place, read, spell
from connectors.salesforce.keyset import Keyset, Spot, stamp_of
from connectors.salesforce.reading import MOST_AT_ONCE
from connectors.salesforce.renewals import computed
from connectors.salesforce.watching import AHEAD, Memory, Watch, Watched, next_look, short_ids
from hub.account import AccountPage, AccountSeen
from hub.model import RemoteId
from hub.replica import Cursor

ACCOUNT = "001"
_OPPORTUNITY = (
    "Id", "AccountId", "Amount", "CurrencyIsoCode", "CloseDate", "Type", "IsClosed", "SystemModstamp",
    "IsDeleted",
)  # fmt: skip
_BESIDE = ("Owner.Name", "Owner.Email", "Parent.Name")
_CONTRACT = ("Id", "AccountId", "Status", "EndDate", "SystemModstamp", "IsDeleted")
_CONTACT = (
    "Id", "AccountId", "Name", "Email", "SystemModstamp", "IsDeleted", "MasterRecordId",
)  # fmt: skip
_EVERY = ("Account", "Contact", "Opportunity", "Contract")
_SIDES = ("Opportunity", "Contract")


class Accounts:
    """Reads accounts. `fields`: custom fields of Account that matter; None: all of them."""

    def __init__(
        self, client: SalesforceClient, *, site: str = "", fields: Sequence[str] | None = None
    ) -> None:
        self._client = client
        self._site = site
        self.columns = Columns(client, "Account", more=_BESIDE, only=fields)
        self._chosen = {
            "Account": self.columns,
            "Contact": Fixed("Contact", _CONTACT, ("Email",)),
            "Opportunity": Fixed("Opportunity", _OPPORTUNITY, ("AccountId", "CloseDate")),
            "Contract": Fixed("Contract", _CONTRACT, ("AccountId", "EndDate", "Status")),
        }
        watched = [Watched(name, self._keyset(name), optional=name in _SIDES) for name in _EVERY]
        self._watch = Watch(client, watched)

    @property
    def missing(self) -> Mapping[str, str]:
        """Objects that our user may not read, and what was said about it."""
        return self._watch.missing

    def look_for_rights(self) -> Mapping[str, str]:
        """Ask for nothing of each object; return what our user may not read, and what was said."""
        self._watch.missing.clear()
        _ = self._watch.peek(dict.fromkeys(_EVERY, Spot(self._until())))
        return self.missing

    # --- what changed ----------------------------------------------------------------------------

    def pages(self, cursor: Cursor | None) -> Iterator[AccountPage]:
        """Yield what changed since the cursor; see `hub.crm.Crm.account_changes`."""
        place = read(cursor) if cursor else Place()
        self._watch.missing.clear()  # rights may have been given since the last pass
        _ = self._client.describe("Account")
        if place.since:
            yield from self._changed(place)
        else:
            yield from self._everything(place)

    def _everything(self, place: Place) -> Iterator[AccountPage]:
        """Read all accounts, then all contacts. What changes meanwhile is shown by the next pass."""
        if not place.began:
            place = Place(began=self._watch.covered(_EVERY)[0])
        memory = Memory({}, next_look(place.began))
        until = self._until()
        if place.job != "Contact":
            for rows in self._keyset("Account", alive=True).rows(Spot(place.at, place.record), until):
                for part in soql.chunks(memory.fresh("Account", rows), MOST_SHOWN):
                    place = _at(place, part[-1], "Account")
                    yield self._page(part, (), place)
            place = Place(began=place.began, job="Contact")
        for rows in self._keyset("Contact", alive=True).rows(Spot(place.at, place.record), until):
            for part in soql.chunks(memory.fresh("Contact", rows), MOST_SHOWN):
                place = _at(place, part[-1], "Contact")
                yield self._page((), part, place)
        yield self._end(place, memory)

    def _changed(self, place: Place) -> Iterator[AccountPage]:
        until, since = self._until(), Spot(place.since)
        peek = self._watch.peek(dict.fromkeys(_EVERY, since), until)
        place = place if place.began else Place(since=place.since, seen=place.seen, began=peek.covered)
        memory = Memory(place.seen, next_look(place.began))
        shown: set[str] = set()
        touched: dict[str, None] = {}
        for name in _EVERY:
            if name not in peek.first:
                continue
            for rows in self._watch.rows(name, since, until, peek.first[name]):
                fresh = memory.fresh(name, rows)
                if name == "Account":
                    shown.update(str(row["Id"]) for row in fresh)
                if name in _SIDES:
                    touched.update(dict.fromkeys(short_ids(fresh, "AccountId", ACCOUNT)))
                elif fresh:
                    yield from self._pages_of(name, fresh, place)
        for part in soql.chunks([one for one in touched if one not in shown], MOST_AT_ONCE):
            yield self._page(self._rows_of(part), (), place)
        yield self._end(place, memory)

    def _pages_of(self, name: str, rows: Sequence[Record], place: Place) -> Iterator[AccountPage]:
        for part in soql.chunks(rows, MOST_SHOWN):
            yield self._page(part, (), place) if name == "Account" else self._page((), part, place)

    # --- how they are now ------------------------------------------------------------------------

    def fetch(self, ids: Sequence[RemoteId]) -> dict[RemoteId, AccountSeen]:
        """Look at accounts now; see `hub.crm.Crm.fetch_accounts`."""
        by_name = {one: people.account_id_of(one) for one in ids}
        wanted = list(dict.fromkeys(full for full in by_name.values() if full))
        seen = {one.remote_id: one for one in self._seen(self._rows_of(wanted))}
        return {name: seen.get(RemoteId(full)) or people.absent(name) for name, full in by_name.items()}

    def _rows_of(self, ids: Sequence[str]) -> list[Record]:
        return [
            row
            for part in soql.chunks(ids, MOST_AT_ONCE)
            for page in self._keyset("Account", f"Id IN {soql.ids(part)}").rows(Spot(""))
            for row in page
        ]

    def _seen(self, rows: Sequence[Record]) -> list[AccountSeen]:
        alive = [str(row["Id"]) for row in rows if not row.get("IsDeleted")]
        beside = self._computed(alive)
        spelling, site = self.columns.spelling(), self._site or self._client.http.home
        external = [field.name for field in self.columns.fields() if field.external_id]
        return [
            people.account(row, spelling, beside.get(str(row["Id"]), {}), site=site, external=external)
            for row in rows
        ]

    def _computed(self, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Return the computed fields of these accounts, where we may read what they are made of."""
        found: dict[str, dict[str, list[Record]]] = {name: defaultdict(list) for name in _SIDES}
        for part in soql.chunks(ids, MOST_SHOWN):
            for name, rows in self._sides(part).items():
                for row in rows:
                    found[name][str(row.get("AccountId"))].append(row)
        today = stamp_of(self._client.server_now())[:10]
        return {
            one: computed(found["Opportunity"].get(one, ()), found["Contract"].get(one, ()), today)
            for one in ids
        }

    def _sides(self, ids: Sequence[str]) -> dict[str, list[Record]]:
        """Return the open opportunities and the active contracts of accounts, in one call."""
        at = f"AccountId IN {soql.ids(ids)}"
        reads = {
            "Opportunity": self._keyset("Opportunity", soql.all_of("IsClosed = false", at), alive=True),
            "Contract": self._keyset("Contract", soql.all_of("Status = 'Activated'", at), alive=True),
        }
        beside = Watch(self._client, [Watched(name, reads[name], replicated=False) for name in _SIDES])
        beside.missing = self._watch.missing
        readable = {name: Spot("") for name in _SIDES if name not in self._watch.missing}
        if not readable:
            return {}
        first = beside.peek(readable).first
        return {
            name: [row for page in beside.rows(name, Spot(""), "", held) for row in page]
            for name, held in first.items()
        }

    # --- pages -----------------------------------------------------------------------------------

    def _keyset(self, name: str, where: str = "", *, alive: bool = False) -> Keyset:
        return Keyset(self._client, self._chosen[name], where=where, all_rows=not alive)

    def _page(self, accounts: Sequence[Record], contacts: Sequence[Record], place: Place) -> AccountPage:
        seen = self._seen(accounts) if accounts else []
        return AccountPage(tuple(seen), tuple(people.contact(row) for row in contacts), spell(place))

    def _end(self, place: Place, memory: Memory) -> AccountPage:
        since = next_look(place.began)
        return AccountPage((), (), spell(Place(since=since, seen=memory.keep())))

    def _until(self) -> str:
        return stamp_of(self._client.server_now() + AHEAD)


def _at(place: Place, row: Record, which: str) -> Place:
    stamp = people.instant(str(row["SystemModstamp"]))
    return Place(began=place.began, at=stamp, record=str(row["Id"]), job=which)
