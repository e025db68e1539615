"""What goes out: HTML that is safe and text that reads well, both with every word."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from connectors.email.html_reading import read_html
from connectors.email.markdown_html import to_html, to_text
from connectors.email.plain_text import to_markdown

BODIES = {
    "paragraphs": ("one\\\ntwo\n\nthree", "one\ntwo\n\nthree"),
    "link": ("see [here](https://a.example/b)", "see here <https://a.example/b>"),
    "bare link": ("<https://a.example>", "https://a.example"),
    "mail address": ("[a@b.example](mailto:a@b.example)", "a@b.example"),
    "quote": ("> a\n>\n> > b\n\nc", "> a\n>\n> > b\n\nc"),
    "list": ("- a\n- b\n  1. c\n  2. d\n\nend", "- a\n- b\n  1. c\n  2. d\n\nend"),
    "numbers": ("7. a\n8. b", "7. a\n8. b"),
    "long item": ("- a\n\n  b\n\n- c", "- a\n\n  b\n- c"),
    "empty item": ("-\n- b", "-\n- b"),
    "code": ("```py\nif x:\n  y\n```", "if x:\n  y"),
    "quoted code": ("> ```\n> x\n> ```", "> x"),
    "table": ("| a | b |\n| --- | --- |\n| 1 | 2 |", "a | b\n1 | 2"),
    "own picture": ("![shot](cid:x)", "[shot]"),
    "other picture": ("![map](https://a.example/m.png)", "map <https://a.example/m.png>"),
    "marks": ("**a** _b_ ~~c~~ <u>d</u> `e`", "a b c d e"),
    "typed tags": ("<script>x</script>", "<script>x</script>"),
    "escapes": ("\\*a\\* \\# &amp;", "*a* # &"),
    "heading": ("# a\n\nb", "a\n\nb"),
    "definition": ("[a]: https://b.example", "[a]: https://b.example"),
}


@pytest.mark.parametrize("name", BODIES)
def test_text(name: str) -> None:
    markdown, text = BODIES[name]
    assert to_text(markdown) == text


@pytest.mark.parametrize(
    "markdown",
    ["<script>alert(1)</script>", "[a](javascript:x)", "<img src=x onerror=y>", "![a](javascript:x)", "<a href='javascript:x'>a</a>",
     "<style>*{}</style>", "[a](<data:text/html,b>)", "<u onclick=x>a</u>", '<div style="position:fixed">a</div>', "![a](https://track.example/1.gif)",
     '[a](https://b.example "onclick=\\"x")'],
)  # fmt: skip
def test_nothing_acts(markdown: str) -> None:
    """No script, no handler, no picture from elsewhere; what was typed is shown instead."""
    tree = LexborHTMLParser(to_html(markdown))
    assert not tree.css("script, style, iframe, img, [onclick], [onerror], [style*=position]")
    assert all(re.match(r"https?:|mailto:", it.attributes["href"] or "") for it in tree.css("a[href]"))


def test_what_is_shown_carries_its_style() -> None:
    """Mail programs drop style sheets."""
    html = to_html("> a\n\n| b |\n| --- |\n| c |\n\n![d](cid:e)")
    assert '<blockquote style="margin:0' in html
    assert '<td style="border:1px' in html
    assert '<img src="cid:e" alt="d">' in html


PIECES = (
    "*a*", "**b**", "_c_", "`e`", "```", "# h", "- i", "1. i", "> q", "---", "| a | b |\n| - | - |\n| 1 | 2 |", "[x](https://a.example)", "<b>", "</u>",
    "<u>", "<br>", "&amp;", "\\", "    code", "\n", "\n\n", "word", "  ", "![i](cid:z)", "<!-- c -->", "<https://a.example>", "javascript:", "![i](https://z.example)", "]: x",
)  # fmt: skip
MARKDOWN = st.lists(st.sampled_from(PIECES) | st.text(max_size=4), max_size=16).map("".join)


@given(MARKDOWN)
def test_any_markdown_is_written(markdown: str) -> None:
    """Safe HTML, and the same words in both bodies."""
    tree = LexborHTMLParser(to_html(markdown))
    assert not tree.css("script, style, iframe, object, form, [onclick]")
    shown = Counter(re.findall(r"\w", tree.body.text() if tree.body else ""))
    assert not shown - Counter(re.findall(r"\w", to_text(markdown)))


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Zl", "Zp", "Zs"])))
def test_typed_text_comes_back(text: str) -> None:
    """What was typed, written out as a mail and read again, is the same text."""
    markdown = to_markdown(text)
    assert re.sub(r"\s", "", to_text(markdown)) == re.sub(r"\s", "", text)
    again = read_html(to_html(markdown)).text
    assert re.sub(r"\s", "", to_text(again)) == re.sub("[\ufdd0-\ufdd4]", "", re.sub(r"\s", "", text))


def test_deep_nesting_is_shown_as_typed() -> None:
    """A parser would drop what is in it."""
    assert "deep" in to_html("> " * 300 + "deep")
    assert "deep" in to_text("- " * 300 + "deep")
