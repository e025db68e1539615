"""`stops_in_time`: what a run would do, counted over all and by side; the limits; what may go. Pure."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from hub.approvals import HeldPlan, still_held
from hub.batch import Batch
from hub.cluster import Plan, Replica
from hub.errors import Halted
from hub.gate import Gate, part_digest
from hub.model import JIRA, ZENDESK, CommentId, Person
from hub.operations import AddComment, CreateReplica, DeleteReplica, UpdateReplica
from hub.records import Decision, Held
from hub.replica import Link
from hub.safety import Limits, SideLimits, Toll, added, guard, toll
from tests.unit.hub.clusters import FULL, ISSUE, MAPPINGS, NOW, ONE, POLICY, agreed, field, settled

STATUS = field(JIRA, "status")


def closing(**more: Any) -> UpdateReplica:
    given: dict[str, Any] = {"changes": {STATUS: "Done"}, "before": {STATUS: "To Do"}, **more}
    return UpdateReplica(JIRA, ONE, ISSUE.remote_id, "v1", **given)


def planned(*operations: Any, links: tuple[Link, ...] = ()) -> Plan:
    held = settled().held[ONE]
    return Plan((Decision(held.ticket, links, None, (), (), operations, dirty=True),))


def say(**more: Any) -> AddComment:
    given: dict[str, Any] = {"public": True, "audience": "public", **more}
    return AddComment(
        ZENDESK, ONE, ISSUE.remote_id, CommentId("jira:1:7"), "hi", author=Person("1"), created_at=NOW, **given
    )


@pytest.mark.parametrize(
    ("operation", "kinds"),
    [
        (closing(), {"touch": 1, "close": 1, "notify": 1}),
        (closing(quiet=True), {"touch": 1, "close": 1}),
        (closing(before={STATUS: "Done"}), {"touch": 1, "notify": 1}),
        (CreateReplica(JIRA, ONE, ONE, {}), {"touch": 1, "create": 1, "notify": 1}),
        (DeleteReplica(JIRA, ONE, ISSUE.remote_id), {"touch": 1, "delete": 1}),
        (say(), {"touch": 1, "tell": 1, "notify": 1}),
        (say(public=False, audience="internal"), {"touch": 1, "notify": 1}),
        (say(quiet=True), {"touch": 1}),
    ],
)
def test_what_is_counted(operation: Any, kinds: dict[str, int]) -> None:
    """By kind over all, and the same by the side that is asked."""
    counted = toll([planned(operation, operation)], {}, MAPPINGS, (ZENDESK,))
    assert {k: getattr(counted, k) for k in kinds} == kinds
    assert dict(counted.sides[operation.system]) == kinds


def test_a_ticket_counts_once_over_all_and_once_a_side() -> None:
    counted = toll([planned(closing(), say(public=False))], {}, MAPPINGS)
    assert (counted.touch, counted.sides[JIRA]["touch"], counted.sides[ZENDESK]["touch"]) == (1, 1, 1)


def test_parts_of_a_run_add_up() -> None:
    """Two batches, or two workers' shares, are together what the whole is."""
    parts = [toll([planned(o)], {}, MAPPINGS) for o in (closing(), CreateReplica(JIRA, ONE, ONE, {}))]
    total = added(*parts)
    assert (total.touch, total.close, total.create) == (2, 1, 1)
    assert total.sides == {JIRA: {"touch": 2, "close": 1, "create": 1, "notify": 2}}
    assert added(total, Toll()) == total


def test_replicas_that_are_gone_are_counted_by_side() -> None:
    link = agreed(ISSUE, FULL)
    held = {ONE: Held(settled().held[ONE].ticket, (link,))}
    counted = toll([planned(links=(replace(link, state="gone"),))], held, MAPPINGS)
    assert counted.gone == {JIRA: 1}


@pytest.mark.parametrize(
    ("limits", "says"),
    [
        (Limits(touch=9), "would change 10 tickets; the limit is 9"),
        (Limits(notify=9), "would notify people of 10 tickets"),
        (Limits(sides={JIRA: SideLimits(close=2)}), "would close 3 tickets in jira; the limit there is 2"),
        (Limits(sides={JIRA: SideLimits(delete=6)}), "7 of 100 linked tickets are suddenly gone from jira"),
        (Limits(sides={JIRA: SideLimits(delete_share=0.05)}), "suddenly gone from jira"),
        (Limits(delete_share=0.05), "suddenly gone from jira"),
    ],
)
def test_what_is_too_much(limits: Limits, says: str) -> None:
    """For all sides together, or for one, by limits of its own."""
    total = Toll(
        touch=10, close=3, notify=10, gone={JIRA: 7}, sides={JIRA: {"touch": 10, "close": 3, "notify": 10}}
    )
    guard(total, Limits(), {JIRA: 100})
    guard(total, Limits(sides={ZENDESK: SideLimits(close=0)}), {JIRA: 100})
    with pytest.raises(Halted, match=says):
        guard(total, limits, {JIRA: 100})


# what may go ------------------------------------------------------------------------------------


def digest(*operations: Any) -> str:
    return part_digest(operations, (), MAPPINGS)


def test_a_part_is_the_same_whatever_the_clock_and_the_version_say() -> None:
    """People approve what is done, not at which second, nor the score that goes along."""
    score = field(JIRA, "score.priority")
    one = closing(changes={STATUS: "Done", score: 10}, before={STATUS: "To Do", score: 9})
    two = replace(one, expect="v2", changes={STATUS: "Done", score: 12}, before={STATUS: "To Do", score: 9})
    assert digest(one) == digest(two)
    assert digest(one) != digest(replace(one, changes={STATUS: "In Progress"}))
    assert digest(one) != digest(replace(one, before={STATUS: "In Review"})), "somebody moved it meanwhile"
    assert digest(say()) == digest(replace(say(), expect="v9"))


def batch_of() -> Batch:
    held = settled().held
    return Batch(held=dict(held), rows={Replica(JIRA, ISSUE.remote_id): (1, 2)})


def test_what_was_rejected_stays_where_it_waits() -> None:
    """Its inbox rows are not taken, so that it is planned again; the same plan is not done, another one is."""
    made = planned(closing(), links=settled().held[ONE].links)
    gate = Gate(rejected=frozenset({(ONE, digest(closing()))}))
    batch = batch_of()
    assert gate.admitted(batch, [made], POLICY) == []
    assert (batch.rows, list(gate.kept_back.parts)) == ({}, [ONE])
    other = planned(closing(before={STATUS: "In Progress"}))
    assert gate.admitted(batch_of(), [other], POLICY) == [other]


def test_one_plan_alone_is_carried_out_as_far_as_it_is_the_same() -> None:
    gate = Gate(approved=frozenset({(ONE, digest(closing()))}), only_approved=True)
    made, other = planned(closing()), planned(say())
    assert gate.admitted(batch_of(), [made], POLICY) == [made]
    assert gate.admitted(batch_of(), [other], POLICY) == []
    calm = planned()
    assert gate.admitted(batch_of(), [calm], POLICY) == [calm], "what asks nothing of anybody may go"


def test_what_was_approved_counts_no_more() -> None:
    gate = Gate(approved=frozenset({(ONE, digest(closing()))}))
    assert gate.count([planned(closing())], settled().held, POLICY) == Toll()
    assert gate.count([planned(say())], settled().held, POLICY).tell == 1
    assert list(gate.sheet.parts) == [ONE]


def test_a_plan_that_waits_is_not_counted_again_for_nothing() -> None:
    """While nothing new came in, or while counting costs more than it can tell; changed files always count."""
    plan = HeldPlan("c", "why", "limits", Toll(), (), 1, "run", NOW, NOW, mark=7, rules="r", took=60.0)
    assert still_held(plan, mark=7, rules="r", waited=9999.0)
    assert still_held(plan, mark=8, rules="r", waited=30.0)
    assert not still_held(plan, mark=8, rules="r", waited=601.0)
    assert not still_held(plan, mark=7, rules="other", waited=0.0)
