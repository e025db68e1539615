"""
Markdown to ADF that Jira accepts. Pure, total, and never drops text.

ADF allows less inside its containers than Markdown does (no heading in a list, no table in a
panel): `fit` turns what may not stand somewhere into the nearest thing that may.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

from connectors.jira import adf_marks, adf_plain
from connectors.jira import markdown_text as md
from connectors.jira.nodes import attrs_of

Node = dict[str, Any]

_PANELS = frozenset({"info", "note", "tip", "warning", "error", "success", "custom"})
_NAMED = re.compile(r"\[!(\w+)\](?: +(.*))?")
_BOX = re.compile(r"\[([ xX])\](?:\s|$)")
_DEEP = re.compile(r"^(?:[ \t]*(?:>|[-+*][ \t]|\d{1,9}[.)][ \t])){30}", re.MULTILINE)

_COMMON = frozenset({"paragraph", "bulletList", "orderedList", "mediaSingle", "codeBlock"})
_FLOW = _COMMON | {"heading", "taskList", "rule", "mediaGroup"}
_MAY_HOLD: dict[str, frozenset[str]] = {
    "doc": _FLOW | {"panel", "blockquote", "table", "expand"},
    "expand": _FLOW | {"panel", "blockquote", "table", "nestedExpand"},
    "nestedExpand": _FLOW | {"panel", "blockquote"},
    "panel": _FLOW,
    "blockquote": _COMMON | {"mediaGroup"},
    "listItem": _COMMON | {"taskList"},
}


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"maxNesting": 200})
    _ = parser.enable(["table", "strikethrough"]).disable(["html_block", "reference"])
    # No blocks of HTML, and no definitions of links: both would swallow text.
    # Addresses are kept to the letter: what was read must be written back the same.
    parser.normalizeLink = lambda url: url  # type: ignore[method-assign]
    parser.validateLink = lambda url: md.is_safe(url)  # type: ignore[method-assign]  # noqa: PLW0108
    return parser


_PARSER = _parser()


def to_nodes(markdown: str, container: str = "doc") -> list[Node]:
    """Return Markdown as ADF blocks that may stand in `container`."""
    text = md.clean(markdown)
    plain = adf_plain.to_nodes(text)
    if plain is not None:
        return plain
    if _DEEP.search(text):
        return [_paragraph(_text(line)) for line in text.split("\n") if line.strip()]
    blocks, _ = _Blocks().read(_PARSER.parse(text), 0, "")
    return list(fit(blocks, container))


def fit(nodes: Iterable[Node], container: str) -> Iterator[Node]:
    """Yield nodes that may stand in `container`, in their order, with all their text."""
    allowed = _MAY_HOLD[container]
    for node in nodes:
        kind = node["type"]
        if kind in allowed:
            yield _fit_inside(node)
        elif kind == "expand" and "nestedExpand" in allowed:
            yield _fit_inside({**node, "type": "nestedExpand"})
        elif kind == "heading":
            yield _paragraph([_strong(child) for child in node.get("content", [])])
        elif kind == "taskList":
            yield from fit([_as_bullets(node)], container)
        elif kind == "table":
            yield from (_paragraph(line) for row in node["content"] if (line := _flat_row(row)))
        elif kind == "mediaGroup":
            yield from ({"type": "mediaSingle", "attrs": {"layout": "center"}, "content": [m]}
                        for m in node["content"])
        elif kind != "rule":
            yield from fit([*_title(node), *node.get("content", [])], container)


def _fit_inside(node: Node) -> Node:
    kind = node["type"]
    if kind in {"bulletList", "orderedList"}:
        items = [_filled(item, list(fit(item["content"], "listItem"))) for item in node["content"]]
        return {**node, "content": items}
    if kind in _MAY_HOLD:
        return _filled(node, list(fit(node["content"], kind)))
    return node


def _filled(node: Node, children: list[Node]) -> Node:
    return {**node, "content": children or [{"type": "paragraph", "content": []}]}


def _title(node: Node) -> list[Node]:
    """Return what a panel or expand says of itself, where it cannot stand as one."""
    title = attrs_of(node).get("title", "")
    return [_paragraph([_strong(child) for child in _text(title)])] if title else []


def _strong(node: Node) -> Node:
    marks = node.get("marks", [])
    if node["type"] != "text" or any(mark["type"] in {"code", "strong"} for mark in marks):
        return node
    links = [mark for mark in marks if mark["type"] == "link"]
    rest = [mark for mark in marks if mark["type"] != "link"]
    return {**node, "marks": [*links, {"type": "strong"}, *rest]}


def _as_bullets(tasks: Node) -> Node:
    items: list[Node] = []
    for task in tasks["content"]:
        if task["type"] == "taskList":
            if not items:
                items.append({"type": "listItem", "content": []})
            items[-1]["content"].append(_as_bullets(task))
            continue
        box = "[x] " if task["attrs"]["state"] == "DONE" else "[ ] "
        line = _paragraph([*_text(box), *task.get("content", [])])
        items.append({"type": "listItem", "content": [line]})
    return {"type": "bulletList", "content": items}


def _flat_row(row: Node) -> list[Node]:
    out: list[Node] = []
    for cell in row["content"]:
        inline = [n for block in cell["content"] for n in block.get("content", [])]
        if inline and out:
            out.extend(_text(" | "))
        out.extend(inline)
    return out


def _text(text: str) -> list[Node]:
    return [{"type": "text", "text": text}] if text else []


def _paragraph(inline: Iterable[Node]) -> Node:
    return {"type": "paragraph", "content": list(inline)}


class _Blocks:
    """Reads block tokens; numbers the tasks, for ADF wants an id on each."""

    def __init__(self) -> None:
        self._tasks = 0

    def read(self, tokens: Sequence[Token], at: int, until: str) -> tuple[list[Node], int]:
        """Read blocks from `at` up to the token type `until`; return them and where that stands."""
        out: list[Node] = []
        while at < len(tokens) and tokens[at].type != until:
            node, at = self._one(tokens, at)
            out.extend(node)
        return out, at

    def _one(  # noqa: PLR0911 (one for each kind of block)
        self, tokens: Sequence[Token], at: int
    ) -> tuple[list[Node], int]:
        token = tokens[at]
        match token.type:
            case "paragraph_open" | "heading_open":
                return self._leaf(token, tokens[at + 1]), at + 3
            case "bullet_list_open" | "ordered_list_open":
                return self._list(tokens, at)
            case "blockquote_open":
                children, end = self.read(tokens, at + 1, "blockquote_close")
                return [_quote(children, tokens, at)], end + 1
            case "fence" | "code_block":
                return [_code(token)], at + 1
            case "hr":
                return [{"type": "rule"}], at + 1
            case "table_open":
                return self._table(tokens, at)
            case _:
                return ([_paragraph(_text(token.content))] if token.content else []), at + 1

    def _leaf(self, opener: Token, inline: Token) -> list[Node]:
        children = inline.children or []
        if opener.type == "heading_open":
            level = int(opener.tag[1:])
            nodes = adf_marks.to_nodes(children)
            return [{"type": "heading", "attrs": {"level": level}, "content": nodes}]
        images = adf_marks.only_images(children)
        if images:
            single = {"type": "mediaSingle", "attrs": {"layout": "center"}}
            return [{**single, "content": [image]} for image in images]
        return [_paragraph(adf_marks.to_nodes(children))]

    def _list(self, tokens: Sequence[Token], at: int) -> tuple[list[Node], int]:
        opener = tokens[at]
        close = opener.type.replace("_open", "_close")
        items: list[tuple[str, list[Node]]] = []
        boxes: list[str] = []
        at += 1
        while tokens[at].type != close:
            first = tokens[at + 2].content if tokens[at + 1].type == "paragraph_open" else ""
            box = _BOX.match(first)
            boxes.append(box[1].lower() if box else "")
            children, end = self.read(tokens, at + 1, "list_item_close")
            items.append((first, children))
            at = end + 1
        if opener.type == "bullet_list_open" and all(boxes) and all(_is_task(c) for _, c in items):
            return [self._task_list(boxes, [c for _, c in items])], at + 1
        content = [{"type": "listItem", "content": children} for _, children in items]
        if opener.type == "bullet_list_open":
            return [{"type": "bulletList", "content": content}], at + 1
        order = int(opener.attrs.get("start", 1))
        return [{"type": "orderedList", "attrs": {"order": order}, "content": content}], at + 1

    def _task_list(self, boxes: Sequence[str], items: Sequence[list[Node]]) -> Node:
        content: list[Node] = []
        for box, children in zip(boxes, items, strict=True):
            inline = _without_box(children[0].get("content", []))
            attrs = {"localId": self._local_id(), "state": "DONE" if box == "x" else "TODO"}
            content.append({"type": "taskItem", "attrs": attrs, "content": inline})
            content.extend(children[1:])
        return {"type": "taskList", "attrs": {"localId": self._local_id()}, "content": content}

    def _local_id(self) -> str:
        self._tasks += 1
        return f"task-{self._tasks}"

    def _table(self, tokens: Sequence[Token], at: int) -> tuple[list[Node], int]:
        rows: list[Node] = []
        cells: list[Node] = []
        while tokens[at].type != "table_close":
            token = tokens[at]
            if token.type == "tr_open":
                cells = []
            elif token.type in {"th_open", "td_open"}:
                kind = "tableHeader" if token.type == "th_open" else "tableCell"
                inline = adf_marks.to_nodes(tokens[at + 1].children or [])
                cells.append({"type": kind, "attrs": {}, "content": [_paragraph(inline)]})
            elif token.type == "tr_close":
                rows.append({"type": "tableRow", "content": cells})
            at += 1
        # A table without headings is written with empty ones, for Markdown has no other way.
        if len(rows) > 1 and not any(cell["content"][0]["content"] for cell in rows[0]["content"]):
            rows = rows[1:]
        return [{"type": "table", "content": rows}], at + 1


def _is_task(children: Sequence[Node]) -> bool:
    return (
        bool(children)
        and children[0]["type"] == "paragraph"
        and all(child["type"] == "taskList" for child in children[1:])
    )


def _without_box(inline: list[Node]) -> list[Node]:
    if not inline or inline[0]["type"] != "text":
        return inline
    text = inline[0]["text"][3:].lstrip()
    return [{**inline[0], "text": text}, *inline[1:]] if text else inline[1:]


def _code(token: Token) -> Node:
    text = token.content.removesuffix("\n")
    language = token.info.split(maxsplit=1)[0] if token.info.strip() else ""
    attrs = {"attrs": {"language": language}} if language else {}
    return {"type": "codeBlock", **attrs, "content": _text(text)}


def _quote(children: list[Node], tokens: Sequence[Token], at: int) -> Node:
    """Return a quotation, or the panel or expand that it says it is."""
    first = tokens[at + 2].content if tokens[at + 1].type == "paragraph_open" else ""
    named = _NAMED.fullmatch(first)
    name = named[1].lower() if named else ""
    if named and name in _PANELS and not named[2]:
        return {"type": "panel", "attrs": {"panelType": name}, "content": children[1:]}
    if named and name == "expand":
        title = "".join(n.get("text", "") for n in children[0].get("content", []))
        title = title.removeprefix(named[0].split(" ")[0]).strip()
        return {"type": "expand", "attrs": {"title": title}, "content": children[1:]}
    return {"type": "blockquote", "content": children}
