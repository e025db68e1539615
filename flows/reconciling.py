"""
Reconcile: every replica that is linked is looked at, whatever the feeds say, and what drifted is mended.

It goes through the tickets by id, page by page, and keeps how far it is: one that was killed, or that had
enough for one night, goes on there. What drifted is staged, and mended by the run's ordinary plan, under
its limits.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from flows.inline import new_run_id, run_sync, withholding
from flows.wiring import Assembly
from hub.answering import answering
from hub.cluster import Replica
from hub.drift import Pass, counted, drifts_of
from hub.errors import HubError
from hub.model import SALESFORCE, System, TicketId
from hub.records import RunRecord, Staged
from hub.replica import Observation
from hub.sync import Progress, Run, is_news

BULK: Mapping[System, int] = {System("zendesk"): 100, System("jira"): 100, SALESFORCE: 200}
"""Replicas that one call shows; a mailbox lies in the store, and costs none."""
DAILY = ("daily-calls", "daily-calls-of-the-app")
"""Limits of calls that come back by the day only: what needs more of them waits for tomorrow."""
PAGE = 500


def forecast(assembly: Assembly, most: int = 0) -> dict[str, Any]:
    """
    Return what a reconcile will ask, before it asks: replicas and calls by side, and what is left there.

    `fits`: how many tickets today's calls are enough for, where a side has calls by the day.
    """
    store = assembly.store
    under_way = store.open_pass(report=False)
    tickets = store.ticket_count()
    left = max(0, tickets - (under_way.tickets if under_way else 0))
    chosen = min(left, most) if most else left
    share = chosen / tickets if tickets else 0.0
    lines = store.budgets()
    sides: dict[str, Any] = {}
    fits = chosen
    for system in assembly.connectors:
        replicas = math.ceil(store.ticket_count(system) * share)
        calls = math.ceil(replicas / BULK[system]) if system in BULK else 0
        budget: list[dict[str, object]] = [
            {"limit": line.name, "left": line.left, "of": line.limit}
            for line in lines
            if line.system == system
        ]
        sides[str(system)] = {"replicas": replicas, "calls": calls, "budget": budget}
        for line in lines:
            if line.system == system and line.name in DAILY and calls > line.left:
                fits = min(fits, math.floor(chosen * max(0.0, line.left) / calls))
    return {
        "tickets": chosen,
        "held": tickets,
        "done_before": under_way.tickets if under_way else 0,
        "fits": fits,
        "sides": sides,
    }


class Comparing:
    """One night's part of a pass: how a run looks at all there is."""

    def __init__(self, assembly: Assembly, *, report: bool, most: int, spent: bool = False) -> None:
        self._store = assembly.store
        self._report = report
        self._most = most
        self.spent = spent
        """Today's calls are not enough for a single ticket."""
        now = assembly.wires.now()
        self.done = self._store.open_pass(report=report) or Pass(now, report=report)
        self.compared = 0
        self.drifted = 0

    def __call__(self, run: Run) -> None:
        """
        Compare page by page; stage what drifted, unless it is only to be reported.

        A side that does not answer is left out. What comes after that is compared without it, and counts as
        not compared: the next reconcile goes over it again.
        """
        if run.hub.book is not None and not self._report:
            run.hub.book.look_at_all(run.tally)
        last = self.done.after
        while not self.spent and (ids := self._store.ticket_ids(self._room(), last)):
            found = self._page(run, ids)
            last = ids[-1]
            self.compared += len(ids)
            if not run.tally.down:
                self._keep(ids, found)
            run.hub.progress("comparing", self.done.tickets, self._store.ticket_count())
            if self._most and self.compared >= self._most:
                break
        if not self._store.ticket_ids(1, self.done.after):
            ended = msgspec.structs.replace(self.done, state="done", ended=run.hub.clock.now())
            self.done = self._store.save_pass(ended)

    def _keep(self, ids: Sequence[TicketId], found: Mapping[System, int]) -> None:
        """Remember how far it is."""
        replicas = dict(self.done.replicas)
        for system, count in found.items():
            replicas[system] = replicas.get(system, 0) + count
        tickets = self.done.tickets + len(ids)
        far = msgspec.structs.replace(self.done, after=ids[-1], tickets=tickets, replicas=replicas)
        self.done = self._store.save_pass(far)

    def _room(self) -> int:
        return min(PAGE, self._most - self.compared) if self._most else PAGE

    def _page(self, run: Run, ids: Sequence[TicketId]) -> Mapping[System, int]:
        names: dict[System, set[str]] = {}
        for held in self._store.load(ids).values():
            for link in held.links:
                if link.state == "live":
                    names.setdefault(link.system, set()).add(link.remote_id)
        tick = self._store.tick()
        seen: dict[Replica, Observation] = {}
        for system, remote_ids in sorted(names.items()):
            if system in run.tally.down:
                continue
            try:
                with answering(system):
                    found = run.hub.connectors[system].fetch(sorted(remote_ids))
            except HubError as error:
                run.tally.down[system] = str(error)
                continue
            run.tally.observed[system] += len(found)
            seen |= {Replica(system, o.remote_id): o for o in found.values()}
        drifted = self._compare(run, ids, seen)
        if not self._report and drifted:
            self._store.stage_observations((seen[r] for r in sorted(drifted)), run.hub.clock.now(), tick)
        return {system: len(found) for system, found in names.items()}

    def _compare(
        self, run: Run, ids: Sequence[TicketId], seen: Mapping[Replica, Observation]) -> set[Replica]:
        """Plan the page without more looks; note what drifted, and return the replicas concerned."""
        run.gatherer.claimed.look_only(only=True)
        staged = [Staged(r.system, r.remote_id, (o,), hinted=False, rows=()) for r, o in sorted(seen.items())]
        batch = run.gatherer.batch(staged, ids)
        batch.fresh |= set(seen)
        plans = run.decide(batch)
        run.gatherer.claimed.look_only(only=False)
        decisions = [d for p in plans for d in p.decisions if is_news(d, batch.held)]
        found = list(drifts_of(decisions, batch.held, run.hub.policy))
        self.drifted += len({d.ticket for d in found if d.right != "computed"})
        self.done = msgspec.structs.replace(self.done, rows=counted(self.done.rows, found))
        wanted = {Replica(k.system, k.remote_id) for d in decisions for k in d.links}
        return wanted & seen.keys()


def run_reconcile(
    assembly: Assembly,
    *,
    report: bool = False,
    most: int = 0,
    approved: bool = False,
    progress: Progress | None = None,
) -> RunRecord:
    """
    Compare every linked replica with the hub, mend what drifted, and return the run's record.

    With `report` nothing is mended. With `most` so many tickets are compared, and the next reconcile goes
    on after them; so it does after one that was killed. The summary has, beside a sync's, `forecast` and
    `pass`: how far it is, and the drift found so far, by side and field.
    """
    expected = forecast(assembly, most)
    bound = expected["fits"] if expected["fits"] < expected["tickets"] else most
    spent = expected["tickets"] > 0 and not expected["fits"]
    comparing = Comparing(assembly, report=report, most=bound, spent=spent)
    if report:
        return _compared(assembly, comparing, expected, progress)
    record = run_sync(assembly, "reconcile", approved=approved, progress=progress, look=comparing)
    return _told(assembly, record, comparing, expected)


def _told(
    assembly: Assembly, record: RunRecord, comparing: Comparing, expected: Mapping[str, Any]
) -> RunRecord:
    told = {
        "forecast": expected,
        "pass": msgspec.to_builtins(comparing.done),
        "compared": comparing.compared,
        "drifted": comparing.drifted,
    }
    state = record.state
    if comparing.spent and state == "clean":
        state = "attention"
        told["error"] = "nothing was compared: the calls of the day are spent; the next reconcile goes on"
    known = msgspec.structs.replace(record, state=state, summary={**record.summary, **told})
    assembly.store.end_run(known)
    return known


def _compared(
    assembly: Assembly, comparing: Comparing, expected: Mapping[str, Any], progress: Progress | None
) -> RunRecord:
    hub, store = assembly.hub(progress=progress, afresh=True), assembly.store
    record = RunRecord(new_run_id(), "reconcile", hub.clock.now())
    with store.lease("hub reconcile --report"):
        store.begin_run(record)
        run = Run(hub, record.id)
        before = _calls(assembly)
        state, error = "failed", "it broke off"
        try:
            with withholding(hub.connectors.values()):
                comparing(run)
            state, error = ("attention" if comparing.done.rows else "clean"), ""
            if run.tally.down:
                state, error = "failed", "; ".join(run.tally.down.values())
        except HubError as failed:
            error = str(failed)
        finally:
            none = dict.fromkeys(map(str, hub.connectors), 0)
            summary: dict[str, object] = {
                **dict.fromkeys(("written", "created", "comments"), none),
                "observed": dict(run.tally.observed),
                "calls": {s: count - before[s] for s, count in _calls(assembly).items()},
                "down": run.tally.down,
                "seconds": 0.0,
                **({"error": error} if error else {}),
            }
            ended = RunRecord(record.id, "reconcile", record.started, hub.clock.now(), state, summary)
            store.end_run(ended)
    return _told(assembly, ended, comparing, expected)


def _calls(assembly: Assembly) -> dict[str, int]:
    return {str(s): sum(c.calls().values()) for s, c in assembly.connectors.items()}
