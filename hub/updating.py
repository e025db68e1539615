"""Ask each side for what its fields lack. Pure."""

from __future__ import annotations

from hub.cluster import Look, Replica, Work
from hub.informing import inform
from hub.model import TicketId
from hub.operations import CreateReplica
from hub.project import ask_update, unshown, wanted_fields


def update_fields(work: Work) -> None:
    """Ask every live replica for the fields in which it does not show the hub's tickets."""
    for replica in work.replicas():
        sharers = work.sharers(replica)
        if any(_creating(work, ticket) for ticket in sharers):
            work.deferred.update(sharers)  # one write, once the new replica has a name
            continue
        _update(work, replica, sharers)


def _creating(work: Work, ticket: TicketId) -> bool:
    return any(isinstance(op, CreateReplica) for op in work.operations[ticket])


def _update(work: Work, replica: Replica, sharers: list[TicketId]) -> None:
    seen = work.seen(replica)
    wanted = wanted_fields(work, work.policy.mappings[replica.system], sharers)
    if seen is not None and seen.raw is not None:
        ask_update(work, replica, sharers, wanted, seen)
        return
    lacking = replica in work.moved or any(unshown(work, replica, w, sharers) for w in wanted)
    if lacking and not inform(work, replica, sharers, wanted):
        work.looks.add(Look(replica.system, replica.remote_id, whole=False))
