"""Comments and their properties."""

from __future__ import annotations

from typing import Any

from sandbox.jira import additions, edits, history, shapes, wiki
from sandbox.jira.context import Call, Change
from sandbox.jira.errors import refusal
from sandbox.jira.pieces import visible_comments
from sandbox.jira.render import View
from sandbox.jira.state import Comment, Issue, User
from sandbox.web import Response

Json = Any


def list_comments(call: Call, which: str) -> Response:
    """The comments of an issue, oldest first unless asked otherwise."""
    issue = edits.found(call.context, call.user, which)
    order = call.request.arg("orderBy", "created")
    if order not in {"created", "-created", "+created"}:
        raise refusal(400, f"Unsupported value for orderBy: {order}.")
    view = View(call)
    seen = visible_comments(view, issue)
    if order == "-created":
        seen = seen[::-1]
    start = max(0, call.number("startAt", 0))
    size = min(max(0, call.number("maxResults", 100)), 5000)
    expand = call.words("expand")
    return Response.json(
        {
            "startAt": start,
            "maxResults": size,
            "total": len(seen),
            "comments": [view.comment(c, issue, expand=expand) for c in seen[start : start + size]],
        }
    )


def add(call: Call, which: str) -> Response:
    user = call.person()
    issue = edits.found(call.context, user, which)
    if not call.site.may(user, "ADD_COMMENTS", issue.project):
        raise refusal(
            403, "You do not have the permission to comment on this issue."
        )
    body = call.body(shapes.CommentBody)
    with call.context.write(issue, user.account_id) as change:
        comment = additions.add_comment(call.context, issue, user, body, call.version, change)
    shown = View(call).comment(comment, issue, expand=call.words("expand"))
    return Response.json(shown, 201)


def _found(call: Call, which: str, number: str) -> tuple[Issue, Comment]:
    issue = edits.found(call.context, call.user, which)
    for comment in visible_comments(View(call), issue):
        if str(comment.id) == number:
            return issue, comment
    raise refusal(404, f"Can not find a comment for the id: {number}.")


def get(call: Call, which: str, number: str) -> Response:
    issue, comment = _found(call, which, number)
    return Response.json(View(call).comment(comment, issue, expand=call.words("expand")))


def _check_own(call: Call, user: User, issue: Issue, comment: Comment, what: str) -> None:
    every, own = f"{what}_ALL_COMMENTS", f"{what}_OWN_COMMENTS"
    mine = comment.author == user.account_id
    if not call.site.may(user, own if mine else every, issue.project):
        raise refusal(
            400 if what == "EDIT" else 403,
            f"You do not have permission to {what.lower()} comment with id: '{comment.id}'.",
        )


def update(call: Call, which: str, number: str) -> Response:
    user = call.person()
    issue, comment = _found(call, which, number)
    _check_own(call, user, issue, comment, "EDIT")
    raw = call.body(shapes.CommentBody)
    body = additions.comment_body(raw.get("body"), call.version)
    visibility = additions.read_visibility(call.context, raw.get("visibility"))
    with call.context.write(issue, user.account_id) as change:
        rewrite(call, comment, user, body, change)
        comment.visibility = visibility or comment.visibility
        if raw.get("properties"):
            comment.properties = {p["key"]: p.get("value") for p in raw["properties"]}
    return Response.json(View(call).comment(comment, issue, expand=call.words("expand")))


def rewrite(call: Call, comment: Comment, user: User, body: Json, change: Change) -> None:
    comment.body = body
    comment.updated = call.context.now()
    comment.update_author = user.account_id
    change.tell("comment_updated", comment=comment)


def delete(call: Call, which: str, number: str) -> Response:
    user = call.person()
    issue, comment = _found(call, which, number)
    _check_own(call, user, issue, comment, "DELETE")
    with call.context.write(issue, user.account_id) as change:
        issue.comments.remove(comment)
        del call.site.comments[comment.id]
        change.items.append(
            history.plain_item(
                "Comment", "comment", (str(comment.id), wiki.to_wiki(comment.body)),
                (None, None),
            )
        )
        change.tell("comment_deleted", comment=comment)
    return Response.empty()


def by_ids(call: Call) -> Response:
    """Comments of any issue by their ids; those that the caller may not see are left out."""
    ids = call.body(shapes.CommentIds).get("ids")
    if not isinstance(ids, list) or not 1 <= len(ids) <= 1000:
        raise refusal(400, "The number of comment IDs must be between 1 and 1000.")
    view = View(call)
    expand = call.words("expand")
    values: list[Json] = []
    for number in ids:
        issue = call.site.issues.get(call.site.comments.get(number, -1))
        if issue is None or not call.site.sees(call.user, issue):
            continue
        values.extend(
            view.comment(c, issue, expand=expand)
            for c in visible_comments(view, issue)
            if c.id == number
        )
    return Response.json(
        {"maxResults": 1000, "startAt": 0, "total": len(values), "isLast": True, "values": values}
    )


def _by_id(call: Call, number: str) -> tuple[Issue, Comment]:
    owner = call.site.comments.get(int(number)) if number.isdigit() else None
    if owner is None:
        raise refusal(404, f"Can not find a comment for the id: {number}.")
    return _found(call, str(owner), number)


def list_properties(call: Call, number: str) -> Response:
    _, comment = _by_id(call, number)
    keys = [
        {"self": f"{call.base}/comment/{number}/properties/{key}", "key": key}
        for key in comment.properties or ()
    ]
    return Response.json({"keys": keys})


def get_property(call: Call, number: str, key: str) -> Response:
    _, comment = _by_id(call, number)
    if key not in (comment.properties or {}):
        raise refusal(404, f"The comment property with key '{key}' does not exist.")
    return Response.json({"key": key, "value": (comment.properties or {})[key]})


def set_property(call: Call, number: str, key: str) -> Response:
    user = call.person()
    issue, comment = _by_id(call, number)
    value = call.raw_body()
    edits.check_property(key, value)
    known = key in (comment.properties or {})
    with call.context.write(issue, user.account_id) as change:
        change.silent = True
        comment.properties = {**(comment.properties or {}), key: value}
    return Response.json(None, 200 if known else 201)


def delete_property(call: Call, number: str, key: str) -> Response:
    _, comment = _by_id(call, number)
    if key not in (comment.properties or {}):
        raise refusal(404, f"The comment property with key '{key}' does not exist.")
    comment.properties = {k: v for k, v in (comment.properties or {}).items() if k != key}
    return Response.empty()


ROUTES = (
    ("GET", "/issue/{issueIdOrKey}/comment", list_comments),
    ("POST", "/issue/{issueIdOrKey}/comment", add),
    ("GET", "/issue/{issueIdOrKey}/comment/{id}", get),
    ("PUT", "/issue/{issueIdOrKey}/comment/{id}", update),
    ("DELETE", "/issue/{issueIdOrKey}/comment/{id}", delete),
    ("POST", "/comment/list", by_ids),
    ("GET", "/comment/{commentId}/properties", list_properties),
    ("GET", "/comment/{commentId}/properties/{propertyKey}", get_property),
    ("PUT", "/comment/{commentId}/properties/{propertyKey}", set_property),
    ("DELETE", "/comment/{commentId}/properties/{propertyKey}", delete_property),
)
