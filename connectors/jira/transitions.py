"""
Which steps of a workflow lead from one status to another. Pure.

Jira tells the steps out of an issue's present status only. The map is learned status by status, as
issues are met in them, and kept per project and issue type, for that is what a workflow hangs on.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from connectors.jira.fields import screen_value
from connectors.jira.nodes import mapping_of
from connectors.jira.shapes import Transition
from hub.model import Json

Workflow = tuple[str, str]
"""Project key and issue type name."""
_RANK = {"new": 0, "undefined": 1, "indeterminate": 1, "done": 2}


class Step(msgspec.Struct, frozen=True):
    """One step out of a status."""

    id: str
    name: str
    to: str
    category: str = ""
    is_global: bool = False
    required: Mapping[str, Mapping[str, Any]] = {}
    """Fields of its screen that must be filled and have no default, as the screen describes them."""
    screen: Mapping[str, Mapping[str, Any]] = {}


class Missing(Exception):
    """A step needs a field that nobody told us how to fill. `str()` says which, and what to write."""


def step_of(shown: Transition) -> Step:
    """Return a step as Jira shows it."""
    needed = {
        name: meta
        for name, meta in shown.fields.items()
        if meta.get("required") and not meta.get("hasDefaultValue")
    }
    category = mapping_of(shown.to.get("statusCategory")).get("key") or ""
    to = str(shown.to.get("name") or "")
    return Step(shown.id, shown.name, to, category, shown.is_global, needed, shown.fields)


class Map:
    """The steps learned so far. Statuses are compared without regard to letter case."""

    def __init__(self) -> None:
        self._steps: dict[Workflow, dict[str, tuple[Step, ...]]] = {}

    def learn(self, workflow: Workflow, status: str, steps: Sequence[Step]) -> None:
        """Take note of all steps out of a status."""
        self._steps.setdefault(workflow, {})[status.casefold()] = tuple(steps)

    def forget(self, workflow: Workflow) -> None:
        """The workflow was changed by its administrator: learn it anew."""
        _ = self._steps.pop(workflow, None)

    def steps(self, workflow: Workflow, status: str) -> tuple[Step, ...] | None:
        """Return the steps out of a status; None if they were not learned yet."""
        return self._steps.get(workflow, {}).get(status.casefold())

    def path(self, workflow: Workflow, start: str, goal: str) -> tuple[Step, ...] | None:
        """Return the shortest known way; of equally short ones, the first in Jira's order."""
        return self._search(workflow, start, lambda status: status == goal.casefold())

    def to_unknown(
        self, workflow: Workflow, start: str, goal_category: str
    ) -> tuple[Step, ...] | None:
        """
        Return a way to the nearest status whose steps are not known yet, without overshooting.

        A status beyond the goal's category is not entered to look around: closing an issue by
        way of trial would be seen by people.
        """
        known = self._steps.get(workflow, {})
        most = min(_RANK.get(goal_category, 1), _RANK["indeterminate"])
        return self._search(
            workflow,
            start,
            lambda status: status not in known,
            lambda step: _RANK.get(step.category, 1) <= most,
        )

    def unknown(self, workflow: Workflow, start: str) -> list[str]:
        """Return the reachable statuses whose steps are not known, nearest first."""
        known = self._steps.get(workflow, {})
        return [name for name in self.reachable(workflow, start) if name.casefold() not in known]

    def reachable(self, workflow: Workflow, start: str) -> list[str]:
        """Return the statuses that known steps lead to, nearest first."""
        seen: dict[str, str] = {}
        todo = deque([start])
        while todo:
            for step in self.steps(workflow, todo.popleft()) or ():
                if step.to.casefold() not in seen and step.to.casefold() != start.casefold():
                    seen[step.to.casefold()] = step.to
                    todo.append(step.to)
        return list(seen.values())

    def _search(
        self,
        workflow: Workflow,
        start: str,
        found: Callable[[str], bool],
        may: Callable[[Step], bool] = lambda _step: True,
    ) -> tuple[Step, ...] | None:
        todo: deque[tuple[str, tuple[Step, ...]]] = deque([(start, ())])
        seen = {start.casefold()}
        while todo:
            status, way = todo.popleft()
            # A step that is open from everywhere (Block, Cancel) is rarely on the way: last.
            steps = sorted(self.steps(workflow, status) or (), key=lambda step: step.is_global)
            for step in steps:
                to = step.to.casefold()
                if to in seen or not may(step):
                    continue
                if found(to):
                    return (*way, step)
                seen.add(to)
                todo.append((step.to, (*way, step)))
        return None


def filled(step: Step, wanted: Mapping[str, Json], fill: Mapping[str, Any]) -> dict[str, Any]:
    """
    Return the fields to send with a step: those that it demands, and wanted ones on its screen.

    A value comes from the changes asked for, else from `fill` by the field's id or name. Raises
    `Missing` with the line to add to the mapping.
    """
    by_name = {str(name).casefold(): value for name, value in fill.items()}
    out: dict[str, Any] = {}
    for name, meta in step.screen.items():
        shown = str(meta.get("name") or name)
        value = wanted.get(name)
        if value is None and name in step.required:
            value = by_name.get(name.casefold(), by_name.get(shown.casefold()))
            if value is None:
                raise Missing(_missing(step, name, shown, meta))
        if value is not None:
            out[name] = screen_value(meta, value)
    return out


def _missing(step: Step, name: str, shown: str, meta: Mapping[str, Any]) -> str:
    options = [str(o.get("name") or o.get("value") or "") for o in meta.get("allowedValues") or ()]
    example = options[0] if options else "…"
    choice = f" (one of {', '.join(options[:8])})" if options else ""
    return (
        f'the step "{step.name}" to "{step.to}" demands the field "{shown}"{choice}, and nothing says '
        f"what to put there: add `{name}: {example}` under `transitions: fill:` in the mapping file of Jira"
    )
