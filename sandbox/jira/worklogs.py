"""Time spent on issues."""

from __future__ import annotations

from sandbox.jira import additions, edits
from sandbox.jira.context import Call
from sandbox.jira.errors import refusal
from sandbox.jira.render import View
from sandbox.jira.state import Issue, Worklog
from sandbox.web import Response


def list_worklogs(call: Call, which: str) -> Response:
    issue = edits.found(call.context, call.user, which)
    start, size = call.number("startAt", 0), min(call.number("maxResults", 5000), 5000)
    view = View(call)
    page = issue.worklogs[start : start + size]
    return Response.json(
        {
            "startAt": start,
            "maxResults": size,
            "total": len(issue.worklogs),
            "worklogs": [view.worklog(log, issue) for log in page],
        }
    )


def _found(call: Call, which: str, number: str) -> tuple[Issue, Worklog]:
    issue = edits.found(call.context, call.user, which)
    for log in issue.worklogs:
        if str(log.id) == number:
            return issue, log
    raise refusal(404, f"Cannot find worklog with id: '{number}'.")


def add(call: Call, which: str) -> Response:
    user = call.person()
    issue = edits.found(call.context, user, which)
    raw = call.body()
    with call.context.write(issue, user.account_id) as change:
        log = additions.add_worklog(call.context, issue, user, raw, call.version, change)
    return Response.json(View(call).worklog(log, issue), 201)


def get(call: Call, which: str, number: str) -> Response:
    issue, log = _found(call, which, number)
    return Response.json(View(call).worklog(log, issue))


def delete(call: Call, which: str, number: str) -> Response:
    user = call.person()
    issue, log = _found(call, which, number)
    with call.context.write(issue, user.account_id) as change:
        issue.worklogs.remove(log)
        change.tell("worklog_deleted")
    return Response.empty()


ROUTES = (
    ("GET", "/issue/{issueIdOrKey}/worklog", list_worklogs),
    ("POST", "/issue/{issueIdOrKey}/worklog", add),
    ("GET", "/issue/{issueIdOrKey}/worklog/{id}", get),
    ("DELETE", "/issue/{issueIdOrKey}/worklog/{id}", delete),
)
