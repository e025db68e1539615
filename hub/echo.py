"""
Our own writes seen again: recognised in one pass over the shadow, before anything is weighed. Pure.

Most of what a feed shows is the hub's own work of the run before. Where every field, comment and file
is as the shadow has it, and nothing is pending, `plan` would find nothing; this finds it cheaply.
"""

from __future__ import annotations

from msgspec.structs import replace

from hub.cluster import Cluster, Plan, Policy, Replica, lives_here
from hub.derive import is_over
from hub.fingerprint import digest, fingerprint
from hub.mapping import Mapping as FieldMapping
from hub.merge import empty, same
from hub.model import Raw
from hub.records import Decision, Held
from hub.remarks import TAKEN_AWAY, audience_of
from hub.replica import Link, Observation


def echo(cluster: Cluster, policy: Policy) -> Plan | None:
    """Return the plan that does nothing, if that is the one; None where it takes a closer look."""
    if cluster.new or cluster.wanted_links or cluster.unwanted_links:
        return None
    if cluster.matched or cluster.unmatched:
        return None
    if any(_pending(held) for held in cluster.held.values()):
        return None
    for replica, seen in cluster.seen.items():
        links = _links(cluster, replica)
        if not links or not _as_known(seen, replica, links, cluster, policy):
            return None
    return Plan(tuple(_unchanged(held, cluster) for _, held in sorted(cluster.held.items())))


def _pending(held: Held) -> bool:
    return (
        held.dirty
        or any(parked.state == "retry" for parked in held.parked)
        or any(link.state == "awaited" or link.shadow.asked for link in held.links)
    )


def _links(cluster: Cluster, replica: Replica) -> list[Link]:
    """The links to a replica, if all of them hold; else none."""
    found = [
        link
        for held in cluster.held.values()
        for link in held.links
        if link.remote_id == replica.remote_id and link.system == replica.system
    ]
    return found if all(link.state == "live" for link in found) else []


def _as_known(
    seen: Observation, replica: Replica, links: list[Link], cluster: Cluster, policy: Policy
) -> bool:
    if seen.gone is not None or seen.references is not None:
        return False
    if any(seen.label not in ("", link.label) for link in links):
        return False  # it was moved: others show its name
    mapping = policy.mappings[replica.system]
    return (
        (seen.raw is None or _fields_known(seen.raw, links, mapping))
        and _comments_known(seen, replica, links, cluster, mapping)
        and _files_known(seen, links)
    )


def _fields_known(raw: Raw, links: list[Link], mapping: FieldMapping) -> bool:
    for rule in mapping.rules:
        if rule.lens.field not in raw:
            if rule.writes:
                return False
            continue
        shown = fingerprint(rule.lens.focus(raw[rule.lens.field]))
        for link in links:
            agreed = link.shadow.registers.get(rule.register)
            if agreed is None:
                if rule.reads or not (empty(shown) or shown is False):  # a box that nobody ticked
                    return False
            elif not same(shown, agreed.raw):
                return False
    return True


def _comments_known(
    seen: Observation, replica: Replica, links: list[Link], cluster: Cluster, mapping: FieldMapping
) -> bool:
    present = {remote.id for remote in seen.comments}
    known = {
        mark.remote_id: (key, mark.digest, link.ticket_id)
        for link in links
        for key, mark in link.shadow.comments.items()
        if mark.remote_id
    }
    for link in links:
        for mark in link.shadow.comments.values():
            lost = seen.comments_complete and mark.remote_id not in present
            if mark.asked or (lost and mark.remote_id not in ("", TAKEN_AWAY)):
                return False
    for remote in seen.comments:
        if remote.id not in known:
            return False
        key, before, ticket = known[remote.id]
        if before != digest(remote.body):
            return False
        held = cluster.held[ticket].ticket.comments.get(key)
        if held is None or not lives_here(key, replica):
            continue
        if held.audience != audience_of(remote, mapping):
            return False
    return True


def _files_known(seen: Observation, links: list[Link]) -> bool:
    present = {remote.id for remote in seen.attachments}
    for link in links:
        marks = link.shadow.attachments.values()
        if any(mark.asked for mark in marks):
            return False
        known = {mark.remote_id for mark in marks if mark.remote_id not in ("", TAKEN_AWAY)}
        if present - known or (seen.attachments_complete and known - present):
            return False
    return True


def _unchanged(held: Held, cluster: Cluster) -> Decision:
    links = tuple(_moved(link, cluster.seen.get(Replica(link.system, link.remote_id))) for link in held.links)
    ordered = tuple(sorted(links, key=lambda k: (k.system, k.remote_id)))
    done = is_over(held.ticket, ordered)
    return Decision(held.ticket, ordered, held.score, (), (), (), dirty=False, traces=held.traces, done=done)


def _moved(link: Link, seen: Observation | None) -> Link:
    if seen is None:
        return link
    return replace(
        link,
        label=seen.label or link.label,
        url=seen.url or link.url,
        version=seen.version or link.version,
        absences=0,
    )
