"""Zendesk's HTML and Markdown: nothing is dropped, and what was translated stays as it is."""

from __future__ import annotations

import re
from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from connectors.zendesk.html import DIALECT, from_markdown, to_markdown

EXACT = {
    "paragraphs": ("<p>one</p><p>two</p>", "one\n\ntwo"),
    "line break": ("<p>one<br>two</p>", "one\\\ntwo"),
    "two line breaks": ("<p>one<br><br>two</p>", "one\\\n\\\ntwo"),
    "marks": (
        "<p><b>b</b> <em>e</em> <s>s</s> <u>u</u> <code>c</code></p>",
        "**b** _e_ ~~s~~ <u>u</u> `c`",
    ),
    "marks in marks": ("<p><b>a <i>b</i></b><i> c</i></p>", "**a _b_** _c_"),
    "bold beside a letter": ('<p>a<b>"b"</b>c</p>', '&#x61;**"b"**&#x63;'),
    "blanks leave marks": ("<p>a<b> b </b>c</p>", "a **b** c"),
    "heading": ("<h2>Title</h2><p>x</p>", "## Title\n\nx"),
    "nested list": (
        "<ul><li>a<ol start=3><li>b</li></ol></li><li>c</li></ul>",
        "- a\n\n  3. b\n\n- c",
    ),
    "two lists": ("<ul><li>a</li></ul><ul><li>b</li></ul>", "- a\n\n* b"),
    "code block": (
        '<pre><code class="language-py">if x:\n    y\n</code></pre>',
        "```py\nif x:\n    y\n```",
    ),
    "code with backticks": ("<pre>```\nx</pre>", "````\n```\nx\n````"),
    "link": ('<p><a href="https://a.example/b_(c)">t</a></p>', "[t](<https://a.example/b_(c)>)"),
    "autolink": (
        '<p><a href="https://a.example/?b=1&amp;c=2">https://a.example/?b=1&amp;c=2</a></p>',
        "<https://a.example/?b=1&c=2>",
    ),
    "picture": ('<p><img src="https://a.example/p.png" alt="p"></p>', "![p](https://a.example/p.png)"),
    "quote": ("<blockquote><p>a</p><p>b</p></blockquote>", "> a\n>\n> b"),
    "table": (
        "<table><tr><th>a</th><th>b|c</th></tr><tr><td>1<br>2</td></tr></table>",
        "| a | b\\|c |\n| --- | --- |\n| 1<br>2 |  |",
    ),
    "layout table": ("<table><tr><td><p>a</p><p>b</p></td></tr></table>", "a\n\nb"),
    "rule": ("<p>a</p><hr><p>b</p>", "a\n\n___\n\nb"),
    "mention": ('<p><a href="/agent/users/7">@Ada</a> look</p>', "[@Ada](/agent/users/7) look"),
    "specials": ("<p>*a* _b_ `c` [d] &lt;e&gt; snake_case 1 &lt; 2</p>",
                 "\\*a\\* \\_b\\_ \\`c\\` \\[d\\] \\<e> snake_case 1 < 2"),
    "looks like blocks": (
        "<p># a<br>- b<br>1. c<br>&gt; d<br>===</p>",
        "\\# a\\\n\\- b\\\n1\\. c\\\n\\> d\\\n\\===",
    ),
    "unknown tags": ("<p><blink>a</blink><x-y>b</x-y></p>", "ab"),
    "script": ("<p>a</p><script>b()</script><style>c{}</style>", "a"),
    "script in an address": ('<p><a href="javascript:x()">a</a></p>', "a"),
    "plain text": ("a\nb", "a b"),
    "nothing": ("<div class='zd-comment'><p>&nbsp;</p><br></div>", ""),
}  # fmt: skip


@pytest.mark.parametrize("name", EXACT)
def test_each_common_form_has_its_markdown(name: str) -> None:
    html, markdown = EXACT[name]
    assert to_markdown(html) == markdown
    assert to_markdown(from_markdown(markdown)) == markdown


def test_zendesk_wrapping_is_no_part_of_the_text() -> None:
    html = '<div class="zd-comment" dir="auto"><p dir="auto">Hi,<br>\nthere</p></div>'
    assert to_markdown(html) == "Hi,\\\nthere"


def test_html_in_markdown_is_text_and_does_no_harm() -> None:
    """A tag that somebody typed in their tracker is shown, not obeyed."""
    html = from_markdown("a <script>x()</script> <img src=x onerror=y> [l](javascript:z)\n\n<div>q")
    assert "<script" not in html
    assert "<img" not in html
    assert "href" not in html
    words = LexborHTMLParser(html).root.text()  # type: ignore[union-attr]
    assert "<script>x()</script>" in words
    assert "<div>q" in words
    assert "javascript:z" in words


def test_reference_definitions_stay_visible() -> None:
    assert "http://a.example" in from_markdown("[x]: http://a.example\n\nsee [x]")


def test_cells_beyond_a_tables_width_are_not_lost() -> None:
    assert "surplus" in from_markdown("| a |\n|---|\n| b | surplus |")
    assert "<td>b</td>" in from_markdown("| a |\n|---|\n| b |")


def test_mail_threads_nested_by_the_hundred_keep_their_text() -> None:
    html = "".join(f"<blockquote>l{n}" for n in range(700)) + "</blockquote>" * 700
    markdown = to_markdown(html)
    assert all(f"l{n}" in markdown for n in range(700))
    assert to_markdown(from_markdown(markdown)) == markdown


def test_markdown_nested_beyond_reason_keeps_its_text() -> None:
    assert "deep" in from_markdown("> " * 500 + "deep")
    assert "deep" in from_markdown("- " * 500 + "deep")


def test_a_context_block_is_kept_apart_from_what_people_wrote() -> None:
    """The four functions of a dialect agree with each other."""
    body = DIALECT.with_block("**Account:** Acme", "<p>Hello</p>")
    assert DIALECT.to_markdown(body) == "Hello"
    assert DIALECT.block(body) == "**Account:** Acme"
    assert DIALECT.block(DIALECT.from_markdown("Changed", body)) == "**Account:** Acme"
    assert DIALECT.with_block("", body) == "<p>Hello</p>"
    assert DIALECT.with_block("x", DIALECT.with_block("y", "z")) == DIALECT.with_block("x", "z")


# -- properties --------------------------------------------------------------------------------

WORD = st.text("ab1_*`~[]()<>&!#+-=.:|\\\"'é文 \u00a0", min_size=1, max_size=8)
INLINE = st.sampled_from(["b", "i", "s", "u", "code", "span", "em", "a href='http://x.example/a&b'"])
BLOCK = st.sampled_from(
    [
        "p",
        "div",
        "ul",
        "ol",
        "li",
        "blockquote",
        "h1",
        "h3",
        "table",
        "tr",
        "td",
        "th",
        "pre",
        "section",
        "custom-tag",
        "br",
        "hr",
    ]
)


def wrapped(tag: str, inner: str) -> str:
    return f"<{tag}>{inner}</{tag.split(maxsplit=1)[0]}>"


HTML = st.recursive(
    WORD.map(escape),
    lambda inner: st.builds(wrapped, INLINE | BLOCK, st.lists(inner, max_size=4).map("".join)),
    max_leaves=14,
)
LINE = st.text("ab1 _*`~[]()<>&!#+-=.:|\\\t\né", max_size=40)
MARKDOWN = st.lists(
    st.builds(
        "".join,
        st.tuples(
            st.sampled_from(
                ["", "# ", "- ", "1. ", "> ", "```\n", "    ", "| a | b |\n|---|---|\n| ", "* ", "3) "]
            ),
            LINE,
        ),
    ),
    max_size=5,
).map("\n\n".join)


def words_of(html: str) -> list[str]:
    """Every word that a reader could see. Where tags touch without a blank, words run together."""
    root = LexborHTMLParser(html).root
    assert root is not None
    return sorted("".join(root.text(deep=True).split()))


@given(HTML)
def test_no_character_of_any_html_is_lost(html: str) -> None:
    """Translated to Markdown and back, a body shows every character that it showed before."""
    assert words_of(from_markdown(to_markdown(html))) == words_of(html)


@given(HTML)
def test_html_once_translated_is_stable(html: str) -> None:
    once = to_markdown(html)
    assert to_markdown(from_markdown(once)) == once


@given(MARKDOWN)
def test_markdown_is_a_fixpoint_after_one_pass(markdown: str) -> None:
    once = to_markdown(from_markdown(markdown))
    assert to_markdown(from_markdown(once)) == once


@given(st.text(max_size=60))
def test_any_text_survives(text: str) -> None:
    shown = to_markdown(f"<p>{escape(text)}</p>")
    assert words_of(from_markdown(shown)) == words_of(f"<p>{escape(text)}</p>")


@given(MARKDOWN)
def test_words_typed_in_markdown_are_shown(markdown: str) -> None:
    """Markup may go; letters and digits may not."""
    shown = "".join(words_of(from_markdown(markdown)))
    typed = re.sub(r"[^a-zé]", "", re.sub(r"&#?\w+;", "", markdown))
    assert len(re.sub(r"[^a-zé]", "", shown)) + _in_attributes(markdown) >= len(typed) - _fences(markdown)


def _in_attributes(markdown: str) -> int:
    html = from_markdown(markdown)
    return sum(map(len, re.findall(r'(?:href|title|src|alt|class)="([^"]*)"', html)))


def _fences(markdown: str) -> int:
    return sum(len(line) for line in markdown.split("\n") if re.match(r"[\s>*+\-\d.)]*(```|~~~)", line))


@given(st.lists(st.text("ab1 *_`~[]()<>&!#+-=.:|\\\n\u00a0é", max_size=12), min_size=1, max_size=4))
def test_the_short_way_for_simple_bodies_gives_the_same(texts: list[str]) -> None:
    """Bodies without markup are not parsed; the result must not show it."""
    inner = "\n\n".join(f'<p dir="auto">{escape(text)}</p>' for text in texts)
    parsed = to_markdown(f'<div class="other">{inner}</div>')
    assert to_markdown(f'<div class="zd-comment" dir="auto">{inner}</div>') == parsed
