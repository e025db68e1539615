"""The fields that every site has, the types that custom fields can be of, and their schemas."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from sandbox.jira.state import Field, Site

_PLUGIN = "com.atlassian.jira.plugin.system.customfieldtypes:"


class CustomType(NamedTuple):
    """A type of custom field: our kind of value, the schema's type and items, and the searcher."""

    kind: str
    type: str
    items: str | None
    searcher: str


CUSTOM_TYPES: Mapping[str, CustomType] = {
    "textfield": CustomType("string", "string", None, "textsearcher"),
    "textarea": CustomType("rich", "string", None, "textsearcher"),
    "float": CustomType("number", "number", None, "exactnumber"),
    "datepicker": CustomType("date", "date", None, "daterange"),
    "datetime": CustomType("datetime", "datetime", None, "datetimerange"),
    "labels": CustomType("labels", "array", "string", "labelsearcher"),
    "url": CustomType("url", "string", None, "exacttextsearcher"),
    "select": CustomType("option", "option", None, "multiselectsearcher"),
    "radiobuttons": CustomType("option", "option", None, "multiselectsearcher"),
    "multiselect": CustomType("options", "array", "option", "multiselectsearcher"),
    "multicheckboxes": CustomType("options", "array", "option", "multiselectsearcher"),
    "userpicker": CustomType("user", "user", None, "userpickergroupsearcher"),
}

# id, name, kind, JQL names, schema type, items; flags: n navigable, o orderable, e editable,
# s searchable
_SYSTEM: tuple[tuple[str, str, str, str, str, str, str], ...] = (
    ("statuscategorychangedate", "Status Category Changed", "moment",
     "statusCategoryChangedDate", "datetime", "", "ns"),
    ("issuetype", "Issue Type", "issuetype", "issuetype type", "issuetype", "", "nose"),
    ("project", "Project", "project", "project", "project", "", "nose"),
    ("issuekey", "Key", "issuekey", "id issue issuekey key", "", "", "n"),
    ("parent", "Parent", "parent", "parent", "", "", "n"),
    ("fixVersions", "Fix versions", "versions", "fixVersion", "array", "version", "nose"),
    ("resolution", "Resolution", "resolution", "resolution", "resolution", "", "nose"),
    ("resolutiondate", "Resolved", "moment", "resolutiondate resolved", "datetime", "", "ns"),
    ("watches", "Watchers", "watches", "watchers", "watches", "", "ns"),
    ("votes", "Votes", "votes", "votes", "votes", "", "ns"),
    ("created", "Created", "moment", "created createdDate", "datetime", "", "ns"),
    ("updated", "Updated", "moment", "updated updatedDate", "datetime", "", "ns"),
    ("priority", "Priority", "priority", "priority", "priority", "", "nose"),
    ("labels", "Labels", "labels", "labels", "array", "string", "nose"),
    ("versions", "Affects versions", "versions", "affectedVersion", "array", "version", "nose"),
    ("issuelinks", "Linked Issues", "issuelinks", "issueLink", "array", "issuelinks", "nose"),
    ("assignee", "Assignee", "user", "assignee", "user", "", "nose"),
    ("status", "Status", "status", "status", "status", "", "ns"),
    ("components", "Components", "components", "component", "array", "component", "nose"),
    ("description", "Description", "rich", "description", "string", "", "nose"),
    ("attachment", "Attachment", "attachment", "attachments", "array", "attachment", "ose"),
    ("summary", "Summary", "string", "summary", "string", "", "nose"),
    ("creator", "Creator", "moment", "creator", "user", "", "ns"),
    ("reporter", "Reporter", "user", "reporter", "user", "", "nose"),
    ("environment", "Environment", "rich", "environment", "string", "", "nose"),
    ("duedate", "Due date", "date", "due duedate", "date", "", "nose"),
    ("comment", "Comment", "comment", "comment", "comments-page", "", "ose"),
    ("worklog", "Log Work", "worklog", "", "array", "worklog", "o"),
    ("subtasks", "Sub-tasks", "subtasks", "subtasks", "array", "issuelinks", "n"),
)


def system_fields() -> dict[str, Field]:
    """Return a fresh set of the system's own fields."""
    return {
        row[0]: Field(
            row[0],
            row[1],
            row[2],
            tuple(row[3].split()),
            navigable="n" in row[6],
            orderable="o" in row[6],
            searchable="s" in row[6],
            editable="e" in row[6],
        )
        for row in _SYSTEM
    }


_SCHEMAS: Mapping[str, tuple[str, str]] = {row[0]: (row[4], row[5]) for row in _SYSTEM}


def custom_field(number: int, name: str, short_type: str) -> Field:
    """Return a new custom field of a type that goes by its short name (`select`)."""
    kind = CUSTOM_TYPES[short_type]
    clauses = (f"cf[{number}]", name, f"{name}[{_READABLE.get(short_type, short_type)}]")
    return Field(
        f"customfield_{number}",
        name,
        kind.kind,
        clauses,
        custom_type=_PLUGIN + short_type,
        searcher=_PLUGIN + kind.searcher,
    )


_READABLE: Mapping[str, str] = {
    "textfield": "Short text",
    "textarea": "Paragraph",
    "float": "Number",
    "datepicker": "Date",
    "datetime": "Time stamp",
    "labels": "Labels",
    "url": "URL Field",
    "select": "Dropdown",
    "radiobuttons": "Radio Buttons",
    "multiselect": "Select List (multiple choices)",
    "multicheckboxes": "Checkboxes",
    "userpicker": "User Picker (single user)",
}


def short_type(full: str) -> str:
    """Return `select` for the full name of that type."""
    return full.rpartition(":")[2]


def schema(field: Field) -> dict[str, Any] | None:
    """Return a field's schema as the vendor states it; None for the few that have none."""
    if field.custom:
        kind = CUSTOM_TYPES[short_type(field.custom_type)]
        found: dict[str, Any] = {"type": kind.type}
        if kind.items:
            found["items"] = kind.items
        return {**found, "custom": field.custom_type, "customId": field.number}
    type_name, items = _SCHEMAS[field.id]
    if not type_name:
        return None
    found = {"type": type_name}
    if items:
        found["items"] = items
    return {**found, "system": field.id}


def fields_of(site: Site, project: str) -> list[Field]:
    """Return the fields that people can set on issues of a project."""
    return [
        field
        for field in site.fields.values()
        if field.editable
        and field.id not in site.projects[project].off_screen
        and (field.projects is None or project in field.projects)
    ]
