"""Issue properties: JSON that apps keep on issues."""

from __future__ import annotations

from sandbox.jira import edits
from sandbox.jira.context import Call
from sandbox.jira.errors import refusal
from sandbox.jira.state import Issue
from sandbox.web import Response


def list_keys(call: Call, which: str) -> Response:
    issue = edits.found(call.context, call.user, which)
    keys = [
        {"self": f"{call.base}/issue/{issue.key}/properties/{key}", "key": key}
        for key in issue.properties
    ]
    return Response.json({"keys": keys})


def _held(call: Call, which: str, key: str) -> Issue:
    issue = edits.found(call.context, call.user, which)
    if key not in issue.properties:
        raise refusal(404, f"The property with key '{key}' does not exist.")
    return issue


def get(call: Call, which: str, key: str) -> Response:
    return Response.json({"key": key, "value": _held(call, which, key).properties[key]})


def put(call: Call, which: str, key: str) -> Response:
    """Set a property as a whole: 201 for a new one, 200 for one that was there."""
    user = call.person()
    issue = edits.found(call.context, user, which)
    if not call.site.may(user, "EDIT_ISSUES", issue.project):
        raise refusal(403, "You do not have permission to edit this issue.")
    value = call.raw_body()
    edits.check_property(key, value)
    known = key in issue.properties
    with call.context.write(issue, user.account_id) as change:
        change.silent = True  # a property is not a field: the issue counts as unchanged
        issue.properties[key] = value
        change.tell("issue_property_set", key=key)
    return Response.json({}, 200 if known else 201)


def delete(call: Call, which: str, key: str) -> Response:
    user = call.person()
    issue = _held(call, which, key)
    with call.context.write(issue, user.account_id) as change:
        change.silent = True
        del issue.properties[key]
        change.tell("issue_property_deleted", key=key)
    return Response.empty()


ROUTES = (
    ("GET", "/issue/{issueIdOrKey}/properties", list_keys),
    ("GET", "/issue/{issueIdOrKey}/properties/{propertyKey}", get),
    ("PUT", "/issue/{issueIdOrKey}/properties/{propertyKey}", put),
    ("DELETE", "/issue/{issueIdOrKey}/properties/{propertyKey}", delete),
)
