"""ENVELOPE, BODYSTRUCTURE and the numbered parts of a mail, from its bytes."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesHeaderParser
from email.utils import collapse_rfc2231_value, getaddresses

from sandbox.email.content import Content, values
from sandbox.email.imap_words import quoted

_DEEPEST = 50


def envelope(header: bytes) -> str:
    """Return ENVELOPE of a header."""

    def first(name: str) -> str | None:
        return next(iter(values(header, name)), None)

    def people(name: str) -> str:
        pairs = getaddresses(values(header, name))
        return f"({''.join(_person(*pair) for pair in pairs)})" if pairs else "NIL"

    author = people("from")
    parts = [quoted(first("date")), quoted(first("subject")), author]
    parts += [found if (found := people(name)) != "NIL" else author for name in ("sender", "reply-to")]
    parts += [people(name) for name in ("to", "cc", "bcc")]
    parts += [quoted(first("in-reply-to")), quoted(first("message-id"))]
    return f"({' '.join(parts)})"


def _person(name: str, address: str) -> str:
    local, _, domain = address.rpartition("@")
    return f"({quoted(name or None)} NIL {quoted(local or address)} {quoted(domain)})"


@dataclass(slots=True)
class _Part:
    """A part of a mail: where its header and its body lie."""

    header_at: int
    body_at: int
    end: int
    header: Message
    children: list[_Part] = field(default_factory=list)


def part_range(content: Content, number: str, text: str) -> tuple[int, int]:
    """Return where `BODY[1.2]` (or its MIME header) begins, and its length; what is not there is empty."""
    part = _parse(content.read(), 0, content.size, 0)
    for step in number.split("."):
        children = part.children or ([part] if step == "1" else [])
        if not 0 < int(step) <= len(children):
            return 0, 0
        part = children[int(step) - 1]
    if text in {"MIME", "HEADER", "HEADER.FIELDS", "HEADER.FIELDS.NOT"}:
        return part.header_at, part.body_at - part.header_at
    return part.body_at, part.end - part.body_at


def body_structure(content: Content, *, extended: bool) -> str:
    """Return BODYSTRUCTURE, or BODY, which is the same without disposition and language."""
    raw = content.read()
    return _structure(raw, _parse(raw, 0, len(raw), 0), extended=extended)


def _parse(raw: bytes, start: int, end: int, depth: int) -> _Part:
    head_end = raw.find(b"\r\n\r\n", start, end)
    body = end if head_end < 0 else head_end + 4
    if raw[start : start + 2] == b"\r\n":
        body = start + 2
    header = BytesHeaderParser().parsebytes(raw[start:body])
    part = _Part(start, body, end, header)
    boundary = header.get_param("boundary")
    if header.get_content_maintype() == "multipart" and isinstance(boundary, str) and depth < _DEEPEST:
        part.children = [
            _parse(raw, low, high, depth + 1) for low, high in _between(raw, body, end, boundary.encode())
        ]
    return part


def _between(raw: bytes, start: int, end: int, boundary: bytes) -> list[tuple[int, int]]:
    """Return where the parts of a multipart lie."""
    line = re.compile(rb"(?:\A|\r\n)--" + re.escape(boundary) + rb"(--)?[ \t]*(?:\r\n|\Z)")
    found: list[tuple[int, int]] = []
    at = max(start - 2, 0)
    last: int | None = None
    while (mark := line.search(raw, at, end)) is not None:
        if last is not None:
            found.append((last, mark.start()))
        last = mark.end()
        at = mark.end() - 2
        if mark[1]:
            return found
    if last is not None:
        found.append((last, end))
    return found


def _structure(raw: bytes, part: _Part, *, extended: bool) -> str:
    header = part.header
    kind, sub = header.get_content_maintype(), header.get_content_subtype()
    if part.children:
        inner = "".join(_structure(raw, child, extended=extended) for child in part.children)
        more = f" {_params(header)} NIL NIL NIL" if extended else ""
        return f"({inner} {quoted(sub)}{more})"
    body = raw[part.body_at : part.end]
    line_count = body.count(b"\n")
    lines = f" {line_count}" if kind == "text" else ""
    encoding = str(header.get("content-transfer-encoding", "7bit")).strip()
    shown = [quoted(kind), quoted(sub), _params(header), quoted(header.get("content-id"))]
    shown += [quoted(header.get("content-description")), quoted(encoding), str(len(body)) + lines]
    if extended:
        shown += ["NIL", _disposition(header), "NIL", "NIL"]
    return f"({' '.join(shown)})"


def _params(header: Message, name: str = "content-type") -> str:
    pairs = (header.get_params(header=name, unquote=True) or [])[1:]
    words = [quoted(word) for key, value in pairs for word in (key, collapse_rfc2231_value(value))]
    if not words and name == "content-type" and header.get_content_maintype() == "text":
        words = ['"charset"', '"us-ascii"']
    return f"({' '.join(words)})" if words else "NIL"


def _disposition(header: Message) -> str:
    kind = header.get_content_disposition()
    return f"({quoted(kind)} {_params(header, 'content-disposition')})" if kind else "NIL"
