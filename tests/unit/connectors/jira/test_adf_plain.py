"""The short way from plain Markdown to ADF gives what the parser gives."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.jira import adf_inline, adf_plain, adf_write
from connectors.jira import markdown_text as md

PIECES = st.sampled_from(
    [
        *"a1 .,;:-+=/()'\"%$@?!·–…«#*_`>|[]\\<&~\u00a0\u2003٣é",
        *("b c", "  ", "- ", "\n- ", "\n\n- ", "\n\n", "\n", "**", " **b:** x", "+18 Severity is s1"),
    ]
)
NODES = st.builds(
    lambda words, mark: {"type": "text", "text": "".join(words), **({"marks": [{"type": mark}]} if mark else {})},
    st.lists(PIECES, max_size=4),
    st.sampled_from(["", "strong", "em", "code"]),
)


@given(st.lists(PIECES, max_size=14).map("".join))
def test_gives_what_the_parser_gives_or_nothing(text: str) -> None:
    """Whatever is taken for plain reads just as the parser reads it."""
    short = adf_plain.to_nodes(md.clean(text))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(adf_plain, "to_nodes", lambda _text: None)
        parsed = adf_write.to_nodes(text)
    assert short is None or short == parsed


def test_takes_the_context_block() -> None:
    """A headline, facts and reasons need no parser."""
    text = "**1 support ticket** · 5 users affected\n\n- **Severity:** s1\n- **Group:** Tier 1\n\n+18 Severity is s1"
    nodes = adf_plain.to_nodes(text)
    assert nodes is not None
    assert [node["type"] for node in nodes] == ["paragraph", "bulletList", "paragraph"]


@given(st.lists(NODES, max_size=4))
def test_a_remembered_paragraph_reads_as_one_that_is_not(nodes: list[dict[str, object]]) -> None:
    """What was read before reads the same from memory."""
    assert adf_inline.to_paragraph(nodes) == adf_inline.to_paragraph([{"type": "text", "text": ""}, *nodes])
