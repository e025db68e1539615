"""Random ADF documents: what Jira's editor makes, and what other writers of ADF might."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from connectors.jira import adf_write

Node = dict[str, Any]

_SPICY = st.sampled_from(
    [
        "*", "**", "_", "`", "``", "~", "~~", "[", "]", "](", "(", ")", "<", ">", "<b>", "</u>", "&amp;",
        "&", "\\", "|", "#", "# ", "- ", "+ ", "1. ", "1) ", "> ", "---", "===", "!", "![", "[x] ", "[!INFO]",
        "```", "~~~", "    ", " ", "  ", "\t", "\n", "https://a.b/c_d", "http://x.y", "://", "www.", "a_b",
        "é", "Ж", "日本", "🙂", "\u00a0", "\u2028", "\r\n", "<!-- -->", "<br>", "|--|", ":--", "]:", "\\n",
        "word", "two words", "x", "1", ".", ",", ":", "'", '"', "…",
    ]
)  # fmt: skip
texts = st.lists(_SPICY | st.text(min_size=1, max_size=6), min_size=1, max_size=5).map("".join)
hrefs = st.sampled_from(
    [
        "https://x.y/a(b)c", "https://x.y/ü?q=1&amp;x", "mailto:a@b.c", "https://a.b/c_d*e", "http://a b",
        "javascript:alert(1)", "/rel", "#a", "https://x.y/<z>", "accountid:q", "", "https://a.b/\\c",
    ]
)  # fmt: skip
_MARKS = st.sampled_from(
    [
        {"type": "strong"},
        {"type": "em"},
        {"type": "strike"},
        {"type": "underline"},
        {"type": "subsup", "attrs": {"type": "sub"}},
        {"type": "subsup", "attrs": {"type": "sup"}},
        {"type": "textColor", "attrs": {"color": "#ff0000"}},
        {"type": "annotation", "attrs": {"id": "1", "annotationType": "inlineComment"}},
    ]
)
_LINK = hrefs.map(lambda href: {"type": "link", "attrs": {"href": href}})
_marks = st.lists(_MARKS | _LINK, max_size=3, unique_by=lambda mark: mark["type"])
_code_marks = st.lists(_LINK, max_size=1).map(lambda links: [{"type": "code"}, *links])


def _text(text: str, marks: list[Node]) -> Node:
    node: Node = {"type": "text", "text": text}
    return {**node, "marks": marks} if marks else node


_inline = st.one_of(
    st.builds(_text, texts, _marks),
    st.builds(_text, texts, _marks),
    st.builds(_text, texts, _code_marks),
    st.just({"type": "hardBreak"}),
    texts.map(lambda t: {"type": "mention", "attrs": {"id": "5b:1-" + t.strip()[:1], "text": "@" + t}}),
    st.just({"type": "emoji", "attrs": {"shortName": ":smile:", "text": "😄"}}),
    st.just({"type": "emoji", "attrs": {"shortName": ":ours:", "id": "a-b"}}),
    st.integers(0, 10**13).map(lambda n: {"type": "date", "attrs": {"timestamp": str(n)}}),
    texts.map(lambda t: {"type": "status", "attrs": {"text": t, "color": "blue"}}),
    hrefs.map(lambda u: {"type": "inlineCard", "attrs": {"url": u}}),
    texts.map(lambda t: {"type": "mediaInline", "attrs": {"id": "m1", "collection": "", "alt": t}}),
    texts.map(lambda t: {"type": "placeholder", "attrs": {"text": t}}),
    texts.map(lambda t: {"type": "novelty", "attrs": {"text": t}}),
)
inlines = st.lists(_inline, max_size=5)
paragraphs = inlines.map(lambda content: {"type": "paragraph", "content": content})
_media = st.one_of(
    st.builds(lambda u, alt: {"type": "external", "url": u, "alt": alt}, hrefs, texts),
    texts.map(lambda alt: {"type": "file", "id": "f-1", "collection": "c", "alt": alt}),
).map(lambda attrs: {"type": "media", "attrs": attrs})
_leaves = st.one_of(
    paragraphs,
    paragraphs,
    st.builds(
        lambda n, c: {"type": "heading", "attrs": {"level": n}, "content": c}, st.integers(1, 6), inlines
    ),
    st.builds(
        lambda t, lang: {
            "type": "codeBlock",
            "attrs": {"language": lang},
            "content": [{"type": "text", "text": t}],
        },
        texts,
        st.sampled_from(["python", "", "c++", "we ird`"]),
    ),
    st.just({"type": "rule"}),
    _media.map(lambda m: {"type": "mediaSingle", "attrs": {"layout": "center"}, "content": [m]}),
    st.lists(_media, min_size=1, max_size=2).map(lambda m: {"type": "mediaGroup", "content": m}),
    hrefs.map(lambda u: {"type": "blockCard", "attrs": {"url": u}}),
)


def _wrapped(children: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    blocks = st.lists(children, min_size=1, max_size=3)
    items = st.lists(blocks.map(lambda c: {"type": "listItem", "content": c}), min_size=1, max_size=3)
    tasks = st.lists(
        st.builds(
            lambda c, s: {"type": "taskItem", "attrs": {"localId": "1", "state": s}, "content": c},
            inlines,
            st.sampled_from(["TODO", "DONE"]),
        ),
        min_size=1,
        max_size=3,
    )
    cells = st.builds(
        lambda kind, c: {"type": kind, "attrs": {}, "content": c},
        st.sampled_from(["tableCell", "tableHeader"]),
        blocks,
    )
    rows = st.lists(cells, min_size=1, max_size=3).map(lambda c: {"type": "tableRow", "content": c})
    return st.one_of(
        items.map(lambda c: {"type": "bulletList", "content": c}),
        st.builds(
            lambda c, n: {"type": "orderedList", "attrs": {"order": n}, "content": c},
            items,
            st.sampled_from([0, 1, 1, 7]),
        ),
        tasks.map(lambda c: {"type": "taskList", "attrs": {"localId": "0"}, "content": c}),
        blocks.map(lambda c: {"type": "blockquote", "content": c}),
        st.builds(
            lambda kind, c: {"type": "panel", "attrs": {"panelType": kind}, "content": c},
            st.sampled_from(["info", "note", "warning", "custom"]),
            blocks,
        ),
        st.builds(lambda t, c: {"type": "expand", "attrs": {"title": t}, "content": c}, texts, blocks),
        st.lists(rows, min_size=1, max_size=3).map(lambda c: {"type": "table", "content": c}),
        blocks.map(
            lambda c: {
                "type": "layoutSection",
                "content": [{"type": "layoutColumn", "attrs": {"width": 50}, "content": c}],
            }
        ),
        blocks.map(lambda c: {"type": "bodiedExtension", "attrs": {}, "content": c}),
    )


blocks = st.recursive(_leaves, _wrapped, max_leaves=8)
documents = st.lists(blocks, max_size=4).map(
    lambda content: {"version": 1, "type": "doc", "content": content}
)


_NOT_INLINE = frozenset({"media", "paragraph", "heading", "listItem", "tableRow", "codeBlock", "rule"})


def _has_strays(node: Node) -> bool:
    children = node.get("content", [])
    stray = node["type"] in {"paragraph", "heading"} and any(
        child["type"] in _NOT_INLINE or child.get("content") for child in children
    )
    return stray or any(_has_strays(child) for child in children)


valid_documents = documents.map(
    lambda doc: {**doc, "content": list(adf_write.fit(doc["content"], "doc"))}
).filter(lambda doc: not _has_strays(doc))
"""Documents in which each node stands where ADF lets it stand."""
markdowns = st.lists(_SPICY | st.text(max_size=4), max_size=14).map("".join)


def words(node: Any) -> list[str]:
    """Every letter and digit that a person can read in an ADF node."""
    if isinstance(node, list):
        return [c for child in node for c in words(child)]
    attrs = node.get("attrs", {}) if isinstance(node, dict) else {}
    own = str(node.get("text", ""))
    if node.get("type") in {"status", "placeholder", "novelty", "mention"}:
        own += str(attrs.get("text", ""))
    if node.get("type") in {"media", "mediaInline"}:
        own += str(attrs.get("alt", ""))
    if node.get("type") == "expand":
        own += str(attrs.get("title", ""))
    return [c for c in own if c.isalnum()] + words(node.get("content", []))
