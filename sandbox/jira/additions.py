"""What `update` can add to an issue beside values: comments, links, work."""

from __future__ import annotations

from typing import Any

from sandbox.jira import history, times, values
from sandbox.jira.context import Change, Context
from sandbox.jira.errors import FieldError, refusal
from sandbox.jira.state import Comment, Issue, IssueLink, User, Worklog

Json = Any

CAPS = {"comments": 5000, "worklogs": 5000, "attachments": 2000, "links": 2000,
        "remote_links": 2000}
_CAP_WORDS = {"comments": "comments", "worklogs": "worklogs", "attachments": "attachments",
              "links": "issue links", "remote_links": "remote links"}


def check_cap(issue: Issue, what: str, more: int = 1) -> None:
    """Refuse with 413 what would go over an issue's limit."""
    cap = CAPS[what]
    if len(getattr(issue, what)) + more > cap:
        raise refusal(
            413, f"The issue has reached the limit of {cap} {_CAP_WORDS[what]}."
        )


def apply_action(
    context: Context,
    issue: Issue,
    user: User,
    change: Change,
    version: int,
    action: tuple[str, str, Json],
) -> None:
    """Do one operation of `update` on comments, links or worklogs."""
    name, verb, raw = action
    raw = raw if isinstance(raw, dict) else {}
    if verb != "add":
        raise refusal(400, errors={name: f"Field does not support operation '{verb}'."})
    if name == "comment":
        add_comment(context, issue, user, raw, version, change)
    elif name == "issuelinks":
        add_link(context, issue, raw, change)
    elif name == "worklog":
        add_worklog(context, issue, user, raw, version, change)


def comment_body(raw: Json, version: int) -> Json:
    """Read a comment's body, or refuse as the comment endpoints do."""
    if version == 3 and not isinstance(raw, dict):
        raise refusal(400, errors={"comment": "Comment body is not valid!"})
    try:
        body = values.rich_text(raw, version)
    except FieldError as bad:
        text = str(bad)
        known = "too long" in text
        raise refusal(
            400, errors={"comment": text if known else "Comment body is not valid!"}
        ) from bad
    if body is None:
        raise refusal(400, errors={"comment": "Comment body can not be empty!"})
    return body


def add_comment(
    context: Context, issue: Issue, user: User, raw: Json, version: int, change: Change
) -> Comment:
    """Add a comment from its JSON form."""
    check_cap(issue, "comments")
    body = comment_body(raw.get("body"), version)
    now = context.now()
    properties = {
        p["key"]: p.get("value") for p in raw.get("properties") or () if isinstance(p, dict)
    }
    comment = Comment(
        context.site.next("comment"),
        user.account_id,
        body,
        now,
        now,
        user.account_id,
        read_visibility(context, raw.get("visibility")),
        properties or None,
    )
    issue.comments.append(comment)
    context.site.comments[comment.id] = issue.id
    change.tell("comment_created", comment=comment)
    return comment


def read_visibility(context: Context, raw: Json) -> dict[str, str] | None:
    """Read a comment's restriction, or refuse one that names nobody."""
    if not raw:
        return None
    kind = raw.get("type") if isinstance(raw, dict) else None
    if kind not in {"role", "group"}:
        raise refusal(400, errors={"visibility": "The type of visibility is role or group."})
    name = str(raw.get("value") or raw.get("identifier") or "")
    if kind == "group":
        group = next((g for g, _ in context.site.groups.values() if name in {g.id, g.name}), None)
        if group is None:
            raise refusal(400, errors={"commentLevel": f"Group: {name} does not exist."})
        return {"type": kind, "value": group.name, "identifier": group.id}
    if name not in {"Administrators", "Developers", "Users"}:
        raise refusal(400, errors={"commentLevel": f"Role: {name} does not exist."})
    return {"type": kind, "value": name, "identifier": name}


def add_worklog(
    context: Context, issue: Issue, user: User, raw: Json, version: int, change: Change
) -> Worklog:
    """Add time spent, from its JSON form."""
    check_cap(issue, "worklogs")
    seconds = raw.get("timeSpentSeconds") or _seconds(str(raw.get("timeSpent") or ""))
    if not isinstance(seconds, int) or seconds <= 0:
        raise refusal(400, errors={"timeLogged": "Worklog must not be null."})
    now = context.now()
    try:
        started = times.read(raw["started"]) if raw.get("started") else now
        text = values.rich_text(raw["comment"], version) if raw.get("comment") else None
    except (FieldError, ValueError) as bad:
        raise refusal(400, errors={"worklog": f"Invalid worklog: {bad}"}) from bad
    log = Worklog(context.site.next("worklog"), user.account_id, text, now, now, started, seconds)
    issue.worklogs.append(log)
    change.tell("worklog_created")
    return log


_UNITS = {"w": 144000, "d": 28800, "h": 3600, "m": 60}


def _seconds(text: str) -> int:
    total = 0
    for word in text.split():
        if word[-1] not in _UNITS or not word[:-1].isdigit():
            return 0
        total += int(word[:-1]) * _UNITS[word[-1]]
    return total


def add_link(context: Context, issue: Issue | None, raw: Json, change: Change | None) -> IssueLink:
    """Link two issues; `issue` stands for the side that the body leaves out."""
    site = context.site
    wanted = raw.get("type") or {}
    kind = next(
        (t for t in site.link_types.values()
         if wanted.get("id") == t.id or str(wanted.get("name", "")).lower() == t.name.lower()),
        None,
    )
    if kind is None:
        raise refusal(404, f"No issue link type with name '{wanted.get('name')}' found.")
    ends = [_end(context, raw.get(side)) or issue for side in ("inwardIssue", "outwardIssue")]
    if ends[0] is None or ends[1] is None:
        raise refusal(404, "Issue does not exist or you do not have permission to see it.")
    inward, outward = ends[0], ends[1]
    for link in inward.links:
        if (link.type, link.inward, link.outward) == (kind.id, inward.id, outward.id):
            return link
    check_cap(inward, "links")
    link = IssueLink(site.next("link"), kind.id, inward.id, outward.id)
    site.links[link.id] = link
    inward.links.append(link)
    if outward is not inward:
        outward.links.append(link)
    if change is not None and issue is not None:
        note_link(context, link, issue, change)
    return link


def note_link(context: Context, link: IssueLink, issue: Issue, change: Change) -> None:
    """Write a new link into the history of one of its ends."""
    kind, here = context.site.link_types[link.type], link.inward == issue.id
    other = context.site.issues[link.outward if here else link.inward]
    text = f"This issue {kind.outward if here else kind.inward} {other.key}"
    change.items.append(
        history.plain_item("Link", "issuelinks", (None, None), (other.key, text))
    )
    change.tell("jira:issue_updated", "issue_updated")


def _end(context: Context, raw: Json) -> Issue | None:
    if not isinstance(raw, dict):
        return None
    return context.site.issue(str(raw.get("id") or raw.get("key") or ""))
