"""
Screens: which fields people can set on the issues of a project.

Each project has an issue type screen scheme with one screen scheme and one screen of its own, as the
vendor makes them for a new company-managed project.
"""

from __future__ import annotations

from typing import Any

from sandbox.jira import schema, shapes
from sandbox.jira.context import Call
from sandbox.jira.errors import refusal
from sandbox.jira.state import Field, Project
from sandbox.web import Response

Json = Any

_TAB = "Field Tab"
_SCHEMES, _SCREEN_SCHEMES, _SCREENS, _TABS = 10200, 10300, 10400, 10500


def _admin(call: Call) -> None:
    if not call.person().admin:
        raise refusal(403, "Only Jira administrators can access screens.")


def _page(call: Call, rows: list[Json]) -> Response:
    start, size = call.number("startAt", 0), min(call.number("maxResults", 50), 100)
    return Response.json(
        {
            "maxResults": size,
            "startAt": start,
            "total": len(rows),
            "isLast": start + size >= len(rows),
            "values": rows[start : start + size],
        }
    )


def _numbered(call: Call) -> list[tuple[int, Project]]:
    return list(enumerate(call.site.projects.values()))


def schemes_of_projects(call: Call) -> Response:
    """Which issue type screen scheme a project uses."""
    _admin(call)
    wanted = call.words("projectId")
    if not wanted:
        raise refusal(400, "The project ID must be provided.")
    rows = [
        {
            "issueTypeScreenScheme": {
                "id": str(_SCHEMES + n),
                "name": f"{project.key}: Issue Type Screen Scheme",
                "description": "",
            },
            "projectIds": [project.id],
        }
        for n, project in _numbered(call)
        if project.id in wanted
    ]
    return _page(call, rows)


def mappings(call: Call) -> Response:
    """Which screen scheme an issue type uses."""
    _admin(call)
    wanted = call.words("issueTypeScreenSchemeId")
    rows = [
        {
            "issueTypeScreenSchemeId": str(_SCHEMES + n),
            "issueTypeId": "default",
            "screenSchemeId": str(_SCREEN_SCHEMES + n),
        }
        for n, _ in _numbered(call)
        if not wanted or str(_SCHEMES + n) in wanted
    ]
    return _page(call, rows)


def screen_schemes(call: Call) -> Response:
    """Which screens a screen scheme is made of."""
    _admin(call)
    wanted = call.words("id")
    rows = [
        {
            "id": _SCREEN_SCHEMES + n,
            "name": f"{project.key}: Screen Scheme",
            "description": "",
            "screens": {"default": _SCREENS + n},
        }
        for n, project in _numbered(call)
        if not wanted or str(_SCREEN_SCHEMES + n) in wanted
    ]
    return _page(call, rows)


def screens(call: Call) -> Response:
    """Every screen."""
    _admin(call)
    wanted = call.words("id")
    rows = [
        {"id": _SCREENS + n, "name": f"{project.key}: Default Screen", "description": ""}
        for n, project in _numbered(call)
        if not wanted or str(_SCREENS + n) in wanted
    ]
    return _page(call, rows)


def _screen(call: Call, screen: str) -> tuple[int, Project]:
    found = next(((n, p) for n, p in _numbered(call) if str(_SCREENS + n) == screen), None)
    if found is None:
        raise refusal(404, f"The screen with id {screen} does not exist.")
    return found


def _tab(call: Call, screen: str, tab: str) -> Project:
    n, project = _screen(call, screen)
    if tab != str(_TABS + n):
        raise refusal(404, f"The screen tab with id {tab} does not exist.")
    return project


def tabs(call: Call, screen: str) -> Response:
    _admin(call)
    n, _ = _screen(call, screen)
    return Response.json([{"id": _TABS + n, "name": _TAB}])


def _shown(field: Field) -> Json:
    return {"id": field.id, "name": field.name}


def tab_fields(call: Call, screen: str, tab: str) -> Response:
    _admin(call)
    project = _tab(call, screen, tab)
    return Response.json([_shown(field) for field in schema.fields_of(call.site, project.id)])


def add_field(call: Call, screen: str, tab: str) -> Response:
    """Put a field on a screen: from then on people can set it on the project's issues."""
    _admin(call)
    project = _tab(call, screen, tab)
    wanted = str(call.body(shapes.ScreenField).get("fieldId") or "")
    field = call.site.fields.get(wanted)
    if field is None:
        raise refusal(404, f"The field with id {wanted} does not exist.")
    if field in schema.fields_of(call.site, project.id):
        raise refusal(400, f"The field with id {wanted} already exists on the screen.")
    project.off_screen.discard(field.id)
    return Response.json(_shown(field))


ROUTES = (
    ("GET", "/issuetypescreenscheme/project", schemes_of_projects),
    ("GET", "/issuetypescreenscheme/mapping", mappings),
    ("GET", "/screenscheme", screen_schemes),
    ("GET", "/screens", screens),
    ("GET", "/screens/{screenId}/tabs", tabs),
    ("GET", "/screens/{screenId}/tabs/{tabId}/fields", tab_fields),
    ("POST", "/screens/{screenId}/tabs/{tabId}/fields", add_field),
)
