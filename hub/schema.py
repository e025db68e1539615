"""A system's own description of its fields, as far as mapping files need it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

import msgspec
from msgspec.structs import replace

from hub.model import System

FieldType: TypeAlias = Literal[
    "text",  # one line
    "rich",  # formatted text (Zendesk HTML, Jira ADF)
    "long",  # several lines, plain
    "choice",  # one of `options`
    "choices",  # several of `options`
    "labels",  # free words
    "number",
    "flag",
    "date",  # YYYY-MM-DD
    "instant",
    "person",
    "reference",
    "status",  # one of `options`; may need a workflow
    "json",  # a place for a machine-readable copy (issue property)
    "other",
]


class Option(msgspec.Struct, frozen=True, omit_defaults=True):
    """One value that a choice field can hold: what the API carries, and what people see."""

    value: str
    label: str
    gone: bool = False
    """The system does not have it any more."""


class Field(msgspec.Struct, frozen=True, omit_defaults=True):
    """One field. `id` keys `Observation.raw`; `name` is what people call it, and may be ambiguous."""

    id: str
    name: str
    type: FieldType
    options: tuple[Option, ...] = ()
    writable: bool = True
    required: bool = False
    limit: int | None = None
    """Longest text that the field keeps, in characters."""
    detail: str = ""
    """The vendor's own name of the type, for messages."""
    gone: bool = False
    """The system does not have it any more; kept so that whatever else is mapped goes on."""
    formerly: str = ""
    """What people called it until lately."""


class Schema(msgspec.Struct, frozen=True, omit_defaults=True):
    """Everything that can be read or written on a replica in one system."""

    system: System
    fields: Mapping[str, Field]
    limits: Mapping[str, int] = {}
    """`comment`, `attachment` (bytes), `comments`, `labels`, … as the system states them."""
    me: str = ""
    """The id of the account that the hub uses there."""

    def named(self, name: str) -> tuple[Field, ...]:
        """Every field with this id or, failing that, this name (letter case aside)."""
        if name in self.fields:
            return (self.fields[name],)
        wanted = name.casefold()
        found = tuple(f for f in self.fields.values() if f.name.casefold() == wanted)
        return found or tuple(f for f in self.fields.values() if f.formerly.casefold() == wanted)

    @property
    def remembers(self) -> bool:
        """Whether it holds anything that is gone."""
        return any(f.gone or f.formerly or any(o.gone for o in f.options) for f in self.fields.values())

    def remembering(self, earlier: Schema) -> Schema:
        """Return this schema with what only the earlier one had, marked as gone."""
        fields = dict(self.fields)
        for name, old in earlier.fields.items():
            now = fields.get(name)
            if now is None:
                fields[name] = replace(old, gone=True)
            else:
                formerly = old.formerly if old.name == now.name else old.name
                options = (*now.options, *_lost_options(now, old))
                fields[name] = replace(now, formerly=formerly, options=options)
        return replace(self, fields=fields)

    def present(self) -> Schema:
        """Return the schema without what is gone."""
        fields = {
            name: replace(f, formerly="", options=tuple(o for o in f.options if not o.gone))
            for name, f in self.fields.items()
            if not f.gone
        }
        return replace(self, fields=fields)


def _lost_options(now: Field, old: Field) -> tuple[Option, ...]:
    values = {o.value for o in now.options}
    return tuple(replace(o, gone=True) for o in old.options if o.value not in values)
