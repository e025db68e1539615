"""
The files of a mail: measured and opened where they lie, decoded as they stream. Pure but for the source.

A file's bytes are a range of the raw mail. One that lies within another encoding is a range of what that
gives, and so on: `inner` holds such ranges, outermost first, as `offset:length:encoding`, joined by `/`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Final

from connectors.email.model import FilePart
from connectors.email.node import Node
from connectors.email.source import Source
from connectors.email.transfer import undo
from connectors.email.window import with_line_ends

_EXTENSIONS: Final = {
    "application/ms-tnef": "dat", "application/msword": "doc", "application/pdf": "pdf",
    "application/pgp-encrypted": "asc",
    "application/pgp-signature": "asc", "application/pkcs7-mime": "p7m", "application/pkcs7-signature": "p7s",
    "application/rtf": "rtf", "application/vnd.ms-excel": "xls", "application/x-pkcs7-mime": "p7m",
    "application/x-pkcs7-signature": "p7s", "application/zip": "zip", "audio/mpeg": "mp3", "audio/wav": "wav",
    "image/bmp": "bmp", "image/gif": "gif", "image/jpeg": "jpg", "image/jpg": "jpg", "image/png": "png",
    "image/svg+xml": "svg", "image/tiff": "tiff", "image/webp": "webp", "message/delivery-status": "txt",
    "message/rfc822": "eml", "text/calendar": "ics", "text/csv": "csv", "text/html": "html",
    "text/plain": "txt",
    "text/rfc822-headers": "txt", "text/rtf": "rtf", "text/vcard": "vcf", "text/x-vcard": "vcf",
    "text/xml": "xml",
    "video/mp4": "mp4",
}  # fmt: skip
_LONGEST: Final = 200
_RESERVED: Final = str.maketrans({"/": "_", "\\": "_", "\n": " ", "\t": " "})


def open_part(source: Source, part: FilePart) -> Iterator[bytes]:
    """Yield the bytes of a file, decoded, piece by piece."""
    pieces = undo(part.encoding, with_line_ends(source).read(part.offset, part.length))
    for step in part.inner.split("/") if part.inner else ():
        offset, length, encoding = step.split(":", 2)
        pieces = undo(encoding, _range(pieces, int(offset), int(length)))
    return pieces


def _range(pieces: Iterator[bytes], offset: int, length: int) -> Iterator[bytes]:
    for piece in pieces:
        some = piece[offset : offset + length]
        offset = max(0, offset - len(piece))
        length -= len(some)
        if some:
            yield some
        if length <= 0:
            return


def within(outer: FilePart, inner: FilePart) -> FilePart:
    """Return a file, found in the bytes of another, as a file of that one's mail."""
    step = f"{inner.offset}:{inner.length}:{inner.encoding}"
    return FilePart(
        name=inner.name,
        content_type=inner.content_type,
        offset=outer.offset,
        length=outer.length,
        encoding=outer.encoding,
        size=inner.size,
        sha256=inner.sha256,
        content_id=inner.content_id,
        inline=inner.inline,
        inner="/".join(filter(None, (outer.inner, step, inner.inner))),
    )


def place_of(node: Node) -> FilePart:
    """Return where a part's bytes are; not measured."""
    return FilePart(
        name=name_of(node.filename, node.type),
        content_type=node.type,
        offset=node.body,
        length=node.length,
        encoding=node.encoding,
        content_id=node.content_id,
    )


def measured(source: Source, part: FilePart) -> FilePart:
    """Return the same file with the size and the fingerprint of its bytes."""
    size, fingerprint = 0, hashlib.sha256()
    for piece in open_part(source, part):
        size += len(piece)
        fingerprint.update(piece)
    return FilePart(
        name=part.name,
        content_type=part.content_type,
        offset=part.offset,
        length=part.length,
        encoding=part.encoding,
        size=size,
        sha256=fingerprint.hexdigest(),
        content_id=part.content_id,
        inline=part.inline,
        inner=part.inner,
    )


def beginning(source: Source, part: FilePart, most: int) -> tuple[bytes, bool]:
    """Return the first bytes of a file, and whether that is all."""
    pieces: list[bytes] = []
    size = 0
    for piece in open_part(source, part):
        pieces.append(piece)
        size += len(piece)
        if size > most:
            return b"".join(pieces)[:most], False
    return b"".join(pieces), True


def name_of(given: str, content_type: str) -> str:
    """Return a name that any file system and any system takes, as near to the given one as can be."""
    last = given.rpartition("\\")[2] if _is_windows_path(given) else given
    name = " ".join(last.translate(_RESERVED).split()).strip(". ") if last.strip(". ") else ""
    if not name:
        return f"file.{_EXTENSIONS.get(content_type, 'bin')}"
    if len(name) <= _LONGEST:
        return name
    stem, dot, extension = name.rpartition(".")
    return f"{stem[: _LONGEST - 20]}{dot}{extension[:19]}" if dot else name[:_LONGEST]


def _is_windows_path(name: str) -> bool:
    return name[1:3] == ":\\" or name.startswith("\\\\")
