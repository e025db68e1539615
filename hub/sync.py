"""
One run: observe, plan, commit, apply, note. The only module of the hub that acts.

Every step may be the last one before the process dies: what was seen is stored before the feed's
cursor moves, what was decided is committed before anything is asked, and a shadow moves only over
what was answered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain

from msgspec.structs import replace

from hub import render
from hub.batch import Batch, clusters
from hub.claiming import ACCOUNTS, WAVE, alone
from hub.cluster import Cluster, Look, Plan, Replica
from hub.effects import World, apply
from hub.errors import Halted, HubError, unforeseen
from hub.gate import Gate
from hub.gather import Gatherer
from hub.given import PORTION, Hub, Progress, silent
from hub.model import HUB, Origin, System, TicketId, Value
from hub.observing import Observing
from hub.plan import plan
from hub.records import Decision, Held, Noted
from hub.replica import Observation
from hub.safety import Toll, added, guard
from hub.tally import Tally
from hub.uncounted import Uncounted
from hub.waited import awaited_from
from hub.waiting import Waiting

__all__ = ["Hub", "Progress", "Run", "silent"]

LOOK_ROUNDS = 5
APPLY_ROUNDS = 4

class Run:
    """One run over whatever changed. Its methods are the steps; `work` takes them in order."""

    def __init__(self, hub: Hub, run_id: str) -> None:
        self.hub = hub
        self.id = run_id
        self.now = hub.clock.now()
        self.tally = Tally()
        self.gate = Gate()
        self.gatherer = Gatherer(hub.store, hub.connectors, hub.policy, self.now, self.tally.down)
        self.observing = Observing(hub, self.tally, self.gatherer.keyed)
        self.waiting = Waiting(hub.store, self.gatherer, hub.batch)
        self.uncounted = Uncounted(hub.store, hub.limits, hub.clock)

    def work(self, *, guarded: bool, checksum: str = "", feeds: bool = True) -> None:
        """
        Observe, and bring every side up to date; without `feeds`, only what waits already.

        Guarded, all is planned before anything is written, and `Halted` is raised if it is too
        much; with a checksum, if the plan is not the one that was approved. Else (a first sync, a
        backfill) batches follow each other. What is more than a batch is planned twice rather than
        held: once to be counted, and once to be done.
        """
        if feeds:
            self.observe()
        if checksum:
            self._work_at_once(checksum)
        elif guarded:
            self._guarded()
        else:
            if not self.gate.only_approved:
                self.waiting.let_in(self.waiting.unfinished())
            self._go_through(None, self.hub.batch, guarded=False)
        book = self.hub.book
        if book is not None and book.crm.system not in self.tally.down:
            with alone(self.hub.store, ACCOUNTS) as mine:
                if mine:
                    self.hub.progress("reporting to accounts", 0, 0)
                    book.report(self.tally)

    def observe(self) -> None:
        """Store what every system shows as changed. A system that fails is left out, and named."""
        self.observing.observe()

    def look_at_all(self) -> None:
        """Look at every account and every replica that is linked, whatever the feeds say (reconcile)."""
        self.observing.look_at_all()

    def everything(self) -> Batch:
        """Gather all that there is to do, in one batch."""
        return self.waiting.everything()

    def _guarded(self) -> None:
        """
        Count what nobody counted yet, then do what was let through.

        Of several workers one counts at a time; the others do meanwhile what was let through before.
        """
        ready: tuple[Batch, Sequence[Plan]] | None = None
        row: int | None = None
        with alone(self.hub.store, WAVE) as mine:
            if mine:
                self.gate.remember()
                row, ready = self._counted()
        if ready is not None:
            self._do(*ready)
        if self.hub.store.shared:
            self._go_through(row, min(PORTION, self.hub.batch))
        elif ready is None:
            self._go_through(row, self.hub.batch)

    def _counted(self) -> tuple[int, tuple[Batch, Sequence[Plan]] | None]:
        """
        Raise `Halted` if what waits is too much; return up to which row it was counted.

        And the plans, where it is one batch at most. What is more is planned, counted and not kept.
        """
        store, waiting = self.hub.store, self.waiting
        row, after = store.complete_row(), waiting.before()
        all_of_it = row == store.last_row()
        left = list(waiting.unfinished())
        if waiting.size(after) + len(left) <= self.hub.batch:
            batch = waiting.everything(after)
            plans = self._admitted(batch)
            self._guard(self.toll(batch, plans), all_of_it=all_of_it)
            return row, (batch, plans)
        total = Toll()
        self.gatherer.claimed.look_only(only=True)
        for batch in waiting.batches(store.waiting, after, row):
            total = added(total, self.toll(batch, self._admitted(batch)))
            del batch
        self.gatherer.claimed.look_only(only=False)
        self.tally.unforeseen.clear()  # told when it is done
        self._guard(total, all_of_it=all_of_it)
        waiting.let_in(left, row)
        return row, None

    def _guard(self, total: Toll, *, all_of_it: bool) -> None:
        """Raise `Halted` if this is too much, with what was done uncounted where nothing is left out."""
        before = self.uncounted.since_the_count()
        if total == Toll() or not all_of_it:
            before = Toll()
        try:
            guard(added(total, before), self.hub.limits, self.live())
        except Halted as halted:
            if before == Toll():
                raise
            done = f"Among them are {before.touch} that changed while they were let through, and were done."
            raise Halted(f"{halted} {done}") from None
        if all_of_it:
            self.uncounted.counted()

    def _go_through(self, row: int | None, size: int, *, guarded: bool = True) -> None:
        """Do what was let through, up to this row, batch by batch of this size."""
        store = self.hub.store
        until = store.admitted() if store.shared and not self.gate.only_approved else row
        for batch in self.waiting.batches(store.claim, 0, until, size):
            plans = self._admitted(batch)
            self._do(batch, self._within(batch, plans, until) if guarded and until is not None else plans)
            del batch

    def _within(self, batch: Batch, plans: Sequence[Plan], until: int) -> Sequence[Plan]:
        """Leave what came after this row to the next count, if that is more than may be done uncounted."""
        held, policy = batch.held, self.hub.policy
        late = [p for p in plans if batch.youngest_row(p.decisions) > until]
        late = [p for p in late if self.gate.toll([p], held, policy) != Toll()]
        if not late or self.uncounted.may_do(self.gate.toll(late, held, policy), self.live()):
            return plans
        for left in late:
            batch.leave(left.decisions)
        self.tally.waiting += len(late)
        return [p for p in plans if not any(p is left for left in late)]

    def _do(self, batch: Batch, plans: Sequence[Plan]) -> None:
        self.carry_out(batch, plans)
        self.gatherer.claimed.end()

    def _work_at_once(self, checksum: str) -> None:
        batch = self.everything()
        plans = self.decide(batch)
        self._compare(plans, checksum)
        self._do(batch, plans)

    def _compare(self, plans: Sequence[Plan], approved: str) -> None:
        found = render.checksum(plans)
        if found != approved:
            raise Halted(
                f"The plan is another one now: its checksum is {found}, not {approved}. "
                "Nothing was written. Look at it again with `hub plan`."
            )

    # plan ---------------------------------------------------------------------------------------

    def _admitted(self, batch: Batch) -> Sequence[Plan]:
        """Plan a batch, but for what people said shall not go."""
        return self.gate.admitted(batch, self.decide(batch), self.hub.policy)

    def decide(self, batch: Batch) -> list[Plan]:
        """Plan every cluster of a batch, looking at more where a plan asks for it."""
        with self.hub.spans.span("plan"):
            return self._decided(batch)

    def _decided(self, batch: Batch) -> list[Plan]:
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
            for ticket in [ticket for ticket in plans if ticket not in batch.held]:
                del plans[ticket]  # another worker has what it hangs together with
            todo = clusters(batch, set[TicketId]().union(*open_looks.values()))
        return list({id(made): made for made in plans.values()}.values())

    def _plan(self, batch: Batch, cluster: Cluster) -> Plan:
        """Plan one cluster. One that nobody foresaw stays as it is, in the inbox too; the others go on."""
        try:
            return plan(cluster, self.hub.policy, self.now, self.id)
        except Exception as error:  # noqa: BLE001  whatever it is, it must not stop the other tickets
            said = f"could not be planned and stays as it is ({unforeseen(error)})"
            self.tally.unforeseen.update(dict.fromkeys(cluster.held, said))
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
        return self.gate.count(plans, batch.held, self.hub.policy)

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
            self.hub.clock.now,
            side_by_side=self.hub.side_by_side,
            spans=self.hub.spans,
        )
        for _ in range(APPLY_ROUNDS):
            at = self.hub.clock.now()
            decisions = [
                awaited_from(d, self.now, at) for p in plans for d in p.decisions if is_news(d, batch.held)
            ]
            with self.hub.spans.span("commit"):
                asked = self.hub.store.commit(decisions, rows, self.id, at)
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


def is_news(decision: Decision, held: Mapping[TicketId, Held]) -> bool:
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
