"""A small policy and tickets of one week of November 2026, shared by the tests of the clocks."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from hub.model import ZENDESK, Course, Origin, Ticket, TicketId
from hub.sla.load import load_sla

FILE = """
calendars:
  office: {zone: UTC, hours: {mon-fri: "09:00-17:00"}}
  always: {zone: UTC, hours: {mon-sun: "00:00-24:00"}}
use: {default: office, tiers: {Platinum: always}, regions: {Moon: always}, accounts: {acme ltd: always}}
customer:
  targets:
    enterprise:
      first_reply: {urgent: 1h, high: 4h, other: 8h}
      next_reply: {urgent: 2h, high: 4h, other: 8h}
      update: {urgent: 8h}
      resolution: {urgent: 16h, high: 24h, other: 40h}
    other:
      first_reply: {other: 16h}
  paused_while: {next_reply: [pending, hold], update: [pending, hold], resolution: [pending, hold]}
  least: {first_reply: 30m}
engineering:
  targets: {other: {response: {s1: 1h, other: 4h}, resolution: {s1: 8h, other: 24h}}}
  paused_while: {resolution: [pending]}
  fixed_in: [Done]
multipliers:
  at_least: 0.25
  renewal: [[90, 0.75], [30, 0.5]]
  risk: [[0.3, 0.75], [0.6, 0.5]]
  signals: {production_down: 0.5, churn: 0.75}
  health: {red: 0.5}
"""
RULES = load_sla(FILE, "sla.yaml")
SIGNED = load_sla(
    FILE
    + "contract: {enterprise: {first_reply: {high: 4h, urgent: 1h}, resolution: {high: 24h, urgent: 16h}}}\n",
    "sla.yaml",
)
MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY = (f"2026-11-{day}T" for day in range(23, 28))
NINE, TEN = f"{MONDAY}09:00:00Z", f"{MONDAY}10:00:00Z"


def ticket(*spells: tuple[str, str], course: Course | None = None, **registers: Any) -> Ticket:
    """Return a ticket of Monday, nine o'clock; spells are statuses with their times, dots are `__`."""
    given = {"status": spells[-1][0] if spells else "open", "priority": "high", "account.tier": "enterprise"}
    named = {name.replace("__", "."): value for name, value in registers.items()}
    begun = replace(course or Course(), opened=NINE, spells=(("new", NINE), *spells))
    origins = {name: Origin(ZENDESK, NINE) for name in named}
    return Ticket(TicketId("zendesk:1"), {**given, **named}, origins, course=begun)
