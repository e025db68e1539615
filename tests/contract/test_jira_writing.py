"""The Jira connector against a site stand-in over HTTP: writing, and fields."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec
import pytest

from connectors.jira import payload
from hub.errors import Forbidden, Unavailable
from hub.model import JIRA, ZENDESK, Attachment, AttachmentId, CommentId, RemoteId, TicketId
from hub.operations import (
    AddAttachment,
    DeleteReplica,
    Done,
    EditComment,
    Refused,
    RemoveComment,
    Retryable,
    SetReference,
    Stale,
    Unanswered,
    UpdateReplica,
)
from hub.replica import Reference
from tests.contract.jira_world import World, comment, creation, world

__all__ = ["world"]

PNG = bytes(range(256)) * 300


def update(issue: str, before: dict[str, Any] | None = None, **changes: Any) -> UpdateReplica:
    """Ask for fields."""
    return UpdateReplica(JIRA, TicketId("t-1"), RemoteId(issue), "", changes, before or {})


def adf(text: str) -> dict[str, Any]:
    """A document of one paragraph."""
    return payload.ADF.from_markdown(text, None)


class TestWriting:
    """Operations are done once, in order, and refused field by field."""

    def test_create_finds_its_way_back(self, world: World) -> None:
        """The key travels with the creation; our label is not among people's."""
        issue = world.make("t-7", labels=["vip"], priority="High", description=adf("**Hello**"))
        seen = world.see(issue)
        assert seen.key == "t-7"
        assert seen.raw is not None
        assert seen.raw["labels"] == ["vip"]
        assert seen.raw["priority"] == "High"
        assert payload.ADF.to_markdown(seen.raw["description"]) == "**Hello**"
        world.clock.advance(600)
        assert world.jira.find([TicketId("t-7"), TicketId("t-8")]).keys() == {"t-7"}

    def test_a_hundred_creations_are_two_calls(self, world: World) -> None:
        """By the vendor's bulk call of fifty; one bad element does not spoil the others."""
        operations = [creation(f"t-{n}") for n in range(99)]
        operations.append(creation("bad", priority="No such priority"))
        before = world.calls()
        outcomes = world.ask(*operations)
        assert world.calls() - before == 3
        assert all(isinstance(outcome, Done) for outcome in outcomes)
        last = outcomes[-1]
        assert isinstance(last, Done)
        assert "priority" in last.refused

    def test_a_lost_answer_is_in_doubt_and_found_again(self, world: World) -> None:
        """Nothing is asked twice; the key tells what was done."""
        world.sandbox.faults["jira"].follow(["lost"], endpoint="POST /rest/api/3/issue/bulk")
        outcomes = world.ask(creation("t-1"), creation("t-2"))
        assert all(isinstance(outcome, Unanswered) for outcome in outcomes)
        world.clock.advance(600)
        found = world.connect().find([TicketId("t-1"), TicketId("t-2")])
        assert sorted(found) == ["t-1", "t-2"]

    def test_update_sets_every_kind_of_field(self, world: World) -> None:
        """What was written reads back the same, and the answer shows it."""
        issue = world.make(labels=["old", "kept"])
        changes = {
            "summary": "New",
            "labels": ["kept", "new"],
            "customfield_10041": 12,
            "customfield_10042": "S1",
            "customfield_10044": ["Backend", "Web"],
            "customfield_10045": "ACME",
            "customfield_10049": "2026-12-01",
            "customfield_10050": "2026-06-01T09:30:00Z",
            "customfield_10055": "https://acme.zendesk.com/agent/tickets/1",
            "customfield_10056": adf("1. click\n2. see"),
            "duedate": "2026-07-01",
            "property:support-hub": {"key": "t-1", "n": 2},
        }
        [done] = world.ask(update(issue, {"labels": ["old", "kept"]}, **changes))
        assert isinstance(done, Done)
        assert done.refused == {}
        seen = world.see(issue)
        assert seen.raw is not None
        assert done.raw is not None
        assert {name: seen.raw[name] for name in changes} == changes
        assert {name: done.raw[name] for name in changes} == changes
        assert seen.key == "t-1"

    def test_one_refused_field_does_not_hold_back_the_others(self, world: World) -> None:
        """The reason is Jira's."""
        issue = world.make()
        [done] = world.ask(
            update(
                issue,
                summary="kept",
                customfield_10042="S9",
                customfield_99999="x",
                assignee={"email": "nobody@nowhere.example"},
            )
        )
        assert isinstance(done, Done)
        assert set(done.refused) == {"customfield_10042", "customfield_99999", "assignee"}
        assert done.raw is not None
        assert done.raw["summary"] == "kept"

    def test_people_are_found_by_their_address(self, world: World) -> None:
        """Where Jira shows it."""
        issue = world.make()
        [done] = world.ask(update(issue, assignee={"email": "ada.park@eng.example"}))
        assert isinstance(done, Done)
        assert done.raw is not None
        assert done.raw["assignee"]["name"] == "Ada Park"

    def test_status_takes_the_way_through_the_workflow(self, world: World) -> None:
        """Three steps, the last with a required resolution; then back."""
        issue = world.make()
        [done] = world.ask(update(issue, {"status": "To Do"}, status="Done"))
        assert isinstance(done, Done)
        assert done.refused == {}
        seen = world.see(issue)
        assert seen.raw is not None
        assert (seen.raw["status"], seen.raw["resolution"]) == ("Done", "Done")
        before = world.calls()
        [done] = world.ask(update(issue, {"status": "Done"}, status="In Progress"))
        assert isinstance(done, Done)
        assert world.calls() - before <= 4
        again = world.make("t-2")
        before = world.calls()
        _ = world.ask(update(again, {"status": "To Do"}, status="Done"))
        assert world.calls() - before <= 4 + 1

    def test_a_required_field_that_nobody_fills_is_told(self) -> None:
        """With the line to add to the mapping."""
        world = World(fill={})
        issue = world.make()
        [done] = world.ask(update(issue, {"status": "To Do"}, status="Done", summary="x"))
        assert isinstance(done, Done)
        assert "resolution: " in done.refused["status"]
        assert "fill" in done.refused["status"]

    def test_an_unknown_status_is_refused_with_the_reachable_ones(self, world: World) -> None:
        """And nothing else is held back."""
        issue = world.make()
        [done] = world.ask(update(issue, status="Shipped", summary="x"))
        assert isinstance(done, Done)
        assert "In Progress" in done.refused["status"]

    def test_a_status_that_a_person_moved_is_stale(self, world: World) -> None:
        """We look again before we overrule an engineer."""
        issue = world.make()
        _ = world.person("transition", issue="SUP-1", to="In Progress")
        [outcome] = world.ask(update(issue, {"status": "To Do"}, status="Done"))
        assert isinstance(outcome, Stale)

    def test_a_new_issue_goes_to_its_status(self, world: World) -> None:
        """Creation and steps, one operation."""
        issue = world.make(status="In Progress")
        seen = world.see(issue)
        assert seen.raw is not None
        assert seen.raw["status"] == "In Progress"

    def test_comments_are_added_edited_removed(self, world: World) -> None:
        """With our mark on them, which another process reads."""
        issue = world.make()
        done, second = world.ask(
            comment(issue, "c-1", "Hello **you**"), comment(issue, "c-2", "two")
        )
        assert isinstance(done, Done)
        assert isinstance(second, Done)
        assert done.comment is not None
        other = world.connect()
        seen = other.fetch([issue], whole=True)[issue]
        assert [(c.key, c.body) for c in seen.comments] == [("c-1", "Hello **you**"), ("c-2", "two")]
        ids = [c.id for c in seen.comments]
        edit = EditComment(JIRA, TicketId("t-1"), RemoteId(issue), ids[0], CommentId("c-1"), "Bye")
        gone = RemoveComment(JIRA, TicketId("t-1"), RemoteId(issue), ids[1], CommentId("c-2"))
        assert all(isinstance(o, Done) for o in world.ask(edit, gone))
        assert [(c.key, c.body) for c in world.see(issue).comments] == [("c-1", "Bye")]

    def test_order_is_kept_behind_a_failure(self, world: World) -> None:
        """A comment does not overtake one that could not be written."""
        issue, other = world.make(), world.make("t-2")
        endpoint = "*/issue/*/comment"
        world.sandbox.faults["jira"].follow(["lost"], endpoint=endpoint)
        outcomes = world.ask(
            comment(issue, "c-1", "one"), comment(issue, "c-2", "two"), update(other, summary="fine")
        )
        assert isinstance(outcomes[0], Unanswered)
        assert isinstance(outcomes[1], Retryable)
        assert isinstance(outcomes[2], Done)

    def test_a_long_comment_is_cut_and_attached(self, world: World) -> None:
        """Nothing is lost: the whole text is a file beside it."""
        issue = world.make()
        body = "\n\n".join(f"Paragraph {n}: " + "word " * 100 for n in range(100))
        [done] = world.ask(comment(issue, "c-1", body))
        assert isinstance(done, Done)
        assert "attached file" in done.cut["comment"]
        seen = world.see(issue)
        assert "Paragraph 3" in seen.comments[0].body
        assert len(seen.comments[0].body) < 32_000
        [file] = seen.attachments
        assert file.by_hub
        found = Attachment(
            AttachmentId("x"), file.name, file.content_type, file.size, "internal", JIRA, file.id,
            RemoteId(issue),
        )  # fmt: skip
        with world.jira.open(found) as stream:
            assert "Paragraph 99" in b"".join(stream).decode()

    def test_files_are_streamed_and_digested(self, world: World) -> None:
        """And come back the same bytes."""
        issue = world.make()
        attachment = Attachment(
            AttachmentId("a-1"), "shot.png", "image/png", len(PNG), "internal", ZENDESK,
            RemoteId("9"), RemoteId("1"),
        )  # fmt: skip
        world.shelf.content["a-1"] = PNG
        [done] = world.ask(AddAttachment(JIRA, TicketId("t-1"), RemoteId(issue), attachment))
        assert isinstance(done, Done)
        assert done.attachments == {"a-1": hashlib.sha256(PNG).hexdigest()}
        [seen] = world.see(issue).attachments
        assert (seen.name, seen.size, seen.id) == ("shot.png", len(PNG), done.attachment)

    def test_a_file_over_the_limit_is_refused_unread(self, world: World) -> None:
        """By the limit that the site states."""
        issue = world.make()
        huge = Attachment(
            AttachmentId("a-2"), "dump.bin", "application/octet-stream", 10**13, "internal",
            ZENDESK, RemoteId("9"), RemoteId("1"),
        )  # fmt: skip
        [outcome] = world.ask(AddAttachment(JIRA, TicketId("t-1"), RemoteId(issue), huge))
        assert isinstance(outcome, Refused)
        assert outcome.code == "too_large"

    def test_a_file_that_changed_under_way_is_refused(self, world: World) -> None:
        """Half a file is never kept."""
        issue = world.make()
        attachment = Attachment(
            AttachmentId("a-1"), "log.txt", "text/plain", 5000, "internal", ZENDESK,
            RemoteId("9"), RemoteId("1"),
        )  # fmt: skip
        for there in (b"x" * 100, b"x" * 9000):
            world.shelf.content["a-1"] = there
            [outcome] = world.ask(AddAttachment(JIRA, TicketId("t-1"), RemoteId(issue), attachment))
            assert isinstance(outcome, Refused), outcome
        assert world.see(issue).attachments == ()

    def test_a_files_lost_answer_does_not_double_its_comment(self, world: World) -> None:
        """The comment is done; what became of its file is told."""
        issue = world.make()
        attachment = Attachment(
            AttachmentId("a-1"), "log.txt", "text/plain", 3, "internal", ZENDESK,
            RemoteId("9"), RemoteId("1"),
        )  # fmt: skip
        world.shelf.content["a-1"] = b"abc"
        world.sandbox.faults["jira"].follow(["lost"], endpoint="*/attachments")
        wish = msgspec.structs.replace(comment(issue, "c-1", "see file"), attachments=(attachment,))
        [done] = world.ask(wish)
        assert isinstance(done, Done)
        assert "attachment:a-1" in done.refused

    def test_html_from_the_edge_is_no_answer(self, world: World) -> None:
        """Nothing is taken for done or refused for good."""
        issue = world.make()
        world.vendor.settings["html_from_edge"] = True
        outcomes = world.ask(update(issue, summary="x"), creation("t-9"))
        assert all(isinstance(outcome, Retryable | Unanswered) for outcome in outcomes)
        with pytest.raises((Unavailable, Forbidden)):
            _ = world.jira.fetch([issue])

    def test_references_are_set_once_and_taken_off(self, world: World) -> None:
        """Twice is once."""
        issue = world.make()
        wish = SetReference(
            JIRA, TicketId("t-1"), RemoteId(issue), "system=zendesk&id=42",
            "https://acme.zendesk.com/agent/tickets/42", "#42 Printer", "open",
        )  # fmt: skip
        assert all(isinstance(o, Done) for o in world.ask(wish, wish))
        assert world.see(issue).references == (Reference(ZENDESK, "42"),)
        off = SetReference(JIRA, TicketId("t-1"), RemoteId(issue), "system=zendesk&id=42", "", "")
        assert all(isinstance(o, Done) for o in world.ask(off, off))
        assert world.see(issue).references == ()

    def test_what_is_gone_is_refused(self, world: World) -> None:
        """With its code; and deleting it again is done."""
        issue = world.make()
        assert isinstance(world.ask(DeleteReplica(JIRA, TicketId("t-1"), RemoteId(issue)))[0], Done)
        outcomes = world.ask(
            update(issue, summary="x"), DeleteReplica(JIRA, TicketId("t-1"), RemoteId(issue))
        )
        assert isinstance(outcomes[0], Refused)
        assert outcomes[0].code == "gone"
        assert isinstance(outcomes[1], Done)


class TestSchema:
    """What the mapping is checked against."""

    def test_fields_options_limits(self, world: World) -> None:
        """By the names and options that people see."""
        schema = world.jira.schema()
        [severity] = schema.named("severity")
        assert [o.value for o in severity.options] == ["S1", "S2", "S3", "S4"]
        assert severity.type == "choice"
        assert {o.value for o in schema.fields["status"].options} >= {"To Do", "Done", "Blocked"}
        assert [o.value for o in schema.fields["priority"].options]
        assert schema.fields["description"].type == "rich"
        assert schema.fields["summary"].limit == 255
        assert schema.named("Steps to reproduce")[0].type == "rich"
        assert schema.named("Support tier contact")[0].type == "person"
        assert schema.fields["property:support-hub"].type == "json"
        assert schema.me
        assert schema.limits["attachment"] > 0
