"""The part of the store that holds plans for people to decide on, and how far a reconcile is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from hub.approvals import HeldPlan, Part, PlanState
from hub.drift import Pass
from hub.model import TicketId
from hub.records import JournalEntry
from hub.store import approvals, audit_decisions, journal
from hub.store import tickets as held_tickets
from hub.store.core import Core


class ApprovalStore(Core):
    """`hub.approval_store.ApprovalStore`. What people decide is written beside a run, between two writes."""

    def hold_plan(self, plan: HeldPlan, parts: Mapping[TicketId, str]) -> HeldPlan:
        with self._beside() as connection:
            return approvals.hold(connection, plan, parts)

    def held_plans(self, states: Sequence[PlanState] = (), limit: int = 50) -> Sequence[HeldPlan]:
        with self._database.reading() as connection:
            return list(approvals.read(connection, states, limit))

    def held_plan(self, name: str) -> HeldPlan | None:
        with self._database.reading() as connection:
            return approvals.called(connection, name)

    def decide_plan(self, plan_id: int, state: PlanState, by: str, at: str) -> None:
        """Raises `LookupError` where there is no such plan."""
        self._change(plan_id, state=state, decided_by=by, decided_at=at)

    def ask_about(self, plan_id: int, who: str) -> None:
        """Raises `LookupError` where there is no such plan."""
        self._change(plan_id, asks=who)

    def _change(self, plan_id: int, **values: str) -> None:
        with self._beside() as connection:
            plan = approvals.called(connection, str(plan_id))
            if plan is None:
                raise LookupError(f"There is no held plan {plan_id}.")
            approvals.change(connection, msgspec.structs.replace(plan, **values))
            if "decided_by" in values and plan.state != values["state"]:
                audit_decisions.plan_decided(connection, plan, values)

    def parts(self, states: Sequence[PlanState], plan_id: int | None = None) -> Sequence[Part]:
        with self._database.reading() as connection:
            return approvals.parts(connection, states, plan_id)

    def let_go(self, parts: Iterable[Part]) -> None:
        with self._beside() as connection:
            approvals.let_go(connection, sorted(parts))

    def inbox_mark(self) -> int:
        with self._database.reading() as connection:
            return approvals.inbox_mark(connection)

    def writes_of(self, tickets: Iterable[TicketId]) -> Sequence[JournalEntry]:
        with self._database.reading() as connection:
            return journal.of_tickets(connection, sorted(tickets))

    def soil(self, tickets: Iterable[TicketId]) -> None:
        with self._beside() as connection:
            held_tickets.soil(connection, tickets)

    # reconcile

    def open_pass(self, *, report: bool) -> Pass | None:
        with self._database.reading() as connection:
            return approvals.open_pass(connection, report=report)

    def save_pass(self, done: Pass) -> Pass:
        with self._fenced() as connection:
            return approvals.save_pass(connection, done)

    def passes(self, limit: int = 10) -> Sequence[Pass]:
        with self._database.reading() as connection:
            return approvals.read_passes(connection, limit)
