"""The worked example of docs/sla.md, step by step, with the policy that is shipped."""

from __future__ import annotations

from pathlib import Path

from hub.model import ZENDESK, Course, Origin, Ticket, TicketId, Value
from hub.sla.calendar import business_hours
from hub.sla.clocks import clocks
from hub.sla.load import load_sla
from hub.sla.words import moment
from tests.world import MAPPINGS

PAGE = Path(__file__).parents[4] / "docs" / "sla.md"
RULES = load_sla((MAPPINGS / "sla.yaml").read_text(encoding="utf-8"), "sla.yaml")


def test_the_worked_example_is_what_the_hub_computes() -> None:
    """The deadline and each sentence stand on the page as the clock says them."""
    registers: dict[str, Value] = {
        "status": "open",
        "priority": "high",
        "account.tier": "business",
        "account.renewal_date": "2026-12-24",
    }
    course = Course(
        opened="2026-11-23T09:00:00Z",
        first_answer="2026-11-23T10:00:00Z",
        last_ours="2026-11-23T10:00:00Z",
        spells=(
            ("new", "2026-11-23T09:00:00Z"),
            ("pending", "2026-11-23T12:00:00Z"),
            ("open", "2026-11-24T12:00:00Z"),
        ),
    )
    origins = dict.fromkeys(registers, Origin(ZENDESK, "2026-11-23T09:00:00Z"))
    ticket = Ticket(TicketId("zendesk:1"), registers, origins, course=course)
    clock = clocks(ticket, RULES, "2026-11-24T13:00:00Z", risk=0.05, mentions=()).customer
    assert clock is not None
    told = "\n  ".join([f"Customer SLA: due {moment(1795687200)}", *clock.why])
    assert clock.due == "2026-11-26T10:00:00Z"
    assert told in PAGE.read_text(encoding="utf-8")
    office = RULES.uses.default
    assert business_hours("2026-11-23T09:00:00Z", "2026-11-23T12:00:00Z", office) / 0.75 == 4
    assert business_hours("2026-11-24T12:00:00Z", clock.due, office) / 0.5 == 28


def test_the_page_fits_its_column() -> None:
    """As every page does."""
    assert max(map(len, PAGE.read_text(encoding="utf-8").splitlines())) <= 130
