"""
SOQL: what the names of one FROM mean, for one user.

A field that the user may not see does not exist here: its refusal is that of an unknown one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.salesforce.objects.defs import FieldDef, ObjectDef
from sandbox.salesforce.org import Org, Row
from sandbox.salesforce.soql_ast import Call, Path, Query
from sandbox.salesforce.soql_dates import part
from sandbox.salesforce.soql_errors import (
    InvalidField,
    InvalidType,
    Malformed,
    located,
    no_child_relationship,
    no_column,
    no_object,
    no_relationship,
)

Read = Callable[[Row], Any]
MOST_LEVELS = 5
_NOT_COMPARED = frozenset({"address", "base64"})


@dataclass(frozen=True, slots=True)
class Column:
    """A field as a query reaches it: through which references, and how to read it from a record."""

    steps: tuple[FieldDef, ...]
    definition: ObjectDef
    field: FieldDef
    read: Read

    @property
    def name(self) -> str:
        """The path in the org's own spelling."""
        return ".".join([*(step.relationship or step.name for step in self.steps), self.field.name])


@dataclass(frozen=True, slots=True)
class Operand:
    """What a condition or a sort compares: a value of some type, read from a record."""

    text: str
    type: str
    read: Read
    field: FieldDef | None = None
    case_sensitive: bool = False


class Scope:
    """The names of one FROM."""

    def __init__(self, org: Org, user: str, query: Query, definition: ObjectDef) -> None:
        """Know the object, its alias and the aliases of its parents."""
        self.org, self.user, self.query, self.definition = org, user, query, definition
        self.table = org.tables[definition.name]
        self.text = query.text
        self._hidden = org.access(user).hidden
        self._own = {definition.name.lower(), (query.alias or definition.name).lower()}
        self._aliases: dict[str, tuple[str, ...]] = {}
        for path, alias in query.more_sources:
            self._aliases[(alias or path.parts[-1]).lower()] = self._strip(path.parts)

    def column(self, path: Path) -> Column:
        """Return the field that a path names. Raises InvalidField as the vendor does."""
        *names, last = self._strip(path.parts)
        if len(names) > MOST_LEVELS:
            message = f"Relationship path '{path.text}' is longer than {MOST_LEVELS} levels"
            raise Malformed(located(self.text, path.at, message))
        steps: list[FieldDef] = []
        definition = self.definition
        for name in names:
            step = self.step(definition, name, path.at)
            steps.append(step)
            definition = self.target(step)
        found = self._field(definition, last)
        if found is None:
            raise no_column(self.text, path.at, last, definition.name)
        return Column(tuple(steps), definition, found, self._reader(steps, definition, found))

    def step(self, definition: ObjectDef, name: str, at: int) -> FieldDef:
        """Return the reference behind a parent relationship. Raises InvalidField."""
        found = definition.relation(name)
        if found is None or (definition.name, found.name) in self._hidden or definition.name == "Name":
            raise no_relationship(self.text, at, name)
        return found

    def target(self, step: FieldDef) -> ObjectDef:
        """Return the object at the other end; where there are several it is their common face, Name."""
        return self.org.objects["Name" if step.polymorphic else step.reference_to[0]]

    def operand(self, what: Path | Call, *, use: str = "filtered") -> Operand:
        """Return what a condition compares, refusing a field that cannot be used so."""
        if isinstance(what, Call):
            return self._called(what, use)
        column = self.column(what)
        self.check(column, what.at, use)
        return Operand(what.text, column.field.type, column.read, column.field, column.field.case_sensitive)

    def check(self, column: Column, at: int, use: str) -> None:
        """Refuse a field that cannot be filtered, sorted or grouped."""
        field = column.field
        if field.type == "address" and use == "filtered":
            raise InvalidField("Address fields can only be filtered using Distance expressions")
        allowed = {"filtered": field.filterable, "sorted": field.sortable, "grouped": field.groupable}[use]
        if not allowed:
            message = located(self.text, at, f"field '{field.name}' can not be {use} in a query call")
            raise InvalidField(message) if use == "filtered" else Malformed(message)

    def child(self, definition: ObjectDef, query: Query) -> Scope:
        """Return the scope of a subquery over another object."""
        return Scope(self.org, self.user, query, definition)

    def face(self, step: FieldDef, field: FieldDef) -> Read:
        """Return the reader, on the child, of a field of a parent that may be of several objects."""
        return _face_reader(self.org, step, field)

    def no_child(self, query: Query, name: str) -> InvalidType:
        """Return the refusal of a child relationship that the object does not have."""
        return no_child_relationship(query.text, query.source.at, name)

    def _called(self, call: Call, use: str) -> Operand:
        name = call.name
        inner = call.args[0] if call.args else None
        if name == "DISTANCE":
            # The org keeps no coordinates: the distance is null.
            return Operand(name, "double", lambda _: None)
        if call.aggregate or not isinstance(inner, Path | Call):
            raise Malformed(located(self.text, call.at, f"unexpected token: '{name}'"))
        operand = self.operand(inner, use=use if isinstance(inner, Call) else "filtered")
        if name in {"TOLABEL", "CONVERTCURRENCY", "CONVERTTIMEZONE"}:
            return operand
        if name == "FORMAT":
            return Operand(operand.text, "string", lambda row: _text(operand.read(row)))
        if operand.type not in {"date", "datetime"}:
            message = f"{name} function does not support {operand.type} type"
            raise InvalidField(located(self.text, call.at, message))
        read, start = operand.read, self.org.settings.fiscal_start
        kind = "date" if name == "DAY_ONLY" else "int"
        return Operand(operand.text, kind, lambda row: part(name, read(row), start))

    def _strip(self, parts: tuple[str, ...]) -> tuple[str, ...]:
        """Return a path without the object's own name or alias before it, aliases of parents resolved."""
        first = parts[0].lower()
        if first in self._aliases:
            return (*self._aliases[first], *parts[1:])
        if len(parts) > 1 and first in self._own and self.definition.relation(parts[0]) is None:
            return parts[1:]
        return parts

    def _field(self, definition: ObjectDef, name: str) -> FieldDef | None:
        found = definition.field(name)
        if found is None or (definition.name, found.name) in self._hidden:
            return None
        return found

    def _reader(self, steps: list[FieldDef], definition: ObjectDef, field: FieldDef) -> Read:
        org = self.org
        if steps and steps[-1].polymorphic:
            read = _face_reader(org, steps[-1], field)
            steps = steps[:-1]
        else:
            read = org.getter(definition, field)
        for step in reversed(steps):
            read = _through(step.name, org.tables[self.target(step).name].rows, read)
        return read


def source_of(org: Org, query: Query) -> ObjectDef:
    """Return the object that a query reads. Raises InvalidType."""
    name = query.source.text
    found = org.object(name)
    if found is None or not found.queryable:
        raise no_object(query.text, query.source.at, name)
    return found


def _through(name: str, rows: dict[str, Row], read: Read) -> Read:
    def through(row: Row) -> Any:
        key = row.get(name)
        parent = rows.get(key) if key else None
        return None if parent is None else read(parent)

    return through


def _face_reader(org: Org, step: FieldDef, field: FieldDef) -> Read:
    """Return the reader of what a user and a queue, say, both show."""

    def read(row: Row) -> Any:
        for definition, parent in org.parents(step, row):
            if field.name == "Type":
                return parent.get("Type") if definition.name == "Group" else definition.name
            own = definition.name_field if field.name == "Name" else definition.field(field.name)
            return org.getter(definition, own)(parent) if own else None
        return None

    return read


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
