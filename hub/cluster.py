"""
What `plan` is given and what it gives back. The unit of decision is the *cluster*: one ticket, or
all tickets that share a replica (a Jira issue that serves many tickets).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec

from hub.account import Directory
from hub.appraisal import Appraise
from hub.desk.rules import ConflictRules
from hub.history.event import Event
from hub.mapping import Mapping as FieldMapping
from hub.model import CommentId, RemoteId, System, Ticket, TicketId
from hub.money import Money
from hub.operations import Operation
from hub.records import Conflict, Decision, Held, Loss, Score
from hub.replica import Link, Observation
from hub.score_records import Feedback
from hub.signals.mention import Mention
from hub.sla.clocks import Clocks


class Replica(NamedTuple):
    """One ticket's copy in one system, or the copy that several tickets share."""

    system: System
    remote_id: RemoteId


def lives_here(key: str, replica: Replica) -> bool:
    """Return whether a comment's key names one that was first said on this replica."""
    return key.startswith(f"{replica.system}:{replica.remote_id}:")


class Look(NamedTuple):
    """A replica, by id or label, that must be seen before more can be decided."""

    system: System
    name: str
    whole: bool
    """With its comments, files and references."""


class Traits(msgspec.Struct, frozen=True):
    """What kind of place a system is, as far as planning needs to know."""

    conditional_writes: bool = False
    """A write names the version that it was planned on, and is refused if there is a newer one."""
    bulk_conditional: bool = False
    """And so is each one of a bulk write."""
    closed_fields: bool = False
    """What only the hub writes is closed to people there: nothing of theirs can lie beneath such a write."""
    edits_comments: bool = False
    """The text of a comment can be replaced."""
    files_on_comments: bool = False
    """Files hang on comments; else they hang on the replica itself."""
    hears_notes: bool = False
    """The people who work there are the ones to tell what a ticket lacks."""
    born_empty: frozenset[str] = frozenset()
    """What a new replica has no value of unless somebody gives it one: no default fills it in."""
    own_voice: bool = False
    """What is said there is said by its author to the customer: no line above it says who, where, to whom."""
    customers: bool = False
    """The people who write there are customers: what they say wants an answer."""
    workflow: bool = False
    """A new replica begins at its workflow's first status, whatever it is asked to show."""
    follow_ups: bool = False
    """What is closed takes no word any more, and never opens again: a follow-up goes on in its place."""


class Policy(msgspec.Struct, frozen=True):
    """The mapping files, loaded and bound, and what else the user decides beforehand."""

    mappings: Mapping[System, FieldMapping]
    traits: Mapping[System, Traits]
    prefer: Callable[[str], Sequence[System]]
    """Who wins a conflict of this register, first to last."""
    appraise: Appraise
    patience: float = 120.0
    """Seconds within which an unanswered creation may not be visible to a search yet."""
    quiet: bool = False
    """No notifications (backfills)."""
    afresh: bool = False
    """Plan also what looks as it was left: clocks move, and files of ours may have changed (reconcile)."""
    may_create: Callable[[System, System], bool] = lambda born, where: True  # noqa: ARG005
    """Whether a ticket that began in the first system may get a replica in the second."""
    crm: System | None = None
    """Where accounts are at home; None: what the sides themselves say of the customer stands."""
    money: Money | None = None
    """In which currency sums over accounts are shown."""
    conflicts: ConflictRules = ConflictRules()
    """Where people are told of conflicts, and when one is overdue."""
    follow_ups: bool = True
    """What comes for a closed ticket begins a follow-up; else it is parked."""


class Cluster(msgspec.Struct, frozen=True):
    """What the hub holds of some tickets that hang together, and what was just seen of them."""

    held: Mapping[TicketId, Held]
    seen: Mapping[Replica, Observation]
    fresh: frozenset[Replica] = frozenset()
    """Replicas that were looked at just now, so that an unconditional write is as safe as can be."""
    missing: frozenset[tuple[System, str]] = frozenset()
    """Names that were looked for and do not exist."""
    became: Mapping[tuple[System, str], Replica] = {}
    """Which replicas the names that were looked for turned out to be."""
    new: frozenset[TicketId] = frozenset()
    """Tickets that the hub meets for the first time."""
    wanted_links: frozenset[tuple[TicketId, Replica]] = frozenset()
    """Links that a person asked for by `hub link`."""
    unwanted_links: frozenset[tuple[TicketId, Replica]] = frozenset()
    matched: frozenset[tuple[TicketId, Replica]] = frozenset()
    """Tickets and replicas that lived apart, and are the same problem: a person said so (`hub match`)."""
    unmatched: frozenset[tuple[TicketId, Replica]] = frozenset()
    """Those of which a person took that back."""
    directory: Directory = Directory()
    """Of the CRM, what may concern these tickets."""
    down: frozenset[System] = frozenset()
    """Systems that do not answer now: nothing is to be created there, and nothing waits for it."""


class Plan(msgspec.Struct, frozen=True):
    """What the hub will hold, what it will ask, and what it must look at before it can say more."""

    decisions: tuple[Decision, ...]
    looks: frozenset[Look] = frozenset()
    """What to look at before this cluster can be planned to the end."""

    @property
    def operations(self) -> Iterator[Operation]:
        for decision in self.decisions:
            yield from decision.operations


class Work:
    """The workspace of one `plan`: what is known so far, filled step by step. Never leaves it."""

    def __init__(self, cluster: Cluster, policy: Policy, now: str, run: str) -> None:
        self.cluster = cluster
        self.policy = policy
        self.now = now
        self.run = run
        self.tickets: dict[TicketId, Ticket] = {t: h.ticket for t, h in cluster.held.items()}
        self.links: dict[TicketId, dict[Replica, Link]] = {
            t: {Replica(link.system, link.remote_id): link for link in h.links}
            for t, h in cluster.held.items()
        }
        self.looks: set[Look] = set()
        self.conflicts: dict[TicketId, list[Conflict]] = {t: [] for t in cluster.held}
        self.settled: dict[TicketId, list[Conflict]] = {t: [] for t in cluster.held}
        """Conflicts held before that ended, or of whose end everybody was told."""
        self.vain: dict[TicketId, CommentId] = {}
        """Comments that chose in a conflict where there is none."""
        self.losses: dict[TicketId, list[Loss]] = {t: [] for t in cluster.held}
        self.operations: dict[TicketId, list[Operation]] = {t: [] for t in cluster.held}
        self.scores: dict[TicketId, Score] = {}
        self.mentions: dict[TicketId, Mapping[str, Mention]] = {}
        """The words that tell each signal of a ticket."""
        self.clocks: dict[TicketId, Clocks] = {}
        self.feedback: dict[TicketId, tuple[Feedback, ...]] = {}
        self.events: dict[TicketId, list[Event]] = {t: [] for t in cluster.held}
        self.followed: dict[TicketId, Ticket] = {}
        """As they were when their courses were brought up to date."""
        self.joined: set[tuple[TicketId, Replica]] = set()
        self.solo_joined: set[tuple[TicketId, Replica]] = set()
        """Joins to a replica that no other ticket had: it lived its own life until now."""
        self.moved: set[Replica] = set()
        """Replicas whose circle of tickets changed: what they show must be computed afresh."""
        self.promoted: set[tuple[TicketId, Replica]] = set()
        """Tickets that speak for a replica's texts from now on, in the place of one that left."""
        self.came_over: dict[tuple[TicketId, Replica], str] = {}
        """Conversations with customers that a merge brought to a ticket, and when."""
        self.inherited: set[tuple[TicketId, Replica]] = set()
        """Issues that a follow-up took over from the closed ticket that it follows."""
        self.deferred: set[TicketId] = set()
        self.postponed: set[TicketId] = set()
        """Tickets that lack something in a system that is down: the next run plans them again."""
        self.traces: dict[TicketId, tuple[str, ...]] = {}

    def live(self, ticket: TicketId) -> Iterator[tuple[Replica, Link]]:
        """Yield the ticket's links that still hold, in a fixed order."""
        for replica, link in sorted(self.links[ticket].items()):
            if link.state == "live":
                yield replica, link

    def sharers(self, replica: Replica) -> list[TicketId]:
        """Return the tickets with a live link to the replica, the primary first, then the oldest."""
        if len(self.links) == 1:  # nearly always
            ticket, links = next(iter(self.links.items()))
            link = links.get(replica)
            return [ticket] if link is not None and link.state == "live" else []
        found = [
            (not link.primary, _age(self.tickets[ticket]), ticket)
            for ticket, links in self.links.items()
            if (link := links.get(replica)) is not None and link.state == "live"
        ]
        return [ticket for _, _, ticket in sorted(found)]

    def replicas(self) -> list[Replica]:
        """Return every replica with a live link, each once, in a fixed order."""
        return sorted({r for ticket in self.links for r, _ in self.live(ticket)})

    def set_link(self, link: Link) -> None:
        self.links[link.ticket_id][Replica(link.system, link.remote_id)] = link

    def seen(self, replica: Replica) -> Observation | None:
        return self.cluster.seen.get(replica)


def _age(ticket: Ticket) -> str:
    digits = str(ticket.id).rpartition(":")[2]
    return digits.rjust(20, "0")
