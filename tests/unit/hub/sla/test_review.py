"""What is told of deadlines that moved, of one ticket and of many."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from hub.model import TicketId
from hub.sla.calendar import Calendar
from hub.sla.clocks import Clock, Clocks, State, sla_registers
from hub.sla.load import load_sla
from hub.sla.review import Case, Judge, compare, judged, reviewed, shown
from hub.sla.rules import SlaRules
from tests.unit.hub.sla.desk import FILE, MONDAY, RULES, TEN, ticket


def clock(due: str, state: State = "ok", *why: str) -> Clocks:
    """Return a customer clock alone."""
    return Clocks(Clock(due, state, 0.5, 60.0, why))


ONE, TWO = f"{MONDAY}13:00:00Z", f"{MONDAY}11:30:00Z"


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (None, clock(ONE, "ok", "4 hours"), ["Customer SLA due 2026-11-23 13:00 UTC: 4 hours"]),
        (clock(ONE), clock(ONE, "soon"), []),
        (clock(ONE), clock(ONE, "breached"), ["Customer SLA breached since 2026-11-23 13:00 UTC"]),
        (clock(ONE, "breached"), clock(ONE, "breached"), []),
        (
            clock(ONE),
            clock(TWO, "soon", "half the time: production is down"),
            [
                "Customer SLA due 2026-11-23 11:30 UTC instead of 2026-11-23 13:00 UTC, 1 hour 30 minutes earlier: "
                "half the time: production is down"
            ],
        ),
        (
            clock(TWO),
            clock(ONE),
            [
                "Customer SLA due 2026-11-23 13:00 UTC instead of 2026-11-23 11:30 UTC, 1 hour 30 minutes later"
            ],
        ),
        (clock(ONE), clock("", "paused", "paused since noon"), ["Customer SLA paused: paused since noon"]),
        (clock("", "paused"), clock("", "paused", "paused since noon"), []),
        (clock("", "paused"), clock("", "met"), ["Customer SLA met"]),
        (clock(ONE), Clocks(), ["Customer SLA: nothing is promised any more"]),
        (Clocks(), Clocks(), []),
    ],
)
def test_what_changed_is_told(before: Clocks | None, after: Clocks, said: list[str]) -> None:
    """From when to when, and why; a breach once; nothing where a deadline only came nearer."""
    assert reviewed(before, after) == said


def test_registers_remember_enough() -> None:
    """What was shown before is read back from the ticket, so that nothing else must be kept."""
    found = ticket(score__escalation_risk=0.7, support__signals=("churn",), needs_engineering=True)
    both = judged(found, RULES, TEN)
    assert both.customer is not None
    assert "the customer speaks of leaving" in str(both.customer.why)
    registers = {k: v for k, v in sla_registers(both).items() if v is not None}
    held = replace(found, registers={**found.registers, **registers})
    assert reviewed(shown(held), both) == []
    assert reviewed(shown(found), both) != []


def test_a_policy_is_tried_on_the_open_tickets() -> None:
    """How many deadlines move which way, which would be over at once, and no closed ticket counts."""
    tighter = FILE.replace(
        "first_reply: {urgent: 1h, high: 4h, other: 8h}", "first_reply: {urgent: 30m, high: 30m, other: 9h}"
    )
    new = load_sla(tighter.replace("at_least: 0.25", "at_least: 1"), "sla.yaml")
    tickets = [
        named("zendesk:1"),
        named("zendesk:2", priority="low"),
        named("zendesk:3", priority="low", account__tier=None),
        named("zendesk:4", status="closed"),
    ]
    found = compare(tickets, by(RULES), by(new))
    assert (found.tickets, found.earlier, found.later, found.begun, found.ended) == (3, 1, 1, 0, 0)
    assert found.breaching == 1
    first, second = found.moved
    assert (first.ticket, first.before, first.after) == ("zendesk:1", ONE, f"{MONDAY}09:30:00Z")
    assert (first.seconds, first.breaches) == (-3.5 * 3600, True)
    assert (second.ticket, second.after) == ("zendesk:2", "2026-11-24T10:00:00Z")
    assert compare(tickets, by(RULES), by(RULES)).moved == ()
    assert compare(tickets, lambda case: shown(case.ticket), by(RULES)).begun == 3


def test_deadlines_may_begin_and_end() -> None:
    """A tier without a promise, and one that gets one."""
    without = load_sla(FILE.replace("    other:\n      first_reply: {other: 16h}\n", ""), "sla.yaml")
    found = [named("zendesk:3", account__tier=None)]
    assert compare(found, by(without), by(RULES)).begun == 1
    assert compare(found, by(RULES), by(without)).ended == 1


def by(rules: SlaRules) -> Judge:
    """Judge by these rules, at ten o'clock."""
    return lambda case: judged(case.ticket, rules, TEN, risk=case.risk, mentions=case.mentions)


def named(name: str, **registers: Any) -> Case:
    """Return a ticket with that id."""
    return Case(replace(ticket(**registers), id=TicketId(name)))


def test_a_calendar_is_told_apart_by_its_name() -> None:
    """In logs and in failing tests."""
    assert repr(RULES.uses.default) == "Calendar('office')"
    assert isinstance(judged(ticket(), RULES, TEN).calendar, Calendar)
