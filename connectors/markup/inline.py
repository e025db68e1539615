"""
Spans as Markdown, in one canonical form. Pure.

Whatever the characters are, the Markdown reads back as them: specials are escaped, and a letter that
would keep a delimiter from being one is written as a character reference (`a**"b"**` would not be
bold; `&#x61;**"b"**` is).
"""

from __future__ import annotations

import re
from typing import NamedTuple, TypeAlias

from markdown_it.common.utils import isMdAsciiPunct, isPunctChar

from connectors.markup.spans import CODE, EM, STRIKE, STRONG, UNDERLINE, Span

_NESTING = (UNDERLINE, STRIKE, STRONG, EM)
_LINK = 32
_ESCAPED = re.compile(
    r"[*`\[\]]"
    r"|\\(?=[!-/:-@\[-`{-~\n]|$)"
    r"|(?<![^\W_])_|_(?![^\W_])"
    r"|<(?=[A-Za-z/!?]|$)"
    r"|~(?=~|$)|(?<=~)~|^~"
    r"|&(?=#?\w+;)"
)
_SPECIAL = re.compile(r"[*`\[\]\\_<~&]")
"""What `_ESCAPED` begins with: most lines have none of it, and are told by this at once."""
_LINE_START = re.compile(
    r"(?P<hash>#{1,6})(?=\s|$)|(?P<mark>[-+])(?=\s|$)|(?P<quote>>)"
    r"|(?P<digits>\d{1,9})(?P<dot>[.)])(?=\s|$)|(?P<rule>=+|-+)\s*$|(?P<cells>[-|:](?=[-|: ]*$))"
)
_TICKS = re.compile(r"`+")
_AUTOLINK = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]{1,31}:[^\s<>\\|\x00-\x20]*")
_NO_ADDRESS = re.compile(r"[\s<>\\\x00-\x20\x7f]")
_ENTITY = re.compile(r"&(?=#?\w+;)")
_OPEN = {STRONG: "**", STRIKE: "~~", UNDERLINE: "<u>"}
_CLOSE = {STRONG: "**", STRIKE: "~~", UNDERLINE: "</u>"}


class _Piece(NamedTuple):
    """A bit of output. `mark` is 0 for text, else the mark that it opens (+) or closes (-)."""

    text: str
    mark: int = 0
    literal: bool = False
    """Plain escaped text, whose letters may be written as references."""


Pieces: TypeAlias = list[_Piece]


def to_markdown(spans: list[Span], *, line_break: str = "\\\n") -> str:
    """Write tidied spans as Markdown. In a heading or a table cell a break has another form."""
    if len(spans) == 1 and spans[0][1:] == ("", 0, "", "")[1:] and "\n" not in spans[0].text:
        return _line_guard(_ESCAPED.sub(_escape, spans[0].text))
    pieces: Pieces = []
    _emit(spans, 0, len(spans), 0, pieces, line_break)
    text = _joined(pieces)
    if line_break != "\\\n":
        return _line_guard(text)
    return guarded(text)


def escaped(text: str) -> str:
    """Escape what within a line would be read as a mark. A text of several lines is escaped line by line."""
    return _ESCAPED.sub(_escape, text) if _SPECIAL.search(text) else text


def guarded(text: str) -> str:
    """Escape what at the beginning of a line would be read as a block."""
    if "\n" not in text:
        return _line_guard(text)
    return "\n".join(map(_line_guard, text.split("\n")))


def _line_guard(line: str) -> str:
    found = _LINE_START.match(line)
    if found is None:
        return line
    if found["digits"]:
        return f"{found['digits']}\\{line[found.end('digits') :]}"
    return f"\\{line}"


def _escape(found: re.Match[str]) -> str:
    return "\\" + found[0]


def _has(span: Span, mark: int) -> bool:
    return bool(span.href) if mark == _LINK else bool(span.marks & mark)


def _emit(spans: list[Span], start: int, end: int, active: int, out: Pieces, line_break: str) -> None:
    """Wrap the spans in what they have in common, the widest first, and recurse."""
    at = start
    while at < end:
        span = spans[at]
        best, reach = 0, at
        for mark in () if span.is_space else (_LINK, *_NESTING):
            if active & mark or not _has(span, mark):
                continue
            stop = _extent(spans, at, end, mark)
            if stop > reach:
                best, reach = mark, stop
        if not best:
            _leaf(span, out, line_break)
            at += 1
        elif best == _LINK:
            out.append(_Piece(_link(spans[at:reach], active, line_break)))
            at = reach
        else:
            out.append(_Piece("", best))
            _emit(spans, at, reach, active | best, out, line_break)
            out.append(_Piece("", -best))
            at = reach


def _extent(spans: list[Span], at: int, end: int, mark: int) -> int:
    href = spans[at].href
    while at < end and _has(spans[at], mark) and (mark != _LINK or spans[at].href == href):
        at += 1
    return at


def _leaf(span: Span, out: Pieces, line_break: str) -> None:
    if span.src:
        out.append(_Piece(f"![{_ESCAPED.sub(_escape, span.text)}]({destination(span.src)})"))
    elif span.marks & CODE:
        out.append(_Piece(code(span.text)))
    elif span.text == "\n":
        out.append(_Piece(line_break))
    elif "\n" not in span.text:
        out.append(_Piece(_ESCAPED.sub(_escape, span.text), literal=True))
    else:  # several breaks in a row were merged into one span
        for i, part in enumerate(span.text.split("\n")):
            if i:
                out.append(_Piece(line_break))
            if part:
                out.append(_Piece(_ESCAPED.sub(_escape, part), literal=True))


def code(text: str) -> str:
    """Write a code span that reads back as this text."""
    text = text.replace("\n", " ")
    runs = {len(run) for run in _TICKS.findall(text)}
    fence = "`" * next(n for n in range(1, len(runs) + 2) if n not in runs)
    padded = text.startswith("`") or text.endswith("`") or (text[0] == text[-1] == " ")
    pad = " " if padded and not text.isspace() else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def _link(spans: list[Span], active: int, line_break: str) -> str:
    href = spans[0].href
    only = spans[0] if len(spans) == 1 else None
    plain = only is not None and only.text == href and not (only.src or only.marks & ~active)
    if plain and _AUTOLINK.fullmatch(href):
        return f"<{href}>"
    inner: Pieces = []
    _emit(spans, 0, len(spans), active | _LINK, inner, line_break)
    return f"[{_joined(inner)}]({destination(href)})"


def destination(url: str) -> str:
    """Write an address so that it ends where it should."""
    url = _ENTITY.sub("&amp;", _NO_ADDRESS.sub(_percent, url.strip()))
    return f"<{url}>" if "(" in url or ")" in url else url


def _percent(found: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in found[0].encode())


def _joined(pieces: Pieces) -> str:
    """Choose the delimiters, now that each one's neighbours are known."""
    texts = [piece.text for piece in pieces]
    _choose_emphasis(pieces, texts)
    for i, piece in enumerate(pieces):
        if piece.mark and abs(piece.mark) != EM:
            texts[i] = (_OPEN if piece.mark > 0 else _CLOSE)[abs(piece.mark)]
    delimiters = [i for i, p in enumerate(pieces) if p.mark and abs(p.mark) != UNDERLINE]
    while any(_make_flanking(pieces, texts, i) for i in delimiters if texts[i]):
        pass  # a letter written as a reference is punctuation to the next delimiter
    for i in range(len(texts) - 1):
        if texts[i].endswith("!") and texts[i + 1].startswith("[") and pieces[i].literal:
            texts[i] = texts[i][:-1] + "\\!"
    return "".join(texts)


def _choose_emphasis(pieces: Pieces, texts: list[str]) -> None:
    """`_` where no letter touches it, else `*`; neither where `*` would run into `**`."""
    opened: list[int] = []
    for i, piece in enumerate(pieces):
        if piece.mark == EM:
            opened.append(i)
        elif piece.mark == -EM:
            start = opened.pop()
            if not _word_before(pieces, start) and not _word_after(pieces, i):
                delimiter = "_"
            elif any(
                0 <= n < len(pieces) and abs(pieces[n].mark) == STRONG
                for n in (start - 1, start + 1, i - 1, i + 1)
            ):
                delimiter = ""
            else:
                delimiter = "*"
            texts[start] = texts[i] = delimiter


def _is_word(char: str) -> bool:
    return not (char.isspace() or isMdAsciiPunct(ord(char)) or isPunctChar(char))


def _word_before(pieces: Pieces, at: int) -> bool:
    return at > 0 and bool(pieces[at - 1].text) and _is_word(pieces[at - 1].text[-1])


def _word_after(pieces: Pieces, at: int) -> bool:
    return at + 1 < len(pieces) and bool(pieces[at + 1].text) and _is_word(pieces[at + 1].text[0])


def _make_flanking(pieces: Pieces, texts: list[str], at: int) -> bool:
    """Write the letter outside a delimiter as a reference where punctuation inside would break it."""
    inside, outside = (at + 1, at - 1) if pieces[at].mark > 0 else (at - 1, at + 1)
    step = 1 if pieces[at].mark > 0 else -1
    while 0 <= inside < len(texts) and not texts[inside]:
        inside += step
    while 0 <= outside < len(texts) and not texts[outside]:
        outside -= step
    if not (0 <= outside < len(texts) and 0 <= inside < len(texts)):
        return False
    near = texts[inside][0 if step > 0 else -1]
    if _is_word(near) or near.isspace() or not pieces[outside].literal:
        return False
    text = texts[outside]
    if step > 0 and _is_word(text[-1]):
        before = text[:-1]
        if (len(before) - len(before.rstrip("\\"))) % 2:
            before += "\\"  # a lone backslash would take the reference's ampersand for its own
        texts[outside] = f"{before}&#x{ord(text[-1]):x};"
    elif step < 0 and _is_word(text[0]):
        texts[outside] = f"&#x{ord(text[0]):x};{text[1:]}"
    return texts[outside] != text
