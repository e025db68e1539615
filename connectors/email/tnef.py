"""
Outlook's winmail.dat (TNEF, MS-OXTNEF): its text and its files. Pure but for the source.

Read in one pass; a file in it is a range of it, measured as it passes by and never held.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from connectors.email.charsets import decode
from connectors.email.html_reading import read_html
from connectors.email.mapi import Property, read_properties
from connectors.email.model import FilePart
from connectors.email.node import Node
from connectors.email.parts import measured, name_of, open_part, place_of, within
from connectors.email.reading import Reading, Shown, told_apart
from connectors.email.rtf import decompressed, rtf_text
from connectors.email.texts import show_plain

_TYPES: Final = frozenset(("application/ms-tnef", "application/vnd.ms-tnef"))
_SIGNATURE: Final = 0x223E9F78
_BODY: Final = 0x800C
_MESSAGE: Final = 0x9003
_TITLE: Final = 0x8010
_DATA: Final = 0x800F
_FILE: Final = 0x9005
_BEGIN_FILE: Final = 0x9002
_CODE_PAGE: Final = 0x9007
_HELD: Final = 8 * 1024 * 1024
"""Bytes of one attribute that are looked into."""
_MOST: Final = 500
_LONG_NAME, _SHORT_NAME, _SHOWN_NAME, _MIME, _CID, _CONTENT = 0x3707, 0x3704, 0x3001, 0x370E, 0x3712, 0x3701
_PLAIN, _HTML_BODY, _RTF = 0x1000, 0x1013, 0x1009
_OBJECT_ID: Final = 16


class _Broken(Exception):
    """It ends where it should not."""


@dataclass
class _File:
    """A file in work."""

    title: str = ""
    properties: dict[int, Property] = field(default_factory=dict)
    data: tuple[int, int, str] | None = None
    """Where its bytes begin, how many there are, and their fingerprint."""


@dataclass
class _Envelope:
    """What was found."""

    code_page: str = ""
    body: bytes = b""
    properties: dict[int, Property] = field(default_factory=dict)
    files: list[_File] = field(default_factory=list)


class _Stream:
    """Decoded bytes, passing by."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._held: bytes = b""
        self.place = 0

    def pieces(self, length: int) -> Iterator[bytes]:
        """Yield the next bytes; raises `_Broken` where they end too early."""
        while length:
            while not self._held:
                piece = next(self._pieces, None)
                if piece is None:
                    raise _Broken
                self._held = piece
            some, self._held = self._held[:length], self._held[length:]
            length -= len(some)
            self.place += len(some)
            yield some

    def take(self, length: int) -> bytes:
        return b"".join(self.pieces(length))


def is_tnef(node: Node) -> bool:
    name = node.filename.lower()
    return node.type in _TYPES or (name == "winmail.dat" and node.type.startswith("application/"))


def show_tnef(reading: Reading, node: Node) -> Shown:
    """Return what is in a part that is one; the part itself, where nothing could be read."""
    place = place_of(node)
    found = _Envelope()
    stream = _Stream(open_part(reading.source, place))
    try:
        _read(stream, found)
    except _Broken:
        reading.note(f"{place.name} is broken: only its beginning was read")
    shown = _text(reading, found)
    shown.files = [within(place, file) for one in found.files if (file := _file(one, found.code_page))]
    if not shown.files and not shown.texts:
        shown.files = [measured(reading.source, place)]
    return shown


def _read(stream: _Stream, found: _Envelope) -> None:
    signature, _ = struct.unpack("<IH", stream.take(6))
    if signature != _SIGNATURE:
        raise _Broken
    while True:
        try:
            head = stream.take(1)
        except _Broken:
            return  # here it may end
        if head not in {b"\x01", b"\x02"}:
            return
        kind, length = struct.unpack("<I", stream.take(4))[0] & 0xFFFF, struct.unpack("<I", stream.take(4))[0]
        _attribute(stream, found, kind, length)
        stream.take(2)  # a checksum: a wrong one would change nothing


def _attribute(stream: _Stream, found: _Envelope, kind: int, length: int) -> None:
    begin = stream.place
    if kind == _BEGIN_FILE and len(found.files) < _MOST:
        found.files.append(_File())
    if kind == _DATA and found.files:
        fingerprint = hashlib.sha256()
        for piece in stream.pieces(length):
            fingerprint.update(piece)
        found.files[-1].data = (begin, length, fingerprint.hexdigest())
    elif length > _HELD:
        for _ in stream.pieces(length):
            pass
    else:
        _note(found, kind, stream.take(length), begin)


def _note(found: _Envelope, kind: int, raw: bytes, begin: int) -> None:
    if kind == _CODE_PAGE and len(raw) >= 4:  # noqa: PLR2004  (one number)
        found.code_page = f"cp{struct.unpack_from('<I', raw)[0]}"
    elif kind == _BODY:
        found.body = raw
    elif kind == _MESSAGE:
        found.properties = read_properties(raw, begin)
    elif kind == _TITLE and found.files:
        found.files[-1].title = decode(raw.split(b"\0")[0], found.code_page).text
    elif kind == _FILE and found.files:
        found.files[-1].properties = read_properties(raw, begin)


def _file(one: _File, code_page: str) -> FilePart | None:
    properties = one.properties
    names = (properties[key].text(code_page) for key in (_LONG_NAME, _SHORT_NAME) if key in properties)
    shown = properties[_SHOWN_NAME].text(code_page) if _SHOWN_NAME in properties else ""
    name = next(filter(None, (*names, one.title, shown)), "")
    kind = properties[_MIME].text(code_page).lower() if _MIME in properties else ""
    cid = properties[_CID].text(code_page).strip("<> ") if _CID in properties else ""
    data = one.data
    if data is None or not data[1]:
        if (content := properties.get(_CONTENT)) is None:
            return None
        skipped = _OBJECT_ID if content.is_object else 0
        raw = content.raw[skipped:]
        data = (content.place + skipped, len(raw), hashlib.sha256(raw).hexdigest())
        kind = kind or ("application/ms-tnef" if raw.startswith(struct.pack("<I", _SIGNATURE)) else "")
    kind = kind or "application/octet-stream"
    offset, size, fingerprint = data
    return FilePart(name_of(name, kind), kind, offset, size, "", size, fingerprint, cid)


def _text(reading: Reading, found: _Envelope) -> Shown:
    """Return its text: HTML, else plain, else what the RTF says."""
    html, plain, packed = (found.properties.get(key) for key in (_HTML_BODY, _PLAIN, _RTF))
    if html is not None and html.raw.strip(b"\0 \r\n"):
        read = read_html(html.text(found.code_page))
        if read.text.strip():
            return told_apart(read.text, *read.split)
    if plain is not None and (text := plain.text(found.code_page)).strip():
        return show_plain(reading, text)
    if found.body.strip(b"\0 \r\n"):
        return show_plain(reading, decode(found.body.rstrip(b"\0"), found.code_page).text)
    return show_plain(reading, rtf_text(decompressed(packed.raw))) if packed is not None else Shown()
