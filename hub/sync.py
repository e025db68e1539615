"""
One run: observe, plan, commit, apply, note. The only module of the hub that acts.

Every step may be the last one before the process dies: what was seen is stored before the feed's
cursor moves, what was decided is committed before anything is asked, and a shadow moves only over
what was answered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from msgspec.structs import replace

from hub import render
from hub.accounts import Book
from hub.batch import Batch, clusters
from hub.cluster import Cluster, Look, Plan, Policy, Replica
from hub.effects import World, apply
from hub.errors import Halted, HubError
from hub.gather import Gatherer
from hub.model import HUB, Origin, System, TicketId, Value
from hub.plan import plan
from hub.ports import Clock, Connector, Store
from hub.records import Decision, Held, Noted
from hub.replica import Observation
from hub.safety import Limits, Toll, added, guard, toll
from hub.tally import Tally

BATCH = 1000  # replicas a batch: large enough for full bulk calls, small enough to keep memory flat
LOOK_ROUNDS = 5
APPLY_ROUNDS = 4

Progress = Callable[[str, int, int], None]
"""Called with what is going on, how far it is, and out of how many (0: unknown)."""


def silent(what: str, done: int, of: int) -> None:
    del what, done, of


@dataclass(frozen=True)
class Hub:
    """Everything that a run needs, put together by the composition root."""

    store: Store
    connectors: Mapping[System, Connector]
    policy: Policy
    limits: Limits
    clock: Clock
    holder: str = "hub"
    progress: Progress = silent
    side_by_side: bool = True
    """Write to the systems at the same time."""
    batch: int = BATCH
    book: Book | None = None
    """The accounts behind the tickets, where there is a CRM."""


class Run:
    """One run over whatever changed. Its methods are the steps; `work` takes them in order."""

    def __init__(self, hub: Hub, run_id: str) -> None:
        self.hub = hub
        self.id = run_id
        self.now = hub.clock.now()
        self.tally = Tally()
        self.gatherer = Gatherer(hub.store, hub.connectors, hub.policy, self.now, self.tally.down)

    def work(self, *, guarded: bool, checksum: str = "") -> None:
        """
        Observe, and bring every side up to date.

        Guarded, all is planned before anything is written, and `Halted` is raised if it is too
        much; with a checksum, if the plan is not the one that was approved. Else (a first sync, a
        backfill) batches follow each other. What is more than a batch is planned twice rather than
        held: once to be counted, and once to be done.
        """
        self.observe()
        if guarded and not checksum:
            self._bound()
        if checksum or (guarded and self._is_little()):
            self._work_at_once(checksum)
        else:
            if guarded:
                self._count_first()
            for batch in self.batches():
                self.carry_out(batch, self.decide(batch))
                del batch
        if self.hub.book is not None and self.hub.book.crm.system not in self.tally.down:
            self.hub.progress("reporting to accounts", 0, 0)
            self.hub.book.report(self.tally)

    def _is_little(self) -> bool:
        """Return whether all that there is to do is one batch at most."""
        inbox = sum(self.hub.store.inbox_size().values())
        return inbox + sum(1 for _ in self._unfinished()) <= self.hub.batch

    def _count_first(self) -> None:
        """Plan everything, keep no plan, and raise `Halted` if it would be too much."""
        total = Toll()
        for batch in self.batches():
            total = added(total, self.toll(batch, self.decide(batch)))
            del batch
        guard(total, self.hub.limits, self.live())

    def _work_at_once(self, checksum: str) -> None:
        batch = self.everything()
        plans = self.decide(batch)
        if checksum:
            self._compare(plans, checksum)
        else:
            guard(self.toll(batch, plans), self.hub.limits, self.live())
        self.carry_out(batch, plans)

    def _compare(self, plans: Sequence[Plan], approved: str) -> None:
        found = render.checksum(plans)
        if found != approved:
            raise Halted(
                f"The plan is another one now: its checksum is {found}, not {approved}. "
                "Nothing was written. Look at it again with `hub plan`."
            )

    # observe ------------------------------------------------------------------------------------

    def observe(self) -> None:
        """Store what every system shows as changed. A system that fails is left out, and named."""
        cursors = self.hub.store.cursors()
        last = self._observe_accounts()
        for system, connector in self.hub.connectors.items():
            if system in self.tally.down:
                continue
            self.hub.progress(f"reading {system}", 0, 0)
            try:
                for page in connector.changes(cursors.get(system)):
                    self.hub.store.stage(system, page, self.hub.clock.now())
                    self.tally.observed[system] += len(page.observations)
                    for seen in page.observations:
                        if seen.key is not None:
                            mine = self.gatherer.keyed.setdefault(seen.key, set())
                            mine.add(Replica(system, seen.remote_id))
                    self.hub.progress(f"reading {system}", self.tally.observed[system], 0)
            except HubError as error:
                self.tally.down[system] = str(error)
                last = error
        if last is not None and len(self.tally.down) == len(self.hub.connectors):
            raise last

    def _observe_accounts(self) -> HubError | None:
        """Accounts come first: what tickets show of them is planned in the same run."""
        book = self.hub.book
        if book is None:
            return None
        self.hub.progress("reading accounts", 0, 0)
        try:
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
                found = self.hub.connectors[system].fetch(sorted(remote_ids))
                self.hub.store.stage_observations(found.values(), self.hub.clock.now())
                self.tally.observed[system] += len(found)
                self.hub.progress(f"looking at {system}", self.tally.observed[system], 0)

    # plan ---------------------------------------------------------------------------------------

    def _bound(self) -> None:
        """Raise `Halted` if so much waits that nobody need plan it to see that it is too much."""
        sizes = self.hub.store.inbox_size()
        waiting = sum(sizes.values())
        # of the fullest side: what a run within the limit wrote on all of them must not stop the next one
        if max(sizes.values(), default=0) > self.hub.limits.touch:
            raise Halted(
                f"Stopped before the first write: {waiting} changed tickets and issues wait, and "
                f"the limit for one run is {self.hub.limits.touch}. If so many did change, run "
                "`hub sync --approve`, or raise `limits.touch` in policy.yaml."
            )

    def everything(self) -> Batch:
        """Gather all that there is to do, in one batch."""
        waiting = sum(self.hub.store.inbox_size().values())
        return self.gatherer.batch(self.hub.store.claim(waiting + 1), [*self._unfinished()])

    def _unfinished(self) -> Iterator[TicketId]:
        for source in (self.hub.store.dirty, self.hub.store.awaited):
            last = ""
            while tickets := source(self.hub.batch, last):
                last = tickets[-1]
                yield from tickets

    def batches(self) -> Iterator[Batch]:
        """Yield all that there is to do: the inbox first, then what earlier runs left unfinished."""
        earlier = set(self._unfinished())
        after = 0
        while staged := self.hub.store.claim(self.hub.batch, after):
            after = max(min(one.rows) for one in staged)
            batch = self.gatherer.batch(staged)
            earlier -= batch.held.keys()
            yield batch
            del batch, staged  # two batches at a time would be twice the memory
        left = sorted(earlier)
        for start in range(0, len(left), self.hub.batch):
            yield self.gatherer.batch((), left[start : start + self.hub.batch])

    def decide(self, batch: Batch) -> list[Plan]:
        """Plan every cluster of a batch, looking at more where a plan asks for it."""
        plans: dict[TicketId, Plan] = {}
        todo = clusters(batch)
        for _ in range(LOOK_ROUNDS):
            looks: dict[Look, set[TicketId]] = {}
            for cluster in todo:
                tickets = cluster.held.keys()
                made = self._plan(batch, cluster)
                plans.update(dict.fromkeys(tickets, made))
                for look in made.looks:
                    looks.setdefault(look, set()).update(tickets)
            open_looks = {k: v for k, v in looks.items() if k.system not in self.tally.down}
            if not open_looks or not self._look(batch, open_looks):
                break
            todo = clusters(batch, set[TicketId]().union(*open_looks.values()))
        return list({id(made): made for made in plans.values()}.values())

    def _plan(self, batch: Batch, cluster: Cluster) -> Plan:
        """Plan one cluster. One that nobody foresaw stays as it is, in the inbox too; the others go on."""
        try:
            return plan(cluster, self.hub.policy, self.now, self.id)
        except Exception as error:  # noqa: BLE001  whatever it is, it must not stop the other tickets
            said = f"{type(error).__name__}: {error}"[:300]
            self.tally.unplanned.update(dict.fromkeys(cluster.held, said))
            for replica in cluster.seen:
                _ = batch.rows.pop(replica, None)
            return Plan(())

    def _look(self, batch: Batch, looks: Mapping[Look, set[TicketId]]) -> bool:
        """Look; False if no system answers: what needs one that is gone waits, the rest goes on."""
        answered = False
        for system in sorted({look.system for look in looks}):
            try:
                self.gatherer.more(batch, {k: v for k, v in looks.items() if k.system == system})
                answered = True
            except HubError as error:
                self.tally.down.setdefault(system, str(error))
        return answered

    def link(self, ticket: TicketId, system: System, name: str, *, wanted: bool = True) -> Replica | None:
        """Link a ticket to the replica of this name (or unlink it), and bring both up to date."""
        batch = self.gatherer.batch((), [ticket])
        replica = self.gatherer.resolve(batch, system, name)
        if replica is None:
            return None
        (batch.wanted_links if wanted else batch.unwanted_links).add((ticket, replica))
        self.carry_out(batch, self.decide(batch))
        return replica

    def set_register(self, ticket: TicketId, register: str, value: Value) -> None:
        """Set a register as a person would who sees every side, and bring every side up to date."""
        batch = self.gatherer.batch((), [ticket])
        held = batch.held[ticket]
        registers = {**held.ticket.registers, register: value}
        origins = {**held.ticket.origins, register: Origin(HUB, self.now, self.id)}
        changed = replace(held.ticket, registers=registers, origins=origins)
        batch.held[ticket] = replace(held, ticket=changed, before=held.ticket, dirty=True)
        self.carry_out(batch, self.decide(batch))

    def toll(self, batch: Batch, plans: Sequence[Plan]) -> Toll:
        customers = [s for s, traits in self.hub.policy.traits.items() if traits.customers]
        return toll(plans, batch.held, self.hub.policy.mappings, customers)

    def live(self) -> Mapping[System, int]:
        return {s: self.hub.store.ticket_count(s) for s in self.hub.connectors}

    # commit, apply, note ------------------------------------------------------------------------

    def carry_out(self, batch: Batch, plans: Sequence[Plan]) -> None:
        """Commit the plans, ask for their operations, note what came of it; again where it leads on."""
        rows = list(chain.from_iterable(batch.rows.values()))
        world = World(
            self.hub.connectors,
            self.hub.policy,
            self._note,
            self.hub.progress,
            side_by_side=self.hub.side_by_side,
        )
        for _ in range(APPLY_ROUNDS):
            decisions = [d for p in plans for d in p.decisions if _news(d, batch.held)]
            asked = self.hub.store.commit(decisions, rows, self.id, self.hub.clock.now())
            rows = []
            self.tally.conflicts += sum(len(d.conflicts) for d in decisions)
            self.tally.lose(loss for d in decisions for loss in d.losses)
            applied = apply(decisions, list(chain.from_iterable(asked)), world, self.tally)
            if applied.settled:
                self.hub.store.settle(sorted(applied.settled))
            if not applied.again:
                return
            carried = _still_good(batch, decisions, applied.again, applied.touched)
            again = sorted(applied.again)
            plans = ()  # the next round is as large as this one was
            del decisions, asked, applied
            batch = self.gatherer.batch((), again, carried)
            plans = self.decide(batch)
        self.tally.waiting += len(plans)  # somebody wrote at every attempt: the next run goes on

    def _note(self, notes: Sequence[Noted]) -> None:
        self.hub.store.note(notes, self.id, self.hub.clock.now())


def _news(decision: Decision, held: Mapping[TicketId, Held]) -> bool:
    """Return whether committing the decision would change anything."""
    old = held.get(decision.ticket.id)
    return (
        old is None
        or bool(decision.operations or decision.conflicts or decision.losses)
        or decision.dirty
        or old.dirty
        or decision.ticket != old.ticket
        or decision.links != tuple(sorted(old.links, key=lambda k: (k.system, k.remote_id)))
    )


def _still_good(
    batch: Batch,
    decisions: Sequence[Decision],
    tickets: set[TicketId],
    touched: set[Replica],
) -> dict[Replica, Observation]:
    """Return what was seen of these tickets on replicas that were not written since."""
    wanted = {
        Replica(link.system, link.remote_id)
        for decision in decisions
        if decision.ticket.id in tickets
        for link in decision.links
    }
    return {r: batch.seen[r] for r in wanted - touched if r in batch.seen}
