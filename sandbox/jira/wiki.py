"""
Rich text of version 2 of the API: wiki markup, to and from the stored document.

Covers what people and scripts write: headings, lists, code, quotes, panels, tables, links,
mentions and the marks. What it does not know stays as text, so that no character is lost.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

Json = Any

_HEADING = re.compile(r"h([1-6])\.\s*(.*)")
_LIST = re.compile(r"([*#-]+)\s+(.*)")
_FENCE = re.compile(r"\{(code|noformat|quote|panel)(?::([^}]*))?\}")
_INLINE = re.compile(
    r"\{\{(?P<mono>.+?)\}\}"
    r"|\[~accountid:(?P<mention>[^\]]+)\]"
    r"|\[(?P<text>[^\]|\n]+)\|(?P<href>[^\]|\s]+)[^\]\n]*\]"
    r"|\[(?P<bare>(?:https?|mailto):[^\]\s|]+)\]"
    r"|(?<!\w)\*(?P<strong>\S(?:[^*\n]*\S)?)\*(?!\w)"
    r"|(?<!\w)_(?P<em>\S(?:[^_\n]*\S)?)_(?!\w)"
    r"|(?<![\w-])-(?P<strike>[^\s-](?:[^\n-]*[^\s-])?)-(?![\w-])"
    r"|(?<!\w)\+(?P<underline>\S(?:[^+\n]*\S)?)\+(?!\w)"
    r"|(?P<url>https?://[^\s\]|]+)"
)
_MARKS: Mapping[str, tuple[str, str]] = {
    "strong": ("*", "*"),
    "em": ("_", "_"),
    "strike": ("-", "-"),
    "underline": ("+", "+"),
    "code": ("{{", "}}"),
}


def to_adf(text: str) -> dict[str, Any]:
    """Read wiki markup into a document."""
    lines = text.replace("\r\n", "\n").split("\n") if text else []
    return {"version": 1, "type": "doc", "content": _blocks(lines)}


def _blocks(lines: list[str]) -> list[Json]:
    blocks: list[Json] = []
    paragraph: list[str] = []
    at = 0
    while at < len(lines):
        block, after = _block(lines, at)
        if after == at:
            if lines[at].strip():
                paragraph.append(lines[at])
            else:
                _close(paragraph, blocks)
            at += 1
            continue
        _close(paragraph, blocks)
        blocks.append(block)
        at = after
    _close(paragraph, blocks)
    return blocks


def _close(paragraph: list[str], blocks: list[Json]) -> None:
    if paragraph:
        blocks.append({"type": "paragraph", "content": _broken(paragraph)})
        paragraph.clear()


def _broken(lines: list[str]) -> list[Json]:
    content: list[Json] = []
    for line in lines:
        if content:
            content.append({"type": "hardBreak"})
        content.extend(_inline(line))
    return content


def _block(lines: list[str], at: int) -> tuple[Json, int]:
    """Read a block other than a paragraph at line `at`; the place after it, or `at` for none."""
    line = lines[at].strip()
    if found := _HEADING.match(line):
        heading = {"type": "heading", "attrs": {"level": int(found[1])}}
        return {**heading, "content": _inline(found[2])}, at + 1
    if line == "----":
        return {"type": "rule"}, at + 1
    if _FENCE.match(line):
        return _fenced(lines, at)
    if line.startswith("bq. "):
        quoted = [{"type": "paragraph", "content": _inline(line[4:])}]
        return {"type": "blockquote", "content": quoted}, at + 1
    if line.startswith("|") and line.endswith("|") and len(line) > 1:
        return _table(lines, at)
    return _list(lines, at) if _LIST.match(line) else (None, at)


def _fenced(lines: list[str], at: int) -> tuple[Json, int]:
    [(name, options)] = _FENCE.findall(lines[at].strip())[:1]
    body, after = _fence_body(lines, at, name)
    if after == at:
        return None, at
    if name in {"code", "noformat"}:
        text = "\n".join(body)
        block: Json = {"type": "codeBlock", "attrs": {}}
        if name == "code" and options and "=" not in options:
            block["attrs"]["language"] = options.split("|")[0]
        block["content"] = [{"type": "text", "text": text}] if text else []
        return block, after
    content = _blocks(body) or [{"type": "paragraph", "content": []}]
    if name == "quote":
        return {"type": "blockquote", "content": content}, after
    return {"type": "panel", "attrs": {"panelType": "info"}, "content": content}, after


def _fence_body(lines: list[str], at: int, name: str) -> tuple[list[str], int]:
    end = f"{{{name}}}"
    first = _FENCE.sub("", lines[at].strip(), count=1)
    if end in first:
        return [first.split(end)[0]], at + 1
    body = [first] if first else []
    for place in range(at + 1, len(lines)):
        head, closed, _ = lines[place].partition(end)
        if closed:
            return [*body, head] if head.strip() else body, place + 1
        body.append(lines[place])
    return [], at


def _table(lines: list[str], at: int) -> tuple[Json, int]:
    rows: list[Json] = []
    while at < len(lines) and lines[at].strip().startswith("|"):
        line = lines[at].strip()
        header = line.startswith("||")
        # A link's own bar is not a cell's border.
        parts = re.split(r"\|\|" if header else r"\|(?![^\[\]]*\])", line.strip("|"))
        kind = "tableHeader" if header else "tableCell"
        cells = [
            {"type": kind, "content": [{"type": "paragraph", "content": _inline(cell.strip())}]}
            for cell in parts
        ]
        rows.append({"type": "tableRow", "content": cells})
        at += 1
    return {"type": "table", "content": rows}, at


def _list(lines: list[str], at: int) -> tuple[Json, int]:
    entries: list[tuple[str, str]] = []
    while at < len(lines) and (found := _LIST.match(lines[at].strip())):
        if entries and found[1][0] != entries[0][0][0]:
            break  # another kind of bullet begins another list
        entries.append((found[1], found[2]))
        at += 1
    return _nested(entries, 1), at


def _nested(entries: list[tuple[str, str]], depth: int) -> Json:
    kind = "orderedList" if entries[0][0][depth - 1 : depth] == "#" else "bulletList"
    items: list[Json] = []
    place = 0
    while place < len(entries):
        _, text = entries[place]
        place += 1
        start = place
        while place < len(entries) and len(entries[place][0]) > depth:
            place += 1
        content: list[Json] = [{"type": "paragraph", "content": _inline(text)}]
        if place > start:
            content.append(_nested(entries[start:place], depth + 1))
        items.append({"type": "listItem", "content": content})
    return {"type": kind, "content": items}


def _inline(text: str) -> list[Json]:
    nodes: list[Json] = []
    at = 0
    for found in _INLINE.finditer(text):
        if found.start() > at:
            nodes.append({"type": "text", "text": text[at : found.start()]})
        nodes.append(_span(found))
        at = found.end()
    if at < len(text):
        nodes.append({"type": "text", "text": text[at:]})
    return nodes


def _span(found: re.Match[str]) -> Json:
    kind = found.lastgroup or ""
    value = found[kind]
    if kind == "mention":
        return {"type": "mention", "attrs": {"id": value}}
    if kind == "href":
        return _marked(found["text"], {"type": "link", "attrs": {"href": value}})
    if kind in {"bare", "url"}:
        return _marked(value, {"type": "link", "attrs": {"href": value}})
    return _marked(value, {"type": "code" if kind == "mono" else kind})


def _marked(text: str, mark: Json) -> Json:
    return {"type": "text", "text": text, "marks": [mark]}


def to_wiki(doc: Json) -> str:
    """Write a document as wiki markup."""
    return "\n\n".join(_write(block) for block in doc.get("content", ()))


def _write(node: Json, depth: str = "") -> str:
    if node["type"] in {"bulletList", "orderedList"}:
        return _write_list(node, depth)
    children, attrs = node.get("content", ()), node.get("attrs") or {}
    writer = _BLOCKS.get(node["type"])
    if writer is not None:
        return writer(children, attrs)
    # What wiki markup has no word for shows what it holds.
    return "\n".join(map(_write, children)) if children else _line([node])


def _write_code(children: Any, attrs: Json) -> str:
    language = attrs.get("language")
    body = "".join(child["text"] for child in children)
    return f"{{code{':' + language if language else ''}}}\n{body}\n{{code}}"


def _wrapped(mark: str) -> Callable[[Any, Json], str]:
    return lambda children, _: f"{mark}\n" + "\n\n".join(map(_write, children)) + f"\n{mark}"


def _sentence(children: Any, _: Json) -> str:
    return _line(children)


def _write_card(_: Any, attrs: Json) -> str:
    return f"[{attrs.get('url', '')}]"


_BLOCKS: Mapping[str, Callable[[Any, Json], str]] = {
    "heading": lambda children, attrs: f"h{attrs['level']}. {_line(children)}",
    "codeBlock": _write_code,
    "blockquote": _wrapped("{quote}"),
    "panel": _wrapped("{panel}"),
    "table": lambda children, _: "\n".join(map(_write_row, children)),
    "rule": lambda *_: "----",
    "paragraph": _sentence,
    "taskItem": _sentence,
    "decisionItem": _sentence,
    "caption": _sentence,
    "blockCard": _write_card,
    "embedCard": _write_card,
}


def _write_list(node: Json, depth: str) -> str:
    mark = depth + ("#" if node["type"] == "orderedList" else "*")
    lines: list[str] = []
    for item in node["content"]:
        for child in item.get("content", ()):
            if child["type"] in {"bulletList", "orderedList"}:
                lines.append(_write_list(child, mark))
            else:
                lines.append(f"{mark} {_write(child)}")
    return "\n".join(lines)


def _write_row(row: Json) -> str:
    cells = row.get("content", ())
    bar = "||" if cells and cells[0]["type"] == "tableHeader" else "|"
    return bar + bar.join(" ".join(map(_write, c.get("content", ()))) for c in cells) + bar


def _line(nodes: Any) -> str:
    return "".join(map(_write_inline, nodes))


def _write_inline(node: Json) -> str:
    kind = node["type"]
    attrs = node.get("attrs") or {}
    if kind == "text":
        return _write_text(node)
    if kind == "hardBreak":
        return "\n"
    if kind == "mention":
        return f"[~accountid:{attrs['id']}]"
    if kind == "inlineCard":
        return f"[{attrs.get('url', '')}]"
    if kind == "media":
        return f"!{attrs.get('alt') or attrs.get('url') or attrs.get('id', '')}!"
    return str(attrs.get("text") or attrs.get("shortName") or attrs.get("timestamp") or "")


def _write_text(node: Json) -> str:
    text = node["text"]
    for mark in node.get("marks", ()):
        if mark["type"] == "link":
            href = mark["attrs"]["href"]
            text = f"[{href}]" if text == href else f"[{text}|{href}]"
        elif mark["type"] in _MARKS:
            start, end = _MARKS[mark["type"]]
            text = f"{start}{text}{end}"
    return text
