"""Parsed Markdown as plain text that reads well. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from markdown_it.token import Token

_RULE: Final = "* * *"
_BREAKS: Final = frozenset(("<br>", "<br/>", "<br />"))


def written(tokens: Sequence[Token]) -> str:
    """Return the text of a parsed document."""
    writing = _Writing()
    for token in tokens:
        writing.take(token)
    return "\n".join(writing.lines).strip("\n")


class _Container:
    """A quote or an item of a list: what its lines begin with, the first one perhaps otherwise."""

    __slots__ = ("begun", "first", "rest")

    def __init__(self, first: str, rest: str) -> None:
        self.first = first
        self.rest = rest
        self.begun = False

    def prefix(self) -> str:
        """What the next line begins with."""
        begun, self.begun = self.begun, True
        return self.rest if begun else self.first


class _Writing:
    """The lines so far, and where in lists, quotes and tables the next one stands."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._containers: list[_Container] = []
        self._numbers: list[int | None] = []
        self._cells: list[str] | None = None
        self._tight = False

    def take(self, token: Token) -> None:
        """Write what a token shows, or step into or out of what it stands for."""
        step = _STEPS.get(token.type)
        if step is not None:
            step(self, token)

    def code(self, token: Token) -> None:
        self._block(token.content.rstrip("\n"))

    def rule(self, _token: Token) -> None:
        self._block(_RULE)

    def paragraph(self, token: Token) -> None:
        self._tight = token.hidden

    def quote(self, _token: Token) -> None:
        self._space()
        self._containers.append(_Container("> ", "> "))

    def begin_list(self, token: Token) -> None:
        if not self._numbers:
            self._space()
        numbered = token.type == "ordered_list_open"
        self._numbers.append(int(token.attrs.get("start", 1)) if numbered else None)

    def end_list(self, _token: Token) -> None:
        _ = self._numbers.pop()

    def item(self, _token: Token) -> None:
        number = self._numbers[-1]
        sign = "- " if number is None else f"{number}. "
        if number is not None:
            self._numbers[-1] = number + 1
        self._containers.append(_Container(sign, " " * len(sign)))

    def table(self, _token: Token) -> None:
        self._space()

    def begin_row(self, _token: Token) -> None:
        self._cells = []

    def end_row(self, _token: Token) -> None:
        self._tight = True
        self._block(" | ".join(self._cells or []))
        self._cells = None

    def close(self, _token: Token) -> None:
        left = self._containers.pop()
        if not left.begun:  # nothing was in it; its sign is shown all the same
            self.lines.append(f"{self._prefix()}{left.first}".rstrip())

    def inline(self, token: Token) -> None:
        text = _text(token.children or [])
        if self._cells is not None:
            self._cells.append(text.replace("\n", " / "))
        else:
            self._block(text)

    def _block(self, text: str) -> None:
        """Write some lines; a blank one goes before them, but in a tight list."""
        fresh = any(not it.begun for it in self._containers)
        if not self._tight and not fresh:
            self._space()
        self._tight = False
        for line in text.split("\n"):
            self.lines.append(f"{self._prefix()}{line}".rstrip())

    def _prefix(self) -> str:
        return "".join(container.prefix() for container in self._containers)

    def _space(self) -> None:
        """One blank line, quoted as its surroundings are; none at the beginning."""
        if any(not it.begun for it in self._containers):
            return
        blank = "".join(it.rest for it in self._containers).rstrip()
        if self.lines and self.lines[-1] != blank:
            self.lines.append(blank)


_STEPS: Final[Mapping[str, Callable[[_Writing, Token], None]]] = {
    "inline": _Writing.inline,
    "fence": _Writing.code,
    "code_block": _Writing.code,
    "hr": _Writing.rule,
    "paragraph_open": _Writing.paragraph,
    "blockquote_open": _Writing.quote,
    "blockquote_close": _Writing.close,
    "bullet_list_open": _Writing.begin_list,
    "ordered_list_open": _Writing.begin_list,
    "bullet_list_close": _Writing.end_list,
    "ordered_list_close": _Writing.end_list,
    "list_item_open": _Writing.item,
    "list_item_close": _Writing.close,
    "table_open": _Writing.table,
    "tr_open": _Writing.begin_row,
    "tr_close": _Writing.end_row,
}


def _text(tokens: Sequence[Token]) -> str:
    """The words of a paragraph, every link followed by its address unless that is what is shown."""
    parts: list[str] = []
    links: list[tuple[str, int]] = []
    for token in tokens:
        if token.type in ("text", "code_inline", "text_special"):
            parts.append(token.content)
        elif token.type in ("softbreak", "hardbreak"):
            parts.append("\n")
        elif token.type == "html_inline":
            parts.append(_tag(token.content))
        elif token.type == "image":
            parts.append(_picture(token))
        elif token.type == "link_open":
            links.append((str(token.attrs.get("href", "")), len(parts)))
        elif token.type == "link_close" and links:
            href, begin = links.pop()
            parts.append(_written_out(href, "".join(parts[begin:])))
    return "".join(parts)


def _tag(content: str) -> str:
    if content in _BREAKS:
        return "\n"
    return "" if content in ("<u>", "</u>") else content


def _picture(token: Token) -> str:
    source = str(token.attrs.get("src", ""))
    alt = token.content or "image"
    return f"[{alt}]" if source.lower().startswith("cid:") else f"{alt}{_written_out(source, alt)}"


def _written_out(href: str, shown: str) -> str:
    """What is added to a link's text for those who cannot click on it."""
    bare = href.removeprefix("mailto:").removeprefix("tel:")
    return "" if not bare or shown.strip() in (href, bare) else f" <{bare}>"
