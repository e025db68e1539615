"""
A mail's HTML as Markdown, and what of it was said now. Pure.

Cleaned first: no script, style sheet or form survives, no address but of known schemes. Every word
that a reader could see is in the text, whatever the tags and however deep they nest.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import unescape
from typing import Final, NamedTuple

import nh3
from selectolax.lexbor import LexborHTMLParser

from connectors.email.html_flat import flat
from connectors.email.html_walk import BEGIN, CUT, END, MARKS, SIGN, SIGNED, blocks_of
from connectors.email.plain_text import to_markdown
from connectors.email.quote_lines import is_forward
from connectors.email.quoting import QUOTED, REPLY, SIGNATURE, Hints, Split, label, part, split
from connectors.markup.sections import render

_TAGS: Final = frozenset(
    {
        "a", "abbr", "acronym", "address", "article", "aside", "b", "bdi", "bdo", "big", "blockquote",
        "br", "caption", "center", "cite", "code", "dd", "del", "details", "dfn", "div", "dl", "dt", "em",
        "figcaption", "figure", "font", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "i",
        "img", "ins", "kbd", "li", "main", "mark", "nav", "nobr", "ol", "p", "pre", "q", "rp", "rt",
        "ruby", "s", "samp", "section", "small", "span", "strike", "strong", "sub", "summary", "sup",
        "table", "tbody", "td", "tfoot", "th", "thead", "time", "tr", "tt", "u", "ul", "var", "wbr",
    }
)  # fmt: skip
_ATTRIBUTES: Final = {
    "*": {"class", "id", "style", "name", "hidden"},
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "ol": {"start"},
    "blockquote": {"type"},
}
_SCHEMES: Final = frozenset(
    ("http", "https", "mailto", "tel", "ftp", "cid", "sms", "callto", "xmpp", "geo", "webcal")
)
_HIDDEN_TAGS: Final = frozenset(
    ("script", "style", "title", "template", "noembed", "iframe", "object", "head")
)
_TAG: Final = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_NOT_NESTING: Final = frozenset(
    (
        "br",
        "hr",
        "img",
        "meta",
        "link",
        "input",
        "p",
        "li",
        "td",
        "tr",
        "th",
        "col",
        "wbr",
        "area",
        "base",
        "option",
        "dd",
        "dt",
        "body",
        "html",
        "head",
    )
)
_DEEPEST: Final = 600
_MOST_TAGS: Final = 30_000
_ANY_BOX: Final = re.compile(r"</?(?:[a-zA-Z]+:)?[a-zA-Z][^>]{0,2000}>")
_KEPT_BOX: Final = re.compile(r"</?(?:a|img|script|style|title|head|template)\b", re.IGNORECASE)
_ZERO: Final = str.maketrans({"\r": "\n", "\0": "", **dict.fromkeys(MARKS, "")})

_MARKED: Final = re.compile(r"\\?([!-/:-@\[-`{-~])")
_SHOWN_LINK: Final = re.compile(r"!?\[((?:[^\[\]\\]|\\.){0,300})\]\((?:<[^<>]{0,1000}>|[^()\s]{0,1000})\)")
_NO_ITEM: Final = re.compile(r"[\s>]*(?:(?:[-*+]|\d{1,9}[.)])\s*)+")
_UNDERSCORE: Final = re.compile(r"(?<![\w\\])_|(?<!\\)_(?!\w)")
_ESCAPED: Final = re.compile(r"\\([!-/:-@\[-`{-~])")


class HtmlText(NamedTuple):
    """The whole text, and its parts."""

    text: str
    split: Split


def read_html(html: str, marker: str = "") -> HtmlText:
    """Return a mail's HTML as Markdown. `marker` is as in `quoting.split`."""
    clean = _clean(html.translate(_ZERO))
    if clean.count("<") > _MOST_TAGS:
        return _of_text(flat(clean), marker)
    root = LexborHTMLParser(clean).root
    if root is None:
        return HtmlText("", Split("", "", ""))
    lines, hints = _unmarked(render(blocks_of(root)).split("\n"))
    labels = label([_seen(line) for line in lines], marker, hints)
    whole = part(lines, [REPLY] * len(lines), REPLY)
    return HtmlText(whole, Split(*(_part(lines, labels, it) for it in (REPLY, QUOTED, SIGNATURE))))


def _of_text(text: str, marker: str) -> HtmlText:
    """What is too big for its looks to matter, read as if it had come as plain text."""
    return HtmlText(to_markdown(text), Split(*map(to_markdown, split(text, marker))))


def _part(lines: Sequence[str], labels: Sequence[str], wanted: str) -> str:
    text = part(lines, labels, wanted)
    while _breaks(text):  # at the very end it would be shown as a backslash
        text = text[:-1].rstrip()
    return text


def _breaks(line: str) -> bool:
    """Whether a line of Markdown ends with a line break."""
    return (len(line) - len(line.rstrip("\\"))) % 2 == 1


def _clean(html: str) -> str:
    """The HTML without anything that acts, and not nested deeper than cleaning can bear."""
    if _is_deep(html):
        html = _ANY_BOX.sub(lambda it: it[0] if _KEPT_BOX.match(it[0]) else "<br>", html)
    return nh3.clean(
        html,
        tags=set(_TAGS),
        clean_content_tags=set(_HIDDEN_TAGS),
        attributes={tag: set(names) for tag, names in _ATTRIBUTES.items()},
        url_schemes=set(_SCHEMES),
        link_rel=None,
        strip_comments=True,
    )


def _is_deep(html: str) -> bool:
    depth = 0
    for closing, tag in _TAG.findall(html):
        if closing:
            depth -= depth > 0 and tag.lower() not in _NOT_NESTING
        elif tag.lower() not in _NOT_NESTING:
            depth += 1
            if depth > _DEEPEST:
                return True
    return False


def _unmarked(marked: list[str]) -> tuple[list[str], Hints]:
    """Take our marks out of the lines; tell what they said of them."""
    lines: list[str] = []
    quoted: set[int] = set()
    signed: set[int] = set()
    cuts: set[int] = set()
    deep = signing = 0
    cut = dropped = False
    for line in marked:
        marks = [char for char in line if char in MARKS]
        deep += marks.count(BEGIN) - marks.count(END)
        signing += marks.count(SIGN) - marks.count(SIGNED)
        cut = cut or CUT in marks
        if marks:
            line = "".join(char for char in line if char not in MARKS)  # noqa: PLW2901
            line = "" if _NO_ITEM.fullmatch(line) else line  # noqa: PLW2901
        if line.strip(" >"):
            if cut:
                cuts.add(len(lines))
                cut = False
            if deep > 0:
                quoted.add(len(lines))
            if signing > 0:
                signed.add(len(lines))
        elif (marks or dropped) and (not lines or not lines[-1].strip(" >")):
            dropped = True  # a mark stood alone here, between two blank lines
            continue
        dropped = False
        lines.append(line)
    return lines, Hints(_without_forwards(lines, quoted), frozenset(signed), frozenset(cuts))


def _without_forwards(lines: list[str], quoted: set[int]) -> frozenset[int]:
    """A forwarded mail stands in the same box as an answered one, but is content."""
    first = min((n for n in quoted if lines[n].strip()), default=-1)
    return frozenset() if first >= 0 and is_forward(_seen(lines[first])) else frozenset(quoted)


def _seen(line: str) -> str:
    """A line of Markdown about as a reader sees it, for telling what it is."""
    if _breaks(line):
        line = line[:-1]
    if "](" in line:
        line = _SHOWN_LINK.sub(r"\1", line)
    if "**" in line or "~~" in line or "<u>" in line:
        line = line.replace("**", "").replace("~~", "").replace("<u>", "").replace("</u>", "")
    if "_" in line:
        line = _UNDERSCORE.sub("", line)
    if "\\" in line:
        line = _ESCAPED.sub(r"\1", line)
    return unescape(line) if "&" in line else line
