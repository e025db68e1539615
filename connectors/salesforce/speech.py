"""Comments as plain text that people can read: Salesforce shows a CaseComment as it was typed. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from markdown_it import MarkdownIt
from markdown_it.token import Token

LIMIT = 4000
"""Bytes of a CaseComment, in UTF-8."""
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"maxNesting": 100})
    # HTML and definitions of links would be swallowed: both are text to their reader.
    _ = parser.enable(["table", "strikethrough"]).disable(["html_block", "html_inline", "reference"])
    # Addresses stay as they were typed, and none is turned away: this is no markup.
    parser.normalizeLink = lambda url: url  # type: ignore[method-assign]
    parser.validateLink = lambda url: True  # type: ignore[method-assign]  # noqa: ARG005
    return parser


_PARSER = _parser()
_NOTE = "\n\n… (cut: the whole text is in {where})"
_APART = frozenset({"paragraph", "heading", "bullet_list", "ordered_list", "table", "blockquote"})


class Said(NamedTuple):
    """A body that fits."""

    text: str
    lost: str
    """What did not fit, for the ledger; empty if all of it did."""


def body_of(markdown: str, key: str, where: str) -> Said:
    """
    Return a comment's body: its text, and our mark on a last line of its own.

    What is too long is cut between words, and the text says so and `where` the whole is.
    """
    text, mark = to_text(markdown) or "…", f"\n\n[hub:{key}]"
    room = LIMIT - _size(mark)
    if _size(text) <= room:
        return Said(text + mark, "")
    note = _NOTE.format(where=where)
    kept = _first(text, room - _size(note))
    lost = f"{len(text) - len(kept):,} of {len(text):,} characters are only in {where}"
    return Said(kept + note + mark, lost)


def _size(text: str) -> int:
    return len(text.encode("utf-8", "replace"))


def _first(text: str, room: int) -> str:
    """Return the beginning of a text that has no more bytes, ended between words where there is a gap."""
    kept = text.encode("utf-8", "replace")[: max(0, room)].decode("utf-8", "ignore")
    gap = max(kept.rfind(" "), kept.rfind("\n"))
    return (kept[:gap] if gap > len(kept) // 2 else kept).rstrip()


def to_text(markdown: str) -> str:
    """Return Markdown as plain text: lists, quotations, addresses and code keep their shape."""
    lines: list[str] = []
    for line in _Blocks(_PARSER.parse(markdown)).lines():
        if line is not None:
            lines.append(line)
        elif lines and lines[-1]:
            lines.append("")
    return "\n".join(lines).strip()


class _Blocks:
    """Walks over the blocks of a text."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self._tokens = tokens
        self._indents: list[str] = []
        self._numbers: list[int | None] = []
        self._bullet = ""
        self._cells: list[str] | None = None

    def lines(self) -> Iterator[str | None]:
        """Yield the text's lines; None is the gap after a block, which items of a list do not have."""
        for token in self._tokens:
            kind = token.type.removesuffix("_open").removesuffix("_close")
            if token.nesting == 1:
                self._open(kind, token)
            elif token.nesting == -1:
                yield from self._close(kind)
            elif token.type == "inline":
                yield from self._inline(_words(token.children or ()))
            elif token.type in {"fence", "code_block"}:
                yield from self._indented(token.content.rstrip("\n"))
                yield None
            elif token.type == "hr":
                yield from self._indented("----")
                yield None

    def _open(self, kind: str, token: Token) -> None:
        if kind == "ordered_list":
            self._numbers.append(int(token.attrs.get("start", 1)))
        elif kind == "bullet_list":
            self._numbers.append(None)
        elif kind == "list_item":
            number = self._numbers[-1]
            self._bullet = "- " if number is None else f"{number}. "
            if number is not None:
                self._numbers[-1] = number + 1
            self._indents.append(" " * len(self._bullet))
        elif kind == "blockquote":
            self._indents.append("> ")
        elif kind == "tr":
            self._cells = []

    def _inline(self, text: str) -> Iterator[str]:
        if self._cells is None:
            yield from self._indented(text)
        else:
            self._cells.append(text)

    def _close(self, kind: str) -> Iterator[str | None]:
        if kind == "tr" and self._cells is not None:
            yield from self._indented(" | ".join(self._cells))
            self._cells = None
        if kind in {"bullet_list", "ordered_list"}:
            _ = self._numbers.pop()
        elif kind in {"list_item", "blockquote"}:
            _ = self._indents.pop()
        if kind in _APART and not self._numbers:
            yield None

    def _indented(self, text: str) -> Iterator[str]:
        margin = "".join(self._indents)
        for line in text.split("\n"):
            if self._bullet:
                margin_first = "".join(self._indents[:-1])
                yield margin_first + self._bullet + line
                self._bullet = ""
            else:
                yield (margin + line).rstrip()


def _words(tokens: Sequence[Token]) -> str:
    out: list[str] = []
    links: list[tuple[str, int]] = []
    for token in tokens:
        if token.type in {"softbreak", "hardbreak"}:
            out.append("\n")
        elif token.type == "link_open":
            links.append((str(token.attrs.get("href", "")), len(out)))
        elif token.type == "link_close":
            href, at = links.pop()
            shown = "".join(out[at:])
            if href.removeprefix("mailto:") != shown:
                out.append(f" ({href})")
        elif token.type == "image":
            out.append(" ".join(part for part in (token.content, f"({token.attrs.get('src', '')})") if part))
        else:
            out.append(token.content)
    return "".join(out)
