"""
Files on their way onto Cases: streamed, measured and hashed while they pass.

A file is inserted first and shown on its Case second, to the org's own people: an insert that shows it at
once would leave the audience to the org. Customers have their files where they wrote; a copy that they
could open here would stay open when its comment is taken back. What a lost answer leaves is on no Case.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from hashlib import sha256
from http import HTTPStatus
from typing import Any

import msgspec

from connectors.hosts import unreachable
from connectors.http import InDoubt, NotDone
from connectors.multipart import FilePart
from connectors.salesforce import errors
from connectors.salesforce.client import Answer as Part
from connectors.salesforce.client import SalesforceClient
from connectors.salesforce.conditional import parts_of
from connectors.salesforce.refusals import refusals, refusals_in
from hub.errors import HubError, Unavailable
from hub.model import HUB, Attachment, AttachmentId, Audience, RemoteId
from hub.operations import AddAttachment, Done, Outcome, Refused, Retryable, Unanswered
from hub.ports import Files

LIMIT = 2_000_000_000
"""Bytes of one file by a form; without a form it would be 37 MB."""
_LONGEST_TITLE, _LONGEST_PATH = 255, 500
_INTERNAL = "InternalUsers"
_VIEWER = "V"
_LONGEST_DESCRIPTION = 1000
_DISCARD = "DELETE /sobjects/ContentDocument/{id}"
log = logging.getLogger(__name__)


class _TooLarge(Exception):
    pass


class _Changed(Exception):
    pass


class Passing:
    """Chunks on their way, with their hash so far."""

    def __init__(self, chunks: Iterator[bytes], expected: int | None) -> None:
        self._chunks = chunks
        self._expected = expected
        self._hash = sha256()
        self._size = 0
        self.problem: Exception | None = None
        """What went wrong on the side where the bytes come from."""

    def __iter__(self) -> Iterator[bytes]:
        try:
            for chunk in self._chunks:
                self._take(chunk)
                yield chunk
            self._end()
        except Exception as problem:
            self.problem = problem
            raise

    def _take(self, chunk: bytes) -> None:
        self._size += len(chunk)
        if self._size > LIMIT:
            raise _TooLarge
        if self._expected is not None and self._size > self._expected:
            raise _Changed
        self._hash.update(chunk)

    def _end(self) -> None:
        if self._expected is not None and self._size != self._expected:
            raise _Changed

    def digest(self) -> str:
        return self._hash.hexdigest()


class Uploads:
    """Copies attachments from wherever they lie onto Cases."""

    def __init__(self, client: SalesforceClient, files: Files | None) -> None:
        self._client = client
        self._files = files

    def attach(self, operation: AddAttachment) -> Outcome:
        """Put a copy of a file on a Case."""
        return self.copy(operation.remote_id, operation.attachment)

    def copy(self, case_id: str, attachment: Attachment) -> Outcome:
        """Put a copy of a file on a Case, for the org's own people."""
        if attachment.size > LIMIT:
            return _too_large(attachment)
        if self._files is None:
            return Refused(f"file {attachment.name!r}: this run was not told where files lie")
        with ExitStack() as stack:
            try:
                chunks = stack.enter_context(self._files.open(attachment))
            except (FileNotFoundError, Unavailable) as error:
                return _unread(attachment, error)
            passing = Passing(chunks, attachment.size if attachment.size >= 0 else None)
            made = self._insert(attachment, passing)
        if not isinstance(made, str):
            return made
        return self._show(case_id, attachment, made, passing.digest())

    def text(self, case_id: str, name: str, text: str, *, public: bool) -> Outcome:
        """Put a text of our own on a Case, one that is too long for a comment."""
        content = text.encode("utf-8", "replace")
        nothing = RemoteId("")  # it hangs on nothing yet, and has no origin but us
        audience: Audience = "public" if public else "internal"
        file = Attachment(
            AttachmentId(""), name, "text/markdown", len(content), audience, HUB, nothing, nothing
        )
        passing = Passing(iter([content]), len(content))
        made = self._insert(file, passing)
        return self._show(case_id, file, made, passing.digest()) if isinstance(made, str) else made

    # --- first: the file -------------------------------------------------------------------------

    def _insert(self, attachment: Attachment, passing: Passing) -> str | Outcome:
        """Insert a file that is shown nowhere yet; return its id."""
        try:
            reply = self._client.post("/sobjects/ContentVersion", files=form(attachment, passing))
        except (NotDone, InDoubt) as error:
            # If it was inserted all the same, it is on no Case.
            return _broken(attachment, passing) or Retryable(f"file {attachment.name!r}: {error}")
        except Exception:
            told = _broken(attachment, passing)
            if told is None:
                raise
            return told
        told = _broken(attachment, passing)
        if told is not None:
            return told
        if reply.status != HTTPStatus.CREATED:
            return errors.outcome(refusals(reply.content), f"take the file {attachment.name!r}", reply.status)
        try:
            return str(reply.json()["id"])
        except Unavailable as error:
            return Retryable(f"file {attachment.name!r}: {error}")

    # --- second: where it is shown ---------------------------------------------------------------

    def _show(self, case_id: str, attachment: Attachment, version: str, digest: str) -> Outcome:
        """Show a file on its Case."""
        doing = f"show the file {attachment.name!r} on Case {case_id}"
        visible = {"Visibility": _INTERNAL}
        try:
            parts = self._linked(case_id, version, visible)
            if _is_unknown(parts.get("link"), "Visibility"):  # no customer ever looks into this org
                parts = self._linked(case_id, version, {})
        except NotDone as error:
            return Retryable(f"could not {doing}: {error}", error.after)
        except InDoubt as error:
            return Unanswered(f"{doing}: {error}")
        link = parts.get("link")
        if link is None:
            return Retryable(f"could not {doing}: the call was not taken")
        if link.http_status_code != HTTPStatus.CREATED:
            self._discard(parts["version"])
            said = refusals_in(msgspec.json.decode(link.body))
            return errors.outcome(said, doing, link.http_status_code)
        hashes = {attachment.id: digest} if attachment.id else {}
        return Done(remote_id=RemoteId(case_id), attachment=RemoteId(version), attachments=hashes)

    def _linked(self, case_id: str, version: str, visible: Mapping[str, str]) -> Mapping[str, Part]:
        """Find out a file's document and link it to a Case, in one call."""
        look = {
            "method": "GET",
            "url": self._client.locate(f"/sobjects/ContentVersion/{version}?fields=ContentDocumentId"),
            "referenceId": "version",
        }
        show = {
            "method": "POST",
            "url": self._client.locate("/sobjects/ContentDocumentLink"),
            "referenceId": "link",
            "body": {
                "ContentDocumentId": "@{version.ContentDocumentId}",
                "LinkedEntityId": case_id,
                "ShareType": _VIEWER,
                **visible,
            },
        }
        body = {"allOrNone": False, "collateSubrequests": False, "compositeRequest": [look, show]}
        reply = self._client.post("/composite", json=body)
        if reply.status != HTTPStatus.OK:
            return {}
        try:
            return parts_of(reply)
        except Unavailable as error:
            raise InDoubt(str(error)) from error

    def _discard(self, version: Part) -> None:
        """Delete a file that could not be shown; if that fails it stays in our own user's files."""
        if version.http_status_code != HTTPStatus.OK:
            return
        document = msgspec.json.decode(version.body)["ContentDocumentId"]
        try:
            _ = self._client.delete(f"/sobjects/ContentDocument/{document}", endpoint=_DISCARD)
        except (NotDone, InDoubt, HubError) as error:
            log.info("a file that could not be shown on its Case was left behind: %s", error)


def _is_unknown(link: Part | None, field: str) -> bool:
    """Whether a link was refused because the org has no such field."""
    if link is None or link.http_status_code == HTTPStatus.CREATED:
        return False
    said = refusals_in(msgspec.json.decode(link.body))
    named = errors.blamed(said, {field: ""})
    return field in named and named[field].code.startswith("INVALID_FIELD")


def form(attachment: Attachment, passing: Passing) -> list[tuple[str, FilePart]]:
    """Return a file as Salesforce takes it: its record, then its bytes."""
    name = attachment.name or "file"
    entity: dict[str, Any] = {"Title": name[:_LONGEST_TITLE], "PathOnClient": name[-_LONGEST_PATH:]}
    if attachment.id:
        entity["Description"] = f"[hub:{attachment.id}]"[:_LONGEST_DESCRIPTION]
    kind = attachment.content_type or "application/octet-stream"
    size = attachment.size if attachment.size >= 0 else None
    return [
        # The record must come first, and must not look like a file.
        ("entity_content", FilePart("", msgspec.json.encode(entity), "application/json")),
        ("VersionData", FilePart(name, iter(passing), kind, size)),
    ]


def _broken(attachment: Attachment, passing: Passing) -> Outcome | None:
    """What a failure on the bytes' own side means, whatever the wire made of it."""
    match passing.problem:
        case None:
            return None
        case _TooLarge():
            return _too_large(attachment)
        case _Changed():
            return Refused(
                f"file {attachment.name!r} is not {attachment.size:,} bytes long as its origin says; it may "
                f"have been replaced while it was read"
            )
        case problem:
            return _unread(attachment, problem)


def _unread(attachment: Attachment, problem: Exception) -> Outcome:
    if isinstance(problem, FileNotFoundError):
        return unreachable(f"file {attachment.name!r}", problem)
    return Retryable(f"file {attachment.name!r} cannot be read now: {problem}")


def _too_large(attachment: Attachment) -> Refused:
    return Refused(
        f"file {attachment.name!r} has {attachment.size:,} bytes, and Salesforce takes files of up to "
        f"{LIMIT:,}: share it another way",
        "too_large",
    )
