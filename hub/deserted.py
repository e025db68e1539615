"""A ticket on which nobody works any more, though its customer may still write. Pure."""

from __future__ import annotations

from msgspec.structs import replace

from hub.cluster import Work
from hub.lens import Unreadable
from hub.model import HUB, Origin, TicketId, Value
from hub.replica import Observation


def close_deserted(work: Work, ticket: TicketId) -> None:
    """
    Close what was deleted wherever people work on it: nobody would see what its customer writes.

    What they write then begins a ticket anew. The deletion stands.
    """
    live = [replica for replica, _ in work.live(ticket)]
    if live and all(work.policy.traits[replica.system].customers for replica in live):
        _set_status(work, ticket, "closed")


def reopen_deserted(work: Work, ticket: TicketId, seen: Observation) -> None:
    """Take the status of a ticket that was restored: that it was closed was ours to say."""
    held = work.tickets[ticket]
    origin = held.origins.get("status")
    rule = work.policy.mappings[seen.system].rule("status")
    ours = held.get("status") == "closed" and origin is not None and origin.system == HUB
    if not ours or rule is None or seen.raw is None or rule.lens.field not in seen.raw:
        return
    try:
        _set_status(work, ticket, rule.lens.read(seen.raw[rule.lens.field]))
    except Unreadable:
        return


def _set_status(work: Work, ticket: TicketId, status: Value) -> None:
    held = work.tickets[ticket]
    registers = {**held.registers, "status": status}
    origins = {**held.origins, "status": Origin(HUB, work.now, work.run)}
    work.tickets[ticket] = replace(held, registers=registers, origins=origins)
