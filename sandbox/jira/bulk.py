"""The calls for many issues at once."""

from __future__ import annotations

from typing import Any

from sandbox.jira import edits, shapes, transitions
from sandbox.jira.context import Call
from sandbox.jira.errors import BAD_PAYLOAD, Refusal, bulk_refusal, refusal
from sandbox.jira.pieces import EMBEDDED
from sandbox.jira.registered import Task
from sandbox.jira.render import View, chosen
from sandbox.jira.state import Issue, User
from sandbox.web import Response

Json = Any

MOST_CREATED = 50
MOST_FETCHED = 100
MOST_EDITED = 1000


def create(call: Call) -> Response:
    """Create up to 50 issues; those that fail are told by number, the rest keep their order."""
    user = call.person()
    updates = call.body(shapes.BulkCreate).get("issueUpdates")
    if not isinstance(updates, list) or not updates:
        raise Refusal(400, {"errorMessages": [BAD_PAYLOAD]})
    if len(updates) > MOST_CREATED:
        raise refusal(400, f"The limit of {MOST_CREATED} issues per bulk create was exceeded.")
    made: list[Json] = []
    failed: list[Json] = []
    for number, update in enumerate(updates):
        try:
            made.append(_one(call, user, update))
        except Refusal as bad:
            failed.append(
                {"status": bad.status, "elementErrors": bad.obj, "failedElementNumber": number}
            )
    return Response.json({"issues": made, "errors": failed}, 201 if made else 400)


def _one(call: Call, user: User, update: Json) -> Json:
    if not isinstance(update, dict):
        raise refusal(400, BAD_PAYLOAD)
    issue = edits.create(call.context, user, update, call.version)
    shown: dict[str, Any] = {
        "id": str(issue.id), "key": issue.key, "self": f"{call.base}/issue/{issue.id}"
    }
    if update.get("transition"):
        shown["transition"] = {"status": 204, "errorCollection": {"errorMessages": [],
                                                                  "errors": {}}}
        try:
            body = {"transition": update["transition"]}
            transitions.fire(call.context, user, issue, body, call.version)
        except Refusal as bad:
            shown["transition"] = {"status": bad.status, "errorCollection": bad.obj}
    return shown


def fetch(call: Call) -> Response:
    """Up to 100 issues by id or key, by ascending id. What cannot be seen is absent, not told."""
    body = call.body(shapes.BulkFetch)
    wanted = body.get("issueIdsOrKeys")
    if not isinstance(wanted, list) or not 1 <= len(wanted) <= MOST_FETCHED:
        raise refusal(400, f"The number of issues to fetch must be between 1 and {MOST_FETCHED}.")
    fields = chosen(call, list(body.get("fields") or []), "*navigable")
    site = call.site
    found: dict[int, Issue] = {}
    for one in wanted:
        issue = site.issue(str(one))
        if issue is not None and site.sees(call.user, issue):
            found[issue.id] = issue
    view = View(call, embedded=EMBEDDED)
    expand = list(body.get("expand") or [])
    properties = list(body.get("properties") or [])[:5]
    issues = [
        view.issue(found[number], fields if fields is not None else [], expand=expand,
                   properties=properties)
        for number in sorted(found)
    ]
    return Response.json({"issues": issues, "issueErrors": []})


def changelogs(call: Call) -> Response:
    """Histories of up to 1000 issues, by time."""
    body = call.body(shapes.BulkChangelog)
    wanted = body.get("issueIdsOrKeys") or []
    if not 1 <= len(wanted) <= MOST_EDITED:
        raise refusal(400, "The number of issues must be between 1 and 1000.")
    size = min(int(body.get("maxResults") or 1000), 10000)
    found = (call.site.issue(str(one)) for one in wanted)
    issues = {issue.id: issue for issue in found if issue is not None}
    names = set(body.get("fieldIds") or [])
    rows = sorted(
        (
            (history.created, history.id, issue, history)
            for issue in issues.values()
            if call.site.sees(call.user, issue)
            for history in issue.histories
            if not names or any(item.field_id in names for item in history.items)
        ),
        key=lambda row: row[:2],
    )
    token = body.get("nextPageToken") or "0"
    start = int(token) if str(token).isdigit() else 0
    view = View(call)
    grouped: dict[int, list[Json]] = {}
    for created, _, issue, history in rows[start : start + size]:
        shown = {**view.history(history), "created": created}
        grouped.setdefault(issue.id, []).append(shown)
    answer: dict[str, Any] = {
        "issueChangeLogs": [
            {"issueId": str(number), "changeHistories": shown} for number, shown in grouped.items()
        ]
    }
    if start + size < len(rows):
        answer["nextPageToken"] = str(start + size)
    return Response.json(answer)


def _selected(call: Call, raw: Json) -> tuple[list[Issue], int]:
    if not isinstance(raw, list) or not 1 <= len(raw) <= MOST_EDITED:
        raise bulk_refusal(400, "The number of issues selected must be between 1 and 1000.")
    found = [call.site.issue(str(one)) for one in raw]
    seen = [i for i in found if i is not None and call.site.sees(call.user, i)]
    return seen, len(raw) - len(seen)


def _done(
    call: Call, user: User, processed: list[int], failed: dict[str, list[str]], invisible: int
) -> Response:
    total = len(processed) + len(failed) + invisible
    number = str(call.site.next("task"))
    call.site.tasks[number] = Task(
        number, user.account_id, call.context.now(), processed, failed, invisible, total
    )
    return Response.json({"taskId": number}, 201)


def edit_fields(call: Call) -> Response:
    """Set fields of many issues; the answer names a task, which is done by then."""
    user = call.person()
    body = call.body(shapes.BulkEdit)
    issues, invisible = _selected(call, body.get("selectedIssueIdsOrKeys"))
    changes = _typed_changes(body.get("editedFieldsInput") or {})
    if not changes:
        raise bulk_refusal(400, "No fields were selected to edit.")
    processed: list[int] = []
    failed: dict[str, list[str]] = {}
    for issue in issues:
        try:
            edits.edit(call.context, user, issue, {"update": changes}, call.version)
            processed.append(issue.id)
        except Refusal as bad:
            failed[str(issue.id)] = list(bad.obj["errors"].values()) or bad.obj["errorMessages"]
    return _done(call, user, processed, failed, invisible)


def _typed_changes(typed: dict[str, Any]) -> dict[str, list[Json]]:
    """Translate the typed groups of a bulk edit to operations of an ordinary one."""
    changes: dict[str, list[Json]] = {}
    for group in typed.get("labelsFields") or ():
        verb = {"ADD": "add", "REMOVE": "remove"}.get(group.get("bulkEditMultiSelectFieldOption"))
        labels = [label["name"] for label in group.get("labels") or ()]
        changes[group["fieldId"]] = (
            [{verb: label} for label in labels] if verb else [{"set": labels}]
        )
    for group in typed.get("singleLineTextFields") or ():
        changes[group["fieldId"]] = [{"set": group.get("text")}]
    for group in typed.get("clearableNumberFields") or ():
        changes[group["fieldId"]] = [{"set": group.get("value")}]
    for group in typed.get("singleSelectFields") or ():
        option = (group.get("option") or {}).get("optionId")
        changes[group["fieldId"]] = [{"set": {"id": str(option)} if option else None}]
    if priority := typed.get("priority"):
        changes["priority"] = [{"set": {"id": str(priority.get("priorityId"))}}]
    return changes


def move_statuses(call: Call) -> Response:
    """Make transitions on many issues."""
    user = call.person()
    processed: list[int] = []
    failed: dict[str, list[str]] = {}
    invisible = 0
    for entry in call.body(shapes.BulkTransition).get("bulkTransitionInputs") or ():
        issues, unseen = _selected(call, entry.get("selectedIssueIdsOrKeys"))
        invisible += unseen
        for issue in issues:
            try:
                wanted = {"transition": {"id": str(entry.get("transitionId"))}}
                transitions.fire(call.context, user, issue, wanted, call.version)
                processed.append(issue.id)
            except Refusal as bad:
                failed[str(issue.id)] = bad.obj["errorMessages"] or list(
                    bad.obj["errors"].values()
                )
    return _done(call, user, processed, failed, invisible)


def queue(call: Call, task: str) -> Response:
    """How a bulk operation stands."""
    user = call.person()
    found = call.site.tasks.get(task)
    if found is None:
        raise bulk_refusal(404, f"No task found for taskId: {task}")
    shown = {
        "taskId": found.id,
        "status": "COMPLETE",
        "progressPercent": 100,
        "submittedBy": {"accountId": user.account_id},
        "processedAccessibleIssues": found.processed,
        "failedAccessibleIssues": found.failed,
        "invalidOrInaccessibleIssueCount": found.invisible,
        "totalIssueCount": found.total,
        "created": found.created,
        "started": found.created,
        "updated": found.created,
    }
    return Response.json(shown)


ROUTES = (
    ("POST", "/issue/bulk", create),
    ("POST", "/issue/bulkfetch", fetch),
    ("POST", "/changelog/bulkfetch", changelogs),
    ("POST", "/bulk/issues/fields", edit_fields),
    ("POST", "/bulk/issues/transition", move_statuses),
    ("GET", "/bulk/queue/{taskId}", queue),
)
