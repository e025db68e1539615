"""A raw mail as something that can be read from any place, without being held whole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol


class Source(Protocol):
    """The bytes of one mail."""

    @property
    def size(self) -> int: ...

    def read(self, offset: int = 0, length: int | None = None) -> Iterator[bytes]:
        """Yield the bytes from `offset`, up to `length` of them, in pieces."""
        ...


class BytesSource:
    """A mail that is small enough to lie in memory."""

    def __init__(self, data: bytes, piece: int = 64 * 1024) -> None:
        self._data = data
        self._piece = piece

    @property
    def size(self) -> int:
        return len(self._data)

    def read(self, offset: int = 0, length: int | None = None) -> Iterator[bytes]:
        end = len(self._data) if length is None else min(len(self._data), offset + length)
        for start in range(offset, end, self._piece):
            yield self._data[start : min(end, start + self._piece)]


class Unreadable(Exception):
    """A mail that nothing can be made of; `str()` says why, to a person."""
