"""Operations as the JSON that Zendesk takes, and in which order they may go."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from connectors.zendesk import bodies
from connectors.zendesk.bodies import COMMENT_LIMIT, Known, ticket_json
from connectors.zendesk.queues import Queues
from hub.model import ZENDESK, CommentId, Json, Person, RemoteId, TicketId
from hub.operations import AddComment, Operation, RemoveComment, Retryable, Stale, UpdateReplica

KNOWN = Known({"ann@support.example": 7, "nobody@x.example": None}, {"Tier 2": 3, "Nowhere": None})


def test_fields_go_under_zendesks_names() -> None:
    changes: dict[str, Json] = {
        "subject": "s", "status": "open", "assignee": {"email": "Ann@support.example"}, "group": "Tier 2",
        "requester": {"id": "5"}, "problem_id": "12", "custom_status": "9", "cf:55": 3, "56": ["a"],
        "tags": ["b", "a"],
    }  # fmt: skip
    written = ticket_json(changes, KNOWN)
    assert written.refused == {}
    assert written.json == {
        "subject": "s", "status": "open", "assignee_id": 7, "group_id": 3, "requester_id": 5,
        "problem_id": 12, "custom_status_id": 9, "tags": ["a", "b"],
        "custom_fields": [{"id": 55, "value": 3}, {"id": 56, "value": ["a"]}],
    }  # fmt: skip


def test_what_cannot_be_written_is_refused_alone_and_says_why() -> None:
    changes: dict[str, Json] = {
        "subject": "s", "assignee": {"email": "nobody@x.example"}, "group": "Nowhere", "requester": None,
        "description": "x", "organization.tier": "gold", "sla:next_breach_at": "t",
    }  # fmt: skip
    written = ticket_json(changes, KNOWN)
    assert written.json == {"subject": "s"}
    assert set(written.refused) == set(changes) - {"subject"}
    assert "nobody@x.example" in written.refused["assignee"]
    assert "Nowhere" in written.refused["group"]


def test_clearing_is_written_as_null() -> None:
    changes: dict[str, Json] = {"assignee": None, "group": None, "priority": None, "cf:5": None}
    assert ticket_json(changes, KNOWN).json == {
        "assignee_id": None, "group_id": None, "priority": None, "custom_fields": [{"id": 5, "value": None}],
    }  # fmt: skip


@given(st.sets(st.sampled_from("abcde")), st.sets(st.sampled_from("abcde")))
def test_a_difference_of_tags_gives_what_was_wanted(before: set[str], wanted: set[str]) -> None:
    json = ticket_json({"tags": sorted(wanted)}, KNOWN, tags_before=before).json
    made = (before | set(json.get("additional_tags", ()))) - set(json.get("remove_tags", ()))
    assert made == wanted
    assert all(json.values())


def test_a_body_that_fits_is_kept_whole() -> None:
    assert bodies.body("Hello **you**", "f.md") == bodies.Body("<p>Hello <strong>you</strong></p>")


def test_a_longer_one_is_cut_within_the_limit_and_says_where_the_rest_is() -> None:
    for text in ("word " * 40_000, "é" * 70_000, "```\n" + "code & <x>\n" * 20_000 + "```", "&" * 60_000):
        made = bodies.body(text, "f.md")
        assert len(made.html.encode()) <= COMMENT_LIMIT
        assert made.cut
        assert "f.md" in made.html
        assert "Shortened" in made.html.rpartition("<p>")[2]


def test_redaction_covers_all_text() -> None:
    html = bodies.redaction('<div><p>a <b>b</b> c</p><a href="x">l</a><img src="y"></div>')
    assert html == (
        "<div><p><redact>a </redact><b><redact>b</redact></b><redact> c</redact></p>"
        '<a redact href="x"><redact>l</redact></a><img redact src="y"></div>'
    )


# -- order -----------------------------------------------------------------------------------------


def update(ticket: str, *, closed: bool = False) -> UpdateReplica:
    return UpdateReplica(ZENDESK, TicketId("t"), RemoteId(ticket), "", {"subject": "x"}, closed=closed)


def say(ticket: str) -> AddComment:
    return AddComment(
        ZENDESK, TicketId("t"), RemoteId(ticket), CommentId("c"), "b", True, "public", Person(), "",
    )  # fmt: skip


def hide(ticket: str) -> RemoveComment:
    return RemoveComment(ZENDESK, TicketId("t"), RemoteId(ticket), RemoteId("5"), CommentId("c"))


def test_an_update_and_a_comment_of_one_ticket_are_one_write() -> None:
    queues = Queues([update("1"), update("2"), say("1"), say("1"), hide("1")])
    assert [step.indices() for step in queues.next()] == [[0, 2], [1]]
    assert [step.indices() for step in queues.next()] == [[3]]
    assert [step.indices() for step in queues.next()] == [[4]]
    assert queues.next() == []


def test_a_closed_tickets_tags_go_alone() -> None:
    queues = Queues([update("1", closed=True), say("1")])
    assert [step.indices() for step in queues.next()] == [[0]]


def test_what_follows_a_write_that_was_not_made_waits() -> None:
    queues = Queues([update("1"), say("2"), say("1"), say("1")])
    _ = queues.next()
    queues.answered(0, Stale("changed"))
    assert [(n, type(o)) for n, o in queues.held_back()] == [(3, Stale)]
    assert queues.next() == []


OPERATIONS = st.lists(
    st.builds(
        lambda make, ticket: make(ticket), st.sampled_from([update, say, hide]), st.sampled_from("123")
    ),
    max_size=12,
)


@given(OPERATIONS, st.sets(st.integers(0, 11)))
def test_each_operation_is_asked_or_held_back_once_and_in_order(
    operations: list[Operation], failing: set[int]
) -> None:
    queues = Queues(operations)
    asked: list[int] = []
    held: list[int] = []
    while steps := queues.next():
        assert len({operations[step.indices()[0]].remote_id for step in steps}) == len(steps)  # type: ignore[union-attr]
        for step in steps:
            asked += step.indices()
            for index in step.indices():
                if index in failing:
                    queues.answered(index, Retryable("x"))
        held += [index for index, _ in queues.held_back()]
    assert sorted(asked + held) == list(range(len(operations)))
    for ticket in "123":
        own = [n for n in asked if operations[n].remote_id == ticket]  # type: ignore[union-attr]
        assert own == sorted(own)
