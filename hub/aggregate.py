"""
What a replica shows that serves many tickets: one value out of each ticket's.

Pure and indifferent to order, but for `first` and `list`, which keep the order given (the primary
ticket first). A ticket that holds nothing counts for nothing: the aggregate of nothing is None.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import TypeAlias

from hub.mapping.rules import Rule
from hub.model import Ticket, Value

Values: TypeAlias = Sequence[Value]


def aggregate(rule: Rule, tickets: Sequence[Ticket]) -> Value:
    """
    Return what the rule's field shows for these tickets, the primary one first.

    With `distinct_by`, tickets that agree on that register (one account behind five tickets) count once.
    """
    return combine(rule.many or "first", [t.get(rule.register) for t in distinct(rule, tickets)], rule.order)


def distinct(rule: Rule, tickets: Sequence[Ticket]) -> list[Ticket]:
    """Return one ticket for each value of `distinct_by`; tickets without that value count each."""
    if rule.distinct_by is None:
        return list(tickets)
    by_key: dict[Value, list[Ticket]] = {}
    alone: list[Ticket] = []
    for ticket in tickets:
        key = ticket.get(rule.distinct_by)
        (alone if key is None else by_key.setdefault(key, [])).append(ticket)
    # Of tickets that should agree but do not (one not refreshed yet), the most telling value counts,
    # whatever their order.
    best = {key: max(group, key=lambda t: _weight(t.get(rule.register))) for key, group in by_key.items()}
    kept = {id(t) for t in best.values()} | {id(t) for t in alone}
    return [t for t in tickets if id(t) in kept]


def combine(many: str, values: Values, order: Sequence[str] = ()) -> Value:
    """Return the aggregate of these values; `order` ranks a choice's words from least to worst."""
    if many == "count":
        return len(values)
    given = [v for v in values if v not in (None, "", ())]
    return _AGGREGATES[many](given, order) if given else None


def total(numbers: Sequence[float]) -> int | float:
    """Return the exact sum, so that no order can show in its last digit; at most what a number can hold."""
    try:
        added = math.fsum(numbers)
    except OverflowError:
        most = Fraction(sys.float_info.max)
        added = float(min(max(sum(map(Fraction, numbers)), -most), most))
    return int(added) if added.is_integer() else added


def _weight(value: Value, order: Sequence[str] = ()) -> tuple[int, float, str]:
    """Rank any two values: nothing, then numbers, then listed words in their order, then other words."""
    match value:
        case None:
            return (0, 0.0, "")
        case bool() | int() | float():
            return (1, float(value), "")
        case tuple():
            return (3, 0.0, "\0".join(value))
        case str():
            return (2, float(order.index(value)), "") if value in order else (3, 0.0, value)


def _sum(values: Values, order: Sequence[str]) -> Value:
    del order
    return total([v for v in values if isinstance(v, (int, float))])


def _max(values: Values, order: Sequence[str]) -> Value:
    return max(values, key=lambda v: _weight(v, order))


def _min(values: Values, order: Sequence[str]) -> Value:
    return min(values, key=lambda v: _weight(v, order))


def _union(values: Values, order: Sequence[str]) -> Value:
    del order
    return tuple(sorted({word for v in values for word in (v if isinstance(v, tuple) else (str(v),))}))


def _list(values: Values, order: Sequence[str]) -> Value:
    del order
    texts = [", ".join(v) if isinstance(v, tuple) else str(v) for v in values]
    unlike = list(dict.fromkeys(texts))
    several_lines = any("\n" in text for text in unlike)
    return ("\n\n" if several_lines else ", ").join(unlike)


def _first(values: Values, order: Sequence[str]) -> Value:
    del order
    return values[0]


_AGGREGATES: Mapping[str, Callable[[Values, Sequence[str]], Value]] = {
    "sum": _sum,
    "max": _max,
    "min": _min,
    "earliest": _min,  # ISO 8601 in UTC sorts as text
    "latest": _max,
    "union": _union,
    "list": _list,
    "first": _first,
}
