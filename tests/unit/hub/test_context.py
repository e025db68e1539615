"""The context block shows people what no field shows; the copy keeps it for machines."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.context import COPY_BYTES, block, machine_copy, read_copy
from hub.model import Ticket, TicketId, Value
from hub.records import Reason, Score
from hub.registers import CONTEXT
from tests.worlds import demo_mapping

JIRA, ZENDESK = demo_mapping("jira"), demo_mapping("zendesk")
ACME = {
    "subject": "Cart [x] fails",
    "status": "open",
    "account.name": "Acme",
    "account.tier": "enterprise",
    "account.arr": 120_000,
    "account.currency": "EUR",
    "account.renewal_date": "2026-12-15",
    "impact.affected_users": 40,
    "impact.blocked": True,
    "impact.workaround": "1. log out\n2. `rm *`",
    "custom.order_reference": "AB-1",
    "sla.due": "2026-11-22T09:00:00Z",
}
SCORE = Score(63, "high", 0.62, (Reason("severity", 18, "Severity is s1"),))


def held(number: int, **changes: Any) -> Ticket:
    """Return a ticket of Acme's."""
    return Ticket(TicketId(f"zendesk:{number}"), {**ACME, **changes})


def test_the_block_of_one_ticket() -> None:
    """A headline, the facts without a field there, texts word for word, and the score's reasons."""
    assert block([held(1)], [SCORE], JIRA) == (
        "**1 support ticket** · Acme (enterprise, 120,000 EUR a year, renews 2026-12-15) · 40 users affected "
        "· customer is blocked · SLA due 2026-11-22 09:00 UTC · score 63 (high), escalation risk 62%\n\n"
        "- **Customer blocked:** yes\n- **Currency:** EUR\n- **Order reference:** AB-1\n\n"
        "**Workaround:**\n\n```\n1. log out\n2. `rm *`\n```\n\n"
        "**Why the score is 63:**\n\n- +18 Severity is s1"
    )


def test_the_block_of_a_shared_issue_lists_its_tickets() -> None:
    """Users are summed, an account is named once, and each ticket has a line; markup stays text."""
    text = block([held(2), held(1, subject="*Other*", status="pending")], [SCORE], JIRA)
    assert "**2 support tickets** · Acme (" in text
    assert "80 users affected" in text
    assert text.endswith(
        "**Tickets behind this issue:**\n\n"
        "- \\*Other\\* · Acme · 40 users · pending\n- Cart \\[x] fails · Acme · 40 users · open"
    )


def test_no_block_where_none_is_wanted() -> None:
    """`rest: none` writes nothing."""
    assert block([held(1)], [SCORE], ZENDESK) == ""
    assert block([], [], JIRA) == ""


def test_nothing_is_said_of_nothing() -> None:
    """A ticket without context has a headline and no empty sections."""
    assert block([Ticket(TicketId("zendesk:1"), {})], [], JIRA) == "**1 support ticket**"


VALUES = st.one_of(
    st.booleans(),
    st.integers(-(2**53), 2**53),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=50),
    st.sets(st.text(min_size=1, max_size=5)).map(lambda s: tuple(sorted(s))),
)
REGISTERS = st.dictionaries(st.sampled_from([*CONTEXT, "custom.order", "requester"]), VALUES)


@given(st.lists(REGISTERS, max_size=3))
def test_a_round_trip_through_the_copy_is_lossless(all_registers: list[dict[str, Value]]) -> None:
    """What the copy was made of is what is read from it."""
    tickets = [Ticket(TicketId(f"t:{n}"), registers) for n, registers in enumerate(all_registers)]
    assert read_copy(machine_copy(tickets)) == {t.id: dict(t.registers) for t in tickets}


@given(st.lists(REGISTERS, max_size=3), st.data())
def test_copy_does_not_depend_on_order(all_registers: list[dict[str, Value]], data: st.DataObject) -> None:
    """The same tickets in another order make the same copy: nothing is written for nothing."""
    tickets = [Ticket(TicketId(f"t:{n}"), registers) for n, registers in enumerate(all_registers)]
    assert machine_copy(tickets) == machine_copy(data.draw(st.permutations(tickets)))


@pytest.mark.parametrize("tickets", [1, 30, 3000])
def test_a_copy_fits_its_place_and_says_what_it_cut(tickets: int) -> None:
    """The longest texts are shortened first, whole tickets last; it never outgrows its place."""
    many = [
        Ticket(TicketId(f"t:{n}"), {"impact.workaround": "é" * 40_000, "severity": "s1"})
        for n in range(min(tickets, 30))
    ] + [Ticket(TicketId(f"u:{n}"), {"severity": "s1"}) for n in range(tickets - 30)]
    text = machine_copy(many)
    assert text == machine_copy(many[::-1])
    assert len(text.encode()) <= COPY_BYTES
    assert '"cut":[' in text
    assert ('"more":' in text) is (tickets == 3000)
    assert read_copy(text)[TicketId("t:0")]["severity"] == "s1"


@pytest.mark.parametrize("text", ["{}", '{"version":9,"tickets":{}}', "[]", "null"])
def test_a_foreign_copy_is_refused(text: str) -> None:
    """Somebody else's JSON is not taken for ours."""
    with pytest.raises(ValueError, match="not a copy of version 1"):
        _ = read_copy(text)
