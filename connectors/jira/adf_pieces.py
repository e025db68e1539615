"""Inline ADF nodes as pieces: text with the marks that Markdown can carry, or Markdown already. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from connectors.jira import markdown_text as md
from connectors.jira.nodes import Node, attrs_of, content, kind_of, mapping_of, nodes_in

BREAK = "\n"
_AUTOLINK = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{1,31}:[^\x00-\x20<>]*")
_MARKS = frozenset({"strong", "em", "strike", "underline"})


class Piece(NamedTuple):
    """Text with the marks that Markdown can carry, or finished Markdown without any."""

    text: str
    marks: frozenset[str] = frozenset()
    href: str = ""
    kind: str = "text"
    """`text`, `code`, `done` (Markdown already), `break`."""


def pieces(nodes: Iterable[Node]) -> Iterator[Piece]:
    for node in nodes:
        kind = kind_of(node)
        if kind == "text":
            yield from _text_pieces(node)
        elif kind == "hardBreak":
            yield Piece(BREAK, kind="break")
        elif kind in _INLINE:
            yield _INLINE[kind](attrs_of(node))
        elif content(node):
            yield from pieces(content(node))
        else:
            yield Piece(fallback_text(node))


def _text_pieces(node: Node) -> Iterator[Piece]:
    text = md.clean(str(node.get("text", "")))
    marks, href = set[str](), ""
    for mark in nodes_in(node.get("marks")):
        kind = kind_of(mark)
        if kind == "link":
            href = str(attrs_of(mark).get("href") or "")
        elif kind in _MARKS or kind == "code":
            marks.add(kind)
    if href and not md.is_safe(href):
        text, href = (text if href in text else f"{text} ({href})"), ""
    if "code" in marks:
        yield Piece(text.replace("\n", " "), frozenset(), href, "code")
        return
    for i, line in enumerate(text.split("\n")):
        if i:
            yield Piece(BREAK, kind="break")
        yield Piece(line, frozenset(marks), href)


def fallback_text(node: Node) -> str:
    """Return whatever readable text a node of an unknown type carries in its attributes."""
    attrs = attrs_of(node)
    parameters = mapping_of(attrs.get("parameters"))
    found = node.get("text") or next(
        (attrs[name] for name in ("text", "title", "url", "alt", "shortName") if attrs.get(name)),
        parameters.get("extensionTitle"),
    )
    return md.clean(str(found or "")).replace("\n", " ")


def _own_link(label: str, href: str) -> Piece:
    return Piece(f"[{md.escape_label(_flat(label))}]({md.destination(href)})", kind="done")


def _flat(text: str) -> str:
    return " ".join(md.clean(text).split())


def _mention(attrs: Mapping[str, Any]) -> Piece:
    name = _flat(str(attrs.get("text") or "")).lstrip("@").strip() or str(attrs.get("id", ""))
    return _own_link("@" + name, "accountid:" + str(attrs.get("id", "")))


def _emoji(attrs: Mapping[str, Any]) -> Piece:
    text, short = str(attrs.get("text") or ""), str(attrs.get("shortName") or "")
    if text and text != short:
        return Piece(_flat(text) or short)
    return _own_link(short, f"emoji:{attrs.get('id', '')}") if attrs.get("id") else Piece(short)


def _date(attrs: Mapping[str, Any]) -> Piece:
    stamp = str(attrs.get("timestamp", ""))
    return _own_link(_day(stamp), "date:" + stamp) if stamp else Piece("")


def _day(stamp: str) -> str:
    try:
        return datetime.fromtimestamp(int(stamp) / 1000, UTC).date().isoformat()
    except (ValueError, OverflowError, OSError):
        return stamp


def _status(attrs: Mapping[str, Any]) -> Piece:
    text = _flat(str(attrs.get("text") or ""))
    return _own_link(text, f"status:{attrs.get('color') or 'neutral'}") if text else Piece("")


def card(attrs: Mapping[str, Any]) -> Piece:
    """Return a smart link: its address in angle brackets."""
    known = mapping_of(attrs.get("data"))
    url = str(attrs.get("url") or known.get("url") or "")
    if not url:
        return Piece(_flat(str(known.get("name") or "")))
    if not md.is_safe(url):
        return Piece(_flat(url))
    if _AUTOLINK.fullmatch(url) and not url.lower().startswith("mailto:"):
        return Piece(f"<{url}>", kind="done")
    return Piece(_flat(url) or url, frozenset(), url)


def media(attrs: Mapping[str, Any]) -> Piece:
    """Return a picture or file: an image where it has an address, else a link of Jira's own."""
    alt = _flat(str(attrs.get("alt") or ""))
    if attrs.get("type") == "external":
        url = str(attrs.get("url") or "")
        if not md.is_safe(url):
            return Piece(_flat(f"{alt} {url}".strip()))
        return Piece(f"![{md.escape_label(alt)}]({md.destination(url)})", kind="done")
    return _own_link(alt or "file", f"media:{attrs.get('collection', '')}/{attrs.get('id', '')}")


_INLINE: dict[str, Callable[[Mapping[str, Any]], Piece]] = {
    "mention": _mention,
    "emoji": _emoji,
    "date": _date,
    "status": _status,
    "inlineCard": card,
    "media": media,
    "mediaInline": media,
    "placeholder": lambda attrs: Piece(_flat(str(attrs.get("text") or ""))),
}
