"""
What engineers and administrators do in the browser.

Every action takes plain values: keys, names, texts. Fields go by name or id, options by value,
people by e-mail or name; texts are wiki markup, or a document as it is. The rules of the API
hold here as well: what it would refuse raises ValueError with its words.
"""

from __future__ import annotations

import base64
import copy
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.jira import additions, administrators, attachments, edits, history, transitions
from sandbox.jira.administrators import field_named, person
from sandbox.jira.context import Context
from sandbox.jira.errors import Refusal
from sandbox.jira.state import Comment, Field, Issue, IssueLink, RemoteLink, Transition
from sandbox.jira.workflow import available

Json = Any
Done = Mapping[str, Any]


def act(context: Context, action: str, params: Mapping[str, Any]) -> Done:
    """Do one action. Raises LookupError for what does not exist, ValueError for what cannot be."""
    doer = ACTIONS.get(action)
    if doer is None:
        raise ValueError(f"no action {action!r}; there are {', '.join(sorted(ACTIONS))}")
    try:
        return doer(context, **params)
    except Refusal as refused:
        raise ValueError(f"{action}: {refused.obj}") from refused
    except TypeError as bad:
        raise ValueError(f"{action}: {bad}") from bad


def _issue(context: Context, key: str) -> Issue:
    issue = context.site.issue(str(key))
    if issue is None:
        raise LookupError(f"no issue {key!r}")
    return issue


def _version(text: Json) -> int:
    return 3 if isinstance(text, dict) else 2


_WORDS: Mapping[str, str] = {
    "option": "value",
    "options": "value",
    "priority": "name",
    "resolution": "name",
    "components": "name",
    "versions": "name",
}


def _raw(context: Context, field: Field, value: Json) -> Json:
    """Return a plain value in the form that the API takes."""
    if value is None:
        return None
    if field.kind == "user":
        return {"id": person(context, value).account_id}
    word = _WORDS.get(field.kind)
    if word is None:
        return value
    return [{word: one} for one in value] if isinstance(value, list) else {word: value}


def _fields(context: Context, fields: Mapping[str, Any]) -> tuple[dict[str, Json], int]:
    found = {f.id: _raw(context, f, v) for n, v in fields.items() for f in (field_named(context, n),)}
    rich = any(isinstance(value, dict) and "content" in value for value in fields.values())
    return found, 3 if rich else 2


def create(
    context: Context, project: str, summary: str, kind: str = "Bug", by: str | None = None,
    **fields: Any,
) -> Done:
    """Create an issue; other fields by name."""
    found, version = _fields(context, fields)
    body = {
        "fields": {
            "project": {"key": project}, "issuetype": {"name": kind}, "summary": summary, **found
        }
    }
    issue = edits.create(context, person(context, by), body, version)
    return {"id": str(issue.id), "key": issue.key}


def set_fields(context: Context, issue: str, fields: dict[str, Any], by: str | None = None) -> Done:
    """Set fields by name."""
    found, version = _fields(context, fields)
    target = _issue(context, issue)
    edits.edit(context, person(context, by), target, {"fields": found}, version)
    return {"key": target.key}


def comment(
    context: Context, issue: str, body: Json, by: str | None = None, customer: bool = False,
    visibility: dict[str, str] | None = None,
) -> Done:
    """Comment; `customer` begins it with the line that marks it for the customer."""
    target, user = _issue(context, issue), person(context, by)
    if customer and isinstance(body, str):
        body = f"#customer\n{body}"
    raw = {"body": body, "visibility": visibility}
    with context.write(target, user.account_id) as change:
        made = additions.add_comment(context, target, user, raw, _version(body), change)
    return {"id": str(made.id)}


def _comment(issue: Issue, number: str) -> Comment:
    for one in issue.comments:
        if str(one.id) == str(number):
            return one
    raise LookupError(f"no comment {number!r} on {issue.key}")


def edit_comment(
    context: Context, issue: str, comment: str, body: Json, by: str | None = None
) -> Done:
    """Rewrite a comment."""
    target, user = _issue(context, issue), person(context, by)
    found = _comment(target, comment)
    new = additions.comment_body(body, _version(body))
    with context.write(target, user.account_id) as change:
        found.body, found.updated, found.update_author = new, context.now(), user.account_id
        change.tell("comment_updated", comment=found)
    return {"id": str(found.id)}


def delete_comment(context: Context, issue: str, comment: str, by: str | None = None) -> Done:
    """Delete a comment."""
    target, user = _issue(context, issue), person(context, by)
    found = _comment(target, comment)
    with context.write(target, user.account_id) as change:
        target.comments.remove(found)
        del context.site.comments[found.id]
        change.tell("comment_deleted", comment=found)
    return {}


def transition(
    context: Context, issue: str, to: str, by: str | None = None, **fields: Any
) -> Done:
    """Make a transition by its own name or that of the status it leads to."""
    target, user = _issue(context, issue), person(context, by)
    step = _step(context, target, to)
    found, version = _fields(context, fields)
    body = {"transition": {"id": step.id}, "fields": found}
    transitions.fire(context, user, target, body, version)
    return {"status": context.site.statuses[target.status].name}


def _step(context: Context, issue: Issue, to: str) -> Transition:
    low = to.lower()
    for step in available(context.site, issue):
        if low in {step.name.lower(), context.site.statuses[step.to].name.lower(), step.id}:
            return step
    raise ValueError(f"no transition {to!r} out of the status of {issue.key}")


def attach(
    context: Context, issue: str, name: str, content: bytes | str, mime: str = "",
    by: str | None = None,
) -> Done:
    """Attach a file; `content` as bytes, or in base64."""
    raw = base64.b64decode(content) if isinstance(content, str) else content
    kind = mime or "application/octet-stream"
    made = attachments.attach(
        context, _issue(context, issue), person(context, by), name, kind, raw
    )
    return {"id": str(made.id)}


def delete_attachment(
    context: Context, issue: str, attachment: str, by: str | None = None
) -> Done:
    """Delete a file."""
    target, user = _issue(context, issue), person(context, by)
    for one in target.attachments:
        if str(one.id) == str(attachment):
            with context.write(target, user.account_id) as change:
                target.attachments.remove(one)
                del context.site.attachments[one.id]
                change.tell("attachment_deleted")
            return {}
    raise LookupError(f"no attachment {attachment!r} on {target.key}")


def add_remote_link(
    context: Context, issue: str, url: str, title: str = "", global_id: str | None = None,
    by: str | None = None,
) -> Done:
    """Add a link to something outside."""
    target, user = _issue(context, issue), person(context, by)
    body = {"application": {}, "object": {"url": url, "title": title or url, "icon": {},
                                          "status": {"icon": {}}}}
    with context.write(target, user.account_id):
        link = RemoteLink(context.site.next("remote_link"), global_id, body)
        target.remote_links.append(link)
    return {"id": str(link.id)}


def delete_remote_link(context: Context, issue: str, link: str, by: str | None = None) -> Done:
    """Delete a link, by its id or its URL."""
    target, user = _issue(context, issue), person(context, by)
    for one in target.remote_links:
        if link in {str(one.id), one.body["object"]["url"], one.global_id}:
            with context.write(target, user.account_id):
                target.remote_links.remove(one)
            return {}
    raise LookupError(f"no remote link {link!r} on {target.key}")


def delete(context: Context, issue: str, by: str | None = None) -> Done:
    """Delete an issue for good."""
    target = _issue(context, issue)
    with context.write(target, person(context, by).account_id) as change:
        change.tell("jira:issue_deleted", "issue_deleted")
    context.remove(target)
    return {}


def move(context: Context, issue: str, project: str, by: str | None = None) -> Done:
    """Move an issue to another project: a new key, the same id; the status follows the workflow."""
    target, there = _issue(context, issue), context.site.project(project)
    if there is None:
        raise LookupError(f"no project {project!r}")
    here = context.site.projects[target.project]
    workflow = there.workflow(target.type)
    with context.write(target, person(context, by).account_id) as change:
        there.last_number += 1
        old, target.key = target.key, f"{there.key}-{there.last_number}"
        target.project = there.id
        target.old_keys.append(old)
        context.site.keys[target.key] = target.id
        change.items += [
            history.plain_item("project", "project", (here.id, here.name), (there.id, there.name)),
            history.plain_item("Key", "", (None, old), (None, target.key)),
        ]
        if target.status not in workflow.statuses:
            target.status = workflow.initial
        change.tell("jira:issue_updated", "issue_moved")
    return {"key": target.key, "was": old}


def archive(context: Context, issue: str, by: str | None = None) -> Done:
    """Archive an issue: it leaves every search, can be read, and takes no writes."""
    target = _issue(context, issue)
    _ = person(context, by)
    target.archived = True
    context.index.revision += 1
    return {"key": target.key}


def unarchive(context: Context, issue: str, by: str | None = None) -> Done:
    """Bring an archived issue back."""
    target = _issue(context, issue)
    _ = person(context, by)
    target.archived = False
    context.index.revision += 1
    return {"key": target.key}


def clone(context: Context, issue: str, summary: str = "", by: str | None = None) -> Done:
    """
    Clone an issue, which is how work is split: its fields and labels, and a link to it.

    As in the vendor's, comments, history, remote links and issue properties stay behind.
    """
    source, user = _issue(context, issue), person(context, by)
    body = {
        "fields": {
            "project": {"id": source.project},
            "issuetype": {"id": source.type},
            "summary": summary or f"CLONE - {source.values['summary']}",
        }
    }
    made = edits.create(context, user, body, 2)
    for name, value in source.values.items():
        if name not in ("summary", "resolution"):
            made.values[name] = copy.deepcopy(value)
    kind = next(k for k in context.site.link_types.values() if "clone" in k.outward.lower())
    link = IssueLink(context.site.next("link"), kind.id, source.id, made.id)
    source.links.append(link)
    made.links.append(link)
    context.index.revision += 1
    return {"id": str(made.id), "key": made.key}


def show(context: Context, issue: str) -> Done:
    """Return what an engineer sees at the head of an issue."""
    it = _issue(context, issue)
    return {
        "key": it.key,
        "summary": it.values["summary"],
        "status": context.site.statuses[it.status].name,
        "labels": list(it.values.get("labels") or ()),
        "comments": len(it.comments),
    }


ACTIONS: Mapping[str, Callable[..., Done]] = {
    action.__name__: action
    for action in (
        create, set_fields, comment, edit_comment, delete_comment, transition, attach,
        delete_attachment, add_remote_link, delete_remote_link, delete, move,
        archive, unarchive, clone, show,
        *administrators.ACTIONS,
    )
}
