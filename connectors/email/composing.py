"""
What a mail of ours is made of: a header block for one recipient, and a body that all of them share.

The same values make the same bytes, always: the boundaries are derived and the date is given. Texts are
sent as quoted-printable or base64 and files as base64, so every line is short ASCII that ends in CRLF,
and no mail server has a reason to change one. Pure, but for the pieces of files that it is handed.
"""

from __future__ import annotations

import binascii
import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256
from typing import NamedTuple

from connectors.email import header_writing as write
from connectors.email.model import Address

_LINE = 57  # bytes in a line of base64 of 76 characters
_REPLY = re.compile(r"(?:(?:re|aw|antw|sv|vs|odp|rif|отв|відп)(?:\[\d+\])?\s?:\s*)+", re.IGNORECASE)
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_MEDIA_TYPE = re.compile(r"[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,60}/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,60}\Z")
_CONTENT_ID = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.@-]{1,200}\Z")
_OLDEST, _MOST = 1, 20  # ids in References: the first of the thread, and the newest


class Enclosure(NamedTuple):
    """A file to send: its bytes are asked for when it is its turn."""

    name: str
    content_type: str
    pieces: Callable[[], Iterable[bytes]]
    content_id: str = ""
    """Where the text shows it in its place (`cid:`)."""


class Head(NamedTuple):
    """What the header block of one mail says. Every address is `mailable`; ids are without <>."""

    message_id: str
    sender: Address
    to: Sequence[Address]
    cc: Sequence[Address]
    reply_to: str
    subject: str
    date: str
    references: Sequence[str]
    loop: tuple[str, str]
    language: str = ""
    machine: bool = False


class Shape(NamedTuple):
    """How the body is nested; part of every header block, because the outermost boundary stands there."""

    seed: str
    """Boundaries are derived from it: another one for every comment."""
    inline: bool
    attached: bool

    def boundary(self, kind: str) -> str:
        # "=_" is in no line of base64 or quoted-printable: no text and no file can hold a boundary.
        return f"=_{kind}_{sha256(f'{kind} {self.seed}'.encode()).hexdigest()[:12]}"


def subject_of_answer(subject: str) -> str:
    """Return the subject with one `Re:`, whatever was before it."""
    plain = write.cleaned(subject)
    return write.cleaned(f"Re: {plain[found.end() :] if (found := _REPLY.match(plain)) else plain}")


def lineage(root: str, ids: Iterable[str]) -> tuple[str, ...]:
    """
    Return what References says: the root of the thread, then the newest of its mails, the last one last.

    The root is an id that no mail has, but each of ours names first: providers that change our
    Message-IDs leave it alone, so that an answer still finds its conversation, and mails to one reader
    stay together.
    """
    known = [it for it in dict.fromkeys(ids) if it != root and write.is_identifier(it)]
    return (root, *known[-(_MOST - _OLDEST) :])


def head(it: Head, shape: Shape) -> str:
    """Return the header block, with the empty line that ends it."""
    kind = "mixed" if shape.attached else "alternative"
    fields = [
        write.instant("Date", it.date),
        write.addresses("From", [it.sender]),
        write.addresses("Reply-To", [Address(it.reply_to)]) if it.reply_to != it.sender.email else "",
        write.addresses("To", it.to),
        write.addresses("Cc", it.cc),
        write.unstructured("Subject", it.subject),
        write.identifiers("Message-ID", [it.message_id]),
        write.identifiers("In-Reply-To", it.references[-1:]),
        write.identifiers("References", it.references),
        f"Content-Language: {it.language}\r\n" if re.fullmatch(r"[a-z]{2,3}", it.language) else "",
        "Auto-Submitted: auto-generated\r\nX-Auto-Response-Suppress: All\r\n" if it.machine else "",
        write.unstructured(*it.loop),
        "MIME-Version: 1.0\r\n",
        write.parameters("Content-Type", f"multipart/{kind}", boundary=shape.boundary(kind)),
    ]
    return "".join(fields) + "\r\n"


def body(text: str, html: str, enclosures: Sequence[Enclosure], shape: Shape) -> Iterator[bytes]:
    """Yield all that follows the header block."""
    inline = [it for it in enclosures if it.content_id]
    attached = [it for it in enclosures if not it.content_id]
    mixed, alternative = shape.boundary("mixed"), shape.boundary("alternative")
    if attached:
        yield _opening(mixed)
        yield write.parameters("Content-Type", "multipart/alternative", boundary=alternative).encode()
        yield b"\r\n"
    yield _opening(alternative)
    yield from _text("text/plain", text)
    yield _opening(alternative)
    yield from _page(html, inline, shape.boundary("related"))
    yield _closing(alternative)
    if attached:
        yield from _files(attached, mixed, "attachment")


def content_id(given: str) -> str:
    """Return a Content-ID as it can be written into a header, or nothing."""
    return given if _CONTENT_ID.match(given) else ""


def _page(html: str, inline: Sequence[Enclosure], related: str) -> Iterator[bytes]:
    """Yield the text as HTML, with the pictures that it shows."""
    if not inline:
        yield from _text("text/html", html)
        return
    yield write.parameters("Content-Type", "multipart/related", type="text/html", boundary=related).encode()
    yield b"\r\n" + _opening(related)
    yield from _text("text/html", html)
    yield from _files(inline, related, "inline")


def _text(kind: str, text: str) -> Iterator[bytes]:
    lines = _UNSEEN.sub(" ", re.sub(r"\r\n?", "\n", text)).encode("utf-8", "replace")
    data = (lines if lines.endswith(b"\n") else lines + b"\n").replace(b"\n", b"\r\n")
    printable = binascii.b2a_qp(data, istext=True)
    plain = len(printable) <= len(data) * 4 // 3
    yield write.parameters("Content-Type", kind, charset="utf-8").encode()
    yield f"Content-Transfer-Encoding: {'quoted-printable' if plain else 'base64'}\r\n\r\n".encode()
    yield printable if plain else b"".join(_base64([data]))


def _files(files: Iterable[Enclosure], boundary: str, disposition: str) -> Iterator[bytes]:
    for file in files:
        yield _opening(boundary)
        fields = [
            write.parameters("Content-Type", _media_type(file.content_type)),
            write.parameters("Content-Disposition", disposition, filename=write.cleaned(file.name) or "file"),
            write.identifiers("Content-ID", [file.content_id] if file.content_id else []),
            "Content-Transfer-Encoding: base64\r\n\r\n",
        ]
        yield "".join(fields).encode()
        yield from _base64(file.pieces())
    yield _closing(boundary)


def _media_type(given: str) -> str:
    kind = given.partition(";")[0].strip().lower()
    # A mail within a mail may not be in base64 (RFC 2046 section 5.2.1): it goes as a file like any other.
    composite = kind.startswith(("message/", "multipart/"))
    return kind if _MEDIA_TYPE.match(kind) and not composite else "application/octet-stream"


def _base64(pieces: Iterable[bytes]) -> Iterator[bytes]:
    held = bytearray()
    for piece in pieces:
        held += piece
        whole = len(held) - len(held) % _LINE
        if whole:
            yield _lines(bytes(held[:whole]))
            del held[:whole]
    if held:
        yield _lines(bytes(held))


def _lines(data: bytes) -> bytes:
    encoded = b64encode(data)
    width = _LINE * 4 // 3
    return b"".join(encoded[at : at + width] + b"\r\n" for at in range(0, len(encoded), width))


def _opening(boundary: str) -> bytes:
    # The line break before a boundary belongs to it: an empty line here is none in the part before.
    return f"\r\n--{boundary}\r\n".encode()


def _closing(boundary: str) -> bytes:
    return f"\r\n--{boundary}--\r\n".encode()
