"""multipart/form-data whose parts may be streams: files pass through without being held whole."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol, runtime_checkable

_CHUNK = 64 * 1024


@runtime_checkable
class Readable(Protocol):
    """A file, as far as it is needed here."""

    def read(self, size: int, /) -> bytes: ...


Content = bytes | Iterable[bytes] | Readable


class FilePart(NamedTuple):
    """
    One file of a form. `size` in bytes, if it is known beforehand (a stream's usually is).

    Without a name it is no file but a field of its own type.
    """

    name: str
    content: Content
    type: str = "application/octet-stream"
    size: int | None = None


PartLike = FilePart | tuple[str, Content] | tuple[str, Content, str]

Files = Mapping[str, PartLike] | Sequence[tuple[str, PartLike]]


def encode(files: Files) -> tuple[dict[str, str], bytes | Iterator[bytes]]:
    """
    Return headers and body of a form with these files.

    The body is bytes if every part is (it can be sent again), else an iterator. The headers state
    its length if that is known.
    """
    boundary = secrets.token_hex(16)
    pairs = files.items() if isinstance(files, Mapping) else files
    parts = [(_head(field, part, boundary), part) for field, part in map(_as_part, pairs)]
    tail = f"--{boundary}--\r\n".encode()
    headers = {"content-type": f"multipart/form-data; boundary={boundary}"}
    sizes = [len(p.content) if isinstance(p.content, bytes) else p.size for _, p in parts]
    known = [size for size in sizes if size is not None]
    if len(known) == len(sizes):
        total = sum(known) + sum(len(head) + 2 for head, _ in parts) + len(tail)
        headers["content-length"] = str(total)
    body = _body(parts, tail)
    if all(isinstance(part.content, bytes) for _, part in parts):
        return headers, b"".join(body)
    return headers, body


def _as_part(pair: tuple[str, PartLike]) -> tuple[str, FilePart]:
    field, part = pair
    return field, FilePart(*part)  # type: ignore[arg-type]


def _head(field: str, part: FilePart, boundary: str) -> bytes:
    filename = f'; filename="{_quoted(part.name)}"' if part.name else ""
    return (
        f"--{boundary}\r\n"
        f'content-disposition: form-data; name="{_quoted(field)}"{filename}\r\n'
        f"content-type: {part.type}\r\n\r\n"
    ).encode()


def _quoted(text: str) -> str:
    """As browsers do (WHATWG): only what would end the quotes or the line is escaped."""
    return text.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def _body(parts: Sequence[tuple[bytes, FilePart]], tail: bytes) -> Iterator[bytes]:
    for head, part in parts:
        yield head
        yield from _chunks(part.content)
        yield b"\r\n"
    yield tail


def _chunks(content: Content) -> Iterator[bytes]:
    if isinstance(content, bytes):
        yield content
    elif isinstance(content, Readable):
        while chunk := content.read(_CHUNK):
            yield chunk
    else:
        yield from (chunk for chunk in content if chunk)
