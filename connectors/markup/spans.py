"""
Inline text as a flat list of spans. Pure.

HTML nests marks in many ways that look the same. Here a paragraph is a list of pieces, each with
the set of its marks; equal neighbours are one. From that list `inline` derives the Markdown, so the
same look always gives the same text.
"""

from __future__ import annotations

import re
from typing import NamedTuple

STRONG, EM, STRIKE, UNDERLINE, CODE = 1, 2, 4, 8, 16


class Span(NamedTuple):
    """A piece of text, a picture (`src` set), or a line break (text is a newline)."""

    text: str
    marks: int = 0
    href: str = ""
    src: str = ""

    @property
    def is_space(self) -> bool:
        return not self.src and (not self.text or self.text.isspace())


BREAK = Span("\n")

_BLANKS = re.compile(r"[ \t\n\r\f\v\x1c-\x1f\x85\u2028\u2029]+")


def collapse(text: str) -> str:
    """White space as a browser shows it: every run of it is one blank."""
    return _BLANKS.sub(" ", text)


def tidy(spans: list[Span]) -> list[Span]:
    """
    Return the canonical list: blanks once, none at the edges or beside breaks, marks off blanks.

    A blank keeps only the marks that both its neighbours carry, so no mark begins or ends with one.
    """
    pieces = [part for span in spans for part in _parted(span)]
    pieces = _without_doubled_blanks(pieces)
    solid = [i for i, piece in enumerate(pieces) if not piece.is_space]
    if not solid:
        return []
    pieces = pieces[solid[0] : solid[-1] + 1]
    pieces = _with_blanks_marked(pieces)
    merged: list[Span] = []
    for piece in pieces:
        last = merged[-1] if merged else None
        alike = last is not None and last[1:] == piece[1:] and not piece.src
        if last is not None and alike and not (last.is_space and (last.marks or last.href)):
            merged[-1] = last._replace(text=last.text + piece.text)
        else:
            merged.append(piece)
    return merged


def _parted(span: Span) -> list[Span]:
    """A span as blank, core, blank: the blanks may have to lose its marks."""
    if span.src or not span.text or span is BREAK or span.text == "\n":
        return [span] if span.text or span.src else []
    core = span.text.strip()
    if len(core) == len(span.text) and not span.href and not span.marks:
        return [span]
    if not core:
        return [span]
    start = span.text.index(core)
    parts = (span.text[:start], core, span.text[start + len(core) :])
    return [span._replace(text=part) for part in parts if part]


def _without_doubled_blanks(pieces: list[Span]) -> list[Span]:
    kept: list[Span] = []
    for piece in pieces:
        text = piece.text
        if not piece.src and text != "\n" and kept and text[:1] == " ":
            before = kept[-1]
            if not before.src and (before.text.endswith((" ", "\n"))):
                text = text[1:]
        if text == "\n" and not piece.src:
            while kept and not kept[-1].src and kept[-1].text == " ":
                _ = kept.pop()
            if kept and not kept[-1].src and kept[-1].text != "\n":
                kept[-1] = kept[-1]._replace(text=kept[-1].text.rstrip(" "))
        if text or piece.src:
            kept.append(piece._replace(text=text))
    return kept


def _with_blanks_marked(pieces: list[Span]) -> list[Span]:
    """Blanks and breaks take the marks common to the solid pieces on their two sides."""
    after: list[Span | None] = [None] * len(pieces)
    following: Span | None = None
    for i in range(len(pieces) - 1, -1, -1):
        after[i] = following
        if not pieces[i].is_space:
            following = pieces[i]
    previous: Span | None = None
    marked: list[Span] = []
    for i, piece in enumerate(pieces):
        if not piece.is_space:
            previous = piece
            marked.append(piece)
            continue
        nearby = after[i]
        if previous is None or nearby is None:
            marked.append(Span(piece.text))
            continue
        both = previous.marks & nearby.marks
        alike = previous.marks == nearby.marks and previous.href == nearby.href
        if piece.text == "\n" or not alike or not piece.marks & CODE:
            both &= ~CODE  # of code only what lies inside one piece of it
        href = previous.href if previous.href == nearby.href else ""
        marked.append(Span(piece.text, both, href))
    return marked
