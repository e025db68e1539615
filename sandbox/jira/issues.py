"""One issue: get, create, edit, assign, delete, and its history."""

from __future__ import annotations

from sandbox.jira import edits, meta_fields, render, shapes, values
from sandbox.jira.context import Call
from sandbox.jira.errors import FieldError, refusal
from sandbox.jira.state import Issue, User
from sandbox.jira.transitions import fire
from sandbox.jira.values import Place
from sandbox.web import Response


def get_issue(call: Call, which: str) -> Response:
    """An issue by which, key, or a key it once had."""
    issue = edits.found(call.context, call.user, which)
    return Response.json(_shown(call, issue))


def _shown(call: Call, issue: Issue) -> dict[str, object]:
    fields = render.chosen(call, call.words("fields"), "*all")
    expand = call.words("expand")
    shown = render.View(call).issue(
        issue, fields if fields is not None else [], expand=expand,
        properties=call.words("properties"),
    )
    if "editmeta" in expand:
        shown["editmeta"] = meta_fields.edit_meta(call, issue)
    if "transitions" in expand:
        shown["transitions"] = meta_fields.transitions(call, issue, with_fields=False)
    return shown


def create_issue(call: Call) -> Response:
    body = call.body(shapes.IssueUpdate)
    issue = edits.create(call.context, call.person(), body, call.version)
    if body.get("transition"):
        fire(call.context, call.person(), issue, {"transition": body["transition"]}, call.version)
    return Response.json(created(call, issue), 201)


def created(call: Call, issue: Issue) -> dict[str, object]:
    return {"id": str(issue.id), "key": issue.key, "self": f"{call.base}/issue/{issue.id}"}


def edit_issue(call: Call, which: str) -> Response:
    """Edit; 204, or the issue as it became if `returnIssue` asks for it."""
    user = call.person()
    issue = edits.found(call.context, user, which)
    for override in ("overrideScreenSecurity", "overrideEditableFlag"):
        if call.flag(override) and not (user.admin and user.kind == "app"):
            raise refusal(403, "Only apps with Administer Jira may override screen security.")
    body = call.body(shapes.IssueUpdate)
    edits.edit(call.context, user, issue, body, call.version, quiet=is_quiet(call, user, issue))
    if call.flag("returnIssue"):
        return Response.json(_shown(call, issue))
    return Response.empty()


def is_quiet(call: Call, user: User, issue: Issue) -> bool:
    """Whether nobody is to be mailed; silently ignored for all but the project's administrators."""
    may = call.site.may(user, "ADMINISTER_PROJECTS", issue.project)
    return may and not call.flag("notifyUsers", default=True)


def delete_issue(call: Call, which: str) -> Response:
    user = call.person()
    issue = edits.found(call.context, user, which)
    if not call.site.may(user, "DELETE_ISSUES", issue.project):
        raise refusal(403, "You do not have permission to delete issues in this project.")
    with call.context.write(issue, user.account_id) as change:
        change.tell("jira:issue_deleted", "issue_deleted")
    call.context.remove(issue)
    return Response.empty()


def assign(call: Call, which: str) -> Response:
    """Assign to a person, to the project's default (`-1`), or to nobody (null)."""
    user = call.person()
    issue = edits.found(call.context, user, which)
    if not call.site.may(user, "ASSIGN_ISSUES", issue.project):
        raise refusal(403, "You do not have permission to assign issues.")
    raw = call.body(shapes.Assignee)
    place = Place(call.site, call.site.projects[issue.project], call.version)
    try:
        account = raw.get("accountId")
        wanted = values.read(
            call.site.fields["assignee"], None if account is None else {"id": account}, place
        )
    except FieldError as bad:
        raise refusal(400, errors={"assignee": str(bad)}) from bad
    with call.context.write(issue, user.account_id) as change:
        edits.put(call.context, issue, {"assignee": wanted}, change)
        change.tell("jira:issue_updated", "issue_assigned")
    return Response.empty()


def changelog(call: Call, which: str) -> Response:
    """The history, oldest first, by pages."""
    issue = edits.found(call.context, call.user, which)
    start, size = call.number("startAt", 0), min(call.number("maxResults", 100), 100)
    view = render.View(call)
    page = issue.histories[start : start + size]
    link = f"{call.base}/issue/{which}/changelog"
    shown: dict[str, object] = {
        "self": f"{link}?maxResults={size}&startAt={start}",
        "maxResults": size,
        "startAt": start,
        "total": len(issue.histories),
        "isLast": start + size >= len(issue.histories),
        "values": [view.history(one) for one in page],
    }
    if not shown["isLast"]:
        shown["nextPage"] = f"{link}?maxResults={size}&startAt={start + size}"
    return Response.json(shown)


def changelog_list(call: Call, which: str) -> Response:
    """Some histories by their ids."""
    issue = edits.found(call.context, call.user, which)
    wanted = set(call.body(shapes.ChangelogIds).get("changelogIds", []))
    view = render.View(call)
    histories = [view.history(one) for one in issue.histories if one.id in wanted]
    return Response.json(
        {"startAt": 0, "maxResults": len(histories), "total": len(histories),
         "histories": histories}
    )


def edit_meta(call: Call, which: str) -> Response:
    issue = edits.found(call.context, call.user, which)
    return Response.json(meta_fields.edit_meta(call, issue))


ROUTES = (
    ("POST", "/issue", create_issue),
    ("GET", "/issue/{issueIdOrKey}", get_issue),
    ("PUT", "/issue/{issueIdOrKey}", edit_issue),
    ("DELETE", "/issue/{issueIdOrKey}", delete_issue),
    ("PUT", "/issue/{issueIdOrKey}/assignee", assign),
    ("GET", "/issue/{issueIdOrKey}/changelog", changelog),
    ("POST", "/issue/{issueIdOrKey}/changelog/list", changelog_list),
    ("GET", "/issue/{issueIdOrKey}/editmeta", edit_meta),
)
