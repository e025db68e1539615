"""`can_be_undone`: what is restored, what stays, and that it stays so. Pure."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from hub.model import JIRA, ZENDESK, CommentId, Person, RemoteId
from hub.operations import (
    AddComment,
    CreateReplica,
    DeleteReplica,
    Done,
    EditComment,
    RemoveComment,
    Stale,
    UpdateReplica,
)
from hub.records import JournalEntry
from hub.replica import Gone, Mark, Observation, RemoteComment
from hub.undo import undo
from hub.undone import settled as agreed_again
from tests.unit.hub.clusters import (
    FULL,
    ISSUE,
    NOW,
    ONE,
    POLICY,
    agreed,
    decide,
    settled,
    shown,
)

WRITE = UpdateReplica(
    JIRA, ONE, ISSUE.remote_id, "v1", {"summary": "second", "priority": "Highest"},
    {"summary": "first", "priority": "Low"},
)  # fmt: skip


def entry(operation: Any, outcome: Any = None, number: int = 1) -> JournalEntry:
    return JournalEntry(number, "run", ONE, operation.system, operation, "done", NOW, outcome or Done())


def seeing(**raw: Any) -> dict[Any, Observation]:
    return {
        ISSUE: Observation(
            JIRA, ISSUE.remote_id, "v2", raw={"summary": "second", "priority": "Highest"} | raw
        )
    }


def test_values_that_nobody_changed_are_put_back() -> None:
    [restored] = undo([entry(WRITE)], seeing(), {}).restored
    assert isinstance(restored.operation, UpdateReplica)
    assert restored.operation.changes == {"summary": "first", "priority": "Low"}
    assert restored.operation.before == {"summary": "second", "priority": "Highest"}
    assert restored.operation.expect == "v2"


def test_what_people_changed_since_stays() -> None:
    found = undo([entry(WRITE)], seeing(priority="Medium"), {})
    assert found.restored[0].operation.changes == {"summary": "first"}  # type: ignore[union-attr]
    assert [(k.what, k.why) for k in found.kept] == [("priority", "somebody changed it since")]


def test_fields_can_be_chosen() -> None:
    [restored] = undo([entry(WRITE)], seeing(), {}, fields={JIRA: frozenset({"priority"})}).restored
    assert restored.operation.changes == {"priority": "Low"}  # type: ignore[union-attr]


def test_what_was_never_done_or_refused_is_not_taken_back() -> None:
    assert undo([entry(WRITE, Stale())], seeing(), {}).restored == ()
    found = undo([entry(WRITE, Done(refused={"summary": "no"}))], seeing(), {})
    assert found.restored[0].operation.changes == {"priority": "Low"}  # type: ignore[union-attr]


def test_the_newest_write_is_taken_back_first() -> None:
    later = replace(WRITE, changes={"summary": "third"}, before={"summary": "second"})
    [restored] = undo([entry(WRITE), entry(later, number=2)], seeing(summary="third"), {}).restored
    assert [e.id for e in restored.entries] == [2, 1]
    assert isinstance(restored.operation, UpdateReplica)
    assert restored.operation.changes == {"summary": "first", "priority": "Low"}
    assert restored.operation.before == {"summary": "third", "priority": "Highest"}


def test_a_write_stands_while_a_later_run_wrote_the_same_field() -> None:
    """What lies beneath a write that is not taken back is not what the field had before it."""
    later = entry(replace(WRITE, changes={"summary": "third"}, before={"summary": "second"}), number=2)
    later = replace(later, run="later")
    found = undo([entry(WRITE)], seeing(summary="third"), {}, others=[later])
    assert found.restored[0].operation.changes == {"priority": "Low"}  # type: ignore[union-attr]
    assert [(k.what, k.why) for k in found.kept] == [("summary", "a later run wrote it: later")]
    back = entry(replace(WRITE, changes=WRITE.before, before=WRITE.changes), number=3)
    back = replace(back, run="undoing")
    again = undo([entry(WRITE)], seeing(**WRITE.before), {}, others=[back], undid=lambda run: run == "undoing")
    assert {k.why for k in again.kept} == {"taken back already, by run undoing"}
    assert again.restored == ()


def test_what_lies_between_two_chosen_writes_stands() -> None:
    """Of three writes the second is not to be taken back: the third is, the first is not."""
    first = entry(replace(WRITE, changes={"summary": "b"}, before={"summary": "a"}), number=1)
    middle = replace(entry(replace(WRITE, changes={"summary": "c"}, before={"summary": "b"}), number=2), run="2")
    last = entry(replace(WRITE, changes={"summary": "d"}, before={"summary": "c"}), number=3)
    found = undo([first, last], seeing(summary="d"), {}, others=[middle])
    [restored] = found.restored
    assert restored.operation.changes == {"summary": "c"}  # type: ignore[union-attr]
    assert [(k.entry.id, k.why) for k in found.kept] == [(1, "a later run wrote it: 2")]


def test_what_may_have_been_done_is_told() -> None:
    """Nobody knows whether it stands there: it is neither taken back nor kept silent about."""
    asked = replace(entry(WRITE), state="asked", outcome=None)
    [kept] = undo([asked], seeing(), {}).kept
    assert "not known" in kept.why


def test_what_is_gone_cannot_be_taken_back_and_says_so() -> None:
    gone = {ISSUE: Observation(JIRA, ISSUE.remote_id, gone=Gone("deleted"))}
    [kept] = undo([entry(WRITE)], gone, {}).kept
    assert "not there any more" in kept.why


def test_an_issue_is_deleted_only_while_nobody_wrote_on_it() -> None:
    create = CreateReplica(JIRA, ONE, ONE, {"summary": "first"})
    made = entry(create, Done(remote_id=ISSUE.remote_id))
    held = settled().held
    [restored] = undo([made], {ISSUE: shown(ISSUE, FULL)}, held).restored
    assert isinstance(restored.operation, DeleteReplica)
    comment = RemoteComment(RemoteId("5"), "mine", Person("7"), NOW, public=False)
    spoken_on = {ISSUE: shown(ISSUE, FULL, comments=(comment,))}
    [kept] = undo([made], spoken_on, held).kept
    assert "people wrote" in kept.why


def test_a_comment_is_taken_back_if_its_copy_is_known() -> None:
    key = CommentId("zendesk:1:7")
    add = AddComment(JIRA, ONE, ISSUE.remote_id, key, "hi", False, "internal", Person("1"), NOW)
    held = settled().held
    link = next(k for k in held[ONE].links if k.system == JIRA)
    shadow = replace(link.shadow, comments={key: Mark(RemoteId("50"), "d", "s")})
    known = {ONE: replace(held[ONE], links=(replace(link, shadow=shadow),))}
    [restored] = undo([entry(add)], seeing(), known).restored
    assert isinstance(restored.operation, RemoveComment)
    assert restored.operation.comment == "50"
    assert undo([entry(add)], seeing(), held).kept
    edit = EditComment(JIRA, ONE, ISSUE.remote_id, RemoteId("50"), key, "new")
    assert undo([entry(edit)], seeing(), known).kept


def test_what_was_restored_is_agreed_on_and_stays() -> None:
    """After an undo, the old raw value stands for the hub's value: no edit, and nothing to write."""
    calm = settled({**FULL, "subject": "second"})
    back = UpdateReplica(JIRA, ONE, ISSUE.remote_id, "", {"summary": "first"}, {"summary": "second"})
    links = tuple(
        agreed_again(k, back, calm.held[ONE], POLICY) if k.system == JIRA else k for k in calm.held[ONE].links
    )
    raw = {**(calm.seen[ISSUE].raw or {}), "summary": "first"}
    after = replace(
        calm,
        held={ONE: replace(calm.held[ONE], links=links)},
        seen={**calm.seen, ISSUE: replace(calm.seen[ISSUE], raw=raw)},
    )
    made = decide(after)
    assert not [o for o in made.operations if isinstance(o, UpdateReplica)]
    assert made.decisions[0].ticket.get("subject") == "second"


def test_a_deleted_issue_is_remembered_as_gone() -> None:
    link = agreed(ISSUE, FULL)
    delete = DeleteReplica(JIRA, ONE, ISSUE.remote_id)
    assert agreed_again(link, delete, settled().held[ONE], POLICY).state == "gone"
    assert ZENDESK != JIRA
