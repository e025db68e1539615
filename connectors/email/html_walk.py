"""
One walk over a mail's cleaned HTML: from nodes to blocks of Markdown. Pure.

Where mail programs mark the old mail and the signature, a mark is left in the text, to be taken out
again when the lines are known: `BEGIN`, `END`, `CUT`, `SIGN`, `SIGNED`.
"""

from __future__ import annotations

import re
from typing import Final, Literal, TypeAlias

from selectolax.lexbor import LexborNode

from connectors.email.html_images import picture
from connectors.email.html_quotes import is_hidden, is_indent, kind_of
from connectors.markup.sections import Block, Code, Flow, Heading, Items, Paragraph, Part, Quote, Rule
from connectors.markup.spans import BREAK, CODE, EM, STRIKE, STRONG, UNDERLINE, Span, collapse

BEGIN, END, CUT, SIGN, SIGNED = "\ufdd0", "\ufdd1", "\ufdd2", "\ufdd3", "\ufdd4"
MARKS: Final = frozenset((BEGIN, END, CUT, SIGN, SIGNED))
"""Characters that no text may hold, by Unicode's own rule."""

_MARKS: Final = {
    "b": STRONG, "strong": STRONG, "i": EM, "em": EM, "cite": EM, "var": EM, "dfn": EM, "s": STRIKE,
    "strike": STRIKE, "del": STRIKE, "u": UNDERLINE, "ins": UNDERLINE, "code": CODE, "tt": CODE,
    "kbd": CODE, "samp": CODE,
}  # fmt: skip
_INLINE: Final = frozenset(
    {
        *_MARKS, "a", "span", "font", "small", "big", "sub", "sup", "abbr", "acronym", "q", "mark",
        "label", "bdi", "bdo", "data", "time", "ruby", "rt", "rp", "wbr", "nobr", "br", "img",
    }
)  # fmt: skip
_HEADINGS: Final = {f"h{n}": n for n in range(1, 7)}
_CONTAINERS: Final = frozenset(("blockquote", "ol", "ul", "li", "table", "tr", "td", "th", *_HEADINGS))
_LONGEST_NUMBER: Final = 9
_LONG: Final = 2000
_DEEPEST: Final = 40
"""Containers nested deeper than this give their text at the last depth."""
_ADDRESS: Final = re.compile(r"\s*(?:https?|mailto|tel|ftp|cid|sms|callto|xmpp|geo|webcal):\S", re.IGNORECASE)
_Way: TypeAlias = Literal["in", "out", "out of a frame"]


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


def blocks_of(root: LexborNode) -> Flow:
    """Return what is to be seen in a document, as blocks. Nesting costs no Python stack."""
    reading = _Reading()
    reading.walk(root)
    blocks = reading.done()
    if blocks or not reading.skipped:
        return blocks
    reading = _Reading(hides=False)
    reading.walk(root)
    return reading.done()


class _Reading:
    def __init__(self, *, hides: bool = True) -> None:
        self._hides = hides
        self.skipped = False
        """Something was hidden, and left out."""
        self._frames = [_Frame()]
        self._marks = [0]
        self._hrefs = [""]
        self._seen = False
        """Something to read has come up already."""

    def done(self) -> Flow:
        self._frames[0].flush()
        return self._frames[0].blocks

    def walk(self, root: LexborNode) -> None:
        """Enter and leave every node in document order."""
        stack: list[tuple[LexborNode, _Way, str]] = [(root, "in", "")]
        while stack:
            node, way, closing = stack.pop()
            tag = node.tag or ""
            if way != "in":
                self._leave(node, tag, framed=way == "out of a frame")
                if closing:
                    self._mark(closing)
                continue
            if tag == "-text":
                self._text(node.text_content or "")
                continue
            attributes = node.attributes
            closing = self._announce(tag, attributes)
            out = self._enter(node, tag, attributes)
            if out:
                stack.append((node, out, closing))
                child = node.last_child
                while child is not None:
                    stack.append((child, "in", ""))
                    child = child.prev
            elif closing:
                self._mark(closing)

    def _announce(self, tag: str, attributes: dict[str, str | None]) -> str:
        """Leave a mark if a mail program marked this element; return the mark that ends it."""
        kind = kind_of(tag, attributes) if attributes else ""
        if kind == "cut":
            self._mark(CUT)
        elif kind == "quoted":
            self._mark(BEGIN)
            return END
        elif kind == "signature":
            self._mark(SIGN)
            return SIGNED
        return ""

    def _mark(self, mark: str) -> None:
        self._block(Paragraph([Span(mark)]))

    def _text(self, text: str) -> None:
        text = collapse(text)
        if text == " " and not self._frames[-1].spans:
            return
        if text:
            self._seen = self._seen or not text.isspace()
            self._add(Span(text, self._marks[-1], self._hrefs[-1]))

    def _add(self, span: Span) -> None:
        """Append a piece of text; one that looks like the piece before it goes on with that."""
        spans = self._frames[-1].spans
        last = spans[-1] if spans else BREAK
        if last[1:] == span[1:] and last.text != "\n" and len(last.text) < _LONG:
            spans[-1] = span._replace(text=last.text + span.text)
        else:
            spans.append(span)

    def _enter(self, node: LexborNode, tag: str, attributes: dict[str, str | None]) -> _Way | Literal[""]:
        """Begin an element; tell how it is left, or "" if its children are dealt with."""
        if attributes and self._hides and not self._seen and is_hidden(attributes):
            self.skipped = True
            return ""  # the line that mail programs show in the list, and nobody sees in the mail
        if tag in _LEAVES:
            self._leaf(node, tag, attributes)
            return ""
        if tag == "a":
            self._hrefs.append(_address(attributes.get("href")) or self._hrefs[-1])
        elif tag in _MARKS:
            self._marks.append(self._marks[-1] | _MARKS[tag])
        elif tag not in _INLINE:
            self._frames[-1].flush()
            if tag in _CONTAINERS and len(self._frames) < _DEEPEST:
                self._frames.append(_Frame())
                return "out of a frame"
        return "out"

    def _leaf(self, node: LexborNode, tag: str, attributes: dict[str, str | None]) -> None:
        if tag == "br":
            self._frames[-1].spans.append(BREAK._replace(marks=self._marks[-1]))
        elif tag == "img":
            spans = picture(attributes, self._marks[-1], self._hrefs[-1])
            self._seen = self._seen or bool(spans)
            self._frames[-1].spans.extend(spans)
        elif tag == "pre":
            self._seen = True
            self._block(Code(_typed(node), ""))
        else:
            self._block(Rule())

    def _leave(self, node: LexborNode, tag: str, *, framed: bool) -> None:
        if framed:
            frame = self._frames.pop()
            frame.flush()
            self._close(node, tag, frame.blocks)
        elif tag == "a":
            _ = self._hrefs.pop()
        elif tag in _MARKS:
            _ = self._marks.pop()
        elif tag not in _INLINE:
            self._frames[-1].flush()

    def _close(self, node: LexborNode, tag: str, blocks: Flow) -> None:
        """Hand a finished container to the one around it."""
        around = self._frames[-1]
        if tag == "blockquote":
            around.blocks.extend(blocks if is_indent(node.attributes) else [Quote(blocks)])
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


_LEAVES: Final = frozenset(("br", "img", "pre", "hr"))


def _heading(level: int, blocks: Flow) -> Flow:
    """A heading holds one line of text; whatever else was in it follows as it is."""
    spans: list[Span] = []
    for n, block in enumerate(blocks):
        if not isinstance(block, Paragraph) or block.spans[0].text in MARKS:
            return [Heading(level, spans), *blocks[n:]]
        spans.extend([Span(" "), *block.spans])
    return [Heading(level, spans)]


def _address(url: str | None) -> str:
    """The address of a link if a click on it does no harm."""
    return url.strip() if url and _ADDRESS.match(url) else ""


def _number(start: str | None) -> int:
    return int(start) if start and start.isdecimal() and len(start) <= _LONGEST_NUMBER else 1


def _typed(node: LexborNode) -> str:
    """The text of what is already set in lines, as it stands."""
    parts: list[str] = []
    for child in node.traverse(include_text=True):
        if child.tag == "-text":
            parts.append(child.text_content or "")
        elif child.tag == "br":
            parts.append("\n")
        elif child.tag == "img":
            parts.append(child.attributes.get("alt") or "")
    return "".join(parts)
