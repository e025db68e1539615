"""The pieces of an issue as the API shows them: comments, files, histories, work."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Any

from sandbox.jira import times, wiki
from sandbox.jira.context import Call
from sandbox.jira.refs import Refs
from sandbox.jira.state import Attachment, Comment, History, Issue, Item, User, Worklog

Json = dict[str, Any]

EMBEDDED = 20  # comments and worklogs that a search result carries at most
WHOLE = 100  # and that a single issue carries


class Pieces:
    """One caller's view of pieces: version, zone and links."""

    def __init__(self, call: Call, *, embedded: int = WHOLE) -> None:
        self.call = call
        self.site = call.site
        self.refs = Refs(call.site, call.root, call.version)
        self.zone = call.zone
        self.rich = call.version == 3
        self.embedded = embedded

    def time(self, at: int | None) -> str | None:
        return None if at is None else times.stamp(at, self.zone)

    def text(self, doc: Json | None) -> Any:
        """A body: the document in version 3, wiki markup in version 2."""
        if doc is None or self.rich:
            return doc
        return wiki.to_wiki(doc)

    def comment(self, comment: Comment, issue: Issue, *, expand: Iterable[str] = ()) -> Json:
        properties = comment.properties or {}
        internal = properties.get("sd.public.comment")
        shown: Json = {
            "self": f"{self.refs.base}/issue/{issue.id}/comment/{comment.id}",
            "id": str(comment.id),
            "author": self.refs.user(comment.author),
            "body": self.text(comment.body),
            "updateAuthor": self.refs.user(comment.update_author),
            "created": self.time(comment.created),
            "updated": self.time(comment.updated),
            "jsdPublic": not (isinstance(internal, dict) and internal.get("internal") is True),
        }
        if comment.visibility:
            shown["visibility"] = comment.visibility
        if "renderedBody" in expand:
            shown["renderedBody"] = html(comment.body)
        if "properties" in expand:
            shown["properties"] = [{"key": k, "value": v} for k, v in properties.items()]
        return shown

    def attachment(self, one: Attachment) -> Json:
        shown: Json = {
            "self": f"{self.refs.base}/attachment/{one.id}",
            "id": str(one.id),
            "filename": one.filename,
            "author": self.refs.user(one.author),
            "created": self.time(one.created),
            "size": len(one.content),
            "mimeType": one.mime,
            "content": f"{self.refs.base}/attachment/content/{one.id}",
        }
        if one.mime.startswith("image/"):
            shown["thumbnail"] = f"{self.refs.base}/attachment/thumbnail/{one.id}"
        return shown

    def history(self, history: History) -> Json:
        shown: Json = {
            "id": str(history.id),
            "author": self.refs.user(history.author),
            "created": self.time(history.created),
            "items": [items_json(item) for item in history.items],
        }
        if history.metadata:
            shown["historyMetadata"] = history.metadata
        return shown

    def worklog(self, log: Worklog, issue: Issue) -> Json:
        shown: Json = {
            "self": f"{self.refs.base}/issue/{issue.id}/worklog/{log.id}",
            "author": self.refs.user(log.author),
            "updateAuthor": self.refs.user(log.author),
            "created": self.time(log.created),
            "updated": self.time(log.updated),
            "started": self.time(log.started),
            "timeSpent": f"{log.seconds // 60}m",
            "timeSpentSeconds": log.seconds,
            "id": str(log.id),
            "issueId": str(issue.id),
        }
        if log.comment is not None:
            shown["comment"] = self.text(log.comment)
        return shown


def items_json(item: Item) -> Json:
    shown: Json = {
        "field": item.field,
        "fieldtype": "custom" if item.custom else "jira",
        "fieldId": item.field_id,
        "from": item.before,
        "fromString": item.before_text,
        "to": item.after,
        "toString": item.after_text,
    }
    return shown


def html(doc: Json | None) -> str:
    """A body as the site's own pages would show it, in the plainest markup."""
    if doc is None:
        return ""
    text = escape(wiki.to_wiki(doc), quote=False)
    return "".join(f"<p>{p}</p>" for p in text.replace("\n", "<br/>").split("<br/><br/>"))


def visible(comment: Comment, user: User | None, groups: Iterable[str]) -> bool:
    """Tell whether a comment's restriction lets someone read it. Roles are open to all users."""
    where = comment.visibility
    if not where:
        return True
    return user is not None and (where.get("type") == "role" or where.get("value", "") in groups)


def visible_comments(view: Pieces, issue: Issue) -> list[Comment]:
    user = view.call.user
    groups = [
        group.name
        for group, members in view.site.groups.values()
        if user is not None and user.account_id in members
    ]
    return [c for c in issue.comments if visible(c, user, groups)]
