"""Writing to Salesforce by the real connector: every operation, every fate, and the truth about both."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.account import UpdateAccount
from hub.errors import Unavailable
from hub.model import (
    SALESFORCE,
    Attachment,
    AttachmentId,
    Audience,
    CommentId,
    Person,
    RemoteId,
    TicketId,
)
from hub.operations import (
    AddAttachment,
    AddComment,
    CreateReplica,
    DeleteReplica,
    Done,
    EditComment,
    Operation,
    Outcome,
    Refused,
    RemoveComment,
    Retryable,
    SetReference,
    Stale,
    Unanswered,
    UpdateReplica,
)
from tests.contract.salesforce_world import Heard, World

T = TicketId("zendesk:7")


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    yield made
    made.connector.close()


def creation(key: str = "zendesk:7", **raw: Any) -> CreateReplica:
    return CreateReplica(SALESFORCE, TicketId(key), TicketId(key), {"Subject": "Broken", **raw})


def update(world: World, case: RemoteId, *, ours: bool = False, **changes: Any) -> UpdateReplica:
    seen = world.seen(case, whole=False)
    assert seen.raw is not None
    before = {name: seen.raw.get(name) for name in changes}
    return UpdateReplica(SALESFORCE, T, case, seen.version, changes, before, ours=ours)


def say(case: RemoteId, body: str, key: str = "zendesk:7:1", **more: Any) -> AddComment:
    options: dict[str, Any] = {"public": False, "audience": "internal", **more}
    return AddComment(
        SALESFORCE, T, case, CommentId(key), body,
        author=Person("1", "Eve", "eve@eng.example"), created_at="2026-05-28T00:00:00Z", **options,
    )  # fmt: skip


def answered(world: World, operations: Sequence[Operation]) -> dict[int, Outcome]:
    """Execute; return what was answered by the time that the system failed for good, if it did."""
    outcomes: dict[int, Outcome] = {}
    try:
        for index, outcome in world.connector.execute(operations):
            assert index not in outcomes
            outcomes[index] = outcome
    except Unavailable:
        return outcomes
    assert len(outcomes) == len(operations)
    return outcomes


class TestCreations:
    def test_a_case_is_created_with_its_key(self, world: World) -> None:
        person = Person("9", "Ann Lee", "ann@example.com")
        operation = CreateReplica(
            SALESFORCE, T, T, {"Subject": "No login", "Components__c": ["Web", "Data"]}, requester=person
        )
        done = world.do(operation)[0]
        assert isinstance(done, Done)
        seen = world.seen(done.remote_id)
        assert seen.raw is not None
        assert (done.label, done.url, done.version) == (seen.label, seen.url, seen.version)
        assert seen.key == T
        assert seen.raw["requester"] == {"email": "ann@example.com", "name": "Ann Lee"}
        assert seen.raw["Components__c"] == ["Data", "Web"]
        assert world.connector.find([T])[T].remote_id == done.remote_id

    def test_two_hundred_are_one_call(self, world: World) -> None:
        before = world.calls()
        outcomes = world.do(*(creation(f"zendesk:{n}") for n in range(450)))
        assert all(isinstance(outcome, Done) and outcome.label for outcome in outcomes)
        assert len({o.remote_id for o in outcomes if isinstance(o, Done)}) == 450
        assert world.calls() - before == 3 + 1  # and once, who we are

    def test_one_under_the_same_key_is_not_created_twice(self, world: World) -> None:
        first = world.do(creation())[0]
        again = world.do(creation(Subject="Broken still"))[0]
        assert isinstance(first, Done)
        assert isinstance(again, Done)
        assert again.remote_id == first.remote_id

    def test_a_bad_field_is_left_out(self, world: World) -> None:
        good, bad = world.do(creation("zendesk:1"), creation("zendesk:2", Severity__c="S9", Type="Problem"))
        assert isinstance(good, Done)
        assert isinstance(bad, Done)
        assert not good.refused
        assert set(bad.refused) == {"Severity__c"}
        assert "correct the mapping" in bad.refused["Severity__c"]
        assert world.raw(bad.remote_id)["Type"] == "Problem"


class TestUpdates:
    def test_a_change_answers_with_what_it_left(self, world: World) -> None:
        case = world.case()
        world.clock.advance(10)
        done = world.do(update(world, case, Subject="  Broken, still ", Affected_Users__c=3))[0]
        assert isinstance(done, Done)
        assert done.raw == {"Subject": "Broken, still", "Affected_Users__c": 3}
        assert done.version == world.seen(case).version

    def test_a_stale_change_is_not_made(self, world: World) -> None:
        cases = [world.case(f"n{n}") for n in range(30)]
        operations = [update(world, case, Priority="High") for case in cases]
        world.clock.advance(5)
        for case in cases[::2]:
            world.edit(case, Priority="Low")
        before = world.calls()
        outcomes = world.do(*operations)
        assert [type(outcome) for outcome in outcomes] == [Stale, Done] * 15
        assert world.calls() - before == 2 + 1  # and once, who we are
        assert {world.raw(case)["Priority"] for case in cases[::2]} == {"Low"}

    def test_an_edit_of_the_same_second_is_not_lost(self, world: World) -> None:
        case = world.case()
        operation = update(world, case, Subject="The hub's", Priority="High")
        world.edit(case, Subject="A person's")  # the clock stands still
        assert isinstance(world.do(operation)[0], Stale)
        assert world.raw(case)["Subject"] == "A person's"

    def test_what_salesforce_makes_of_a_text_is_told(self, world: World) -> None:
        case = world.case()
        done = world.do(update(world, case, ours=True, Score_Reasons__c=" a\nb \n", Support_Score__c=1))[0]
        assert isinstance(done, Done)
        assert done.raw == {name: world.raw(case)[name] for name in ("Score_Reasons__c", "Support_Score__c")}

    def test_a_requester_beside_a_contact_is_refused(self, world: World) -> None:
        contact = world.make("Contact", LastName="Lee", Email="ann@example.com")
        case = world.case(ContactId=contact)
        seen = world.raw(case)
        before = {"requester": seen["requester"], "ContactId": contact}
        person = {"email": "bob@example.com", "name": "Bob"}
        operation = UpdateReplica(SALESFORCE, T, case, "", {"requester": person}, before)
        refused = world.do(operation)[0]
        assert isinstance(refused, Refused)
        assert "choose another contact" in refused.reason

    def test_fields_of_ours_are_written_by_the_hundreds(self, world: World) -> None:
        cases = [world.case(f"n{n}") for n in range(401)]
        operations = [
            UpdateReplica(SALESFORCE, T, case, "2026-05-28T00:00:00Z", {"Support_Score__c": 7}, ours=True)
            for case in cases
        ]
        before = world.calls()
        assert all(isinstance(outcome, Done) for outcome in world.do(*operations))
        assert world.calls() - before == 3
        assert {world.raw(case)["Support_Score__c"] for case in cases[::100]} == {7}

    def test_order_of_one_case_is_kept(self, world: World) -> None:
        case = world.case()
        outcomes = world.do(
            say(case, "one", "k1"), update(world, case, Subject="new"), say(case, "two", "k2")
        )
        assert [type(outcome) for outcome in outcomes] == [Done] * 3
        assert [comment.body for comment in world.seen(case).comments] == ["one", "two"]


class TestRefusals:
    @pytest.mark.parametrize("ours", [True, False])
    @pytest.mark.parametrize(
        ("field", "value", "said"),
        [
            ("Severity__c", "S9", "restricted picklist"),
            ("Subject", "x" * 256, "too large"),
            ("ContactId", "003000000000001AAA", "invalid cross reference"),
            ("ContactId", "nonsense", "incorrect type"),
            ("Go_Live_Date__c", "someday", "Cannot deserialize"),
            ("CaseNumber", "7", "read/write"),
            ("Nowhere__c", "x", "No such column"),
            ("Affected_Users__c", 10**12, "valid range"),
            ("SuppliedEmail", "nobody", "invalid email"),
        ],
    )
    def test_one_bad_field_does_not_stop_the_others(
        self, world: World, field: str, value: Any, said: str, ours: bool
    ) -> None:
        case, other = world.case(), world.case("other")
        outcomes = world.do(
            update(world, case, ours=ours, **{field: value, "Environment__c": "prod"}),
            update(world, other, ours=ours, Environment__c="test"),
        )
        bad, good = outcomes
        assert isinstance(bad, Done)
        assert isinstance(good, Done)
        assert set(bad.refused) == {field}
        assert said in bad.refused[field]
        assert world.raw(case)["Environment__c"] == "prod"
        assert world.raw(other)["Environment__c"] == "test"

    @pytest.mark.parametrize("ours", [True, False])
    def test_a_hidden_field(self, world: World, ours: bool) -> None:
        case = world.case()
        operation = update(world, case, ours=ours, Workaround__c="none", Environment__c="prod")
        _ = world.person("permit", user="hub@sales.example", object="Case", field="Workaround__c", access="none")
        done = world.do(operation)[0]
        assert isinstance(done, Done)
        assert "permission set" in done.refused["Workaround__c"]
        assert world.raw(case)["Environment__c"] == "prod"

    @pytest.mark.parametrize("ours", [True, False])
    def test_a_validation_rule(self, world: World, ours: bool) -> None:
        case = world.case()
        rule = {"object": "Case", "when": {"Priority": "Low"}, "message": "Low is for nobody here"}
        world.settings["validation_rules"] = [rule]
        refused = world.do(update(world, case, ours=ours, Priority="Low", Type="Problem"))[0]
        assert isinstance(refused, Refused)
        assert "Low is for nobody here" in refused.reason
        world.settings["validation_rules"] = [{**rule, "field": "Priority"}]
        done = world.do(update(world, case, ours=ours, Priority="Low", Type="Problem"))[0]
        assert isinstance(done, Done)
        assert set(done.refused) == {"Priority"}
        assert world.raw(case)["Type"] == "Problem"

    def test_all_fields_refused_is_a_refusal(self, world: World) -> None:
        case = world.case()
        refused = world.do(update(world, case, Subject="x" * 300))[0]
        assert isinstance(refused, Refused)
        assert refused.code == "too_long"

    @pytest.mark.parametrize("ours", [True, False])
    def test_a_deleted_case(self, world: World, ours: bool) -> None:
        case = world.case()
        operation = update(world, case, ours=ours, Subject="new")
        _ = world.person("delete", record=case)
        refused = world.do(operation)[0]
        assert isinstance(refused, Refused)
        assert refused.code == "gone"

    @pytest.mark.parametrize("ours", [True, False])
    def test_a_trigger(self, world: World, ours: bool) -> None:
        case = world.case()
        world.settings["triggers"] = [{"object": "Case", "when": {"Type": "Problem"}, "message": "null"}]
        refused = world.do(update(world, case, ours=ours, Type="Problem"))[0]
        assert isinstance(refused, Refused)
        assert "trigger or flow" in refused.reason

    def test_a_duplicate_rule(self, world: World) -> None:
        _ = world.case("Broken")
        world.settings["duplicate_rules"] = [{"object": "Case", "field": "Subject", "action": "alert"}]
        assert isinstance(world.do(creation("zendesk:1"))[0], Done)
        world.settings["duplicate_rules"] = [{"object": "Case", "field": "Subject", "action": "block"}]
        refused = world.do(creation("zendesk:2"))[0]
        assert isinstance(refused, Refused)
        assert "merge the duplicates" in refused.reason

    @pytest.mark.parametrize("ours", [True, False])
    def test_a_locked_row_is_asked_again_for_a_while(self, world: World, ours: bool) -> None:
        case, free = world.case(), world.case("free")
        operations = [update(world, one, ours=ours, Subject="new") for one in (case, free)]
        world.settings["locked"] = [case]
        outcomes = world.do(*operations)
        assert isinstance(outcomes[0], Retryable)
        assert isinstance(outcomes[1], Done)
        assert len(world.naps) >= 3
        world.settings["locked"] = []
        assert isinstance(world.do(operations[0])[0], Done)


class TestLostAnswers:
    @pytest.mark.parametrize("ours", [True, False])
    @pytest.mark.parametrize("fate", ["lost", "lost_before"])
    def test_a_change(self, world: World, fate: str, ours: bool) -> None:
        case = world.case()
        operations = [update(world, case, ours=ours, Subject="new"), say(case, "behind")]
        world.faults.follow([fate], writes=True)
        outcomes = world.do(*operations)
        assert isinstance(outcomes[0], Unanswered)
        assert isinstance(outcomes[1], Retryable)

    def test_a_creation_is_found_by_its_key(self, world: World) -> None:
        _ = world.do(creation("zendesk:1"))
        world.faults.follow(["lost"], writes=True)
        assert isinstance(world.do(creation())[0], Unanswered)
        assert world.connector.find([T])[T].key == T

    def test_a_comment_is_found_by_its_mark(self, world: World) -> None:
        case = world.case()
        world.faults.follow(["lost"], writes=True)
        assert isinstance(world.do(say(case, "hello"))[0], Unanswered)
        assert [comment.key for comment in world.seen(case).comments] == ["zendesk:7:1"]


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


class Stingy(Heard):
    """An org in which the hub's user may not delete comments."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.method != "DELETE":
            return super().handle_request(request)
        said = "insufficient access rights on object id"
        error: dict[str, Any] = {"statusCode": "INSUFFICIENT_ACCESS_OR_READONLY", "message": said, "fields": []}
        asked = request.url.params["ids"].split(",")
        rows: list[dict[str, Any]] = [{"success": False, "errors": [error]} for _ in asked]
        return httpx.Response(200, json=rows, request=request)


def test_a_comment_that_may_not_be_deleted_is_hidden_from_customers(world: World) -> None:
    case = world.case()
    done = world.do(say(case, "hello", public=True))[0]
    assert isinstance(done, Done)
    assert done.comment is not None
    world.wire = Stingy(world.sandbox, "salesforce")
    world.connector = world.connect()
    removal = RemoveComment(SALESFORCE, T, case, done.comment.id, CommentId("zendesk:7:1"))
    assert isinstance(world.do(removal)[0], Done)
    (shown,) = world.seen(case).comments
    assert not shown.public


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


def test_who_we_are_is_asked_once_a_run_even_in_vain(world: World) -> None:
    cases = [world.case(f"n{n}") for n in range(30)]
    operations = [*(update(world, case, Subject="new") for case in cases), *(say(case, "x", case) for case in cases)]
    world.connector = world.connect()
    _ = world.faults.always("html", endpoint="GET */userinfo")
    outcomes = world.do(*operations)
    assert all(isinstance(outcome, Done) for outcome in outcomes)
    assert world.calls() <= 2 + 1 + 5 + 1


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


class TestAccounts:
    def test_accounts_are_written_by_the_hundreds(self, world: World) -> None:
        accounts = [world.make("Account", Name=f"n{n}") for n in range(250)]
        updates = [UpdateAccount(SALESFORCE, it, {"Open_Tickets__c": 3}) for it in accounts]
        updates.append(UpdateAccount(SALESFORCE, accounts[0], {"Open_Tickets__c": 4, "Nowhere__c": 1}))
        before = world.calls()
        outcomes = dict(world.connector.update_accounts(updates))
        assert world.calls() - before == 2 + 2
        assert len(outcomes) == len(updates)
        last = outcomes[250]
        assert isinstance(last, Done)
        assert set(last.refused) == {"Nowhere__c"}
        shown = world.connector.fetch_accounts(accounts[:2])
        assert [(shown[it].raw or {})["Open_Tickets__c"] for it in accounts[:2]] == [4, 3]


class TestBulk:
    def test_a_backfill_goes_by_a_job(self, world: World) -> None:
        operations: list[Operation] = [creation(f"zendesk:{n}", Environment__c='a,"b"\nc') for n in range(2100)]
        operations[7] = creation("zendesk:7", Severity__c="S9", Type="Problem")
        operations[9] = creation("zendesk:9", Description="x" * 40_000)
        operations[11] = creation("zendesk:11", Subject="#N/A")
        before = world.calls()
        outcomes = world.do(*operations)
        assert all(isinstance(outcome, Done) and outcome.label for outcome in outcomes)
        assert world.calls() - before < 20
        made = {it.remote_id: it for it in outcomes if isinstance(it, Done)}
        assert len(made) == 2100
        refused = {n: set(it.refused) for n, it in enumerate(outcomes) if isinstance(it, Done) and it.refused}
        assert refused == {7: {"Severity__c"}, 9: {"Description"}}
        found = world.connector.find([TicketId("zendesk:2099"), TicketId("zendesk:11")])
        assert {seen.raw["Environment__c"] for seen in found.values() if seen.raw} == {'a,"b"\nc', None}
        assert found[TicketId("zendesk:11")].raw is not None

    def test_updates_by_a_job(self, world: World) -> None:
        cases = [world.case(f"n{n}") for n in range(2003)]
        _ = world.person("delete", record=cases[5])
        world.settings["locked"] = [cases[6]]
        operations = [
            UpdateReplica(SALESFORCE, T, case, "v", {"Support_Score__c": 7, "SLA_State__c": None}, ours=True)
            for case in cases
        ]
        outcomes = world.do(*operations)
        assert isinstance(outcomes[5], Refused)
        assert outcomes[5].code == "gone"
        assert isinstance(outcomes[6], Retryable)
        rest = [outcome for n, outcome in enumerate(outcomes) if n not in (5, 6)]
        assert all(isinstance(outcome, Done) for outcome in rest)
        assert world.raw(cases[2002])["Support_Score__c"] == 7

    def test_warnings_of_duplicate_rules_do_not_stop_a_backfill(self, world: World) -> None:
        world.settings["duplicate_rules"] = [{"object": "Case", "field": "Subject", "action": "alert"}]
        operations = [creation(f"zendesk:{n}", Subject=f"n{max(n, 1)}") for n in range(2001)]
        assert all(isinstance(outcome, Done) for outcome in world.do(*operations))

    def test_a_column_that_is_not_there_fails_no_row(self, world: World) -> None:
        operations = [creation(f"zendesk:{n}", **({"Nowhere__c": "x"} if n == 3 else {})) for n in range(2001)]
        outcomes = world.do(*operations)
        assert all(isinstance(outcome, Done) for outcome in outcomes)
        assert [n for n, it in enumerate(outcomes) if isinstance(it, Done) and it.refused] == [3]

    @pytest.mark.parametrize(
        ("endpoint", "fate", "came"),
        [
            ("POST */jobs/ingest", "lost", Retryable),
            ("PUT */batches", "lost", Retryable),
            ("PATCH */jobs/ingest/*", "lost", Done),
            ("PATCH */jobs/ingest/*", "lost_before", Done),
            ("GET */jobs/ingest/*Results*", "fail", Unanswered),
            ("GET */jobs/ingest/*", "throttle", Unanswered),
            ("PUT */batches", "html", Retryable),
        ],
    )
    def test_a_lost_answer_on_the_way(
        self, world: World, endpoint: str, fate: str, came: type[Outcome]
    ) -> None:
        times = 20 if fate == "fail" else 1
        _ = world.faults.always(fate, endpoint=endpoint, times=times)
        outcomes = answered(world, [creation(f"zendesk:{n}") for n in range(2001)])
        assert {type(outcome) for outcome in outcomes.values()} == {came}
        assert len(outcomes) == 2001


def test_what_a_job_did_is_told_even_if_the_rest_of_its_results_is_lost(world: World) -> None:
    operations = [creation(f"zendesk:{n}", **({"Severity__c": "S9"} if n == 3 else {})) for n in range(2001)]
    _ = world.faults.always("fail", endpoint="GET */failedResults*")
    outcomes = answered(world, operations)
    assert len(outcomes) == 2001
    assert [n for n, outcome in outcomes.items() if isinstance(outcome, Unanswered)] == [3]
    assert all(isinstance(outcome, Done) for n, outcome in outcomes.items() if n != 3)


class TestTrouble:
    def test_a_spent_budget_pauses_the_run(self, world: World) -> None:
        cases = [world.case(f"n{n}") for n in range(3)]
        operations = [update(world, case, Subject="new") for case in cases]
        world.faults.follow(["throttle"], writes=True)
        with pytest.raises(Unavailable, match="24 hours"):
            _ = world.do(*operations)
        world.connector = world.connect()
        assert all(isinstance(outcome, Done) for outcome in world.do(*operations))

    def test_an_ended_session_is_renewed(self, world: World) -> None:
        case = world.case()
        operation = update(world, case, Subject="new")
        world.clock.advance(3600)
        world.vendor.expire_tokens()
        assert isinstance(world.do(operation)[0], Done)

    def test_an_answer_that_is_no_json_leaves_a_write_in_doubt(self, world: World) -> None:
        case = world.case()
        world.faults.follow(["html"], writes=True)
        assert isinstance(world.do(say(case, "x"))[0], Unanswered | Retryable)

    def test_maintenance_is_waited_out(self, world: World) -> None:
        case = world.case()
        operation = update(world, case, Subject="new")
        world.faults.follow([{"fate": "fail", "seconds": 3}], writes=True)
        assert isinstance(world.do(operation)[0], Done)
        assert world.naps


FATES = st.lists(
    st.sampled_from(["ok", "ok", "fail", "fail_500", "lost", "lost_before", "throttle", "html"]), max_size=12
)


@settings(max_examples=25, deadline=None)
@given(FATES, st.lists(st.integers(0, 4), min_size=1, max_size=9), st.booleans())
def test_whatever_happens_on_the_way_the_outcomes_tell_the_truth(
    fates: list[str], targets: list[int], writes: bool
) -> None:
    """
    Done was done once, refused and retryable not at all, unanswered at most once, in order.

    If the system fails for good, what was not answered was not asked.
    """
    world = World()
    cases = [world.case(f"n{n}") for n in range(5)]
    operations = [say(cases[n], f"c{at}", f"key-{at}") for at, n in enumerate(targets)]
    world.faults.follow(fates, writes=writes)
    outcomes = answered(world, operations)
    world.faults.clear()
    seen = world.connect().fetch(cases, whole=True)
    shown = {case: [comment.key for comment in seen[case].comments] for case in cases}
    for at, operation in enumerate(operations):
        times = shown[operation.remote_id].count(operation.key)
        match outcomes.get(at):
            case Done():
                assert times == 1
            case Unanswered():
                assert times <= 1
            case _:
                assert times == 0
    for keys in shown.values():
        assert keys == sorted(keys, key=lambda key: int(str(key).removeprefix("key-")))
    world.connector.close()


@settings(max_examples=25, deadline=None)
@given(FATES, st.lists(st.tuples(st.integers(0, 4), st.booleans()), min_size=1, max_size=9))
def test_whatever_happens_changes_tell_the_truth(fates: list[str], targets: list[tuple[int, bool]]) -> None:
    """Done is shown, refused, retryable and stale are not, of what is unanswered nobody can tell."""
    world = World()
    cases = [world.case(f"n{n}") for n in range(5)]
    asked = [
        update(world, cases[n], ours=ours, **{f"{'Score_Reasons' if ours else 'Environment'}__c": f"v{at}"})
        for at, (n, ours) in enumerate(targets)
    ]
    world.faults.follow(fates, writes=True)
    outcomes = answered(world, asked)
    world.faults.clear()
    world.connector = world.connect()
    left: dict[tuple[RemoteId, str], set[str | None]] = {}
    for at, operation in enumerate(asked):
        ((field, value),) = operation.changes.items()
        may_show = left.setdefault((operation.remote_id, field), {None})
        match outcomes.get(at):
            case Done():
                may_show.clear()
                may_show.add(value)
            case Unanswered():
                may_show.add(value)
            case _:
                pass
    for (case, field), values in left.items():
        assert world.raw(case)[field] in values
    world.connector.close()


@settings(max_examples=25, deadline=None)
@given(FATES, st.integers(1, 5), st.booleans())
def test_whatever_happens_no_case_is_created_twice(fates: list[str], count: int, writes: bool) -> None:
    """Done is one Case, unanswered at most one, anything else none; `find` tells which."""
    world = World()
    asked = [creation(f"jira:{n}") for n in range(count)]
    world.faults.follow(fates, writes=writes)
    outcomes = answered(world, asked)
    world.faults.clear()
    made = [row.get("Support_Hub_Key__c") for row in world.vendor.state.rows["Case"].values()]
    found = world.connect().find([it.key for it in asked])
    for at, operation in enumerate(asked):
        times = made.count(operation.key)
        assert times == (operation.key in found)
        outcome = outcomes.get(at)
        assert times == 1 if isinstance(outcome, Done) else times <= isinstance(outcome, Unanswered)
    world.connector.close()


FIELDS = ("Subject", "Environment__c", "Workaround__c")


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(FIELDS), st.booleans()), max_size=5))
def test_no_edit_is_written_over_unseen(edits: list[tuple[str, bool]]) -> None:
    """Whoever edits after we looked, in the same second or later, keeps what they typed."""
    world = World()
    case = world.case()
    ours: dict[str, Any] = {"Subject": "The hub's", "Environment__c": "The hub's too"}
    operation = update(world, case, **ours)
    typed: dict[str, str] = {}
    for at, (field, wait) in enumerate(edits):
        world.clock.advance(int(wait))
        typed[field] = f"A person's {at}"
        world.edit(case, **{field: typed[field]})
    came = world.do(operation)[0]
    raw = world.raw(case)
    assert {field: raw[field] for field in typed} == typed
    if any(wait for _, wait in edits) or set(typed) & set(ours):
        assert isinstance(came, Stale)
    else:
        assert isinstance(came, Done)
        assert came.raw == {field: raw[field] for field in ours} == ours
    world.connector.close()
