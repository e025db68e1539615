"""What the site is made of: fields, options, statuses, priorities, permissions, the server."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.jira import schema, shapes, times
from sandbox.jira.context import Call
from sandbox.jira.errors import refusal
from sandbox.jira.refs import Refs
from sandbox.jira.state import CATEGORIES, Field, Option
from sandbox.web import Response

Json = Any

_PERMISSIONS = (
    "BROWSE_PROJECTS", "CREATE_ISSUES", "EDIT_ISSUES", "ASSIGN_ISSUES", "ASSIGNABLE_USER",
    "TRANSITION_ISSUES", "DELETE_ISSUES", "ADD_COMMENTS", "EDIT_ALL_COMMENTS",
    "EDIT_OWN_COMMENTS", "DELETE_ALL_COMMENTS", "DELETE_OWN_COMMENTS", "CREATE_ATTACHMENTS",
    "DELETE_ALL_ATTACHMENTS", "DELETE_OWN_ATTACHMENTS", "LINK_ISSUES", "MANAGE_WATCHERS",
    "MODIFY_REPORTER", "RESOLVE_ISSUES", "WORK_ON_ISSUES", "ADMINISTER_PROJECTS",
)
_GLOBAL = ("ADMINISTER", "BULK_CHANGE", "USER_PICKER")
VERSION = (1001, 0, 0)


def server_info(call: Call) -> Response:
    return Response.json(
        {
            "baseUrl": call.root,
            "displayUrl": call.root,
            "version": "1001.0.0-SNAPSHOT",
            "versionNumbers": list(VERSION),
            "deploymentType": "Cloud",
            "buildNumber": 100287,
            "buildDate": times.stamp(1767225600000, call.zone),
            "serverTime": times.stamp(call.context.now(), call.zone),
            "scmInfo": "5177f96791252404c766ca1ff3f185116ee1a1a1",
            "serverTitle": "Jira",
            "serverTimeZone": "Etc/UTC",
        }
    )


def field_json(_call: Call, field: Field) -> Json:
    shown: dict[str, Any] = {
        "id": field.id,
        "key": field.id,
        "name": field.name,
        "custom": field.custom,
        "orderable": field.orderable,
        "navigable": field.navigable,
        "searchable": field.searchable,
        "clauseNames": list(field.clauses),
    }
    if (found := schema.schema(field)) is not None:
        shown["schema"] = found
    return shown


def fields(call: Call) -> Response:
    return Response.json([field_json(call, field) for field in call.site.fields.values()])


def field_search(call: Call) -> Response:
    """Fields by pages."""
    low = call.request.arg("query").lower()
    kinds, ids = set(call.words("type")), set(call.words("id"))
    found = [
        f for f in call.site.fields.values()
        if low in f.name.lower() and schema.schema(f) is not None
        and (not ids or f.id in ids)
        and (not kinds or ("custom" if f.custom else "system") in kinds)
    ]
    rows = [
        {
            "id": f.id, "key": f.id, "name": f.name, "description": f.description,
            "schema": schema.schema(f),
            **({"searcherKey": f.searcher} if f.searcher else {}),
        }
        for f in found
    ]
    return _values(call, rows)


def _values(call: Call, rows: list[Json]) -> Response:
    start, size = call.number("startAt", 0), min(call.number("maxResults", 50), 1000)
    return Response.json(
        {
            "maxResults": size,
            "startAt": start,
            "total": len(rows),
            "isLast": start + size >= len(rows),
            "values": rows[start : start + size],
        }
    )


def _admin(call: Call) -> None:
    if not call.person().admin:
        raise refusal(403, "Only Jira administrators can access custom fields.")


def create_field(call: Call) -> Response:
    _admin(call)
    raw = call.body()
    short = schema.short_type(str(raw.get("type", "")))
    if short not in schema.CUSTOM_TYPES or not raw.get("name"):
        raise refusal(400, errors={"type": "The custom field type is invalid."})
    field = schema.custom_field(call.site.next("field", 10200), str(raw["name"]), short)
    field.description = str(raw.get("description") or "")
    field.searchable = bool(raw.get("searcherKey", True))
    call.site.fields[field.id] = field
    for project in call.site.projects.values():  # a new field is on no screen yet
        project.off_screen.add(field.id)
    return Response.json(field_json(call, field), 201)


def _custom(call: Call, which: str) -> Field:
    field = call.site.fields.get(which)
    if field is None or not field.custom:
        raise refusal(404, "The custom field was not found.")
    return field


def contexts(call: Call, which: str) -> Response:
    _admin(call)
    field = _custom(call, which)
    return _values(
        call,
        [{"id": str(field.number + 100), "name": f"Default Configuration Scheme for {field.name}",
          "description": "", "isGlobalContext": field.projects is None, "isAnyIssueType": True}],
    )


def context_projects(call: Call, which: str) -> Response:
    """Which projects a field's contexts hold for."""
    _admin(call)
    field = _custom(call, which)
    context = str(field.number + 100)
    if field.projects is None:
        return _values(call, [{"contextId": context, "isGlobalContext": True}])
    return _values(call, [{"contextId": context, "projectId": one} for one in sorted(field.projects)])


def _option_json(option: Option) -> Json:
    return {"id": option.id, "value": option.value, "disabled": option.disabled}


def options(call: Call, which: str, _context: str) -> Response:
    _admin(call)
    return _values(call, [_option_json(o) for o in _custom(call, which).options])


def add_options(call: Call, which: str, _context: str) -> Response:
    _admin(call)
    field = _custom(call, which)
    wanted = call.body(shapes.Options).get("options") or []
    if len(wanted) > 1000:
        raise refusal(400, "The number of options to create cannot exceed 1000.")
    held = {option.value for option in field.options}
    made: list[Option] = []
    for raw in wanted:
        if raw.get("value") in held:
            raise refusal(400, f"The option '{raw.get('value')}' already exists.")
        number = str(call.site.next("option"))
        made.append(Option(number, str(raw.get("value")), bool(raw.get("disabled"))))
    field.options.extend(made)
    return Response.json({"options": [_option_json(o) for o in made]})


def _pool(pool: str, shower: str) -> Callable[[Call], Response]:
    def listed(call: Call) -> Response:
        refs = Refs(call.site, call.root, call.version)
        return Response.json([getattr(refs, shower)(key) for key in getattr(call.site, pool)])

    return listed


def _one(pool: str, shower: str, word: str) -> Callable[..., Response]:
    def shown(call: Call, which: str) -> Response:
        refs = Refs(call.site, call.root, call.version)
        if which not in getattr(call.site, pool):
            raise refusal(404, f"The {word} with id '{which}' does not exist")
        return Response.json(getattr(refs, shower)(which))

    return shown


def _pool_page(pool: str, shower: str) -> Callable[[Call], Response]:
    def listed(call: Call) -> Response:
        refs = Refs(call.site, call.root, call.version)
        return _values(call, [getattr(refs, shower)(key) for key in getattr(call.site, pool)])

    return listed


def categories(call: Call) -> Response:
    refs = Refs(call.site, call.root, call.version)
    return Response.json([refs.category(key) for key in CATEGORIES])


def labels(call: Call) -> Response:
    found = sorted(
        {
            label
            for issue in call.site.issues.values()
            if call.site.sees(call.user, issue)
            for label in issue.values.get("labels", ())
        }
    )
    return _values(call, list(found))


def my_permissions(call: Call) -> Response:
    """Which permissions the caller has, in a project or an issue if one is named."""
    wanted = call.words("permissions")
    if not wanted:
        raise refusal(400, "The 'permissions' query parameter is required.")
    known = {*_PERMISSIONS, *_GLOBAL}
    if unknown := [name for name in wanted if name not in known]:
        raise refusal(400, f"Unrecognized permission: {unknown[0]}")
    project = _project_of(call)
    shown = {
        name: {
            "id": str(number),
            "key": name,
            "name": name.replace("_", " ").capitalize(),
            "type": "GLOBAL" if name in _GLOBAL else "PROJECT",
            "description": "",
            "havePermission": _has(call, name, project),
        }
        for number, name in enumerate([*_PERMISSIONS, *_GLOBAL], 10)
        if name in wanted
    }
    return Response.json({"permissions": shown})


def _project_of(call: Call) -> str | None:
    name = call.request.arg("projectKey") or call.request.arg("projectId")
    issue = call.request.arg("issueKey") or call.request.arg("issueId")
    if issue:
        found = call.site.issue(issue)
        if found is None or not call.site.sees(call.user, found):
            raise refusal(404, "Issue does not exist or you do not have permission to see it.")
        return found.project
    if not name:
        return None
    project = call.site.project(name)
    if project is None:
        raise refusal(404, f"No project could be found with key '{name}'.")
    return project.id


def _has(call: Call, name: str, project: str | None) -> bool:
    user = call.user
    if user is None:
        return False
    if name == "ADMINISTER":
        return user.admin
    if name in _GLOBAL:
        return (user.account_id, name, "") not in call.site.denied
    places = [project] if project is not None else list(call.site.projects)
    return any(call.site.may(user, name, place) for place in places)


ROUTES = (
    ("GET", "/serverInfo", server_info),
    ("GET", "/field", fields),
    ("POST", "/field", create_field),
    ("GET", "/field/search", field_search),
    ("GET", "/field/{fieldId}/context", contexts),
    ("GET", "/field/{fieldId}/context/projectmapping", context_projects),
    ("GET", "/field/{fieldId}/context/{contextId}/option", options),
    ("POST", "/field/{fieldId}/context/{contextId}/option", add_options),
    ("GET", "/priority", _pool("priorities", "priority")),
    ("GET", "/priority/search", _pool_page("priorities", "priority")),
    ("GET", "/priority/{id}", _one("priorities", "priority", "priority")),
    ("GET", "/resolution", _pool("resolutions", "resolution")),
    ("GET", "/resolution/search", _pool_page("resolutions", "resolution")),
    ("GET", "/resolution/{id}", _one("resolutions", "resolution", "resolution")),
    ("GET", "/status", _pool("statuses", "status")),
    ("GET", "/status/{idOrName}", _one("statuses", "status", "status")),
    ("GET", "/statuscategory", categories),
    ("GET", "/issuetype", _pool("types", "issue_type")),
    ("GET", "/issuetype/{id}", _one("types", "issue_type", "issue type")),
    ("GET", "/label", labels),
    ("GET", "/mypermissions", my_permissions),
)
