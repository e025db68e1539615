"""What a shared issue costs whom: each account once, the same in any order, nothing left out silently."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.aggregate import aggregate
from hub.impact import Trend, came, impact_of, natural
from hub.model import ZENDESK, Comment, CommentId, Origin, Person, Ticket, TicketId
from tests.worlds import demo_mapping


def ticket(number: int, day: str = "", **account: Any) -> Ticket:
    """Return a ticket; names given are of the account, or dotted with `__`."""
    named = {n.replace("__", ".") if "__" in n else f"account.{n}": v for n, v in account.items()}
    said = Comment(CommentId("c"), "", Person(), f"{day}T09:00:00Z", "public", ZENDESK)
    return Ticket(TicketId(f"zendesk:{number}"), named, comments={said.id: said} if day else {})


def test_an_account_is_one_whatever_its_tickets() -> None:
    """By its key, else its name; where tickets disagree, the most telling value counts."""
    impact = impact_of(
        [
            ticket(1, key="A", name="Acme", arr=100, currency="EUR", arr_reported=100),
            ticket(2, key="A", name="Acme Ltd", arr=120, currency="EUR", arr_reported=120, tier="business"),
            ticket(3, name="Globex", arr=30, currency="EUR", arr_reported=30, tier="enterprise"),
            ticket(4, name="Globex"),
            ticket(5),
        ]
    )
    assert [(c.key, c.name, c.tickets) for c in impact.customers] == [
        ("A", "Acme", ("zendesk:1", "zendesk:2")),
        ("Globex", "Globex", ("zendesk:3", "zendesk:4")),
    ]
    assert impact.nameless == ("zendesk:5",)
    assert (impact.arr, impact.currency, impact.uncounted) == (150, "EUR", ())
    assert impact.tier == ("enterprise", ("zendesk:3",))


@pytest.mark.parametrize(
    ("accounts", "arr", "currency", "uncounted"),
    [
        ([("EUR", 10, 10), ("USD", 10, 9)], 19, "", []),
        ([("EUR", 10, 10), ("JPY", 10, None)], 10, "EUR", ["1"]),
        ([("EUR", 10, None), ("EUR", 5, None)], 15, "EUR", []),
        ([("EUR", 10, None), ("JPY", 10, None)], None, "", ["0", "1"]),
        ([(None, 10, None), (None, 0.5, None)], 10.5, "", []),
        ([(None, None, None)], None, "", []),
    ],
)
def test_what_can_be_added(accounts: Any, arr: Any, currency: str, uncounted: list[str]) -> None:
    """One currency adds up; several do where they were converted; the others are named."""
    tickets = [
        ticket(n, key=str(n), currency=c, arr=a, arr_reported=r) for n, (c, a, r) in enumerate(accounts)
    ]
    impact = impact_of(tickets)
    assert (impact.arr, impact.currency, [c.key for c in impact.uncounted]) == (arr, currency, uncounted)


def test_the_trend_is_of_the_tickets_not_of_the_clock() -> None:
    """Seven days up to the newest; a ticket of which no day is known does not count."""
    tickets = [ticket(n, day) for n, day in enumerate(["2026-11-20", "2026-11-14", "2026-11-13", ""])]
    assert impact_of(tickets).trend == Trend(2, 3, "2026-11-20")
    assert impact_of(tickets[:1]).trend is None
    origins = {"subject": Origin(ZENDESK, "2026-11-02T00:00:00Z"), "status": Origin(ZENDESK, "2026-11-04")}
    assert str(came(Ticket(TicketId("zendesk:1"), origins=origins))) == "2026-11-02"


def test_ids_are_ordered_as_people_count() -> None:
    """9 comes before 10."""
    ids = [TicketId(i) for i in ("zendesk:10", "zendesk:9", "salesforce:5a")]
    assert sorted(ids, key=natural) == ["salesforce:5a", "zendesk:9", "zendesk:10"]


ACCOUNTS = st.fixed_dictionaries(
    {},
    optional={
        "key": st.sampled_from("AB"),
        "name": st.sampled_from(["Acme", "Globex"]),
        "arr": st.floats(0, 1e9),
        "arr_reported": st.floats(0, 1e9),
        "currency": st.sampled_from(["EUR", "USD"]),
        "tier": st.sampled_from(["starter", "business", "enterprise", "odd"]),
        "renewal_date": st.dates().map(str),
        "sla__due": st.datetimes().map(lambda d: d.isoformat() + "Z"),
        "impact__affected_users": st.integers(0, 100),
    },
)


@given(st.lists(ACCOUNTS, max_size=6), st.data())
def test_the_order_of_tickets_does_not_show(accounts: list[dict[str, Any]], data: st.DataObject) -> None:
    """The same tickets make the same figures, and every figure names tickets that are there."""
    tickets = [ticket(n, f"2026-11-{n + 1:02}", **account) for n, account in enumerate(accounts)]
    impact = impact_of(tickets)
    assert impact == impact_of(data.draw(st.permutations(tickets)))
    ids = {t.id for t in tickets}
    named = [i for c in impact.customers for i in c.tickets] + list(impact.nameless)
    assert sorted(named) == sorted(ids)
    for figure in (impact.renewal, impact.tier, impact.sla, impact.users):
        assert figure is None or (figure.tickets and ids.issuperset(figure.tickets))


@given(st.lists(ACCOUNTS, max_size=6))
def test_the_block_and_the_field_say_the_same(accounts: list[dict[str, Any]]) -> None:
    """Jira's field `ARR at risk` is the sum that the block tells."""
    rule = demo_mapping("jira").rule("account.arr_reported")
    assert rule is not None
    tickets = [ticket(n, **{"key": "C", **account}) for n, account in enumerate(accounts)]
    if any(t.get("account.arr_reported") is not None for t in tickets):
        assert aggregate(rule, tickets) == impact_of(tickets).arr


@given(st.lists(ACCOUNTS, max_size=6), st.integers(0, 5))
def test_a_second_ticket_of_an_account_costs_nothing(accounts: list[dict[str, Any]], which: int) -> None:
    """Revenue at risk is of accounts: the same customer's further ticket leaves it as it was."""
    tickets = [ticket(n, **{**account, "key": f"k{n}"}) for n, account in enumerate(accounts)]
    before = impact_of(tickets)
    if tickets:
        twin = Ticket(TicketId("zendesk:99"), tickets[which % len(tickets)].registers)
        after = impact_of([*tickets, twin])
        assert (after.arr, after.currency, len(after.customers)) == (
            before.arr,
            before.currency,
            len(before.customers),
        )
