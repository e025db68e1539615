"""Bring together what the hub holds and what was seen, in clusters that can be planned."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec.structs import replace

from hub.account import joined
from hub.adopting import adopts, shown
from hub.answering import answering
from hub.batch import Batch, named_by
from hub.claimed import Claimed
from hub.cluster import Look, Policy, Replica
from hub.combine import combine, covers
from hub.errors import HubError
from hub.identity import traces_of
from hub.matched import Matches, read_matches
from hub.model import RemoteId, System, Ticket, TicketId
from hub.ports import Connector, Store
from hub.records import Held, Staged
from hub.replica import Link, Observation, tie
from hub.waited import waited_enough


class Gatherer:
    """Builds batches. Reads the store and looks at the systems; decides and writes nothing."""

    def __init__(
        self,
        store: Store,
        connectors: Mapping[System, Connector],
        policy: Policy,
        now: str,
        down: dict[str, str],
    ) -> None:
        self._store = store
        self._connectors = connectors
        self._policy = policy
        self._now = now
        self._down = down
        self.claimed = Claimed(store)
        self.matches = Matches(read_matches(store))
        self.keyed: dict[TicketId, set[Replica]] = {}
        """Replicas that carry our key, as this run's feeds showed them."""

    def batch(
        self,
        staged: Sequence[Staged],
        tickets: Iterable[TicketId] = (),
        carried: Mapping[Replica, Observation] | None = None,
    ) -> Batch:
        """
        Load everything that these inbox rows and tickets touch.

        `carried` are observations of this run that still stand (their replicas were not written since).
        """
        batch = Batch(seen=dict(carried or {}))
        self.claimed.has(Replica(one.system, one.remote_id) for one in staged)
        for one in staged:
            replica = Replica(one.system, one.remote_id)
            batch.rows[replica] = (*batch.rows.get(replica, ()), *one.rows)
            if one.observations:
                batch.seen[replica] = combine(one.observations)
        self._follow_hints(batch, [one for one in staged if one.hinted])
        self._read_anew(batch, [one for one in staged if one.outdated and not one.hinted])
        self._load(batch, tickets)
        self._find_awaited(batch)
        self._follow_references(batch)
        self._bring_together(batch)
        self._adopt(batch)
        self._take_back(batch)
        self._hear_early(batch)
        if carried is not None:
            self._meet(batch)
        self.claimed.leave_busy(batch)
        self._look_up_accounts(batch)
        return batch

    def _follow_hints(self, batch: Batch, hinted: Sequence[Staged]) -> None:
        """Look where a webhook or a person pointed."""
        self._look_or_leave(batch, [Look(one.system, one.remote_id, whole=True) for one in hinted])

    def _read_anew(self, batch: Batch, staged: Sequence[Staged]) -> None:
        """
        Look at what outdated readings showed; at the whole where a plain look shows less than they did.

        Mostly they are echoes of what another worker wrote, and a whole look costs Jira a call each.
        """
        read = {Replica(one.system, one.remote_id): combine(one.outdated) for one in staged}
        self._look_or_leave(batch, [Look(*replica, whole=False) for replica in read])
        short = [r for r, old in read.items() if r in batch.fresh and not covers(batch.seen[r], old)]
        for replica in short:
            del batch.seen[replica]
            batch.fresh.discard(replica)
        self._look_or_leave(batch, [Look(*replica, whole=True) for replica in short])

    def _look_or_leave(self, batch: Batch, looks: Sequence[Look]) -> None:
        """Look; what a system that is down did not show waits for the next run."""
        for system in sorted({look.system for look in looks}):
            wanted = [look for look in looks if look.system == system]
            try:
                _ = self.look(batch, wanted)
            except HubError as error:
                self._down.setdefault(system, str(error))
                for replica in {Replica(system, RemoteId(look.name)) for look in wanted} - batch.seen.keys():
                    _ = batch.rows.pop(replica, None)

    # loading ----------------------------------------------------------------------------------

    def _load(self, batch: Batch, tickets: Iterable[TicketId]) -> None:
        """Load these tickets, those of every replica seen, and all that share a replica with them."""
        wanted = set(tickets) | {o.key for o in batch.seen.values() if o.key is not None}
        replicas: set[Replica] = set(batch.seen)
        for observation in batch.seen.values():
            replicas.update(named_by(observation))
        known: set[Replica] = set()
        while wanted or replicas:
            if replicas:
                known |= replicas
                self.claimed.claim(batch, (), replicas)
                for found in self._store.tickets_of(replicas).values():
                    wanted.update(found)
            wanted -= batch.held.keys()
            self.claimed.claim(batch, wanted, ())
            loaded: Mapping[TicketId, Held] = self._store.load(wanted) if wanted else {}
            batch.held.update(loaded)
            replicas = {
                Replica(link.system, link.remote_id)
                for held in loaded.values()
                for link in held.links
                if link.state == "live" and _may_be_shared(link)
            } - known
            wanted = set[TicketId]()

    def look(self, batch: Batch, looks: Iterable[Look]) -> Mapping[tuple[System, str], Replica]:
        """Look at these replicas now; return which replica each name turned out to be."""
        became: dict[tuple[System, str], Replica] = {}
        by_call: dict[tuple[System, bool], set[str]] = {}
        for system, name, whole in looks:
            by_call.setdefault((system, whole), set()).add(name)
        for (system, whole), names in sorted(by_call.items()):
            connector = self._connectors.get(system)
            if connector is None:
                continue
            ordered = sorted(names)
            tick = self._store.tick()
            with answering(system):
                found = connector.fetch(ordered, whole=whole)
            for name in ordered:
                replica = self._see(batch, system, name, found.get(name), whole=whole)
                if replica is not None:
                    batch.ticks[replica] = tick
                    became[system, name] = replica
        batch.became.update(became)
        return became

    def _see(
        self, batch: Batch, system: System, name: str, seen: Observation | None, *, whole: bool
    ) -> Replica | None:
        if seen is None or (seen.gone is not None and not self._is_linked(batch, system, name)):
            batch.missing.add((system, name))
            return None
        replica = Replica(system, seen.remote_id)
        old = batch.seen.get(replica)
        batch.seen[replica] = combine([old, seen]) if old is not None else seen
        batch.fresh.add(replica)
        if whole:
            batch.whole.add(replica)
        return replica

    def _is_linked(self, batch: Batch, system: System, name: str) -> bool:
        if any(
            link.system == system and link.remote_id == name
            for held in batch.held.values()
            for link in held.links
        ):
            return True
        replica = (system, RemoteId(name))
        return bool(self._store.tickets_of([replica]).get(replica))

    def resolve(self, batch: Batch, system: System, name: str) -> Replica | None:
        """Look at the replica of this id or label, take in its tickets, and return which it is."""
        replica = self.look(batch, [Look(system, name, whole=True)]).get((system, name))
        self._load(batch, ())
        return replica

    def more(self, batch: Batch, looks: Mapping[Look, set[TicketId]]) -> None:
        """Look on behalf of these tickets, and take in whatever tickets the answers bring along."""
        names = self.look(batch, looks)
        for look, tickets in looks.items():
            replica = names.get((look.system, look.name))
            if replica is not None:
                batch.asked_for.update((ticket, replica) for ticket in tickets)
        self._load(batch, ())
        self._adopt(batch)
        self.claimed.leave_busy(batch)
        self._look_up_accounts(batch)

    def _look_up_accounts(self, batch: Batch) -> None:
        """Take in what the CRM's directory has on the customers of these tickets, as far as it is new."""
        batch.down = {System(name) for name in self._down}
        if self._policy.crm is None:
            return
        traces = {trace for held in batch.held.values() for trace in held.traces}
        for replica, seen in batch.seen.items():
            mapping = self._policy.mappings.get(replica.system)
            if mapping is not None and seen.raw is not None:
                traces.update(traces_of(shown(mapping, seen.raw)))
        wanted = traces - batch.traced
        if wanted:
            batch.traced |= wanted
            batch.directory = joined(batch.directory, self._store.directory(wanted))

    def _follow_references(self, batch: Batch) -> None:
        """A remote link may name a ticket that the hub never met: look, so that it can be linked."""
        linked = {Replica(link.system, link.remote_id) for held in batch.held.values() for link in held.links}
        unknown = {
            Look(named.system, named.remote_id, whole=True)
            for seen in batch.seen.values()
            for named in named_by(seen)
            if named not in linked and named not in batch.seen and named.remote_id != seen.follows
        }
        if unknown:
            _ = self.look(batch, unknown)

    def _meet(self, batch: Batch) -> None:
        """Look at what was created just now: what its workflow made of it decides what comes next."""
        born = {
            Look(link.system, link.remote_id, whole=False)
            for held in batch.held.values()
            for link in held.links
            if link.created_by_hub
            and link.state == "live"
            and self._policy.traits[link.system].workflow
            and "status" not in link.shadow.registers
            and Replica(link.system, link.remote_id) not in batch.seen
        }
        for system in sorted({look.system for look in born}):
            try:
                _ = self.look(batch, {look for look in born if look.system == system})
            except HubError as error:
                self._down.setdefault(system, str(error))

    def _hear_early(self, batch: Batch) -> None:
        """A record that is ahead of its feed may have comments that no feed has shown yet."""
        behind = {
            Look(link.system, link.remote_id, whole=True)
            for held in batch.held.values()
            for link in held.links
            if (seen := batch.seen.get(Replica(link.system, link.remote_id))) is not None
            and seen.early
            and Replica(link.system, link.remote_id) not in batch.whole
            and (seen.comment_count or 0) > len(link.shadow.comments) + 1
        }
        if behind:
            _ = self.look(batch, behind)

    def _take_back(self, batch: Batch) -> None:
        """Look at replicas with our key that these tickets have no link to: a database was lost."""
        lost = {
            Look(replica.system, replica.remote_id, whole=True)
            for ticket, held in batch.held.items()
            for replica in self.keyed.get(ticket, ())
            if all(link.system != replica.system for link in held.links)
        }
        if lost:
            _ = self.look(batch, lost)

    # creations without an answer ---------------------------------------------------------------

    def _find_awaited(self, batch: Batch) -> None:
        """Look for what was asked to be created; give up on what a search should have seen by now."""
        awaited: dict[System, dict[TicketId, TicketId]] = {}
        for ticket, held in batch.held.items():
            for link in (k for k in held.links if k.state == "awaited"):
                awaited.setdefault(link.system, {})[TicketId(link.remote_id.removeprefix("?"))] = ticket
        for system, keys in sorted(awaited.items()):
            connector = self._connectors.get(system)
            if connector is None:
                continue
            try:
                with answering(system):
                    found = connector.find(sorted(keys))
            except HubError as error:  # the creation stays awaited; what is not about it goes on
                self._down.setdefault(system, str(error))
                continue
            for key, ticket in keys.items():
                observation = found.get(key)
                if observation is not None:
                    batch.seen[Replica(system, observation.remote_id)] = observation
                elif self._waited_enough(batch.held[ticket], system):
                    batch.held[ticket] = _without_awaited(batch.held[ticket], system)

    def _waited_enough(self, held: Held, system: System) -> bool:
        asked = [k.asked_at for k in held.links if k.system == system and k.state == "awaited"]
        return all(waited_enough(at, self._now, self._policy.patience) for at in asked)

    # tickets that the hub meets for the first time ---------------------------------------------

    def _bring_together(self, batch: Batch) -> None:
        """Replicas that a person matched are seen whole, and together, before either is a ticket."""
        if not self.matches:
            return
        self._load(batch, self.matches.wanted(batch))
        if looks := set(self.matches.looks(batch)):
            _ = self.look(batch, looks)
            self._load(batch, ())
        batch.matched = self.matches.together(batch)

    def _adopt(self, batch: Batch) -> None:
        linked = {
            Replica(link.system, link.remote_id)
            for held in batch.held.values()
            for link in held.links
            if link.ended != "unmatched"
        } | {replica for _, replica in batch.matched}
        incomplete: set[Look] = set()
        for replica, seen in sorted(batch.seen.items(), key=lambda item: item[0]):
            if replica in linked or seen.raw is None or seen.gone is not None:
                continue
            if seen.key is not None and seen.key in batch.held:
                continue  # ours: `plan` recognises it
            mapping = self._policy.mappings.get(replica.system)
            if mapping is None or not adopts(mapping, seen.raw):
                continue
            if (seen.early or _lacks_comments(seen)) and replica not in batch.whole:
                incomplete.add(Look(replica.system, replica.remote_id, whole=True))
            ticket = TicketId(f"{replica.system}:{replica.remote_id}")
            batch.held[ticket] = Held(Ticket(ticket), (tie(ticket, seen, primary=True),))
            batch.new.add(ticket)
        if incomplete:
            _ = self.look(batch, incomplete)


def _may_be_shared(link: Link) -> bool:
    return link.system != link.ticket_id.partition(":")[0]


def _lacks_comments(seen: Observation) -> bool:
    # the first comment of a ticket is its description, and is no comment to the hub
    return seen.comment_count is not None and seen.comment_count > len(seen.comments) + 1


def _without_awaited(held: Held, system: System) -> Held:
    links = tuple(k for k in held.links if not (k.system == system and k.state == "awaited"))
    return replace(held, links=links)
