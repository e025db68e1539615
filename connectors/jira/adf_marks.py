"""Inline Markdown tokens as inline ADF nodes. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from markdown_it.token import Token

from connectors.jira import markdown_text as md

Node = dict[str, Any]

_OPENERS = {"strong_open": "strong", "em_open": "em", "s_open": "strike"}
_CLOSERS = {"strong_close": "strong", "em_close": "em", "s_close": "strike"}
_TAG = re.compile(r"<(/?)(\w+)\s*(/?)>")
_TAG_MARKS = {"u": "underline", "ins": "underline"}
_ORDER = ("strong", "em", "strike", "underline")
_STATUS_COLOUR = re.compile(r"neutral|purple|blue|red|yellow|green|#[0-9a-fA-F]{6}")


def to_nodes(tokens: Sequence[Token]) -> list[Node]:
    """Return one paragraph's inline nodes. Text nodes are never empty."""
    builder = _Builder()
    at = 0
    while at < len(tokens):
        at = builder.take(tokens, at)
    return list(_linkified(_merged(builder.out)))


class _Builder:
    """Reads inline tokens one after the other; knows which marks are open."""

    def __init__(self) -> None:
        self.out: list[Node] = []
        self._open: list[str] = []
        self._href = ""

    def take(self, tokens: Sequence[Token], at: int) -> int:
        """Take the token at `at` (of a link of Jira's own: all of it), return where to go on."""
        token = tokens[at]
        kind = token.type
        if kind in _OPENERS:
            self._open.append(_OPENERS[kind])
        elif kind in _CLOSERS:
            self._shut(_CLOSERS[kind])
        elif kind == "link_open":
            return self._link(tokens, at)
        elif kind == "link_close":
            self._href = ""
        elif kind in {"softbreak", "hardbreak"}:
            # People who type line ends mean them, so a soft break is a break too.
            self.out.append({"type": "hardBreak"})
        elif kind == "html_inline":
            self._tag(token.content)
        elif kind == "code_inline":
            self._text(token.content, code=True)
        elif kind == "image":
            self._image(token)
        else:
            self._text(token.content)
        return at + 1

    def _shut(self, mark: str) -> bool:
        for i in range(len(self._open) - 1, -1, -1):
            if self._open[i] == mark:
                del self._open[i]
                return True
        return False

    def _tag(self, html: str) -> None:
        found = _TAG.fullmatch(html)
        name = found[2].lower() if found else ""
        if found and name == "br":
            self.out.append({"type": "hardBreak"})
        elif found and name in _TAG_MARKS and not found[1] and not found[3]:
            self._open.append(_TAG_MARKS[name])
        elif not (found and name in _TAG_MARKS and found[1] and self._shut(_TAG_MARKS[name])):
            self._text(html)

    def _text(self, text: str, *, code: bool = False) -> None:
        text = text.replace("\n", " ")
        if not text:
            return
        marks = {"code"} if code else set(self._open)
        self.out.append(_text_node(text, marks, self._href))

    def _image(self, token: Token) -> None:
        alt = token.content if not token.children else _plain(token.children)
        self.out.append({"type": "image", "alt": alt, "src": str(token.attrs.get("src", ""))})

    def _link(self, tokens: Sequence[Token], at: int) -> int:
        href = str(tokens[at].attrs.get("href", ""))
        end = next(i for i in range(at, len(tokens)) if tokens[i].type == "link_close")
        label = _plain(tokens[at + 1 : end])
        own = _own_node(href, label)
        if own is None and tokens[at].markup == "autolink" and not href.startswith("mailto:"):
            own = {"type": "inlineCard", "attrs": {"url": href}}
        if own is not None:
            self.out.append(own)
            return end + 1
        self._href = href
        return at + 1


def _plain(tokens: Iterable[Token]) -> str:
    return "".join(
        " " if t.type in {"softbreak", "hardbreak"} else _plain(t.children or ()) or t.content
        for t in tokens
    )


def _text_node(text: str, marks: Iterable[str], href: str = "") -> Node:
    shown: list[Node] = []
    if href:
        shown.append({"type": "link", "attrs": {"href": href}})
    if "code" in marks:
        shown.append({"type": "code"})
    shown.extend({"type": mark} for mark in _ORDER if mark in marks and "code" not in marks)
    node: Node = {"type": "text", "text": text}
    return {**node, "marks": shown} if shown else node


def _own_node(href: str, label: str) -> Node | None:
    """Return the node of Jira's own that a link with one of our schemes stands for."""
    scheme, _, rest = href.partition(":")
    match scheme:
        case "accountid" if rest and label.startswith("@"):
            return {"type": "mention", "attrs": {"id": rest, "text": label}}
        case "date" if rest.lstrip("-").isdigit():
            return {"type": "date", "attrs": {"timestamp": rest}}
        case "status" if label and _STATUS_COLOUR.fullmatch(rest):
            return {"type": "status", "attrs": {"text": label, "color": rest}}
        case "emoji" if rest and label:
            return {"type": "emoji", "attrs": {"shortName": label, "id": rest}}
        case "media" if "/" in rest and rest.partition("/")[2]:
            collection, _, name = rest.partition("/")
            attrs = {"type": "file", "id": name, "collection": collection}
            return {"type": "mediaInline", "attrs": attrs | ({"alt": label} if label else {})}
        case _:
            return None


def _merged(nodes: Iterable[Node]) -> Iterator[Node]:
    """Join neighbouring texts with the same marks; an image within a line becomes a link to it."""
    held: Node | None = None
    for raw in nodes:
        node = _inline_image(raw) if raw["type"] == "image" else raw
        if held and held["type"] == node["type"] == "text" and held.get("marks") == node.get("marks"):
            held = {**held, "text": held["text"] + node["text"]}
            continue
        if held:
            yield held
        held = node
    if held:
        yield held


def _inline_image(image: Node) -> Node:
    return _text_node(image["alt"] or image["src"] or "image", (), image["src"])


def _linkified(nodes: Iterable[Node]) -> Iterator[Node]:
    """Make links of bare web addresses, so that people can click them."""
    for node in nodes:
        marks = node.get("marks", [])
        if node["type"] != "text" or any(m["type"] in {"link", "code"} for m in marks):
            yield node
            continue
        for text, is_url in md.split_urls(node["text"]):
            link = [{"type": "link", "attrs": {"href": text}}] if is_url else []
            yield {**node, "text": text, **({"marks": link + marks} if link or marks else {})}


def only_images(tokens: Sequence[Token]) -> list[Node]:
    """Return a paragraph's media nodes if it holds nothing else, else nothing."""
    out: list[Node] = []
    builder = _Builder()
    at = 0
    while at < len(tokens):
        at = builder.take(tokens, at)
    for node in builder.out:
        if node["type"] == "image" and node["src"]:
            alt = {"alt": node["alt"]} if node["alt"] else {}
            out.append({"type": "media", "attrs": {"type": "external", "url": node["src"], **alt}})
        elif node["type"] == "mediaInline" and len(builder.out) == 1:
            return [{"type": "media", "attrs": node["attrs"]}]
        elif node["type"] != "hardBreak" and node.get("text", "x").strip():
            return []
    return out
