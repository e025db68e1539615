"""Compressed RTF (MS-OXRTFCP), and the words that are in RTF. Pure."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass, replace
from typing import Final

from connectors.email.charsets import clean, codec_of, decode

_DICTIONARY: Final = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript "
    b"\\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par "
    b"\\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)
_COMPRESSED: Final = b"LZFu"
_PLAIN: Final = b"MELA"
_WINDOW: Final = 4096
_MOST: Final = 4 * 1024 * 1024
_DEEPEST: Final = 200
_TOKEN: Final = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])|([{}])|([^\\{}\r\n]+)|.", re.DOTALL
)
_UNSEEN: Final = frozenset(
    (b"fonttbl", b"colortbl", b"stylesheet", b"info", b"pict", b"object", b"header", b"footer", b"themedata",
     b"datastore", b"listtable", b"listoverridetable", b"rsidtbl", b"generator", b"xmlnstbl", b"latentstyles")
)  # fmt: skip
_WORDS: Final = {
    b"par": "\n", b"line": "\n", b"sect": "\n", b"page": "\n", b"row": "\n", b"tab": "\t", b"cell": "\t",
    b"emdash": "—", b"endash": "–", b"bullet": "•", b"lquote": "‘", b"rquote": "’", b"ldblquote": "“",  # noqa: RUF001
    b"rdblquote": "”",
}  # fmt: skip


def decompressed(raw: bytes) -> bytes:
    """Return the RTF in a compressed one; as far as it can be read."""
    if len(raw) < 16:  # noqa: PLR2004  (its header)
        return b""
    size, kind = struct.unpack_from("<I", raw, 4)[0], raw[8:12]
    if kind == _PLAIN:
        return raw[16 : 16 + min(size, _MOST)]
    if kind != _COMPRESSED:
        return b""
    return _expand(raw, min(size, _MOST))


def _expand(raw: bytes, size: int) -> bytes:
    window = bytearray(_DICTIONARY.ljust(_WINDOW, b"\0"))
    write = len(_DICTIONARY)
    out = bytearray()
    here = 16
    while here < len(raw) and len(out) < size:
        flags = raw[here]
        here += 1
        for bit in range(8):
            width = 1 + (flags >> bit & 1)
            if here + width > len(raw):
                break
            pair = int.from_bytes(raw[here : here + width])
            here += width
            if width == 1:
                piece = [pair]
            elif (read := pair >> 4) == write % _WINDOW:
                return bytes(out)  # a reference to what is not written yet: the end
            else:
                piece = _referred(window, read, (pair & 15) + 2, (write - read) % _WINDOW)
            for byte in piece:
                window[write % _WINDOW] = byte
                write += 1
            out += bytes(piece)
    return bytes(out[:size])


def _referred(window: bytearray, read: int, length: int, ahead: int) -> list[int]:
    """Return bytes written before; a reference that runs into itself repeats what it has just given."""
    return [window[(read + n % ahead) % _WINDOW] for n in range(length)]


@dataclass
class _Group:
    """What holds within a pair of braces."""

    unseen: bool = False
    skipped: int = 1
    """Characters that follow a Unicode one, for readers that do not know it."""


def rtf_text(raw: bytes) -> str:
    """Return the words of an RTF text, a paragraph a line; none of what steers its look."""
    return _Reader().read(raw)


class _Reader:
    """One RTF text in work."""

    def __init__(self) -> None:
        self._out: list[str] = []
        self._bytes = bytearray()
        self._groups = [_Group()]
        self._codec = "cp1252"
        self._skip = 0
        self._for_rtf_only = False
        self._first = False  # of a group: where a destination is named

    def read(self, raw: bytes) -> str:
        for found in _TOKEN.finditer(raw[:_MOST]):
            word, number, code, symbol, brace, text = found.groups()
            first, self._first = self._first, False
            if brace == b"{":
                self._first = True
                self._groups = [*self._groups[-_DEEPEST:], replace(self._groups[-1])]
            elif brace == b"}":
                self._close()
            elif word is not None:
                self._word(word, int(number) if number else None, first=first)
            elif code is not None:
                self._add(bytes((int(code, 16),)))
            elif symbol is not None:
                self._symbol(symbol)
            elif text is not None:
                self._add(text)
        self._flush()
        return clean("".join(self._out))

    def _close(self) -> None:
        self._flush()
        if len(self._groups) > 1:
            del self._groups[-1]

    def _word(self, word: bytes, number: int | None, *, first: bool) -> None:
        group = self._groups[-1]
        if word == b"u" and number is not None:
            self._flush()
            if self._is_seen:
                self._out.append(chr(number % 0x10000))
            self._skip = group.skipped
        elif word == b"uc" and number is not None:
            group.skipped = max(0, min(number, 10))
        elif word == b"ansicpg" and number is not None:
            self._codec = codec_of(f"cp{number}") or self._codec
        elif word == b"htmlrtf":
            self._flush()
            self._for_rtf_only = number != 0
        elif first and word in _UNSEEN:
            group.unseen = True
        elif word in _WORDS and self._is_seen:
            self._flush()
            self._out.append(_WORDS[word])

    def _symbol(self, symbol: bytes) -> None:
        if symbol == b"*":
            self._groups[-1].unseen = True
        elif symbol in b"\\{}":
            self._add(symbol)
        elif symbol == b"~":
            self._add(b" ")
        elif symbol in b"\r\n":
            self._add(b"\n")

    @property
    def _is_seen(self) -> bool:
        return not (self._groups[-1].unseen or self._for_rtf_only)

    def _add(self, some: bytes) -> None:
        skipped = min(self._skip, len(some))
        self._skip -= skipped
        if self._is_seen:
            self._bytes += some[skipped:]

    def _flush(self) -> None:
        if self._bytes:
            self._out.append(decode(bytes(self._bytes), self._codec).text)
            self._bytes.clear()
