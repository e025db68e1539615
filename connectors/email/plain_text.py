"""A plain-text mail as Markdown that shows what was typed: line for line, character for character. Pure."""

from __future__ import annotations

import re
from typing import Final

from connectors.markup.inline import escaped, guarded

_ENDS: Final = re.compile(r"\r\n?|[\v\f\x1c-\x1e\x85\u2028\u2029]")
_INDENT: Final = re.compile(r"[^\S\n]+")
_BLANK: Final = "&nbsp;"
_TAB: Final = 4


def to_markdown(text: str) -> str:
    """Return Markdown whose rendering reads as `text` does; white space at the ends of lines is not kept."""
    lines = _ENDS.sub("\n", text.replace("\0", "\ufffd")).split("\n")
    paragraphs: list[list[str]] = [[]]
    for line in lines:
        typed = line.rstrip()
        if typed:
            paragraphs[-1].append(_line(typed))
        elif paragraphs[-1]:
            paragraphs.append([])
    return "\n\n".join("\\\n".join(lines) for lines in paragraphs if lines)


def _line(typed: str) -> str:
    """One line: what would be a mark is escaped, and its indent is kept where a renderer would drop it."""
    indent = _INDENT.match(typed)
    width = len(indent[0].expandtabs(_TAB)) if indent else 0
    return _BLANK * width + guarded(escaped(typed.strip()))
