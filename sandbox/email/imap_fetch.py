"""What FETCH can ask of a mail, and how it is sent."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from sandbox.email import imap_dates
from sandbox.email.content import Content, field_name, fields
from sandbox.email.imap_session import Session
from sandbox.email.imap_structure import body_structure, envelope, part_range
from sandbox.email.imap_words import BadWords, Word, text_of
from sandbox.email.mailbox import Mail

_MACROS = {
    "FAST": ["FLAGS", "INTERNALDATE", "RFC822.SIZE"],
    "ALL": ["FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE"],
    "FULL": ["FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE", "BODY"],
}
_OLD = {
    "RFC822": ("BODY[]", "RFC822"),
    "RFC822.HEADER": ("BODY.PEEK[HEADER]", "RFC822.HEADER"),
    "RFC822.TEXT": ("BODY[TEXT]", "RFC822.TEXT"),
}
_PLAIN = frozenset(
    {"UID", "FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE", "BODYSTRUCTURE", "BODY", "MODSEQ"}
)
_BODY = re.compile(
    r"BODY(?P<peek>\.PEEK)?\[(?P<what>[^\]]*)\](?:<(?P<start>\d+)(?:\.(?P<length>\d+))?>)?", re.IGNORECASE
)
_SECTION = re.compile(
    r"(?P<part>\d+(?:\.\d+)*)?\.?(?P<text>HEADER\.FIELDS(?:\.NOT)?|HEADER|TEXT|MIME)?"
    r"\s*(?:\((?P<names>[^)]*)\))?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Section:
    """`BODY[…]`: which part of a mail, and which bytes of that; `name` is how it is called in the answer."""

    name: str
    part: str
    text: str
    names: frozenset[str]
    start: int | None = None
    length: int | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What one FETCH asks of each mail. `reads`: without PEEK, so the mail counts as read."""

    items: tuple[str, ...]
    sections: tuple[Section, ...]
    reads: bool

    @property
    def modseq(self) -> bool:
        return "MODSEQ" in self.items

    def with_modseq(self) -> Wanted:
        return self if self.modseq else replace(self, items=(*self.items, "MODSEQ"))


def asked(word: Word, *, by_uid: bool) -> Wanted:
    """Return what FETCH's items mean. Raises `BadWords`."""
    names = [text_of(item) for item in word] if isinstance(word, list) else [text_of(word)]
    if not isinstance(word, list) and names[0].upper() in _MACROS:
        names = _MACROS[names[0].upper()]
    items = ["UID"] if by_uid else []
    sections: list[Section] = []
    reads = False
    for name in names:
        section, called = _OLD.get(name.upper(), (name, ""))
        if (body := _BODY.fullmatch(section)) is not None:
            sections.append(_section(body, called))
            reads |= not body["peek"]
        elif name.upper() not in _PLAIN:
            raise BadWords(f"Unknown parameter: {name}")
        elif name.upper() not in items:
            items.append(name.upper())
    if reads and "FLAGS" not in items:
        items.append("FLAGS")
    return Wanted(tuple(items), tuple(sections), reads)


def _section(body: re.Match[str], called: str) -> Section:
    match = _SECTION.fullmatch(body["what"].strip())
    if match is None:
        raise BadWords("Invalid BODY[..] parameter")
    text, names = (match["text"] or "").upper(), (match["names"] or "").replace('"', "").split()
    what = ".".join(filter(None, (match["part"], text)))
    if names:
        what += f" ({' '.join(name.upper() for name in names)})"
    start = int(body["start"]) if body["start"] else None
    name = called or f"BODY[{what}]" + ("" if start is None else f"<{start}>")
    length = int(body["length"]) if body["length"] else None
    return Section(name, match["part"] or "", text, frozenset(n.lower() for n in names), start, length)


def fetch_one(session: Session, number: int, mail: Mail, wanted: Wanted) -> None:
    """Send one mail's answer."""
    with session.office.lock:
        shown = [_item(name, mail) for name in wanted.items]
        if wanted.reads:
            session.told(mail)
    session.wire.send(f"* {number} FETCH (" + " ".join(shown))
    for at, section in enumerate(wanted.sections):
        lead = " " if shown or at else ""
        pieces, size = _bytes(mail.content, section)
        session.literal(f"{lead}{section.name}", pieces, size)
    session.wire.send(")\r\n")


def _item(name: str, mail: Mail) -> str:
    content = mail.content
    match name:
        case "UID":
            value = str(mail.uid)
        case "FLAGS":
            value = f"({' '.join(sorted(mail.flags))})"
        case "INTERNALDATE":
            value = f'"{imap_dates.shown(mail.date)}"'
        case "RFC822.SIZE":
            value = str(content.size)
        case "MODSEQ":
            value = f"({mail.modseq})"
        case "ENVELOPE":
            value = envelope(content.header())
        case _:
            value = body_structure(content, extended=name == "BODYSTRUCTURE")
    return f"{name} {value}"


def _bytes(content: Content, section: Section) -> tuple[Iterator[bytes], int]:
    """Return the bytes that a section means, in pieces, and how many they are."""
    start, size = part_range(content, section.part, section.text) if section.part else (0, content.size)
    if not section.part and section.text in {"HEADER", "TEXT"}:
        header = len(content.header())
        start, size = (0, header) if section.text == "HEADER" else (header, content.size - header)
    if section.text.startswith("HEADER.FIELDS"):
        return _few(_named(content.read(start, size) if section.part else content.header(), section), section)
    skip = min(section.start or 0, size)
    length = size - skip if section.length is None else min(section.length, size - skip)
    return content.pieces(start + skip, length), length


def _named(header: bytes, section: Section) -> bytes:
    wants = section.text == "HEADER.FIELDS"
    chosen = [field for field in fields(header) if (field_name(field) in section.names) == wants]
    return b"".join((*chosen, b"\r\n"))


def _few(raw: bytes, section: Section) -> tuple[Iterator[bytes], int]:
    start = section.start or 0
    cut = raw[start:] if section.length is None else raw[start : start + section.length]
    return iter((cut,)), len(cut)
