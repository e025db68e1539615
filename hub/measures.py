"""
What can be counted, timed and heard on a ticket, for `scoring.yaml` and for risk. Pure: `now` is given.

Time is business time in whole seconds, so that what passed until noon and what passed after it add
up exactly, whoever adds them (`hub.score_many`).
"""

from __future__ import annotations

from datetime import date

from hub.measure_names import MEASURES, SIGNAL
from hub.model import Course, Ticket, Value
from hub.scoring_rules import ScoringRules
from hub.signals.heard import Heard
from hub.sla.calendar import HOUR, seconds_of
from hub.sla.clocks import Clock, Clocks, share_used

__all__ = ["MEASURES", "day_of", "hours", "measures", "running", "waiting_since"]


def measures(ticket: Ticket, heard: Heard, clocks: Clocks, rules: ScoringRules, now: str) -> dict[str, Value]:
    """Return every measure that says something on this ticket. A signal that was not told is absent."""
    found: dict[str, Value] = {**_counted(ticket.course), **_told(heard)}
    moment = seconds_of(now)
    waits = waiting_since(ticket, rules)
    since = seconds_of(waits)
    if since is not None and moment is not None:
        found["waiting_since"] = waits
        found["hours_waiting_on_us"] = hours(clocks.calendar.between(since, moment))
    opened, today = day_of(ticket.course.opened), day_of(now)
    if opened and today:
        found["days_open"] = max(today - opened, 0)
    if moment is not None:
        found.update(_timed(clocks, moment))
    return found


def _timed(clocks: Clocks, moment: int) -> dict[str, Value]:
    """
    Return how far the one went that went farthest, and the nearest deadline.

    Not the deadline of the one that went farthest: two clocks with unlike hours overtake each other day
    and night, and that would be news each time.
    """
    found: dict[str, Value] = {}
    tightest, nearest = 0.0, ""
    for clock in (clocks.customer, clocks.engineering):
        due = running(clock)
        if clock is None or due is None:
            continue
        used = share_used(clock.calendar, clock.whole, due, moment)
        if clock is clocks.engineering:
            found["engineering_used"] = used
        tightest = max(tightest, used)
        nearest = min(nearest or clock.due, clock.due)
        found["sla_used"], found["sla_due"] = tightest, nearest
    return found


def running(clock: Clock | None) -> int | None:
    """Return when a clock ends, in seconds since 1970; None where it does not run."""
    return None if clock is None or clock.state in {"met", "paused"} else seconds_of(clock.due)


def hours(seconds: int) -> float:
    """Return seconds in hours."""
    return seconds / HOUR


def waiting_since(ticket: Ticket, rules: ScoringRules) -> str:
    """
    Return when the customer began to wait for our word; "" if the next one is not ours to say.

    Who was never answered has waited since they opened the ticket: what they described is their word.
    """
    status, course = ticket.get("status"), ticket.course
    if status in rules.paused or status in rules.done:
        return ""
    if course.opened and not course.last_ours and ticket.get("requester"):
        return course.opened
    return course.waiting_since


def day_of(at: Value) -> int | None:
    """Return the day that a date or an instant begins with, counted; None if it is neither."""
    if not isinstance(at, str):
        return None
    try:
        return date.fromisoformat(at[:10]).toordinal()
    except ValueError:
        return None


def _counted(course: Course) -> dict[str, Value]:
    return {
        "customer_comments": course.customer_said,
        "replies": course.we_said,
        "asked_again": course.asked_again,
        "reopened": course.reopened,
        "reassigned": course.reassigned,
        "moved": course.moved,
        "returned": course.returned,
        "raised": course.raised,
        "agents": len(course.agents),
    }


def _told(heard: Heard) -> dict[str, Value]:
    found: dict[str, Value] = {f"{SIGNAL}{signal}": True for signal in heard.mentions}
    if heard.count:
        found |= {"sentiment": heard.sentiment, "mood": heard.mood, "negatives": heard.negatives}
        if heard.trend:
            found["trend"] = heard.trend
    return found
