"""A brief as Markdown, or as plain text where a field shows no formatting. In a screen, always. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec.structs import replace

from hub.brief.model import LABELS, Brief, Piece
from hub.wording import inline

LINES, CHARACTERS = 25, 1_800
"""What one screen holds."""

_ESCAPED = re.compile(r"\\([\\`*_{}\[\]<>()#+\-.!|~&])")
_LEAVING: tuple[str, ...] = ("others", "numbers", "heard", "tried", "whom", "since", "promised", "solved")
"""Where there is no room for everything, lines of these topics go, the first topic's first."""


def as_markdown(brief: Brief, *, titled: bool = True) -> str:
    """Return the brief as a list of Markdown; "" if there is nothing to tell."""
    return _fit(brief, markdown=True, titled=titled)


def as_plain(brief: Brief, *, titled: bool = True) -> str:
    """Return the brief without any markup, a line a piece."""
    return _fit(brief, markdown=False, titled=titled)


def _fit(brief: Brief, *, markdown: bool, titled: bool) -> str:
    if not brief.pieces:
        return ""
    pieces = list(brief.pieces)
    while True:
        text = _written(replace(brief, pieces=tuple(pieces)), markdown=markdown, titled=titled)
        if (len(text) <= CHARACTERS and text.count("\n") < LINES) or not _leave_one_out(pieces):
            return text


def _leave_one_out(pieces: list[Piece]) -> bool:
    """Remove the least needed line; the oldest of a topic, but never a topic's last, before a needed one."""
    for least in (2, 1):
        for topic in _LEAVING:
            at = [i for i, piece in enumerate(pieces) if piece.topic == topic]
            if len(at) >= least:
                _ = pieces.pop(at[-1] if topic == "others" else at[0])
                return True
    return False


def _written(brief: Brief, *, markdown: bool, titled: bool) -> str:
    if not titled:
        return "\n".join(_lines(brief.pieces, markdown=markdown))
    title = f"**{inline(brief.title)}**\n" if markdown else brief.title
    return "\n".join([title, *_lines(brief.pieces, markdown=markdown)])


def _lines(pieces: Sequence[Piece], *, markdown: bool) -> list[str]:
    lines: list[str] = []
    for piece in pieces:
        label = LABELS[piece.topic]
        said = _quote(piece) if piece.quoted else " ".join(piece.text.split())
        source = f" — {' '.join(piece.source.split())}" if piece.source else ""
        if markdown:
            lines.append(f"- **{label}:** {inline(said)}{inline(source)}")
        else:
            lines.append(f"{label}: {said}{source}")
    return lines


def _quote(piece: Piece) -> str:
    """In quotation marks, as its readers saw it; an ellipsis where something of the sentence is left out."""
    shown = _ESCAPED.sub(r"\1", piece.text)
    return f"“{'' if piece.opens else '… '}{shown}{'' if piece.ends else ' …'}”"
