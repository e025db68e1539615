"""Creating and editing issues: checks, effect, history, events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from sandbox.jira import history, parsing, schema
from sandbox.jira.additions import apply_action
from sandbox.jira.context import Change, Context
from sandbox.jira.errors import no_issue, not_on_screen, refusal
from sandbox.jira.state import Field, Issue, Project, User
from sandbox.jira.values import Place

Json = Any

PROPERTY_LIMIT = 32768
MEDIUM = "3"


def create(context: Context, user: User, body: Mapping[str, Any], version: int) -> Issue:
    """Create an issue, or refuse in the vendor's words."""
    fields = body.get("fields")
    fields = fields if isinstance(fields, dict) else {}
    project, issue_type = _where(context, user, fields)
    allowed = {f.id: f for f in schema.fields_of(context.site, project.id)}
    rest = {k: v for k, v in fields.items() if k not in {"project", "issuetype", "parent"}}
    place = Place(context.site, project, version)
    wish = parsing.read({**body, "fields": rest}, place, allowed, {})
    _check_required(project, issue_type, allowed, wish.values)
    properties = read_properties(body.get("properties"))
    issue = _made(context, user, project, issue_type)
    issue.values.update({k: v for k, v in wish.values.items() if v is not None})
    issue.properties.update(properties)
    context.add(issue)
    change = Change()
    for name, verb, raw in wish.actions:
        apply_action(context, issue, user, change, version, (name, verb, raw))
    context.tell_created(issue, user.account_id)
    return issue


def _where(context: Context, user: User, fields: Mapping[str, Any]) -> tuple[Project, str]:
    raw = fields.get("project")
    wanted = (raw.get("id") or raw.get("key")) if isinstance(raw, dict) else None
    errors: dict[str, str] = {}
    project = context.site.project(str(wanted)) if wanted else None
    if not wanted:
        errors["project"] = "Specify a valid project ID or key"
    elif project is None or not context.site.may(user, "BROWSE_PROJECTS", project.id):
        errors["project"] = "valid project is required"
    elif not context.site.may(user, "CREATE_ISSUES", project.id):
        errors["project"] = "You do not have permission to create issues in this project."
    kind = _type_of(context, project, fields.get("issuetype"), errors)
    if errors or project is None or kind is None:
        raise refusal(400, errors=errors)
    return project, kind


def _type_of(
    context: Context, project: Project | None, raw: Json, errors: dict[str, str]
) -> str | None:
    if not isinstance(raw, dict) or not (raw.get("id") or raw.get("name")):
        errors["issuetype"] = "Specify an issue type"
        return None
    if project is None:
        return None
    for type_id in project.types:
        name = context.site.types[type_id].name
        if str(raw.get("id")) == type_id or ("id" not in raw and raw.get("name") == name):
            return type_id
    errors["issuetype"] = "Specify a valid issue type"
    return None


def _check_required(
    project: Project, kind: str, allowed: Mapping[str, Field], got: Mapping[str, Json]
) -> None:
    errors: dict[str, str] = {}
    if not got.get("summary"):
        errors["summary"] = "You must specify a summary of the issue."
    for name in project.required.get(kind, ()):
        if got.get(name) is None:
            errors[name] = f"{allowed[name].name} is required."
    if errors:
        raise refusal(400, errors=errors)


def _made(context: Context, user: User, project: Project, kind: str) -> Issue:
    project.last_number += 1
    now = context.now()
    return Issue(
        context.site.next("issue"),
        f"{project.key}-{project.last_number}",
        project.id,
        kind,
        project.workflow(kind).initial,
        user.account_id,
        now,
        now,
        now,
        {"reporter": user.account_id, "priority": MEDIUM},
        watchers=[user.account_id],
    )


def read_properties(raw: Json) -> dict[str, Json]:
    """Return the properties that came in a body. Raises the vendor's refusal."""
    found: dict[str, Json] = {}
    for entry in raw or ():
        if not isinstance(entry, dict) or not isinstance(entry.get("key"), str):
            raise refusal(400, "Property key is required.")
        check_property(entry["key"], entry.get("value"))
        found[entry["key"]] = entry.get("value")
    return found


def check_property(key: str, value: Json) -> None:
    if not key or len(key) > 255:
        raise refusal(400, "The property key must be between 1 and 255 characters long.")
    if len(msgspec.json.encode(value).decode()) > PROPERTY_LIMIT:
        raise refusal(
            400, f"The property value is too long. It cannot exceed {PROPERTY_LIMIT} characters."
        )


def found(context: Context, user: User | None, id_or_key: str) -> Issue:
    """Return an issue that the caller may see, or refuse as for one that is not there."""
    issue = context.site.issue(id_or_key)
    if issue is None or not context.site.sees(user, issue):
        raise no_issue()
    return issue


def edit(
    context: Context,
    user: User,
    issue: Issue,
    body: Mapping[str, Any],
    version: int,
    *,
    quiet: bool = False,
) -> None:
    """Edit an issue: all of it or nothing. A transition in the body is ignored. `quiet`: nobody is mailed."""
    if not any(body.get(name) for name in ("fields", "update", "properties")):
        raise refusal(400, "one of 'fields' or 'update' required")
    allowed = _editable(context, user, issue)
    fields = dict(body.get("fields") or {}) if isinstance(body.get("fields"), dict) else {}
    kind = _retyped(context, issue, fields)
    place = Place(context.site, context.site.projects[issue.project], version)
    wish = parsing.read({**body, "fields": fields}, place, allowed, issue.values)
    properties = read_properties(body.get("properties"))
    with context.write(issue, user.account_id) as change:
        change.metadata = body.get("historyMetadata")
        change.quiet = quiet
        if kind is not None and kind != issue.type:
            field = context.site.fields["issuetype"]
            change.items.append(history.item(context.site, field, issue.type, kind, issue))
            issue.type = kind
        put(context, issue, wish.values, change)
        for name, verb, raw in wish.actions:
            apply_action(context, issue, user, change, version, (name, verb, raw))
        issue.properties.update(properties)
        for key in properties:
            change.tell("issue_property_set", key=key)
        # As in the vendor's: an edit that changes nothing is no change.
        change.silent = not (change.items or wish.actions)
        if not change.silent:
            change.tell("jira:issue_updated", _event_kind(change))


def _editable(context: Context, user: User, issue: Issue) -> dict[str, Field]:
    if not context.site.may(user, "EDIT_ISSUES", issue.project):
        return {}  # as the vendor does: every field is then "not on the screen"
    return {f.id: f for f in schema.fields_of(context.site, issue.project)}


def _retyped(context: Context, issue: Issue, fields: dict[str, Json]) -> str | None:
    if "issuetype" not in fields:
        return None
    errors: dict[str, str] = {}
    project = context.site.projects[issue.project]
    kind = _type_of(context, project, fields.pop("issuetype"), errors)
    if kind is None:
        raise refusal(400, errors=errors)
    same = project.workflow(kind) is project.workflow(issue.type)
    if not same:
        raise refusal(
            400, errors={"issuetype": "The issue type selected is invalid."}
        )
    return kind


def put(context: Context, issue: Issue, wanted: Mapping[str, Json], change: Change) -> None:
    """Set values and note in `change` those that differ."""
    for name, value in wanted.items():
        before = issue.values.get(name)
        if before == value:
            continue
        field = context.site.fields[name]
        change.items.append(history.item(context.site, field, before, value, issue))
        if value is None:
            del issue.values[name]
        else:
            issue.values[name] = value


def _event_kind(change: Change) -> str:
    names = {item.field_id for item in change.items}
    return "issue_assigned" if names == {"assignee"} else "issue_updated"


def check_screen(names: Mapping[str, Any], screen: Mapping[str, Field]) -> None:
    """Refuse fields that a screen does not show."""
    errors = {name: not_on_screen(name) for name in names if name not in screen}
    if errors:
        raise refusal(400, errors=errors)

