"""
When two deliveries are of one mail.

Every server on the way writes its own lines above a mail, and every delivery has others; what its author
sent stays. So two deliveries are the same if all but those lines is, byte for byte, the Message-ID
included: a different mail with a known Message-ID is a different mail.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

_TRACE = frozenset(
    (
        "received", "received-spf", "delivered-to", "return-path", "envelope-to", "delivery-date",
        "authentication-results", "authentication-results-original", "dkim-signature", "dkim-filter",
        "domainkey-signature", "status", "content-length", "lines", "x-received", "x-original-to",
        "x-delivered-to", "x-apparently-to", "x-resolved-to", "x-rcpt-to", "x-return-path", "x-peer",
        "x-uid", "x-uidl", "x-status", "x-keywords", "x-mozilla-status", "x-mozilla-status2",
        "x-mozilla-keys", "x-originalarrivaltime", "x-eopattributedmessage", "x-incomingtopheadermarker",
        "x-incomingheadercount",
    )
)  # fmt: skip
_TRACES = (
    "arc-", "x-envelope-", "x-spam", "x-virus", "x-rspamd", "x-amavis", "x-sieve", "x-gm-", "x-google-",
    "x-ms-", "x-microsoft-antispam", "x-forefront-", "x-exchange-", "x-proofpoint", "x-mimecast-",
    "x-barracuda-", "x-ironport", "x-forwarded-",
)  # fmt: skip
_END = re.compile(rb"\r?\n\r?\n|\A\r?\n")
_FIELD = re.compile(rb"[^\n]*(?:\n[ \t][^\n]*)*(?:\n|\Z)")
_MESSAGE_ID = re.compile(r"<([^<>]*)>")
HEAD = 1024 * 1024
"""A header block that goes on longer is taken for text."""


class Marks(NamedTuple):
    """What a mail is known again by."""

    sha256: str
    """Of all its bytes, hex."""
    sameness: str
    message_id: str
    """Without <>; empty: none."""
    size: int
    """Bytes seen."""


class Marking:
    """Reads a mail piece by piece. `feed` all of it, then ask for its `marks`."""

    def __init__(self) -> None:
        self._all = hashlib.sha256()
        self._same = hashlib.sha256()
        self._head: bytearray | None = bytearray()
        self._message_id = ""
        self._dated = False
        self._size = 0

    def feed(self, piece: bytes) -> None:
        self._size += len(piece)
        self._all.update(piece)
        if self._head is None:
            self._same.update(piece)
            return
        start = max(0, len(self._head) - 3)
        self._head += piece
        end = _END.search(self._head, start) if start else _END.search(self._head)
        if end is not None or len(self._head) > HEAD:
            self._turn(end.end() if end is not None else 0)

    def marks(self, beyond: int = 0) -> Marks:
        """`beyond`: bytes of the mail that were not fetched; their number tells mails apart too."""
        if self._head is not None:
            self._turn(len(self._head))
        every, same = self._all.copy(), self._same.copy()
        if beyond:
            every.update(b"\0beyond %d" % beyond)
            same.update(b"\0beyond %d" % beyond)
        sha256 = every.hexdigest()
        # Neither name nor date: a form that sends the same words twice means them twice.
        known = bool(self._message_id) or self._dated
        return Marks(sha256, same.hexdigest() if known else sha256, self._message_id, self._size)

    def _turn(self, end: int) -> None:
        """Go over from the header block, which ends at `end`, to the text."""
        head, self._head = bytes(self._head or b""), None
        for field in fields(head[:end]):
            name = field.partition(b":")[0].strip().lower().decode("ascii", "replace")
            if name in _TRACE or name.startswith(_TRACES):
                continue
            self._same.update(field)
            self._dated = self._dated or name == "date"
            if name == "message-id" and not self._message_id:
                self._message_id = message_id(field)
        self._same.update(head[end:])


def fields(head: bytes) -> Iterator[bytes]:
    """Cut a header block into its fields, folded lines and all; joined they are the block again."""
    return (match.group() for match in _FIELD.finditer(head) if match.group())


def message_id(field: bytes) -> str:
    """Return the id in a Message-ID field: without <>, as one line of readable text."""
    text = field.partition(b":")[2].decode("utf-8", "replace").replace("\0", "")
    line = " ".join(text.split())
    found = _MESSAGE_ID.search(line)
    return (found.group(1).strip() if found else line)[:998]


def marks_of(pieces: Iterable[bytes], beyond: int = 0) -> Marks:
    marking = Marking()
    for piece in pieces:
        marking.feed(piece)
    return marking.marks(beyond)
