"""
Zendesk's HTML as Markdown. Pure.

Every word that a reader could see is in the result, whatever the tags. Marks and structure that
Markdown knows are kept; the rest gives its text. The same look always gives the same Markdown.
"""

from __future__ import annotations

import re
from html import unescape
from typing import Final, Literal, TypeAlias

from selectolax.lexbor import LexborHTMLParser, LexborNode

from connectors.markup import inline
from connectors.markup.sections import (
    Block,
    Code,
    Flow,
    Heading,
    Items,
    Paragraph,
    Part,
    Quote,
    Rule,
    render,
)
from connectors.markup.spans import (
    BREAK,
    CODE,
    EM,
    STRIKE,
    STRONG,
    UNDERLINE,
    Span,
    collapse,
)

_MARKS: Final = {
    "b": STRONG, "strong": STRONG, "i": EM, "em": EM, "cite": EM, "var": EM, "dfn": EM,
    "s": STRIKE, "strike": STRIKE, "del": STRIKE, "u": UNDERLINE, "ins": UNDERLINE,
    "code": CODE, "tt": CODE, "kbd": CODE, "samp": CODE,
}  # fmt: skip
_BLOCKS: Final = frozenset(
    {
        "address", "article", "aside", "body", "center", "dd", "details", "dialog", "dir", "div", "dl",
        "dt", "fieldset", "figcaption", "figure", "footer", "form", "header", "hgroup", "html", "legend",
        "main", "menu", "nav", "noscript", "optgroup", "option", "p", "section", "select", "summary",
        "search", "textarea", "title", "tbody", "thead", "tfoot", "tr", "td", "th", "caption", "colgroup",
        "table", "marquee", "frameset", "noframes", "li", "blockquote", "ol", "ul", "pre", "h1", "h2",
        "h3", "h4", "h5", "h6", "hr", "iframe",
    }
)  # fmt: skip
_UNSEEN: Final = frozenset(("script", "style", "head", "template", "-comment", "!doctype", "-doctype"))
_HEADINGS: Final = {f"h{n}": n for n in range(1, 7)}
_LONGEST_NUMBER: Final = 9
_DEEPEST: Final = 40
"""Containers nested deeper than this give their text at the last depth."""
_SIMPLE: Final = re.compile(
    r'\s*<div class="zd-comment" dir="auto">\s*(?:<p dir="auto">[^<]*</p>\s*)+</div>\s*'
)
"""The better part of all comments: paragraphs without any markup. A parser is not needed for them."""
_TEXT: Final = re.compile(r"<p[^>]*>([^<]*)")
_LANGUAGE: Final = re.compile(r"(?:^|\s)(?:language|lang|brush|highlight-source)-([\w+#.\-]+)")
_PASSED_OVER: Final = re.compile(r"[\x00-\x20\x7f-\xa0\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
_UNSAFE: Final = re.compile(r"\s*(?:javascript|vbscript|data|file):", re.IGNORECASE)
_Way: TypeAlias = Literal["in", "out", "out of a frame", ""]
_ZERO: Final = str.maketrans({"\r": "\n", "\0": ""})


def to_markdown(html: str) -> str:
    """Translate HTML, whole or a fragment, to Markdown. Never drops visible text."""
    html = html.translate(_ZERO)
    if _SIMPLE.fullmatch(html):
        texts = (collapse(unescape(text)).strip() for text in _TEXT.findall(html))
        return "\n\n".join(inline.to_markdown([Span(text)]) for text in texts if text)
    body = LexborHTMLParser(html).root
    if body is None:
        return ""
    reading = _Reading()
    reading.walk(body)
    return render(reading.done())


class _Frame:
    """A container being read: its blocks so far, and the paragraph being collected."""

    __slots__ = ("blocks", "spans")

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.spans: list[Span] = []

    def flush(self) -> None:
        if self.spans:
            self.blocks.append(Paragraph(self.spans))
            self.spans = []


class _Reading:
    """One walk over a document. Nesting costs no Python stack: mail threads nest by the hundred."""

    def __init__(self) -> None:
        self._frames = [_Frame()]
        self._marks = [0]
        self._hrefs = [""]

    def done(self) -> Flow:
        self._frames[0].flush()
        return self._frames[0].blocks

    def walk(self, root: LexborNode) -> None:
        """Enter and leave every node in document order."""
        stack: list[tuple[LexborNode, _Way]] = [(root, "in")]
        while stack:
            node, way = stack.pop()
            tag = node.tag or ""
            if way != "in":
                self._leave(node, tag, framed=way == "out of a frame")
                continue
            if tag == "-text":
                self._text(node.text_content or "")
                continue
            out = "" if tag in _UNSEEN else self._enter(node, tag)
            if out:
                stack.append((node, out))
                child = node.last_child
                while child is not None:
                    stack.append((child, "in"))
                    child = child.prev

    def _text(self, text: str) -> None:
        text = collapse(text)
        if text == " " and not self._frames[-1].spans:
            return
        if text:
            self._frames[-1].spans.append(Span(text, self._marks[-1], self._hrefs[-1]))

    def _enter(self, node: LexborNode, tag: str) -> _Way:
        """Begin an element; tell how it is left, or "" if its children are dealt with."""
        if tag == "br":
            self._frames[-1].spans.append(BREAK._replace(marks=self._marks[-1]))
            return ""
        if tag == "img":
            self._picture(node)
            return ""
        if tag == "pre":
            self._block(Code(*_code_of(node)))
            return ""
        if tag == "hr":
            self._block(Rule())
            return ""
        if tag == "a":
            self._hrefs.append(_address(node.attributes.get("href")) or self._hrefs[-1])
        elif tag in _MARKS:
            self._marks.append(self._marks[-1] | _MARKS[tag])
        elif tag in _BLOCKS:
            self._frames[-1].flush()
            if tag in _CONTAINERS and len(self._frames) < _DEEPEST:
                self._frames.append(_Frame())
                return "out of a frame"
        return "out"

    def _leave(self, node: LexborNode, tag: str, *, framed: bool) -> None:
        if framed:
            frame = self._frames.pop()
            frame.flush()
            self._close(node, tag, frame.blocks)
        elif tag == "a":
            _ = self._hrefs.pop()
        elif tag in _MARKS:
            _ = self._marks.pop()
        elif tag in _BLOCKS:
            self._frames[-1].flush()

    def _close(self, node: LexborNode, tag: str, blocks: Flow) -> None:
        """Hand a finished container to the one around it."""
        around = self._frames[-1]
        if tag == "blockquote":
            around.blocks.append(Quote(blocks))
        elif tag in _HEADINGS:
            around.blocks.extend(_heading(_HEADINGS[tag], blocks))
        elif tag in ("ol", "ul"):
            start = _number(node.attributes.get("start")) if tag == "ol" else None
            around.blocks.append(Items(blocks, start))
        else:
            around.blocks.append(Part(tag, blocks))

    def _block(self, block: Block) -> None:
        self._frames[-1].flush()
        self._frames[-1].blocks.append(block)

    def _picture(self, node: LexborNode) -> None:
        attributes = node.attributes
        alt = collapse(attributes.get("alt") or "").strip()
        source = _address(attributes.get("src"))
        spans = self._frames[-1].spans
        if source:
            spans.append(Span(alt, self._marks[-1] & ~CODE, self._hrefs[-1], source))
        elif alt:
            spans.append(Span(alt, self._marks[-1], self._hrefs[-1]))


_CONTAINERS: Final = frozenset(("blockquote", "ol", "ul", "li", "table", "tr", "td", "th", *_HEADINGS))


def _heading(level: int, blocks: Flow) -> Flow:
    """A heading holds one line of text; whatever else was in it follows."""
    spans: list[Span] = []
    others: Flow = []
    for block in blocks:
        if isinstance(block, Paragraph):
            spans.extend([Span(" "), *block.spans])
        else:
            others.append(block)
    return [Heading(level, spans), *others]


def _address(url: str | None) -> str:
    """The address if it can be shown in Markdown; scripts and embedded data cannot."""
    # Browsers pass over control characters within a scheme: `java\tscript:` is one of these, too.
    if not url or _UNSAFE.match(_PASSED_OVER.sub("", url)):
        return ""
    return url.strip()


def _number(start: str | None) -> int:
    return int(start) if start and start.isdecimal() and len(start) <= _LONGEST_NUMBER else 1


def _code_of(node: LexborNode) -> tuple[str, str]:
    """A code block's text as it stands, and its language."""
    parts: list[str] = []
    language = _LANGUAGE.search(node.attributes.get("class") or "")
    for child in node.traverse(include_text=True):
        if child.tag == "-text":
            parts.append(child.text_content or "")
        elif child.tag == "br":
            parts.append("\n")
        elif child.tag == "img":
            parts.append(child.attributes.get("alt") or "")
        elif child.tag == "code" and language is None:
            language = _LANGUAGE.search(child.attributes.get("class") or "")
    return "".join(parts), language[1] if language else ""
