"""The names that a query may use, and the lens that each stands for."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from sandbox.jira import adf
from sandbox.jira.jql_kinds import KINDS, Lens, no_value, people_lens
from sandbox.jira.jql_parser import JqlError
from sandbox.jira.state import CATEGORIES, Issue, Site

Json = Any

UNRESOLVED = "unresolved"
_PROPERTY = re.compile(r"issue\.property\[([^\]]+)\]\.?(.*)\Z")


def lens(name: str, site: Site) -> Lens:
    """Return the lens for a name as a query gives it. Raises `JqlError` for an unknown one."""
    low = name.lower()
    if low in _SPECIAL:
        return _SPECIAL[low](site, name)
    field = next(
        (f for f in site.fields.values()
         if f.searchable and (low == f.id or any(low == c.lower() for c in f.clauses))),
        None,
    )
    if field is None or field.kind not in KINDS:
        raise JqlError(
            f"Field '{name}' does not exist or you do not have permission to view it."
        )
    return KINDS[field.kind](field, site, name)


def property_lens(name: str, site: Site) -> Lens:
    """Return the lens for an issue property. Only what an app has declared is in the index."""
    found = _PROPERTY.match(name)
    if found is None or found[1] not in site.indexed_properties:
        raise JqlError(
            f"Field '{name}' does not exist or you do not have permission to view it."
        )
    key, path = found[1], [part for part in found[2].split(".") if part]

    def held(issue: Issue) -> list[str]:
        value: Json = issue.properties.get(key)
        for part in path:
            value = value.get(part) if isinstance(value, dict) else None
        values = value if isinstance(value, list) else [value]
        return [str(one).lower() for one in values if one is not None]

    return Lens(held, held, str.lower, texts=held)


def _number(issue: Issue) -> int:
    return issue.id


def _key_order(issue: Issue) -> tuple[str, int]:
    project, _, number = issue.key.rpartition("-")
    return project, int(number)


def _key(site: Site, name: str) -> Lens:
    def read(text: str) -> int:
        issue = site.issue(text)
        if issue is not None:
            return issue.id
        raise JqlError(
            f"An issue with key '{text}' does not exist for field '{name}'."
        )

    # The field is one, whatever it is called; by id it sorts as by key within a project.
    sort = _number if name.lower() == "id" else _key_order
    return Lens(_number, lambda issue: (issue.id,), read, _number, sort=sort)


def _attribute(pick: Callable[[Issue], str], names: Callable[[], Mapping[str, Collection[str]]],
               rank: Callable[[str], Any], name: str) -> Lens:
    """Return the lens of something chosen: `names` gives the words for each id."""

    def read(text: str) -> str:
        low = text.lower()
        for key, words in names().items():
            if low == key or low in words:
                return key
        raise no_value(text, name)

    return Lens(pick, lambda issue: (pick(issue),), read, sort=lambda issue: rank(pick(issue)))


def _project(site: Site, name: str) -> Lens:
    return _attribute(
        lambda issue: issue.project,
        lambda: {p.id: (p.key.lower(), p.name.lower()) for p in site.projects.values()},
        lambda key: site.projects[key].name.lower(),
        name,
    )


def _resolution(site: Site, name: str) -> Lens:
    field = site.fields["resolution"]
    found = KINDS[field.kind](field, site, name)

    def read(text: str) -> str:
        assert found.read is not None
        return UNRESOLVED if text.lower() == UNRESOLVED else found.read(text)

    def exact(issue: Issue) -> tuple[str]:
        return (issue.values.get("resolution", UNRESOLVED),)

    held = found.held
    return Lens(held, exact, read, sort=found.sort)


def _status(site: Site, name: str) -> Lens:
    ranks = {key: number for number, key in enumerate(site.statuses)}
    return _attribute(
        lambda issue: issue.status,
        lambda: {s.id: (s.name.lower(),) for s in site.statuses.values()},
        ranks.__getitem__,
        name,
    )


def _category(site: Site, name: str) -> Lens:
    order = ["undefined", "new", "indeterminate", "done"]
    return _attribute(
        lambda issue: site.statuses[issue.status].category,
        lambda: {k: (v[2].lower(), str(v[0])) for k, v in CATEGORIES.items()},
        order.index,
        name,
    )


def _type(site: Site, name: str) -> Lens:
    return _attribute(
        lambda issue: issue.type,
        lambda: {t.id: (t.name.lower(),) for t in site.types.values()},
        lambda key: site.types[key].name.lower(),
        name,
    )


def _time(pick: Callable[[Issue], int | None]) -> Callable[[Site, str], Lens]:
    return lambda _site, _name: Lens(
        pick, order=pick, sort=lambda issue: pick(issue) or 0, kind="moment"
    )


def _text(site: Site, _name: str) -> Lens:
    rich = [f.id for f in site.fields.values() if f.kind == "rich"]
    short = [f.id for f in site.fields.values() if f.kind == "string"]

    def texts(issue: Issue) -> Iterable[str]:
        yield from (issue.values[name] for name in short if name in issue.values)
        for key in rich:
            if key in issue.values:
                yield from adf.words(issue.values[key])
        for comment in issue.comments:
            yield from adf.words(comment.body)

    return Lens(lambda _issue: True, texts=texts)


def _comment(_site: Site, _name: str) -> Lens:
    def texts(issue: Issue) -> Iterable[str]:
        return (text for comment in issue.comments for text in adf.words(comment.body))

    return Lens(lambda issue: issue.comments, texts=texts)


def _creator(site: Site, name: str) -> Lens:
    return people_lens(lambda issue: (issue.creator,), site, name)


def _watcher(site: Site, name: str) -> Lens:
    return people_lens(lambda issue: issue.watchers, site, name)


_SPECIAL: dict[str, Callable[[Site, str], Lens]] = {
    "key": _key, "id": _key, "issue": _key, "issuekey": _key,
    "project": _project, "status": _status, "statuscategory": _category,
    "resolution": _resolution,
    "issuetype": _type, "type": _type, "text": _text, "comment": _comment,
    "creator": _creator, "watcher": _watcher,
    "created": _time(lambda issue: issue.created),
    "createddate": _time(lambda issue: issue.created),
    "updated": _time(lambda issue: issue.updated),
    "updateddate": _time(lambda issue: issue.updated),
    "resolved": _time(lambda issue: issue.resolved),
    "resolutiondate": _time(lambda issue: issue.resolved),
    "statuscategorychangeddate": _time(lambda issue: issue.category_changed),
}
