"""The transitions of an issue: which are open, and making one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.jira import edits, meta_fields, parsing, shapes
from sandbox.jira.additions import apply_action
from sandbox.jira.context import Call, Context
from sandbox.jira.errors import refusal
from sandbox.jira.state import Issue, Transition, User
from sandbox.jira.values import Place
from sandbox.jira.workflow import available, move
from sandbox.web import Response


def list_transitions(call: Call, which: str) -> Response:
    issue = edits.found(call.context, call.user, which)
    with_fields = "transitions.fields" in call.words("expand")
    shown = meta_fields.transitions(
        call, issue, with_fields=with_fields, only=call.request.arg("transitionId")
    )
    return Response.json({"expand": "transitions", "transitions": shown})


def transition(call: Call, which: str) -> Response:
    user = call.person()
    issue = edits.found(call.context, user, which)
    fire(call.context, user, issue, call.body(shapes.IssueUpdate), call.version)
    return Response.empty()


def fire(
    context: Context, user: User, issue: Issue, body: Mapping[str, Any], version: int
) -> None:
    """Make a transition with the fields of its screen, or refuse in the vendor's words."""
    step = _step(context, user, issue, body.get("transition"))
    screen = {n: context.site.fields[n] for n in step.screen if n in context.site.fields}
    allowed = {**screen, "comment": context.site.fields["comment"]}
    project = context.site.projects[issue.project]
    wish = parsing.read(body, Place(context.site, project, version), allowed, issue.values)
    errors = {
        name: f"{screen[name].name} is required."
        for name in step.required
        if name in screen and wish.values.get(name, issue.values.get(name)) is None
    }
    if errors:
        raise refusal(400, errors=errors)
    with context.write(issue, user.account_id) as change:
        change.metadata = body.get("historyMetadata")
        move(context, issue, step.to, change)
        edits.put(context, issue, wish.values, change)
        for action in wish.actions:
            apply_action(context, issue, user, change, version, action)
        change.tell("jira:issue_updated", "issue_generic")


def _step(context: Context, user: User, issue: Issue, raw: Any) -> Transition:
    wanted = str(raw.get("id") or "") if isinstance(raw, dict) else ""
    if not wanted:
        raise refusal(400, "Missing 'transition' identifier")
    if context.site.may(user, "TRANSITION_ISSUES", issue.project):
        for step in available(context.site, issue):
            if step.id == wanted:
                return step
    raise refusal(
        400,
        "It seems that you have tried to perform an illegal workflow operation. "
        f"Transition id '{wanted}' is not valid for this issue.",
    )


ROUTES = (
    ("GET", "/issue/{issueIdOrKey}/transitions", list_transitions),
    ("POST", "/issue/{issueIdOrKey}/transitions", transition),
)
