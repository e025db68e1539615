"""ADF to Markdown and back: nothing is lost, nothing changes by being read and written again."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.jira import adf_write
from connectors.jira.adf import Adf
from tests.unit.connectors.jira.adf_strategies import (
    blocks,
    documents,
    markdowns,
    valid_documents,
    words,
)

ADF = Adf()
_REFERENCE = re.compile(r"&#x([0-9a-f]+);")
SHARED = Path(os.environ.get("SHARED_DATA", Path(__file__).parents[5] / "shared" / "data"))
SCHEMA = SHARED / "jira" / "adf-schema" / "full.json"


@given(documents)
def test_never_drops_text(doc: dict[str, Any]) -> None:
    """Every letter and digit in the document stands in the Markdown."""
    shown = Counter(_REFERENCE.sub(lambda m: chr(int(m[1], 16)), ADF.to_markdown(doc)))
    missing = Counter(words(doc)) - shown
    assert not missing, ADF.to_markdown(doc)


@given(valid_documents)
def test_what_is_read_is_written_back_the_same(doc: dict[str, Any]) -> None:
    """Fidelity: Markdown that came from ADF stays itself through ADF."""
    markdown = ADF.to_markdown(doc)
    assert ADF.to_markdown(ADF.from_markdown(markdown, None)) == markdown


@given(markdowns)
def test_markdown_settles_after_one_pass(markdown: str) -> None:
    """Whatever people type, one pass through ADF is a fixpoint."""
    once = ADF.to_markdown(ADF.from_markdown(markdown, None))
    assert ADF.to_markdown(ADF.from_markdown(once, None)) == once


@given(markdowns)
def test_typed_text_is_never_dropped(markdown: str) -> None:
    """Every letter and digit typed stands in the ADF or in an address in it."""
    if "<" in markdown or "&" in markdown or "[x] " in markdown or "[!INFO]" in markdown or "```" in markdown:
        return  # read as other characters, or as a state that is not text
    if "~~~" in markdown or "1" in markdown:
        return
    shown = Counter(c for c in json.dumps(ADF.from_markdown(markdown, None), ensure_ascii=False))
    typed = Counter(c for c in markdown if c.isalnum())
    assert not typed - shown


@given(valid_documents)
def test_writing_what_is_shown_keeps_every_node(doc: dict[str, Any]) -> None:
    """Stability: writing a body's own Markdown onto it shows the same words with the same nodes."""
    written = ADF.from_markdown(ADF.to_markdown(doc), doc)
    assert ADF.to_markdown(written) == ADF.to_markdown(doc)


@pytest.fixture(scope="module")
def validator() -> Any:
    """The official schema of ADF."""
    if not SCHEMA.exists():
        pytest.skip("no shared/data/jira/adf-schema beside the repository (set SHARED_DATA)")
    from jsonschema import Draft4Validator  # noqa: PLC0415 (slow, and only here)

    return Draft4Validator(json.loads(SCHEMA.read_text()))


class TestOfficialSchema:
    """What we write is ADF by Atlassian's own schema."""

    @settings(max_examples=40)
    @given(markdowns)
    def test_from_random_markdown(self, validator: Any, markdown: str) -> None:
        """Any Markdown."""
        doc = ADF.from_markdown(markdown, None)
        if doc is not None:
            validator.validate(doc)

    @settings(max_examples=20)
    @given(valid_documents)
    def test_from_documents(self, validator: Any, doc: dict[str, Any]) -> None:
        """Markdown with every construct that we know, in every place."""
        again = ADF.from_markdown(ADF.to_markdown(doc), None)
        if again is not None:
            validator.validate(again)

    @settings(max_examples=20)
    @given(st.text(max_size=30), blocks)
    def test_the_block(self, validator: Any, text: str, node: dict[str, Any]) -> None:
        """Our panel, whatever it is made from."""
        markdown = text + "\n\n" + ADF.to_markdown({"content": [node]})
        doc = ADF.with_block(markdown, None)
        if doc is not None:
            validator.validate(doc)


class TestExamples:
    """How common things look."""

    @pytest.mark.parametrize(
        "markdown",
        [
            "plain words, with punctuation (and more): 5 + 3 = 8!",
            "**bold** and *italic* and ~~gone~~ and `code` and <u>under</u>",
            "**_both_** and **a [link](https://x.y/z) in bold** and \\[ERROR\\]",
            "a [link](https://x.y/z) and a bare https://x.y/z.",
            "<https://x.y/card>",
            "- one\n- two\n  - nested\n    - deeper",
            "3. three\n4. four",
            "- [ ] open\n- [x] done",
            "> quoted\n>\n> twice",
            "> [!WARNING]\n>\n> mind the gap",
            "> [!EXPAND] More\n>\n> hidden",
            "```python\nprint('*')\n\n# x\n```",
            "| a | b |\n| --- | --- |\n| 1 | **2** |",
            "one\\\ntwo",
            "# Title\n\ntext\n\n---\n\nmore",
            "[@Ann Lee](accountid:5b10:aa) due [2026-01-01](date:1767225600000) [IN QA](status:blue)",
            "![shot](https://x.y/shot.png)",
            "C:\\temp\\file_name_x and snake_case and ~5 minutes and 3 < 4 <- here",
            "**Affected users:** 12",
        ],
    )
    def test_reads_back_as_typed(self, markdown: str) -> None:
        """The canonical spelling of each construct survives to the letter."""
        assert ADF.to_markdown(ADF.from_markdown(markdown, None)) == markdown

    def test_text_nodes_are_never_empty(self) -> None:
        """Jira refuses a document with an empty text node."""
        text = json.dumps(adf_write.to_nodes("\n\n```\n```\n\n- \n\n| |\n|-|\n| |\n\n[]() **"))
        assert '"text": ""' not in text
