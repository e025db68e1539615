"""Our context block in a description: kept, replaced, moved along, never in anybody's way."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import given

from connectors.jira.adf import Adf
from tests.unit.connectors.jira.adf_strategies import valid_documents

ADF = Adf()
BLOCK = "**Affected users:** 12\n\n- ACME: enterprise\n- renews 2026-12-01"
EXOTIC = {
    "type": "extension",
    "attrs": {"extensionType": "com.acme", "extensionKey": "chart", "parameters": {"a": [1, {"b": 2}]}},
}


@given(valid_documents)
def test_only_the_panel_is_touched(doc: dict[str, Any]) -> None:
    """Every other node stays the very node it was, whatever Markdown thinks of it."""
    before = copy.deepcopy(doc)
    written = ADF.with_block(BLOCK, doc)
    assert written["content"][:-1] == before["content"]
    assert doc == before
    assert all(a is b for a, b in zip(written["content"], doc["content"], strict=False))
    assert ADF.block(written) == BLOCK
    assert ADF.to_markdown(written) == ADF.to_markdown(doc)


@given(valid_documents)
def test_from_markdown_keeps_the_block(doc: dict[str, Any]) -> None:
    """A new description leaves our block as it is."""
    held = ADF.with_block(BLOCK, doc)
    written = ADF.from_markdown("all new", held)
    assert ADF.block(written) == BLOCK
    assert ADF.to_markdown(written) == "all new"


def test_the_same_block_changes_nothing() -> None:
    """Writing what is shown keeps the node itself, edits of its heading included."""
    doc = ADF.with_block(BLOCK, None)
    assert ADF.with_block(BLOCK, doc) == doc
    assert ADF.with_block(BLOCK, doc)["content"][0] is doc["content"][0]


def test_moved_by_people_it_is_replaced_where_it_stands() -> None:
    """People may put it first."""
    panel = ADF.with_block(BLOCK, None)["content"][0]
    doc = {"version": 1, "type": "doc", "content": [panel, EXOTIC]}
    written = ADF.with_block("other", doc)
    assert ADF.block(written) == "other"
    assert written["content"][1] is EXOTIC


def test_deleted_by_people_it_comes_back_at_the_end() -> None:
    """For it states what has no other place."""
    doc = {"version": 1, "type": "doc", "content": [EXOTIC]}
    assert ADF.with_block("again", doc)["content"][1]["type"] == "panel"


def test_without_text_it_goes() -> None:
    """And a description that held nothing else is empty."""
    assert ADF.with_block("", ADF.with_block(BLOCK, None)) is None


def test_nodes_that_markdown_cannot_say_survive_an_edit_beside_them() -> None:
    """An edit of one paragraph leaves the macro and the coloured text as they were."""
    red = {
        "type": "paragraph",
        "content": [
            {
                "type": "text",
                "text": "red",
                "marks": [{"type": "textColor", "attrs": {"color": "#ff0000"}}],
            }
        ],
    }
    table = {
        "type": "table",
        "attrs": {"layout": "wide"},
        "content": [
            {
                "type": "tableRow",
                "content": [{"type": "tableCell", "attrs": {"background": "#eee"}, "content": [red]}],
            }
        ],
    }
    doc = ADF.from_markdown("first\n\nlast", None)
    doc["content"].insert(1, table)
    doc["content"].insert(1, red)
    edited = ADF.to_markdown(doc).replace("last", "the end")
    written = ADF.from_markdown(edited, doc)
    assert written["content"][1] is red
    assert written["content"][2] is table
    assert ADF.to_markdown(written) == edited
