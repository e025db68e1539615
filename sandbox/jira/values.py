"""
Kinds of field: how each reads what a caller sends and what it keeps.

A value is kept as: text; ADF; a number; `yyyy-mm-dd`; milliseconds; an id; a list of these.
`None` is never kept: a field without a value is absent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from sandbox.jira import adf, times, wiki
from sandbox.jira.errors import TOO_LONG, FieldError
from sandbox.jira.state import Field, Named, Project, Site

Json = Any

_DAY = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])\Z")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value is to go: the site, the project, and the version of the API it came by."""

    site: Site
    project: Project
    version: int


Reader = Callable[[Field, Json, Place], Json]


def _string(field: Field, raw: Json, _place: Place) -> Json:
    if not isinstance(raw, str):
        raise FieldError("Operation value must be a string")
    if len(raw) > adf.LIMIT:
        raise FieldError(TOO_LONG)
    if field.id == "summary":
        return _summary(raw)
    if field.custom and len(raw) > 255:
        raise FieldError(f"{field.name} must be less than 255 characters.")
    return raw or None


def _summary(raw: str) -> str:
    if not raw.strip():
        raise FieldError("You must specify a summary of the issue.")
    if "\n" in raw or "\r" in raw:
        raise FieldError("The summary is invalid because it contains newline characters.")
    if len(raw) > 255:
        raise FieldError("Summary can't exceed 255 characters.")
    return raw.strip()


def _rich(_field: Field, raw: Json, place: Place) -> Json:
    return rich_text(raw, place.version)


def rich_text(raw: Json, version: int) -> Json:
    """Read a body: wiki markup in version 2, a document in version 3. None if it is empty."""
    if version == 2:
        if not isinstance(raw, str):
            raise FieldError("Operation value must be a string")
        if len(raw) > adf.LIMIT:
            raise FieldError(TOO_LONG)
        return wiki.to_adf(raw) if raw.strip() else None
    if not isinstance(raw, dict):
        raise FieldError(
            "Operation value must be an Atlassian Document (see the Atlassian Document Format)"
        )
    if not adf.valid(raw):
        raise FieldError("INVALID_INPUT")
    if adf.length(raw) > adf.LIMIT:
        raise FieldError(TOO_LONG)
    return raw if raw["content"] else None


def _number(_field: Field, raw: Json, _place: Place) -> Json:
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        raise FieldError("Operation value must be a number")
    return float(raw)


def _date(_field: Field, raw: Json, _place: Place) -> Json:
    if raw == "":
        return None
    if not isinstance(raw, str) or not _DAY.match(raw):
        raise FieldError(f"Error parsing date string: {raw}")
    return raw


def _datetime(_field: Field, raw: Json, _place: Place) -> Json:
    if raw == "":
        return None
    try:
        return times.read(raw)
    except (TypeError, ValueError) as bad:
        raise FieldError(f"Error parsing time: {raw}") from bad


def _labels(_field: Field, raw: Json, _place: Place) -> Json:
    if not isinstance(raw, list):
        raise FieldError("data was not an array")
    return sorted({_label(label) for label in raw}) or None


def _label(label: Json) -> str:
    if not isinstance(label, str):
        raise FieldError("string expected at index 0")
    if any(c.isspace() for c in label):
        raise FieldError(f"The label '{label}' contains spaces which is invalid.")
    if not label or len(label) > 255:
        raise FieldError(f"The label '{label[:32]}...' exceeds the maximum length of 255.")
    return label


def _url(_field: Field, raw: Json, _place: Place) -> Json:
    if raw == "":
        return None
    if not isinstance(raw, str):
        raise FieldError("Operation value must be a string")
    parts = urlsplit(raw)
    if parts.scheme not in {"http", "https", "ftp"} or not parts.netloc or len(raw) > 255:
        raise FieldError(f"Not a valid URL: {raw[:64]}")
    return raw


def _option(field: Field, raw: Json, _place: Place) -> Json:
    wanted = _reference(raw, ("id", "value"))
    if wanted is None:
        raise FieldError("Could not find valid 'id' or 'value' in the Parent Option object.")
    key, text = wanted
    for option in field.options:
        if (option.id if key == "id" else option.value) == text and not option.disabled:
            return option.id
    word = "Option id" if key == "id" else "Option value"
    raise FieldError(f"{word} '{text}' is not valid")


def _options(field: Field, raw: Json, place: Place) -> Json:
    if not isinstance(raw, list):
        raise FieldError("data was not an array")
    chosen = {_option(field, one, place) for one in raw}
    return [option.id for option in field.options if option.id in chosen] or None


def _reference(raw: Json, keys: tuple[str, ...]) -> tuple[str, str] | None:
    if not isinstance(raw, dict):
        return None
    return next(((k, str(raw[k])) for k in keys if raw.get(k) is not None), None)


def _user(field: Field, raw: Json, place: Place) -> Json:
    wanted = _reference(raw, ("accountId", "id"))
    if wanted is None:
        raise FieldError(f"Specify a valid 'accountId' for {field.name}")
    account = wanted[1]
    if account == "-1" and field.id == "assignee":
        return place.project.lead
    user = place.site.users.get(account)
    if user is None or not user.active:
        raise FieldError(_no_user(field, account))
    return account


def _no_user(field: Field, account: str) -> str:
    if field.id == "assignee":
        return f"User '{account}' cannot be assigned issues."
    if field.id == "reporter":
        return "The reporter specified is not a user."
    return f"User '{account}' was not found in the system."


def _chosen(pool: Mapping[str, Named], word: str, raw: Json) -> str:
    wanted = _reference(raw, ("id", "name"))
    if wanted is None:
        raise FieldError(f"Specify a valid 'id' or 'name' for {word}")
    key, text = wanted
    for one in pool.values():
        if (one.id if key == "id" else one.name.lower()) == (text if key == "id" else text.lower()):
            return one.id
    raise FieldError(
        f"The {word} selected is invalid."
        if key == "id"
        else f"{word.capitalize()} name '{text}' is not valid"
    )


def _priority(_field: Field, raw: Json, place: Place) -> Json:
    return _chosen(place.site.priorities, "priority", raw)


def _resolution(_field: Field, raw: Json, place: Place) -> Json:
    return _chosen(place.site.resolutions, "resolution", raw)


def _pooled(field: Field, raw: Json, place: Place) -> Json:
    """Read components or versions of the project."""
    if not isinstance(raw, list):
        raise FieldError("data was not an array")
    components = field.kind == "components"
    pool = place.project.components if components else place.project.versions
    word = "component" if components else "version"
    return [_chosen({one.id: one for one in pool}, word, one) for one in raw] or None


def _fixed(field: Field, _raw: Json, _place: Place) -> Json:
    raise FieldError(f"Field '{field.id}' cannot be set. It is not editable.")


READERS: Mapping[str, Reader] = {
    "string": _string,
    "rich": _rich,
    "number": _number,
    "date": _date,
    "datetime": _datetime,
    "labels": _labels,
    "url": _url,
    "option": _option,
    "options": _options,
    "user": _user,
    "priority": _priority,
    "resolution": _resolution,
    "components": _pooled,
    "versions": _pooled,
}


def read(field: Field, raw: Json, place: Place) -> Json:
    """Return the value to keep for what was sent. Raises `FieldError` in the vendor's words."""
    if raw is None:
        return None
    return READERS.get(field.kind, _fixed)(field, raw, place)
