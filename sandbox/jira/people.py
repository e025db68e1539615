"""People: who asks, looking people up, watchers, votes, groups."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sandbox.jira import edits
from sandbox.jira.context import Call
from sandbox.jira.errors import refusal
from sandbox.jira.refs import Refs
from sandbox.jira.state import Named, User
from sandbox.web import Response

Json = Any


def _refs(call: Call) -> Refs:
    return Refs(call.site, call.root, call.version)


def myself(call: Call) -> Response:
    user = call.person()
    shown = _refs(call).whole_user(user, user.account_id)
    groups = [g.name for g, members in call.site.groups.values() if user.account_id in members]
    return Response.json(
        {
            **shown,
            "locale": "en_US",
            "groups": {"size": len(groups), "items": [{"name": name} for name in groups]},
            "applicationRoles": {"size": 1, "items": []},
            "expand": "groups,applicationRoles",
        }
    )


def get_user(call: Call) -> Response:
    call.person()
    account = call.request.arg("accountId")
    user = call.site.users.get(account)
    if user is None:
        raise refusal(404, "Specified user does not exist or you do not have required permissions")
    return Response.json(_refs(call).whole_user(user, account))


def _matching(call: Call, query: str) -> list[User]:
    """Active people whose name, or e-mail as far as it is shown, has a word that begins so."""
    low = query.lower().strip()
    return [
        user
        for user in call.site.users.values()
        if user.active
        and (
            not low
            or any(word.startswith(low) for word in (user.name.lower(), *user.name.lower().split()))
            or (user.email_visible and user.email.lower().startswith(low))
            or user.account_id == query
        )
    ]


def _page(call: Call, users: Iterable[User], default: int = 50) -> Response:
    refs = _refs(call)
    start, size = call.number("startAt", 0), min(call.number("maxResults", default), 1000)
    page = list(users)[start : start + size]
    return Response.json([refs.whole_user(user, user.account_id) for user in page])


def search(call: Call) -> Response:
    """People by query or account. Without Browse users: an empty list, not an error."""
    user = call.user
    query, account = call.request.arg("query"), call.request.arg("accountId")
    if query and account:
        raise refusal(400, "Only one of 'query' and 'accountId' may be specified.")
    if not query and not account and not call.request.args("query"):
        raise refusal(400, "Either 'query' or 'accountId' must be specified.")
    if user is None or (user.account_id, "USER_PICKER", "") in call.site.denied:
        return Response.json([])
    found = _matching(call, account or query)
    return _page(call, [u for u in found if not account or u.account_id == account])


def assignable(call: Call) -> Response:
    """People who can be assigned issues of a project."""
    call.person()
    name = call.request.arg("project")
    issue = call.request.arg("issueKey") or call.request.arg("issueId")
    project = call.site.project(name) if name else None
    if issue:
        project = call.site.projects[edits.found(call.context, call.user, issue).project]
    if project is None:
        raise refusal(404, "No project could be found with key '" + name + "'.")
    low = call.request.arg("query") or call.request.arg("accountId")
    return _page(
        call,
        [
            u for u in _matching(call, low)
            if u.kind == "atlassian" and call.site.may(u, "ASSIGNABLE_USER", project.id)
        ],
    )


def everyone(call: Call) -> Response:
    call.person()
    return _page(call, call.site.users.values())


def bulk(call: Call) -> Response:
    """People by their accounts."""
    call.person()
    wanted = call.request.args("accountId")
    if not wanted:
        raise refusal(400, "The 'accountId' parameter must be specified.")
    refs = _refs(call)
    start, size = call.number("startAt", 0), min(call.number("maxResults", 10), 200)
    known = [call.site.users[one] for one in wanted if one in call.site.users]
    page = known[start : start + size]
    return Response.json(
        {
            "self": f"{call.base}/user/bulk",
            "maxResults": size,
            "startAt": start,
            "total": len(known),
            "isLast": start + size >= len(known),
            "values": [refs.whole_user(user, user.account_id) for user in page],
        }
    )


def watchers(call: Call, which: str) -> Response:
    issue = edits.found(call.context, call.user, which)
    refs = _refs(call)
    return Response.json(
        {
            "self": f"{call.base}/issue/{issue.key}/watchers",
            "isWatching": call.user is not None and call.user.account_id in issue.watchers,
            "watchCount": len(issue.watchers),
            "watchers": [refs.user(account) for account in issue.watchers],
        }
    )


def watch(call: Call, which: str) -> Response:
    """Add a watcher: the body is the account alone, as a JSON string; none means the caller."""
    user = call.person()
    issue = edits.found(call.context, user, which)
    account = call.raw_body() if call.request.body else user.account_id
    if not isinstance(account, str) or account not in call.site.users:
        raise refusal(404, "The user does not exist or you do not have permission to see them.")
    if account not in issue.watchers:
        with call.context.write(issue, user.account_id) as change:
            change.silent = True
            issue.watchers.append(account)
    return Response.empty()


def unwatch(call: Call, which: str) -> Response:
    user = call.person()
    issue = edits.found(call.context, user, which)
    account = call.request.arg("accountId")
    if account not in call.site.users:
        raise refusal(404, "The user does not exist or you do not have permission to see them.")
    if account in issue.watchers:
        with call.context.write(issue, user.account_id) as change:
            change.silent = True
            issue.watchers.remove(account)
    return Response.empty()


def votes(call: Call, which: str) -> Response:
    issue = edits.found(call.context, call.user, which)
    refs = _refs(call)
    return Response.json(
        {
            "self": f"{call.base}/issue/{issue.key}/votes",
            "votes": len(issue.voters),
            "hasVoted": call.user is not None and call.user.account_id in issue.voters,
            "voters": [refs.user(account) for account in issue.voters],
        }
    )


def vote(call: Call, which: str) -> Response:
    user = call.person()
    issue = edits.found(call.context, user, which)
    if user.account_id not in issue.voters:
        issue.voters.append(user.account_id)
    return Response.empty()


def unvote(call: Call, which: str) -> Response:
    user = call.person()
    issue = edits.found(call.context, user, which)
    if user.account_id not in issue.voters:
        raise refusal(404, "You have not voted for this issue.")
    issue.voters.remove(user.account_id)
    return Response.empty()


def groups(call: Call) -> Response:
    """Groups by pages."""
    call.person()
    found = [group for group, _ in call.site.groups.values()]
    return Response.json(
        {
            "self": f"{call.base}/group/bulk",
            "maxResults": 50,
            "startAt": 0,
            "total": len(found),
            "isLast": True,
            "values": [{"name": g.name, "groupId": g.id} for g in found],
        }
    )


def group_picker(call: Call) -> Response:
    low = call.request.arg("query").lower()
    found = [g for g, _ in call.site.groups.values() if low in g.name.lower()]
    return Response.json(
        {
            "header": f"Showing {len(found)} of {len(found)} matching groups",
            "total": len(found),
            "groups": [
                {"name": g.name, "groupId": g.id, "html": g.name, "labels": []} for g in found
            ],
        }
    )


def _group(call: Call) -> tuple[Named, list[str]]:
    call.person()
    name = call.request.arg("groupname") or call.request.arg("groupId")
    for group, accounts in call.site.groups.values():
        if name in {group.name, group.id}:
            return group, accounts
    raise refusal(404, f"The group named '{name}' does not exist.")


def members(call: Call) -> Response:
    group, accounts = _group(call)
    refs = _refs(call)
    return Response.json(
        {
            "self": f"{call.base}/group/member?groupId={group.id}",
            "maxResults": 50,
            "startAt": 0,
            "total": len(accounts),
            "isLast": True,
            "values": [refs.user(account) for account in accounts],
        }
    )


def old_group(call: Call) -> Response:
    """A group with its people: deprecated, still asked for by older clients."""
    group, accounts = _group(call)
    refs = _refs(call)
    return Response.json(
        {
            "name": group.name,
            "groupId": group.id,
            "self": f"{call.base}/group?groupId={group.id}",
            "users": {
                "size": len(accounts),
                "items": [refs.user(account) for account in accounts],
                "max-results": 50,
                "start-index": 0,
                "end-index": len(accounts) - 1,
            },
            "expand": "users",
        }
    )


ROUTES = (
    ("GET", "/myself", myself),
    ("GET", "/user", get_user),
    ("GET", "/user/search", search),
    ("GET", "/user/assignable/search", assignable),
    ("GET", "/user/assignable/multiProjectSearch", everyone),
    ("GET", "/user/bulk", bulk),
    ("GET", "/users", everyone),
    ("GET", "/users/search", everyone),
    ("GET", "/issue/{issueIdOrKey}/watchers", watchers),
    ("POST", "/issue/{issueIdOrKey}/watchers", watch),
    ("DELETE", "/issue/{issueIdOrKey}/watchers", unwatch),
    ("GET", "/issue/{issueIdOrKey}/votes", votes),
    ("POST", "/issue/{issueIdOrKey}/votes", vote),
    ("DELETE", "/issue/{issueIdOrKey}/votes", unvote),
    ("GET", "/group", old_group),
    ("GET", "/group/bulk", groups),
    ("GET", "/group/member", members),
    ("GET", "/groups/picker", group_picker),
)
