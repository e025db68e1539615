"""
Write what only the hub writes without looking first, where nothing of people's can be lost by it.

When an account changes, thousands of tickets show it that nobody touched. A look at each would cost as
much as the write. A conditional write needs none: if somebody was there meanwhile, it is refused, and
then there is something to look at. Nor do fields that the system lets nobody else write. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence

from hub.cluster import Replica, Work
from hub.fingerprint import fingerprint, is_digest
from hub.lens import Unwritable, write
from hub.lenses import Block
from hub.mapping import Mapping as FieldMapping
from hub.merge import same
from hub.model import Json, TicketId
from hub.operations import UpdateReplica
from hub.project import Wanted, is_parked, lose, note_cut, remember_asked, unshown

_NEEDS_SIGHT = {"block", "labels"}
"""Lenses that write a part of a field, and so must know the rest of it; a block may also have one alone."""


def inform(work: Work, replica: Replica, sharers: Sequence[TicketId], wanted: Sequence[Wanted]) -> bool:
    """Ask for what the replica lacks by its shadow alone; False where it must be looked at first."""
    mapping, traits = work.policy.mappings[replica.system], work.policy.traits[replica.system]
    if not (traits.bulk_conditional or traits.closed_fields) or len(sharers) != 1:
        return False
    ticket = sharers[0]
    link = work.links[ticket][replica]
    if not link.version or replica in work.moved or (ticket, replica) in work.promoted:
        return False
    if work.tickets[ticket].get("status") == "closed":
        return False
    lacking = [w for w in wanted if unshown(work, replica, w, sharers)]
    if not all(_only_ours(w, mapping) for w in lacking):
        return False
    changes, before = _changes(work, replica, ticket, lacking)
    if changes:
        remember_asked(work, replica, list(sharers), list(wanted), changes)
        version = work.links[ticket][replica].version
        work.operations[ticket].append(
            UpdateReplica(
                replica.system, ticket, replica.remote_id, version, changes, before, quiet=True, ours=True
            )
        )
    return True


def _changes(
    work: Work, replica: Replica, ticket: TicketId, lacking: Sequence[Wanted]
) -> tuple[dict[str, Json], dict[str, Json]]:
    """Return what to write, and what stood there before as far as the shadow remembers it whole."""
    link = work.links[ticket][replica]
    changes: dict[str, Json] = {}
    before: dict[str, Json] = {}
    for rule, value in lacking:
        agreed = link.shadow.registers.get(rule.register)
        try:
            raw = write(rule.lens, value, None)
        except Unwritable as unwritable:
            lose(work, ticket, replica.system, rule, str(unwritable))
            continue
        if same(fingerprint(raw), agreed.raw if agreed is not None else None):
            continue  # what is shown, or a field that nobody ever filled in, says it already
        if is_parked(work, ticket, replica, f"field:{rule.lens.field}", fingerprint(raw)):
            continue
        changes[rule.lens.field] = raw
        note_cut(work, ticket, replica.system, rule, value)
        if agreed is not None and not is_digest(agreed.raw):
            before[rule.lens.field] = agreed.raw
    return changes, before


def _only_ours(wanted: Wanted, mapping: FieldMapping) -> bool:
    rule = wanted.rule
    alone = isinstance(rule.lens, Block) and rule.lens.plain
    return (alone or rule.as_ not in _NEEDS_SIGHT) and not any(
        other.reads for other in mapping.rules if other.lens.field == rule.lens.field
    )
