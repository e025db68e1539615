"""
SOQL: a record as the API shows it: its attributes, the selected fields in the order asked, parents as
nested records or null, children as nested query results or null.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sandbox.salesforce.objects.defs import FieldDef, ObjectDef
from sandbox.salesforce.org import Row
from sandbox.salesforce.soql_ast import Call, Item, Path, Query, TypeOf
from sandbox.salesforce.soql_dates import shown
from sandbox.salesforce.soql_errors import InvalidField, Malformed, located, no_column, no_relationship
from sandbox.salesforce.soql_scope import Column, Scope

Emit = Callable[[Row], Any]
_DOUBLES = frozenset({"double", "currency", "percent"})
FIELDS_LIMIT = 200


# A parent: the type that is shown, the object and id of its URL, and the record that it is read from.
Parent = tuple[str, str, str, Row]


@dataclass(slots=True)
class Node:
    """What is shown of one record: of the queried one, or of a parent."""

    entries: dict[str, Emit | Node] = field(default_factory=dict)
    fetch: Callable[[Row], Parent | None] | None = None

    def render(self, base: str, kind: str, name: str, key: str, row: Row) -> dict[str, Any]:
        """Return the JSON of a record."""
        record: dict[str, Any] = {"attributes": {"type": kind, "url": f"{base}{name}/{key}"}}
        for label, entry in self.entries.items():
            if isinstance(entry, Node):
                parent = entry.fetch(row) if entry.fetch else None
                record[label] = entry.render(base, *parent) if parent else None
            else:
                record[label] = entry(row)
        return record


class Selection:
    """The SELECT list of a query, checked and ready to render."""

    def __init__(
        self, scope: Scope, query: Query, version: str, child: Callable[[ObjectDef, Query], Emit]
    ) -> None:
        """Check every item. Raises InvalidField and Malformed as the vendor does."""
        self.scope, self.version = scope, version
        self.long_text = False
        self.binary = False
        self.node = Node()
        self._child = child
        for item in query.items:
            self._add(item)

    @property
    def base(self) -> str:
        """What stands before the object's name in a record's URL."""
        return f"/services/data/v{self.version}/sobjects/"

    def render(self, row: Row) -> dict[str, Any]:
        """Return the JSON of a record."""
        name = self.scope.definition.name
        return self.node.render(self.base, name, name, row["Id"], row)

    def _add(self, item: Item) -> None:
        what = item.what
        if isinstance(what, Query):
            self._add_child(what)
        elif isinstance(what, TypeOf):
            self._add_type_of(what)
        elif isinstance(what, Path):
            if item.alias is not None:
                raise Malformed("only aggregate expressions use field aliasing")
            self._add_column(self.scope.column(what), None)
        elif what.name == "FIELDS":
            self._add_fields(what)
        else:
            self._add_function(what, item.alias)

    def _add_column(self, column: Column, wrap: Callable[[Any], Any] | None, key: str | None = None) -> None:
        self.long_text = self.long_text or column.field.long_text
        node = self.node
        for step in column.steps:
            node = self._parent(node, step)
        label = key or column.field.name
        if label in node.entries:
            raise InvalidField(f"duplicate field selected: {column.name}")
        node.entries[label] = self._emit(column, wrap)

    def _parent(self, node: Node, step: FieldDef) -> Node:
        label = step.relationship or step.name
        found = node.entries.get(label)
        if isinstance(found, Node):
            return found
        made = Node(fetch=self._fetcher(step))
        node.entries[label] = made
        return made

    def _fetcher(self, step: FieldDef) -> Callable[[Row], Parent | None]:
        org = self.scope.org
        if step.polymorphic:

            def face(row: Row) -> Parent | None:
                # Its fields are read through the child, which knows what it points to.
                found = ((definition.name, parent) for definition, parent in org.parents(step, row))
                return next((("Name", name, parent["Id"], row) for name, parent in found), None)

            return face
        name = self.scope.target(step).name
        rows = org.tables[name].rows

        def fetch(row: Row) -> Parent | None:
            parent = rows.get(row.get(step.name) or "")
            return (name, name, parent["Id"], parent) if parent is not None else None

        return fetch

    def _emit(self, column: Column, wrap: Callable[[Any], Any] | None) -> Emit:
        """Return how a value is read from the record that its node stands for."""
        definition, one = column.definition, column.field
        own = column.steps and column.steps[-1].polymorphic
        read = self.scope.face(column.steps[-1], one) if own else self.scope.org.getter(definition, one)
        if wrap is not None:
            return lambda row: wrap(read(row))
        if one.type == "base64":
            self.binary = True
            base, name = f"{self.base}{definition.name}", one.name
            return lambda row: f"{base}/{row['Id']}/{name}"
        return formatted(one, read)

    def _add_child(self, query: Query) -> None:
        name = query.source.parts[-1]
        wanted = name.lower()
        org, owner = self.scope.org, self.scope.definition
        for child in org.children(owner.name):
            if child.name and child.name.lower() == wanted:
                if child.name in self.node.entries:
                    raise InvalidField(f"duplicate field selected: {child.name}")
                self.node.entries[child.name] = self._child(org.objects[child.child], query)
                return
        raise self.scope.no_child(query, name)

    def _add_type_of(self, what: TypeOf) -> None:
        scope = self.scope
        *names, last = what.path.parts
        if names and names[0].lower() not in {
            scope.definition.name.lower(),
            (scope.query.alias or "").lower(),
        }:
            raise no_relationship(scope.text, what.path.at, what.path.text)
        step = scope.step(scope.definition, last, what.path.at)
        if not step.polymorphic:
            message = "TYPEOF is only supported for polymorphic relationships"
            raise Malformed(located(scope.text, what.path.at, message))
        targets = [(self._target(step, kind, what), paths) for kind, paths in what.whens]
        by_type = {target.name: [self._direct(target, path) for path in paths] for target, paths in targets}
        face = scope.org.objects["Name"]
        otherwise = [self._direct(face, path) for path in what.otherwise]
        self.node.entries[step.relationship or step.name] = self._type_emit(step, by_type, otherwise)

    def _target(self, step: FieldDef, kind: str, what: TypeOf) -> ObjectDef:
        found = self.scope.org.object(kind)
        if found is None or found.name not in step.reference_to:
            raise no_column(self.scope.text, what.path.at, kind, "Name")
        return found

    def _direct(self, definition: ObjectDef, path: Path) -> FieldDef:
        found = definition.field(path.text)
        if found is None or not self.scope.org.can_read(self.scope.user, definition.name, found.name):
            raise no_column(self.scope.text, path.at, path.text, definition.name)
        return found

    def _type_emit(
        self, step: FieldDef, by_type: dict[str, list[FieldDef]], otherwise: list[FieldDef]
    ) -> Emit:
        org, base, scope = self.scope.org, self.base, self.scope

        def emit(row: Row) -> Any:
            for definition, parent in org.parents(step, row):
                url = f"{base}{definition.name}/{parent['Id']}"
                made: dict[str, Any] = {"attributes": {"type": definition.name, "url": url}}
                if definition.name in by_type:
                    for one in by_type[definition.name]:
                        made[one.name] = formatted(one, org.getter(definition, one))(parent)
                else:
                    for one in otherwise:
                        made[one.name] = formatted(one, scope.face(step, one))(row)
                return made
            return None

        return emit

    def _add_fields(self, call: Call) -> None:
        kind = call.args[0].text.upper() if isinstance(call.args[0], Path) else ""
        limit = self.scope.query.limit
        if kind not in {"ALL", "STANDARD", "CUSTOM"}:
            raise Malformed(located(self.scope.text, call.at, f"Invalid FIELDS argument: {kind}"))
        if kind != "STANDARD" and (limit is None or limit > FIELDS_LIMIT):
            raise Malformed(f"The SOQL FIELDS function must have a LIMIT of at most {FIELDS_LIMIT}")
        for one in self.scope.org.visible(self.scope.definition.name, self.scope.user):
            if kind == "ALL" or one.custom == (kind == "CUSTOM"):
                self._add_column(self.scope.column(Path((one.name,), call.at)), None)

    def _add_function(self, call: Call, alias: str | None) -> None:
        """Add FORMAT(Amount), toLabel(Status), convertCurrency(Amount), DISTANCE(...)."""
        if call.name == "DISTANCE":
            self.node.entries[alias or self._expression()] = lambda _: None
            return
        inner: Any = call
        as_text = False
        while isinstance(inner, Call):
            as_text = as_text or inner.name == "FORMAT"
            if inner.aggregate or inner.name not in {"FORMAT", "TOLABEL", "CONVERTCURRENCY"}:
                # A part of a date can only be selected where it is grouped by.
                raise Malformed(
                    located(self.scope.text, inner.at, f"Field must be grouped or aggregated: {inner.name}")
                )
            inner = inner.args[0]
        column = self.scope.column(inner)
        one = column.field
        wrap = (lambda value: _as_text(one, value)) if as_text else None
        self._add_column(column, wrap, alias)

    def _expression(self) -> str:
        taken = sum(1 for label in self.node.entries if label.startswith("expr"))
        return f"expr{taken}"


def formatted(one: FieldDef, read: Emit) -> Emit:
    """Return how a stored value is written in JSON."""
    if one.type == "datetime":
        return lambda row: None if (value := read(row)) is None else shown(value)
    if one.type in _DOUBLES:
        return lambda row: None if (value := read(row)) is None else float(value)
    if one.type == "boolean":
        return lambda row: bool(read(row))
    return lambda row: None if (value := read(row)) == "" else value


def _as_text(one: FieldDef, value: Any) -> str | None:
    """Return a value as FORMAT shows it to an English reader."""
    if value is None:
        return None
    if one.type in _DOUBLES or one.type == "int":
        return f"{value:,.{one.scale}f}"
    if one.type == "datetime":
        return shown(value)
    return str(value)
