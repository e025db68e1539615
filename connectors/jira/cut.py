"""Bodies too long for Jira: cut at a block, with a note that says so. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.jira import adf_read, adf_write, block
from connectors.jira.adf import document, nodes_of
from connectors.jira.nodes import plain_text
from hub.model import Json

LIMIT = 32_767
KEPT = 30_000
"""Jira counts its own conversion of the text, which is longer than ours: keep well below its limit."""
_NOTE = "… *(cut: the text goes on in the attached file {name})*"


def is_too_long(raw: Json) -> bool:
    """Whether Jira might refuse this body for its length."""
    return isinstance(raw, Mapping) and _size(nodes_of(raw)) > KEPT


def shortened(raw: Json, name: str) -> tuple[Json, str, str]:
    """
    Return a body that fits, the whole text that people wrote, and what was lost, for the ledger.

    `name` is the file that will hold the whole text. Our context block is never what is cut.
    """
    nodes = nodes_of(raw)
    theirs, panel = block.split(nodes)
    room = KEPT - (_size([panel]) if panel else 0) - len(_NOTE) - len(name)
    kept = _first(theirs, max(0, room))
    note = adf_write.to_nodes(_NOTE.format(name=name))
    whole = adf_read.to_markdown(theirs)
    short = document([*kept, *note, *([panel] if panel else [])])
    lost = len(whole) - len(adf_read.to_markdown(kept))
    return short, whole, f"{lost:,} of {len(whole):,} characters are only in the attached file {name}"


def _size(nodes: Sequence[Mapping[str, Any]]) -> int:
    return sum(len(adf_read.to_markdown([node])) + 2 for node in nodes)


def _first(nodes: Sequence[Mapping[str, Any]], room: int) -> list[Mapping[str, Any]]:
    kept: list[Mapping[str, Any]] = []
    for node in nodes:
        size = _size([node])
        if size > room:
            return [*kept, *_part(node, room)]
        kept.append(node)
        room -= size
    return kept


def _part(node: Mapping[str, Any], room: int) -> list[Mapping[str, Any]]:
    """Return the beginning of one block that does not fit whole, as plain paragraphs."""
    if node.get("type") == "codeBlock":
        text = plain_text(node)[: room - 10]
        return [{**node, "content": [{"type": "text", "text": text}]}] if text.strip() else []
    text = adf_read.to_markdown([node])[:room]
    at = max(text.rfind("\n"), text.rfind(" "))
    text = text[:at] if at > room // 2 else text
    inline = [{"type": "text", "text": line} for line in text.splitlines() if line.strip()]
    return [{"type": "paragraph", "content": [piece]} for piece in inline]
