"""
Makes the ticket and organization fields that a mapping file names and the account lacks.

Zendesk turns the value of a drop-down into a tag on the ticket. The tag begins with what the mapping
already leaves out of the register `tags` (`except: ["sev_*"]`), so that no value is read twice.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import msgspec

from connectors.http import Http, InDoubt, NotDone, Reply
from connectors.reply import NOT_JSON
from connectors.zendesk.fields import ORGANIZATION, TICKET
from hub.errors import Forbidden, Misconfigured, Unavailable
from hub.mapping import MappingFile
from hub.mapping.models import LabelsSpec
from hub.provision import Comparison, Provision, Step, Wanted, compare, describe, purpose
from hub.schema import Field, Option, Schema

_KINDS: Mapping[str, tuple[str, str]] = {
    "text": ("text", "text field"),
    "long": ("textarea", "multi-line field"),
    "markdown": ("textarea", "multi-line field"),
    "block": ("textarea", "multi-line field"),
    "copy": ("textarea", "multi-line field"),
    "choice": ("tagger", "drop-down"),
    "labels": ("multiselect", "multi-select field"),
    "number": ("decimal", "decimal field"),
    "flag": ("checkbox", "checkbox"),
    "date": ("date", "date field"),
    "reference": ("text", "text field"),
}
_KEY = re.compile(r"[a-z0-9_]+")


class ZendeskProvisioner:
    """Completes one account; `schema` asks it what it has."""

    def __init__(self, http: Http, file: MappingFile, schema: Callable[[], Schema]) -> None:
        self._http = http
        self._file = file
        self._schema = schema

    def plan(self) -> Provision:
        schema = self._schema()
        compared = compare(self._file, schema)
        return planned(self._file, schema, compared)

    def carry_out(self, step: Step) -> None:
        match step.asked["do"]:
            case "field":
                self._post(str(step.asked["path"]), step.asked["body"], step.what)
            case "options":
                self._add_options(step)
            case _:
                self._add_organization_options(step)

    def _add_options(self, step: Step) -> None:
        endpoint = "POST /api/v2/ticket_fields/{id}/options"
        for row in step.asked["options"]:
            path = f"{step.asked['path']}/options"
            self._post(path, {"custom_field_option": row}, step.what, endpoint)

    def _add_organization_options(self, step: Step) -> None:
        """An option that the body leaves out would be deleted: so they are all read first."""
        path = str(step.asked["path"])
        reply = self._send("GET", path, None, step.what, "GET /api/v2/organization_fields/{id}")
        field: Mapping[str, Any] = reply.json()["organization_field"]
        held: Sequence[Mapping[str, Any]] = field["custom_field_options"]
        names = {str(row["value"]) for row in held}
        rows = [*held, *(row for row in step.asked["options"] if row["value"] not in names)]
        body = {"organization_field": {"custom_field_options": rows}}
        path = f"/api/v2/organization_fields/{field['id']}"
        _ = self._send("PUT", path, body, step.what, "PUT /api/v2/organization_fields/{id}")

    def _post(self, path: str, body: Any, what: str, endpoint: str = "") -> None:
        _ = self._send("POST", path, body, what, endpoint or f"POST {path}")

    def _send(self, method: str, path: str, body: Any, what: str, endpoint: str) -> Reply:
        try:
            reply = self._http.request(method, path, endpoint=endpoint, json=body)
        except (NotDone, InDoubt) as error:
            raise Unavailable(f"could not {what}: {error}") from error
        if reply.status == HTTPStatus.FORBIDDEN:
            raise Forbidden(
                f"could not {what}: Zendesk lets only administrators make fields. Give the hub's agent the "
                "role Administrator for as long as this takes; an OAuth token also needs the scope `write`"
            )
        if reply.status >= HTTPStatus.BAD_REQUEST:
            raise Misconfigured(f"could not {what}: Zendesk answered {reply.status}, {_said(reply)}")
        return reply


class _Reason(msgspec.Struct):
    description: str = ""


class _Refusal(msgspec.Struct):
    description: str = ""
    details: dict[str, list[_Reason]] = {}


def _said(reply: Reply) -> str:
    """Return Zendesk's own reasons, on one line."""
    try:
        found: _Refusal = msgspec.json.decode(reply.content, type=_Refusal)
    except NOT_JSON:
        return "without a reason"
    reasons = [it.description for rows in found.details.values() for it in rows]
    return "; ".join(reasons) or found.description


def planned(file: MappingFile, schema: Schema, compared: Comparison) -> Provision:
    """Return what to make. Pure."""
    steps: list[Step] = []
    by_hand = list(compared.unfit)
    for wanted in compared.missing:
        fault = _unmakeable(wanted)
        if fault:
            by_hand.append(f"{wanted.place}: {fault}")
        else:
            steps.append(_field(wanted, file, schema))
    for wanted, field, options in compared.lacking:
        if field.id.startswith((TICKET, ORGANIZATION)):
            steps.append(_more_options(wanted, field, options, file))
        else:
            labels = ", ".join(f"`{o.label}`" for o in options)
            by_hand.append(
                f"{wanted.place}: Zendesk's own field `{field.name}` has no option {labels}, and none can be "
                "added; write the names that it has"
            )
    return Provision(
        system=str(schema.system),
        steps=tuple(steps),
        by_hand=tuple(by_hand),
        advice=tuple(_unguarded(steps, file)),
        present=len(compared.present),
    )


def _unmakeable(wanted: Wanted) -> str:
    name = wanted.name
    if name.startswith(TICKET) or name.isdigit() or ":" in name:
        return f"there is no field `{name}`, and an id cannot be chosen; name the field by its title"
    if name.startswith(ORGANIZATION) and not _KEY.fullmatch(name.removeprefix(ORGANIZATION)):
        return f"`{name}` cannot be the key of an organization field: only a-z, 0-9 and _ may follow the dot"
    if wanted.as_ == "person" and wanted.direction != "read":
        return f"there is no field `{name}`; write `as: text`, which shows a person's name and address"
    if wanted.as_ in ("choice", "labels") and not wanted.options:
        return f"there is no field `{name}`; say what it holds in a `read` table, and it can be made"
    return ""


def _field(wanted: Wanted, file: MappingFile, schema: Schema) -> Step:
    kind, shown = _KINDS.get(wanted.as_, _KINDS["text"])
    if wanted.as_ == "number" and wanted.decimals == 0:
        kind, shown = "integer", "whole-number field"
    ours = wanted.name.startswith(ORGANIZATION)
    key = wanted.name.removeprefix(ORGANIZATION)
    body: dict[str, Any] = {"type": kind, "title": wanted.name, "description": purpose(wanted)}
    if ours:
        body |= {"title": key.replace("_", " ").capitalize(), "key": key}
        body["type"] = "dropdown" if kind == "tagger" else kind
        shown = f"organization's {shown}"
    if kind in ("tagger", "multiselect"):
        body["custom_field_options"] = list(_rows(wanted, wanted.options, file))
    if kind == "checkbox":
        body["tag"] = _slug(key)
    one, many = ("organization_field", "organization_fields") if ours else ("ticket_field", "ticket_fields")
    asked = {"do": "field", "path": f"/api/v2/{many}", "body": {one: body}}
    return Step(describe(wanted, shown, schema), asked)


def _more_options(wanted: Wanted, field: Field, options: Sequence[Option], file: MappingFile) -> Step:
    labels = ", ".join(o.label for o in options)
    rows = list(_rows(wanted, options, file, like=field.options))
    ours = field.id.startswith(ORGANIZATION)
    key = field.id.removeprefix(ORGANIZATION if ours else TICKET)
    path = f"/api/v2/{'organization' if ours else 'ticket'}_fields/{quote(key, safe='')}"
    do = "organization options" if ours else "options"
    return Step(f"add {labels} to `{field.name}`", {"do": do, "path": path, "options": rows})


def _rows(
    wanted: Wanted, options: Sequence[Option], file: MappingFile, like: Sequence[Option] = ()
) -> Iterator[dict[str, str]]:
    prefix = _prefix_of(like) or tag_prefix(wanted.name.removeprefix(ORGANIZATION), file)
    for option in options:
        name = option.label if option.label != option.value else option.label.capitalize()
        yield {"name": name, "value": f"{prefix}_{_suffix(option.value, prefix)}"}


def _prefix_of(options: Sequence[Option]) -> str:
    """Return what the tags of a field's options have in common, up to their last `_`."""
    prefixes = {o.value.rpartition("_")[0] for o in options}
    return prefixes.pop() if len(prefixes) == 1 else ""


def tag_prefix(title: str, file: MappingFile) -> str:
    """Return how the tags of a field's options begin: as the mapping keeps out of `tags`, if it can."""
    slug = _slug(title)
    kept_out = [p.removesuffix("_*") for p in _kept_out(file) if p.endswith("_*")]
    fitting = [p for p in kept_out if p and slug.startswith(p)]
    return max(fitting, key=len, default=slug)


def _suffix(value: str, prefix: str) -> str:
    """`s1` of `sev` is `1`: a number behind nothing but the field's initial goes alone."""
    slug = _slug(value)
    initial, number = slug[:1], slug[1:]
    return number if number.isdigit() and initial == prefix[:1] else slug


def _slug(text: str) -> str:
    return re.sub(r"\W+", "_", text.casefold()).strip("_")


def _kept_out(file: MappingFile) -> Sequence[str]:
    tags = file.spec.fields.get("tags")
    return tags.except_ if isinstance(tags, LabelsSpec) else ()


def _unguarded(steps: Sequence[Step], file: MappingFile) -> Iterator[str]:
    """Tags that a new field puts on tickets and that the register `tags` would take for people's."""
    kept_out = _kept_out(file)
    if "tags" not in file.spec.fields:
        return
    for step in steps:
        body = step.asked.get("body", {}).get("ticket_field", {})
        rows = body.get("custom_field_options") or ()
        tags = [str(row["value"]) for row in rows] or ([str(body["tag"])] if "tag" in body else [])
        pattern = f"{tags[0].rpartition('_')[0]}_*" if rows else "".join(tags)
        if tags and pattern not in kept_out:
            place = file.marked.at("fields", "tags", "except")
            yield f'{place}: add "{pattern}" to `except` of `tags`: `{body["title"]}` puts such on tickets'
