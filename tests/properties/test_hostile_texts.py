"""What customers write runs nowhere: not in a browser, a wiki, a spreadsheet, a query or a mail's header."""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from connectors.email.header_writing import addresses, parameters, unstructured
from connectors.email.markdown_html import to_html
from connectors.email.model import Address
from connectors.jira.adf import Adf
from connectors.zendesk.html import Html

XSS = (
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<svg/onload=alert(1)>", "<svg><script>1</script></svg>",
    "<a href='javascript:alert(1)'>x</a>", "<a href='JaVaScRiPt:alert(1)'>x</a>", "<a href='java\tscript:alert(1)'>x</a>",
    "<a href='&#106;avascript:alert(1)'>x</a>", "<iframe src=https://evil.example></iframe>", "<object data=x></object>",
    "<a href='data:text/html,<script>1</script>'>x</a>", "<a href='vbscript:x'>x</a>", "<body onload=alert(1)>",
    "<div style='background:url(javascript:1)'>x</div>", "<style>@import 'https://evil.example'</style>", "<base href=//evil>",
    "<meta http-equiv=refresh content='0;url=//evil'>", "<form action=//evil><input name=a></form>", "<link rel=stylesheet href=//evil>",
    "<math><mtext><script>1</script></mtext></math>", "<noscript><p title='</noscript><img src=x onerror=1>'>", "<!--><script>1</script>",
    "[x](javascript:alert(1))", "[x](JAVASCRIPT:alert(1))", "[x](java\nscript:alert(1))", "[x](<javascript:alert(1)>)",
    "![x](javascript:alert(1))", "[x](data:text/html;base64,PHNjcmlwdD4=)", "[x][1]\n\n[1]: javascript:alert(1)", "<javascript:alert(1)>",
    "[x](vbscript:1)", "[x](file:///etc/passwd)", "[a](https://ok.example 'onmouseover=alert(1)')", "`<script>1</script>`",
    "```html\n<script>1</script>\n```", "&lt;script&gt;alert(1)&lt;/script&gt;", "[x](&#x6A;avascript:alert(1))",
    "{html}<script>1</script>{html}", "{include:secret}", "{jql:project=X}", "!https://evil.example/x.png!", "[~accountid:1]", "{color:red}x{color}",
    "{!$Credential.Password}", "{{ticket.requester.email}}", "{% include 'x' %}", "${7*7}", "<%= 7*7 %>", "=cmd|' /C calc'!A0",
    "\u202egnp.exe", "a\u2066b\u2069", "\u200bhidden", "\r\nBcc: evil@example.com", "\0", "<scr\0ipt>alert(1)</scr\0ipt>",
)  # fmt: skip
_RUNS = ("script", "iframe", "object", "embed", "style", "link", "meta", "base", "form", "svg", "math", "body", "input", "noscript")
_SCHEME = re.compile(r"^\s*(?:javascript|vbscript|data|file)\s*:", re.IGNORECASE)


def harmless_html(html: str, but: tuple[str, ...] = ()) -> None:
    """Nothing in it runs or loads: no such element, no handler, no style, no such address."""
    tree = HTMLParser(f"<div id=root>{html}</div>")
    for node in tree.css("#root *"):
        assert node.tag not in _RUNS or node.tag in but, node.html
        for name, value in node.attributes.items():
            assert not name.lower().startswith("on") and (name.lower() != "style" or but), node.html
            plain = re.sub(r"[\x00-\x20]", "", value or "")
            assert not (name.lower() in ("href", "src", "action") and _SCHEME.match(plain)), node.html


def harmless_adf(document: Any) -> None:
    """Every link leads to the web or to mail; every node is one that people write."""
    kinds = {
        "doc", "paragraph", "text", "hardBreak", "heading", "bulletList", "orderedList", "listItem", "codeBlock",
        "blockquote", "rule", "table", "tableRow", "tableCell", "tableHeader", "panel", "expand", "taskList", "taskItem", "mention", "emoji", "inlineCard",
        "mediaSingle", "media",
    }  # fmt: skip

    def walk(node: Any) -> None:
        assert node["type"] in kinds, node
        assert node["type"] not in ("mention", "inlineCard"), "a text of a customer's calls nobody, and loads nothing"
        assert not _SCHEME.match(str(node.get("attrs", {}).get("url", ""))), node
        for mark in node.get("marks", ()):
            if mark["type"] == "link":
                assert re.match(r"(?i)(https?|mailto|tel):|[^:]*$", mark["attrs"]["href"]), mark
        for inner in node.get("content", ()):
            walk(inner)

    if document is not None:  # nothing was said
        walk(document)


@pytest.mark.parametrize("text", XSS)
def test_towards_zendesk_and_salesforce(text: str) -> None:
    """HTML that the hub writes holds what was said, as text."""
    harmless_html(str(Html().from_markdown(text, None)))


@pytest.mark.parametrize("text", XSS)
def test_towards_jira(text: str) -> None:
    """A document for Jira holds no macro, no mention and no address that runs."""
    harmless_adf(Adf().from_markdown(text, None))


@pytest.mark.parametrize("text", XSS)
def test_through_the_hub(text: str) -> None:
    """What Zendesk shows as HTML becomes Markdown, and on the other sides nothing that runs."""
    markdown = Html().to_markdown(text)
    harmless_adf(Adf().from_markdown(markdown, None))
    harmless_html(str(Html().from_markdown(markdown, None)))


@given(st.lists(st.sampled_from(XSS) | st.text(max_size=15), max_size=5).map("".join))
def test_any_mixture(text: str) -> None:
    harmless_html(str(Html().from_markdown(text, None)))
    harmless_adf(Adf().from_markdown(text, None))


@pytest.mark.parametrize("text", [x for x in XSS if "\0" not in x])
def test_in_a_mail(text: str) -> None:
    """The HTML part runs nothing, and a subject of any form makes no header."""
    page = to_html(text)
    harmless_html(page[page.find("<body") :] if "<body" in page else page, but=("body", "style"))


@given(st.text(max_size=60), st.sampled_from(["\r\n", "\n", "\r", "\u2028", "\x0b", "\x85", "\0"]))
def test_no_header_is_put_in(word: str, ending: str) -> None:
    """A subject or name with a line end in it stays one header."""
    given_text = f"{word}{ending}Bcc: evil@example.com"
    for raw in (
        unstructured("Subject", given_text),
        addresses("From", [Address("ann@example.com", given_text)]),
        parameters("Content-Disposition", "attachment", filename=given_text),
    ):
        parsed = message_from_bytes(raw.encode("utf-8", "surrogatepass"), policy=policy.compat32)
        assert len(parsed.keys()) == 1 and not parsed.get_payload().strip()
