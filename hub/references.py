"""Show on each replica where the ticket's other replicas are. Pure."""

from __future__ import annotations

from msgspec.structs import replace

from hub.cluster import Replica, Work
from hub.fingerprint import digest
from hub.linking import global_id
from hub.mapping import Mapping as FieldMapping
from hub.model import Ticket, TicketId
from hub.operations import SetReference
from hub.project import is_parked
from hub.replica import Reference

RETIRED = "-"
"""A reference that we do not keep up any more, and that a person's own link may still show."""


def refer(work: Work, ticket: TicketId, replica: Replica, mapping: FieldMapping) -> None:
    """Show on the replica where the ticket's other replicas are."""
    if not mapping.remote_link:
        return
    held = work.tickets[ticket]
    for other, link in work.live(ticket):
        if other.system == replica.system or not link.url:
            continue
        operation = SetReference(
            system=replica.system,
            ticket_id=ticket,
            remote_id=replica.remote_id,
            global_id=global_id(other.system, other.remote_id),
            url=link.url,
            title=f"{link.label} {held.get('subject') or ''}".strip()[:250],
            summary=_summary(held),
            resolved=held.get("status") in ("solved", "closed"),
        )
        _ask_reference(work, ticket, replica, operation)


def _summary(held: Ticket) -> str:
    """Say whose it is and how it stands: what moves often would be a call for each link of an account."""
    parts = [held.get("account.name"), held.get("status")]
    return " · ".join(str(part) for part in parts if part)


def _ask_reference(
    work: Work,
    ticket: TicketId,
    replica: Replica,
    operation: SetReference,
) -> None:
    content = reference_digest(operation)
    known = work.links[ticket][replica].shadow.references.get(operation.global_id)
    slot = f"reference:{operation.global_id}"
    if known != content and not is_parked(work, ticket, replica, slot, content):
        work.operations[ticket].append(operation)


def reference_digest(operation: SetReference) -> str:
    """Return what a reference shows, in short, as the shadow remembers it."""
    shown = [operation.url, operation.title, operation.summary, operation.resolved]
    return digest(shown)[:12]


def retire_references(work: Work) -> None:
    """Take our references off a replica that a ticket was unlinked from."""
    for ticket in sorted(work.links):
        for replica, link in sorted(work.links[ticket].items()):
            gone_from_here = link.state == "unlinked" and link.shadow.references
            if not gone_from_here or not _still_there(work, replica):
                continue
            seen = work.seen(replica)
            present = _present(seen.references) if seen and seen.references is not None else None
            for gid, shown in sorted(link.shadow.references.items()):
                if present is not None and gid not in present:
                    _forget_reference(work, ticket, replica, gid)
                elif shown != RETIRED and not is_parked(work, ticket, replica, f"reference:{gid}", ""):
                    work.operations[ticket].append(
                        SetReference(replica.system, ticket, replica.remote_id, gid, "", "")
                    )


def _still_there(work: Work, replica: Replica) -> bool:
    seen = work.seen(replica)
    return seen is None or seen.gone is None


def _present(references: tuple[Reference, ...]) -> set[str]:
    return {global_id(r.system, r.name) for r in references}


def _forget_reference(work: Work, ticket: TicketId, replica: Replica, gid: str) -> None:
    link = work.links[ticket][replica]
    left = {name: shown for name, shown in link.shadow.references.items() if name != gid}
    work.set_link(replace(link, shadow=replace(link.shadow, references=left)))
