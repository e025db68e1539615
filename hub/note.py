"""
What came of an operation, as the hub remembers it. Pure.

A shadow moves over what was written, to what that write left, and no further.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from msgspec.structs import replace

from hub.cluster import Policy, Replica
from hub.fingerprint import digest, fingerprint
from hub.mapping import Mapping as FieldMapping
from hub.merge import without_others
from hub.model import Attachment, Json, RemoteId, Ticket, TicketId
from hub.operations import (
    AddAttachment,
    AddComment,
    CreateReplica,
    DeleteReplica,
    Done,
    EditComment,
    Operation,
    Outcome,
    Refused,
    RemoveComment,
    Retryable,
    SetReference,
    Stale,
    Unanswered,
    UpdateReplica,
)
from hub.project import agree
from hub.records import Loss, Parked
from hub.references import RETIRED, reference_digest
from hub.registers import PER_SIDE
from hub.remarks import HIDDEN, TAKEN_AWAY, spoken
from hub.replica import Link, Mark


class Circle(NamedTuple):
    """The tickets behind one replica: what each of them was when the operation was decided."""

    tickets: Mapping[TicketId, Ticket]
    links: Mapping[TicketId, Link]


class Consequence(NamedTuple):
    """What is left of an operation once its outcome is known."""

    links: tuple[Link, ...] = ()
    parked: tuple[Parked, ...] = ()
    losses: tuple[Loss, ...] = ()
    look_again: bool = False
    """The ticket has still something to do that can be done at once."""


def consequence(
    operation: Operation, outcome: Outcome, circle: Circle, policy: Policy, at: str
) -> Consequence:
    """Return how links, parked operations and the loss ledger change. `at`: when the outcome came."""
    match outcome:
        case Done():
            return _done(operation, outcome, circle, policy)
        case Stale():
            # nothing more is written on this old sight
            unsure = tuple(replace(k, version="") for k in _unasked(operation, circle))
            return Consequence(links=unsure, look_again=True)
        case Retryable():
            return Consequence(links=_unasked(operation, circle))
        case Unanswered():
            return Consequence(links=_unanswered(operation, circle, at))
        case Refused():
            return _refused(operation, outcome, circle)


# done -----------------------------------------------------------------------------------------


def _done(operation: Operation, done: Done, circle: Circle, policy: Policy) -> Consequence:
    own = circle.links.get(operation.ticket_id)
    parked = tuple(_refused_fields(operation, done))
    losses = tuple(
        Loss(operation.ticket_id, operation.system, field, "cut", what)
        for field, what in sorted(done.cut.items())
    )
    again = bool(done.refused)
    if own is None:
        return Consequence(parked=parked, losses=losses)
    match operation:
        case CreateReplica():
            links: tuple[Link, ...] = (_created(own, done, policy.mappings[operation.system]),)
            again = True
        case UpdateReplica():
            links = tuple(_updated(circle, operation, done, policy))
        case AddComment():
            links = (_commented(own, operation, done),)
        case EditComment():
            shown = digest(done.comment.body) if done.comment else ""
            links = (_marked(own, operation, shown, circle),)
        case RemoveComment():
            links = (_removed(own, operation, done),)
        case AddAttachment():
            key = operation.attachment.id
            mark = Mark(done.attachment, done.attachments.get(key, ""))
            files = {**own.shadow.attachments, key: mark}
            links = (replace(own, shadow=replace(own.shadow, attachments=files)),)
        case SetReference():
            links = (_referred(own, operation),)
        case DeleteReplica():
            links = (replace(own, state="gone"),)
    return Consequence(links, parked, losses, look_again=again)


def _created(link: Link, done: Done, mapping: FieldMapping) -> Link:
    refused = set(done.refused)
    registers = {
        name: agreed
        for name, agreed in link.shadow.registers.items()
        if not refused  # which field a register is shown by is the mapping's business: look instead
    }
    for rule in mapping.rules if done.raw else ():  # kept there in another form than it was sent
        if done.raw is not None and rule.lens.field in done.raw and rule.register in registers:
            shown = fingerprint(rule.lens.focus(done.raw[rule.lens.field]))
            registers[rule.register] = replace(registers[rule.register], raw=shown)
    return replace(
        link,
        remote_id=done.remote_id,
        state="live",
        label=done.label,
        url=done.url,
        version=done.version,
        shadow=replace(link.shadow, registers=registers),
    )


def _updated(circle: Circle, operation: UpdateReplica, done: Done, policy: Policy) -> Iterator[Link]:
    mapping = policy.mappings[operation.system]
    left: Mapping[str, Json] = operation.changes if done.raw is None else done.raw
    for ticket_id, link in circle.links.items():
        shadow = link.shadow
        for rule in mapping.rules:
            field = rule.lens.field
            if field not in operation.changes or field in done.refused or field not in left:
                continue
            if not rule.writes:
                continue
            shown = fingerprint(rule.lens.focus(left[field]))
            asked = rule.lens.focus(operation.changes[field])
            was = rule.lens.focus(operation.before.get(field))
            if fingerprint(asked) == fingerprint(was) and shown == fingerprint(was):
                continue  # two registers share the field, and this one was not written
            shown = fingerprint(without_others(rule.lens.focus(left[field]), asked, was))
            if rule.register in PER_SIDE:
                own = rule.lens.read(operation.changes[field])
            else:
                own = circle.tickets[ticket_id].get(rule.register)
            shadow = agree(shadow, rule.register, shown, own)
        yield replace(link, shadow=replace(shadow, asked={}), version=done.version)


def _commented(link: Link, operation: AddComment, done: Done) -> Link:
    said = link.shadow.comments.get(operation.key, Mark()).said
    if done.comment is not None:
        mark = Mark(done.comment.id, digest(done.comment.body), said)
    else:
        mark = Mark(RemoteId(""), digest(operation.body), said)
    comments = {**link.shadow.comments, operation.key: mark}
    files = dict(link.shadow.attachments)
    for file in operation.attachments:
        if f"attachment:{file.id}" in done.refused:
            _ = files.pop(file.id, None)
        else:
            files[file.id] = Mark(digest=done.attachments.get(file.id, ""))
    shadow = replace(link.shadow, comments=comments, attachments=files)
    return replace(link, shadow=shadow, version=done.version)  # unknown now, if not told


def _marked(link: Link, operation: EditComment, shown: str, circle: Circle) -> Link:
    held = circle.tickets[operation.ticket_id].comments.get(operation.key)
    mark = link.shadow.comments.get(operation.key, Mark(operation.comment))
    said = spoken(held) if held else mark.said
    comments = {**link.shadow.comments, operation.key: replace(mark, digest=shown, said=said)}
    return replace(link, shadow=replace(link.shadow, comments=comments))


def _removed(link: Link, operation: RemoveComment, done: Done) -> Link:
    """Deleted where that can be; where everything is kept, hidden, and remembered as such."""
    mark = link.shadow.comments.get(operation.key, Mark(operation.comment))
    if done.comment is None:
        mark = replace(mark, remote_id=TAKEN_AWAY, said=HIDDEN)
    else:
        mark = replace(mark, digest=digest(done.comment.body), said=HIDDEN)
    comments = {**link.shadow.comments, operation.key: mark}
    return replace(link, shadow=replace(link.shadow, comments=comments))


def _referred(link: Link, operation: SetReference) -> Link:
    references = dict(link.shadow.references)
    if operation.url:
        references[operation.global_id] = reference_digest(operation)
    else:  # one that a person made stays there: remembered, so that it is not taken for a new one
        references[operation.global_id] = RETIRED
    return replace(link, shadow=replace(link.shadow, references=references))


# not done -------------------------------------------------------------------------------------


def _unasked(operation: Operation, circle: Circle) -> tuple[Link, ...]:
    """Nothing was done: forget that it was asked, so that the next plan asks again."""
    link = circle.links.get(operation.ticket_id)
    if link is None:
        return ()
    if isinstance(operation, CreateReplica):
        return ()  # nothing is awaited any more
    if isinstance(operation, UpdateReplica):
        return tuple(replace(k, shadow=replace(k.shadow, asked={})) for k in circle.links.values())
    return (_without_marks(link, operation),)


def _unanswered(operation: Operation, circle: Circle, at: str) -> tuple[Link, ...]:
    """It may be carried out yet: it is waited for from now on, however long it had to wait for its turn."""
    link = circle.links.get(operation.ticket_id)
    if link is None:
        return ()
    if isinstance(operation, CreateReplica):
        return (replace(link, asked_at=at),)
    comments, files = dict(link.shadow.comments), dict(link.shadow.attachments)
    asked: tuple[Attachment, ...] = ()
    if isinstance(operation, AddComment):
        if operation.key in comments:
            comments[operation.key] = replace(comments[operation.key], asked=at)
        asked = operation.attachments
    elif isinstance(operation, AddAttachment):
        asked = (operation.attachment,)
    else:
        return ()
    files |= {file.id: replace(files[file.id], asked=at) for file in asked if file.id in files}
    return (replace(link, shadow=replace(link.shadow, comments=comments, attachments=files)),)


def _without_marks(link: Link, operation: Operation) -> Link:
    comments, files = dict(link.shadow.comments), dict(link.shadow.attachments)
    if isinstance(operation, AddComment):
        _ = comments.pop(operation.key, None)
        for file in operation.attachments:
            _ = files.pop(file.id, None)
    elif isinstance(operation, AddAttachment):
        _ = files.pop(operation.attachment.id, None)
    return replace(link, shadow=replace(link.shadow, comments=comments, attachments=files))


def _refused(operation: Operation, refused: Refused, circle: Circle) -> Consequence:
    parked = tuple(
        Parked(
            ticket_id=operation.ticket_id,
            system=operation.system,
            remote_id=_on(operation),
            slot=slot,
            fingerprint=wanted,
            reason=refused.reason,
            code=refused.code,
            operation=operation,
        )
        for slot, wanted in _slots(operation, circle)
    )
    return Consequence(links=_unasked(operation, circle), parked=parked)


def _refused_fields(operation: Operation, done: Done) -> Iterator[Parked]:
    if isinstance(operation, UpdateReplica):
        wanted: Mapping[str, Json] = operation.changes
    elif isinstance(operation, CreateReplica):
        wanted = operation.raw
    else:
        wanted = {}
    for field, reason in sorted(done.refused.items()):
        a_file = field.startswith("attachment:")
        yield Parked(
            ticket_id=operation.ticket_id,
            system=operation.system,
            remote_id=done.remote_id or _on(operation),
            slot=field if a_file else f"field:{field}",
            fingerprint=field.partition(":")[2] if a_file else str(fingerprint(wanted.get(field))),
            reason=reason,
            code="invalid",
            operation=operation,
        )


def _slots(operation: Operation, circle: Circle) -> list[tuple[str, str]]:  # noqa: PLR0911
    """Name what was refused, and what was wanted: as `hub.project` and `hub.relay` will ask."""
    match operation:
        case CreateReplica():
            return [("create", digest(operation.raw))]
        case UpdateReplica():
            return [(f"field:{name}", str(fingerprint(raw))) for name, raw in operation.changes.items()]
        case AddComment():
            link = circle.links.get(operation.ticket_id)
            mark = link.shadow.comments.get(operation.key) if link else None
            said = mark.said if mark else digest(operation.body)
            slots = [(f"comment:{operation.key}", said)]
            return slots + [(f"attachment:{f.id}", str(f.id)) for f in operation.attachments]
        case EditComment():
            held = circle.tickets[operation.ticket_id].comments.get(operation.key)
            return [(f"comment:{operation.key}", spoken(held) if held else "")]
        case RemoveComment():
            return [(f"comment:{operation.key}", HIDDEN)]
        case AddAttachment():
            return [(f"attachment:{operation.attachment.id}", str(operation.attachment.id))]
        case SetReference():
            content = reference_digest(operation) if operation.url else ""
            return [(f"reference:{operation.global_id}", content)]
        case DeleteReplica():
            return [("delete", "delete")]


def _on(operation: Operation) -> RemoteId:
    if isinstance(operation, CreateReplica):
        return RemoteId("")
    return operation.remote_id


def replica_of(operation: Operation) -> Replica:
    """Return the replica that an operation is about; for a creation, the one hoped for."""
    if isinstance(operation, CreateReplica):
        return Replica(operation.system, RemoteId(f"?{operation.key}"))
    return Replica(operation.system, operation.remote_id)
