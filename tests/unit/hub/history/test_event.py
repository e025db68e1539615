"""A history is one JSON object a line: what is written reads back the same, and what is wrong says where."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.history.event import Event, Said, read_events, write_event
from hub.problems import FileRefused
from tests.unit.hub.history.lives import EVENTS


def line(**more: object) -> str:
    return json.dumps({"ticket": "7", "at": "2026-01-31T12:00:00Z", **more})


@given(st.lists(EVENTS, max_size=8))
def test_what_is_written_reads_back_the_same(events: list[Event]) -> None:
    """Writing is the inverse of reading."""
    events.sort(key=lambda e: (e.at, e.ticket))
    assert list(read_events(write_event(e) + b"\n" for e in events)) == events
    turned = events[::-1]
    in_order = sorted(turned, key=lambda e: (e.at, e.ticket))
    assert list(read_events([write_event(e) for e in turned], sort=True)) == in_order


def test_keys_that_say_nothing_are_left_out() -> None:
    event = Event("7", "2026-01-31T12:00:00Z", comment=Said("public", "Hello", id="zendesk:7:1"))
    assert write_event(event) == (
        b'{"ticket":"7","at":"2026-01-31T12:00:00Z","comment":{"audience":"public","body":"Hello"}}'
    )


def test_half_a_character_pair_is_written_as_a_question_mark() -> None:
    event = Event("7", "2026-01-31T12:00:00Z", set={"subject": "broken \ud83d!"})
    [back] = read_events([write_event(event)])
    assert back.set == {"subject": "broken ?!"}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-01-31T12:00:00Z", "2026-01-31T12:00:00Z"),
        ("2026-01-31T12:00:00", "2026-01-31T12:00:00Z"),
        ("2026-01-31 12:00", "2026-01-31T12:00:00Z"),
        ("2026-01-31T14:00:00.987+02:00", "2026-01-31T12:00:00Z"),
        ("2026-01-31T23:30:00-01:00", "2026-02-01T00:30:00Z"),
        ("2026-01-31", "2026-01-31T00:00:00Z"),
        ("2026-W05-6T12:00:00Z", "2026-01-31T12:00:00Z"),
    ],
)
def test_times_are_seconds_in_utc(written: str, meant: str) -> None:
    [event] = read_events([line(at=written)])
    assert event.at == meant


def test_ids_may_be_numbers_and_keys_may_be_null() -> None:
    [event] = read_events([line(ticket=7, account=12, actor=3, side=None, set=None, comment=None)])
    assert event == Event("7", "2026-01-31T12:00:00Z", "12", "3")


def test_empty_lines_and_a_byte_order_mark_are_passed_over() -> None:
    lines = [b"\xef\xbb\xbf" + line().encode(), b"\n", b"  \n", line().encode()]
    assert len(list(read_events(lines))) == 2
    assert len(list(read_events(["\ufeff" + line(), "\n"]))) == 1


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("[1]", "h.jsonl:2:1: error: a line must be one JSON object"),
        ('"x"', "a line must be one JSON object"),
        ('{"ticket": "7", ', "this line is no JSON object"),
        ('{"ticket": "7" x}', "h.jsonl:2:16: error: this line is no JSON object"),
        (b'{"ticket": "\xff"}', "this line is no JSON object"),
        (json.dumps({"at": "2026-01-31T12:00:00Z"}), "`ticket` is missing"),
        (json.dumps({"ticket": "7"}), "`at` is missing"),
        (line(ticket=""), "`ticket` is empty"),
        (line(at="yesterday"), "`at` is 'yesterday', which is no instant; write it like 2026-01-31T12:00:00Z"),
        (line(at="2026-02-31T12:00:00Z"), "which is no instant"),
        (line(at=5), "`at` must be an instant"),
        (line(acount="a"), "`acount` is no key of an event; did you mean `account`; the keys are ticket, at,"),
        (line(comment={"body": "x"}), "`audience` is missing in `comment`"),
        (line(comment={"audience": "all"}), "`comment.audience` must be public, internal or engineering"),
        (line(comment={"audience": "public", "by": "me"}), "`comment.by` must be customer, us or machine"),
        (line(comment={"audience": "public", "text": ""}), "`text` is no key of a comment"),
        (line(set={"a": {"deep": 1}}), "register `a` is"),
        (line(set=[1]), "`set`"),
    ],
)  # fmt: skip
def test_what_is_wrong_says_where_and_what_to_write(wrong: str | bytes, said: str) -> None:
    with pytest.raises(FileRefused) as refused:
        list(read_events([line(), wrong], "h.jsonl"))
    assert "h.jsonl:2" in str(refused.value)
    assert said in str(refused.value)


def test_a_history_that_goes_back_in_time_is_refused_unless_it_is_to_be_sorted() -> None:
    lines = [line(), line(at="2026-01-31T11:59:59Z")]
    with pytest.raises(FileRefused, match=r"h:2:1: error: this event of 2026-01-31T11:59:59Z stands behind"):
        list(read_events(lines, "h"))
    assert [e.at[11:] for e in read_events(lines, sort=True)] == ["11:59:59Z", "12:00:00Z"]


def test_reading_holds_one_line_at_a_time() -> None:
    """The second line is not asked for before the first event was given out."""
    asked: list[int] = []

    def lines() -> Iterator[str]:
        for n in range(3):
            asked.append(n)
            yield line()

    events = read_events(lines())
    next(events)
    assert asked == [0]
