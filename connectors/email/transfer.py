"""
Content-Transfer-Encodings, undone piece by piece. Pure.

None refuses anything: what is no part of the encoding is left out (base64, uuencode, yEnc) or left as it
is (quoted-printable), and what is cut off ends where it ends.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterable, Iterator
from typing import Final

_BASE64: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_NOT_BASE64: Final = bytes(set(range(256)) - set(_BASE64) - {0x3D})
_NEXT_GROUPS: Final = re.compile(rb"\s*[A-Za-z0-9+/]{4,}")
_TRAILING: Final = re.compile(rb"=[ \t]+(?=\r?\n)")
_LONGEST_LINE: Final = 64 * 1024


def undo(encoding: str, pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the bytes that pieces in an encoding (as in `FilePart.encoding`) stand for."""
    if encoding == "base64":
        return _base64(pieces)
    if encoding == "quoted-printable":
        return _quoted(pieces)
    if encoding == "x-uuencode":
        return uudecode(lines(pieces))
    if encoding == "x-yenc":
        return ydecode(lines(pieces))
    return iter(pieces)


def from_base64(raw: bytes) -> bytes:
    return b"".join(_base64([raw]))


def from_quoted(raw: bytes) -> bytes:
    return b"".join(_quoted([raw]))


def _base64(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Whatever is not of the alphabet is passed over; after padding, only what looks like more is read."""
    held = b""
    ended = False
    for piece in pieces:
        if ended:
            if not _NEXT_GROUPS.match(piece):
                return
            ended = False
        held += piece.translate(None, _NOT_BASE64)
        if b"=" in held:
            *padded, held = held.split(b"=")
            yield b"".join(_groups(one, last=True) for one in padded if one)
        whole = len(held) // 4 * 4
        yield binascii.a2b_base64(held[:whole])
        held = held[whole:]
    yield _groups(held, last=True)


def _groups(text: bytes, *, last: bool) -> bytes:
    over = len(text) % 4
    if over and last:
        text = text[:-1] if over == 1 else text + b"=" * (4 - over)
    return binascii.a2b_base64(text)


def _quoted(pieces: Iterable[bytes]) -> Iterator[bytes]:
    held = b""
    for piece in pieces:
        held += piece
        cut = held.rfind(b"\n") + 1
        if not cut and len(held) > _LONGEST_LINE:
            cut = len(held) - 3 if b"=" in held[-3:] else len(held)
        if cut:
            yield binascii.a2b_qp(_TRAILING.sub(b"=", held[:cut]))
            held = held[cut:]
    yield binascii.a2b_qp(held.rstrip(b" \t") if held.rstrip().endswith(b"=") else held)


def lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield lines with their ends; one that is far too long is cut."""
    held = b""
    for piece in pieces:
        held += piece
        whole = held.splitlines(keepends=True)
        is_cut = bool(whole) and not whole[-1].endswith(b"\n") and len(whole[-1]) < _LONGEST_LINE
        held = whole.pop() if is_cut else b""
        yield from whole
    if held:
        yield held


def uudecode(coded: Iterable[bytes]) -> Iterator[bytes]:
    """Decode the lines of a uuencoded file; `begin` and `end` may be missing."""
    for line in coded:
        text = line.rstrip(b"\r\n")
        if text.startswith(b"begin ") or not text:
            continue
        if text.rstrip() == b"end":
            return
        yield _uu_line(text)


def _uu_line(text: bytes) -> bytes:
    length = (text[0] - 32) & 63
    needed = (length + 2) // 3 * 4
    body = text[1 : 1 + needed].replace(b"`", b" ").ljust(needed)
    try:
        return binascii.a2b_uu(text[:1] + body)
    except binascii.Error:
        return b""


def ydecode(coded: Iterable[bytes]) -> Iterator[bytes]:
    """Decode the lines of a yEnc file; its control lines may be missing."""
    escaped = False
    for line in coded:
        if line.startswith((b"=ybegin", b"=ypart")):
            continue
        if line.startswith(b"=yend"):
            return
        text = line.rstrip(b"\r\n")
        first, *rest = text.split(b"=")
        out = [first.translate(_ESCAPED, b"") if escaped and not first else first.translate(_Y)]
        for part in rest:
            out += [part[:1].translate(_ESCAPED), part[1:].translate(_Y)]
        escaped = False
        yield b"".join(out)


_Y: Final = bytes((n - 42) & 255 for n in range(256))
_ESCAPED: Final = bytes((n - 64 - 42) & 255 for n in range(256))
