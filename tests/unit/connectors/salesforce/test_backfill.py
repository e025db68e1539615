"""Bulk results are CSV whose values hold anything: they are read as they were written."""

from __future__ import annotations

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from connectors.salesforce.backfill import records, spellings
from connectors.salesforce.shapes import FieldShape

FIELDS = [FieldShape("Flag", "boolean"), FieldShape("Count", "double"), FieldShape("Text", "textarea")]
TEXT = st.text(alphabet=st.one_of(st.sampled_from('",\n\r\r\n;é\u2028\x0b\x85'), st.characters(codec="utf-8")))
ROWS = st.lists(st.tuples(TEXT, TEXT, st.booleans(), st.integers(-10**9, 10**9)), max_size=6)


def written(rows: list[tuple[str, str, bool, int]]) -> bytes:
    """CSV as Salesforce writes it: every value quoted, quotes doubled, lines ended by a line feed."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(["Text", "Owner.Name", "Flag", "Count"])
    writer.writerows([text, owner, str(flag).lower(), f"{count}.0"] for text, owner, flag, count in rows)
    return out.getvalue().encode()


@given(ROWS, st.integers(1, 40))
def test_every_value_survives_wherever_the_wire_cuts(rows: list[tuple[str, str, bool, int]], cut: int) -> None:
    """Line ends of every kind, quotes, commas and letters of several bytes, in pieces of any size."""
    content = written(rows)
    pieces = [content[at : at + cut] for at in range(0, len(content), cut)]
    read = list(records(pieces, spellings(FIELDS)))
    assert [row["Text"] for row in read] == [text or None for text, *_ in rows]
    assert [row.get("Owner", {}).get("Name") for row in read] == [owner or None for _, owner, *_ in rows]
    assert [row["Flag"] for row in read] == [flag for *_, flag, _ in rows]
    assert [row["Count"] for row in read] == [float(count) for *_, count in rows]


def test_an_empty_result_has_no_rows() -> None:
    """No rows, or nothing at all."""
    assert list(records([b'"Id"\n'], {})) == []
    assert list(records([], {})) == []
