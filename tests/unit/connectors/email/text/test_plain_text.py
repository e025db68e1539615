"""A plain text as Markdown reads as it was typed."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from selectolax.lexbor import LexborHTMLParser

from connectors.email.plain_text import to_markdown

PARSERS = (
    MarkdownIt("commonmark"),
    MarkdownIt("commonmark").enable(["table", "strikethrough"]),
    MarkdownIt("js-default"),
)
PIECES = (
    "*a*", "**b**", "_c_", "~~d~~", "`e`", "```", "# h", "- i", "+ i", "1. i", "2) i", "> q", "---", "===", "***", "|", "| - |", ":-:", "[x](y)", "[x]", "![i](z)",
    "<b>", "</b>", "<!-- c -->", "&amp;", "&#65;", "\\", "\\*", "    code", "\tcode", "https://a.example/_b_*c*", "a@b.example", "<https://a.example>", " ", "  ", "\n", "\n\n", "\r\n", "word", "#", "!", "[", "]: x",
    "$x$", "~", "~~~", "<", ">", "&", "a|b", "--|--", "^", "=", "1986\\. x", "\u00a0", "\u2003", "😀", "\\\n",
)  # fmt: skip


def typed(text: str) -> list[str]:
    """The lines of a text, white space at their ends and blank ones left out, every blank alike."""
    lines = re.split(r"\r\n?|[\n\v\f\x1c-\x1e\x85\u2028\u2029]", text.replace("\0", "\ufffd"))
    return [re.sub(r"\s", " ", line.expandtabs(4)).rstrip() for line in lines if line.strip()]


def shown(markdown: str, parser: MarkdownIt) -> list[str]:
    """The lines that a reader of the rendered Markdown sees."""
    html = parser.render(markdown).replace("\n", "")
    html = html.replace("<br>", "\n").replace("<br />", "\n").replace("</p>", "</p>\n")
    body = LexborHTMLParser(html).body
    return typed(body.text() if body else "")


@pytest.mark.parametrize("parser", PARSERS)
@given(text=st.lists(st.sampled_from(PIECES) | st.text(max_size=4), max_size=14).map("".join))
def test_it_shows_what_was_typed(parser: MarkdownIt, text: str) -> None:
    """Marks, tags, references, links, lists, rules, tables, code: all are shown, none acts."""
    assert shown(to_markdown(text), parser) == typed(text)


def test_lines_and_indents_stay() -> None:
    """A renderer would join the lines and drop the indents."""
    assert to_markdown("a\n  b\n\n\nc*\n") == "a\\\n&nbsp;&nbsp;b\n\nc\\*"
