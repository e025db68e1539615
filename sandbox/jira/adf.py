"""
Which Atlassian documents the site takes, and their plain text.

A walk over the document with the table of `adf_nodes`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.jira.adf_nodes import MARKS, NODES, Check, Node

Json = Any

LIMIT = 32767

_KEYS = frozenset({"type", "attrs", "content", "marks", "text", "version"})
_CODE_WITH = frozenset({"code", "link", "annotation"})


def valid(doc: Json) -> bool:
    """Tell whether a document may be stored."""
    return (
        isinstance(doc, dict)
        and doc.get("type") == "doc"
        and doc.get("version") == 1
        and isinstance(doc.get("content"), list)
        and set(doc) <= {"type", "version", "content"}
        and _valid(doc)
    )


def _valid(node: Json, *, plain: bool = False) -> bool:
    if not isinstance(node, dict) or not set(node) <= _KEYS:
        return False
    if node.get("type") == "text":
        return _valid_text(node, plain=plain)
    kind = NODES.get(node.get("type", ""))
    if kind is None or "text" in node:
        return False
    return _attrs_fit(node, kind) and _marks_fit(node.get("marks")) and _content_fits(node, kind)


def _nonempty(value: Json) -> bool:
    return isinstance(value, str) and bool(value)


def _valid_text(node: Json, *, plain: bool) -> bool:
    if not _nonempty(node.get("text")) or set(node) - {"type", "text", "marks"}:
        return False
    marks = node.get("marks")
    if plain and marks:
        return False
    if not _marks_fit(marks):
        return False
    names = {mark["type"] for mark in marks or ()}
    return "code" not in names or names <= _CODE_WITH


def _marks_fit(marks: Json) -> bool:
    if marks is None:
        return True
    return isinstance(marks, list) and all(_mark_fits(mark) for mark in marks)


def _mark_fits(mark: Json) -> bool:
    if not isinstance(mark, dict) or mark.get("type") not in MARKS:
        return False
    checks, needs = MARKS[mark["type"]]
    return _pairs_fit(mark.get("attrs", {}), checks, needs)


def _attrs_fit(node: Json, kind: Node) -> bool:
    attrs = node.get("attrs")
    if "attrs" in kind.needs:
        return isinstance(attrs, dict) and _pairs_fit(attrs, kind.attrs or {}, frozenset())
    if node["type"] in {"inlineCard", "blockCard"} and not isinstance(attrs, dict):
        return False
    return _pairs_fit({} if attrs is None else attrs, kind.attrs or {}, kind.needs)


def _pairs_fit(attrs: Json, checks: Mapping[str, Check], needs: frozenset[str]) -> bool:
    if not isinstance(attrs, dict) or not needs <= attrs.keys():
        return False
    return all(name in checks and checks[name](value) for name, value in attrs.items())


def _content_fits(node: Json, kind: Node) -> bool:
    content = node.get("content")
    if kind.holds is None:
        return content is None
    if content is None:
        return kind.least == 0
    if not isinstance(content, list) or len(content) < kind.least:
        return False
    plain = node["type"] == "codeBlock"
    return all(
        isinstance(child, dict)
        and child.get("type") in kind.holds
        and _valid(child, plain=plain)
        for child in content
    )


def plain(text: str) -> dict[str, Any]:
    """Return a document of paragraphs for a plain text."""
    paragraphs = [
        {"type": "paragraph", "content": [{"type": "text", "text": line}]}
        if line
        else {"type": "paragraph", "content": []}
        for line in text.split("\n")
    ]
    return {"version": 1, "type": "doc", "content": paragraphs if text else []}


def words(node: Json) -> Iterator[str]:
    """Yield the texts in a document, for counting and for text search."""
    text = node.get("text")
    if text:
        yield text
    attrs = node.get("attrs")
    if attrs and isinstance(shown := attrs.get("text") or attrs.get("url"), str):
        yield shown
    for child in node.get("content", ()):
        yield from words(child)


def length(doc: Json) -> int:
    """Count the characters that the limit of a text field counts."""
    return sum(map(len, words(doc))) + max(0, len(doc.get("content", ())) - 1)
