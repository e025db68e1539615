"""Comments, files and links to tickets: what hangs on an issue."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from connectors.hosts import unreachable
from connectors.http import InDoubt, NotDone, Reply
from connectors.jira import cut, errors, payload
from connectors.jira.adf import Adf
from connectors.jira.client import JiraClient
from connectors.jira.shapes import PROPERTY, Comment
from connectors.multipart import FilePart
from hub.errors import Unavailable
from hub.model import Attachment, RemoteId
from hub.operations import (
    AddAttachment,
    AddComment,
    Done,
    EditComment,
    Outcome,
    Refused,
    RemoveComment,
    Retryable,
    SetReference,
)
from hub.ports import Files

ADF = Adf()
_INTERNAL = "sd.public.comment"
_LONGEST_NAME = 255
_SYSTEM = re.compile(r"system=([a-z]+)&")


class _Changed(Exception):
    """A file is not as long as its origin said; nothing of it was kept."""


class Talker:
    """Writes comments, files and remote links."""

    def __init__(self, client: JiraClient, files: Files | None, *, service_desk: bool) -> None:
        self._client = client
        self._files = files
        self._service_desk = service_desk
        self._limit: int | None = None

    # --- comments --------------------------------------------------------------------------------

    def add(self, operation: AddComment) -> Outcome:
        """Add a comment with our mark in its properties, and its files."""
        body, whole, lost = self._body(operation.body, operation.key)
        properties: list[dict[str, Any]] = [
            {"key": PROPERTY, "value": {"key": str(operation.key)}}
        ]
        if self._service_desk and not operation.public:
            properties.append({"key": _INTERNAL, "value": {"internal": True}})
        reply = self._client.add_comment(
            operation.remote_id, {"body": body, "properties": properties}
        )
        if reply.status != HTTPStatus.CREATED:
            return errors.outcome(reply, f"comment on issue {operation.remote_id}")
        comment: Comment = reply.decode(Comment)
        if self._service_desk and not operation.public and comment.jsd_public is not False:
            return self._taken_back(operation.remote_id, comment.id)
        shas, refused = self._attach_all(operation)
        if whole:
            refused |= self._attach_text(operation.remote_id, *whole)
        return Done(
            remote_id=operation.remote_id,
            comment=payload.comment_of(
                comment, service_desk=self._service_desk, key=str(operation.key)
            ),
            attachments=shas,
            refused=refused,
            cut=lost,
        )

    def edit(self, operation: EditComment) -> Outcome:
        """Replace a comment's body."""
        body, whole, lost = self._body(operation.body, operation.key)
        reply = self._client.edit_comment(operation.remote_id, operation.comment, {"body": body})
        if reply.status != HTTPStatus.OK:
            return errors.outcome(reply, f"edit comment {operation.comment}")
        refused = self._attach_text(operation.remote_id, *whole) if whole else {}
        shown = payload.comment_of(
            reply.decode(Comment), service_desk=self._service_desk, key=str(operation.key)
        )
        return Done(remote_id=operation.remote_id, comment=shown, refused=refused, cut=lost)

    def remove(self, operation: RemoveComment) -> Outcome:
        """Delete a comment; one that is not there any more is done."""
        reply = self._client.delete_comment(operation.remote_id, operation.comment)
        if reply.status in {204, 404}:
            return Done(remote_id=operation.remote_id)
        return errors.outcome(reply, f"delete comment {operation.comment}")

    def _body(
        self, markdown: str, key: str
    ) -> tuple[Any, tuple[str, str] | None, dict[str, str]]:
        body = ADF.from_markdown(markdown or "…", None)
        if not cut.is_too_long(body):
            return body, None, {}
        name = f"comment-{hashlib.sha256(key.encode()).hexdigest()[:8]}-full-text.md"
        short, whole, lost = cut.shortened(body, name)
        return short, (name, whole), {"comment": lost}

    def _taken_back(self, issue_id: str, comment: str) -> Outcome:
        """An internal comment that customers can read is removed at once."""
        reply = self._client.delete_comment(issue_id, comment)
        gone = "it was deleted again" if reply.status in {204, 404} else "deleting it FAILED"
        return Refused(
            f"Jira showed an internal comment on issue {issue_id} to the customer; {gone}. Give our "
            f"account the right to add internal comments in this service project",
            "forbidden",
        )

    # --- files -----------------------------------------------------------------------------------

    def attach(self, operation: AddAttachment) -> Outcome:
        """Put a copy of a file on an issue, streamed from where it lies."""
        return self._attach(operation.remote_id, operation.attachment)

    def _attach_all(self, operation: AddComment) -> tuple[dict[Any, str], dict[str, str]]:
        shas: dict[Any, str] = {}
        refused: dict[str, str] = {}
        for attachment in operation.attachments:
            # The comment stands by now: whatever becomes of its files must not ask for it again.
            try:
                outcome = self._attach(operation.remote_id, attachment)
            except (NotDone, InDoubt, Unavailable) as error:
                outcome = Refused(str(error))
            if isinstance(outcome, Done):
                shas.update(outcome.attachments)
            else:
                refused[f"attachment:{attachment.id}"] = outcome.reason
        return shas, refused

    def _attach(self, issue_id: str, attachment: Attachment) -> Outcome:
        limit = self._upload_limit()
        if attachment.size > limit:
            return _too_large(attachment, limit)
        if self._files is None:
            return Refused(f"nobody told this run where the bytes of {attachment.name} lie")
        try:
            return self._streamed(self._files, issue_id, attachment)
        except FileNotFoundError as error:
            return unreachable(f"the file {attachment.name}", error)
        except Unavailable as error:
            return Retryable(f"the file {attachment.name} cannot be read now: {error}")
        except _Changed as changed:
            return Refused(str(changed))

    def _streamed(self, files: Files, issue_id: str, attachment: Attachment) -> Outcome:
        digest = hashlib.sha256()
        with files.open(attachment) as chunks:
            reply = self._send(issue_id, attachment, _measured(chunks, attachment, digest))
        if reply.status != HTTPStatus.OK:
            return errors.outcome(reply, f"attach {attachment.name} to issue {issue_id}")
        made = reply.json()
        return Done(
            remote_id=RemoteId(issue_id),
            attachment=RemoteId(str(made[0]["id"])),
            attachments={attachment.id: digest.hexdigest()},
        )

    def _send(self, issue_id: str, attachment: Attachment, content: Iterator[bytes]) -> Reply:
        kind = attachment.content_type or "application/octet-stream"
        name = attachment.name[-_LONGEST_NAME:] or "file"
        part = FilePart(name, content, kind, attachment.size)
        return self._client.attach(issue_id, {"file": part})

    def _upload_limit(self) -> int:
        if self._limit is None:
            self._limit = self._client.attachment_limit()
        return self._limit

    def attach_text(self, issue_id: str, name: str, text: str) -> dict[str, str]:
        """Attach the whole of a text that had to be cut; return why not, by what, if it fails."""
        return self._attach_text(issue_id, name, text)

    def _attach_text(self, issue_id: str, name: str, text: str) -> dict[str, str]:
        part = FilePart(name, text.encode(), "text/markdown; charset=utf-8")
        try:
            reply = self._client.attach(issue_id, {"file": part})
        except (NotDone, InDoubt, Unavailable) as error:
            return {f"attachment:{name}": str(error)}
        if reply.status == HTTPStatus.OK:
            return {}
        return {f"attachment:{name}": errors.said(reply.content).text() or "refused"}

    # --- links to tickets ------------------------------------------------------------------------

    def refer(self, operation: SetReference) -> Outcome:
        """Show a ticket among the issue's links, or stop showing it. Doing it twice does no harm."""
        if not operation.url:
            reply = self._client.delete_remote_link(operation.remote_id, operation.global_id)
            if reply.status in {204, 404}:
                return Done(remote_id=operation.remote_id)
            return errors.outcome(reply, f"take a link off issue {operation.remote_id}")
        reply = self._client.set_remote_link(operation.remote_id, _link(operation))
        if reply.status in {200, 201}:
            return Done(remote_id=operation.remote_id)
        return errors.outcome(reply, f"link issue {operation.remote_id} to its ticket")


def _link(operation: SetReference) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "url": operation.url,
        "title": operation.title[:255],
        "status": {"resolved": operation.resolved},
    }
    if operation.summary:
        shown["summary"] = operation.summary[:255]
    named = _SYSTEM.match(operation.global_id)
    system = named[1] if named else "zendesk"
    return {
        "globalId": operation.global_id,
        "application": {"type": f"com.{system}", "name": system.capitalize()},
        "relationship": "is reported in",
        "object": shown,
    }


def _measured(chunks: Iterator[bytes], attachment: Attachment, digest: Any) -> Iterator[bytes]:
    """Pass a file's bytes on, digested; raise `_Changed` where they are not as many as was said."""
    sent = 0
    for chunk in chunks:
        sent += len(chunk)
        if sent > attachment.size:
            break
        digest.update(chunk)
        yield chunk
    if sent != attachment.size:
        raise _Changed(
            f"the file {attachment.name} is not {attachment.size} bytes long as its origin says; "
            f"it may have been replaced while it was read"
        )


def _too_large(attachment: Attachment, limit: int) -> Refused:
    if not limit:
        return Refused("this Jira takes no attachments: switch them on in its settings", "too_large")
    return Refused(
        f"{attachment.name} has {attachment.size:,} bytes, and this Jira takes files of up to "
        f"{limit:,}: raise its limit for attachments, or share the file another way",
        "too_large",
    )
