"""
Jira's formatted text as a `hub.lens.Dialect`: ADF to and from Markdown, our block kept apart. Pure.

A body that changes is not written anew: every block whose Markdown is unchanged stays the very
node it was, so that what Markdown cannot say (colours, widths, file ids, macros) survives an edit
next to it.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from typing import cast

from connectors.jira import adf_read, adf_write, block
from connectors.jira.memo import Memo
from connectors.jira.nodes import Node, content, mapping_of
from hub.model import Json


def document(nodes: Sequence[Node]) -> Json:
    """Return an ADF document, or null where there is nothing to show."""
    return {"version": 1, "type": "doc", "content": list(nodes)} if nodes else None


def nodes_of(raw: Json) -> Sequence[Node]:
    """Return a document's blocks; a plain text (an older field, a null) has paragraphs or none."""
    if isinstance(raw, Mapping):
        return content(mapping_of(cast("object", raw)))
    if not raw:
        return []
    lines = [line for line in str(raw).splitlines() if line.strip()]
    return [{"type": "paragraph", "content": [{"type": "text", "text": ln}]} for ln in lines]


class Adf:
    """Jira Cloud's rich text (Atlassian Document Format), fit for `hub.lens.Dialect`."""

    def to_markdown(self, raw: Json) -> str:
        """Translate a whole body, our context block left out. Never drops text."""
        return _body(raw)

    def from_markdown(self, markdown: str, onto: Json) -> Json:
        """Render Markdown as a body; our block in `onto` stays, and so does each unchanged node."""
        before = nodes_of(onto)
        theirs, panel = block.split(before)
        written = _kept(adf_write.to_nodes(markdown), theirs)
        if panel is None:
            return document(written)
        at = _place(before, panel, written)
        return document([*written[:at], panel, *written[at:]])

    def block(self, raw: Json) -> str:
        """Return our context block's Markdown, or nothing where there is none."""
        return _block(raw)

    def with_block(self, block_: str, onto: Json) -> Json:
        """Put our block into the body, touching no node that people wrote."""
        return document(block.replaced(nodes_of(onto), block_))


def _body_of(raw: Json) -> str:
    return adf_read.to_markdown(block.split(nodes_of(raw))[0])


def _block_of(raw: Json) -> str:
    panel = block.split(nodes_of(raw))[1]
    return block.text_of(panel) if panel else ""


_body, _block = Memo(_body_of), Memo(_block_of)


def _kept(written: Sequence[Node], before: Sequence[Node]) -> list[Node]:
    """Take a node of `before` for each written one that reads the same."""
    if not before:
        return list(written)
    known: defaultdict[str, deque[Node]] = defaultdict(deque)
    for node, text in zip(before, _texts(before), strict=True):
        known[text].append(node)
    out: list[Node] = []
    for node, text in zip(written, _texts(written), strict=True):
        out.append(known[text].popleft() if known[text] else node)
    return out


def _texts(nodes: Sequence[Node]) -> list[str]:
    # One by one: a list's bullet depends on its neighbour, and a node must be known without it.
    return [adf_read.to_markdown([node]) for node in nodes]


def _place(before: Sequence[Node], panel: Node, written: Sequence[Node]) -> int:
    """Return where the panel stands among the written nodes: after the node that it followed."""
    at = next(i for i, node in enumerate(before) if node is panel)
    if at == len(before) - 1:
        return len(written)
    if at == 0:
        return 0
    previous = before[at - 1]
    after = [i for i, node in enumerate(written) if node is previous]
    return after[0] + 1 if after else min(at, len(written))
