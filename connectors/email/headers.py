"""Header values as text: unfolded, RFC 2047 words decoded, raw 8-bit bytes made sense of. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from connectors.email.charsets import clean, decode
from connectors.email.transfer import from_base64, from_quoted

_WORD: Final = re.compile(rb"=\?([!->@-~]{1,60})\?([bBqQ])\?")
_FOLD: Final = re.compile(rb"[\r\n]+(?=[ \t])")
_NEWLINE: Final = re.compile(rb"[\r\n\x00]+")
_LONGEST: Final = 20_000
"""Characters of one encoded word."""


class _Word(NamedTuple):
    """An encoded word."""

    charset: str
    base64: bool
    payload: bytes


def unfold(raw: bytes) -> bytes:
    """Return a value in one line; no line end in it can begin another field."""
    raw = raw.strip()
    if b"\n" not in raw and b"\r" not in raw and b"\x00" not in raw:
        return raw
    return _NEWLINE.sub(b" ", _FOLD.sub(b"", raw.rstrip(b"\r\n"))).strip()


def decode_header(raw: bytes, hint: str = "") -> str:
    """Return a value as one line of text without control characters. `hint`: the body's charset."""
    return " ".join(decode_phrase(unfold(raw), hint).split())


def decode_phrase(raw: bytes, hint: str = "") -> str:
    """Decode what is in one line; white space stays as it is, but between two encoded words."""
    if b"=?" not in raw:
        return _plain(raw, hint)
    out: list[str] = []
    words: list[_Word] = []
    space = b""
    for piece in _pieces(raw):
        if isinstance(piece, _Word):
            words.append(piece)
            space = b""
        elif words and not piece.strip():
            space = piece  # white space between two words is not part of the text
        else:
            out.append(_join(words, hint))
            out.append(_plain(space + piece, hint))
            words, space = [], b""
    out.append(_join(words, hint))
    return "".join(out).replace("\n", " ").replace("\t", " ")


def _pieces(raw: bytes) -> Iterator[_Word | bytes]:
    """Yield encoded words, and what is between them."""
    here = done = 0
    last = raw.rfind(b"?=")
    while (begin := raw.find(b"=?", here)) >= 0:
        head = _WORD.match(raw, begin)
        if head is None:
            here = begin + 2
            continue
        # Cut off by some software: what is there of the word is read.
        end = raw.find(b"?=", head.end()) if head.end() <= last else len(raw)
        if end - head.end() > _LONGEST:
            here = max(head.end(), end - _LONGEST)
            continue
        if begin > done:
            yield raw[done:begin]
        charset = head[1].split(b"*")[0].decode("latin-1").lower()
        yield _Word(charset, head[2] in b"bB", raw[head.end() : end])
        here = done = min(len(raw), end + 2)
    if done < len(raw):
        yield raw[done:]


def _join(words: list[_Word], hint: str) -> str:
    """Decode neighbours; those in one charset together, since some software cuts within a character."""
    out: list[str] = []
    here = 0
    while here < len(words):
        charset = words[here].charset
        end = here
        while end < len(words) and words[end].charset == charset:
            end += 1
        out.append(decode(_bytes(words[here:end]), charset, hint).text)
        here = end
    return "".join(out)


def _bytes(words: list[_Word]) -> bytes:
    out: list[bytes] = []
    open_payload = b""  # base64 that was cut within a group of four
    for word in words:
        if not word.base64:
            out += [from_base64(open_payload), from_quoted(word.payload.replace(b"_", b" "))]
            open_payload = b""
            continue
        payload = open_payload + word.payload.translate(None, b" \t")
        if payload.endswith(b"=") or len(payload) % 4 == 0:
            out.append(from_base64(payload))
            open_payload = b""
        else:
            open_payload = payload
    out.append(from_base64(open_payload))
    return b"".join(out)


def _plain(raw: bytes, hint: str) -> str:
    if raw.isascii() and b"\x1b" not in raw:
        return clean(raw.decode("ascii"))
    return decode(raw, "utf-8" if b"\x1b" in raw else "", hint).text
