"""
The bytes of mails: never changed, kept once, and never more of them in memory than a piece.

Ordinary mails lie behind one another in one temporary file; a large one has a file of its own. What a
delivery writes on top (Return-Path, Received) is small, is kept apart, and so one mail to many people
is still one mail.
"""

from __future__ import annotations

import tempfile
import threading
import weakref
from collections.abc import Iterable, Iterator
from typing import IO

PIECE = 65_536
_LARGE = 1_000_000
_HEADER_LIMIT = 1_000_000


class Content:
    """One mail's bytes: `head`, then a range of a file."""

    __slots__ = ("_at", "_file", "_length", "_lock", "_message_id", "head")

    def __init__(self, head: bytes, lock: threading.Lock, file: IO[bytes], at: int, length: int) -> None:
        self.head = head
        self._lock, self._file, self._at, self._length = lock, file, at, length
        self._message_id: str | None = None

    @property
    def size(self) -> int:
        return len(self.head) + self._length

    def under(self, head: bytes) -> Content:
        """Return the same mail with more on top; the bytes below are shared."""
        return Content(head + self.head, self._lock, self._file, self._at, self._length)

    def read(self, start: int = 0, length: int | None = None) -> bytes:
        """Return some of the bytes; all, without arguments."""
        end = self.size if length is None else min(self.size, start + length)
        top = self.head[start:end]
        below, stop = max(start - len(self.head), 0), end - len(self.head)
        if stop <= below:
            return top
        with self._lock:
            self._file.seek(self._at + below)
            return top + self._file.read(stop - below)

    def pieces(self, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """Yield some of the bytes, piece by piece."""
        end = self.size if length is None else min(self.size, start + length)
        for at in range(start, end, PIECE):
            yield self.read(at, min(PIECE, end - at))

    def header(self) -> bytes:
        """Return everything up to the first empty line, and that line."""
        wanted = 4096
        while True:
            got = self.read(0, wanted)
            if (end := got.find(b"\r\n\r\n")) >= 0:
                return got[: end + 4]
            if got.startswith(b"\r\n"):
                return b"\r\n"
            if wanted >= self.size or wanted >= _HEADER_LIMIT:
                return got
            wanted *= 8

    @property
    def message_id(self) -> str:
        """The Message-ID without its brackets; empty if there is none."""
        if self._message_id is None:
            found = values(self.header(), "message-id")
            self._message_id = found[0].strip().strip("<>") if found else ""
        return self._message_id


def values(header: bytes, name: str) -> list[str]:
    """Return the unfolded values of a header field, as many as there are."""
    return [
        field.partition(b":")[2].replace(b"\r\n", b"").decode("utf-8", "replace").strip()
        for field in fields(header)
        if field_name(field) == name.lower()
    ]


def field_name(field: bytes) -> str:
    return field.partition(b":")[0].strip().decode("ascii", "replace").lower()


def fields(header: bytes) -> list[bytes]:
    """Return a header's fields as they stand, folded lines and line ends included."""
    found: list[bytes] = []
    for line in header.splitlines(keepends=True):
        if found and line[:1] in {b" ", b"\t"} and line.strip():
            found[-1] += line
        elif line.strip():
            found.append(line)
    return found


class Spool:
    """
    Where contents lie. `close` gives up the files; contents are of no use after it.

    A spool that is forgotten gives them up as well, since a sandbox without servers needs no closing.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._file: IO[bytes] | None = None
        self._end = 0
        self._files: list[IO[bytes]] = []
        weakref.finalize(self, _close, self._files)

    def of(self, raw: bytes | Iterable[bytes]) -> Content:
        """Keep a mail given at once, or as pieces."""
        writer = Writer(self)
        try:
            for piece in (raw,) if isinstance(raw, bytes) else raw:
                writer.write(piece)
            return writer.done()
        finally:
            writer.drop()

    def close(self) -> None:
        """Give up all files."""
        with self._lock:
            _close(self._files)
            self._file, self._end = None, 0

    def small(self, raw: bytes) -> Content:
        """Put an ordinary mail behind the others."""
        with self._lock:
            if self._file is None:  # it lives as long as the spool
                self._file = tempfile.TemporaryFile(prefix="mails-")  # noqa: SIM115
                self._files.append(self._file)
            at, self._end = self._end, self._end + len(raw)
            self._file.seek(at)
            self._file.write(raw)
            return Content(b"", self._lock, self._file, at, len(raw))

    def large(self, file: IO[bytes], length: int) -> Content:
        """Keep a large mail in the file that it was written to."""
        with self._lock:
            self._files.append(file)
        return Content(b"", threading.Lock(), file, 0, length)


def _close(files: list[IO[bytes]]) -> None:
    while files:
        files.pop().close()


class Writer:
    """
    A mail that is coming in. Call `done` or `drop` (after `done` it does nothing).

    Line ends become CRLF and NUL becomes 0x80, as Dovecot has it.
    """

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self._held = bytearray()
        self._file: IO[bytes] | None = None
        self._after_cr = False
        self.size = 0

    def write(self, piece: bytes) -> None:
        """Take the next bytes."""
        if not piece:
            return
        first = piece[:1]
        if self._after_cr and first == b"\n":
            self._put(b"\n")
            piece = piece[1:]
        self._after_cr = piece.endswith(b"\r") if piece else False
        if piece.count(b"\n") != piece.count(b"\r\n"):
            piece = piece.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        self._put(piece.replace(b"\0", b"\x80"))

    def _put(self, piece: bytes) -> None:
        self.size += len(piece)
        if self._file is not None:
            self._file.write(piece)
            return
        self._held += piece
        if len(self._held) > _LARGE:
            self._file = tempfile.TemporaryFile(prefix="mail-")  # noqa: SIM115
            self._file.write(self._held)
            self._held.clear()

    def done(self) -> Content:
        """Return the mail."""
        if self._file is None:
            return self._spool.small(bytes(self._held))
        file, self._file = self._file, None
        return self._spool.large(file, self.size)

    def drop(self) -> None:
        """Forget what has come."""
        self._held.clear()
        if self._file is not None:
            self._file.close()
            self._file = None
