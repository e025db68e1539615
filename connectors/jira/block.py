"""
Our context block: an info panel at the end of a description. Pure.

The panel is known by its first paragraph, which says in plain words whose it is. People may write
around it and move it; only the panel is ever replaced, every other node stays the very node it was.
"""

from __future__ import annotations

from collections.abc import Sequence

from connectors.jira import adf_read, adf_write
from connectors.jira.nodes import Node, content, plain_text

TITLE = "Customer context"
SIGN = "kept up to date by Support Hub"
"""The sign by which the panel is found again. It tells people why not to edit it, so it tends to stay."""


def is_block(node: Node) -> bool:
    """Whether this node is our panel. Either the whole title or the sign is enough."""
    if node.get("type") != "panel":
        return False
    children = content(node)
    text = plain_text(children[0]).strip().casefold() if children else ""
    return text == TITLE.casefold() or SIGN.casefold() in text


def split(nodes: Sequence[Node]) -> tuple[list[Node], Node | None]:
    """Return what people wrote, and our panel (the first, should there be several)."""
    ours = [node for node in nodes if is_block(node)]
    return [node for node in nodes if not is_block(node)], (ours[0] if ours else None)


def text_of(panel: Node) -> str:
    """Return the panel's Markdown, its heading left out."""
    return adf_read.to_markdown(content(panel)[1:])


def panel_of(markdown: str) -> Node:
    """Return a panel that shows this Markdown under our heading."""
    heading = {
        "type": "paragraph",
        "content": [
            {"type": "text", "text": TITLE, "marks": [{"type": "strong"}]},
            {"type": "text", "text": f" ({SIGN})", "marks": [{"type": "em"}]},
        ],
    }
    content = [heading, *adf_write.to_nodes(markdown, "panel")]
    return {"type": "panel", "attrs": {"panelType": "info"}, "content": content}


def replaced(nodes: Sequence[Node], markdown: str) -> list[Node]:
    """Return the nodes with our panel showing `markdown`: where it stands, else at the end."""
    if not markdown.strip():
        return split(nodes)[0]
    panel = panel_of(markdown)
    out: list[Node] = []
    placed = False
    for node in nodes:
        if not is_block(node):
            out.append(node)
        elif not placed:
            out.append(node if text_of(node) == text_of(panel) else panel)
            placed = True
    return out if placed else [*out, panel]
