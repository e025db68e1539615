"""Every promise, held against what stands on the four sides: by what people typed, not by what the hub says."""

from __future__ import annotations

import time
from collections import Counter

from hub.records import Held
from tests.chaos.edits import Edits
from tests.chaos.judge import Ask
from tests.chaos.ledger import Ledger
from tests.chaos.plan import GROUP
from tests.chaos.reckoning import Reckoning
from tests.chaos.remarks import Remarks
from tests.chaos.sight import Sight
from tests.chaos.stage import House
from tests.properties.sides import PRIORITY

MOST_RUNS = 100_000
RANK = ["low", "normal", "high", "urgent"]


def reckon(found: Reckoning, house: House, sight: Sight, ledger: Ledger, ask: Ask) -> None:
    """Hold everything against the ledger. Hold the house's lock."""
    it = Promises(found, house, sight, ledger, ask)
    for story in ledger.stories:
        it.doubles_no_ticket(story)
        it.loses_no_edit(story)
        it.converges(story)
        it.hears_everything_once(story)
        it.keeps_secrets(story)
        it.keeps_order(story)
        it.never_reopens(story)
        it.stays_deleted(story)
    for first in range(0, len(ledger.stories), GROUP):
        it.rolls_up(first)
    it.isolates()
    it.cries_no_wolf()


class Promises(Edits, Remarks):
    """All of them."""

    def rolls_up(self, first: int) -> None:
        """What a shared issue shows is what its tickets, as people see them, add up to."""
        group = self.ledger.stories[first : first + GROUP]
        if group[0].birth.fate != "sharing":
            return
        issue = self.sight.issue(first)
        if issue is None:
            return
        tickets = [self.sight.ticket(story.number) for story in group]
        linked = [it for it in tickets if it and self.sight.ticket_field(it, "Jira issue") == issue.key]
        if not linked:
            return
        users = [int(it) for t in linked if (it := self.sight.ticket_field(t, "Affected users"))]
        shown = {
            "Affected users": sum(users) if users else None,
            "Support tickets": len(linked),
        }
        self._count("rolls_up")
        for name, wanted in shown.items():
            if self.sight.issue_field(issue, name) != wanted:
                self._broken(
                    "rolls_up", group[0], f"{name} is {self.sight.issue_field(issue, name)}, not {wanted}"
                )
        priorities = [it.priority for it in linked if it.priority]
        worst = max(priorities, key=RANK.index) if priorities else None
        if worst and PRIORITY[str(self.sight.issue_field(issue, "priority"))] != worst:
            self._broken(
                "rolls_up", group[0], f"priority is {self.sight.issue_field(issue, 'priority')}, not {worst}"
            )

    def isolates(self) -> None:
        """Nothing is left open anywhere; what was refused is parked, and says why."""
        left = {
            "inbox": sum(self.house.store.inbox_size().values()),
            "dirty": len(self.house.store.dirty(1000)),
            "awaited": len(self.house.store.awaited(1000)),
        }
        ended = {run.id: run.state for run in self.house.store.runs(MOST_RUNS)}
        for run, count in self.ask("select run, count(*) from journal where state = 'asked' group by run"):
            if ended.get(str(run)) in ("clean", "attention"):
                left[f"asked by run {run}, which ended {ended[str(run)]}"] = int(count)
        self._count("isolates", len(left))
        for what, count in left.items():
            if count:
                self.found.broken("isolates", "the store", f"{what}: {count} left open")
        for held in self.house.store.load(self.house.store.dirty(10)).values():
            self.found.broken("isolates", held.ticket.id, f"waits at {time.time():.0f}: {_awaited(held)}")
        reasons = Counter(f"{one.system}: {one.reason}"[:110] for one in self.parked)
        self.found.figures["parked"] = dict(reasons)
        self.found.figures["conflicts"] = dict(Counter(c.register for c in self.conflicts))
        states = self.ask("select state, count(*) from journal group by state")
        self.found.figures["operations"] = {str(state): int(n) for state, n in states}

    def cries_no_wolf(self) -> None:
        for conflict in self.conflicts:
            self._count("cries_no_wolf")
            if conflict.kept in conflict.dropped.values():
                self.found.broken(
                    "cries_no_wolf", conflict.ticket_id, f"{conflict.register}: kept what it dropped"
                )


def _awaited(held: Held) -> str:
    """What was asked for of a ticket and is not there, as far as its links know."""
    marks = [
        f"{key} on {link.system}:{link.remote_id} asked {mark.asked}"
        for link in held.links
        for key, mark in [*link.shadow.comments.items(), *link.shadow.attachments.items()]
        if mark.asked
    ]
    states = [f"{link.system}:{link.remote_id} {link.state}" for link in held.links]
    return "; ".join([*states, *marks])
