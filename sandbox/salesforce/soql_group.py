"""SOQL: records in groups, counted and summed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import combinations
from typing import Any

from sandbox.salesforce.org import Row
from sandbox.salesforce.soql_ast import (
    AGGREGATES,
    All,
    Any_,
    Call,
    Compare,
    Condition,
    Literal,
    Not,
    Path,
    Query,
)
from sandbox.salesforce.soql_dates import shown
from sandbox.salesforce.soql_errors import InvalidField, Malformed, located
from sandbox.salesforce.soql_scope import Operand, Scope
from sandbox.salesforce.soql_where import comparison

Group = dict[Any, Any]  # what was asked -> its value, for one group; read as a record by conditions
Measure = Callable[[list[Row]], Any]
_SUMMED = frozenset({"SUM", "AVG"})
_NUMBERS = frozenset({"double", "currency", "percent", "int"})


class Grouping:
    """A grouped query: its groups, their measures, HAVING and order."""

    def __init__(self, scope: Scope, query: Query) -> None:
        """Check the query. Raises Malformed and InvalidField as the vendor does."""
        self.scope, self.query = scope, query
        self.terms = [(term, scope.operand(term, use="grouped")) for term in query.group]
        self.measures: dict[Call, tuple[Operand | None, Measure]] = {}
        self.labels: list[tuple[str, Path | Call]] = []
        if query.limit is not None and not query.group:
            raise Malformed("Non-grouped query that uses overall aggregate functions cannot also use LIMIT")
        self._label()
        for term in query.order:
            self._need(term.what, "Ordered by field must be grouped or aggregated")
        self._having = self._test(query.having) if query.having else None

    def groups(self, rows: Iterable[Row]) -> list[Group]:
        """Return the groups that HAVING lets through, unsorted."""
        kept = list(rows)
        found: list[Group] = []
        for chosen in self._sets():
            found += self._by(chosen, kept)
        return [it for it in found if self._having is None or self._having(it)]

    def render(self, group: Group) -> dict[str, Any]:
        """Return the JSON of a group."""
        made: dict[str, Any] = {"attributes": {"type": "AggregateResult"}}
        for label, what in self.labels:
            made[label] = _written(self._operand(what), group[what])
        return made

    def operand(self, what: Path | Call) -> Operand:
        """Return what ORDER BY and HAVING compare: a value of the group."""
        known = self._operand(what)
        return Operand(known.text, known.type, lambda group: group[what], known.field, known.case_sensitive)

    def _operand(self, what: Path | Call) -> Operand:
        for term, operand in self.terms:
            if self._same(term, what):
                return operand
        assert isinstance(what, Call)
        name, inner = what.name, what.args[0] if what.args else None
        if name == "FORMAT" and isinstance(inner, Call):
            return self._operand(inner)
        if name in {"MIN", "MAX"}:
            return self.measures[what][0] or Operand(name, "int", lambda _: None)
        kind = "double" if name in _SUMMED else "int"
        return Operand(name, kind, lambda _: None)

    def _same(self, term: Path | Call, what: Path | Call) -> bool:
        if isinstance(term, Path) and isinstance(what, Path):
            return self.scope.column(term).name == self.scope.column(what).name
        return term == what

    def _label(self) -> None:
        """Name each selected thing: its alias, the field, or expr0, expr1."""
        expressions = 0
        for item in self.query.items:
            what = item.what
            if not isinstance(what, Path | Call):
                raise Malformed("only root queries support aggregate expressions")
            self._need(what, "Field must be grouped or aggregated")
            label = item.alias
            if label is None and isinstance(what, Path):
                label = self.scope.column(what).field.name
            if label is None:
                label, expressions = f"expr{expressions}", expressions + 1
            if any(label.lower() == other.lower() for other, _ in self.labels):
                raise Malformed(f"duplicate alias: {label}")
            self.labels.append((label, what))

    def _need(self, what: Path | Call, otherwise: str) -> None:
        """Make sure that a group has a value for what is asked."""
        if any(self._same(term, what) for term, _ in self.terms):
            return
        if isinstance(what, Call) and what.name == "GROUPING" and isinstance(what.args[0], Path):
            self._need(what.args[0], otherwise)
            return
        if isinstance(what, Call) and what.name in AGGREGATES:
            self.measures.setdefault(what, self._measure(what))
            return
        if isinstance(what, Call) and what.aggregate and isinstance(what.args[0], Call):
            self._need(what.args[0], otherwise)
            return
        name = what.text if isinstance(what, Path) else what.name
        if isinstance(what, Path):
            self.scope.column(what)
        raise Malformed(located(self.scope.text, what.at, f"{otherwise}: {name}"))

    def _measure(self, call: Call) -> tuple[Operand | None, Measure]:
        if not call.args:
            return None, len
        what = call.args[0]
        assert not isinstance(what, Literal)
        column = self.scope.column(what) if isinstance(what, Path) else None
        operand = (
            Operand(what.text, column.field.type, column.read, column.field)
            if column is not None and isinstance(what, Path)
            else self.scope.operand(what)
        )
        self._check(call, operand)
        read = operand.read
        return operand, lambda rows: _measured(
            call.name, [it for row in rows if (it := read(row)) is not None]
        )

    def _check(self, call: Call, operand: Operand) -> None:
        field = operand.field
        counted = call.name == "COUNT" and operand.type != "textarea"
        wrong = call.name in _SUMMED and operand.type not in _NUMBERS
        if wrong or (field is not None and not field.aggregatable and not counted):
            name = operand.text
            message = f"field {name} does not support aggregate operator {call.name}"
            raise InvalidField(located(self.scope.text, call.at, message))

    def _test(self, condition: Condition) -> Callable[[Group], bool]:
        if isinstance(condition, Not):
            inner = self._test(condition.part)
            return lambda group: not inner(group)
        if isinstance(condition, All | Any_):
            tests = [self._test(it) for it in condition.parts]
            if isinstance(condition, All):
                return lambda group: all(test(group) for test in tests)
            return lambda group: any(test(group) for test in tests)
        assert isinstance(condition, Compare)
        if isinstance(condition.right, Query):
            raise Malformed("Semi join sub-selects are not allowed in HAVING")
        self._need(condition.left, "Field must be grouped or aggregated")
        return comparison(self.scope, self.operand(condition.left), condition)

    def _sets(self) -> list[tuple[int, ...]]:
        """Return which terms each set of groups is by: for ROLLUP all, then fewer from the right."""
        count = len(self.terms)
        if self.query.group_kind == "ROLLUP":
            return [tuple(range(size)) for size in range(count, -1, -1)]
        if self.query.group_kind == "CUBE":
            return [it for size in range(count, -1, -1) for it in combinations(range(count), size)]
        return [tuple(range(count))]

    def _by(self, chosen: tuple[int, ...], rows: list[Row]) -> list[Group]:
        reads = [self.terms[at][1].read for at in chosen]
        gathered: dict[tuple[Any, ...], list[Row]] = {} if self.terms else {(): []}
        for row in rows:
            gathered.setdefault(tuple(read(row) for read in reads), []).append(row)
        return [self._group(chosen, key, members) for key, members in gathered.items()]

    def _group(self, chosen: tuple[int, ...], key: tuple[Any, ...], rows: list[Row]) -> Group:
        group: Group = {}
        given = dict(zip(chosen, key, strict=True))
        for what in self._asked():
            group[what] = self._value(what, given, rows)
        return group

    def _asked(self) -> Iterable[Path | Call]:
        yield from (what for _, what in self.labels)
        yield from (it.what for it in self.query.order)
        yield from self.measures
        yield from self.query.group
        if self.query.having is not None:
            yield from _lefts(self.query.having)

    def _value(self, what: Path | Call, given: dict[int, Any], rows: list[Row]) -> Any:
        for at, (term, _) in enumerate(self.terms):
            if self._same(term, what):
                return given.get(at)
        assert isinstance(what, Call)
        if what.name == "GROUPING":
            inner = what.args[0]
            return int(
                not any(self._same(self.terms[at][0], inner) for at in given if isinstance(inner, Path))
            )
        if what in self.measures:
            return self.measures[what][1](rows)
        inner = what.args[0]
        assert isinstance(inner, Call)
        value = self._value(inner, given, rows)
        return None if value is None else str(value)


def _lefts(condition: Condition) -> Iterable[Path | Call]:
    if isinstance(condition, Compare):
        yield condition.left
    elif isinstance(condition, Not):
        yield from _lefts(condition.part)
    else:
        for it in condition.parts:
            yield from _lefts(it)


def _measured(name: str, values: list[Any]) -> Any:
    if name == "COUNT":
        return len(values)
    if name == "COUNT_DISTINCT":
        return len({it.lower() if isinstance(it, str) else it for it in values})
    if not values:
        return None
    if name == "SUM":
        return sum(values)
    if name == "AVG":
        return sum(values) / len(values)
    return min(values) if name == "MIN" else max(values)


def _written(operand: Operand, value: Any) -> Any:
    if value is None or isinstance(value, str):
        return value
    if operand.type == "datetime":
        return shown(value)
    if operand.type in {"double", "currency", "percent"}:
        return float(value)
    return value
