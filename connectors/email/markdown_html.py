"""
What is told to a customer, in the two bodies of a mail: HTML and plain text, from Markdown. Pure.

CommonMark with tables and strikethrough, and of HTML only `<u>` and `<br>`; any other tag is shown as
it was typed. Nothing that was typed is dropped, and nothing in the mail acts or loads from elsewhere.
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

from connectors.email.markdown_text import written

_SCHEMES: Final = frozenset(
    ("http", "https", "mailto", "tel", "ftp", "cid", "sms", "callto", "xmpp", "geo", "webcal")
)
_TAGS: Final = frozenset(
    {
        "a", "blockquote", "br", "code", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "img",
        "li", "ol", "p", "pre",
        "s", "strong",
        "table", "tbody", "td", "th", "thead", "tr", "u", "ul", "div",
    }
)  # fmt: skip
_ATTRIBUTES: Final = {"a": {"href", "title"}, "img": {"src", "alt", "title"}, "ol": {"start"}, "*": {"style"}}
_STYLES: Final = {
    "blockquote": "margin:0 0 0 .8ex;border-left:2px solid #ccc;padding-left:1ex",
    "table": "border-collapse:collapse",
    "th": "border:1px solid #ccc;padding:4px 8px;text-align:left",
    "td": "border:1px solid #ccc;padding:4px 8px",
    "pre": "background:#f6f6f6;padding:8px;white-space:pre-wrap",
}
"""Mail programs drop style sheets; what must look right carries its style itself."""
_FONT: Final = "font-family:Arial,Helvetica,sans-serif;font-size:14px;line-height:1.5"
_KEPT: Final = frozenset(("<u>", "</u>", "<br>", "<br/>", "<br />"))
_SCHEME: Final = re.compile(r"\s*([A-Za-z][A-Za-z0-9+.\-]*):")
_NESTED: Final = re.compile(r"^(?:[ \t]*(?:>|[-+*][ \t]|\d{1,9}[.)][ \t])){40}", re.MULTILINE)
_WIDE: Final = re.compile(r"^[ \t]{80}[ \t]*(?:[-+*]|\d{1,9}[.)])[ \t]", re.MULTILINE)
_PARAGRAPHS: Final = re.compile(r"\n\s*\n")


def to_html(markdown: str) -> str:
    """Render Markdown as a fragment of HTML that any mail program shows alike."""
    body = _as_it_stands(markdown) if _is_deep(markdown) else _PARSER.render(markdown)
    # nh3 writes what is left in its own way; styles are ours only, for text cannot bring attributes.
    clean = nh3.clean(
        body,
        tags=set(_TAGS),
        attributes={tag: set(names) for tag, names in _ATTRIBUTES.items()},
        url_schemes=set(_SCHEMES),
        link_rel=None,
    )
    return f'<div style="{_FONT}">\n{clean.strip()}\n</div>'


def to_text(markdown: str) -> str:
    """Render Markdown as text that reads well: links written out, quotes with `> `, lists with signs."""
    if _is_deep(markdown):
        return markdown.strip()
    return written(_PARSER.parse(markdown))


def _is_deep(markdown: str) -> bool:
    """Whether a parser would give up on the nesting, and drop what is in it."""
    return _NESTED.search(markdown) is not None or _WIDE.search(markdown) is not None


def _as_it_stands(text: str) -> str:
    parts = _PARAGRAPHS.split(text.strip())
    return "\n".join(f"<p>{escape(part, quote=False)}</p>".replace("\n", "<br>\n") for part in parts)


def _html_inline(_renderer: RendererHTML, tokens: Sequence[Token], at: int, _options: Any, _env: Any) -> str:
    content = tokens[at].content
    return content if content in _KEPT else escape(content, quote=False)


def _image(_renderer: RendererHTML, tokens: Sequence[Token], at: int, _options: Any, _env: Any) -> str:
    """A picture within the mail is shown; one elsewhere is named, with its address to click."""
    token = tokens[at]
    source, alt = str(token.attrs.get("src", "")), token.content
    if source.lower().startswith("cid:"):
        return f'<img src="{escape(source)}" alt="{escape(alt)}">'
    return f'<a href="{escape(source)}">{escape(alt or source, quote=False)}</a>'


def _styled(renderer: RendererHTML, tokens: Sequence[Token], at: int, options: Any, _env: Any) -> str:
    tokens[at].attrs["style"] = ";".join(
        filter(None, (_STYLES[tokens[at].tag], str(tokens[at].attrs.get("style", ""))))
    )
    return renderer.renderToken(tokens, at, options, _env)


def _fence(_renderer: RendererHTML, tokens: Sequence[Token], at: int, _options: Any, _env: Any) -> str:
    return f'<pre style="{_STYLES["pre"]}">{escape(tokens[at].content, quote=False)}</pre>\n'


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


def _is_fit(url: str) -> bool:
    scheme = _SCHEME.match(url)
    return scheme is None or scheme[1].lower() in _SCHEMES


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": True, "maxNesting": 120})
    _ = parser.enable(["table", "strikethrough"]).disable(["html_block", "reference"])
    parser.block.ruler.at("table", _table, {"alt": ["paragraph", "reference"]})
    parser.validateLink = _is_fit  # type: ignore[method-assign]
    parser.normalizeLink = str  # type: ignore[method-assign]
    parser.normalizeLinkText = str  # type: ignore[method-assign]
    parser.add_render_rule("html_inline", _html_inline)
    parser.add_render_rule("image", _image)
    for name in ("fence", "code_block"):
        parser.add_render_rule(name, _fence)
    for tag in ("blockquote", "table", "th", "td"):
        parser.add_render_rule(f"{tag}_open", _styled)
    return parser


_PARSER: Final = _parser()
