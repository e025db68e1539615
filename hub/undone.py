"""What the hub remembers of what was taken back: it is agreed on, so no edit, nor written again. Pure."""

from __future__ import annotations

from msgspec.structs import replace

from hub.cluster import Policy
from hub.fingerprint import fingerprint
from hub.model import CommentId, Json, Value
from hub.operations import DeleteReplica, Operation, RemoveComment, UpdateReplica
from hub.project import agree, kept
from hub.records import Held
from hub.registers import PER_SIDE
from hub.remarks import TAKEN_AWAY
from hub.replica import Agreed, Link, Mark


def asking(link: Link, operation: Operation, held: Held, policy: Policy) -> Link:
    """Return the link as it must be when a restoration is asked for: its answer may be lost."""
    asked = {name: Agreed(raw, kept(value)) for name, raw, value in _pairs(link, operation, held, policy)}
    return replace(link, shadow=replace(link.shadow, asked={**link.shadow.asked, **asked}))


def settled(link: Link, operation: Operation, held: Held, policy: Policy) -> Link:
    """Return the link after its part was taken back: agreed, so that it stays taken back."""
    shadow = link.shadow
    if isinstance(operation, DeleteReplica):
        return replace(link, state="gone")
    if isinstance(operation, RemoveComment):
        mark = shadow.comments.get(operation.key, Mark())
        hidden = replace(mark, remote_id=TAKEN_AWAY)
        return replace(link, shadow=replace(shadow, comments={**shadow.comments, operation.key: hidden}))
    for register, raw, value in _pairs(link, operation, held, policy):
        shadow = agree(shadow, register, raw, value)
    return unasked(replace(link, shadow=shadow), operation, held, policy)


def unasked(link: Link, operation: Operation, held: Held, policy: Policy) -> Link:
    """Return the link after a restoration was refused: nothing of it can turn up."""
    names = {name for name, _, _ in _pairs(link, operation, held, policy)}
    asked = {name: agreed for name, agreed in link.shadow.asked.items() if name not in names}
    return replace(link, shadow=replace(link.shadow, asked=asked))


def said_again(link: Link, key: CommentId) -> Link:
    """Return the link without the memory of a comment that was taken away: the next run says it again."""
    comments = {name: mark for name, mark in link.shadow.comments.items() if name != key}
    return replace(link, shadow=replace(link.shadow, comments=comments))


def _pairs(link: Link, operation: Operation, held: Held, policy: Policy) -> list[tuple[str, Json, Value]]:
    """Each register of a restored field: what is shown then, and what it stands for."""
    if not isinstance(operation, UpdateReplica):
        return []
    found: list[tuple[str, Json, Value]] = []
    for rule in policy.mappings[operation.system].rules:
        if rule.lens.field not in operation.changes:
            continue
        raw = rule.lens.focus(operation.changes[rule.lens.field])
        known = link.shadow.registers.get(rule.register)
        if rule.register in PER_SIDE:
            value = known.value if known else None
        else:
            value = held.ticket.get(rule.register)
        found.append((rule.register, fingerprint(raw), value))
    return found
