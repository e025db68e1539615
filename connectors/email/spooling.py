"""Files of other systems on their way into a mail: by this machine's disk, never held in memory."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from hashlib import sha256
from typing import IO, NamedTuple

from hub.errors import HubError
from hub.model import Attachment
from hub.operations import Retryable
from hub.ports import Files


class Spooled(NamedTuple):
    """A file on this machine's disk, for as long as it takes to store it."""

    attachment: Attachment
    bytes: IO[bytes]
    size: int
    sha256: str


def spool(
    attachment: Attachment, files: Files | None, largest: int, opened: ExitStack
) -> Spooled | Retryable | str:
    """Return the file on disk; or why it cannot go out, for good (words) or for now."""
    if attachment.audience != "public":
        return f"{attachment.name} is internal; only public files are ever sent to a customer"
    if attachment.size > largest:
        return (
            f"{attachment.name} has {attachment.size} bytes; a mail takes {largest}. "
            "Send the customer a link to it."
        )
    if files is None:
        return f"{attachment.name}: {attachment.origin} is not configured"
    held = opened.enter_context(tempfile.TemporaryFile())  # noqa: SIM115  the caller's stack closes it
    digest, size = sha256(), 0
    try:
        with files.open(attachment) as stream:
            for piece in stream:
                digest.update(piece)
                size += held.write(piece)
    except FileNotFoundError:
        return f"{attachment.name} is not there any more in {attachment.origin}"
    except HubError as error:
        return Retryable(str(error))
    return Spooled(attachment, held, size, digest.hexdigest())
