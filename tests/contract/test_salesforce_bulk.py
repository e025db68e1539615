"""Many writes at once to Salesforce, accounts, and trouble on the way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.account import UpdateAccount
from hub.errors import Unavailable
from hub.model import (
    SALESFORCE,
    CommentId,
    RemoteId,
    TicketId,
)
from hub.operations import (
    Done,
    Operation,
    Outcome,
    Refused,
    RemoveComment,
    Retryable,
    Stale,
    Unanswered,
    UpdateReplica,
)
from tests.contract.salesforce_asking import T, creation, say, update, world
from tests.contract.salesforce_world import Heard, World

__all__ = ["world"]


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


def test_who_we_are_is_asked_once_a_run_even_in_vain(world: World) -> None:
    cases = [world.case(f"n{n}") for n in range(30)]
    operations = [*(update(world, case, Subject="new") for case in cases), *(say(case, "x", case) for case in cases)]
    world.connector = world.connect()
    _ = world.faults.always("html", endpoint="GET */userinfo")
    outcomes = world.do(*operations)
    assert all(isinstance(outcome, Done) for outcome in outcomes)
    assert world.calls() <= 2 + 1 + 5 + 1


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
