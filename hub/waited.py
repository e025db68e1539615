"""How long what was asked for and never answered is waited for. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TypeVar

from msgspec.structs import replace

from hub.operations import AddAttachment, AddComment
from hub.records import Decision
from hub.replica import Link, Mark

Key = TypeVar("Key")


def waited_enough(asked: str, now: str, patience: float) -> bool:
    """
    Return whether what was asked for at this time may be asked for again, as it is still not there.

    A side may carry a request out after the connection died. Both are ISO 8601; `patience` in seconds. What
    cannot be read was noted by an older version, which did not wait.
    """
    try:
        passed = datetime.fromisoformat(now) - datetime.fromisoformat(asked)
    except ValueError:
        return True
    return passed.total_seconds() >= patience


def awaited_from(decision: Decision, begun: str, at: str) -> Decision:
    """What a plan asks for is awaited from when it is asked: the run may have begun long before that."""
    if at == begun:
        return decision
    adds = {
        (one.system, one.remote_id)
        for one in decision.operations
        if isinstance(one, AddComment | AddAttachment)
    }
    links = tuple(
        _asked(k, begun, at) if k.state == "awaited" or (k.system, k.remote_id) in adds else k
        for k in decision.links
    )
    return replace(decision, links=links) if links != decision.links else decision


def _asked(link: Link, begun: str, at: str) -> Link:
    shadow = replace(
        link.shadow,
        comments=_marked(link.shadow.comments, begun, at),
        attachments=_marked(link.shadow.attachments, begun, at),
    )
    return replace(link, asked_at=at if link.asked_at == begun else link.asked_at, shadow=shadow)


def _marked(marks: Mapping[Key, Mark], begun: str, at: str) -> Mapping[Key, Mark]:
    return {key: replace(mark, asked=at) if mark.asked == begun else mark for key, mark in marks.items()}
