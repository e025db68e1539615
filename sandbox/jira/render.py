"""Issues as the API shows them to one caller: which fields, and what each holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from sandbox.jira import schema
from sandbox.jira.context import Call
from sandbox.jira.pieces import EMBEDDED, Pieces, html, visible_comments
from sandbox.jira.state import Field, Issue, IssueLink

Json = dict[str, Any]

_EXPAND = (
    "renderedFields,names,schema,operations,editmeta,changelog,versionedRepresentations"
)


class View(Pieces):
    """One caller's view of whole issues."""

    def issue(
        self,
        issue: Issue,
        fields: Iterable[Field] | None,
        *,
        expand: Iterable[str] = (),
        properties: Iterable[str] = (),
    ) -> Json:
        """An issue with the given fields; None for the bare id that a search gives by default."""
        if fields is None:
            return {"id": str(issue.id)}
        fields = list(fields)
        shown: Json = {
            "expand": _EXPAND,
            "id": str(issue.id),
            "self": f"{self.refs.base}/issue/{issue.id}",
            "key": issue.key,
        }
        if fields:
            shown["fields"] = {f.id: self.value(f, issue) for f in fields if f.id != "issuekey"}
        for name in expand:
            if name in _EXPANSIONS:
                shown[name] = _EXPANSIONS[name](self, issue, fields)
        wanted = [key for key in properties if key in issue.properties or key == "*all"]
        if wanted:
            every = "*all" in wanted
            shown["properties"] = {
                k: v for k, v in issue.properties.items() if every or k in wanted
            }
        return shown

    def value(self, field: Field, issue: Issue) -> Any:
        """What one field shows of an issue."""
        shower = _SHOWN.get(field.id)
        if shower is not None:
            return shower(self, issue)
        raw = issue.values.get(field.id)
        if raw is None:
            return [] if field.kind in _LISTS and not field.custom else None
        by_kind = _BY_KIND.get(field.kind)
        return raw if by_kind is None else by_kind(self, field, raw, issue)

    def link(self, link: IssueLink, issue: Issue) -> Json:
        outward = link.inward == issue.id
        other = self.site.issues[link.outward if outward else link.inward]
        names = ("summary", "status", "priority", "issuetype")
        return {
            "id": str(link.id),
            "self": f"{self.refs.base}/issueLink/{link.id}",
            "type": self.refs.link_type(self.site.link_types[link.type]),
            "outwardIssue" if outward else "inwardIssue": {
                "id": str(other.id),
                "key": other.key,
                "self": f"{self.refs.base}/issue/{other.id}",
                "fields": {n: self.value(self.site.fields[n], other) for n in names},
            },
        }


def _comments(view: View, issue: Issue) -> Json:
    seen = visible_comments(view, issue)
    shown = seen[: view.embedded]
    return {
        "comments": [view.comment(comment, issue) for comment in shown],
        "self": f"{view.refs.base}/issue/{issue.id}/comment",
        "maxResults": len(shown),
        "total": len(seen),
        "startAt": 0,
    }


def _worklogs(view: View, issue: Issue) -> Json:
    shown = issue.worklogs[:EMBEDDED]
    return {
        "startAt": 0,
        "maxResults": EMBEDDED,
        "total": len(issue.worklogs),
        "worklogs": [view.worklog(log, issue) for log in shown],
    }


def _watches(view: View, issue: Issue) -> Json:
    user = view.call.user
    return {
        "self": f"{view.refs.base}/issue/{issue.key}/watchers",
        "watchCount": len(issue.watchers),
        "isWatching": user is not None and user.account_id in issue.watchers,
    }


def _votes(view: View, issue: Issue) -> Json:
    user = view.call.user
    return {
        "self": f"{view.refs.base}/issue/{issue.key}/votes",
        "votes": len(issue.voters),
        "hasVoted": user is not None and user.account_id in issue.voters,
    }


_SHOWN: dict[str, Callable[[View, Issue], Any]] = {
    "project": lambda view, issue: view.refs.project(issue.project),
    "issuetype": lambda view, issue: view.refs.issue_type(issue.type),
    "status": lambda view, issue: view.refs.status(issue.status),
    "created": lambda view, issue: view.time(issue.created),
    "updated": lambda view, issue: view.time(issue.updated),
    "resolutiondate": lambda view, issue: view.time(issue.resolved),
    "statuscategorychangedate": lambda view, issue: view.time(issue.category_changed),
    "creator": lambda view, issue: view.refs.user(issue.creator),
    "comment": _comments,
    "worklog": _worklogs,
    "watches": _watches,
    "votes": _votes,
    "attachment": lambda view, issue: [view.attachment(one) for one in issue.attachments],
    "issuelinks": lambda view, issue: [view.link(link, issue) for link in issue.links],
    "subtasks": lambda _view, _issue: [],
}
_LISTS = frozenset({"labels", "components", "versions", "options"})


def _show_options(view: View, field: Field, raw: Any, _issue: Issue) -> Any:
    shown = [o for o in (view.refs.option(field, one) for one in raw) if o is not None]
    return shown or None


def _show_pooled(view: View, field: Field, raw: Any, issue: Issue) -> Any:
    project = view.site.projects[issue.project]
    kind, pool = (
        ("component", project.components)
        if field.kind == "components"
        else ("version", project.versions)
    )
    return [view.refs.pooled(kind, one) for one in pool if one.id in raw]


_BY_KIND: dict[str, Callable[[View, Field, Any, Issue], Any]] = {
    "rich": lambda view, _field, raw, _issue: view.text(raw),
    "datetime": lambda view, _field, raw, _issue: view.time(raw),
    "user": lambda view, _field, raw, _issue: view.refs.user(raw),
    "priority": lambda view, _field, raw, _issue: view.refs.priority(raw),
    "resolution": lambda view, _field, raw, _issue: view.refs.resolution(raw),
    "option": lambda view, field, raw, _issue: view.refs.option(field, raw),
    "options": _show_options,
    "components": _show_pooled,
    "versions": _show_pooled,
}


def _changelog(view: View, issue: Issue, _fields: list[Field]) -> Json:
    newest = issue.histories[::-1][: 40 if view.embedded == EMBEDDED else 100]
    return {
        "startAt": 0,
        "maxResults": len(newest),
        "total": len(issue.histories),
        "histories": [view.history(history) for history in newest],
    }


def _rendered(_view: View, issue: Issue, fields: list[Field]) -> Json:
    return {
        f.id: html(issue.values.get(f.id)) if f.kind == "rich" else None for f in fields
    }


_EXPANSIONS: dict[str, Callable[[View, Issue, list[Field]], Json]] = {
    "changelog": _changelog,
    "renderedFields": _rendered,
    "names": lambda _view, _issue, fields: {f.id: f.name for f in fields},
    "schema": lambda _view, _issue, fields: {
        f.id: s for f in fields if (s := schema.schema(f)) is not None
    },
}


def chosen(call: Call, asked: list[str] | None, default: str) -> list[Field] | None:
    """
    Return the fields that a caller asked for, None for ids only.

    `asked` holds ids, `*all`, `*navigable`, and `-id` to leave one out.
    """
    asked = asked or [default]
    if asked == ["id"]:
        return None
    wanted: dict[str, Field] = {}
    every = call.site.fields
    if all(name.startswith("-") for name in asked):
        asked = [default if default != "id" else "*all", *asked]
    for name in asked:
        if name == "*all":
            wanted.update(every)
        elif name == "*navigable":
            wanted.update({k: f for k, f in every.items() if f.navigable})
        elif name.startswith("-"):
            wanted.pop(name[1:], None)
        elif name in every:
            wanted[name] = every[name]
    return list(wanted.values())
