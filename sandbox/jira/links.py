"""Remote links, which are the one idempotent write of the API, and links between issues."""

from __future__ import annotations

from typing import Any

from sandbox.jira import additions, edits, history, shapes
from sandbox.jira.context import Call
from sandbox.jira.errors import Refusal, refusal
from sandbox.jira.refs import Refs
from sandbox.jira.render import View
from sandbox.jira.state import Issue, RemoteLink
from sandbox.web import Response

Json = Any


def _shown(call: Call, issue: Issue, link: RemoteLink) -> Json:
    shown = {
        "id": link.id,
        "self": f"{call.base}/issue/{issue.key}/remotelink/{link.id}",
        **link.body,
    }
    if link.global_id is not None:
        shown["globalId"] = link.global_id
    return shown


def _body(raw: dict[str, Any]) -> dict[str, Any]:
    thing = raw.get("object")
    errors: dict[str, str] = {}
    if not isinstance(thing, dict):
        errors["object"] = "'object' is required."
    else:
        for name in ("url", "title"):
            if not thing.get(name):
                errors[name] = f"'{name}' is required."
    if len(str(raw.get("globalId") or "")) > 255:
        errors["globalId"] = "'globalId' cannot be longer than 255 characters."
    if errors or not isinstance(thing, dict):
        raise refusal(400, errors=errors)
    shown: dict[str, Any] = {"application": raw.get("application") or {}}
    if raw.get("relationship"):
        shown["relationship"] = raw["relationship"]
    shown["object"] = {"icon": {}, "status": {"icon": {}}, **{k: v for k, v in thing.items() if v}}
    return shown


def list_remote(call: Call, which: str) -> Response:
    """All remote links; with `globalId` that one alone, not in a list."""
    issue = edits.found(call.context, call.user, which)
    wanted = call.request.arg("globalId")
    if not wanted:
        return Response.json([_shown(call, issue, link) for link in issue.remote_links])
    return Response.json(_shown(call, issue, _by_global(issue, wanted)))


def _by_global(issue: Issue, wanted: str) -> RemoteLink:
    for link in issue.remote_links:
        if link.global_id == wanted:
            return link
    raise refusal(404, f"No remote link with globalId '{wanted}' exists for this issue.")


def _by_id(issue: Issue, number: str) -> RemoteLink:
    for link in issue.remote_links:
        if str(link.id) == number:
            return link
    raise refusal(404, f"No remote link with id '{number}' exists for this issue.")


def put_remote(call: Call, which: str) -> Response:
    """Add a link, or replace the whole of the one with the same `globalId`."""
    user = call.person()
    issue = edits.found(call.context, user, which)
    if not call.site.may(user, "LINK_ISSUES", issue.project):
        raise refusal(403, "You do not have permission to link issues.")
    raw = call.body(shapes.RemoteLinkBody)
    body = _body(raw)
    global_id = raw.get("globalId") or None
    known = next(
        (x for x in issue.remote_links if global_id is not None and x.global_id == global_id), None
    )
    if known is None:
        additions.check_cap(issue, "remote_links")
    with call.context.write(issue, user.account_id) as change:
        if known is None:
            link = RemoteLink(call.site.next("remote_link"), global_id, body)
            issue.remote_links.append(link)
            text = f'This work item links to "{body["object"]["title"]}"'
            change.items.append(
                history.plain_item(
                    "RemoteWorkItemLink", "", (None, None), (str(link.id), text)
                )
            )
            change.tell("jira:issue_updated", "issue_updated")
        else:
            link = known
            link.body = body
    return Response.json(
        {"id": link.id, "self": f"{call.base}/issue/{issue.key}/remotelink/{link.id}"},
        201 if known is None else 200,
    )


def delete_remote_global(call: Call, which: str) -> Response:
    user = call.person()
    # The vendor's own quirk: this one wants a content type even without a body.
    if "content-type" not in call.request.headers:
        raise Refusal(415, None)
    issue = edits.found(call.context, user, which)
    wanted = call.request.arg("globalId")
    if not wanted:
        raise refusal(400, "'globalId' is required.")
    with call.context.write(issue, user.account_id):
        issue.remote_links.remove(_by_global(issue, wanted))
    return Response.empty()


def get_remote(call: Call, which: str, number: str) -> Response:
    issue = edits.found(call.context, call.user, which)
    return Response.json(_shown(call, issue, _by_id(issue, number)))


def update_remote(call: Call, which: str, number: str) -> Response:
    user = call.person()
    issue = edits.found(call.context, user, which)
    link = _by_id(issue, number)
    raw = call.body(shapes.RemoteLinkBody)
    with call.context.write(issue, user.account_id):
        link.body, link.global_id = _body(raw), raw.get("globalId") or None
    return Response.empty()


def delete_remote(call: Call, which: str, number: str) -> Response:
    user = call.person()
    issue = edits.found(call.context, user, which)
    with call.context.write(issue, user.account_id):
        issue.remote_links.remove(_by_id(issue, number))
    return Response.empty()


def link_issues(call: Call) -> Response:
    """Link two issues. Twice is once, but a comment is added each time; the answer is empty."""
    user = call.person()
    raw = call.body(shapes.Link)
    wanted = raw.get("outwardIssue") or {}
    target = edits.found(call.context, user, str(wanted.get("id") or wanted.get("key") or ""))
    with call.context.write(target, user.account_id) as change:
        known = set(call.site.links)
        link = additions.add_link(call.context, None, raw, None)
        if link.id not in known:
            other = call.site.issues[link.inward]
            with call.context.write(other, user.account_id) as there:
                additions.note_link(call.context, link, other, there)
            additions.note_link(call.context, link, target, change)
        if isinstance(raw.get("comment"), dict):
            additions.add_comment(
                call.context, target, user, raw["comment"], call.version, change
            )
    return Response.empty(201)


def get_link(call: Call, number: str) -> Response:
    link = call.site.links.get(int(number)) if number.isdigit() else None
    if link is None:
        raise refusal(404, "No issue link with id '" + number + "' exists.")
    view = View(call)
    inward, outward = call.site.issues[link.inward], call.site.issues[link.outward]
    shown = view.link(link, inward)
    shown["inwardIssue"] = view.link(link, outward).get("inwardIssue")
    return Response.json(shown)


def delete_link(call: Call, number: str) -> Response:
    user = call.person()
    link = call.site.links.pop(int(number), None) if number.isdigit() else None
    if link is None:
        raise refusal(404, "No issue link with id '" + number + "' exists.")
    for end in {link.inward, link.outward}:
        issue = call.site.issues[end]
        with call.context.write(issue, user.account_id):
            issue.links.remove(link)
    return Response.empty()


def link_types(call: Call) -> Response:
    refs = Refs(call.site, call.root, call.version)
    return Response.json(
        {"issueLinkTypes": [refs.link_type(kind) for kind in call.site.link_types.values()]}
    )


ROUTES = (
    ("GET", "/issue/{issueIdOrKey}/remotelink", list_remote),
    ("POST", "/issue/{issueIdOrKey}/remotelink", put_remote),
    ("DELETE", "/issue/{issueIdOrKey}/remotelink", delete_remote_global),
    ("GET", "/issue/{issueIdOrKey}/remotelink/{linkId}", get_remote),
    ("PUT", "/issue/{issueIdOrKey}/remotelink/{linkId}", update_remote),
    ("DELETE", "/issue/{issueIdOrKey}/remotelink/{linkId}", delete_remote),
    ("POST", "/issueLink", link_issues),
    ("GET", "/issueLink/{linkId}", get_link),
    ("DELETE", "/issueLink/{linkId}", delete_link),
    ("GET", "/issueLinkType", link_types),
)
