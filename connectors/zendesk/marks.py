"""
Our mark on what we write: `{"hub": {...}}` in the custom metadata of an update. Pure.

It is the only thing that lasts on an update, tells an echo from a person's word, and lets a comment
be found whose creation was not answered. Agents do not see it.

    {"hub": {"comment": "<comment id>"}}            a comment of the hub
    {"hub": {"ticket": "<key>"}}                    a ticket of the hub
    {"hub": {"files": [["<attachment id>", "<name>"], ...]}}   with either, or alone: files only
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple, cast

from hub.model import AttachmentId, CommentId, TicketId

NAME = "hub"


class Mark(NamedTuple):
    """What a mark says."""

    ours: bool = False
    comment: CommentId | None = None
    ticket: TicketId | None = None
    files: tuple[tuple[str, str], ...] = ()

    @property
    def only_files(self) -> bool:
        """The update was made to bring files; its words are no comment."""
        return bool(self.files) and self.comment is None and self.ticket is None


NO_MARK = Mark()


def read(*metadata: Any) -> Mark:
    """
    Return the mark in the first of these metadata that has one.

    Audits and comments keep what was sent under `custom`; exports of events show it without.
    """
    for one in metadata:
        if not isinstance(one, dict):
            continue
        told = cast("dict[str, Any]", one)
        custom = told.get("custom")
        for place in (custom, told):
            hub = cast("dict[str, Any]", place).get(NAME) if isinstance(place, dict) else None
            if isinstance(hub, dict):
                return _read(cast("dict[str, Any]", hub))
    return NO_MARK


def _read(hub: dict[str, Any]) -> Mark:
    comment, ticket = hub.get("comment"), hub.get("ticket")
    listed = hub.get("files")
    pairs = cast("list[Any]", listed if isinstance(listed, list) else [])
    files = tuple(tuple(map(str, cast("list[Any]", it))) for it in pairs if isinstance(it, list))
    return Mark(
        ours=True,
        comment=CommentId(comment) if isinstance(comment, str) else None,
        ticket=TicketId(ticket) if isinstance(ticket, str) else None,
        files=tuple((pair[0], pair[-1]) for pair in files if pair),
    )


def write(*, comment: str = "", ticket: str = "", files: Iterable[tuple[str, str]] = ()) -> dict[str, Any]:
    """Return the metadata that carries a mark."""
    hub: dict[str, Any] = {}
    if comment:
        hub["comment"] = comment
    if ticket:
        hub["ticket"] = ticket
    pairs = [list(pair) for pair in files]
    if pairs:
        hub["files"] = pairs
    return {NAME: hub}


def file_key(mark: Mark, name: str) -> AttachmentId | None:
    """Return which of our attachments a file is; "" for one that is no attachment of a ticket."""
    for key, called in mark.files:
        if called == name:
            return AttachmentId(key)
    return None
