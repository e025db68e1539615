"""
Markdown as the HTML that Zendesk keeps. Pure.

CommonMark with tables and strikethrough, and of HTML only `<u>` and `<br>`. Any other tag in the
text is text. What the reader typed is never dropped: reference definitions and raw HTML, which
CommonMark would hide, are shown as they stand.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from typing import Any, Final

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_block import StateBlock
from markdown_it.rules_block.table import escapedSplit, table
from markdown_it.token import Token

_SCHEMES: Final = frozenset(
    {
        "http", "https", "mailto", "tel", "ftp", "sftp", "ftps", "sms", "cid", "xmpp", "irc", "ircs",
        "git", "ssh", "slack", "vscode", "zoommtg", "msteams", "skype", "callto", "geo", "webcal", "urn",
        "news",
    }
)  # fmt: skip
_TAGS: Final = frozenset(
    {
        "a", "b", "blockquote", "br", "code", "del", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i",
        "img", "li", "ol", "p", "pre", "s", "strong", "table", "tbody", "td", "th", "thead", "tr", "u",
        "ul",
    }
)  # fmt: skip
_ATTRIBUTES: Final = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title"},
    "ol": {"start"},
    "code": {"class"},
}
_KEPT: Final = frozenset(("<u>", "</u>", "<br>", "<br/>", "<br />"))
_SCHEME: Final = re.compile(r"\s*([A-Za-z][A-Za-z0-9+.\-]*):")
_NESTED: Final = re.compile(r"^(?:[ \t]*(?:>|[-+*][ \t]|\d{1,9}[.)][ \t])){40}", re.MULTILINE)
_WIDE: Final = re.compile(r"^[ \t]{80}[ \t]*(?:[-+*]|\d{1,9}[.)])[ \t]", re.MULTILINE)


def _html_inline(_renderer: RendererHTML, tokens: Sequence[Token], at: int, _options: Any, _env: Any) -> str:
    content = tokens[at].content
    return content if content in _KEPT else escape(content, quote=False)


def _table(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A table, unless a row has more cells than the head: the surplus would not be shown."""
    width = _cells(state, start)
    for line in range(start + 2, end):
        if state.isEmpty(line):
            break
        if _cells(state, line) > width:
            return False
    return table(state, start, end, silent)


def _cells(state: StateBlock, line: int) -> int:
    text = state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]].strip()
    return len(escapedSplit(text.removeprefix("|").removesuffix("|")))


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": True, "maxNesting": 120})
    _ = parser.enable(["table", "strikethrough"]).disable(["html_block", "reference"])
    parser.block.ruler.at("table", _table, {"alt": ["paragraph", "reference"]})
    parser.validateLink = _is_fit  # type: ignore[method-assign]
    parser.normalizeLink = str  # type: ignore[method-assign]
    parser.normalizeLinkText = str  # type: ignore[method-assign]
    parser.add_render_rule("html_inline", _html_inline)
    return parser


def _is_fit(url: str) -> bool:
    scheme = _SCHEME.match(url)
    return scheme is None or scheme[1].lower() in _SCHEMES


_PARSER: Final = _parser()


def from_markdown(markdown: str) -> str:
    """Render Markdown as clean HTML, without Zendesk's own wrapping."""
    if _NESTED.search(markdown) or _WIDE.search(markdown):
        return _as_it_stands(markdown)  # a parser gives up on text nested that deep, and drops it
    return nh3.clean(
        _PARSER.render(markdown),
        tags=set(_TAGS),
        attributes={tag: set(names) for tag, names in _ATTRIBUTES.items()},
        url_schemes=set(_SCHEMES),
        link_rel=None,
    ).strip()


def _as_it_stands(text: str) -> str:
    paragraphs = re.split(r"\n\s*\n", text.strip())
    return "\n".join(f"<p>{escape(part, quote=False)}</p>".replace("\n", "<br>\n") for part in paragraphs)
