"""Queries are put together so that no value can end its literal, whoever typed it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from simple_salesforce.format import format_soql

from connectors.salesforce import soql
from sandbox.salesforce.soql_parser import parse

NASTY = st.text(alphabet=st.one_of(st.sampled_from("'\"\\\n\r\t\b\f%_() OR=;{}@"), st.characters(codec="utf-8")))


@given(NASTY)
def test_a_text_is_quoted_as_the_vendors_library_quotes_it(value: str) -> None:
    """Ours and simple-salesforce's literals are the same, character by character."""
    assert soql.text(value) == format_soql("{}", value)


@given(NASTY)
def test_no_text_gets_out_of_its_literal(value: str) -> None:
    """Scanning as the language says: the literal's closing quote is its last character."""
    literal = soql.text(value)
    inner, at = literal[1:-1], 0
    while at < len(inner):
        assert inner[at] != "'"
        at += 2 if inner[at] == "\\" else 1
    assert at == len(inner)
    assert (literal[0], literal[-1]) == ("'", "'")


@given(st.lists(NASTY, min_size=1, max_size=5))
def test_a_parser_reads_every_value_back(values: list[str]) -> None:
    """A real parser finds one condition, with exactly these values."""
    query = soql.select(["Id"], "Case", where=f"Support_Hub_Key__c IN {soql.texts(values)}")
    assert parse(query)
    assert query.count(" FROM ") >= 1
    assert _values(query) == values


def _values(query: str) -> list[str]:
    """Read the literals of an IN list back, by the language's rules."""
    text = query.partition(" IN (")[2]
    back = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}
    found: list[str] = []
    at = 0
    while text[at] != ")":
        if text[at] != "'":
            at += 1
            continue
        at, word = at + 1, ""
        while text[at] != "'":
            if text[at] == "\\":
                at += 1
                word += back.get(text[at], text[at])
            else:
                word += text[at]
            at += 1
        found.append(word)
        at += 1
    assert at == len(text) - 1
    return found


@given(st.text().filter(lambda text: not text.isalnum()))
def test_only_ids_go_where_ids_go(value: str) -> None:
    """What is no record id is refused before it gets near a query."""
    with pytest.raises(ValueError, match="not a record id"):
        _ = soql.ids([value])


@pytest.mark.parametrize("name", ["", "Id FROM User", "Id, Name", "Id--", "a.b.c.d.e.f.g", "1st", "Id\n", "x'y"])
def test_only_names_go_where_names_go(name: str) -> None:
    """A field's name has letters, digits and underscores, and at most five steps over relations."""
    with pytest.raises(ValueError, match="cannot be the name"):
        _ = soql.name(name)


@pytest.mark.parametrize("stamp", ["", "2026-05-01", "2026-05-01T00:00:00Z OR Id != ''", "2026-05-01T00:00:00+01:00"])
def test_only_instants_go_where_instants_go(stamp: str) -> None:
    """Instants have no quotes, so nothing else may stand there."""
    with pytest.raises(ValueError, match="not an instant"):
        _ = soql.instant(stamp)


def test_a_query_has_its_parts_in_order() -> None:
    """Conditions stand in parentheses, so that OR stays inside what it belongs to."""
    where = soql.all_of("", "Status = 'New'", soql.after("2026-05-01T00:00:00Z", "500000000000001AAA"))
    assert soql.select(["Id", "Subject", "Id"], "Case", where=where, order="SystemModstamp, Id", limit=5) == (
        "SELECT Id, Subject FROM Case WHERE (Status = 'New') AND (SystemModstamp > 2026-05-01T00:00:00Z OR "
        "(SystemModstamp = 2026-05-01T00:00:00Z AND Id > '500000000000001AAA')) ORDER BY SystemModstamp, Id LIMIT 5"
    )


def test_a_text_that_is_too_long_to_search_for_is_refused() -> None:
    """4,000 characters are the most that a WHERE clause takes."""
    with pytest.raises(ValueError, match="4000"):
        _ = soql.text("x" * 4001)
