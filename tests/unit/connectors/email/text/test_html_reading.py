"""HTML mails: every visible word is kept, nothing acts, and the reply is found."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from selectolax.lexbor import LexborHTMLParser

from connectors.email.html_reading import read_html
from tests.unit.connectors.email.text.headers import OUTLOOK_BLOCKS, REPLY_HEADERS

SAID = "<p>Thank you, it <b>works</b>.</p><p>And the invoice?</p>"
REPLY = "Thank you, it **works**.\n\nAnd the invoice?"
OLD = "<p>Hello, does it work?</p><p>Ann</p>"
WROTE = (
    "On Mon, Dec 12, 2016 at 8:45 PM Ann Lee &lt;<a href='mailto:a@example.com'>a@example.com</a>&gt; wrote:"
)
FIELDS = (
    "<p><b>From:</b> Ann Lee &lt;a@example.com&gt;<br><b>Sent:</b> Monday, December 12, 2016 8:45 PM<br>"
    "<b>To:</b> Support<br><b>Subject:</b> Order</p>"
)

MAILS = {
    "Gmail": f'<div dir="ltr">{SAID}</div><br><div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">'
    f'{WROTE}<br></div><blockquote class="gmail_quote" style="margin:0 0 0 .8ex">{OLD}</blockquote></div>',
    "Gmail, older": f'{SAID}<div class="gmail_extra"><br><div class="gmail_quote">{WROTE}<br><blockquote class="gmail_quote">'
    f"{OLD}</blockquote></div></div>",
    "Outlook": f"<div class=WordSection1>{SAID}<div><div style='border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0in 0in 0in'>"
    f"{FIELDS}</div></div>{OLD}</div>",
    "Outlook on the web": f'<div>{SAID}</div><div id="appendonsend"></div><hr style="display:inline-block;width:98%"><div id="divRplyFwdMsg" dir="ltr">'
    f"<font>{FIELDS}</font><div>&nbsp;</div></div><div>{OLD}</div>",
    "Outlook, renamed by a gateway": f'{SAID}<div id="x_divRplyFwdMsg">{FIELDS}</div>{OLD}',
    "Outlook for phones": f'{SAID}<hr><div id="mail-editor-reference-message-container">{FIELDS}{OLD}</div>',
    "Apple Mail": f'<html><body>{SAID}<div><br><blockquote type="cite"><div>On 12 Dec 2016, at 20:45, Ann &lt;a@example.com&gt; wrote:</div>'
    f"<br>{OLD}</blockquote></div></body></html>",
    "Thunderbird": f'{SAID}<div class="moz-cite-prefix">On 12/12/2016 08:45 PM, Ann Lee wrote:<br></div><blockquote type="cite" cite="mid:x">{OLD}</blockquote>',
    "Yahoo": f'{SAID}<div id="yahoo_quoted_123" class="yahoo_quoted"><div>On Monday, Ann wrote:</div><div>{OLD}</div></div>',
    "Proton": f'{SAID}<div class="protonmail_quote">On Monday, Ann wrote:<br><blockquote class="protonmail_quote" type="cite">{OLD}</blockquote></div>',
    "Zimbra": f'{SAID}<hr id="zwchr" data-marker="__DIVIDER__">{FIELDS}{OLD}',
    "GMX": f'{SAID}<div name="quote" style="margin:10px"><div><b>Gesendet:</b> Montag<br><b>Von:</b> Ann</div>{OLD}</div>',
    "no marks at all": f"{SAID}<p>{WROTE}</p><div>{OLD}</div>",
    "no marks, fields": f"{SAID}{FIELDS}<div>{OLD}</div>",
    "in a table": f"<table><tr><td>{SAID}<div class='gmail_quote'>{WROTE}{OLD}</div></td></tr></table>",
    "our marker": f"{SAID}<p>##- Please type your reply above this line -##</p>{OLD}",
    "a program's line": f"{SAID}<div>Sent from my iPhone</div><blockquote type='cite'>{WROTE}{OLD}</blockquote>",
    "a signature": f"{SAID}<div class='gmail_signature'>Bob Smith<br>Acme</div><div class='gmail_quote'>{WROTE}{OLD}</div>",
}


@pytest.mark.parametrize("name", MAILS)
def test_the_reply_is_found(name: str) -> None:
    """By the marks of mail programs, and without them by the words."""
    found = read_html(MAILS[name])
    assert found.split.reply == REPLY
    assert "Hello, does it work?" in found.split.quoted
    assert "Hello, does it work?" in found.text
    assert found.text.startswith(REPLY)


@pytest.mark.parametrize("header", REPLY_HEADERS)
def test_headers_of_any_language_are_found_in_html(header: str) -> None:
    """As they stand between plain `div`s."""
    line = header.format(name="Ann Lee", post="a@example.com").replace("<", "&lt;").replace("\n", " ")
    assert (
        read_html(
            f"<div>{SAID}</div><div>{line}</div><div><br></div><blockquote>{OLD}</blockquote>"
        ).split.reply
        == REPLY
    )


@pytest.mark.parametrize("block", OUTLOOK_BLOCKS)
def test_fields_of_any_language_are_found_in_html(block: tuple[str, ...]) -> None:
    """Bold names, a break after each."""
    filled = [
        it.format(name="Ann Lee", post="a@example.com").replace("<", "&lt;").replace("*", "") for it in block
    ]
    fields = "<br>".join("<b>{}:</b>{}".format(*it.split(":", 1)) for it in filled)
    assert read_html(f"<div>{SAID}</div><hr><div>{fields}</div><div>{OLD}</div>").split.reply == REPLY


def test_a_forward_in_gmails_box_is_content() -> None:
    """Gmail puts both into the same box."""
    html = f'<p>See below</p><div class="gmail_quote">---------- Forwarded message ---------<br>From: Ann<br>Subject: x<br><br>{OLD}</div>'
    assert read_html(html).split.quoted == ""
    assert "does it work" in read_html(html).split.reply


def test_answers_between_quotes_keep_them() -> None:
    html = (
        f'<p>Hi</p><div class="gmail_quote">{WROTE}<blockquote class="gmail_quote"><p>Size?</p></blockquote><div>Big.</div>'
        '<blockquote class="gmail_quote"><p>Colour?</p></blockquote></div><div>Blue.</div>'
    )
    reply = read_html(html).split.reply
    assert [it for it in reply.split("\n") if it][-4:] == ["> Size?", "Big.", "> Colour?", "Blue."]


EXACT = {
    "marks": ("<p><b>b</b> <i>e</i> <s>s</s> <u>u</u> <code>c</code></p>", "**b** _e_ ~~s~~ <u>u</u> `c`"),
    "lines": ("one<br>two<div>three</div>", "one\\\ntwo\n\nthree"),
    "heading": ("<h2>Title</h2>x", "## Title\n\nx"),
    "lists": ("<ul><li>a<ol start=3><li>b</ol><li>c</ul>", "- a\n\n  3. b\n\n- c"),
    "table": ("<table><tr><th>a<th>b<tr><td>1<td>2|3</table>", "| a | b |\n| --- | --- |\n| 1 | 2\\|3 |"),
    "layout table": ("<table><tr><td><p>a</p><p>b</p></td></tr></table>", "a\n\nb"),
    "code": ("<pre>if x:\n  y</pre>", "```\nif x:\n  y\n```"),
    "link": ('<a href="https://a.example/b">t</a>', "[t](https://a.example/b)"),
    "link to a script": ('<a href="javascript:alert(1)">t</a>', "t"),
    "hidden link to a script": ('<a href=" java&#10;script:alert(1)">t</a>', "t"),
    "link to data": ('<a href="data:text/html,x">t</a>', "t"),
    "own picture": ('<img src="cid:a@b" alt="shot">', "![shot](cid:a@b)"),
    "remote picture": ('<img src="https://a.example/x.png" alt="Map">', "[Map](https://a.example/x.png)"),
    "remote picture in a link": (
        '<a href="https://b.example"><img src="https://a.example/x.png" alt="Map"></a>',
        "[Map](https://b.example)",
    ),
    "counter": ('a<img src="https://a.example/x.gif" width="1" height="1">', "a"),
    "counter by style": ('a<img src="https://a.example/x.gif" style="width:1px;height:1px">', "a"),
    "script": ("a<script>b</script><style>c</style><title>d</title>", "a"),
    "handler": ('<p onclick="x()">a</p>', "a"),
    "typed marks": ("<p>*a* _b_ # [c](d) &lt;b&gt;</p>", "\\*a\\* \\_b\\_ # \\[c\\](d) \\<b>"),
    "preheader": ('<div style="display:none">preview</div><p>a</p>', "a"),
    "hidden later": ('<p>a</p><div style="display:none">b</div>', "a\n\nb"),
    "all hidden": ('<div style="display:none">b</div>', "b"),
    "Gmail's indent": ('<blockquote style="margin:0 0 0 40px;border:none;padding:0px">a</blockquote>', "a"),
    "conditional comment": ("a<!--[if mso]><p>b</p><![endif]-->", "a"),
    "Outlook's empty paragraph": ("<p>a</p><p><o:p>&nbsp;</o:p></p><p>b</p>", "a\n\nb"),
    "broken": ("<p>a<b>b</p>c</div></table>", "a**b**\n\n**c**"),
    "empty": ("", ""),
}


@pytest.mark.parametrize("name", EXACT)
def test_html_as_markdown(name: str) -> None:
    html, markdown = EXACT[name]
    assert read_html(html).text.replace("\u00a0", " ") == markdown


TAGS = [
    "p",
    "div",
    "span",
    "b",
    "i",
    "u",
    "s",
    "a",
    "ul",
    "ol",
    "li",
    "table",
    "tr",
    "td",
    "th",
    "h1",
    "h3",
    "blockquote",
    "pre",
    "code",
    "br",
    "hr",
    "font",
    "center",
    "section",
    "o:p",
    "sup",
]
ATTRIBUTES = st.sampled_from(
    ["", "", "", ' class="gmail_quote"', ' id="divRplyFwdMsg"', ' class="gmail_signature"', ' type="cite"', ' href="https://a.example"', ' style="border:none"',
     ' id="appendonsend"', ' href="javascript:x()"', ' onclick="y()"']
)  # fmt: skip
WORDS = st.sampled_from(
    [
        "apple",
        "pear",
        "plum",
        "*x*",
        "<y>",
        "&amp;",
        "#",
        "|",
        "-",
        "1.",
        ">",
        "```",
        "wrote:",
        "On",
        "From:",
        "--",
        "ü",
        "中",
        "_",
        "[z](w)",
    ]
).map(lambda it: it.replace("<", "&lt;"))
BITS = st.one_of(
    WORDS.map(lambda it: f" {it} "),
    st.tuples(st.sampled_from(TAGS), ATTRIBUTES).map(lambda it: f"<{it[0]}{it[1]}>"),
    st.sampled_from(TAGS).map(lambda tag: f"</{tag}>"),
)
MARKDOWN = MarkdownIt("commonmark", {"maxNesting": 1000}).enable(["table", "strikethrough"])


@given(st.lists(BITS, max_size=40).map("".join))
def test_no_word_is_lost(html: str) -> None:
    """Whatever the tags: the rendered Markdown shows the same letters, and so do the parts together."""
    found = read_html(html)
    assert _letters(MARKDOWN.render(found.text)) == _letters(html)
    assert sorted(re.sub(r"[\s>\\]", "", "".join(found.split))) == sorted(re.sub(r"[\s>\\]", "", found.text))
    assert "javascript" not in found.text
    assert found.split.reply or not found.text


@given(st.text())
def test_any_text_is_read(html: str) -> None:
    """Anything at all, without an exception."""
    _ = read_html(html)


def _letters(html: str) -> str:
    return re.sub(r"\s", "", LexborHTMLParser(html).text())


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 20_000 + "deep" + "</div>" * 20_000,
        "<blockquote>" * 5000 + "deep",
        "<table><tr><td>" * 3000 + "deep",
        "<b>" * 20_000 + "deep",
        "<ul><li>" * 5000 + "deep",
        "<p>deep <b>bold</b> <a href='http://a.example'>link</a></p>\n" * 30_000,
        "<p style='margin:0;font-family:Arial,Helvetica,sans-serif;color:#333333'>deep</p>" * 30_000,
    ],
    ids=["div", "blockquote", "table", "b", "list", "many", "styled"],
)
@pytest.mark.timeout(30)
def test_deep_and_big_documents_take_little_time(html: str) -> None:
    """No recursion, and a few seconds on a slow machine at most."""
    assert "deep" in read_html(html).text
