"""
Reading the `fields` and `update` of a create, an edit or a transition.

One bad field refuses the whole call, and every bad field is named in the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from sandbox.jira import values
from sandbox.jira.errors import FieldError, not_on_screen, refusal
from sandbox.jira.state import Field
from sandbox.jira.values import Place

Json = Any

_ACTIONS = frozenset({"comment", "worklog", "issuelinks", "attachment"})
_VERBS = frozenset({"set", "add", "remove", "edit", "copy"})


@dataclass(slots=True)
class Wish:
    """What a caller wants: values by field id (None clears), and things to add."""

    values: dict[str, Json] = field(default_factory=dict)
    actions: list[tuple[str, str, Json]] = field(default_factory=list)


def read(
    body: Mapping[str, Any],
    place: Place,
    allowed: Mapping[str, Field],
    current: Mapping[str, Json],
) -> Wish:
    """Return what `body` asks for, or refuse with every field that is wrong."""
    fields, update = body.get("fields") or {}, body.get("update") or {}
    if not isinstance(fields, dict) or not isinstance(update, dict):
        raise refusal(400, "Can not deserialize the request: 'fields' and 'update' are objects.")
    wish = Wish()
    errors: dict[str, str] = {}
    for name in fields.keys() & update.keys():
        errors[name] = f"Field '{name}' cannot appear in both 'fields' and 'update'"
    for name, raw in fields.items():
        _collect(errors, name, partial(_set, wish, name, raw, place, allowed))
    for name, operations in update.items():
        step = partial(_operate, wish, name, operations, place, allowed, current)
        _collect(errors, name, step)
    if errors:
        raise refusal(400, errors=errors)
    return wish


def _collect(errors: dict[str, str], name: str, step: Callable[[], None]) -> None:
    if name in errors:
        return
    try:
        step()
    except FieldError as bad:
        errors[name] = str(bad)


def _set(wish: Wish, name: str, raw: Json, place: Place, allowed: Mapping[str, Field]) -> None:
    known = allowed.get(name)
    if known is None or name in _ACTIONS:
        raise FieldError(not_on_screen(name))
    if known.id == "summary" and raw is None:
        raise FieldError("You must specify a summary of the issue.")
    wish.values[name] = values.read(known, raw, place)


def _operate(
    wish: Wish,
    name: str,
    operations: Json,
    place: Place,
    allowed: Mapping[str, Field],
    current: Mapping[str, Json],
) -> None:
    known = allowed.get(name)
    if known is None:
        raise FieldError(not_on_screen(name))
    if not isinstance(operations, list):
        raise FieldError("data was not an array")
    for operation in operations:
        for verb, raw in _verbs(operation):
            if name in _ACTIONS:
                wish.actions.append((name, verb, raw))
            else:
                before = wish.values.get(name, current.get(name))
                wish.values[name] = _applied(known, verb, raw, before, place)


def _verbs(operation: Json) -> list[tuple[str, Json]]:
    if not isinstance(operation, dict):
        raise FieldError("data was not an object")
    if unknown := set(operation) - _VERBS:
        raise FieldError(f"Unknown operation: {min(unknown)}")
    return list(operation.items())


def _applied(known: Field, verb: str, raw: Json, before: Json, place: Place) -> Json:
    if verb in {"set", "edit"}:
        return values.read(known, raw, place)
    if known.kind not in {"labels", "options", "components", "versions"} or verb == "copy":
        raise FieldError(f"Field does not support operation '{verb}'.")
    one = values.read(known, [raw], place) or []
    held = list(before or [])
    if verb == "remove":
        return [value for value in held if value not in one] or None
    joined = [*held, *(value for value in one if value not in held)]
    return sorted(joined) if known.kind == "labels" else joined
