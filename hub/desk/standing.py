"""How long conflicts have been open, whose they are, and which of them somebody must be reminded of. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

from hub.desk.rules import ConflictRules
from hub.model import Ticket, TicketId
from hub.records import Conflict
from hub.registers import label_of
from hub.sla.calendar import Calendar, business_hours

_OWNERS = ("assignee", "engineer")
"""Whose it is: who has the ticket, else who has its issue; else who `policy.yaml` names."""


class Waiting(msgspec.Struct, frozen=True):
    """An open conflict, as somebody must deal with it."""

    conflict: Conflict
    owner: str
    """An address or a name; empty: nobody's."""
    hours: float
    """How long it has been open, by the hours that the policy counts."""
    overdue: bool


def waiting(
    conflicts: Iterable[Conflict],
    tickets: Mapping[TicketId, Ticket],
    rules: ConflictRules,
    now: str,
    calendar: Calendar | None = None,
) -> tuple[Waiting, ...]:
    """Return what is open, the oldest first. `calendar` is asked where the policy counts business hours."""
    found = [_waiting(c, tickets.get(c.ticket_id), rules, now, calendar) for c in conflicts if not c.resolved]
    return tuple(sorted(found, key=lambda w: (w.conflict.at, w.conflict.id)))


def overdue(
    conflicts: Iterable[Conflict],
    tickets: Mapping[TicketId, Ticket],
    rules: ConflictRules,
    now: str,
    calendar: Calendar | None = None,
) -> tuple[Waiting, ...]:
    """Return the open conflicts of which somebody must be reminded, the oldest first."""
    return tuple(w for w in waiting(conflicts, tickets, rules, now, calendar) if w.overdue)


def _waiting(
    conflict: Conflict, ticket: Ticket | None, rules: ConflictRules, now: str, calendar: Calendar | None
) -> Waiting:
    hours = age(conflict.at, now, calendar if rules.count == "business" else None)
    return Waiting(conflict, owner_of(ticket, rules), hours, hours >= rules.overdue)


def owner_of(ticket: Ticket | None, rules: ConflictRules) -> str:
    """Return who is to settle a conflict of this ticket."""
    named = (str(ticket.get(register) or "") for register in _OWNERS) if ticket is not None else ()
    return next((name for name in named if name), rules.owner)


def age(since: str, now: str, calendar: Calendar | None = None) -> float:
    """Return the hours between two instants, never less than none; with a calendar, its business hours."""
    if not since:
        return 0.0
    if calendar is not None:
        return max(business_hours(since, now, calendar), 0.0)
    passed = datetime.fromisoformat(now) - datetime.fromisoformat(since)
    return max(passed.total_seconds() / 3600, 0.0)


def spoken_age(hours: float) -> str:
    """Return an age as people say it: `40 min`, `7 h`, `3 d`."""
    if hours < 1:
        return f"{int(hours * 60)} min"
    return f"{int(hours)} h" if hours < 48 else f"{int(hours / 24)} d"  # noqa: PLR2004  two days


def reminder(one: Waiting) -> str:
    """Return what somebody is reminded of, without the values: a chat room may not be allowed to see them."""
    field, whose = label_of(one.conflict.register), one.owner or "nobody"
    return (
        f"{one.conflict.ticket_id}: {field} is in conflict for {spoken_age(one.hours)} and waits for {whose}"
        f"; `hub conflicts show {one.conflict.id}`"
    )
