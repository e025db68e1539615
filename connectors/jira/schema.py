"""
What can be read and written in Jira: asked of the site through the `jira` library.

Slow by the measure of a run, and asked seldom (`hub mappings check`, `hub init`), so the vendor's
library may do what it is good at; it rides on our own wire.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any, TypeAlias

from connectors.http import Http
from connectors.jira import cut, fields
from connectors.jira.client import API, JiraClient
from connectors.jira.payload import PROPERTY_FIELD
from connectors.jira.shapes import Field
from hub.errors import Forbidden, HubError, SignInFailed, Unavailable
from hub.model import JIRA
from hub.schema import Field as SchemaField
from hub.schema import Option, Schema

_SUMMARY = 255
_LINE = 255
_PROPERTY_LIMIT = 32_768
_NAMES = {
    "summary": "Summary",
    "description": "Description",
    "status": "Status",
    "status_category": "Status category",
    "priority": "Priority",
    "issuetype": "Issue type",
    "project": "Project",
    "labels": "Labels",
    "assignee": "Assignee",
    "reporter": "Reporter",
    "resolution": "Resolution",
    "fixVersions": "Fix versions",
    "duedate": "Due date",
    "created": "Created",
    "updated": "Updated",
}
_CATEGORIES = (("new", "To Do"), ("indeterminate", "In Progress"), ("done", "Done"))
Library: TypeAlias = Any
"""`jira.JIRA`, which is imported only when it is needed: that takes a third of a second."""


def describe(http: Http, client: JiraClient, *, project: str) -> Schema:
    """
    Describe the fields of a project's issues.

    Raises `SignInFailed`, `Forbidden` if we may not create there, and `Unavailable`.
    """
    library = _library(http)
    from jira import JIRAError  # noqa: PLC0415 (slow to import)

    try:
        return _described(library, client, project)
    except JIRAError as error:
        raise _explained(error, project) from None
    except ValueError as error:  # the library's own decoding: a login page, say
        raise Unavailable(
            "Jira answered with something that is not JSON when asked for its fields. Check that the address "
            "in hub.toml is the API's, and whether a proxy, a login page or maintenance stands in between."
        ) from error


def _explained(error: Any, project: str) -> HubError:
    """Say what the library's error means; its own text holds whole answers."""
    status = int(error.status_code or 0)
    headers: Mapping[str, str] = getattr(error.response, "headers", None) or {}
    if "AUTHENTICATED_FAILED" in headers.get("x-seraph-loginreason", ""):
        return SignInFailed(
            "Jira does not know the hub: `email` or `api_token` in [jira] of hub.toml is wrong, or the token "
            "has run out. Make a new token for that account, and write it there."
        )
    if status in {HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}:
        return Forbidden(
            f"Jira shows our account no project {project} that it may create issues in. Check `project` in "
            f"hub.toml, and give the account the permissions Browse Projects and Create Issues there."
        )
    return Unavailable(
        f"Jira answered {status} when asked for its fields. If this lasts, check its status page."
    )


def _described(library: Library, client: JiraClient, project: str) -> Schema:
    meta = _create_fields(library, project)
    options = {name: _options(found) for name, found in meta.items()}
    options |= _site_options(library, project)
    known = {
        found.id: _field(found, meta.get(found.id), options.get(found.id, ()))
        for found in _catalogue(library)
        if found.id in _NAMES or found.schema.get("custom")
    }
    for name, shown in _NAMES.items():
        if name not in known:
            found = Field(id=name, name=shown, schema={"system": name})
            known[name] = _field(found, meta.get(name), options.get(name, ()))
    known[PROPERTY_FIELD] = SchemaField(
        PROPERTY_FIELD, "Machine copy", "json", limit=_PROPERTY_LIMIT, detail="issue property"
    )
    limits = {"comment": cut.LIMIT, "attachment": client.attachment_limit(), "comments": 5000}
    return Schema(JIRA, known, limits, me=str(library.myself()["accountId"]))


def _library(http: Http) -> Library:
    import jira  # noqa: PLC0415 (slow to import)

    options = {"server": http.base_url, "rest_api_version": API.rpartition("/")[2]}
    library: Library = jira.JIRA(options=options, get_server_info=False, max_retries=0, logging=False)
    library._session.close()  # noqa: SLF001 (the library takes no session of ours otherwise)
    library._session = http.session()  # noqa: SLF001
    return library


def _catalogue(library: Library) -> list[Field]:
    return [
        Field(id=str(one["id"]), name=str(one.get("name") or ""), schema=one.get("schema") or {})
        for one in library.fields()
    ]


def _create_fields(library: Library, project: str) -> dict[str, dict[str, Any]]:
    """Return what the create screens of the project's issue types say of each field."""
    found: dict[str, dict[str, Any]] = {}
    kinds = list(_paged(library, f"issue/createmeta/{project}/issuetypes", "issueTypes"))
    if not kinds:
        raise Forbidden(
            f"Jira shows no issue type of project {project} that we may create: check the project's key "
            f"in hub.toml, and that our account may create issues there"
        )
    for kind in kinds:
        path = f"issue/createmeta/{project}/issuetypes/{kind['id']}"
        for meta in _paged(library, path, "fields"):
            name = str(meta.get("fieldId") or meta.get("key"))
            held = found.setdefault(name, {**meta, "allowedValues": []})
            held["required"] = held.get("required", False) and bool(meta.get("required"))
            held["allowedValues"] += meta.get("allowedValues") or []
    found["issuetype"] = {"allowedValues": kinds, "required": True}
    return found


def _paged(library: Library, path: str, key: str) -> Iterator[dict[str, Any]]:
    start = 0
    while True:
        page = library._get_json(path, params={"startAt": start, "maxResults": 200})  # noqa: SLF001
        rows: list[dict[str, Any]] = page.get(key) or page.get("values") or []
        yield from rows
        start += len(rows)
        if not rows or page.get("isLast") or start >= int(page.get("total") or 0):
            return


def _options(meta: Mapping[str, Any]) -> tuple[Option, ...]:
    ids = {
        str(one.get("value") or one.get("name") or ""): str(one.get("id") or "")
        for one in meta.get("allowedValues") or ()
    }
    return tuple(Option(name, name, id=key) for name, key in ids.items() if name)


def _site_options(library: Library, project: str) -> dict[str, tuple[Option, ...]]:
    statuses = {
        str(status["name"]): str(status.get("id") or "")
        for kind in library._get_json(f"project/{project}/statuses")  # noqa: SLF001
        for status in kind.get("statuses") or ()
    }
    resolutions = {str(found.name): str(found.id) for found in library.resolutions()}
    out = {
        "status": tuple(Option(name, name, id=key) for name, key in statuses.items()),
        "resolution": tuple(Option(name, name, id=key) for name, key in resolutions.items()),
        "status_category": tuple(Option(key, name) for key, name in _CATEGORIES),
        "project": (Option(project, project),),
    }
    return out | {
        "priority": tuple(Option(str(p.name), str(p.name), id=str(p.id)) for p in library.priorities())
    }


def _field(
    found: Field, meta: Mapping[str, Any] | None, options: Sequence[Option]
) -> SchemaField:
    kind = fields.type_of(found)
    on_screen = meta is not None or found.id in {"status", "labels", "assignee", "reporter"}
    limits = {"rich": cut.LIMIT, "text": _LINE}
    if found.id == "status_category":
        kind = "choice"
    return SchemaField(
        id=found.id,
        name=found.name or _NAMES.get(found.id, found.id),
        type=kind,
        options=tuple(options),
        writable=on_screen and (found.id not in fields.READ_ONLY or found.id == "status"),
        required=bool(meta and meta.get("required") and not meta.get("hasDefaultValue")),
        limit=_SUMMARY if found.id == "summary" else limits.get(kind),
        detail=str(found.schema.get("custom") or found.schema.get("type") or ""),
    )
