"""How a change of a field reads in an issue's history."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.jira import wiki
from sandbox.jira.state import Field, Issue, Item, Site

Json = Any
Shown = tuple[str | None, str | None]

_NAMES = {
    "fixVersions": "Fix Version",
    "versions": "Version",
    "components": "Component",
}


def item(site: Site, field: Field, before: Json, after: Json, issue: Issue) -> Item:
    """Return the history's line for a field that went from one kept value to another."""
    old, old_text = _shown(site, field, before, issue)
    new, new_text = _shown(site, field, after, issue)
    name = field.name if field.custom else _NAMES.get(field.id, field.id)
    return Item(name, field.id, field.custom, old, old_text, new, new_text)


def plain_item(name: str, field_id: str, before: Shown, after: Shown) -> Item:
    """Return a line for what is not a field's value: an attachment, a link, a key."""
    return Item(name, field_id, False, before[0], before[1], after[0], after[1])


def _shown(site: Site, field: Field, value: Json, issue: Issue) -> Shown:
    if value is None:
        return (None, "" if field.kind in {"labels", "string", "rich"} else None)
    writer = _WRITERS.get(field.kind)
    return (None, str(value)) if writer is None else writer(site, field, value, issue)


def _named(pool: str) -> Callable[[Site, Field, Json, Issue], Shown]:
    def write(site: Site, _field: Field, value: Json, _issue: Issue) -> Shown:
        found = getattr(site, pool).get(value)
        return value, found.name if found else value

    return write


def _options(_site: Site, field: Field, value: Json, _issue: Issue) -> Shown:
    texts = {option.id: option.value for option in field.options}
    ids = [value] if isinstance(value, str) else value
    shown = ",".join(str(texts.get(one, one)) for one in ids)
    return (value, shown) if isinstance(value, str) else (f"[{', '.join(ids)}]", shown)


def _pooled(site: Site, field: Field, value: Json, issue: Issue) -> Shown:
    project = site.projects[issue.project]
    pool = project.components if field.kind == "components" else project.versions
    names = {one.id: one.name for one in pool}
    return ",".join(value), ",".join(names.get(one, one) for one in value)


def _number(_site: Site, _field: Field, value: Json, _issue: Issue) -> Shown:
    return None, f"{value:g}" if abs(value) < 1e6 else repr(value)


_WRITERS: dict[str, Callable[[Site, Field, Json, Issue], Shown]] = {
    "rich": lambda _site, _field, value, _issue: (None, wiki.to_wiki(value)),
    "labels": lambda _site, _field, value, _issue: (None, " ".join(value)),
    "number": _number,
    "user": _named("users"),
    "priority": _named("priorities"),
    "resolution": _named("resolutions"),
    "status": _named("statuses"),
    "issuetype": _named("types"),
    "option": _options,
    "options": _options,
    "components": _pooled,
    "versions": _pooled,
}
