"""
The three forms in which a comment is shown: `html_body`, `body` and `plain_body`.

Agents' text is read as a little Markdown; everything else is taken literally. HTML is cleaned of
what a page could be harmed by. Text past 64 kB is cut without a word, as the vendor does.
"""

from __future__ import annotations

import re
from html import escape, unescape

import nh3
from markdown_it import MarkdownIt

LIMIT = 65_535

_MARKUP = re.compile(r"[*_`#>\[\]|~]|^\s*(?:[-+]|\d+[.)])\s|^\s{4,}|\t", re.MULTILINE)
_URL = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]]")
_BLOCK = re.compile(
    r"</?(?:p|div|ul|ol|li|table|thead|tbody|tr|td|th|h[1-6]|pre|blockquote|hr)\b[^>]*>", re.IGNORECASE
)
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_TAG = re.compile(r"<[^>]+>")
_WRAP_OPEN = '<div class="zd-comment" dir="auto">'
_TAGS = {
    "a", "abbr", "b", "blockquote", "br", "code", "col", "colgroup", "dd", "del", "div", "dl",
    "dt", "em", "figcaption", "figure", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img",
    "ins", "kbd", "li", "mark", "ol", "p", "pre", "q", "s", "small", "span", "strike", "strong",
    "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul", "var", "tt",
}  # fmt: skip
_ATTRIBUTES = {
    "*": {"class", "dir", "style", "title", "id", "lang", "align"},
    "a": {"href", "name", "target"},
    "img": {"src", "alt", "width", "height", "data-original-height", "data-original-width"},
    "ol": {"start", "type"},
    "td": {"colspan", "rowspan", "width", "height", "valign"},
    "th": {"colspan", "rowspan", "width", "height", "valign"},
    "table": {"border", "cellpadding", "cellspacing", "width"},
    "col": {"span", "width"},
}
_DIR = {tag: {"dir": "auto"} for tag in ("p", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6")}

_markdown = MarkdownIt("commonmark", {"breaks": True, "html": False}).enable(["table", "strikethrough"])


def cut(text: str) -> str:
    """Return at most 64 kB of `text`, cut at a character."""
    if len(text) * 4 <= LIMIT:
        return text
    raw = text.encode("utf-8", "surrogatepass")
    return text if len(raw) <= LIMIT else raw[:LIMIT].decode("utf-8", "ignore")


def html_of_text(text: str, *, markdown: bool) -> str:
    """Return the `html_body` of a comment that was sent as text."""
    if markdown and _MARKUP.search(text):
        return clean(_markdown.render(text))
    paragraphs = re.split(r"\n\s*\n", text.replace("\r\n", "\n").strip("\n"))
    parts = ("\n<br>".join(map(_line, part.split("\n"))) for part in paragraphs)
    inner = "\n\n".join(f'<p dir="auto">{part}</p>' for part in parts)
    return f"{_WRAP_OPEN}{inner}</div>"


def _line(text: str) -> str:
    safe = escape(text, quote=False)
    if "http" not in safe:
        return safe
    return _URL.sub(lambda m: f'<a href="{m[0]}" target="_blank" rel="nofollow noreferrer">{m[0]}</a>', safe)


def clean(html: str) -> str:
    """Return the `html_body` of a comment that was sent as HTML."""
    safe = nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes={"http", "https", "mailto", "tel", "cid"},
        link_rel="noopener noreferrer",
        set_tag_attribute_values=_DIR,
    )
    return f"{_WRAP_OPEN}{safe.strip()}</div>"


def plain_of_html(html: str) -> str:
    """Return `plain_body`: tags become spaces, hidden text stays."""
    text = _TAG.sub("", _BLOCK.sub(" ", _BREAK.sub("\n", html)))
    return unescape(text).replace("\xa0", " ").strip()


def body_of_html(html: str) -> str:
    """Return `body` for a comment that was sent as HTML: text with its paragraphs apart."""
    text = re.sub(r"<li\b[^>]*>", "* ", html, flags=re.IGNORECASE)
    text = re.sub(r"</(?:p|ul|ol|table|h[1-6]|pre|blockquote)>\s*", "\n\n", text, flags=re.IGNORECASE)
    text = re.sub(r"</(?:li|tr|div)>\s*", "\n", text, flags=re.IGNORECASE)
    text = re.sub(r"\s*<br\s*/?>\n?", "\n", text, flags=re.IGNORECASE)
    text = re.sub(r"</t[dh]>\s*<t[dh]\b[^>]*>", " ", text, flags=re.IGNORECASE)
    text = unescape(_TAG.sub("", text)).replace("\xa0", " ")
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def collapse(text: str) -> str:
    """Return text sent as `body` as the vendor keeps it: long runs of blank lines shrink."""
    return re.sub(r"\n{3,}", "\n\n", text.replace("\r\n", "\n")).strip("\n")
