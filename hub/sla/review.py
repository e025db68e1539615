"""What became of deadlines when the facts or the policy changed: in sentences, and counted. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import NamedTuple, TypeAlias, get_args

import msgspec

from hub.model import Ticket, TicketId, Value
from hub.registers import DONE
from hub.sla.calendar import ALWAYS, seconds_of
from hub.sla.clocks import Clock, Clocks, State, clocks
from hub.sla.rules import SlaRules
from hub.sla.words import length, moment

NAMES = {"customer": "Customer SLA", "engineering": "Engineering OLA"}
_STATES: dict[str, State] = {state: state for state in get_args(State)}


class Case(NamedTuple):
    """A ticket, and what else its clocks are made from."""

    ticket: Ticket
    risk: float | None = None
    """As people see it; None: by its register."""
    mentions: Collection[str] | None = None
    """The signals that hold, or a mapping of them to their mentions; None: by the register."""


Judge: TypeAlias = Callable[[Case], Clocks]
"""What says how the clocks of a ticket stand: what is shown, or what some rules make of it."""


class Moved(msgspec.Struct, frozen=True):
    """One deadline that another policy would move."""

    ticket: TicketId
    clock: str
    before: str
    after: str
    """"" where there is no deadline."""
    seconds: int
    """How much later; less than 0: earlier. 0 where there is none to compare with."""
    breaches: bool
    """It would be over at once, and is not now."""
    why: str


class Comparison(msgspec.Struct, frozen=True):
    """What a change of policy does to the open tickets."""

    tickets: int
    earlier: int = 0
    later: int = 0
    begun: int = 0
    """Deadlines where there was none."""
    ended: int = 0
    breaching: int = 0
    moved: tuple[Moved, ...] = ()
    """Those that would breach first, then by how far they move."""


def judged(
    ticket: Ticket,
    rules: SlaRules,
    now: str,
    *,
    risk: float | None = None,
    mentions: Collection[str] | None = None,
) -> Clocks:
    """Return both clocks by the risk and the signals that are given, or else that the ticket shows."""
    shows, heard = ticket.get("score.escalation_risk"), ticket.get("support.signals")
    chance = float(shows) if isinstance(shows, (int, float)) else 0.0
    words = frozenset(heard) if isinstance(heard, tuple) else frozenset[str]()
    return clocks(
        ticket,
        rules,
        now,
        risk=chance if risk is None else risk,
        mentions=words if mentions is None else mentions,
    )


def shown(ticket: Ticket) -> Clocks:
    """Return both clocks as far as the ticket's registers show them: deadline and state."""
    customer = _shown(ticket.get("sla.customer_due"), ticket.get("sla.customer_state"))
    engineering = _shown(ticket.get("sla.engineering_due"), ticket.get("sla.engineering_state"))
    return Clocks(customer, engineering)


def _shown(due: Value, state: Value) -> Clock | None:
    known = _STATES.get(state) if isinstance(state, str) else None
    return Clock(due if isinstance(due, str) else "", known, 0.0, 0.0) if known is not None else None


# one ticket -------------------------------------------------------------------------------------


def reviewed(before: Clocks | None, after: Clocks) -> list[str]:
    """
    Return what changed of a ticket's deadlines, a sentence each: from when to when, and why.

    `before`: as `shown`, or as computed; None: nothing was shown yet. Nothing is said where a
    deadline only came nearer.
    """
    old = before or Clocks()
    pairs = (("customer", old.customer, after.customer), ("engineering", old.engineering, after.engineering))
    return [said for name, was, now in pairs for said in _changed(NAMES[name], was, now)]


def _changed(name: str, was: Clock | None, now: Clock | None) -> Iterator[str]:
    if now is None:
        if was is not None:
            yield f"{name}: nothing is promised any more"
        return
    because = f": {'; '.join(now.why)}" if now.why else ""
    old, new = _due(was), _due(now)
    if new is None:
        if was is None or was.state != now.state:
            yield f"{name} {now.state}{because}"
    elif old is None:
        yield f"{name} due {moment(new)}{because}"
    elif old != new:
        turn = f"{length(abs(new - old), ALWAYS)} {'later' if new > old else 'earlier'}"
        yield f"{name} due {moment(new)} instead of {moment(old)}, {turn}{because}"
    if new is not None and now.state == "breached" and (was is None or was.state != "breached"):
        yield f"{name} breached since {moment(new)}"


def _due(clock: Clock | None) -> int | None:
    return seconds_of(clock.due) if clock is not None else None


# many tickets -----------------------------------------------------------------------------------


def compare(cases: Iterable[Case], before: Judge, after: Judge) -> Comparison:
    """Return how the deadlines of the open ones among these tickets move from one judgement to another."""
    count, moved = 0, list[Moved]()
    for case in cases:
        if case.ticket.get("status") in DONE:
            continue
        count += 1
        was, now = before(case), after(case)
        pairs = (("customer", was.customer, now.customer), ("engineering", was.engineering, now.engineering))
        found = (_moved(case.ticket.id, *pair) for pair in pairs)
        moved += [one for one in found if one is not None]
    return _counted(count, moved)


def _moved(ticket: TicketId, name: str, was: Clock | None, now: Clock | None) -> Moved | None:
    old, new = _due(was), _due(now)
    if old == new:
        return None
    breaches = now is not None and now.state == "breached" and (was is None or was.state != "breached")
    distance = new - old if new is not None and old is not None else 0
    before, after = was.due if was is not None else "", now.due if now is not None else ""
    return Moved(
        ticket, name, before, after, distance, breaches, "; ".join(now.why) if now is not None else ""
    )


def _counted(count: int, moved: Sequence[Moved]) -> Comparison:
    ordered = sorted(moved, key=lambda m: (not m.breaches, -abs(m.seconds), m.ticket, m.clock))
    return Comparison(
        count,
        sum(m.seconds < 0 for m in moved),
        sum(m.seconds > 0 for m in moved),
        sum(not m.before for m in moved),
        sum(not m.after for m in moved),
        sum(m.breaches for m in moved),
        tuple(ordered),
    )
