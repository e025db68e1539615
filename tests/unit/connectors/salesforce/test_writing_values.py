"""Raw values as the API takes them, and comments as people read them."""

from __future__ import annotations

import csv
import io
from collections import deque
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.salesforce import ingest, speech, values
from connectors.salesforce.backfill import records
from connectors.salesforce.payload import marker_of
from connectors.salesforce.queues import Queues
from connectors.salesforce.rows import Row
from hub.model import SALESFORCE, CommentId, Person, RemoteId, TicketId
from hub.operations import AddComment, CreateReplica, Done, Operation, Retryable, Stale

ANN = {"email": "ann@example.com", "name": "Ann Lee"}


class TestValues:
    @pytest.mark.parametrize(
        ("raw", "plain"),
        [
            (["Web", "Data"], "Web;Data"),
            ((), None),
            ("", None),
            (None, None),
            (False, False),
            (12, 12),
            ("2026-05-01T07:25:37Z", "2026-05-01T07:25:37Z"),
            ({"id": "005000000000001AAA", "name": "Ann"}, "005000000000001AAA"),
        ],
    )
    def test_each_kind(self, raw: Any, plain: Any) -> None:
        assert values.plain(raw) == plain

    def test_a_requester_is_written_into_the_cases_own_fields(self) -> None:
        made = values.written({"requester": ANN, "Subject": "x"})
        assert made.fields == {"SuppliedEmail": "ann@example.com", "SuppliedName": "Ann Lee", "Subject": "x"}
        assert made.named["SuppliedEmail"] == "requester"
        assert values.written({"requester": Person("1", "Ann Lee", "ann@example.com")}).fields == {
            "SuppliedEmail": "ann@example.com", "SuppliedName": "Ann Lee",
        }  # fmt: skip
        assert values.written({"requester": None}).fields == {"SuppliedEmail": None, "SuppliedName": None}

    def test_a_contact_goes_before_a_requester(self) -> None:
        both = values.written({"requester": ANN, "ContactId": "003000000000001AAA"})
        assert both.fields == {"ContactId": "003000000000001AAA"}
        assert not both.refused
        assert set(values.written({"requester": ANN}, has_contact=True).refused) == {"requester"}

    def test_what_nobody_can_write_is_refused_with_what_to_do(self) -> None:
        made = values.written({"owner": {"id": "005"}, "queue": "Support", "CSM__c": {"name": "Ann"}})
        assert not made.fields
        assert set(made.refused) == {"owner", "queue", "CSM__c"}

    @pytest.mark.parametrize("stamp", ["2026-05-01T07:25:37Z", "2026-05-01T07:25:37.000+0000"])
    def test_a_version_is_a_date_of_http(self, stamp: str) -> None:
        assert values.http_date(stamp) == "Fri, 01 May 2026 07:25:37 GMT"

    def test_alike_is_what_a_reader_cannot_tell_apart(self) -> None:
        assert values.alike("a\r\nb ", "a\nb")
        assert values.alike("", None)
        assert values.alike(["b", "a"], ("a", "b"))
        assert values.alike({"id": "1", "name": "x"}, {"id": "1", "name": ""})
        assert values.alike(12.0, 12)
        assert not values.alike("a", "b")


class TestSpeech:
    @pytest.mark.parametrize(
        ("markdown", "text"),
        [
            ("**Eve** says *hi* to `x`", "Eve says hi to x"),
            ("[a page](https://a.example/x_y)", "a page (https://a.example/x_y)"),
            ("<https://a.example>", "https://a.example"),
            ("![a picture](https://a.example/p.png)", "a picture (https://a.example/p.png)"),
            ("- one\n- two\n  - three", "- one\n- two\n  - three"),
            ("3. three\n4. four", "3. three\n4. four"),
            ("> said\n> before\n\nnow", "> said\n> before\n\nnow"),
            ("# Title\n\ntext", "Title\n\ntext"),
            ("```py\nx = 1\n\n\ny = 2\n```", "x = 1\n\n\ny = 2"),
            ("| a | b |\n|---|---|\n| 1 | 2 |", "a | b\n1 | 2"),
            ("<b>kept</b> &amp; \\*this\\*", "<b>kept</b> & *this*"),
            ("one  \ntwo\nthree", "one\ntwo\nthree"),
        ],
    )
    def test_markdown_becomes_text_that_people_read(self, markdown: str, text: str) -> None:
        assert speech.to_text(markdown) == text

    @given(st.text(max_size=3000).map(lambda text: text * 4))
    def test_every_body_fits_and_carries_its_mark(self, markdown: str) -> None:
        said = speech.body_of(markdown, "zendesk:7:1", "Zendesk")
        assert len(said.text.encode("utf-8", "replace")) <= speech.LIMIT
        shown, key = marker_of(said.text)
        assert key == "zendesk:7:1"
        assert shown
        assert not said.lost or shown.endswith("(cut: the whole text is in Zendesk)")

    def test_a_cut_says_where_the_rest_is_and_how_much_it_is(self) -> None:
        said = speech.body_of("word " * 2000, "k", "the attached file x.md")
        shown, _ = marker_of(said.text)
        assert shown.endswith("word\n\n… (cut: the whole text is in the attached file x.md)")
        assert "of 9,999 characters are only in the attached file x.md" in said.lost

    def test_nothing_said_is_still_a_comment(self) -> None:
        assert speech.body_of("", "k", "x").text == "…\n\n[hub:k]"


CELLS = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**6), 10**6), st.text(min_size=1, max_size=40).map(str.strip)
)


class TestSheets:
    @given(st.lists(st.dictionaries(st.sampled_from("ABCD"), CELLS), min_size=1, max_size=8))
    def test_rows_are_read_back_as_they_were_written(self, given_fields: list[dict[str, Any]]) -> None:
        rows = [Row(n, "Case", "x", f"500{n}", fields=fields) for n, fields in enumerate(given_fields)]
        sheet = ingest.Sheet(deque(rows), "Id", ["Id", "A", "B", "C", "D"])
        table = list(csv.DictReader(io.StringIO(b"".join(sheet).decode("utf-8"), newline="")))
        assert sheet.rows == rows
        for row, line in zip(rows, table, strict=True):
            assert line["Id"] == row.id
            for name in "ABCD":
                value = row.fields.get(name, "")
                shown = "#N/A" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
                assert line[name] == (shown if name in row.fields else "")

    def test_a_sheet_takes_what_one_job_takes(self) -> None:
        waiting = deque(Row(n, "Case", "x", f"500{n}", fields={"A": "x" * 30_000}) for n in range(100))
        sheet = ingest.Sheet(waiting, "Id", ["Id", "A"], 1_000_000)
        size = sum(len(chunk) for chunk in sheet)
        assert size < 1_400_000
        assert len(sheet.rows) + len(waiting) == 100
        assert waiting

    def test_what_means_something_else_in_a_sheet_does_not_fit(self) -> None:
        assert ingest.fits(Row(0, "Case", "x", fields={"A": "fine", "B": None, "C": 7}))
        assert not ingest.fits(Row(0, "Case", "x", fields={"A": "#N/A"}))
        assert not ingest.fits(Row(0, "Case", "x", fields={"A": "x" * 32_001}))

    def test_results_are_read(self) -> None:
        body = b'"sf__Id","sf__Error","Id","A"\n"","STRING_TOO_LONG:A: x:A --","5001","a\n""b"""\n'
        (line,) = records([body[:20], body[20:]], {})
        assert line == {"sf__Id": None, "sf__Error": "STRING_TOO_LONG:A: x:A --", "Id": "5001", "A": 'a\n"b"'}


def _say(case: str, key: str) -> AddComment:
    return AddComment(
        SALESFORCE, TicketId("t"), RemoteId(case), CommentId(key), "x", public=False, audience="internal",
        author=Person(), created_at="",
    )  # fmt: skip


class TestQueues:
    def test_each_case_gives_its_first_and_keeps_its_order(self) -> None:
        creation = CreateReplica(SALESFORCE, TicketId("t"), TicketId("t"), {})
        operations: list[Operation] = [_say("a", "1"), _say("b", "2"), _say("a", "3"), creation, creation]
        queues = Queues(operations)
        assert [index for index, _ in queues.next()] == [0, 1, 3, 4]
        queues.answered(0, Done())
        assert [index for index, _ in queues.next()] == [2]
        assert queues.next() == []

    def test_what_was_not_done_holds_back_what_follows(self) -> None:
        queues = Queues([_say("a", "1"), _say("b", "2"), _say("a", "3"), _say("b", "4")])
        _ = queues.next()
        queues.answered(0, Stale("changed"))
        queues.answered(1, Retryable("busy"))
        assert [(index, type(outcome)) for index, outcome in queues.held_back()] == [(2, Stale), (3, Retryable)]
        assert queues.next() == []
