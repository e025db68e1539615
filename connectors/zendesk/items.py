"""
One write to one ticket: what of which operations goes into it, and what its answer means for each.

An update of fields and a comment on the same ticket are one write in Zendesk, so they are one item.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from connectors.zendesk import blame, marks, payload, records
from connectors.zendesk.bodies import Known, ticket_json
from hub.model import AttachmentId, Json, Person, RemoteId
from hub.operations import (
    AddAttachment,
    AddComment,
    CreateReplica,
    Done,
    Outcome,
    Refused,
    UpdateReplica,
)
from hub.replica import RemoteComment

Asked: TypeAlias = CreateReplica | UpdateReplica | AddComment | AddAttachment
Part: TypeAlias = tuple[int, Asked]

UPDATES_OF_CLOSED = "a closed ticket takes no change but of its tags"


@dataclass(slots=True)
class Item:
    """A write that is being made. Fields are taken out of it as Zendesk refuses them."""

    parts: list[Part]
    ticket: str = ""
    """Its number; empty for a creation."""
    fields: dict[str, Json] = field(default_factory=dict)
    tags_before: list[str] | None = None
    said: dict[str, Any] | None = None
    mark: dict[str, Any] | None = None
    requester: dict[str, Any] | None = None
    stamp: str = ""
    closed: bool = False
    refused: dict[str, str] = field(default_factory=dict)
    cut: dict[str, str] = field(default_factory=dict)
    hashes: dict[AttachmentId, str] = field(default_factory=dict)
    names: dict[AttachmentId, str] = field(default_factory=dict)
    """What each file is called there."""

    @property
    def empty(self) -> bool:
        return not self.fields and self.said is None and bool(self.ticket)

    @property
    def needs_bulk(self) -> bool:
        """Only a bulk call can add and remove tags without replacing those of others."""
        return "tags" in self.fields and self.tags_before is not None and (self.closed or not self.stamp)

    @property
    def name(self) -> str:
        return f"ticket #{self.ticket}" if self.ticket else "the new ticket"

    def json(self, known: Known, *, bulk: bool) -> dict[str, Any]:
        """The body, without what Zendesk cannot be asked; such fields are noted as refused."""
        before = self.tags_before if bulk and self.ticket else None
        written = ticket_json(self.fields, known, tags_before=before)
        for name, reason in written.refused.items():
            self.refuse(name, reason)
        json = written.json
        if self.said is not None:
            json["comment"] = self.said
            json["metadata"] = self.mark
        if self.requester is not None:
            json["requester"] = self.requester
        if bulk and self.ticket:
            json["id"] = int(self.ticket)
        if self.stamp and not self.closed:
            json |= {"safe_update": True, "updated_stamp": self.stamp}
        return json

    def refuse(self, name: str, reason: str) -> None:
        """Take a field, or the comment, out of the write."""
        self.refused[name] = reason
        _ = self.fields.pop(name, None)
        if name == blame.COMMENT:
            self.said = None

    def pieces(self) -> Iterator[Item]:
        """The same write field by field, to find the one that is refused."""
        first = True
        for name, value in list(self.fields.items()):
            stamp = self.stamp if first else ""  # our own first piece moves the ticket's stamp
            yield Item([], self.ticket, {name: value}, self.tags_before, stamp=stamp)
            first = False
        if self.said is not None:
            yield Item([], self.ticket, said=self.said, mark=self.mark)

    # -- what it means for the operations ------------------------------------------------------

    def all(self, outcome: Outcome) -> Iterator[tuple[int, Outcome]]:
        """The same for every operation in this write."""
        for index, _ in self.parts:
            yield index, outcome

    def done(self, shown: Shown) -> Iterator[tuple[int, Outcome]]:
        """What a write that was made, but for the refused fields, means for each operation."""
        for index, operation in self.parts:
            if isinstance(operation, CreateReplica):
                yield index, shown.done(self.refused, self.cut, sent=operation.raw)
            elif isinstance(operation, UpdateReplica):
                own = {n: why for n, why in self.refused.items() if n in operation.changes}
                if len(own) == len(operation.changes):
                    yield index, _refused(own, operation)
                else:
                    sent = {n: v for n, v in operation.changes.items() if n not in own}
                    yield index, shown.done(own, {}, sent=sent)
            elif blame.COMMENT in self.refused:
                yield index, Refused(f"{self.name}: {self.refused[blame.COMMENT]}")
            else:
                yield index, self._said(operation, shown)

    def _said(self, operation: AddComment | AddAttachment, shown: Shown) -> Outcome:
        if isinstance(operation, AddAttachment):
            key = operation.attachment.id
            reason = self.refused.get(f"attachment:{key}")
            if reason is not None:
                return Refused(reason)
            number = shown.files.get(self.names.get(key, ""), RemoteId(""))
            return Done(
                remote_id=RemoteId(self.ticket),
                version=shown.version,
                attachment=number,
                attachments={key: self.hashes[key]},
            )
        keys = {a.id for a in operation.attachments}
        return Done(
            remote_id=RemoteId(self.ticket),
            version=shown.version,
            comment=shown.comment,
            attachments={k: v for k, v in self.hashes.items() if k in keys},
            refused={n: why for n, why in self.refused.items() if n.startswith("attachment:")},
            cut=self.cut,
        )


def _refused(reasons: Mapping[str, str], operation: UpdateReplica) -> Refused:
    said = "; ".join(f"{name}: {why}" for name, why in reasons.items())
    closed = operation.closed and all(why == UPDATES_OF_CLOSED for why in reasons.values())
    code = "closed" if closed else "invalid"
    return Refused(f"ticket #{operation.remote_id}: {said}" if said else "nothing to write", code)


@dataclass(slots=True)
class Shown:
    """What the answer to a write showed; a bulk call's shows only the number."""

    number: str = ""
    url: str = ""
    version: str = ""
    raw: Mapping[str, Json] | None = None
    comment: RemoteComment | None = None
    files: dict[str, RemoteId] = field(default_factory=dict)

    def done(self, refused: Mapping[str, str], cut: Mapping[str, str], *, sent: Mapping[str, Json]) -> Done:
        raw = self.raw
        return Done(
            remote_id=RemoteId(self.number),
            label=f"#{self.number}",
            url=self.url,
            version=self.version,
            raw={n: raw[n] for n in sent if n in raw and n not in refused} if raw else None,
            refused=refused,
            cut=cut,
        )


def shown(one: records.OneTicket, raw: Mapping[str, Json], author: Person) -> Shown:
    """Read the answer to a single write."""
    ticket, audit = one.ticket, one.audit
    found = Shown(str(ticket.id), payload.agent_url(ticket), ticket.updated_at or "", raw)
    if audit is None:
        return found
    mark = marks.read(audit.metadata)
    for event in audit.events or ():
        if not payload.is_comment(event):
            continue
        if mark.ticket is not None:
            found.raw = {**raw, "description": payload.body_of(event)}
        elif mark.comment is not None:
            at = audit.created_at or ""
            found.comment = payload.remote_comment(event, mark, at, author)
        for file in event.attachments or ():
            found.files[file.file_name or ""] = RemoteId(str(file.id))
    return found
