"""A raw mail, looked at a line at a time or from delimiter to delimiter, never held whole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from connectors.email.source import Source

_PIECE: Final = 64 * 1024
_DELIMITER: Final = 1000
"""Bytes of a line that can still be a MIME delimiter."""


class Window:
    """The bytes of a source from `start` to `end`. Every byte is fetched once."""

    def __init__(self, source: Source, start: int = 0, end: int | None = None) -> None:
        self._pieces = source.read(start, None if end is None else end - start)
        self._held = b""
        self._at = start  # of the first byte held
        self._here = 0  # in what is held
        self._line_end = start  # where the line before this one ended, without its CRLF

    @property
    def offset(self) -> int:
        return self._at + self._here

    def peek(self, length: int) -> bytes:
        """Return what comes next, without going there."""
        while len(self._held) - self._here < length and self._more():
            pass
        return self._held[self._here : self._here + length]

    def skip(self, length: int) -> None:
        """Go on by bytes that were peeked at."""
        self._here += length

    def line(self, limit: int) -> bytes:
        """Return the next line with its end, nothing at the end; of a longer one only `limit` bytes."""
        looked = 0
        while (found := self._held.find(b"\n", self._here + looked)) < 0:
            looked = len(self._held) - self._here
            if looked > limit:
                return self._cut(limit)
            if not self._more():
                found = len(self._held) - 1
                break
        line = self._held[self._here : found + 1]
        self._here = found + 1
        self._line_end = self.offset - len(line) + len(line.rstrip(b"\r\n"))
        return line

    def _cut(self, limit: int) -> bytes:
        line = self._held[self._here : self._here + limit]
        while (found := self._held.find(b"\n", self._here)) < 0:
            self._here = len(self._held)
            if not self._more():
                break
        else:
            self._here = found + 1
        self._line_end = self.offset
        return line

    def delimiter(self) -> tuple[bytes, int, int] | None:
        """
        Go behind the next line that begins with `--`; from the beginning of a line.

        Return the line without its end, where it begins, and where that ends which is before it.
        """
        if self.peek(2) != b"--":
            while (found := self._held.find(b"\n--", self._here)) < 0:
                self._here = max(self._here, len(self._held) - 3)
                if not self._more():
                    self._here = len(self._held)
                    return None
            self._here = found + 1
            crlf = found and self._held[found - 1 : found] == b"\r"
            self._line_end = self._at + found - (1 if crlf else 0)
        begin, before = self.offset, self._line_end
        return self.line(_DELIMITER).rstrip(b"\r\n \t"), begin, before

    def _more(self) -> bool:
        pieces, fetched = [self._held[self._here :]], 0
        while fetched < _PIECE and (piece := next(self._pieces, None)) is not None:
            pieces.append(piece)
            fetched += len(piece)
        if not fetched:
            return False
        self._at += self._here
        self._here = 0
        self._held = b"".join(pieces)
        return True


class LoneCarriageReturns:
    """A mail whose lines end in CR alone: the same, each at its place, with LF."""

    def __init__(self, source: Source) -> None:
        self._source = source

    @property
    def size(self) -> int:
        return self._source.size

    def read(self, offset: int = 0, length: int | None = None) -> Iterator[bytes]:
        for piece in self._source.read(offset, length):
            yield piece.replace(b"\r", b"\n")


def with_line_ends(source: Source) -> Source:
    """Return the source, or one of the same length in which lines end, where they end in CR alone."""
    head = b"".join(source.read(0, _PIECE))
    return LoneCarriageReturns(source) if b"\r" in head and b"\n" not in head else source
