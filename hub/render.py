"""A plan, printed: as text, as Markdown, as data; and its checksum. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any, assert_never

import msgspec

from hub.cluster import Plan
from hub.model import Json
from hub.operations import (
    AddAttachment,
    AddComment,
    CreateReplica,
    DeleteReplica,
    EditComment,
    Operation,
    RemoveComment,
    SetReference,
    UpdateReplica,
)
from hub.records import Conflict

_encoder = msgspec.json.Encoder(order="deterministic")
_SHOWN = 60


def operations(plans: Sequence[Plan]) -> Iterator[Operation]:
    """Yield every operation, in the order of their tickets."""
    ordered = sorted((d for p in plans for d in p.decisions), key=lambda d: d.ticket.id)
    for decision in ordered:
        yield from decision.operations


def conflicts(plans: Sequence[Plan]) -> Iterator[Conflict]:
    for plan in plans:
        for decision in plan.decisions:
            yield from decision.conflicts


def checksum(plans: Sequence[Plan]) -> str:
    """Return a digest of what would be asked: equal if and only if the same would be done."""
    total = hashlib.sha256()
    for operation in operations(plans):
        total.update(_encoder.encode(_timeless(operation)))
        total.update(b"\n")
    return total.hexdigest()[:16]


def _timeless(operation: Operation) -> Operation:
    """A note in the hub's own name is dated when it is planned; that does not make it another one."""
    if isinstance(operation, AddComment) and operation.key.startswith("hub:"):
        return msgspec.structs.replace(operation, created_at="")
    return operation


def as_data(plans: Sequence[Plan]) -> dict[str, Any]:
    """Return the plan for programs."""
    return {
        "checksum": checksum(plans),
        "operations": [msgspec.to_builtins(o) for o in operations(plans)],
        "conflicts": [msgspec.to_builtins(c) for c in conflicts(plans)],
    }


def as_text(plans: Sequence[Plan]) -> str:
    """Return the plan for a terminal."""
    return _drawn(plans, "  ", "")


def as_markdown(plans: Sequence[Plan]) -> str:
    """Return the plan for a chat message or a pull request."""
    return _drawn(plans, "- ", "### ")


def _drawn(plans: Sequence[Plan], bullet: str, heading: str) -> str:
    lines: list[str] = []
    for decision in sorted((d for p in plans for d in p.decisions), key=lambda d: d.ticket.id):
        if not decision.operations and not decision.conflicts:
            continue
        lines.append(f"{heading}{decision.ticket.id}  {decision.ticket.get('subject') or ''}".rstrip())
        lines += [f"{bullet}{_said(operation)}" for operation in decision.operations]
        lines += [f"{bullet}{_disputed(conflict)}" for conflict in decision.conflicts]
    count = sum(1 for _ in operations(plans))
    if not count:
        lines.append("Nothing to do.")
    else:
        lines.append(f"{count} operations. Checksum {checksum(plans)}")
    return "\n".join(lines)


def _said(operation: Operation) -> str:  # noqa: PLR0911  one line an operation
    match operation:
        case CreateReplica():
            return f"{operation.system}: create, with {', '.join(sorted(operation.raw))}"
        case UpdateReplica():
            changes = "; ".join(
                f"{name}: {_short(operation.before.get(name))} → {_short(value)}"
                for name, value in sorted(operation.changes.items())
            )
            return f"{operation.system} {operation.remote_id}: set {changes}"
        case AddComment():
            who = "public" if operation.public else "internal"
            return f"{operation.system} {operation.remote_id}: add {who} comment {_short(operation.body)}"
        case EditComment():
            return f"{operation.system} {operation.remote_id}: change comment {operation.comment}"
        case RemoveComment():
            return f"{operation.system} {operation.remote_id}: take back comment {operation.comment}"
        case AddAttachment():
            return f"{operation.system} {operation.remote_id}: attach {operation.attachment.name}"
        case SetReference():
            verb = f"link to {operation.title}" if operation.url else f"unlink {operation.global_id}"
            return f"{operation.system} {operation.remote_id}: {verb}"
        case DeleteReplica():
            return f"{operation.system} {operation.remote_id}: delete"
        case _:
            assert_never(operation)


def _disputed(conflict: Conflict) -> str:
    dropped = "; ".join(f"{side}: {_short(value)}" for side, value in conflict.dropped.items())
    return f"conflict in {conflict.register}: {_short(conflict.kept)} stays, {dropped} gives way"


def _short(value: Json) -> str:
    text = "(empty)" if value in (None, "", [], ()) else str(value).replace("\n", " ")
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
