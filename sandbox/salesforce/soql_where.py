"""
SOQL: a condition as a test of records.

Text is compared without regard to case, unless the field minds it; `!=` and `NOT IN` are true of null;
an empty text is null; a relative date is all of its days.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sandbox.salesforce.objects.ids import restored
from sandbox.salesforce.org import Row
from sandbox.salesforce.soql_ast import All, Any_, Compare, Condition, Literal, Not, Query
from sandbox.salesforce.soql_dates import bounds, epoch
from sandbox.salesforce.soql_errors import InvalidField, InvalidFilter, located
from sandbox.salesforce.soql_lexer import pattern
from sandbox.salesforce.soql_scope import Operand, Scope

Test = Callable[[Row], bool]
_IDS = frozenset({"id", "reference"})
_NUMBERS = frozenset({"double", "currency", "percent", "int"})
_NAMES = {"datetime": "dateTime", "currency": "currency", "id": "id"}


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time: from `first` on, before `end`."""

    first: Any
    end: Any


def compiled(scope: Scope, condition: Condition, answers: Callable[[Compare], set[Any]]) -> Test:
    """Return the test that a condition is; `answers` gives the values of a semi-join."""
    if isinstance(condition, Not):
        inner = compiled(scope, condition.part, answers)
        return lambda row: not inner(row)
    if isinstance(condition, All):
        tests = [compiled(scope, it, answers) for it in condition.parts]
        return lambda row: all(test(row) for test in tests)
    if isinstance(condition, Any_):
        tests = [compiled(scope, it, answers) for it in condition.parts]
        return lambda row: any(test(row) for test in tests)
    operand = scope.operand(condition.left)
    if isinstance(condition.right, Query):
        return _member(operand.read, condition.op, answers(condition))
    return comparison(scope, operand, condition)


def comparison(scope: Scope, operand: Operand, condition: Compare) -> Test:
    """Return the test of one operand against literals."""
    op, right = condition.op, condition.right
    if op in {"INCLUDES", "EXCLUDES"}:
        return _includes(scope, operand, condition)
    if isinstance(right, Literal):
        if op == "LIKE":
            return _like(scope, operand, condition, right)
        return _one(normal(operand), op, converted(scope, operand, right))
    assert isinstance(right, tuple)
    values = [converted(scope, operand, it) for it in right]
    spans = [it for it in values if isinstance(it, Span)]
    if not spans:
        return _member(normal(operand), op, set(values))
    tests = [_one(normal(operand), "=", it) for it in values]
    if op == "IN":
        return lambda row: any(test(row) for test in tests)
    return lambda row: not any(test(row) for test in tests)


def normal(operand: Operand) -> Callable[[Row], Any]:
    """Return the reader of an operand's value in the form in which values are compared."""
    read = operand.read
    if operand.type == "boolean":
        return lambda row: bool(read(row))
    if operand.type in _NUMBERS or operand.type in _IDS or operand.type in {"date", "datetime"}:
        return read
    if operand.type == "multipicklist":
        return lambda row: _sorted_choices(read(row))
    if operand.case_sensitive:
        return lambda row: read(row) or None

    def lowered(row: Row) -> Any:
        value = read(row)
        return value.lower() if value else None

    return lowered


def converted(scope: Scope, operand: Operand, literal: Literal) -> Any:
    """Return a literal as the operand's type compares it. Raises as the vendor refuses a wrong type."""
    if literal.kind == "null":
        return None
    if operand.type in _IDS:
        return _id(scope, literal)
    if operand.type in {"date", "datetime"}:
        return _time(scope, operand, literal)
    wanted = {"boolean": {"boolean"}, "currency": {"number", "currency"}}.get(
        operand.type, {"number"} if operand.type in _NUMBERS else {"string"}
    )
    if literal.kind not in wanted:
        raise _wrong(scope, operand, literal)
    if literal.kind != "string":
        return literal.value
    if operand.type == "multipicklist":
        return _sorted_choices(literal.value)
    return (literal.value if operand.case_sensitive else literal.value.lower()) or None


def _sorted_choices(text: str | None) -> str | None:
    return ";".join(sorted(it.strip().lower() for it in text.split(";"))) if text else None


def _id(scope: Scope, literal: Literal) -> str | None:
    if literal.kind != "string":
        raise InvalidFilter(located(scope.text, literal.at, f"invalid ID field: {literal.value}"))
    if not literal.value:
        return None
    found = restored(literal.value)
    if found is None:
        raise InvalidFilter(located(scope.text, literal.at, f"invalid ID field: {literal.value}"))
    return found


def _time(scope: Scope, operand: Operand, literal: Literal) -> Any:
    if literal.kind == operand.type:
        return literal.value
    if literal.kind != "relative":
        raise _wrong(scope, operand, literal)
    today = datetime.fromtimestamp(scope.org.clock.now(), UTC).date()
    first, end = bounds(literal.value, literal.number, today, scope.org.settings.fiscal_start)
    if operand.type == "date":
        return Span(first.isoformat(), end.isoformat())
    return Span(epoch(first), epoch(end))


def _wrong(scope: Scope, operand: Operand, literal: Literal) -> InvalidField:
    textual = operand.type not in _NUMBERS and operand.type not in {"boolean", "date", "datetime"}
    name = "string" if textual else _NAMES.get(operand.type, operand.type)
    quotes = "should be enclosed in quotes" if textual else "should not be enclosed in quotes"
    message = f"value of filter criterion for field '{operand.text}' must be of type {name} and {quotes}"
    return InvalidField(located(scope.text, literal.at, message))


def _one(get: Callable[[Row], Any], op: str, target: Any) -> Test:
    """Return the test of a value against one other, or against a stretch of time."""
    if isinstance(target, Span):
        return _in_span(get, op, target)
    if op == "=":
        return lambda row: get(row) == target
    if op == "!=":
        return lambda row: get(row) != target
    if target is None:
        return lambda _: False
    tests: dict[str, Callable[[Any], bool]] = {
        "<": lambda it: it < target,
        "<=": lambda it: it <= target,
        ">": lambda it: it > target,
        ">=": lambda it: it >= target,
    }
    return _unless_null(get, tests[op])


def _in_span(get: Callable[[Row], Any], op: str, span: Span) -> Test:
    first, end = span.first, span.end
    if op == "!=":
        return lambda row: (it := get(row)) is None or not first <= it < end
    tests: dict[str, Callable[[Any], bool]] = {
        "=": lambda it: first <= it < end,
        "<": lambda it: it < first,
        "<=": lambda it: it < end,
        ">": lambda it: it >= end,
        ">=": lambda it: it >= first,
    }
    return _unless_null(get, tests[op])


def _unless_null(get: Callable[[Row], Any], test: Callable[[Any], bool]) -> Test:
    return lambda row: (it := get(row)) is not None and test(it)


def _member(get: Callable[[Row], Any], op: str, values: set[Any]) -> Test:
    if op == "IN":
        return lambda row: get(row) in values
    return lambda row: get(row) not in values


def _like(scope: Scope, operand: Operand, condition: Compare, literal: Literal) -> Test:
    if operand.type in _IDS | _NUMBERS | {"boolean", "date", "datetime", "multipicklist"}:
        raise InvalidFilter(located(scope.text, condition.at, "invalid operator"))
    if literal.kind == "null":
        return lambda _: False
    if literal.kind != "string":
        raise _wrong(scope, operand, literal)
    read, wanted = operand.read, pattern(literal.raw, case_sensitive=operand.case_sensitive)
    return lambda row: wanted.fullmatch(read(row) or "") is not None


def _includes(scope: Scope, operand: Operand, condition: Compare) -> Test:
    if operand.type != "multipicklist" or not isinstance(condition.right, tuple):
        message = f"{condition.op.lower()} operator only valid on multipicklist fields"
        raise InvalidFilter(located(scope.text, condition.at, message))
    sets = []
    for literal in condition.right:
        if literal.kind != "string":
            raise _wrong(scope, operand, literal)
        sets.append({it.strip().lower() for it in literal.value.split(";")})
    read, wanted = operand.read, condition.op == "INCLUDES"

    def test(row: Row) -> bool:
        chosen = {it.strip().lower() for it in (read(row) or "").split(";")}
        return any(each <= chosen for each in sets) is wanted

    return test
