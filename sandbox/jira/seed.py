"""Data sets: the schema alone, the demo's world, and plain masses of issues."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.jira import demo, world
from sandbox.jira.context import Context
from sandbox.jira.state import Issue, Site

KINDS = ("demo", "empty", "bulk")


def start(kind: str) -> Site:
    """Return the site to fill. Raises ValueError for an unknown kind."""
    if kind not in KINDS:
        raise ValueError(f"no seed {kind!r}; there are {', '.join(KINDS)}")
    return world.build()


def fill(context: Context, kind: str, **params: Any) -> Mapping[str, Any]:
    """Fill a started site and say what was made."""
    if kind == "demo":
        demo.fill(context)
    elif kind == "bulk":
        _masses(context, int(params.get("issues", 1000)), str(params.get("project", "SUP")))
    site = context.site
    return {
        "issues": len(site.issues),
        "comments": len(site.comments),
        "attachments": len(site.attachments),
        "projects": [project.key for project in site.projects.values()],
        "users": len(site.users),
    }


def _masses(context: Context, count: int, key: str) -> None:
    project = context.site.project(key)
    if project is None:
        raise ValueError(f"no project {key!r}")
    people = list(context.site.users)[1:]
    body = {"version": 1, "type": "doc", "content": [
        {"type": "paragraph", "content": [{"type": "text", "text": "Reported by a customer."}]}
    ]}
    now = context.now()
    for number in range(count):
        at = now - (count - number) * 1000
        project.last_number += 1
        person = people[number % len(people)]
        context.add(
            Issue(
                context.site.next("issue"), f"{project.key}-{project.last_number}", project.id,
                project.types[number % 2], project.workflow(project.types[0]).initial, person,
                at, at, at,
                {
                    "summary": f"Customer report {number + 1}",
                    "description": body,
                    "reporter": person,
                    "priority": str(1 + number % 5),
                    "labels": ["customer"],
                },
            )
        )
