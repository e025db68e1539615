"""What fields a form shows: for creating, for editing, for a transition's screen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sandbox.jira import schema
from sandbox.jira.context import Call
from sandbox.jira.refs import Refs
from sandbox.jira.state import Field, Issue, Option, Project
from sandbox.jira.workflow import available

Json = dict[str, Any]

_LISTS = frozenset({"labels", "options", "components", "versions"})
_ALWAYS = frozenset({"summary", "project", "issuetype"})
_DEFAULTED = frozenset({"priority", "reporter"})


def field_meta(call: Call, field: Field, project: Project, *, required: bool) -> Json:
    """A field on a form: schema, operations and the values it takes."""
    meta: Json = {
        "required": required,
        "schema": schema.schema(field),
        "name": field.name,
        "key": field.id,
        "fieldId": field.id,
        "hasDefaultValue": field.id in _DEFAULTED,
        "operations": ["add", "set", "remove"] if field.kind in _LISTS else ["set"],
    }
    values = _allowed(call, field, project)
    if values is not None:
        meta["allowedValues"] = values
    if field.kind == "user":
        meta["autoCompleteUrl"] = f"{call.base}/user/assignable/search?query="
    if field.kind == "labels":
        meta["autoCompleteUrl"] = f"{call.root}/rest/api/1.0/labels/suggest?query="
    return meta


def _allowed(call: Call, field: Field, project: Project) -> list[Json] | None:
    lister = _VALUES.get(field.kind)
    if lister is None:
        return None
    return list(lister(Refs(call.site, call.root, call.version), field, project))


_VALUES: Mapping[str, Callable[[Refs, Field, Project], Iterable[Json]]] = {
    "option": lambda refs, field, _: map(refs.an_option, _enabled(field)),
    "options": lambda refs, field, _: map(refs.an_option, _enabled(field)),
    "priority": lambda refs, _field, _: map(refs.priority, refs.site.priorities),
    "resolution": lambda refs, _field, _: map(refs.resolution, refs.site.resolutions),
    "components": lambda refs, _, project: (
        refs.pooled("component", one) for one in project.components
    ),
    "versions": lambda refs, _, project: (refs.pooled("version", one) for one in project.versions),
    "project": lambda refs, _, project: [refs.project(project.id)],
    "issuetype": lambda refs, _, project: map(refs.issue_type, project.types),
}


def _enabled(field: Field) -> list[Option]:
    return [option for option in field.options if not option.disabled]


def create_fields(call: Call, project: Project, kind: str) -> list[Json]:
    """The create form of an issue type in a project."""
    required = project.required.get(kind, frozenset()) | _ALWAYS
    hidden = {"resolution", "comment", "worklog"}
    return [
        field_meta(call, field, project, required=field.id in required)
        for field in schema.fields_of(call.site, project.id)
        if field.id not in hidden
    ]


def edit_meta(call: Call, issue: Issue) -> Json:
    """The edit form of an issue; without a field where the caller may not edit."""
    project = call.site.projects[issue.project]
    if not call.site.may(call.user, "EDIT_ISSUES", project.id):
        return {"fields": {}}
    required = project.required.get(issue.type, frozenset()) | _ALWAYS
    return {
        "fields": {
            field.id: {
                k: v
                for k, v in field_meta(
                    call, field, project, required=field.id in required
                ).items()
                if k not in {"fieldId", "hasDefaultValue"}
            }
            for field in schema.fields_of(call.site, project.id)
            if field.id != "project"
        }
    }


def transitions(
    call: Call, issue: Issue, *, with_fields: bool, only: str = ""
) -> list[Json]:
    """The transitions that the caller can make now."""
    if not call.site.may(call.user, "TRANSITION_ISSUES", issue.project):
        return []
    refs = Refs(call.site, call.root, call.version)
    project = call.site.projects[issue.project]
    shown: list[Json] = []
    for step in available(call.site, issue):
        if only and step.id != only:
            continue
        entry: Json = {
            "id": step.id,
            "name": step.name,
            "to": refs.status(step.to),
            "hasScreen": bool(step.screen),
            "isGlobal": step.sources is None,
            "isInitial": False,
            "isAvailable": True,
            "isConditional": False,
            "isLooped": False,
        }
        if with_fields:
            entry["fields"] = {
                name: field_meta(
                    call, call.site.fields[name], project, required=name in step.required
                )
                for name in step.screen
                if name in call.site.fields
            }
        shown.append(entry)
    return shown
