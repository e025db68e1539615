"""Files with a history: written whole or not at all, read line by line, compressed or not."""

from __future__ import annotations

import gzip
import os
import sys
import zlib
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Protocol, cast

from hub.errors import Misconfigured
from hub.history.event import Event, read_events, write_event

STANDARD_INPUT = "-"
_GZIP = b"\x1f\x8b"


class Sink(Protocol):
    """What bytes can be written to."""

    def write(self, data: bytes, /) -> int: ...


def write_history(events: Iterable[Event], out: Sink) -> int:
    """Write one event a line; return how many there were."""
    count = 0
    for count, event in enumerate(events, 1):  # noqa: B007  the last number is how many there were
        _ = out.write(write_event(event) + b"\n")
    return count


@contextmanager
def new_file(path: Path) -> Generator[Sink]:
    """
    Write a file that is there whole or not at all, and that only its owner reads: it holds people's words.

    One that ends in `.gz` is compressed.
    """
    part = path.with_name(f"{path.name}.part")
    try:
        handle = os.open(part, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
        with os.fdopen(handle, "wb") as raw:
            if path.suffix == ".gz":
                with gzip.GzipFile(path.stem, "wb", 6, raw, mtime=0) as packed:
                    yield packed
            else:
                yield raw
        _ = part.replace(path)
    except OSError as error:
        raise Misconfigured(f"{path}: cannot be written ({error.strerror}).") from None
    finally:
        part.unlink(missing_ok=True)


def named(history: str | Path) -> str:
    """Return how messages call it."""
    return "standard input" if history == STANDARD_INPUT else str(history)


def read_history(history: str | Path, *, sort: bool = False) -> Iterator[Event]:
    """
    Yield the events of a file, or of standard input (`-`), a line in memory at a time.

    Raises `Misconfigured` with file and line where it is no history.
    """
    name = named(history)
    if history == STANDARD_INPUT:
        yield from read_events(_lines(sys.stdin.buffer, name), name, sort=sort)
        return
    try:
        file = Path(history).open("rb")  # noqa: SIM115  closed below
    except OSError as error:
        raise Misconfigured(f"{name}: cannot be read ({error.strerror or error}).") from None
    with file:
        yield from read_events(_lines(file, name), name, sort=sort)


def _lines(file: IO[bytes], name: str) -> Iterator[bytes]:
    """What is compressed is told by its first bytes: names lie, and pipes have none."""
    try:
        first = file.readline()
        whole = _Again(first, file)
        yield from gzip.GzipFile(fileobj=cast("IO[bytes]", whole)) if first.startswith(_GZIP) else whole
    except (EOFError, OSError, zlib.error) as error:
        raise Misconfigured(f"{name}: cannot be read to its end: {error}") from None


class _Again:
    """A file whose beginning was read, from its beginning on."""

    def __init__(self, first: bytes, rest: IO[bytes]) -> None:
        self._first = first
        self._rest = rest

    def read(self, size: int = -1) -> bytes:
        if size < 0:
            told, self._first = self._first + self._rest.read(), b""
            return told
        told, self._first = self._first[:size], self._first[size:]
        return told + self._rest.read(size - len(told))

    def __iter__(self) -> Iterator[bytes]:
        first, self._first = self._first, b""
        if first:
            yield first
        yield from self._rest
