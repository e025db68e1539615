"""Ask for the replicas that should be there and never were. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from hub.canary import is_canary
from hub.cluster import Replica, Work
from hub.derive import may_create, missing_context, wants_replica
from hub.fingerprint import digest, fingerprint
from hub.lens import Unwritable, write
from hub.mapping import Mapping as FieldMapping
from hub.merge import empty
from hub.model import Json, Person, RemoteId, System, Ticket, TicketId
from hub.operations import CreateReplica
from hub.project import is_parked, kept, lose, note_cut, wanted_fields
from hub.replica import Agreed, Link, Shadow

NOTHING = RemoteId("")
UNSEEN = Shadow()


def create_replicas(work: Work) -> None:
    """Ask for a replica wherever the mapping wants one, the context is there, and none ever was."""
    for ticket_id in sorted(work.tickets):
        ticket = work.tickets[ticket_id]
        for system, mapping in sorted(work.policy.mappings.items()):
            ever = any(replica.system == system for replica in work.links[ticket_id])
            if ever or not may_create(work, ticket_id, mapping) or _origin_gone(work, ticket_id):
                continue
            if is_canary(ticket) and work.policy.traits[system].customers:
                continue
            if not wants_replica(ticket, mapping) or missing_context(ticket, mapping):
                continue
            if any(look.system == system for look in work.looks):
                continue  # the replica may be there already, under the name that is to be looked up
            if system in work.cluster.down:
                work.postponed.add(ticket_id)
                continue
            ask_creation(work, ticket, system, mapping)


def _origin_gone(work: Work, ticket: TicketId) -> bool:
    return not any(True for _ in work.live(ticket))


def ask_creation(
    work: Work,
    ticket: Ticket,
    system: System,
    mapping: FieldMapping,
    *,
    key: TicketId | None = None,
    follows: RemoteId = NOTHING,
    instead: Mapping[str, str] | None = None,
    told: Shadow = UNSEEN,
) -> None:
    """
    Ask for a replica of the ticket, unless that was refused.

    `instead`: of these registers something else is shown, and stands for what the ticket has. `told`: what
    need not be said there.
    """
    key = key or ticket.id
    raw: dict[str, Json] = dict(mapping.create)
    agreed: dict[str, Agreed] = {}
    replica = Replica(system, RemoteId(f"?{key}"))
    workflow = work.policy.traits[system].workflow
    for rule, value in wanted_fields(work, mapping, [ticket.id], creating=True):
        said = (instead or {}).get(rule.register, value)
        if empty(said) or (workflow and rule.register == "status"):
            continue  # a new replica begins where its workflow begins; it moves on once it is there
        try:
            raw[rule.lens.field] = write(rule.lens, said, raw.get(rule.lens.field))
        except Unwritable as unwritable:
            lose(work, ticket.id, system, rule, str(unwritable))
            continue
        shown = fingerprint(rule.lens.focus(raw[rule.lens.field]))
        agreed[rule.register] = Agreed(shown, kept(value))
        note_cut(work, ticket.id, system, rule, value)
    if is_parked(work, ticket.id, replica, "create", digest(raw)):
        return
    work.set_link(
        Link(
            ticket.id,
            system,
            replica.remote_id,
            state="awaited",
            shadow=replace(told, registers=agreed),
            asked_at=work.now,
            created_by_hub=True,
            primary=True,
        )
    )
    who = ticket.get("requester")
    requester = Person(email=who) if isinstance(who, str) and "@" in who else None
    work.operations[ticket.id].append(
        CreateReplica(system, ticket.id, key, raw, requester, work.policy.quiet, follows)
    )
