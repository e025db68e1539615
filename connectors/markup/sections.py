"""Blocks of text (paragraphs, lists, tables, ...) in one canonical form of Markdown. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

from connectors.markup.inline import to_markdown
from connectors.markup.spans import CODE, Span, tidy


class Paragraph(NamedTuple):
    spans: list[Span]


class Heading(NamedTuple):
    level: int
    spans: list[Span]


class Code(NamedTuple):
    text: str
    language: str


class Rule(NamedTuple):
    pass


class Quote(NamedTuple):
    blocks: Flow


class Items(NamedTuple):
    """A list; `start` is its first number, None if it has bullets."""

    blocks: Flow
    start: int | None


class Part(NamedTuple):
    """A piece of a list or table (`li`, `table`, `tr`, `td`, `th`), until its owner takes it."""

    tag: str
    blocks: Flow


Block: TypeAlias = Paragraph | Heading | Code | Rule | Quote | Items | Part
Flow: TypeAlias = "list[Block]"

_TICKS = re.compile(r"`{3,}")
_BARE_HASH = re.compile(r"(?<!\\)(?:\\\\)*#\Z")
_TABS = re.compile(r"^[ \t]*\t", re.MULTILINE)
_LAST_NUMBER = 999_000_000


class _Chunk(NamedTuple):
    text: str
    marker: str = ""
    """Of a list: what its items begin with, without their number."""
    start: int = 1


def render(blocks: Sequence[Block]) -> str:
    """Write blocks as Markdown, with a blank line between."""
    if len(blocks) == 1 and isinstance(blocks[0], Paragraph):
        return to_markdown(tidy(blocks[0].spans))
    return "\n\n".join(chunk.text for chunk in _chunks(blocks, nested=False))


def _chunks(blocks: Sequence[Block], *, nested: bool) -> list[_Chunk]:
    chunks: list[_Chunk] = []
    for block in blocks:
        if isinstance(block, Items):
            chunks.extend(_list(block, chunks[-1].marker if chunks else ""))
        elif isinstance(block, Part):
            chunks.extend(_part(block, nested=nested))
        else:
            text = _text(block, nested=nested)
            if text:
                chunks.append(_Chunk(text))
    return chunks


def _text(block: Paragraph | Heading | Code | Rule | Quote, *, nested: bool) -> str:
    match block:
        case Paragraph(spans):
            return to_markdown(tidy(spans))
        case Heading(level, spans):
            one_line = [span._replace(text=" ") if span.text == "\n" else span for span in spans]
            text = to_markdown(tidy(one_line), line_break=" ")
            text = f"{text[:-1]}\\#" if _BARE_HASH.search(text) else text
            return f"{'#' * level} {text}" if text else ""
        case Code(text, language):
            return _fenced(text, language, nested=nested)
        case Rule():
            return "___"  # never taken for a list item, whatever stands before it
        case Quote(blocks):
            inner = "\n\n".join(chunk.text for chunk in _chunks(blocks, nested=True))
            return "\n".join(f"> {line}" if line else ">" for line in inner.split("\n")) if inner else ""


def _fenced(text: str, language: str, *, nested: bool) -> str:
    text = text.rstrip("\n")
    if not text.strip():
        return ""
    if nested and "\t" in text:  # a tab's width depends on what stands before it
        text = _TABS.sub(lambda found: found[0].expandtabs(4), text)
    fence = "`" * max([3, *(len(run) + 1 for run in _TICKS.findall(text))])
    return f"{fence}{language}\n{text}\n{fence}"


def _list(block: Items, marker_before: str) -> list[_Chunk]:
    """A list beside one of its kind begins its items with another sign, or the two would be one."""
    items = [chunks for item in _items(block.blocks) if (chunks := _chunks(item, nested=True))]
    if not items:
        return []
    if block.start is None:
        marker = "*" if marker_before == "-" else "-"
    else:
        marker = ")" if marker_before == "." else "."
    start = min(block.start or 0, _LAST_NUMBER)
    tight = all(map(_fits_tightly, items))
    lines: list[str] = []
    for number, chunks in enumerate(items, start):
        sign = marker if block.start is None else f"{number}{marker}"
        text = ("\n" if tight else "\n\n").join(chunk.text for chunk in chunks)
        pad = " " * (len(sign) + 1)
        lines.append(f"{sign} " + re.sub(r"\n(?=[^\n])", f"\n{pad}", text))
    return [_Chunk(("\n" if tight else "\n\n").join(lines), marker, start)]


def _items(blocks: Flow) -> list[Flow]:
    """The items' contents. A list that stands between items belongs to the item before it."""
    items: list[Flow] = []
    for block in blocks:
        if isinstance(block, Part) and block.tag == "li":
            items.append(list(block.blocks))
        elif isinstance(block, Items) and items:
            items[-1].append(block)
        else:
            items.append([block])
    return items


def _fits_tightly(chunks: list[_Chunk]) -> bool:
    *first, last = chunks
    if not first:
        return "\n\n" not in last.text
    if len(first) > 1 or first[0].marker or "\n\n" in last.text or "\n\n" in first[0].text:
        return False
    # only a list that begins at 1 may follow a paragraph without a blank line
    return bool(last.marker) and (last.marker in "-*" or last.start == 1)


def _part(block: Part, *, nested: bool) -> list[_Chunk]:
    """A table as a table where Markdown can show it; else, as with layout tables, its contents."""
    if block.tag != "table":
        return _chunks(block.blocks, nested=nested)
    rows = [row for row in block.blocks if isinstance(row, Part) and row.tag == "tr"]
    cells = [[c for c in row.blocks if isinstance(c, Part)] for row in rows]
    if not _is_data(cells) or any(len(c) != len(r.blocks) for c, r in zip(cells, rows, strict=True)):
        return _chunks(_opened(block.blocks), nested=nested)
    others = [b for b in block.blocks if not (isinstance(b, Part) and b.tag == "tr")]
    width = max(map(len, cells))
    texts = [[_cell(cell) for cell in row] + [""] * (width - len(row)) for row in cells]
    if not any(map(any, texts)):
        return _chunks(others, nested=nested)
    head, *body = [f"| {' | '.join(row)} |" for row in texts]
    table = "\n".join([head, "|" + " --- |" * width, *body])
    return [*_chunks(others, nested=nested), _Chunk(table)]


def _is_data(rows: list[list[Part]]) -> bool:
    if not rows or not any(rows):
        return False
    if max(map(len, rows)) == 1 and not any(cell.tag == "th" for row in rows for cell in row):
        return False
    return all(_fits_a_cell(block) for row in rows for cell in row for block in cell.blocks)


def _fits_a_cell(block: Block) -> bool:
    if isinstance(block, Code):
        return False
    if isinstance(block, (Quote, Items, Part)):
        return (not isinstance(block, Part) or block.tag == "li") and all(map(_fits_a_cell, block.blocks))
    return True


def _opened(blocks: Flow) -> Flow:
    """What is in a layout table, row by row."""
    return [
        inner
        for block in blocks
        for inner in (_opened(block.blocks) if isinstance(block, Part) and block.tag != "table" else [block])
    ]


def _cell(cell: Part) -> str:
    text = to_markdown(tidy(_flat(cell.blocks)), line_break="<br>")
    return text.replace("|", "\\|")


def _flat(blocks: Flow) -> list[Span]:
    """All text of some blocks as one line, a break between blocks."""
    spans: list[Span] = []
    for block in blocks:
        if isinstance(block, (Paragraph, Heading)):
            inner = block.spans
        elif isinstance(block, Code):
            inner = [Span(block.text, CODE)]
        elif isinstance(block, Rule):
            inner = []
        else:
            inner = _flat(block.blocks)
        if spans and inner:
            spans.append(Span("\n"))
        spans.extend(inner)
    return spans
