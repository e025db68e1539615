"""Accounts in a run: take in what the CRM shows of them, and show there what support knows of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from hub.account import REFUSED, Account, AccountId, AccountSeen, UpdateAccount
from hub.answering import answering, told
from hub.crm import Crm
from hub.customers import Showing, Taken, known, showing, take
from hub.errors import HubError
from hub.mapping import Mapping as FieldMapping
from hub.model import Json, RemoteId, TicketId, Value
from hub.money import Money
from hub.operations import Done, Outcome
from hub.ports import Clock, Store
from hub.records import Held
from hub.tally import Tally

LOOK = 2000
"""Accounts looked at together."""
CHUNK = 200
"""Accounts looked at together: a full bulk call."""


@dataclass(frozen=True)
class Book:
    """The accounts of one CRM, as a run deals with them."""

    crm: Crm
    mapping: FieldMapping
    store: Store
    clock: Clock
    money: Money | None = None
    rolled: Mapping[str, Mapping[str, Value]] = field(default_factory=dict[str, Mapping[str, Value]])
    """By account: what the last rescore made of all its tickets."""

    def observe(self, tally: Tally) -> None:
        """
        Hold what the CRM shows as changed; tickets of changed accounts become dirty.

        Raises what `Crm.account_changes` raises; what was stored until then stays.
        """
        system = self.crm.system
        for page in told(system, self.crm.account_changes(self.store.account_cursor(system))):
            taken = self._taken(page.accounts)
            gone = [seen.remote_id for seen in page.contacts if seen.gone is not None]
            there = [known(seen) for seen in page.contacts if seen.gone is None]
            tally.accounts += len(taken)
            tally.contacts += len(page.contacts)
            tally.refreshed += self.store.take_accounts(
                system, taken, there, gone, page.cursor, self.clock.now()
            )

    def _taken(self, seen: Sequence[AccountSeen]) -> list[Taken]:
        held = self.store.accounts(AccountId(one.remote_id) for one in seen)
        return [take(one, self.mapping, self.money, held.get(AccountId(one.remote_id))) for one in seen]

    def look_at_all(self, tally: Tally) -> None:
        """
        Look at every account that is held, whatever the feed says (reconcile, a changed mapping file).

        One that is not shown stays as it is: that may be a lost permission, and the feed tells deletions.
        """
        system, after = self.crm.system, ""
        while ids := self.store.account_ids(LOOK, after):
            after = ids[-1]
            with answering(system):
                found = self.crm.fetch_accounts([RemoteId(one) for one in ids]).values()
            there = [seen for seen in found if seen.gone is None or seen.gone.how != "absent"]
            tally.accounts += len(there)
            at = self.clock.now()
            tally.refreshed += self.store.take_accounts(system, self._taken(there), (), (), None, at)

    def report(self, tally: Tally) -> None:
        """Show on every account what changed of its support; a CRM that fails is named, and asked again."""
        after = ""
        while due := self.store.due_accounts(CHUNK, after):
            after = due[-1]
            try:
                self._report(due, tally)
            except HubError as error:
                tally.down.setdefault(self.crm.system, str(error))
                return

    def _report(self, due: Sequence[AccountId], tally: Tally) -> None:
        settled: dict[AccountId, Mapping[str, Json]] = {}
        asked: list[tuple[Account, Showing]] = []
        for account, tickets in self._open_tickets(due):
            found = showing(account, tickets, self.mapping, self.clock.now(), self.rolled.get(account.id, {}))
            tally.unshown += [f"{account.name or account.id}: {why}" for why in found.unwritable]
            if found.changes:
                asked.append((account, found))
            else:
                settled[account.id] = found.shown
        updates = [
            UpdateAccount(self.crm.system, RemoteId(account.id), found.changes) for account, found in asked
        ]
        outcomes = self.crm.update_accounts(updates) if updates else ()
        for index, outcome in told(self.crm.system, outcomes):
            account, found = asked[index]
            shown = self._noted(account, found, outcome, tally)
            if shown is not None:
                settled[account.id] = shown
        self.store.settle_accounts(settled)

    def _open_tickets(self, due: Sequence[AccountId]) -> Iterator[tuple[Account, list[Held]]]:
        accounts = self.store.accounts(due)
        tickets = self.store.tickets_with([f"account:{i}" for i in due])
        for account in accounts.values():
            ids: Sequence[TicketId] = tickets.get(f"account:{account.id}", ())
            yield account, list(self.store.load(ids).values())

    def _noted(
        self, account: Account, found: Showing, outcome: Outcome, tally: Tally
    ) -> Mapping[str, Json] | None:
        """Return what the account shows now; None where nothing was written, and is to be asked again."""
        if not isinstance(outcome, Done):
            why = getattr(outcome, "reason", "") or "it was changed just now"
            tally.unshown.append(f"{account.name or account.id}: {why}")
            return None
        tally.written[self.crm.system] += 1
        tally.unshown += [f"{account.name or account.id}: {why}" for why in outcome.refused.values()]
        return {
            field: REFUSED if field in outcome.refused else raw
            for field, raw in found.shown.items()
        }
