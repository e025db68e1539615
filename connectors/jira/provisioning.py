"""
Makes the custom fields that a mapping file names and the site lacks, with options, on the project's screens.

A field takes several calls (make it, give it options, put it on each screen). Each of them is a step that is
planned from what the site shows, so a run that died in between is finished by the next.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from connectors.http import Http
from connectors.jira.screens import FieldAdmin, Tab
from hub.errors import Misconfigured
from hub.mapping import MappingFile
from hub.provision import Comparison, Provision, Step, Wanted, compare, describe, purpose
from hub.schema import Field, Option, Schema

_PLUGIN = "com.atlassian.jira.plugin.system.customfieldtypes:"
_KINDS: Mapping[str, tuple[str, str, str]] = {
    "text": ("textfield", "textsearcher", "short-text field"),
    "markdown": ("textarea", "textsearcher", "paragraph field"),
    "block": ("textarea", "textsearcher", "paragraph field"),
    "choice": ("select", "multiselectsearcher", "drop-down"),
    "flag": ("select", "multiselectsearcher", "drop-down"),
    "labels": ("labels", "labelsearcher", "labels field"),
    "options": ("multiselect", "multiselectsearcher", "multi-select field"),
    "number": ("float", "exactnumber", "number field"),
    "instant": ("datetime", "datetimerange", "time-stamp field"),
    "date": ("datepicker", "daterange", "date field"),
    "person": ("userpicker", "userpickergroupsearcher", "user field"),
    "reference": ("textfield", "textsearcher", "short-text field"),
}
"""By lens kind: the type of field, its searcher, and what people call it."""


class JiraProvisioner:
    """Completes one site for one project; `schema` asks it what it has."""

    def __init__(self, http: Http, file: MappingFile, schema: Callable[[], Schema], project: str) -> None:
        self._file = file
        self._schema = schema
        self._project = project
        self._admin = FieldAdmin(http, project)

    def plan(self) -> Provision:
        self._admin.look_again()
        schema = self._schema()
        compared = compare(self._file, schema)
        by_hand = list(compared.unfit)
        steps: list[Step] = []
        if compared.missing and self._admin.team_managed():
            names = ", ".join(f"`{wanted.name}`" for wanted in compared.missing)
            by_hand.append(
                f"{self._project} is a team-managed project, whose fields no API makes: add {names} in its "
                "Project settings → Work types, or use a company-managed project"
            )
        else:
            for wanted in compared.missing:
                fault = _unmakeable(wanted)
                if fault:
                    by_hand.append(f"{wanted.place}: {fault}")
                else:
                    steps.append(_field(wanted, schema, self._project))
        steps += self._unfinished(compared)
        by_hand += _own_options(compared)
        return Provision(str(schema.system), tuple(steps), tuple(by_hand), present=len(compared.present))

    def _unfinished(self, compared: Comparison) -> Iterator[Step]:
        """What fields that are there still lack: options, and places on the project's screens."""
        ours = [(w, f) for w, f in compared.present if f.id.startswith("customfield_")]
        for wanted, field, options in compared.lacking:
            # What the create screen does not show has no options there either: ask the field itself.
            lost = options if field.writable else self._lost(wanted, field)
            if lost and field.id.startswith("customfield_"):
                yield _more_options(field, lost)
        off = [(w, f) for w, f in ours if not f.writable and w.direction != "read"]
        tabs = self._admin.tabs() if off else []
        for _, field in off:
            if any(field.id not in tab.fields for tab in tabs):
                what = f"put `{field.name}` on the screens of {self._project}"
                yield Step(what, {"do": "screens", "field": field.id})

    def _lost(self, wanted: Wanted, field: Field) -> tuple[Option, ...]:
        held = {value.casefold() for value in self._admin.options(field.id, self._admin.context(field.id))}
        return tuple(o for o in wanted.options if o.label.casefold() not in held)

    def carry_out(self, step: Step) -> None:
        asked = step.asked
        match asked["do"]:
            case "field":
                field = self._admin.create(asked["body"])
                self._give_options(field, asked["options"])
                self._place(field)
            case "options":
                self._give_options(str(asked["field"]), asked["options"])
            case _:
                self._place(str(asked["field"]))

    def _give_options(self, field: str, wanted: Sequence[str]) -> None:
        if not wanted:
            return
        context = self._admin.context(field)
        held = {value.casefold() for value in self._admin.options(field, context)}
        values = [value for value in wanted if value.casefold() not in held]
        if values:
            self._admin.add_options(field, context, values)

    def _place(self, field: str) -> None:
        tabs: Sequence[Tab] = self._admin.tabs()
        if not tabs:
            raise Misconfigured(f"Jira shows no screen of {self._project}: put {field} there by hand")
        for tab in tabs:
            if field not in tab.fields:
                self._admin.add_to(tab, field)


def _unmakeable(wanted: Wanted) -> str:
    name = wanted.name
    if name.startswith("customfield_") or name.isdigit():
        return f"there is no field `{name}`, and an id cannot be chosen; name the field as people see it"
    if wanted.as_ == "copy":
        return f"there is no field `{name}`; write `copy: property:support-hub`, which every issue has"
    if wanted.as_ == "long":
        return f"there is no field `{name}`; write `as: markdown`: Jira's paragraphs are formatted text"
    if wanted.as_ == "flag" and not wanted.options:
        return f"there is no field `{name}`, and Jira has no checkboxes; add `write: {{true: …, false: …}}`"
    if wanted.as_ == "choice" and not wanted.options:
        return f"there is no field `{name}`; say what it holds in a `read` table, and it can be made"
    return ""


def _field(wanted: Wanted, schema: Schema, project: str) -> Step:
    has_options = wanted.as_ == "labels" and bool(wanted.options)
    kind, searcher, shown = _KINDS["options" if has_options else wanted.as_]
    body = {
        "name": wanted.name,
        "description": purpose(wanted),
        "type": f"{_PLUGIN}{kind}",
        "searcherKey": f"{_PLUGIN}{searcher}",
    }
    options = [o.label for o in wanted.options] if kind in ("select", "multiselect") else []
    what = f"{describe(wanted, shown, schema)}, on the screens of {project}"
    return Step(what, {"do": "field", "body": body, "options": options})


def _more_options(field: Field, options: Sequence[Option]) -> Step:
    labels = [o.label for o in options]
    return Step(
        f"add {', '.join(labels)} to `{field.name}`", {"do": "options", "field": field.id, "options": labels}
    )


def _own_options(compared: Comparison) -> Iterator[str]:
    """Statuses, priorities and the like: what they are is the site's own affair."""
    for wanted, field, options in compared.lacking:
        if not field.id.startswith("customfield_"):
            labels = ", ".join(f"`{o.label}`" for o in options)
            yield (
                f"{wanted.place}: Jira's own field `{field.name}` has no {labels}; write the names that it "
                "has, or add them in Jira's settings"
            )
