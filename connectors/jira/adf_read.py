"""
ADF to Markdown, block by block. Pure, total, and never drops text.

What Markdown has no word for is shown by something near it: a panel and an expand are quotations that
name themselves (`> [!INFO]`, `> [!EXPAND] title`), layouts are laid flat, and a node of an
unknown type gives the text in it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from connectors.jira import adf_inline
from connectors.jira import markdown_text as md
from connectors.jira.adf_pieces import fallback_text
from connectors.jira.nodes import Node, attrs_of, content, kind_of, plain_text

INLINE = frozenset(
    {
        "text",
        "hardBreak",
        "mention",
        "emoji",
        "date",
        "status",
        "inlineCard",
        "placeholder",
        "mediaInline",
        "inlineExtension",
    }
)
_FOLLOWS_CLOSELY = re.compile(r"(?:- |1\. )\S")
_ONLY_BULLETS = re.compile(r"[-*](?:\s+[-*])*$", re.MULTILINE)
_BULLETS = frozenset({"bulletList", "taskList", "decisionList"})


def to_markdown(nodes: Sequence[Node]) -> str:
    """Return blocks as Markdown, one blank line between two of them."""
    return "\n\n".join(part for part in parts(nodes) if part)


def parts(nodes: Sequence[Node]) -> list[str]:
    """Return each block's Markdown, in order; empty for a block that shows nothing."""
    out: list[str] = []
    last_list, turn = "", 0  # two lists side by side take turns with their bullets
    for node in _blocks(nodes):
        kind = _list_kind(node)
        this = (turn + 1) % 2 if kind and kind == last_list else 0
        text = _list(node, this) if kind else _block(node)
        out.append(text)
        if text:
            last_list, turn = kind, this
    return out


def _list_kind(node: Node) -> str:
    kind = str(node.get("type", ""))
    return "bullet" if kind in _BULLETS else "ordered" if kind == "orderedList" else ""


def _blocks(nodes: Sequence[Node]) -> list[Node]:
    """Gather stray inline nodes into paragraphs: unknown containers may hold either."""
    out: list[Node] = []
    run: list[Node] = []
    for node in nodes:
        if kind_of(node) in INLINE:
            run.append(node)
            continue
        if run:
            out.append({"type": "paragraph", "content": run})
            run = []
        out.append(node)
    if run:
        out.append({"type": "paragraph", "content": run})
    return out


def _block(node: Node) -> str:
    handler = _HANDLERS.get(kind_of(node))
    if handler:
        return handler(node)
    inner = to_markdown(content(node))
    own = _paragraph({"content": [{"type": "text", "text": fallback_text(node)}]})
    return inner or own


def _paragraph(node: Node) -> str:
    return adf_inline.to_paragraph(content(node))


def _heading(node: Node) -> str:
    line = adf_inline.to_line(content(node))
    if not line:
        return ""
    level = attrs_of(node).get("level", 1)
    hashes = "#" * min(6, max(1, level if isinstance(level, int) else 1))
    return f"{hashes} {_guard_closing_hashes(line)}"


def _guard_closing_hashes(line: str) -> str:
    """Hashes at the end of a heading would be taken for decoration."""
    bare = line.rstrip("#")
    return f"{line[:-1]}\\#" if len(bare) < len(line) and (not bare or bare[-1:] in " \t") else line


def _code(node: Node) -> str:
    text = plain_text(node)
    language = attrs_of(node).get("language")
    return md.code_block(md.clean(text), str(language or ""))


def _quote(node: Node) -> str:
    return _quoted(to_markdown(content(node)))


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}" if line else ">" for line in text.split("\n")) if text else ""


def _panel(node: Node) -> str:
    kind = str(attrs_of(node).get("panelType") or "info").upper()
    return _named_quote(kind, "", content(node))


def _expand(node: Node) -> str:
    title = " ".join(md.clean(str(attrs_of(node).get("title") or "")).split())
    return _named_quote("EXPAND", adf_inline.to_line([{"type": "text", "text": title}]), content(node))


def _named_quote(name: str, title: str, children: Sequence[Node]) -> str:
    body = to_markdown(children)
    head = f"[!{name}] {title}".strip()
    if not body and not title:
        return ""
    return _quoted(f"{head}\n\n{body}" if body else head)


def _rule(_node: Node) -> str:
    return "---"


def _single(node: Node) -> str:
    """Return a picture with its caption, or a group of files, one a line."""
    files = [child for child in content(node) if kind_of(child) != "caption"]
    captions = [child for child in content(node) if kind_of(child) == "caption"]
    shown = [text for text in (adf_inline.to_paragraph([child]) for child in files) if text]
    return "\n\n".join([*shown, *(t for t in (_paragraph(c) for c in captions) if t)])


def _card(node: Node) -> str:
    return adf_inline.to_paragraph([{"type": "inlineCard", "attrs": attrs_of(node)}])


# --- lists ---------------------------------------------------------------------------------------


def _list(node: Node, turn: int) -> str:
    kind = kind_of(node)
    if kind == "orderedList":
        return _ordered(node, turn)
    return _items(content(node), lambda _i: "-*"[turn] + " ")


def _ordered(node: Node, turn: int) -> str:
    order = attrs_of(node).get("order", 1)
    first = int(order) if isinstance(order, int | float) and 0 <= order < 10**8 else 1
    return _items(content(node), lambda i: f"{first + i}{'.)'[turn]} ")


def _items(items: Sequence[Node], marker: Callable[[int], str]) -> str:
    lines: list[str] = []
    count = 0
    for item in items:
        if kind_of(item) in {"taskList", "bulletList", "orderedList"}:
            # A nested task list stands beside the item that it belongs to.
            lines.append(_indent(_list(item, 0), " " * len(marker(max(0, count - 1)))))
            continue
        lead = marker(count)
        count += 1
        body = _item(item)
        pad = " " * len(lead)
        if _ONLY_BULLETS.match(body):
            # Empty bullets side by side would read as a rule.
            lines.append(lead.rstrip() + "\n" + _indent(body, pad))
            continue
        lines.append((lead + _indent(body, pad, first="")).rstrip())
    return "\n".join(line for line in lines if line)


def _item(item: Node) -> str:
    kind = kind_of(item)
    if kind in {"taskItem", "blockTaskItem"}:
        done = attrs_of(item).get("state") == "DONE"
        return f"[{'x' if done else ' '}] {_task_text(item)}"
    if kind == "decisionItem":
        return adf_inline.to_paragraph(content(item))
    return _join(_blocks(content(item) if kind == "listItem" else [item]))


def _task_text(item: Node) -> str:
    if kind_of(item) == "taskItem":
        return adf_inline.to_line(content(item)) or "<br>"
    lines: list[Node] = []
    for child in _blocks(content(item)):
        if lines:
            lines.append({"type": "hardBreak"})
        lines.extend(content(child) or [child])
    return adf_inline.to_line(lines) or "<br>"


def _join(blocks: Sequence[Node]) -> str:
    """Join an item's blocks; a list may follow its paragraph closely if it is sure to be seen."""
    out, after_list = "", False
    for node, text in zip(blocks, parts(blocks), strict=True):
        if not text:
            continue
        close = not after_list and _FOLLOWS_CLOSELY.match(text)
        out += ("" if not out else "\n" if close else "\n\n") + text
        after_list = bool(_list_kind(node))
    return out


def _indent(text: str, pad: str, first: str | None = None) -> str:
    head, *rest = text.split("\n")
    lead = pad if first is None else first
    return "\n".join([lead + head, *(pad + line if line else "" for line in rest)])


# --- tables --------------------------------------------------------------------------------------


def _table(node: Node) -> str:
    rows = [
        [cell for c in content(row) for cell in _cells(c)]
        for row in content(node)
        if content(row)
    ]
    if not rows:
        return ""
    width = max(len(row) for row in rows)
    first = content(next(row for row in content(node) if content(row)))
    if not all(kind_of(cell) == "tableHeader" for cell in first):
        rows.insert(0, [""] * width)
    head, *body = [row + [""] * (width - len(row)) for row in rows]
    return "\n".join(_row(row) for row in (head, ["---"] * width, *body))


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _cells(cell: Node) -> list[str]:
    """Return a cell's text on one line, and empty cells for the columns that it spans."""
    span = attrs_of(cell).get("colspan", 1)
    lines = [line for block in _blocks(content(cell)) for line in _cell_lines(block)]
    text = "<br>".join(line for line in lines if line)
    return [text] + [""] * (min(100, span) - 1 if isinstance(span, int) else 0)


def _cell_lines(block: Node) -> list[str]:
    kind = str(block.get("type", ""))
    if kind == "codeBlock":
        text = md.clean(plain_text(block))
        return [md.code_span(line).replace("|", "\\|") for line in text.split("\n") if line.strip()]
    if kind in {"paragraph", "heading", "caption", "taskItem", "decisionItem"}:
        return [adf_inline.to_line(content(block), cell=True)]
    if kind in {"media", "blockCard", "embedCard"}:
        return [adf_inline.to_line([_in_line(block)], cell=True)]
    inner = [line for child in _blocks(content(block)) for line in _cell_lines(child)]
    title = fallback_text(block)
    own = adf_inline.to_line([{"type": "text", "text": title}], cell=True)
    lines = [own, *inner] if own else inner
    if kind == "listItem" and lines:
        return [f"- {lines[0]}".rstrip(), *lines[1:]]
    return lines


def _in_line(block: Node) -> Node:
    """Return a picture or card as it can stand within a line: a picture becomes a link to it."""
    attrs = attrs_of(block)
    if kind_of(block) != "media":
        return {"type": "inlineCard", "attrs": attrs}
    if attrs.get("type") != "external":
        return block
    url = str(attrs.get("url") or "")
    text = " ".join(str(attrs.get("alt") or url).split()) or "image"
    return {"type": "text", "text": text, "marks": [{"type": "link", "attrs": {"href": url}}]}


_HANDLERS: dict[str, Callable[[Node], str]] = {
    "paragraph": _paragraph,
    "caption": _paragraph,
    "heading": _heading,
    "codeBlock": _code,
    "blockquote": _quote,
    "panel": _panel,
    "expand": _expand,
    "nestedExpand": _expand,
    "rule": _rule,
    "mediaSingle": _single,
    "mediaGroup": _single,
    "media": lambda node: adf_inline.to_paragraph([node]),
    "blockCard": _card,
    "embedCard": _card,
    "table": _table,
}
