"""The context block shows people what no field shows; the copy keeps it for machines."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.context import COPY_BYTES, block, machine_copy, read_copy
from hub.model import JIRA as JIRA_SYSTEM
from hub.model import Comment, CommentId, Person, Ticket, TicketId, Value
from hub.records import Reason, Score
from hub.registers import CONTEXT
from hub.registers import REGISTERS as REGISTER
from hub.wording import plain
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
        "- **Customer blocked:** yes\n- **Order reference:** AB-1\n- **SLA due:** 2026-11-22 09:00 UTC\n\n"
        "**Workaround:**\n\n```\n1. log out\n2. `rm *`\n```\n\n"
        "**Why the score is 63:**\n\n- +18 Severity is s1"
    )


GLOBEX: dict[str, Any] = {
    "account.key": "G1",
    "account.name": "Globex",
    "account.tier": "starter",
    "account.arr": 30_000,
    "account.currency": "USD",
    "account.arr_reported": 27_600,
    "account.renewal_date": "2027-03-01",
    "sla.due": None,
    "impact.affected_users": 7,
    "impact.workaround": None,
}
REPORTED = {"account.key": "A1", "account.arr_reported": 120_000}


def came(day: str) -> dict[CommentId, Comment]:
    """The first comment of a ticket that came on that day."""
    said = Comment(CommentId("c"), "…", Person(), f"{day}T09:00:00Z", "public", JIRA_SYSTEM)
    return {said.id: said}


def shared() -> list[Ticket]:
    """Three tickets behind one issue: two of Acme's, one of Globex's."""
    first = held(9, subject="*Other*", status="pending", **REPORTED)
    later = held(10, **REPORTED)
    other = held(11, **GLOBEX)
    days = {first.id: "2026-11-01", later.id: "2026-11-14", other.id: "2026-11-20"}
    return [
        Ticket(t.id, {n: v for n, v in t.registers.items() if v is not None}, comments=came(days[t.id]))
        for t in (later, first, other)
    ]


def test_the_block_of_a_shared_issue_tells_the_impact() -> None:
    """Each account once, each number with the tickets behind it; markup stays text."""
    assert block(shared(), [SCORE], JIRA, "EUR") == (
        "**3 support tickets** · 2 accounts · 87 users affected · customer is blocked · "
        "SLA due 2026-11-22 09:00 UTC · score 63 (high), escalation risk 62%\n\n"
        "**Impact:**\n\n"
        "- **Accounts:** Acme (enterprise, 120,000 EUR a year, renews 2026-12-15; #9, #10), "
        "Globex (starter, 30,000 USD a year, renews 2027-03-01; #11)\n"
        "- **ARR at risk:** 147,600 EUR a year: Acme (#9, #10), Globex (#11)\n"
        "- **Nearest renewal:** 2026-12-15 (#9, #10)\n"
        "- **Worst tier:** enterprise (#9, #10)\n"
        "- **Nearest SLA:** 2026-11-22 09:00 UTC (#9, #10)\n"
        "- **Affected users:** 87 (#9: 40, #10: 40, #11: 7)\n"
        "- **Trend:** 2 of 3 tickets came within the 7 days up to 2026-11-20\n\n"
        "- **Customer blocked:** yes\n"
        "- **Order reference:** AB-1\n"
        "- **SLA due:** 2026-11-22 09:00 UTC (#9, #10)\n\n"
        "**Workaround (#9, #10):**\n\n```\n1. log out\n2. `rm *`\n```\n\n"
        "**Why the score is 63:**\n\n- +18 Severity is s1\n\n"
        "**Tickets behind this issue:**\n\n"
        "- #9 \\*Other\\* · Acme · 40 users · pending\n"
        "- #10 Cart \\[x] fails · Acme · 40 users · open\n"
        "- #11 Cart \\[x] fails · Globex · 7 users · open"
    )


def test_revenue_that_cannot_be_added_is_named() -> None:
    """A sum leaves nobody out in silence."""
    strange = {**GLOBEX, "account.arr": 5_000_000, "account.currency": "JPY", "account.arr_reported": None}
    text = block([held(1, **REPORTED), held(2, **strange)], [], JIRA, "EUR")
    assert (
        "- **ARR at risk:** 120,000 EUR a year: Acme (#1); not counted, for want of a rate or a currency: "
        "Globex 5,000,000 JPY (#2)\n"
    ) in text


def test_a_ticket_of_nobody_is_told() -> None:
    """Whose a ticket is may be unknown; that is said, too."""
    text = block([held(1), Ticket(TicketId("zendesk:2"), {"components": ("web", "api")})], [], JIRA)
    assert "renews 2026-12-15; #1), account unknown (#2)\n" in text
    keyed = [Ticket(TicketId(f"zendesk:{n}"), {"account.key": "K1"}) for n in (1, 2)]
    assert "- **Accounts:** account K1 (#1, #2)" in block(keyed, [], JIRA)
    assert block(keyed[:1], [], JIRA) == "**1 support ticket**"


def test_ids_stay_out_of_sight() -> None:
    """Engineers read no keys of the CRM; a ticket goes by its number in the helpdesk, if it has one."""
    hidden = {"account.id": "001xx", "account.contact": "003xx", "account.key": "001xx"}
    case = Ticket(TicketId("salesforce:500xx"), {**ACME, **hidden})
    text = block([held(1, **hidden), case], [], JIRA)
    assert "001xx" not in text and "003xx" not in text
    assert "(enterprise, 120,000 EUR a year, renews 2026-12-15; salesforce:500xx, #1)" in text
    assert "001xx" not in block([case], [], JIRA)
    assert "001xx" in machine_copy([case])
    known = Ticket(case.id, {**case.registers, "support.ticket_url": "https://acme.zendesk.com/agent/tickets/7"})
    assert "renews 2026-12-15; #1, #7)" in block([held(1, **hidden), known], [], JIRA)


def test_many_tickets_are_counted_rather_than_listed() -> None:
    """A line stays a line."""
    text = block([held(n, **REPORTED) for n in range(1, 31)], [], JIRA)
    assert "renews 2026-12-15; #1, #2, #3, #4, #5, 25 more)" in text
    assert "#10: 40, and 20 more)" in text


@given(st.permutations(shared()))
def test_only_the_first_ticket_matters_in_the_order(tickets: list[Ticket]) -> None:
    """The impact is of the tickets, not of their order."""
    parts = block(tickets, [SCORE], JIRA).split("\n\n")
    again = block(shared(), [SCORE], JIRA).split("\n\n")
    assert parts[:3] == again[:3] and parts[-1] == again[-1]


PLAIN: dict[str, st.SearchStrategy[Any]] = {
    "number": st.integers(0, 10**9),
    "flag": st.booleans(),
    "labels": st.sets(st.sampled_from(["red", "green", "blue"]), min_size=1).map(lambda s: tuple(sorted(s))),
    "date": st.dates().map(str),
}
WORDS = st.text("abcdefgh", min_size=1, max_size=9)


@given(st.sets(st.sampled_from(CONTEXT)), st.integers(1, 3), st.data())
def test_the_block_shows_all_that_no_field_shows(
    names: set[str], count: int, data: st.DataObject
) -> None:
    """Whatever of the context people can read, and Jira has no field for, is in the block."""
    hidden = {"account.id", "account.contact", "needs_engineering"}
    native = {rule.register for rule in JIRA.rules if rule.writes}
    tickets = [
        Ticket(
            TicketId(f"zendesk:{n}"),
            {name: data.draw(PLAIN.get(REGISTER[name].kind, WORDS)) for name in sorted(names)},
        )
        for n in range(count)
    ]
    text = block(tickets, [], JIRA).replace("\\", "")
    for name in names - hidden - native:
        # Of an account that all tickets share, the greatest sum is told.
        shown = tickets if name != "account.arr" else [max(tickets, key=lambda t: t.registers[name])]
        if name != "account.currency" or count == 1:
            assert all(plain(name, t.get(name)) in text for t in shown), name


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
