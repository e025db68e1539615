"""Taking an issue through its workflow to a wanted status, step by step."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from connectors.jira import errors
from connectors.jira.client import JiraClient
from connectors.jira.nodes import mapping_of
from connectors.jira.shapes import Issue
from connectors.jira.transitions import Map, Missing, Step, Workflow, filled, step_of
from hub.model import Json

_MOST_STEPS = 12


class Blocked(Exception):
    """The wanted status cannot be reached. `str()` says why, where it stands now, and what to do."""


class Walker:
    """Walks issues. Learns each workflow once, from any issue that stands in a status."""

    def __init__(self, client: JiraClient, fill: Mapping[str, Any]) -> None:
        self._client = client
        self._fill = fill
        self._map = Map()
        self._no_sample: set[tuple[Workflow, str]] = set()
        self._lock = threading.Lock()

    def walk(self, issue: Issue, goal: str, wanted: Mapping[str, Json]) -> str:
        """
        Take an issue to the status `goal`; return the status it reached, in Jira's spelling.

        `issue` has fields status, project and issuetype. Raises `Blocked` and what `Http.request`
        raises; steps taken until then stay taken.
        """
        workflow = workflow_of(issue)
        status = status_of(issue)
        mended = False
        for _ in range(_MOST_STEPS):
            if status.casefold() == goal.casefold():
                return status
            step = self._next(issue.id, workflow, status, goal)
            try:
                body = {"transition": {"id": step.id}, "fields": filled(step, wanted, self._fill)}
            except Missing as missing:
                raise Blocked(f"{issue.key} stays in {status}: {missing}") from missing
            reply = self._client.transition(issue.id, body)
            if reply.status == HTTPStatus.NO_CONTENT:
                status = step.to
                continue
            if mended or reply.status not in {400, 404, 409}:
                words = errors.said(reply.content).text()
                raise Blocked(f'{issue.key} stays in {status}: Jira refused "{step.name}": {words}')
            # Somebody moved the issue, or changed the workflow: learn anew, once.
            mended = True
            self._map.forget(workflow)
            status = self._status_now(issue.id, status)
        raise Blocked(f"{issue.key} stands in {status} after {_MOST_STEPS} steps towards {goal}")

    def _next(self, issue_id: str, workflow: Workflow, status: str, goal: str) -> Step:
        """Return the step to take now. Learns as much of the workflow as that needs."""
        with self._lock:
            if self._map.steps(workflow, status) is None:
                self._learn(issue_id, workflow, status)
            while (way := self._map.path(workflow, status, goal)) is None:
                if not self._learn_from_others(workflow, status):
                    break
            if way is None:
                way = self._map.to_unknown(workflow, status, "indeterminate")
            if way:
                return way[0]
            reachable = ", ".join(self._map.reachable(workflow, status))
        project, kind = workflow
        if not reachable:
            raise Blocked(
                f"Jira lets our account take no step out of {status} in {project}, so not to {goal} either: "
                f"give it the permission Transition Issues, or let an administrator add the step"
            )
        raise Blocked(
            f"the workflow of {kind} in {project} leads from {status} to {reachable}, and by no way to "
            f"{goal}: map the status to one of those, or let an administrator add the step "
            f"(or give our account the permission to take it)"
        )

    def _learn(self, issue_id: str, workflow: Workflow, status: str) -> None:
        steps = [step_of(shown) for shown in self._client.transitions(issue_id)]
        self._map.learn(workflow, status, steps)

    def _learn_from_others(self, workflow: Workflow, status: str) -> bool:
        """Learn the steps out of one more status, from any issue that stands in it now."""
        for unknown in self._map.unknown(workflow, status):
            if (workflow, unknown) in self._no_sample:
                continue
            found = self._sample(workflow, unknown)
            if found:
                self._learn(found, workflow, unknown)
                return True
            self._no_sample.add((workflow, unknown))
        return False

    def _sample(self, workflow: Workflow, status: str) -> str:
        project, kind = (_quoted(word) for word in workflow)
        jql = f"project = {project} AND issuetype = {kind} AND status = {_quoted(status)}"
        reply = self._client.search(f"{jql} ORDER BY id DESC", fields=["id"], size=1)
        if reply.status != HTTPStatus.OK:
            return ""
        return next((str(one["id"]) for one in reply.json().get("issues") or ()), "")

    def _status_now(self, issue_id: str, fallback: str) -> str:
        reply = self._client.issue(issue_id, ["status"])
        return status_of(reply.decode(Issue)) if reply.status == HTTPStatus.OK else fallback


def workflow_of(issue: Issue) -> Workflow:
    """Return what an issue's workflow hangs on."""
    project = mapping_of(issue.fields.get("project")).get("key") or ""
    return str(project), str(mapping_of(issue.fields.get("issuetype")).get("name") or "")


def status_of(issue: Issue) -> str:
    """Return the name of an issue's status."""
    return str(mapping_of(issue.fields.get("status")).get("name") or "")


def _quoted(word: str) -> str:
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'
