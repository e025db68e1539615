"""From operations to items: texts rendered and cut to size, files uploaded, marks set."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, cast

from connectors.zendesk import bodies, marks
from connectors.zendesk.html import to_markdown
from connectors.zendesk.items import UPDATES_OF_CLOSED, Item, Part
from connectors.zendesk.uploads import Uploaded, Uploads
from hub.model import Attachment, Json, Person
from hub.operations import (
    AddAttachment,
    AddComment,
    CreateReplica,
    Outcome,
    Refused,
    Retryable,
    UpdateReplica,
)

FULL_TEXT = "full-text.md"


def draft(parts: Sequence[Part], uploads: Uploads) -> Item | Outcome:
    """Return the write that these operations on one ticket make, or why none can be made now."""
    first = parts[0][1]
    if isinstance(first, CreateReplica):
        return _creation(parts, first, uploads)
    item = Item(list(parts), str(first.remote_id))
    files: list[AddAttachment] = []
    for _, operation in parts:
        problem: Outcome | None = None
        if isinstance(operation, UpdateReplica):
            _fields(item, operation)
        elif isinstance(operation, AddComment):
            problem = _comment(item, operation, uploads)
        elif isinstance(operation, AddAttachment):
            files.append(operation)
        if problem is not None:
            return problem
    return _files(item, files, uploads) if files else item


def _fields(item: Item, operation: UpdateReplica) -> None:
    item.fields = dict(operation.changes)
    item.stamp = operation.expect
    item.closed = operation.closed
    before = operation.before.get("tags")
    if isinstance(before, list):
        item.tags_before = [str(tag) for tag in cast("list[Any]", before)]
    if operation.closed:
        if item.tags_before is None and "tags" in item.fields:
            item.tags_before = []
        for name in [name for name in item.fields if name != "tags"]:
            item.refuse(name, UPDATES_OF_CLOSED)


def _comment(item: Item, operation: AddComment, uploads: Uploads) -> Outcome | None:
    body = bodies.body(operation.body, FULL_TEXT)
    tokens: list[str] = []
    files: list[tuple[str, str]] = []
    problem = _with_rest(item, "comment", body.cut, operation.body, uploads, tokens, files)
    if problem is not None:
        return problem
    problem = _copy(item, operation.attachments, uploads, tokens, files)
    if problem is not None:
        return problem
    item.said = bodies.comment(body.html, public=operation.public, uploads=tokens)
    item.mark = marks.write(comment=operation.key, files=files)
    return None


def _with_rest(
    item: Item,
    slot: str,
    cut: str,
    text: str,
    uploads: Uploads,
    tokens: list[str],
    files: list[tuple[str, str]],
) -> Outcome | None:
    """Of a text that was cut, attach the whole."""
    if not cut:
        return None
    item.cut[slot] = cut
    whole = uploads.text(FULL_TEXT, text)
    if not isinstance(whole, Uploaded):
        return whole
    tokens.append(whole.token)
    files.append(("", whole.name))
    return None


def _copy(
    item: Item,
    attachments: Iterable[Attachment],
    uploads: Uploads,
    tokens: list[str],
    files: list[tuple[str, str]],
) -> Retryable | None:
    """Upload files. One that cannot be had at all does not hold back the words it came with."""
    for attachment in attachments:
        copied = uploads.copy(attachment)
        if isinstance(copied, Retryable):
            return copied
        if isinstance(copied, Refused):
            item.refused[f"attachment:{attachment.id}"] = copied.reason
            continue
        tokens.append(copied.token)
        files.append((str(attachment.id), copied.name))
        item.hashes[attachment.id] = copied.sha256
        item.names[attachment.id] = copied.name
    return None


def _files(item: Item, operations: Sequence[AddAttachment], uploads: Uploads) -> Item | Outcome:
    """Files that hang on no comment come with an internal note that only names them."""
    tokens: list[str] = []
    files: list[tuple[str, str]] = []
    given = [operation.attachment for operation in operations]
    if len(given) == 1:
        only = uploads.copy(given[0])
        if not isinstance(only, Uploaded):
            return only
        tokens, files = [only.token], [(str(given[0].id), only.name)]
        item.hashes[given[0].id], item.names[given[0].id] = only.sha256, only.name
    else:
        problem = _copy(item, given, uploads, tokens, files)
        if problem is not None:
            return problem
    if tokens:
        text = "Attached: " + ", ".join(name for _, name in files)
        html = bodies.body(text.replace("_", "\\_"), FULL_TEXT).html
        item.said = bodies.comment(html, public=False, uploads=tokens)
        item.mark = marks.write(files=files)
    return item


def _creation(parts: Sequence[Part], operation: CreateReplica, uploads: Uploads) -> Item | Outcome:
    raw = dict(operation.raw)
    text, given = raw.pop("description", None), raw.pop("requester", None)
    item = Item(list(parts), fields={**raw, "external_id": operation.key})
    if operation.follows:
        item.fields["via_followup_source_id"] = operation.follows
    item.requester = _requester(operation.requester, given)
    html = text if isinstance(text, str) and text else "<p>(no description)</p>"
    tokens: list[str] = []
    files: list[tuple[str, str]] = []
    if not bodies.fits(html):
        markdown = to_markdown(html)  # a `markdown` lens has made HTML of it already
        body = bodies.body(markdown, FULL_TEXT)
        html = body.html
        problem = _with_rest(item, "description", body.cut, markdown, uploads, tokens, files)
        if problem is not None:
            return problem
    # without a customer there is nobody to tell, so what is said stays among agents; and of a follow-up
    # the first comment is ours: the customer is told what people say after it, and nothing else
    public = item.requester is not None and not operation.follows
    item.said = bodies.comment(html, public=public, uploads=tokens)
    item.mark = marks.write(ticket=operation.key, files=files)
    return item


def _requester(person: Person | None, raw: Json) -> dict[str, Any] | None:
    """Whom the ticket is for, by address; Zendesk makes a user of somebody new."""
    address: str | None = person.email if person is not None else None
    if not address and isinstance(raw, dict):
        address = cast("dict[str, Any]", raw).get("email")
    if not address:
        return None
    name = person.name if person is not None and person.name else address.partition("@")[0]
    return {"email": address, "name": name}
