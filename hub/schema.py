"""A system's own description of its fields, as far as mapping files need it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
    id: str = ""
    """What stays when it is renamed, where that is not `value` itself."""
    formerly: str = ""
    """What people called it until lately: a file that still does means this one."""
    new: bool = False
    """It came after the mapping file was last found to fit: who meets it is told, and nothing stops."""
    was: str = ""
    """As `formerly`, for a message alone."""


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
    unfit: bool = False
    """It was changed into what the mapping file does not fit: left alone until one of them is mended."""
    was: str = ""
    """As `formerly`, for a message alone."""


class Schema(msgspec.Struct, frozen=True, omit_defaults=True):
    """Everything that can be read or written on a replica in one system."""

    system: System
    fields: Mapping[str, Field]
    limits: Mapping[str, int] = {}
    """`comment`, `attachment` (bytes), `comments`, `labels`, … as the system states them."""
    me: str = ""
    """The id of the account that the hub uses there."""

    def named(self, name: str) -> tuple[Field, ...]:
        """Every field with this id or, failing that, of this name (letter case aside) and still there."""
        if name in self.fields:
            return (self.fields[name],)
        wanted = name.casefold()
        found = tuple(f for f in self.fields.values() if f.name.casefold() == wanted)
        found = tuple(f for f in found if not f.gone) or found  # one was made anew, as another kind of field
        return found or tuple(f for f in self.fields.values() if f.formerly.casefold() == wanted)

    @property
    def remembers(self) -> bool:
        """Whether it holds anything that is gone."""
        return any(
            f.gone or f.formerly or f.unfit or any(o.gone or o.formerly or o.new for o in f.options)
            for f in self.fields.values()
        )

    def remembering(self, earlier: Schema) -> Schema:
        """Return this schema with what only the earlier one had, marked as gone."""
        fields = dict(self.fields)
        for name, old in earlier.fields.items():
            now = fields.get(name)
            if now is None:
                fields[name] = replace(old, gone=True)
            else:
                formerly = old.formerly or ("" if old.name == now.name else old.name)
                fields[name] = replace(now, formerly=formerly, options=_options(now, old))
        return replace(self, fields=fields)

    def leaving(self, fields: Iterable[str]) -> Schema:
        """Return this schema with these fields marked as unfit: no rule touches them."""
        marked = {name: replace(self.fields[name], unfit=True) for name in fields}
        return replace(self, fields={**self.fields, **marked})

    def present(self) -> Schema:
        """Return the schema without what is gone; what things were called is kept for messages alone."""
        fields = {
            name: replace(
                f,
                formerly="",
                unfit=False,
                was=f.formerly,
                options=tuple(
                    replace(o, formerly="", new=False, was=o.formerly) for o in f.options if not o.gone
                ),
            )
            for name, f in self.fields.items()
            if not f.gone
        }
        return replace(self, fields=fields)


def _options(now: Field, old: Field) -> tuple[Option, ...]:
    """The options of a field as they are, with what became of those that it had."""
    before = {o.id or o.value: o for o in old.options}
    found: list[Option] = []
    for option in now.options:
        known = before.pop(option.id or option.value, None) or before.pop(option.value, None)
        if known is None:
            found.append(replace(option, new=True))
            continue
        renamed = "" if option.label == known.label else known.label
        found.append(replace(option, formerly=known.formerly or renamed, new=known.new))
    return (*found, *(replace(o, gone=True) for o in before.values()))
