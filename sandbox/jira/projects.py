"""Projects, and what may be created in them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.jira import meta_fields
from sandbox.jira.context import Call
from sandbox.jira.errors import Refusal, refusal
from sandbox.jira.refs import Refs
from sandbox.jira.state import Project
from sandbox.web import Response

Json = Any

MOST_META = 200


def _seen(call: Call) -> list[Project]:
    return [
        p for p in call.site.projects.values() if call.site.may(call.user, "BROWSE_PROJECTS", p.id)
    ]


def _found(call: Call, name: str) -> Project:
    project = call.site.project(name)
    if project is None or not call.site.may(call.user, "BROWSE_PROJECTS", project.id):
        raise refusal(404, f"No project could be found with key '{name}'.")
    return project


def _brief(call: Call, project: Project) -> Json:
    refs = Refs(call.site, call.root, call.version)
    return {
        "expand": "description,lead,issueTypes,url,projectKeys,permissions,insight",
        **refs.project(project.id),
        "style": "classic",
        "isPrivate": False,
        "properties": {},
    }


def _whole(call: Call, project: Project) -> Json:
    refs = Refs(call.site, call.root, call.version)
    return {
        **_brief(call, project),
        "description": project.description,
        "lead": refs.user(project.lead),
        "components": [refs.pooled("component", one) for one in project.components],
        "issueTypes": [refs.issue_type(one) for one in project.types],
        "assigneeType": "UNASSIGNED",
        "versions": [refs.pooled("version", one) for one in project.versions],
        "roles": {"Administrators": f"{call.base}/project/{project.id}/role/10002"},
    }


def list_all(call: Call) -> Response:
    return Response.json([_brief(call, project) for project in _seen(call)])


def search(call: Call) -> Response:
    """Projects by pages, by name or key."""
    low = call.request.arg("query").lower()
    keys = {key.upper() for key in call.request.args("keys")}
    found = [
        p for p in _seen(call)
        if (low in p.name.lower() or low in p.key.lower()) and (not keys or p.key in keys)
    ]
    start, size = call.number("startAt", 0), min(call.number("maxResults", 50), 100)
    link = f"{call.base}/project/search?maxResults={size}&startAt="
    shown: dict[str, Any] = {
        "self": f"{link}{start}",
        "maxResults": size,
        "startAt": start,
        "total": len(found),
        "isLast": start + size >= len(found),
        "values": [_brief(call, p) for p in found[start : start + size]],
    }
    if not shown["isLast"]:
        shown["nextPage"] = f"{link}{start + size}"
    return Response.json(shown)


def get(call: Call, name: str) -> Response:
    return Response.json(_whole(call, _found(call, name)))


def statuses(call: Call, name: str) -> Response:
    """The statuses of each issue type of a project."""
    project = _found(call, name)
    refs = Refs(call.site, call.root, call.version)
    shown: list[Json] = []
    for kind in project.types:
        about = refs.issue_type(kind)
        states = [refs.status(one) for one in project.workflow(kind).statuses]
        shown.append(
            {
                **{key: about[key] for key in ("self", "id", "name", "subtask")},
                "statuses": states,
            }
        )
    return Response.json(shown)


def _pool(pool: str, kind: str) -> Callable[[Call, str], Response]:
    def listed(call: Call, name: str) -> Response:
        refs = Refs(call.site, call.root, call.version)
        project = _found(call, name)
        return Response.json([refs.pooled(kind, one) for one in getattr(project, pool)])

    return listed


def _window(call: Call, key: str, rows: list[Json]) -> Response:
    start, size = call.number("startAt", 0), call.number("maxResults", 50)
    if size > MOST_META:
        raise refusal(
            400, f"Parameter 'maxResults' must not exceed the limit '{MOST_META}'"
        )
    return Response.json(
        {
            "maxResults": size,
            "startAt": start,
            "total": len(rows),
            key: rows[start : start + size],
        }
    )


def _creatable(call: Call, name: str) -> Project:
    project = call.site.project(name)
    if project is None or not call.site.may(call.user, "CREATE_ISSUES", project.id):
        raise Refusal(
            404,
            {
                "errorMessages": [f"No project could be found with key or id '{name}'."],
                "errors": {},
                "httpStatusCode": {"empty": False, "present": True},
            },
        )
    return project


def create_types(call: Call, name: str) -> Response:
    project = _creatable(call, name)
    refs = Refs(call.site, call.root, call.version)
    return _window(call, "issueTypes", [refs.issue_type(one) for one in project.types])


def create_fields(call: Call, name: str, kind: str) -> Response:
    project = _creatable(call, name)
    if kind not in project.types:
        raise refusal(404, f"No issue type could be found with id '{kind}'.")
    return _window(call, "fields", meta_fields.create_fields(call, project, kind))


def create_meta(call: Call) -> Response:
    """The old form of the creation metadata: deprecated, still served."""
    keys, ids = call.words("projectKeys"), call.words("projectIds")
    types, names = call.words("issuetypeIds"), call.words("issuetypeNames")
    with_fields = "projects.issuetypes.fields" in call.words("expand")
    refs = Refs(call.site, call.root, call.version)
    projects: list[Json] = []
    for project in _seen(call):
        if (keys and project.key not in keys) or (ids and project.id not in ids):
            continue
        kinds: list[Json] = []
        for kind in project.types:
            about = refs.issue_type(kind)
            if (types and kind not in types) or (names and about["name"] not in names):
                continue
            entry = dict(about)
            if with_fields:
                entry["expand"] = "fields"
                entry["fields"] = {
                    field["fieldId"]: {k: v for k, v in field.items() if k != "fieldId"}
                    for field in meta_fields.create_fields(call, project, kind)
                }
            kinds.append(entry)
        brief = refs.project(project.id)
        projects.append(
            {**{k: brief[k] for k in ("self", "id", "key", "name", "avatarUrls")},
             "issuetypes": kinds}
        )
    return Response.json({"expand": "projects", "projects": projects})


ROUTES = (
    ("GET", "/project", list_all),
    ("GET", "/project/search", search),
    ("GET", "/project/{projectIdOrKey}", get),
    ("GET", "/project/{projectIdOrKey}/statuses", statuses),
    ("GET", "/project/{projectIdOrKey}/components", _pool("components", "component")),
    ("GET", "/project/{projectIdOrKey}/versions", _pool("versions", "version")),
    ("GET", "/issue/createmeta", create_meta),
    ("GET", "/issue/createmeta/{projectIdOrKey}/issuetypes", create_types),
    ("GET", "/issue/createmeta/{projectIdOrKey}/issuetypes/{issueTypeId}", create_fields),
)
