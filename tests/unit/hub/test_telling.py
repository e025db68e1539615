"""What one side's readers are told of tickets: in words that fit the numbers beside them."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace
from typing import Any, cast

from hub.mapping import Rule
from hub.model import JIRA, Ticket, TicketId
from hub.records import Reason, Score
from hub.telling import Made, told
from tests.worlds import demo_mapping

ISSUES = demo_mapping("jira")
BLOCK = next(rule for rule in ISSUES.rules if rule.register == "support.brief")
CALM = Score(10, "low", 0.6, (Reason("a", 10, "One"),), (Reason("a", 0.4, "Likely"),))
WORST = Score(40, "normal", 0.2, (Reason("b", 40, "Two"),), (Reason("b", -0.4, "Unlikely"),))


def lines(register: str, many: str | None = "max") -> Any:
    """What an issue of two tickets shows in a field for these reasons; the calm one is the primary."""
    tickets = [Ticket(TicketId("zendesk:1")), Ticket(TicketId("zendesk:2"))]
    made = SimpleNamespace(scores={tickets[0].id: CALM, tickets[1].id: WORST}, mentions={}, clocks={})
    numbers = {"score.priority", "score.escalation_risk"}
    rules = [dataclasses.replace(r, many=many) if r.register in numbers else r for r in ISSUES.rules]
    rule: Rule = dataclasses.replace(BLOCK, register=register)
    return told(rule, tickets, cast("Made", made), dataclasses.replace(ISSUES, rules=tuple(rules)))


def test_the_reasons_on_a_shared_issue_add_up_to_its_number() -> None:
    """Where it shows the highest score of its tickets, the reasons are that ticket's; of the risk, too."""
    assert ISSUES.system == JIRA
    assert lines("score.reasons") == "+40 Two"
    assert lines("score.risk_reasons") == "+0.4 Likely"
    assert lines("score.reasons", "first") == "+10 One"
    assert lines("score.risk_reasons", None) == "+0.4 Likely"
