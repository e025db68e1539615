"""Conflicts that wait: how old each is by the hours of policy.yaml, whose it is, and which are overdue."""

from __future__ import annotations

from msgspec.structs import replace

from flows.deadlines import read_sla
from flows.rule_files import rule_file
from flows.wiring import OPTIONAL, TRAITS
from hub.desk.rules import ConflictRules
from hub.desk.standing import Waiting, overdue, owner_of, reminder, waiting
from hub.errors import Misconfigured
from hub.policy import load_policy
from hub.ports import Store
from hub.settings import Settings
from hub.sla.calendar import Calendar


def open_conflicts(store: Store, rules: ConflictRules, now: str, calendar: Calendar | None) -> list[Waiting]:
    """Return what is open, the oldest first, with whose it is and how old it is by the policy's hours."""
    conflicts = store.conflicts()
    held = store.load({c.ticket_id for c in conflicts})
    return list(waiting(conflicts, {t: h.ticket for t, h in held.items()}, rules, now, calendar))


def rules_of(settings: Settings) -> ConflictRules:
    """Return what policy.yaml says of conflicts, without asking any system for its fields."""
    systems = [s for s in TRAITS if s not in OPTIONAL or getattr(settings, s) is not None]
    return load_policy(*rule_file(settings, "policy"), systems, TRAITS).conflicts


def calendar_of(settings: Settings, rules: ConflictRules) -> Calendar | None:
    """Return whose business hours count, where the policy counts those."""
    return read_sla(settings).uses.default if rules.count == "business" else None


def overdue_conflicts(store: Store, settings: Settings, now: str) -> tuple[Waiting, ...]:
    """Return those of which somebody must be reminded, the oldest first; whose they are is not looked up."""
    try:
        rules = rules_of(settings)
        return overdue(store.conflicts(), {}, rules, now, calendar_of(settings, rules))
    except Misconfigured:  # a broken file stops every run, and is told by that
        return ()


def reminders(store: Store, settings: Settings, late: tuple[Waiting, ...], most: int) -> list[str]:
    """Return a line for each of the oldest of these: the field, since when, and for whom it waits."""
    oldest = late[:most]
    if not oldest:
        return []
    rules = rules_of(settings)
    held = store.load({one.conflict.ticket_id for one in oldest})
    tickets = {ticket: one.ticket for ticket, one in held.items()}
    return [
        reminder(replace(one, owner=owner_of(tickets.get(one.conflict.ticket_id), rules))) for one in oldest
    ]
