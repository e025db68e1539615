"""Files on their way into Zendesk: streamed, measured and hashed while they pass."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from http import HTTPStatus
from typing import NamedTuple

from connectors.hosts import unreachable
from connectors.http import InDoubt, NotDone
from connectors.zendesk import records
from connectors.zendesk.client import Client
from connectors.zendesk.errors import failure
from hub.errors import Unavailable
from hub.model import HUB, Attachment, AttachmentId, RemoteId
from hub.operations import Refused, Retryable
from hub.ports import Files

ATTACHMENT_LIMIT = 50 * 1024 * 1024


class Uploaded(NamedTuple):
    """A file that waits for a comment to claim it."""

    token: str
    name: str
    sha256: str


class _TooLarge(Exception):
    pass


class _Passing:
    """Chunks on their way, with their hash so far."""

    def __init__(self, chunks: Iterator[bytes], limit: int) -> None:
        self._chunks = chunks
        self._limit = limit
        self._hash = sha256()
        self.size = 0
        self.problem: Exception | None = None
        """What went wrong on the side where the bytes come from."""

    def __iter__(self) -> Iterator[bytes]:
        try:
            for chunk in self._chunks:
                self._take(chunk)
                yield chunk
        except Exception as problem:
            self.problem = problem
            raise

    def _take(self, chunk: bytes) -> None:
        self.size += len(chunk)
        if self.size > self._limit:
            raise _TooLarge
        self._hash.update(chunk)

    def digest(self) -> str:
        return self._hash.hexdigest()


class Uploads:
    """Copies attachments from wherever they lie into Zendesk."""

    def __init__(self, client: Client, files: Files | None, limit: int = ATTACHMENT_LIMIT) -> None:
        self._client = client
        self._files = files
        self._limit = limit

    def copy(self, attachment: Attachment) -> Uploaded | Refused | Retryable:
        """Upload one file. A token that is never claimed lapses by itself."""
        if attachment.size > self._limit:
            return self._too_large(attachment)
        if self._files is None:
            return Refused(f"file {attachment.name!r}: this run was not told where files lie")
        try:
            with self._files.open(attachment) as chunks:
                return self._send(attachment, _Passing(chunks, self._limit))
        except FileNotFoundError as error:
            return unreachable(f"file {attachment.name!r}", error)
        except Unavailable as error:
            return Retryable(f"file {attachment.name!r} cannot be read now: {error}")

    def _send(self, attachment: Attachment, passing: _Passing) -> Uploaded | Refused | Retryable:
        name = attachment.name or "file"
        try:
            reply = self._client.upload(name, attachment.content_type, passing)
        except (NotDone, InDoubt) as error:
            return self._broken(attachment, passing) or Retryable(f"upload of {name!r}: {error}")
        except Exception:
            told = self._broken(attachment, passing)
            if told is None:
                raise
            return told
        told = self._broken(attachment, passing)
        if told is not None:
            return told
        if reply.status not in (HTTPStatus.OK, HTTPStatus.CREATED):
            said = failure(reply.content).words
            large = reply.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE or any(
                words in said.lower() for words in ("too large", "too big", "larger than")
            )
            return Refused(f"Zendesk refused the file {name!r}: {said}", "too_large" if large else "invalid")
        token: str = reply.decode(records.OneUpload).upload.token
        return Uploaded(token, name, passing.digest())

    def _broken(self, attachment: Attachment, passing: _Passing) -> Refused | Retryable | None:
        """What a failure on the bytes' own side means, whatever the wire made of it."""
        match passing.problem:
            case None:
                return None
            case _TooLarge():
                return self._too_large(attachment)
            case FileNotFoundError():
                raise passing.problem
            case problem:
                return Retryable(f"file {attachment.name!r} broke off while it was read: {problem}")

    def _too_large(self, attachment: Attachment) -> Refused:
        return Refused(
            f"file {attachment.name!r} ({max(attachment.size, 0) / 1e6:.1f} MB) is larger than the "
            f"{self._limit / 1e6:.0f} MB that Zendesk takes",
            "too_large",
        )

    def text(self, name: str, text: str) -> Uploaded | Refused | Retryable:
        """Upload a text of our own, one that is too long for a comment."""
        content = text.encode("utf-8", "surrogatepass")
        nothing = RemoteId("")  # it hangs on nothing yet, and has no origin but us
        kind = "text/markdown"
        attachment = Attachment(AttachmentId(""), name, kind, len(content), "internal", HUB, nothing, nothing)
        return self._send(attachment, _Passing(iter([content]), self._limit))
