"""What is gathered to be worked on at once, and how it divides into clusters. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from hub.account import Directory
from hub.cluster import Cluster, Replica
from hub.model import RemoteId, System, TicketId
from hub.records import Decision, Held
from hub.replica import Observation


@dataclass
class Batch:
    """What is known of some tickets while they are worked on; grows as more is looked at."""

    held: dict[TicketId, Held] = field(default_factory=dict[TicketId, Held])
    seen: dict[Replica, Observation] = field(default_factory=dict[Replica, Observation])
    fresh: set[Replica] = field(default_factory=set[Replica])
    missing: set[tuple[System, str]] = field(default_factory=set[tuple[System, str]])
    became: dict[tuple[System, str], Replica] = field(default_factory=dict[tuple[System, str], Replica])
    """Which replicas the names that were looked for turned out to be."""
    new: set[TicketId] = field(default_factory=set[TicketId])
    rows: dict[Replica, tuple[int, ...]] = field(default_factory=dict[Replica, tuple[int, ...]])
    """The inbox rows that are done with once this batch is committed."""
    wanted_links: set[tuple[TicketId, Replica]] = field(default_factory=set[tuple[TicketId, Replica]])
    unwanted_links: set[tuple[TicketId, Replica]] = field(default_factory=set[tuple[TicketId, Replica]])
    matched: set[tuple[TicketId, Replica]] = field(default_factory=set[tuple[TicketId, Replica]])
    """Tickets and replicas that lived apart, and are the same problem: a person said so."""
    unmatched: set[tuple[TicketId, Replica]] = field(default_factory=set[tuple[TicketId, Replica]])
    """Those of which a person took that back."""
    whole: set[Replica] = field(default_factory=set[Replica])
    """Replicas that were looked at with all their comments, files and references."""
    directory: Directory = field(default_factory=Directory)
    """Of the CRM, what may concern these tickets."""
    traced: set[str] = field(default_factory=set[str])
    """Traces that were looked up in the CRM's directory."""
    down: set[System] = field(default_factory=set[System])
    """Systems that do not answer now."""
    asked_for: set[tuple[TicketId, Replica]] = field(default_factory=set[tuple[TicketId, Replica]])
    """Replicas that were looked at on behalf of a ticket."""
    busy: set[TicketId | Replica] = field(default_factory=set["TicketId | Replica"])
    """What another worker has at work."""
    ticks: dict[Replica, int] = field(default_factory=dict[Replica, int])
    """When looking at these replicas began."""

    def leave(self, decisions: Iterable[Decision]) -> None:
        """What waits in the inbox for these stays there, and a later run plans on it."""
        for decision in decisions:
            for link in decision.links:
                _ = self.rows.pop(Replica(link.system, link.remote_id), None)

    def youngest_row(self, decisions: Iterable[Decision]) -> int:
        """The number of the youngest inbox row from which these came; 0: from none."""
        links = (link for decision in decisions for link in decision.links)
        return max((max(self.rows.get(Replica(k.system, k.remote_id), (0,))) for k in links), default=0)


def clusters(batch: Batch, only: Iterable[TicketId] | None = None) -> list[Cluster]:
    """Divide a batch into tickets that hang together (all of them, or those of the tickets named)."""
    groups = grouped(batch)
    wanted = set(batch.held if only is None else only)
    return [_cluster(batch, tickets, replicas) for tickets, replicas in groups if tickets & wanted]


def _cluster(batch: Batch, tickets: set[TicketId], replicas: set[Replica]) -> Cluster:
    seen = {r: batch.seen[r] for r in sorted(replicas) if r in batch.seen}
    return Cluster(
        held={ticket: batch.held[ticket] for ticket in sorted(tickets)},
        seen=seen,
        fresh=frozenset(batch.fresh & seen.keys()),
        missing=frozenset(batch.missing),
        became=batch.became,
        new=frozenset(batch.new & tickets),
        wanted_links=frozenset(x for x in batch.wanted_links if x[0] in tickets),
        unwanted_links=frozenset(x for x in batch.unwanted_links if x[0] in tickets),
        matched=frozenset(x for x in batch.matched if x[0] in tickets),
        unmatched=frozenset(x for x in batch.unmatched if x[0] in tickets),
        directory=batch.directory,
        down=frozenset(batch.down),
    )


Node: TypeAlias = TicketId | Replica


def grouped(batch: Batch) -> list[tuple[set[TicketId], set[Replica]]]:
    """Return the connected components of tickets and replicas, those with a ticket in them."""
    parent: dict[Node, Node] = {}

    def root(node: Node) -> Node:
        above = parent.setdefault(node, node)
        while above != parent[above]:
            parent[above] = parent[parent[above]]
            above = parent[above]
        parent[node] = above
        return above

    for ticket, replica in _edges(batch):
        parent[root(replica)] = root(ticket)
    groups: dict[Node, tuple[set[TicketId], set[Replica]]] = {}
    for ticket in batch.held:
        groups.setdefault(root(ticket), (set(), set()))[0].add(ticket)
    for node in list(parent):
        if isinstance(node, Replica) and root(node) in groups:
            groups[root(node)][1].add(node)
    return list(groups.values())


def _edges(batch: Batch) -> Iterator[tuple[TicketId, Replica]]:
    by_replica: dict[Replica, list[TicketId]] = {}
    for ticket, held in batch.held.items():
        for link in held.links:
            replica = Replica(link.system, link.remote_id)
            if link.state in ("live", "awaited") or replica in batch.seen:
                by_replica.setdefault(replica, []).append(ticket)
                yield ticket, replica
    asked = batch.asked_for | batch.wanted_links | batch.unwanted_links
    for ticket, replica in asked | batch.matched | batch.unmatched:
        yield ticket, replica
    for replica, seen in batch.seen.items():
        if seen.key is not None and seen.key in batch.held:
            yield seen.key, replica
        for named in named_by(seen):
            for ticket in by_replica.get(named, ()):
                yield ticket, replica
                yield ticket, named


def named_by(seen: Observation) -> Iterator[Replica]:
    for reference in seen.references or ():
        yield Replica(reference.system, RemoteId(reference.name))
    if seen.gone is not None and seen.gone.into:
        yield Replica(seen.system, seen.gone.into)
    if seen.follows is not None:
        yield Replica(seen.system, seen.follows)
