"""Workflows: which transitions stand open, and what a step does to an issue."""

from __future__ import annotations

from sandbox.jira import history
from sandbox.jira.context import Change, Context
from sandbox.jira.state import Issue, Site, Transition


def available(site: Site, issue: Issue) -> list[Transition]:
    """Return the transitions that lead out of an issue's status."""
    workflow = site.projects[issue.project].workflow(issue.type)
    return [
        step
        for step in workflow.transitions
        if (step.sources is None or issue.status in step.sources) and step.to != issue.status
    ]


def move(context: Context, issue: Issue, to: str, change: Change) -> None:
    """Put an issue into a status, with what follows: resolution cleared, dates, history."""
    site = context.site
    before, after = site.statuses[issue.status], site.statuses[to]
    change.items.append(
        history.plain_item(
            "status", "status", (before.id, before.name), (after.id, after.name)
        )
    )
    issue.status = to
    now = context.now()
    if before.category != after.category:
        issue.category_changed = now
    if after.category == "done":
        issue.resolved = now
        return
    issue.resolved = None
    held = issue.values.pop("resolution", None)
    if held is not None:
        field = site.fields["resolution"]
        change.items.append(history.item(site, field, held, None, issue))
