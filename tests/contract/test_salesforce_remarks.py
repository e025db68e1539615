"""Comments and files on Cases by the real connector."""

from __future__ import annotations

from hashlib import sha256

import pytest

from hub.model import (
    SALESFORCE,
    Attachment,
    AttachmentId,
    Audience,
    CommentId,
    RemoteId,
)
from hub.operations import (
    AddAttachment,
    DeleteReplica,
    Done,
    EditComment,
    Operation,
    Outcome,
    Refused,
    RemoveComment,
    Retryable,
    SetReference,
    Unanswered,
)
from tests.contract.salesforce_asking import T, creation, say, world
from tests.contract.salesforce_world import World

__all__ = ["world"]


class TestSpeech:
    def test_a_comment_is_shown_as_it_is_said_to_be(self, world: World) -> None:
        case = world.case()
        body = "**Eve** says:\n\n- [a page](https://a.example)\n- two"
        done = world.do(say(case, body, public=True))[0]
        assert isinstance(done, Done)
        shown = world.seen(case).comments[0]
        assert done.comment is not None
        assert (shown.id, shown.body, shown.public) == (done.comment.id, done.comment.body, True)
        assert shown.body == "Eve says:\n\n- a page (https://a.example)\n- two"
        assert shown.key == "zendesk:7:1"

    def test_a_long_comment_is_cut_and_attached_whole(self, world: World) -> None:
        case = world.case()
        done = world.do(say(case, "äöü " * 3000))[0]
        assert isinstance(done, Done)
        assert "comment" in done.cut
        assert not done.refused
        seen = world.seen(case)
        assert "the whole text is in the attached file" in seen.comments[0].body
        assert len(seen.attachments) == 1
        assert not seen.attachments[0].public

    def test_comments_are_edited_and_taken_back(self, world: World) -> None:
        case = world.case()
        done = world.do(say(case, "hello"))[0]
        assert isinstance(done, Done)
        assert done.comment is not None
        comment = done.comment.id
        edited = world.do(EditComment(SALESFORCE, T, case, comment, CommentId("zendesk:7:1"), "better"))[0]
        assert isinstance(edited, Done)
        assert edited.comment is not None
        assert world.seen(case).comments[0].body == edited.comment.body == "better"
        removal = RemoveComment(SALESFORCE, T, case, comment, CommentId("zendesk:7:1"))
        assert isinstance(world.do(removal)[0], Done)
        assert world.seen(case).comments == ()
        assert isinstance(world.do(removal)[0], Done)

    def test_a_post_of_somebody_is_not_ours_to_change(self, world: World) -> None:
        case = world.case()
        post = RemoteId(str(world.person("comment", record=case, body="hi", kind="FeedItem")["id"]))
        key = CommentId("k")
        outcomes = world.do(
            EditComment(SALESFORCE, T, case, post, key, "x"), RemoveComment(SALESFORCE, T, case, post, key)
        )
        assert all(isinstance(outcome, Refused) for outcome in outcomes)

    def test_many_comments_are_few_calls(self, world: World) -> None:
        cases = [world.case(f"n{n}") for n in range(250)]
        before = world.calls()
        outcomes: list[Outcome] = world.do(*(say(case, "hello", f"k{case}") for case in cases))
        assert all(isinstance(outcome, Done) for outcome in outcomes)
        assert world.calls() - before <= 3


class TestTheRest:
    def test_references_are_shown_by_fields(self, world: World) -> None:
        case = world.case()
        operation = SetReference(SALESFORCE, T, case, "g", "https://x.example", "SUP-7")
        assert isinstance(world.do(operation)[0], Done)

    def test_what_the_hub_created_can_be_deleted(self, world: World) -> None:
        done = world.do(creation())[0]
        assert isinstance(done, Done)
        operation: Operation = DeleteReplica(SALESFORCE, T, done.remote_id)
        assert isinstance(world.do(operation)[0], Done)
        assert world.seen(done.remote_id).gone is not None
        assert isinstance(world.do(operation)[0], Done)


def file(world: World, name: str, content: bytes, *, audience: Audience = "internal", size: int = -1) -> Attachment:
    world.shelf.files[name] = content
    return Attachment(
        AttachmentId(f"zendesk:{name}"), name, "text/plain", len(content) if size < 0 else size, audience,
        SALESFORCE, RemoteId(name), RemoteId("7"),
    )  # fmt: skip


class TestFiles:
    @pytest.mark.parametrize("audience", ["public", "internal"])
    def test_a_file_is_copied_for_the_orgs_own_people(self, world: World, audience: Audience) -> None:
        case, content = world.case(), b"line\r\n" * 5000
        attachment = file(world, 'a "log".txt', content, audience=audience)
        done = world.do(AddAttachment(SALESFORCE, T, case, attachment))[0]
        assert isinstance(done, Done)
        assert done.attachments == {attachment.id: sha256(content).hexdigest()}
        (shown,) = world.seen(case).attachments
        assert (shown.id, shown.name, shown.size) == (done.attachment, attachment.name, len(content))
        assert (shown.public, shown.by_hub) == (False, True)
        copy = Attachment(
            AttachmentId("x"), shown.name, "", shown.size, audience, SALESFORCE, shown.id, case
        )
        with world.connector.open(copy) as chunks:
            assert b"".join(chunks) == content

    def test_files_that_cannot_be_copied(self, world: World) -> None:
        case = world.case()
        gone = file(world, "gone.txt", b"x")
        del world.shelf.files["gone.txt"]
        large = file(world, "large.bin", b"x", size=3_000_000_000)
        changed = file(world, "changed.txt", b"xyz", size=2)
        outcomes = [
            world.do(AddAttachment(SALESFORCE, T, case, one))[0] for one in (gone, large, changed)
        ]
        assert [o.code for o in outcomes if isinstance(o, Refused)] == ["no_such", "too_large", "invalid"]
        assert world.seen(case).attachments == ()

    def test_a_file_for_a_case_that_is_gone_is_not_left_behind(self, world: World) -> None:
        case = world.case()
        _ = world.person("delete", record=case)
        refused = world.do(AddAttachment(SALESFORCE, T, case, file(world, "a.txt", b"x")))[0]
        assert isinstance(refused, Refused)
        assert all(row.get("IsDeleted") for row in world.vendor.state.rows["ContentDocument"].values())

    @pytest.mark.parametrize(("fate", "came"), [("lost", Retryable), ("lost_before", Retryable)])
    def test_a_lost_upload_shows_nothing_and_is_asked_again(
        self, world: World, fate: str, came: type[Outcome]
    ) -> None:
        case = world.case()
        operation = AddAttachment(SALESFORCE, T, case, file(world, "a.txt", b"x"))
        world.faults.follow([fate], writes=True)
        assert isinstance(world.do(operation)[0], came)
        assert world.seen(case).attachments == ()
        assert isinstance(world.do(operation)[0], Done)
        assert len(world.seen(case).attachments) == 1

    def test_a_lost_answer_to_showing_it_leaves_that_open(self, world: World) -> None:
        case = world.case()
        world.faults.follow(["ok", "lost"], writes=True)
        operation = AddAttachment(SALESFORCE, T, case, file(world, "a.txt", b"x"))
        assert isinstance(world.do(operation)[0], Unanswered)
        assert len(world.seen(case).attachments) == 1

    def test_an_org_without_customers_has_no_audiences(self, world: World) -> None:
        case = world.case()
        del world.vendor.state.objects["ContentDocumentLink"].fields["visibility"]
        done = world.do(AddAttachment(SALESFORCE, T, case, file(world, "a.txt", b"x")))[0]
        assert isinstance(done, Done)
        assert done.attachment

    def test_a_comment_brings_its_files(self, world: World) -> None:
        case = world.case()
        good, bad = file(world, "a.txt", b"x"), file(world, "b.txt", b"y")
        del world.shelf.files["b.txt"]
        done = world.do(say(case, "look", attachments=(good, bad)))[0]
        assert isinstance(done, Done)
        assert set(done.attachments) == {good.id}
        assert set(done.refused) == {f"attachment:{bad.id}"}
