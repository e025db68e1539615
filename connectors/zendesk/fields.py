"""What kinds of custom fields there are, and their values as typed raw values. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, cast

from connectors.zendesk.records import TicketField
from hub.model import Json

TICKET = "cf:"
ORGANIZATION = "organization."
BUILT_IN = frozenset(("id", "name", "external_id", "domain_names"))
"""What every organization shows; custom fields with such a key are not shown beside it."""


class Layout(NamedTuple):
    """The types of custom fields: of tickets by id, of organizations by key; and ticket fields' titles."""

    ticket: Mapping[int, str]
    organization: Mapping[str, str]
    titles: Mapping[int, str]


NO_LAYOUT = Layout({}, {}, {})


def layout(ticket: Iterable[TicketField], organization: Iterable[TicketField]) -> Layout:
    own = list(ticket)
    return Layout(
        {field.id: field.type for field in own},
        {f.key: f.type for f in organization if f.key and f.key not in BUILT_IN and f.active},
        {field.id: field.title or "" for field in own},
    )


def typed(kind: str | None, value: Any) -> Json:
    """
    Return a field's value as its type has it.

    Zendesk shows numbers as text, an unset checkbox as null or false, and dates of organizations
    with a time; here a number is a number, a checkbox true or false, a date `YYYY-MM-DD`.
    """
    if kind in ("integer", "decimal"):
        return _number(value)
    if kind == "checkbox":
        return value is True or value in ("true", "1", 1)
    if kind == "multiselect":
        listed = cast("list[Any]", value if isinstance(value, list) else [value] if value else [])
        return sorted(map(str, listed))
    if value is None or value == "":
        return None
    if kind == "date":
        return str(value)[:10]
    return str(value) if kind == "lookup" else value


def _number(value: Any) -> Json:
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return value or None
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    return value
