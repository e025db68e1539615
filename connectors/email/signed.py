"""What is in an S/MIME envelope that is signed, not encrypted (RFC 5652). Pure; nothing is verified."""

from __future__ import annotations

from typing import Final, NamedTuple

_SIGNED_DATA: Final = bytes.fromhex("06092a864886f70d010702")
_SEQUENCE: Final = 0x30
_SET: Final = 0x31
_INTEGER: Final = 0x02
_CONTENT: Final = 0xA0
_OCTETS: Final = 0x04
_OCTETS_IN_PIECES: Final = 0x24
_OBJECT: Final = 0x06
_DEEPEST: Final = 8
_LONG: Final = 0x80


class _Element(NamedTuple):
    """A piece of BER: its tag, where its content begins, and ends (None: where two zero bytes are)."""

    tag: int
    begin: int
    end: int | None


class _Broken(Exception):
    """It is no such envelope."""


def opened(raw: bytes) -> bytes | None:
    """Return the content of a signed envelope; None where it is another, or broken."""
    try:
        return _content(raw)
    except (_Broken, IndexError):
        return None


def _content(raw: bytes) -> bytes:
    outer = _element(raw, 0)
    if outer.tag != _SEQUENCE or not raw.startswith(_SIGNED_DATA, outer.begin):
        raise _Broken
    wrapped = _element(raw, outer.begin + len(_SIGNED_DATA))
    signed = _element(raw, wrapped.begin)
    version = _element(raw, signed.begin)
    digests = _element(raw, _after(raw, version))
    inner = _element(raw, _after(raw, digests))
    if (wrapped.tag, signed.tag, version.tag, digests.tag, inner.tag) != (
        _CONTENT, _SEQUENCE, _INTEGER, _SET, _SEQUENCE,
    ):  # fmt: skip
        raise _Broken
    kind = _element(raw, inner.begin)
    content = _element(raw, _after(raw, kind))
    if kind.tag != _OBJECT or content.tag != _CONTENT:
        raise _Broken
    return b"".join(_octets(raw, _element(raw, content.begin), 0))


def _octets(raw: bytes, element: _Element, depth: int) -> list[bytes]:
    if element.tag == _OCTETS and element.end is not None:
        return [raw[element.begin : element.end]]
    if element.tag != _OCTETS_IN_PIECES or depth > _DEEPEST:
        raise _Broken
    pieces: list[bytes] = []
    here = element.begin
    while not _ends(raw, element, here):
        piece = _element(raw, here)
        pieces += _octets(raw, piece, depth + 1)
        here = _after(raw, piece)
    return pieces


def _element(raw: bytes, here: int) -> _Element:
    tag, length = raw[here], raw[here + 1]
    begin = here + 2
    if length == _LONG:
        return _Element(tag, begin, None)
    if length > _LONG:
        size = length - _LONG
        length = int.from_bytes(raw[begin : begin + size])
        begin += size
    if begin + length > len(raw):
        raise _Broken
    return _Element(tag, begin, begin + length)


def _ends(raw: bytes, element: _Element, here: int) -> bool:
    if element.end is not None:
        return here >= element.end
    return raw[here : here + 2] in {b"\0\0", b"", b"\0"}


def _after(raw: bytes, element: _Element) -> int:
    """Return where the next element begins."""
    if element.end is not None:
        return element.end
    here = element.begin
    while not _ends(raw, element, here):
        inner = _element(raw, here)
        if inner.end is None:
            raise _Broken  # pieces of unknown length within each other: nobody writes that here
        here = inner.end
    return here + 2
