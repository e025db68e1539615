"""A run that would do too much: its plan is held, people decide, and what they approved goes."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any

import msgspec

from flows.remapping import changed_rules
from flows.rule_marks import fingerprint_of, keep_texts, texts_of
from flows.wiring import Assembly
from hub.approvals import HeldPlan, PlanState, in_words, still_held
from hub.errors import Halted, Misconfigured, Unavailable
from hub.gate import Gate
from hub.ports import Store
from hub.store.audit_acts import whoami
from hub.sync import Run

_PAGE = 1000
_ROWS = 20
"""Lines of what did not go that a run's summary tells."""


class Holder:
    """Stands at the gate of one run: what people decided goes in, what they must decide on comes out."""

    def __init__(self, assembly: Assembly, run: Run, checksum: str = "") -> None:
        self._assembly = assembly
        self._run = run
        self._began = time.perf_counter()
        self._texts = texts_of(assembly.settings)
        self._rules = fingerprint_of(self._texts)
        self.checksum = checksum
        """Of a plan that nobody held: to be compared with what there is to do now."""
        self.plan = self._asked_for(checksum)
        """The held plan that is to be carried out, and nothing else."""
        self._counted = False
        """It was this run, of several at once, that counted what waits."""
        run.gate = self._gate()

    def _asked_for(self, checksum: str) -> HeldPlan | None:
        plan = self._assembly.store.held_plan(checksum) if checksum else None
        if plan is None:
            return None
        if plan.state in ("done", "rejected"):
            raise Misconfigured(
                f"plan {plan.checksum} is {plan.state}; nothing was written. `hub approvals` lists what waits"
            )
        self.checksum = ""
        if plan.kind == "rules":
            _ = decide(self._assembly, checksum, "approved", "hub apply")
            return None
        return plan

    def _gate(self) -> Gate:
        store = self._assembly.store
        approved: tuple[PlanState, ...] = ("approved",)
        parts = store.parts(approved) if self.plan is None else store.parts((), self.plan.id)
        rejected = store.parts(("rejected",))
        return Gate(frozenset(parts), frozenset(rejected), self.plan is not None, remember=self._remember)

    def _remember(self) -> None:
        """Stop at once where a plan waits, and counting again would only say so."""
        for plan in self._assembly.store.held_plans(("waiting",), 1):
            waited = _seconds(plan.at, self._assembly.wires.now())
            if still_held(plan, self._assembly.store.inbox_mark(), self._rules, waited):
                raise Halted(in_words(plan))
        self._counted = True

    def check_rules(self) -> None:
        """
        Count what changed rule files change, before anything is written by them.

        Raises `Halted` if that is more than `limits.remap`, and holds it for approval.
        """
        for plan in self._assembly.store.held_plans(("waiting",), 1):
            if plan.kind == "rules" and plan.rules == self._rules:
                raise Halted(in_words(plan))
        found = changed_rules(self._assembly, self._texts)
        if found is None or found.tickets <= self._run.hub.limits.remap:
            if found is not None and found.down:
                raise Unavailable(
                    f"the rule files were changed ({', '.join(found.files)}), and what that changes cannot "
                    f"be counted while {', '.join(sorted(found.down))} does not answer; the next run tries"
                )
            return
        why = (
            f"Stopped before the first write: the rule files were changed ({', '.join(found.files)}), which "
            f"would change {found.tickets} tickets; the limit is {self._run.hub.limits.remap}. "
            "`hub approvals` shows how; `hub plan --mappings` tries other files."
        )
        checksum = fingerprint_of({"old": found.against, "new": self._rules})
        plan = self._new(checksum, why, "rules")
        plan = msgspec.structs.replace(
            plan, toll=found.toll, rows=found.rows, tickets=found.tickets, unseen=found.unseen
        )
        _ = self._assembly.store.hold_plan(plan, {})
        raise Halted(f"{why} `hub apply --checksum {checksum}` approves them.")

    def hold(self, halted: Halted) -> str:
        """Keep what the run counted, for people to decide on; return what to tell them."""
        sheet = self._run.gate.sheet
        if not sheet.parts:
            return str(halted)
        why = str(halted).replace("<its checksum>", sheet.checksum)
        plan = self._new(sheet.checksum, why, "limits")
        plan = msgspec.structs.replace(plan, toll=sheet.total, rows=sheet.rows(), tickets=len(sheet.parts))
        _ = self._assembly.store.hold_plan(plan, sheet.parts)
        return why

    def _new(self, checksum: str, why: str, kind: Any) -> HeldPlan:
        now = self._assembly.wires.now()
        return HeldPlan(
            checksum=checksum,
            why=why,
            kind=kind,
            toll=self._run.gate.sheet.total,
            rows=(),
            tickets=0,
            run=self._run.id,
            at=now,
            since=now,
            mark=self._assembly.store.inbox_mark(),
            rules=self._rules,
            took=round(time.perf_counter() - self._began, 1),
        )

    def finish(self, *, guarded: bool) -> None:
        """
        The run came to its end: what was approved is done, and nothing waits to be approved any more.

        What a side could not take, or did not answer to, is still approved: the next run goes on with it.
        Of several runs at once, only one that counted what waits can say so.
        """
        by = "a run within the limits" if guarded else "hub sync --approve"
        store, now = self._assembly.store, self._assembly.wires.now()
        over = self._run.gate.over
        if over and not self._run.tally.down:  # without a side a plan is another one, and proves nothing
            store.let_go(over)
        if self.plan is not None:
            store.decide_plan(self.plan.id, self._became(self.plan), self.plan.decided_by or whoami(), now)
            return
        if guarded and not self._counted:
            return
        for plan in store.held_plans(("approved", "waiting")):
            approved = plan.state == "approved" or not guarded
            state = self._became(plan) if approved else "replaced"
            if state != plan.state:
                store.decide_plan(plan.id, state, plan.decided_by or by, now)
        keep_texts(store, self._texts, now)

    def _became(self, plan: HeldPlan) -> PlanState:
        """`done`, unless one of its tickets is not: a side was down, or did not answer."""
        if self._run.tally.down:
            return "approved"
        store = self._assembly.store
        tickets = {ticket for ticket, _ in store.parts((), plan.id)}
        last = ""
        while tickets and (page := store.dirty(_PAGE, last)):
            if not tickets.isdisjoint(page):
                return "approved"
            last = page[-1]
        return "done"

    def told(self) -> dict[str, Any]:
        """Return what of the plans did not go, for the run's summary."""
        left = self._run.gate.kept_back
        if not left.parts:
            return {}
        rows = [msgspec.to_builtins(row) for row in left.rows()[:_ROWS]]
        return {"kept_back": {"tickets": len(left.parts), "rows": rows}}


def decide(assembly: Assembly, name: str, state: PlanState, by: str) -> str:
    """Approve or reject a held plan, by its checksum or id; return what follows, in words."""
    plan = find_plan(assembly.store, name)
    if plan.state == "done":
        raise Misconfigured(f"plan {plan.checksum} is done already; nothing was changed")
    now = assembly.wires.now()
    if plan.kind == "rules":
        texts = texts_of(assembly.settings)
        if fingerprint_of(texts) != plan.rules:
            raise Misconfigured(f"the rule files changed since plan {plan.checksum} was made; run `hub sync`")
        if state == "rejected":
            raise Misconfigured("put the old rule files back instead: runs wait until you do, or approve")
        keep_texts(assembly.store, texts, now)
        assembly.store.decide_plan(plan.id, "done", by, now)
        return f"The changed rule files are approved: the next run writes by them (plan {plan.checksum})."
    assembly.store.decide_plan(plan.id, state, by, now)
    if state == "approved":
        return f"Plan {plan.checksum} is approved: the next run does what is still the same of it."
    return (
        f"Plan {plan.checksum} is rejected: what it would do to these {plan.tickets} tickets stays undone as "
        "long as they are as they are now; everything else goes on."
    )


def find_plan(store: Store, name: str) -> HeldPlan:
    """Return a held plan by its checksum or id. Raises `Misconfigured` if there is none."""
    plan = store.held_plan(name)
    if plan is None:
        raise Misconfigured(f"no plan {name!r} is held; `hub approvals` lists those that are")
    return plan


def _seconds(earlier: str, later: str) -> float:
    return (datetime.fromisoformat(later) - datetime.fromisoformat(earlier)).total_seconds()
