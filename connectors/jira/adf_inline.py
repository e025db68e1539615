"""
Inline ADF as one run of Markdown. Pure.

Marks become Markdown delimiters where these are sure to be read as such, and otherwise the HTML tags
that `adf_write` knows (`<strong>`, `<em>`, `<del>`); colours and annotations are left out, their text stays.
Jira's own inline nodes travel as links with a scheme of their own: `[@Ann](accountid:5b…)`,
`[2026-03-01](date:1772323200000)`, `[IN QA](status:blue)`, `[file](media:<collection>/<id>)`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from connectors.jira import markdown_text as md

Node = Mapping[str, Any]

BREAK = "\n"
_AUTOLINK = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{1,31}:[^\x00-\x20<>]*")
_REFERENCE_END = re.compile(r"&#?\w*$")
_JOINS = {"!": re.compile(r"\["), "]": re.compile(r"[(\[:]"), "<": re.compile(r"[A-Za-z/!?]")}
"""What must not follow a character, lest the two be read as one thing."""
_DELIMITERS = {"strong": "**", "em": "*", "strike": "~~"}
_TAGS = {
    "strong": "strong",
    "em": "em",
    "strike": "del",
    "underline": "u",
    "sub": "sub",
    "sup": "sup",
}
_PROSE = frozenset(".:;,!?%)(\"'")
_ORDER = ("link", "underline", "sup", "sub", "strike", "strong", "em")


class Piece(NamedTuple):
    """Text with the marks that Markdown can carry, or finished Markdown without any."""

    text: str
    marks: frozenset[str] = frozenset()
    href: str = ""
    kind: str = "text"
    """`text`, `code`, `done` (Markdown already), `break`."""


def to_line(nodes: Iterable[Node], *, cell: bool = False) -> str:
    """Return inline nodes as Markdown on one line: for headings and the cells of tables."""
    text = "<br>".join(_lines(nodes)).strip()
    return text.replace("|", "\\|") if cell else text


def to_paragraph(nodes: Iterable[Node]) -> str:
    """Return inline nodes as the lines of a paragraph."""
    lines = [md.escape_line_start(line) for line in _lines(nodes)]
    # A blank line would end the paragraph, so a second break in a row is written as a tag.
    out = ""
    for i, line in enumerate(lines):
        blank_next = i + 1 < len(lines) and not lines[i + 1]
        out += line + ("" if i + 1 == len(lines) else "<br>" if blank_next else "  \n")
    return out


def _lines(nodes: Iterable[Node]) -> list[str]:
    pieces = list(_hoist(_linkify(_merge(_pieces(nodes)))))
    lines = [line.strip() for line in _render(pieces).split(BREAK)]
    while lines and not lines[-1]:
        _ = lines.pop()
    while lines and not lines[0]:
        _ = lines.pop(0)
    return lines


# --- nodes to pieces -----------------------------------------------------------------------------


def _pieces(nodes: Iterable[Node]) -> Iterator[Piece]:
    for node in nodes:
        kind = node.get("type")
        if kind == "text":
            yield from _text_pieces(node)
        elif kind == "hardBreak":
            yield Piece(BREAK, kind="break")
        elif kind in _INLINE:
            yield _INLINE[kind](node.get("attrs") or {})
        elif node.get("content"):
            yield from _pieces(node["content"])
        else:
            yield Piece(fallback_text(node))


def _text_pieces(node: Node) -> Iterator[Piece]:
    text = md.clean(str(node.get("text", "")))
    marks, href = set[str](), ""
    for mark in node.get("marks") or ():
        kind, attrs = mark.get("type"), mark.get("attrs") or {}
        if kind == "link":
            href = str(attrs.get("href") or "")
        elif kind == "subsup":
            marks.add("sup" if attrs.get("type") == "sup" else "sub")
        elif kind in _TAGS or kind == "code":
            marks.add(kind)
    if href and not md.is_safe(href):
        text, href = (text if href in text else f"{text} ({href})"), ""
    if "code" in marks:
        yield Piece(text.replace("\n", " "), frozenset(), href, "code")
        return
    if {"sub", "sup"} <= marks:
        marks.discard("sub")
    for i, line in enumerate(text.split("\n")):
        if i:
            yield Piece(BREAK, kind="break")
        yield Piece(line, frozenset(marks), href)


def fallback_text(node: Node) -> str:
    """Return whatever readable text a node of an unknown type carries in its attributes."""
    attrs = node.get("attrs") or {}
    parameters = attrs.get("parameters") or {}
    found = node.get("text") or next(
        (attrs[name] for name in ("text", "title", "url", "alt", "shortName") if attrs.get(name)),
        parameters.get("extensionTitle") if isinstance(parameters, Mapping) else "",
    )
    return md.clean(str(found or "")).replace("\n", " ")


def _own_link(label: str, href: str) -> Piece:
    return Piece(f"[{md.escape_label(_flat(label))}]({md.destination(href)})", kind="done")


def _flat(text: str) -> str:
    return " ".join(md.clean(text).split())


def _mention(attrs: Mapping[str, Any]) -> Piece:
    name = _flat(str(attrs.get("text") or "")).lstrip("@").strip() or str(attrs.get("id", ""))
    return _own_link("@" + name, "accountid:" + str(attrs.get("id", "")))


def _emoji(attrs: Mapping[str, Any]) -> Piece:
    text, short = str(attrs.get("text") or ""), str(attrs.get("shortName") or "")
    if text and text != short:
        return Piece(_flat(text) or short)
    return _own_link(short, f"emoji:{attrs.get('id', '')}") if attrs.get("id") else Piece(short)


def _date(attrs: Mapping[str, Any]) -> Piece:
    stamp = str(attrs.get("timestamp", ""))
    return _own_link(_day(stamp), "date:" + stamp) if stamp else Piece("")


def _day(stamp: str) -> str:
    try:
        return datetime.fromtimestamp(int(stamp) / 1000, UTC).date().isoformat()
    except (ValueError, OverflowError, OSError):
        return stamp


def _status(attrs: Mapping[str, Any]) -> Piece:
    text = _flat(str(attrs.get("text") or ""))
    return _own_link(text, f"status:{attrs.get('color') or 'neutral'}") if text else Piece("")


def card(attrs: Mapping[str, Any]) -> Piece:
    """Return a smart link: its address in angle brackets."""
    data = attrs.get("data")
    known = data if isinstance(data, Mapping) else {}
    url = str(attrs.get("url") or known.get("url") or "")
    if not url:
        return Piece(_flat(str(known.get("name") or "")))
    if not md.is_safe(url):
        return Piece(_flat(url))
    if _AUTOLINK.fullmatch(url) and not url.lower().startswith("mailto:"):
        return Piece(f"<{url}>", kind="done")
    return Piece(_flat(url) or url, frozenset(), url)


def media(attrs: Mapping[str, Any]) -> Piece:
    """Return a picture or file: an image where it has an address, else a link of Jira's own."""
    alt = _flat(str(attrs.get("alt") or ""))
    if attrs.get("type") == "external":
        url = str(attrs.get("url") or "")
        if not md.is_safe(url):
            return Piece(_flat(f"{alt} {url}".strip()))
        return Piece(f"![{md.escape_label(alt)}]({md.destination(url)})", kind="done")
    return _own_link(alt or "file", f"media:{attrs.get('collection', '')}/{attrs.get('id', '')}")


_INLINE = {
    "mention": _mention,
    "emoji": _emoji,
    "date": _date,
    "status": _status,
    "inlineCard": card,
    "media": media,
    "mediaInline": media,
    "placeholder": lambda attrs: Piece(_flat(str(attrs.get("text") or ""))),
}


# --- pieces to Markdown --------------------------------------------------------------------------


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
    """Move blanks at the edges of marked text out of the marks, where Markdown wants them."""
    return _merge(_trimmed(pieces))


def _trimmed(pieces: Iterable[Piece]) -> Iterator[Piece]:
    for piece in pieces:
        if piece.kind != "text" or not (piece.marks or piece.href):
            yield piece
            continue
        core = piece.text.strip()
        if not core:
            yield Piece(piece.text)
            continue
        at = piece.text.index(core)
        yield Piece(piece.text[:at])
        yield piece._replace(text=core)
        yield Piece(piece.text[at + len(core) :])


def _render(pieces: Sequence[Piece]) -> str:
    out: list[str] = []
    open_: list[tuple[str, str]] = []  # (mark, what closes it), outermost first
    for i, piece in enumerate(pieces):
        wanted = _wanted(piece)
        _close(out, open_, wanted)
        missing = [m for m in wanted if m not in {mark for mark, _ in open_}]
        missing.sort(key=lambda mark: (-_reach(pieces, i, mark), _rank(mark)))
        for mark in missing:
            opener, closer = _delimiters(pieces, i, mark, out, open_)
            _add(out, opener)
            open_.append((mark, closer))
        _add(out, _body(piece, in_link=any(mark.startswith("link ") for mark, _ in open_)))
    _close(out, open_, ())
    return "".join(out)


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


def _close(out: list[str], open_: list[tuple[str, str]], wanted: Sequence[str]) -> None:
    while any(mark not in wanted for mark, _ in open_):
        out.append(open_.pop()[1])


def _delimiters(
    pieces: Sequence[Piece],
    i: int,
    mark: str,
    out: Sequence[str],
    open_: Sequence[tuple[str, str]],
) -> tuple[str, str]:
    """Choose Markdown's delimiters if they are sure to be read as such, else a pair of tags."""
    if mark.startswith("link "):
        return "[", f"]({md.destination(mark[5:])})"
    end = _reach(pieces, i, mark)
    delimiter = _DELIMITERS.get(mark, "")
    if delimiter and _flanks(pieces, i, end, mark, "".join(out[-2:])[-1:], open_):
        return delimiter, delimiter
    return f"<{_TAGS[mark]}>", f"</{_TAGS[mark]}>"


def _flanks(
    pieces: Sequence[Piece],
    i: int,
    end: int,
    mark: str,
    before: str,
    open_: Sequence[tuple[str, str]],
) -> bool:
    inner = pieces[i:end]
    if any(piece.kind != "text" or piece.href for piece in inner):
        return False
    # Another mark that begins or ends inside could pair up with our delimiters.
    stays = {m for m, _ in open_} | {mark}
    if any(set(_wanted(piece)) - stays for piece in inner) or len(stays & set(_DELIMITERS)) > 1:
        return False
    after = pieces[end] if end < len(pieces) else None
    after_char = "" if after is None else after.text[:1] if after.kind != "break" else "\n"
    if after is not None and (after.marks or after.href) and after.kind == "text":
        after_char = "*"
    first, last = inner[0].text[:1], inner[-1].text[-1:]
    return _sure(before, first) and _sure(after_char, last)


def _sure(outside: str, inside: str) -> bool:
    """Whether a delimiter between these two characters can only open (or close) here."""
    if inside.isalnum():
        return outside not in {"*", "_", "~", "\\"}
    return inside in _PROSE and (outside == "" or outside.isspace())


def _body(piece: Piece, *, in_link: bool) -> str:
    if piece.kind == "code":
        return md.code_span(piece.text)
    if piece.kind in {"done", "break"} or _is_bare(piece):
        return piece.text
    return md.escape_label(piece.text) if in_link else md.escape(piece.text)
