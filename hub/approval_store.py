"""What the store keeps of plans that are held, of every ticket's writes, and of a reconcile under way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from hub.approvals import HeldPlan, Part, PlanState
from hub.drift import Pass
from hub.model import TicketId
from hub.records import JournalEntry


class ApprovalStore(Protocol):
    """One transaction a method. Decisions are taken beside a run, between two writes of it."""

    def hold_plan(self, plan: HeldPlan, parts: Mapping[TicketId, str]) -> HeldPlan:
        """
        Keep a plan for people to decide on, in the place of the one that waits.

        The same plan again is the same row. Since when it waits, and who asks about it, go on from the
        one that it replaces. Of plans nobody can decide on any more the parts are let go.
        """
        ...

    def held_plans(self, states: Sequence[PlanState] = (), limit: int = 50) -> Sequence[HeldPlan]:
        """The newest first."""
        ...

    def held_plan(self, name: str) -> HeldPlan | None:
        """Return the newest plan with this checksum, or the one with this id."""
        ...

    def decide_plan(self, plan_id: int, state: PlanState, by: str, at: str) -> None: ...
    def ask_about(self, plan_id: int, who: str) -> None:
        """From now on `who` asks people about this plan."""
        ...

    def parts(self, states: Sequence[PlanState], plan_id: int | None = None) -> Sequence[Part]:
        """The parts of every plan in these states, or of one."""
        ...

    def let_go(self, parts: Iterable[Part]) -> None:
        """These were rejected, and would not be done any more: from now on nothing of them is known."""
        ...

    def inbox_mark(self) -> int:
        """The last row of the inbox; 0 if it is empty."""
        ...

    def writes_of(self, tickets: Iterable[TicketId]) -> Sequence[JournalEntry]:
        """What was asked for these tickets so far, oldest first."""
        ...

    def soil(self, tickets: Iterable[TicketId]) -> None:
        """Mark tickets dirty: the next run plans them."""
        ...

    # reconcile
    def open_pass(self, *, report: bool) -> Pass | None:
        """Return the reconcile that is under way, if one is: one that mends, or one that only reports."""
        ...

    def save_pass(self, done: Pass) -> Pass:
        """Keep how far it is; a new one gets its number."""
        ...

    def passes(self, limit: int = 10) -> Sequence[Pass]:
        """The newest first."""
        ...
