"""Writing Cases by the real connector: every operation, every fate, and the truth about both."""

from __future__ import annotations

from typing import Any

import pytest

from hub.model import (
    SALESFORCE,
    Person,
)
from hub.operations import (
    CreateReplica,
    Done,
    Refused,
    Retryable,
    Stale,
    Unanswered,
    UpdateReplica,
)
from tests.contract.salesforce_asking import T, creation, say, update, world
from tests.contract.salesforce_world import World

__all__ = ["world"]


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
