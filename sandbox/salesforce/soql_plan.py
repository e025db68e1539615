"""
SOQL: which records a condition can hold of at most, found by an index.

A plan never decides: every record that it names is tested afterwards. It only spares the others.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sandbox.salesforce.objects.defs import FieldDef
from sandbox.salesforce.objects.ids import restored
from sandbox.salesforce.soql_ast import All, Any_, Compare, Condition, Literal, Path, Query
from sandbox.salesforce.soql_scope import Scope

_LAST = "~"  # sorts after every id
_RANGE = frozenset({"=", "<", "<=", ">", ">="})


@dataclass(frozen=True, slots=True)
class Plan:
    """Where to look: these ids, or this stretch of the stamps in order."""

    ids: tuple[str, ...] | None = None
    first: int = 0
    end: int = 0

    @property
    def size(self) -> int:
        """How many records are to be tested."""
        return len(self.ids) if self.ids is not None else max(0, self.end - self.first)


Answers = Callable[[Compare], set[Any]]


def planned(scope: Scope, condition: Condition | None, answers: Answers) -> list[str] | None:
    """Return the ids to test, in the order of stamps or as found; None: look at all."""
    plan = _plan(scope, condition, answers) if condition is not None else None
    if plan is None:
        return None
    if plan.ids is not None:
        return list(plan.ids)
    return [key for _, key in scope.table.by_stamp()[plan.first : plan.end]]


def _plan(scope: Scope, condition: Condition, answers: Answers) -> Plan | None:
    if isinstance(condition, All):
        plans = [plan for it in condition.parts if (plan := _plan(scope, it, answers)) is not None]
        return _narrowest(plans)
    if isinstance(condition, Any_):
        return _union(scope, [_plan(scope, it, answers) for it in condition.parts])
    if isinstance(condition, Compare) and isinstance(condition.left, Path):
        return _of_compare(scope, condition, condition.left, answers)
    return None


def _narrowest(plans: list[Plan]) -> Plan | None:
    if not plans:
        return None
    ranges = [it for it in plans if it.ids is None]
    if len(ranges) > 1:
        both = Plan(None, max(it.first for it in ranges), min(it.end for it in ranges))
        plans = [*(it for it in plans if it.ids is not None), both]
    return min(plans, key=lambda it: it.size)


def _union(scope: Scope, plans: list[Plan | None]) -> Plan | None:
    kept = [it for it in plans if it is not None]
    if len(kept) < len(plans):
        return None
    if all(it.ids is None for it in kept):
        return Plan(None, min(it.first for it in kept), max(it.end for it in kept))
    order = scope.table.by_stamp()
    found: dict[str, None] = {}
    for it in kept:
        named = it.ids if it.ids is not None else [key for _, key in order[it.first : it.end]]
        found |= dict.fromkeys(named)
    return Plan(tuple(sorted(found)))


def _of_compare(scope: Scope, condition: Compare, left: Path, answers: Answers) -> Plan | None:
    column = scope.column(left)
    if column.steps:
        return None
    field, op = column.field, condition.op
    if field.name == "SystemModstamp" and op in _RANGE and isinstance(condition.right, Literal):
        return _of_stamps(scope, op, condition.right)
    if op not in {"=", "IN"} or not (field.type == "id" or scope.table.has_index(field.name)):
        return None
    values = _values(condition, field, answers)
    if values is None:
        return None
    if field.type == "id":
        return Plan(tuple(sorted(it for it in values if it in scope.table.rows)))
    found: dict[str, None] = {}
    for value in values:
        found |= dict.fromkeys(scope.table.having(field.name, value))
    return Plan(tuple(sorted(found)))


def _values(condition: Compare, field: FieldDef, answers: Answers) -> Iterable[Any] | None:
    """Return what a field may equal; None where an index does not tell (null, a wrong kind)."""
    right = condition.right
    if isinstance(right, Query):
        return answers(condition)
    literals = (right,) if isinstance(right, Literal) else right
    if any(it.kind != "string" or not it.value for it in literals):
        return None
    if field.type in {"id", "reference"}:
        return {key for it in literals if (key := restored(it.value)) is not None}
    return {it.value for it in literals}


def _of_stamps(scope: Scope, op: str, literal: Literal) -> Plan | None:
    if literal.kind != "datetime":
        return None
    order, stamp = scope.table.by_stamp(), literal.value
    low, high = bisect_left(order, (stamp, "")), bisect_right(order, (stamp, _LAST))
    first, end = {
        "=": (low, high),
        "<": (0, low),
        "<=": (0, high),
        ">": (high, len(order)),
        ">=": (low, len(order)),
    }[op]
    return Plan(None, first, end)
