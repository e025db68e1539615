"""What a shared issue shows depends on its tickets, and on nothing else."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.aggregate import aggregate, combine
from hub.mapping import Rule
from hub.model import Ticket, TicketId, Value
from tests.worlds import demo_mapping

MAPPING = demo_mapping("jira")
MANY = [rule for rule in MAPPING.rules if rule.many is not None]
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "number": st.one_of(st.integers(0, 10**9), st.floats(0, 1e9, allow_nan=False)),
    "flag": st.booleans(),
    "labels": st.sets(st.sampled_from("abcdef")).map(lambda s: tuple(sorted(s))),
    "date": st.dates().map(str),
    "instant": st.datetimes().map(lambda d: d.isoformat() + "Z"),
    "text": st.text(max_size=9),
}


def _values(rule: Rule) -> st.SearchStrategy[Value]:
    words = st.sampled_from(rule.order) if rule.kind == "choice" else VALUES[rule.kind]
    return st.one_of(st.none(), words)


@st.composite
def _tickets(draw: st.DrawFn, rule: Rule) -> list[Ticket]:
    accounts = st.one_of(st.none(), st.sampled_from(["acme", "globex"]))
    pairs = draw(st.lists(st.tuples(_values(rule), accounts), max_size=8))
    return [
        Ticket(TicketId(str(n)), {rule.register: value, "account.key": account})
        for n, (value, account) in enumerate(pairs)
    ]


@pytest.mark.parametrize("rule", MANY, ids=lambda r: r.register)
@given(data=st.data())
def test_the_order_of_tickets_does_not_show(rule: Rule, data: st.DataObject) -> None:
    """Whatever order the tickets come in, a shared issue shows the same (but for `first`, `list`)."""
    tickets = data.draw(_tickets(rule))
    shuffled = data.draw(st.permutations(tickets))
    if rule.many not in {"first", "list"}:
        assert aggregate(rule, tickets) == aggregate(rule, shuffled)


@pytest.mark.parametrize("rule", MANY, ids=lambda r: r.register)
@given(data=st.data())
def test_a_ticket_that_holds_nothing_counts_for_nothing(rule: Rule, data: st.DataObject) -> None:
    """Linking an empty ticket changes no aggregate but the count."""
    tickets = data.draw(_tickets(rule))
    more = [*tickets, Ticket(TicketId("empty"), {})]
    if rule.many != "count":
        assert aggregate(rule, tickets) == aggregate(rule, more)
    else:
        assert aggregate(rule, more) == len(more)


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=8), st.data())
def test_unlinking_is_as_if_never_linked(numbers: list[int], data: st.DataObject) -> None:
    """A sum keeps no memory: taking a ticket away leaves the sum of the others."""
    gone = data.draw(st.integers(0, len(numbers) - 1))
    rest = numbers[:gone] + numbers[gone + 1 :]
    assert combine("sum", numbers) == (combine("sum", rest) or 0) + numbers[gone]


def _of(register: str, *rows: tuple[Value, Value]) -> list[Ticket]:
    return [
        Ticket(TicketId(str(n)), {register: value, "account.key": account})
        for n, (value, account) in enumerate(rows)
    ]


def test_an_account_behind_two_tickets_counts_once() -> None:
    """`distinct_by: account.key`: revenue is at risk once, however many tickets its owner wrote."""
    rule = next(r for r in MANY if r.register == "account.arr_reported")
    tickets = _of("account.arr_reported", (100, "acme"), (100, "acme"), (30, "globex"), (5, None), (5, None))
    assert aggregate(rule, tickets) == 140


def test_the_worst_is_by_meaning_not_by_letter() -> None:
    """`max` of a choice is the worst of its values: s1 outranks s4, enterprise outranks starter."""
    by_name = {r.register: r for r in MANY}
    assert aggregate(by_name["severity"], _of("severity", ("s4", 1), ("s1", 2), ("s3", 3))) == "s1"
    tiers = _of("account.tier", ("starter", 1), ("enterprise", 2), ("business", 3))
    assert aggregate(by_name["account.tier"], tiers) == "enterprise"
    assert aggregate(by_name["status"], _of("status", ("solved", 1), ("open", 2))) == "open"


@pytest.mark.parametrize(
    ("many", "values", "shown"),
    [
        ("sum", [1, None, 2.5], 3.5),
        ("sum", [0.1] * 10, 1),
        ("sum", [None], None),
        ("max", [False, True, None], True),
        ("earliest", ["2026-03-01", None, "2025-12-31"], "2025-12-31"),
        ("latest", ["2026-03-01T00:00:00Z", "2026-03-01T00:00:01Z"], "2026-03-01T00:00:01Z"),
        ("union", [("b", "a"), (), ("c",), "d"], ("a", "b", "c", "d")),
        ("count", [None, None], 2),
        ("list", ["one", "two", "one", ""], "one, two"),
        ("list", ["1.\n2.", "x"], "1.\n2.\n\nx"),
        ("first", [None, "b", "c"], "b"),
        ("first", [], None),
    ],
)
def test_each_aggregate(many: str, values: list[Value], shown: Value) -> None:
    """Each aggregate, by example."""
    assert combine(many, values) == shown


@given(st.permutations([1.5e308, int(1e308), 1e308, -1e308]))
def test_a_sum_ends_where_numbers_end(numbers: list[float]) -> None:
    """Nonsense in one ticket must not keep the others behind an issue from being planned."""
    assert combine("sum", numbers) == int(sys.float_info.max)
