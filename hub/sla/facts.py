"""What a ticket tells about its clocks: what is owed since when, its statuses, and what presses. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date, timedelta
from functools import lru_cache
from typing import cast

from hub.model import JIRA, Ticket
from hub.registers import DONE
from hub.signals.human import is_by_machine
from hub.signals.mention import Mention
from hub.sla.calendar import END, Calendar, seconds_of
from hub.sla.rules import Multipliers, SlaRules, Target
from hub.sla.running import Pace, Spell

_HEARD: Mapping[str, str] = {
    "frustration": "the customer is angry",
    "urgency": "the customer calls it urgent",
    "churn": "the customer speaks of leaving",
    "escalation_request": "the customer asks for somebody higher up",
    "production_down": "production is down",
    "follow_up": "the customer asked again",
    "confusion": "the customer is confused",
    "gratitude": "the customer says thanks",
    "closure": "the customer says that it is over",
}


def opened(ticket: Ticket) -> int | None:
    """Return since when the ticket is there, as far as anything tells."""
    since = seconds_of(ticket.course.opened)
    if since is not None:
        return since
    said = (seconds_of(c.created_at) for c in ticket.comments.values() if not is_by_machine(c, ticket))
    return min((at for at in said if at is not None), default=None)


def spells(ticket: Ticket) -> list[Spell]:
    """Return each status and since when, up to the present one, whatever the course has heard of it."""
    found = [(status, at) for status, text in ticket.course.spells if (at := seconds_of(text)) is not None]
    status, origin = ticket.get("status"), ticket.origins.get("status")
    if isinstance(status, str) and (not found or found[-1][0] != status):
        told = seconds_of(origin.at) if origin else None
        first = found[-1][1] if found else 0
        found.append((status, max(told, first) if told is not None else first))
    return found


def owed_to_customer(ticket: Ticket) -> Iterator[tuple[Target, int]]:
    """Return each thing that is still owed to the customer, and since when."""
    start, course = opened(ticket), ticket.course
    if start is None or ticket.get("status") in DONE:
        return
    waiting, ours = seconds_of(course.waiting_since), seconds_of(course.last_ours)
    if not course.first_answer:
        yield "first_reply", start
    elif waiting is not None:
        yield "next_reply", waiting
    elif ours is not None:
        yield "update", ours
    yield "resolution", start


def handed_over(ticket: Ticket) -> int | None:
    """Return since when engineering has it; None if it never did."""
    asked = [name for name in ("engineering.issues", "needs_engineering") if ticket.get(name)]
    times = (seconds_of(ticket.origins[name].at) for name in asked if name in ticket.origins)
    return min((at for at in times if at is not None), default=None)


def owed_by_engineering(ticket: Ticket, start: int) -> Iterator[tuple[Target, int]]:
    """Return what engineering still owes: a sign that somebody looks at it, then the solution."""
    here = (c for c in ticket.comments.values() if c.origin == JIRA and not c.removed)
    said = (c for c in here if not is_by_machine(c, ticket))
    spoke = any((at := seconds_of(c.created_at)) is not None and at >= start for c in said)
    if not spoke and not ticket.get("engineer"):
        yield "response", start
    yield "resolution", start


def is_fixed(ticket: Ticket, rules: SlaRules) -> bool:
    """Return whether engineering's own status says that they are done."""
    status = ticket.get("engineering.status")
    return isinstance(status, str) and status.strip().casefold() in rules.fixed_in


# what presses -----------------------------------------------------------------------------------


def paces(
    ticket: Ticket, rules: Multipliers, calendar: Calendar, risk: float, mentions: Collection[str]
) -> tuple[Pace, ...]:
    """Return everything that presses, or will: each with its share, since when, and its sentence."""
    return (
        *_renewal(str(ticket.get("account.renewal_date") or ""), rules.renewal, calendar),
        *_risk(risk, rules),
        *_signals(mentions, rules),
        *_health(ticket, rules),
    )


@lru_cache(maxsize=1 << 11)
def _renewal(found: str, rules: tuple[tuple[int, float], ...], calendar: Calendar) -> tuple[Pace, ...]:
    """From each bound to the next nearer one, the last until the renewal's day is over."""
    if not rules or not found:
        return ()
    try:
        day = date.fromisoformat(found[:10])
        bounds = [calendar.midnight(day - timedelta(days)) for days, _ in rules]
        over = calendar.midnight(day + timedelta(1))
    except (ValueError, OverflowError):
        return ()
    because = f"the account renews on {day.isoformat()}"
    return tuple(
        Pace(since, until, share, because, ("account.renewal_date",))
        for (_, share), since, until in zip(rules, bounds, [*bounds[1:], over], strict=True)
    )


def _risk(risk: float, rules: Multipliers) -> Iterator[Pace]:
    reached = pressing(risk, rules)
    if reached is not None:
        start, share = reached
        yield Pace(0, END, share, f"the risk of an escalation is {start:.0%} or more")


def pressing(risk: float, rules: Multipliers) -> tuple[float, float] | None:
    """Return the last bound that a risk reaches, with its share of the time; None if it reaches none."""
    return next((bound for bound in reversed(rules.risk) if risk >= bound[0]), None)


def _signals(mentions: Collection[str], rules: Multipliers) -> Iterator[Pace]:
    known = isinstance(mentions, Mapping)
    told: Mapping[str, object] = cast("Mapping[str, object]", mentions) if known else {}
    for signal, share in sorted(rules.signals.items()):
        if signal in mentions:
            mention = told.get(signal)
            known_as = mention if isinstance(mention, Mention) else None
            first = seconds_of(known_as.first) if known_as else None
            # nobody knows where it was said: not for everybody
            reads = (f"comment.{known_as.audience if known_as else 'internal'}",)
            yield Pace(first or 0, END, share, _HEARD.get(signal, signal), reads)


def _health(ticket: Ticket, rules: Multipliers) -> Iterator[Pace]:
    health, origin = ticket.get("account.health"), ticket.origins.get("account.health")
    share = rules.health.get(health) if isinstance(health, str) else None
    if share is not None:
        since = seconds_of(origin.at) if origin else None
        yield Pace(since or 0, END, share, f"the account's health is {health}", ("account.health",))
