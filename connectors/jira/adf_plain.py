"""
Plain Markdown to ADF without a parser: prose, bold words, simple bullets. Pure.

Most of what people write is that, and all of our own context block. Gives exactly what the parser
would give, at a tenth of its cost, or nothing: then the parser is asked.
"""

from __future__ import annotations

from typing import Any

from connectors.jira import markdown_text as md

Node = dict[str, Any]


def to_nodes(text: str) -> list[Node] | None:
    """Return the blocks of a text that is plain; None if it may be more than that."""
    out: list[Node] = []
    for chunk in text.split("\n\n"):
        node = _list(chunk) if chunk.startswith("- ") else _paragraph(chunk)
        if node is None or (out and node["type"] == out[-1]["type"] == "bulletList"):
            return None  # two lists, one after the other, are one
        out.append(node)
    return out


def _list(chunk: str) -> Node | None:
    items: list[Node] = []
    for line in chunk.split("\n"):
        inside = _paragraph(line[2:]) if line.startswith("- ") else None
        if inside is None:
            return None
        items.append({"type": "listItem", "content": [inside]})
    return {"type": "bulletList", "content": items}


def _paragraph(line: str) -> Node | None:
    if not line or line != line.strip() or md.escape_line_start(line) != line:
        return None
    content = _words(line)
    return {"type": "paragraph", "content": content} if content else None


def _words(line: str) -> list[Node] | None:
    parts = line.split("**")
    if len(parts) % 2 == 0:
        return None
    out: list[Node] = []
    for at, part in enumerate(parts):
        if not md.is_prose(part) or not (_may_be_bold(part) if at % 2 else _may_be_between(parts, at)):
            return None
        if part:
            bold = {"marks": [{"type": "strong"}]} if at % 2 else {}
            out.append({"type": "text", "text": part, **bold})
    return out


def _may_be_bold(part: str) -> bool:
    """Whether the signs on both sides are sure to be read as the beginning and end of bold text."""
    return part[:1].isalnum() and part == part.strip()


def _may_be_between(parts: list[str], at: int) -> bool:
    """Whether what stands around bold text keeps its distance, or is not there."""
    last = len(parts) - 1
    after_bold = at == 0 or parts[at].startswith(" ") or (at == last and not parts[at])
    before_bold = at == last or parts[at].endswith(" ") or (at == 0 and not parts[at])
    return after_bold and before_bold
