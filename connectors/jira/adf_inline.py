"""
Inline ADF as one run of Markdown. Pure.

Marks become Markdown's delimiters. Where a letter would keep one from being read as such, the letter
is written as a reference (`x**"b"**` would not be bold, `&#x78;**"b"**` is). Underlining is `<u>`; colours,
small and raised letters are left out, and their text stays.
Jira's own inline nodes travel as links with a scheme of their own: `[@Ann](accountid:5b…)`,
`[2026-03-01](date:1772323200000)`, `[IN QA](status:blue)`, `[file](media:<collection>/<id>)`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from markdown_it.common.utils import isMdAsciiPunct, isPunctChar, isWhiteSpace

from connectors.jira import markdown_text as md
from connectors.jira.adf_pieces import BREAK, Piece
from connectors.jira.adf_pieces import pieces as to_pieces
from connectors.jira.nodes import Node, kind_of, nodes_in

_REFERENCE_END = re.compile(r"&#?\w*$")
_JOINS = {"!": re.compile(r"\["), "]": re.compile(r"[(\[:]"), "<": re.compile(r"[A-Za-z/!?]")}
"""What must not follow a character, lest the two be read as one thing."""
_DELIMITERS = {"strong": "**", "em": "*", "strike": "~~"}
_PROSE = frozenset(".:;,!?%)(\"'")
_SIMPLE = ("", "strong", "em")
_SHORT = 400
_ORDER = ("link", "underline", "strike", "strong", "em")


def to_line(nodes: Iterable[Node], *, cell: bool = False) -> str:
    """Return inline nodes as Markdown on one line: for headings and the cells of tables."""
    text = "<br>".join(_lines(nodes)).strip()
    return text.replace("|", "\\|") if cell else text


def to_paragraph(nodes: Sequence[Node]) -> str:
    """Return inline nodes as the lines of a paragraph."""
    words = _words(nodes)
    return _paragraph(nodes) if words is None else _remembered(words)


def _words(nodes: Sequence[Node]) -> tuple[str, ...] | None:
    """Return texts and their marks in turn, if there is nothing but text with simple marks."""
    out: list[str] = []
    for node in nodes:
        text: object = node.get("text")
        marks: object = node.get("marks")
        if kind_of(node) != "text" or not isinstance(text, str) or len(text) > _SHORT:
            return None
        kinds = [kind_of(mark) for mark in nodes_in(marks)] if marks else [""]
        if len(kinds) != 1 or kinds[0] not in _SIMPLE:
            return None
        out += (text, kinds[0])
    return tuple(out)


@lru_cache(4096)
def _remembered(words: tuple[str, ...]) -> str:
    """Return what such a paragraph reads as. The hub's own lines are the same on many issues."""
    nodes = [
        {"type": "text", "text": text, "marks": [{"type": mark}] if mark else []}
        for text, mark in zip(words[::2], words[1::2], strict=True)
    ]
    return _paragraph(nodes)


def _paragraph(nodes: Sequence[Node]) -> str:
    lines = [md.escape_line_start(line) for line in _lines(nodes)]
    # A blank line would end the paragraph, so a second break in a row is written as a tag.
    out = ""
    for i, line in enumerate(lines):
        blank_next = i + 1 < len(lines) and not lines[i + 1]
        out += line + ("" if i + 1 == len(lines) else "<br>" if blank_next else "\\\n")
    return out


def _lines(nodes: Iterable[Node]) -> list[str]:
    pieces = list(_hoist(_linkify(_merge(to_pieces(nodes)))))
    lines = [line.strip() for line in _render(pieces).split(BREAK)]
    while lines and not lines[-1]:
        _ = lines.pop()
    while lines and not lines[0]:
        _ = lines.pop(0)
    return lines


def _merge(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Join neighbours that look alike, and leave out empty ones."""
    held: Piece | None = None
    for piece in pieces:
        if not piece.text:
            continue
        if held and piece.kind in {"text", "code"} and held[1:] == piece[1:]:
            held = held._replace(text=held.text + piece.text)
            continue
        if held:
            yield held
        held = piece
    if held:
        yield held


def _linkify(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Make links of bare web addresses, as `adf_write` does."""
    for piece in pieces:
        if piece.kind != "text" or piece.href:
            yield piece
            continue
        for text, is_url in md.split_urls(piece.text):
            yield piece._replace(text=text, href=text if is_url else "")


def _hoist(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Move blanks at the edges of marked text out of the marks that begin or end there."""
    return _merge(_settled_blanks([p for p in _trimmed(pieces) if p.text]))


def _trimmed(pieces: Iterable[Piece]) -> Iterator[Piece]:
    for piece in pieces:
        core = piece.text.strip()
        if piece.kind != "text" or not (piece.marks or piece.href) or len(core) == len(piece.text):
            yield piece
            continue
        blank = piece._replace(href="")
        at = piece.text.index(core) if core else len(piece.text)
        yield blank._replace(text=piece.text[:at])
        yield piece._replace(text=core)
        yield blank._replace(text=piece.text[at + len(core) :])


def _settled_blanks(pieces: Sequence[Piece]) -> Iterator[Piece]:
    """Leave blanks only the marks that go on from the text before them to the text after them."""
    before: frozenset[str] = frozenset()
    for i, piece in enumerate(pieces):
        if piece.kind != "text" or not piece.text.isspace():
            before = piece.marks
            yield piece
            continue
        following = next((p for p in pieces[i + 1 :] if not p.text.isspace() or p.kind != "text"), None)
        after = following.marks if following else frozenset[str]()
        yield piece._replace(marks=piece.marks & before & after)


class _Open(NamedTuple):
    mark: str
    closer: str
    guarded: bool
    """Its delimiters must not touch a letter: one that would is written as a reference."""


def _render(pieces: Sequence[Piece]) -> str:
    out: list[str] = []
    open_: list[_Open] = []  # outermost first
    for i, piece in enumerate(pieces):
        wanted = _wanted(piece)
        guard = _close(out, open_, wanted)
        missing = [mark for mark in wanted if mark not in {one.mark for one in open_}]
        missing.sort(key=lambda mark: (-_reach(pieces, i, mark), _rank(mark)))
        for mark in missing:
            opener, one = _delimiters(pieces, i, mark, out, open_)
            if one.guarded and out and _is_letter(out[-1][-1:]):
                out[-1] = out[-1][:-1] + _reference(out[-1][-1])
            _add(out, opener)
            open_.append(one)
            guard = False
        body = _body(piece, in_link=any(one.mark.startswith("link ") for one in open_))
        if guard and _is_letter(body[:1]):
            body = _reference(body[0]) + body[1:]
        _add(out, body)
    _ = _close(out, open_, ())
    return "".join(out)


def _is_letter(char: str) -> bool:
    """Whether Markdown takes a character for a part of a word: neither blank nor punctuation."""
    return bool(char) and not (
        isWhiteSpace(ord(char)) or isMdAsciiPunct(ord(char)) or isPunctChar(char)
    )


def _reference(char: str) -> str:
    return f"&#x{ord(char):x};"


def _add(out: list[str], text: str) -> None:
    """Append, so that what stands last does not become part of a link or image that follows."""
    last = out[-1] if out else ""
    joined = _JOINS.get(last[-1:])
    if joined and joined.match(text) and (len(last) - len(last[:-1].rstrip("\\"))) % 2:
        out[-1] = f"{last[:-1]}\\{last[-1]}"
    out.append(text)


def _wanted(piece: Piece) -> tuple[str, ...]:
    link = () if not piece.href or _is_bare(piece) else ("link " + piece.href,)
    return (*link, *sorted(piece.marks))


def _is_bare(piece: Piece) -> bool:
    return piece.kind == "text" and piece.href == piece.text and _shows_bare(piece.text)


def _shows_bare(url: str) -> bool:
    # An address that ends like a character reference might be completed by what follows it.
    return (
        md.escape(url) == url
        and not _REFERENCE_END.search(url)
        and list(md.split_urls(url)) == [(url, True)]
    )


def _rank(mark: str) -> int:
    return _ORDER.index(mark.partition(" ")[0])


def _reach(pieces: Sequence[Piece], i: int, mark: str) -> int:
    j = i
    while j < len(pieces) and mark in _wanted(pieces[j]):
        j += 1
    return j


def _close(out: list[str], open_: list[_Open], wanted: Sequence[str]) -> bool:
    """Close what is not wanted any more; return whether a letter must not follow directly."""
    guard = False
    while any(one.mark not in wanted for one in open_):
        last = open_.pop()
        out.append(last.closer)
        guard = last.guarded
    return guard


def _delimiters(
    pieces: Sequence[Piece], i: int, mark: str, out: Sequence[str], open_: Sequence[_Open]
) -> tuple[str, _Open]:
    """Choose delimiters that are sure to be read as such: guarded ones where that is in question."""
    if mark.startswith("link "):
        return "[", _Open(mark, f"]({md.destination(mark[5:])})", guarded=False)
    if mark == "underline":
        return "<u>", _Open(mark, "</u>", guarded=False)
    end = _reach(pieces, i, mark)
    plain = _stands_alone(pieces, i, end, mark, open_) and _flanks(
        pieces, i, end, out[-1][-1:] if out else ""
    )
    delimiter = _DELIMITERS[mark] if plain or mark != "em" else "_"
    return delimiter, _Open(mark, delimiter, guarded=not plain)


def _stands_alone(
    pieces: Sequence[Piece], i: int, end: int, mark: str, open_: Sequence[_Open]
) -> bool:
    """Whether no other mark begins or ends within this one, or next to it."""
    inner = pieces[i:end]
    stays = {one.mark for one in open_} | {mark}
    return (
        len(stays & set(_DELIMITERS)) == 1
        and all(piece.kind == "text" and not piece.href for piece in inner)
        and not any(set(_wanted(piece)) - stays for piece in inner)
    )


def _flanks(pieces: Sequence[Piece], i: int, end: int, before: str) -> bool:
    after = pieces[end] if end < len(pieces) else None
    after_char = "" if after is None else after.text[:1]
    if after is not None and after.kind == "text" and (after.marks or after.href):
        after_char = "*"
    return _sure(before, pieces[i].text[:1]) and _sure(after_char, pieces[end - 1].text[-1:])


def _sure(outside: str, inside: str) -> bool:
    """Whether a delimiter between these two characters can only open (or close) here."""
    if inside.isalnum():
        return outside not in {"*", "_", "~", "\\", ";"}
    return inside in _PROSE and (outside == "" or outside.isspace())


def _body(piece: Piece, *, in_link: bool) -> str:
    if piece.kind == "code":
        return md.code_span(piece.text)
    if piece.kind in {"done", "break"} or _is_bare(piece):
        return piece.text
    return md.escape_label(piece.text) if in_link else md.escape(piece.text)
