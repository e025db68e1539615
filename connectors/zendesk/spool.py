"""Texts kept on disk for the length of one read, so that memory does not grow with the account."""

from __future__ import annotations

import tempfile
import weakref
from typing import IO


class Spool:
    """A temporary file of texts by number. It is made when it is needed, and vanishes by itself."""

    def __init__(self) -> None:
        self._file: IO[bytes] | None = None
        self._places: dict[int, tuple[int, int]] = {}
        self._end = 0

    def put(self, number: int, text: str) -> None:
        if self._file is None:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as this object
            _ = weakref.finalize(self, self._file.close)
        content = text.encode("utf-8", "surrogatepass")
        _ = self._file.seek(self._end)
        _ = self._file.write(content)
        self._places[number] = (self._end, len(content))
        self._end += len(content)

    def get(self, number: int) -> str | None:
        place = self._places.get(number)
        if place is None or self._file is None:
            return None
        _ = self._file.seek(place[0])
        return self._file.read(place[1]).decode("utf-8", "surrogatepass")

    def __contains__(self, number: int) -> bool:
        return number in self._places

    def clear(self) -> None:
        self._places.clear()
        self._end = 0
        if self._file is not None:
            self._file.close()
            self._file = None
