"""
SOQL, put together from checked parts. Pure.

Nothing from outside goes into a query but through `text`, `ids` and `instant`; names of fields and
objects go through `name`. What these let through cannot end a literal or begin a clause.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from connectors.salesforce import ids as record_ids

T = TypeVar("T")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?:\.[A-Za-z][A-Za-z0-9_]*){0,5}")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_ESCAPES = str.maketrans({
    "\\": r"\\", "'": r"\'", '"': r"\"",
    "\n": r"\n", "\r": r"\r", "\t": r"\t", "\b": r"\b", "\f": r"\f",
})  # fmt: skip
LONGEST_TEXT = 4000
"""Characters of a literal that a WHERE clause takes."""
MOST_IN = 200
"""Values of one IN list in a query that goes into an address: fits with room for the fields."""


def name(field: str) -> str:
    """Return a field's or object's name (`Contact.Email`), or raise `ValueError`."""
    if not _NAME.fullmatch(field):
        raise ValueError(f"{field[:60]!r} cannot be the name of a field in Salesforce")
    return field


def names(fields: Iterable[str]) -> str:
    """Return a list of fields as SELECT wants it, each once."""
    return ", ".join(dict.fromkeys(name(field) for field in fields))


def text(value: str) -> str:
    """Return a text as a literal."""
    if len(value) > LONGEST_TEXT:
        raise ValueError(f"a text of {len(value)} characters cannot be searched for (at most {LONGEST_TEXT})")
    return f"'{value.translate(_ESCAPES)}'"


def texts(values: Iterable[str]) -> str:
    """Return texts as the list that IN wants."""
    return f"({', '.join(text(value) for value in values)})"


def ids(values: Iterable[str]) -> str:
    """Return record ids as the list that IN wants; raises `ValueError` on what is none."""
    return f"({', '.join(one_id(value) for value in values)})"


def one_id(value: str) -> str:
    """Return a record id as a literal; raises `ValueError` on what is none."""
    if not record_ids.is_id(value):
        raise ValueError(f"{value[:40]!r} is not a record id of Salesforce")
    return f"'{value}'"


def instant(stamp: str) -> str:
    """Return an instant of ours (`2026-05-01T07:25:37Z`) as a literal, which has no quotes."""
    if not _INSTANT.fullmatch(stamp):
        raise ValueError(f"{stamp[:40]!r} is not an instant in UTC to the second")
    return stamp


def all_of(*conditions: str) -> str:
    """Join conditions, each in its own parentheses: SOQL takes no mix of AND and OR without them."""
    held = [one for one in conditions if one]
    return " AND ".join(f"({one})" for one in held) if len(held) > 1 else "".join(held)


def after(stamp: str, record_id: str = "") -> str:
    """
    Return the condition for rows behind a place of the order (SystemModstamp, Id).

    Without an id: at that instant or later. Stamps have whole seconds and many rows share one.
    """
    at = instant(stamp)
    if not record_id:
        return f"SystemModstamp >= {at}"
    return f"SystemModstamp > {at} OR (SystemModstamp = {at} AND Id > {one_id(record_id)})"


def select(fields: Iterable[str], of: str, *, where: str = "", order: str = "", limit: int = 0) -> str:
    """Return a query. `where` is made by this module's functions."""
    parts = ["SELECT", names(fields), "FROM", name(of)]
    if where:
        parts.append(f"WHERE {where}")
    if order:
        parts.append(f"ORDER BY {names(order.split(', '))}")
    if limit:
        parts.append(f"LIMIT {limit:d}")
    return " ".join(parts)


def chunks(many: Sequence[T], size: int = MOST_IN) -> Iterator[Sequence[T]]:
    """Yield slices of at most `size`."""
    return (many[at : at + size] for at in range(0, len(many), size))
