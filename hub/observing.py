"""Store what every system shows as changed, before anything is made of it."""

from __future__ import annotations

from hub.answering import answering, told
from hub.claiming import ACCOUNTS, alone, feed_claim
from hub.cluster import Replica
from hub.errors import HubError
from hub.given import Hub
from hub.model import System, TicketId
from hub.ports import Connector
from hub.strays import look_at_strays
from hub.tally import Tally


class Observing:
    """One run's reading of the feeds. Of several workers, one at a time reads each feed."""

    def __init__(self, hub: Hub, tally: Tally, keyed: dict[TicketId, set[Replica]]) -> None:
        self.hub = hub
        self.tally = tally
        self._keyed = keyed
        """Replicas that carry our key, as the feeds show them."""

    def observe(self) -> None:
        """Store what every system shows as changed. A system that fails is left out, and named."""
        last = self._observe_accounts()
        for system, connector in self.hub.connectors.items():
            if system in self.tally.down:
                continue
            try:
                with alone(self.hub.store, feed_claim(system)) as mine:
                    if mine:
                        self.hub.store.begin_reading(system)
                        with self.hub.spans.span("observe", system):
                            self._read(system, connector)
            except HubError as error:
                self.tally.down[system] = str(error)
                last = error
        if last is not None and len(self.tally.down) == len(self.hub.connectors):
            raise last

    def _read(self, system: System, connector: Connector) -> None:
        self.hub.progress(f"reading {system}", 0, 0)
        store = self.hub.store
        cursor = store.cursors().get(system)  # read within the claim: another worker may have moved it
        began = asked = store.tick()
        for page in told(system, connector.changes(cursor)):
            store.stage(system, page, self.hub.clock.now(), began)
            # The page after this one may be on its way already: it began when this one was asked for.
            began, asked = asked, store.tick()
            self.tally.observed[system] += len(page.observations)
            for seen in page.observations:
                if seen.key is not None:
                    mine = self._keyed.setdefault(seen.key, set())
                    mine.add(Replica(system, seen.remote_id))
            self.hub.progress(f"reading {system}", self.tally.observed[system], 0)
        self.tally.observed[system] += look_at_strays(store, connector, self.hub.clock.now())

    def _observe_accounts(self) -> HubError | None:
        """Accounts come first: what tickets show of them is planned in the same run."""
        book = self.hub.book
        if book is None:
            return None
        self.hub.progress("reading accounts", 0, 0)
        try:
            with alone(self.hub.store, ACCOUNTS) as mine:
                if mine:
                    book.observe(self.tally)
        except HubError as error:
            self.tally.down[book.crm.system] = str(error)
            return error
        return None

    def look_at_all(self) -> None:
        """Look at every account and every replica that is linked, whatever the feeds say (reconcile)."""
        if self.hub.book is not None:
            self.hub.book.look_at_all(self.tally)
        last = ""
        while tickets := self.hub.store.ticket_ids(self.hub.batch, last):
            last = tickets[-1]
            names: dict[System, set[str]] = {}
            for held in self.hub.store.load(tickets).values():
                for link in held.links:
                    if link.state == "live":
                        names.setdefault(link.system, set()).add(link.remote_id)
            for system, remote_ids in sorted(names.items()):
                tick = self.hub.store.tick()
                with answering(system):
                    found = self.hub.connectors[system].fetch(sorted(remote_ids))
                self.hub.store.stage_observations(found.values(), self.hub.clock.now(), tick)
                self.tally.observed[system] += len(found)
                self.hub.progress(f"looking at {system}", self.tally.observed[system], 0)
