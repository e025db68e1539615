"""What every judgement needs: the ledger, what stands on the sides, and what the hub kept or parked."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from sandbox.jira.world import HUB
from tests.chaos.ledger import Ledger, Story
from tests.chaos.plan import VENDORS
from tests.chaos.reckoning import Reckoning
from tests.chaos.sight import FIELDS, Sight
from tests.chaos.stage import House

TOLD_FIELDS = ("labels", "summary", "affected users", "priority", "status")
Ask = Callable[[str], list[Any]]


class Judge:
    """Holds what stands against what was typed. Hold the house's lock."""

    def __init__(self, found: Reckoning, house: House, sight: Sight, ledger: Ledger, ask: Ask) -> None:
        self.found, self.house, self.sight, self.ledger, self.ask = found, house, sight, ledger, ask
        self.conflicts: list[Any] = house.store.conflicts(only_open=False)
        self.parked: list[Any] = house.store.parked()
        self.kept = self._kept()
        self.disputed = {(one.ticket_id, one.register) for one in self.conflicts}
        self.parked_on = {(one.system, one.remote_id) for one in self.parked}

    def _kept(self) -> set[str]:
        """Values that gave way and can be restored, and those that wait or were noted as lost to a side."""
        found: set[str] = set()
        for conflict in self.conflicts:
            for value in conflict.dropped.values():
                many = value if isinstance(value, tuple | list) else (value,)
                found |= {str(int(one)) if isinstance(one, float) else str(one) for one in many}
        for one in self.parked:
            found |= set(re.findall(r"\w+x typed|\b\d{4,}\b|\d{4}-\d\d-\d\d", str(one.operation)))
        return found

    def _broken(self, promise: str, story: Story, what: str) -> None:
        shown = tuple(f"{side}: {self._seen(side, story)}" for side in VENDORS)
        named = set(self._names(story))
        shown += self._changes_in_jira(story)
        shown += tuple(f"conflict: {one}" for one in self.conflicts if one.ticket_id in named)
        self.found.broken(
            promise, f"ticket {story.number} ({story.birth.born}, {story.birth.fate})", what, story, shown
        )

    def _changes_in_jira(self, story: Story) -> tuple[str, ...]:
        """Who changed what on the issue, as Jira tells it: by it one sees who took a value away, and when."""
        it = self.sight.issue(story.number)
        return tuple(
            f"jira at {history.created / 1000:.1f} by {'the hub' if history.author == HUB else 'somebody'}: "
            f"{item.field} {item.before_text or item.before!r} -> {item.after_text or item.after!r}"
            for history in (it.histories if it is not None else ())
            for item in history.items
            if item.field.lower() in TOLD_FIELDS
        )

    def _seen(self, side: str, story: Story) -> str:
        it = self.sight.on(side, story.number)
        if it is None:
            return "nothing"
        name = {"zendesk": "id", "jira": "key"}.get(side)
        label = getattr(it, name) if name else it["CaseNumber"]
        fields = {r: self.sight.shows(side, r, it) for r in FIELDS if side in FIELDS[r]}
        said = [text[:60] for text, _ in self.sight.said(side, it)]
        return f"{label} {self.sight.status(side, it)} {fields} said {said}"

    def _count(self, promise: str, times: int = 1) -> None:
        self.found.counts[promise] += times

    def _ever(self, side: str, story: Story) -> Any:
        """A replica, deleted or not."""
        if side == "zendesk":
            numbers = self.sight.tickets.get(story.number, [])
            return next((self.house.zendesk.state.tickets[n] for n in numbers), None)
        if side == "salesforce":
            keys = self.sight.cases.get(story.number, [])
            return next((self.house.salesforce.state.rows["Case"][k] for k in keys), None)
        return self.sight.issue(story.number)

    def _is_parked(self, side: str, it: Any) -> bool:
        name = it["Id"] if side == "salesforce" else str(it.id)
        return (side, name) in self.parked_on

    def _is_disputed(self, story: Story, register: str) -> bool:
        """Whether two values met there unseen, the other one being kept: then nobody was alone."""
        return any((name, register) in self.disputed for name in self._names(story))

    def _names(self, story: Story) -> list[str]:
        """The hub's tickets that have the story's ticket."""
        return [
            name for n in self.sight.tickets.get(story.number, []) for name in self.house.store.named(str(n))
        ]
