"""What JQL sees of a field by its kind: values to compare, texts to search, a key to sort by."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.jira import adf
from sandbox.jira.jql_parser import JqlError
from sandbox.jira.state import Field, Issue, Named, Site


@dataclass(frozen=True, slots=True)
class Lens:
    """
    A field as queries see it.

    `exact`: the values that `=` and `in` compare; `read`: an operand's text as such a value;
    `order`: what `<` compares; `texts`: what `~` searches; `sort`: what ORDER BY compares, always
    of one type. `kind` is `moment` or `day` for dates.
    """

    held: Callable[[Issue], Any]
    exact: Callable[[Issue], Collection[Any]] | None = None
    read: Callable[[str], Any] | None = None
    order: Callable[[Issue], Any] | None = None
    texts: Callable[[Issue], Iterable[str]] | None = None
    sort: Callable[[Issue], Any] | None = None
    kind: str = ""


def no_value(text: str, name: str) -> JqlError:
    return JqlError(f"The value '{text}' does not exist for the field '{name}'.")


def people_lens(pick: Callable[[Issue], Collection[str]], site: Site, name: str) -> Lens:
    def read(text: str) -> str:
        for user in site.users.values():
            if text in {user.account_id, user.name} or (
                user.email_visible and text.lower() == user.email.lower()
            ):
                return user.account_id
        raise no_value(text, name)

    def sort(issue: Issue) -> str:
        held = [site.users[a].name.lower() for a in pick(issue) if a in site.users]
        return held[0] if held else "\uffff"

    return Lens(pick, pick, read, sort=sort)


def _kept(field: Field) -> Callable[[Issue], Any]:
    return lambda issue: issue.values.get(field.id)


def _one(field: Field) -> Callable[[Issue], Collection[Any]]:
    def held(issue: Issue) -> Collection[Any]:
        value = issue.values.get(field.id)
        return () if value is None else (value,)

    return held


def _many(field: Field) -> Callable[[Issue], Collection[Any]]:
    return lambda issue: issue.values.get(field.id) or ()


def _words_lens(field: Field, _site: Site, _name: str) -> Lens:
    def texts(issue: Issue) -> Iterable[str]:
        value = issue.values.get(field.id)
        return () if value is None else (value,) if isinstance(value, str) else adf.words(value)

    kept = _kept(field)
    sort = (lambda issue: str(kept(issue) or "").lower()) if field.kind == "string" else None
    return Lens(kept, texts=texts, sort=sort)


def _labels_lens(field: Field, _site: Site, _name: str) -> Lens:
    many = _many(field)

    def held(issue: Issue) -> Collection[str]:
        return [label.lower() for label in many(issue)]

    return Lens(many, held, str.lower, sort=lambda issue: " ".join(many(issue)))


def _url_lens(field: Field, _site: Site, _name: str) -> Lens:
    return Lens(_kept(field), _one(field), str, sort=lambda issue: str(_kept(field)(issue) or ""))


def _number_lens(field: Field, _site: Site, name: str) -> Lens:
    def read(text: str) -> float:
        try:
            return float(text)
        except ValueError as bad:
            raise JqlError(
                f"Value '{text}' is not a valid number for field '{name}'."
            ) from bad

    def sort(issue: Issue) -> float:
        value = issue.values.get(field.id)
        return float("inf") if value is None else value

    kept = _kept(field)
    return Lens(lambda issue: kept(issue) is not None, _one(field), read, kept, sort=sort)


def _day_lens(field: Field, _site: Site, _name: str) -> Lens:
    kept = _kept(field)
    return Lens(kept, _one(field), None, kept, sort=lambda issue: kept(issue) or "9", kind="day")


def _moment_lens(field: Field, _site: Site, _name: str) -> Lens:
    kept = _kept(field)
    return Lens(kept, order=kept, sort=lambda issue: kept(issue) or 0, kind="moment")


def _pool_lens(pool: Callable[[Site, Field], Mapping[str, str]]) -> Callable[..., Lens]:
    """Return the lens of a field whose values are ids out of a pool with names."""

    def make(field: Field, site: Site, name: str) -> Lens:
        many = _many(field) if field.kind in {"options", "components", "versions"} else _one(field)

        def read(text: str) -> str:
            for key, shown in pool(site, field).items():
                if text == key or text.lower() == shown.lower():
                    return key
            raise JqlError(
                f"The option '{text}' for field '{name}' does not exist."
            ) if field.custom else no_value(text, name)

        def sort(issue: Issue) -> int:
            held = many(issue)
            order = list(pool(site, field))
            return order.index(next(iter(held))) if held else len(order)

        return Lens(many, many, read, sort=sort)

    return make


def _names(pool: Iterable[Named]) -> dict[str, str]:
    return {one.id: one.name for one in pool}


KINDS: dict[str, Callable[[Field, Site, str], Lens]] = {
    "string": _words_lens,
    "rich": _words_lens,
    "labels": _labels_lens,
    "url": _url_lens,
    "number": _number_lens,
    "date": _day_lens,
    "datetime": _moment_lens,
    "user": lambda field, site, name: people_lens(_one(field), site, name),
    "option": _pool_lens(lambda _site, field: {o.id: o.value for o in field.options}),
    "options": _pool_lens(lambda _site, field: {o.id: o.value for o in field.options}),
    "priority": _pool_lens(lambda site, _field: _names(site.priorities.values())),
    "resolution": _pool_lens(lambda site, _field: _names(site.resolutions.values())),
    "components": _pool_lens(
        lambda site, _field: {c.id: c.name for p in site.projects.values() for c in p.components}
    ),
    "versions": _pool_lens(
        lambda site, _field: {v.id: v.name for p in site.projects.values() for v in p.versions}
    ),
}
