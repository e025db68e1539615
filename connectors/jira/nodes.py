"""What an ADF node holds, whatever stands where something should. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias, cast

Node: TypeAlias = Mapping[str, Any]


def kind_of(node: Node) -> str:
    """Return a node's (or mark's) type; nothing where there is none that can be one."""
    kind = node.get("type")
    return kind if isinstance(kind, str) else ""


def attrs_of(node: Node) -> Mapping[str, Any]:
    """Return a node's (or mark's) attributes; none where there are none."""
    return mapping_of(node.get("attrs"))


def mapping_of(found: object) -> Mapping[str, Any]:
    """Return what was found if it is an object of JSON, else an empty one."""
    return cast("Mapping[str, Any]", found) if isinstance(found, Mapping) else {}


def content(node: Node) -> Sequence[Node]:
    """Return a node's children."""
    return nodes_in(node.get("content"))


def nodes_in(found: object) -> Sequence[Node]:
    """Return the nodes in what was found where a list of nodes should be."""
    if not isinstance(found, list):
        return []
    # Nearly all of them are: asking for the plain type first spares the slow question.
    return [
        cast("Node", one)
        for one in cast("list[object]", found)
        if type(one) is dict or isinstance(one, Mapping)
    ]


def plain_text(node: Node) -> str:
    """Return all text in a node, line breaks as such."""
    if kind_of(node) == "hardBreak":
        return "\n"
    return str(node.get("text") or "") or "".join(plain_text(child) for child in content(node))
