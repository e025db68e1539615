"""
Decide, and do nothing: what the hub holds and what was seen in, a Plan out.

Pure. No clock, no randomness, no input or output. The same arguments give the same Plan.
"""

from __future__ import annotations

from msgspec.structs import replace

from hub.absorb import absorb
from hub.cluster import Cluster, Plan, Policy, Work
from hub.creation import create_replicas
from hub.derive import derive, is_over
from hub.desk.notes import tell_conflicts
from hub.desk.settling import settle_conflicts
from hub.echo import echo
from hub.feedback import hear_feedback
from hub.follow_ups import ask_follow_ups, begin_follow_ups
from hub.linking import settle_links
from hub.merges import keep_to_themselves
from hub.model import TicketId
from hub.operations import CreateReplica
from hub.records import Decision
from hub.relay import relay
from hub.remarks import absorb_remarks
from hub.replies import hear_replies
from hub.successors import keep_apart, keep_what_was_told
from hub.updating import update_fields


def plan(cluster: Cluster, policy: Policy, now: str, run: str) -> Plan:
    """
    Merge what every side changed into the tickets, then ask each side for what it lacks.

    Where more must be seen first, `looks` names it; the decisions are then good as far as they go,
    and planning again with those observations completes them.
    """
    return (None if policy.afresh else echo(cluster, policy)) or weigh(cluster, policy, now, run)


def weigh(cluster: Cluster, policy: Policy, now: str, run: str) -> Plan:
    """Plan without the short way for echoes: what `plan` does where something may have happened."""
    work = Work(cluster, policy, now, run)
    settle_links(work)
    absorb(work)
    absorb_remarks(work)
    keep_to_themselves(work)
    keep_what_was_told(work)
    keep_apart(work)
    hear_replies(work)
    begin_follow_ups(work)
    hear_feedback(work)
    settle_conflicts(work)
    derive(work)
    create_replicas(work)
    ask_follow_ups(work)
    update_fields(work)
    relay(work)
    tell_conflicts(work)
    unfinished = bool(work.looks)
    return Plan(
        decisions=tuple(_decision(work, ticket, unfinished) for ticket in sorted(work.tickets)),
        looks=frozenset(work.looks),
    )


def _decision(work: Work, ticket: TicketId, unfinished: bool) -> Decision:
    operations = tuple(work.operations[ticket])
    later = unfinished or ticket in work.deferred or ticket in work.postponed
    return Decision(
        ticket=work.tickets[ticket],
        links=tuple(link for _, link in sorted(work.links[ticket].items())),
        score=work.scores.get(ticket),
        conflicts=tuple(replace(c, at=work.now, run=work.run) for c in work.conflicts[ticket]),
        losses=tuple(replace(x, at=work.now, run=work.run) for x in work.losses[ticket]),
        operations=operations,
        dirty=bool(operations) or later,
        unfinished=later,
        traces=work.traces.get(ticket, ()),
        done=is_over(work.tickets[ticket], work.links[ticket].values()),
        feedback=work.feedback.get(ticket, ()),
        events=tuple(work.events[ticket]),
        settled=tuple(work.settled[ticket]),
    )


def creates(decision: Decision) -> bool:
    """Return whether the decision asks for a new replica (after which its cluster is planned again)."""
    return any(isinstance(operation, CreateReplica) for operation in decision.operations)
