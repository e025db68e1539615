"""Plans held for approval and reconciles under way: kept, replaced, decided on, let go."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from hub.approvals import HeldPlan
from hub.drift import Pass
from hub.model import TicketId
from hub.safety import Toll
from hub.store import SqlStore
from hub.store.approvals import PLANS_WITH_PARTS
from tests.unit.store.samples import AT, RUN, decision, update

LATER = "2026-01-01T01:00:00Z"
A, B = TicketId("a"), TicketId("b")


def plan(checksum: str, at: str = AT, **more: Any) -> HeldPlan:
    given: dict[str, Any] = {"toll": Toll(touch=2), "rows": (), "tickets": 2, **more}
    return HeldPlan(checksum, "too much", "limits", run=RUN, at=at, since=at, **given)


def test_a_plan_waits_and_is_found_by_checksum_and_id(store: SqlStore) -> None:
    held = store.hold_plan(plan("c1"), {A: "1", B: "2"})
    assert store.held_plans(("waiting",)) == [held]
    assert store.held_plan("c1") == store.held_plan(str(held.id)) == held
    assert store.held_plan("c2") is None
    assert set(store.parts(("waiting",))) == {(A, "1"), (B, "2")}
    assert store.parts(("approved",)) == []


def test_the_same_plan_again_is_one_plan_that_waits_since_then(store: SqlStore) -> None:
    """Only when it was counted last moves; who asks about it goes on asking."""
    first = store.hold_plan(plan("c1"), {A: "1"})
    store.ask_about(first.id, "flow run 7")
    again = store.hold_plan(plan("c1", LATER), {A: "1"})
    assert (again.id, again.since, again.at, again.asks) == (first.id, AT, LATER, "flow run 7")
    assert store.held_plans() == [again]


def test_another_plan_replaces_it_and_both_can_be_decided_on(store: SqlStore) -> None:
    """It waits since the first of them; what people saw of the first can still be approved."""
    first = store.hold_plan(plan("c1"), {A: "1"})
    second = store.hold_plan(plan("c2", LATER), {A: "1", B: "2"})
    assert [(p.checksum, p.state, p.since) for p in store.held_plans()] == [
        ("c2", "waiting", AT),
        ("c1", "replaced", AT),
    ]
    store.decide_plan(first.id, "approved", "kim", LATER)
    assert store.parts(("approved",)) == [(A, "1")]
    assert store.parts((), second.id) == [(A, "1"), (B, "2")]
    found = store.held_plan("c1")
    assert found is not None
    assert (found.state, found.decided_by, found.decided_at) == ("approved", "kim", LATER)
    with pytest.raises(LookupError):
        store.decide_plan(99, "approved", "kim", LATER)


def test_what_was_rejected_and_is_over_is_forgotten(store: SqlStore) -> None:
    """Part by part; with its last part the plan waits for nobody's decision any more."""
    first = store.hold_plan(plan("r"), {A: "1", B: "2"})
    store.decide_plan(first.id, "rejected", "kim", AT)
    approved = store.hold_plan(plan("a"), {A: "1"})
    store.decide_plan(approved.id, "approved", "kim", AT)
    store.let_go([(A, "1"), (B, "another")])
    assert store.parts(("rejected",)) == [(B, "2")]
    assert store.parts(("approved",)) == [(A, "1")], "what was approved is not touched"
    store.let_go([(B, "2")])
    assert [(p.checksum, p.state) for p in store.held_plans()] == [("a", "approved"), ("r", "replaced")]


def test_old_plans_are_remembered_without_their_parts(store: SqlStore) -> None:
    """One that was rejected holds for ever; of the others nobody can decide any more."""
    rejected = store.hold_plan(plan("r"), {A: "r"})
    store.decide_plan(rejected.id, "rejected", "kim", AT)
    plans = [store.hold_plan(plan(f"c{i}"), {A: str(i)}) for i in range(PLANS_WITH_PARTS + 3)]
    assert store.parts((), plans[0].id) == []
    assert store.parts((), plans[-2].id) == [(A, str(PLANS_WITH_PARTS + 1))]
    assert store.parts(("rejected",)) == [(A, "r")]
    assert len(store.held_plans()) == PLANS_WITH_PARTS + 4


def test_what_was_written_to_tickets_over_all_runs(store: SqlStore) -> None:
    store.commit([decision("a", update("a")), decision("b", update("b"))], [], "run-1", AT)
    store.commit([decision("a", update("a"))], [], "run-2", LATER)
    assert [(e.run, e.ticket_id) for e in store.writes_of([A])] == [("run-1", "a"), ("run-2", "a")]
    assert [e.run for e in store.writes_of([B, A])] == ["run-1", "run-1", "run-2"]
    store.soil([B])
    assert store.dirty(5) == ["b"]


def test_a_reconcile_is_found_where_it_was(store: SqlStore) -> None:
    """One that mends and one that only reports each have their own place."""
    with store.lease("test"):
        first = store.save_pass(Pass(AT))
        assert store.open_pass(report=False) == first
        assert store.open_pass(report=True) is None
        further = store.save_pass(replace(first, after="b", tickets=2))
        told = store.save_pass(Pass(LATER, report=True))
        assert store.open_pass(report=False) == further
        assert store.open_pass(report=True) == told
        ended = store.save_pass(replace(further, state="done", ended=LATER))
    assert store.open_pass(report=False) is None
    assert store.passes() == [told, ended]
