"""
The two clocks of a ticket: what the customer was promised, and what engineering promised support. Pure.

A deadline follows from facts alone: the same facts give the same instant, whatever the time is now.
Only its state, and how much of it is used up, move with the clock.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple, TypeAlias

import msgspec

from hub.model import Ticket, Value
from hub.registers import DONE
from hub.sla import facts
from hub.sla.calendar import ALWAYS, END, Calendar, instant_of, seconds_of
from hub.sla.rules import SlaRules, Target, Terms
from hub.sla.running import Pace, Speed, Spell, Track, running, speeds
from hub.sla.words import Line, length, lines_for, moment, pressed, promised

State: TypeAlias = Literal["met", "paused", "ok", "soon", "breached"]
_NEVER_PAUSED: frozenset[str] = frozenset()


class Clock(msgspec.Struct, frozen=True):
    """One deadline: of the tightest thing that is still owed."""

    due: str
    """An instant; "" where nothing is owed, or while the clock is paused."""
    state: State
    used: float
    """How much of the target is used up, in business time: 1 is the deadline itself."""
    target: float
    """Minutes of business time; 0 where only the helpdesk or a person gave the deadline."""
    why: tuple[str, ...] = ()
    whole: int = 0
    """Business seconds from the start to the deadline: `used` is 1 less the share of them that is left."""
    calendar: Calendar = ALWAYS
    """Whose hours they are."""
    lines: tuple[Line, ...] = ()
    """`why`, each with what its reader must be allowed to see."""


class Clocks(msgspec.Struct, frozen=True):
    """Both clocks of a ticket; None: nothing was promised there."""

    customer: Clock | None = None
    engineering: Clock | None = None
    why: tuple[str, ...] = ()
    """A line for each clock."""
    calendar: Calendar = ALWAYS
    """By which hours the customer clock goes: `business_hours(since, until, clocks.calendar)`."""


class _Owed(NamedTuple):
    """One target that is open."""

    target: Target
    start: int
    seconds: int
    due: int | None
    """None while it stands still."""
    latest: int | None
    """The contract's own deadline, if it has one for this."""
    track: Track
    stopped: int | None
    """Since when it stands still."""
    floored: bool
    signed: bool


class _Scene(NamedTuple):
    """What all targets of one clock have in common."""

    ticket: Ticket
    rules: SlaRules
    terms: Terms
    calendar: Calendar
    spells: Sequence[Spell]
    paces: Sequence[Pace]
    speeds: tuple[Speed, ...]
    now: int


def clocks(
    ticket: Ticket,
    rules: SlaRules,
    now: str,
    *,
    risk: float,
    mentions: Collection[str],
    fixed: bool | None = None,
) -> Clocks:
    """
    Return both clocks of a ticket.

    `risk`: the one that people see, which moves in steps: so the deadline does not tremble with it.
    `mentions`: the signals that hold; of a mapping to mentions, each presses since it first was told.
    `fixed`: whether engineering finished; None: what `engineering.status` says.
    """
    at = seconds_of(now)
    if at is None:
        return Clocks()
    customer, engineering = rules.uses.of(ticket), rules.uses.engineering
    spells = facts.spells(ticket)

    def scene(terms: Terms, calendar: Calendar) -> _Scene:
        paces = facts.paces(ticket, rules.multipliers, calendar, risk, mentions)
        left = speeds(paces, rules.multipliers.at_least)
        return _Scene(ticket, rules, terms, calendar, spells, paces, left, at)

    first, second = _customer(scene(rules.customer, customer)), None
    handed = facts.handed_over(ticket)
    if handed is not None:
        done = facts.is_fixed(ticket, rules) if fixed is None else fixed
        second = _engineering(scene(rules.engineering, engineering), handed, fixed=done)
    named = (("Customer", first), ("Engineering", second))
    sentences = (f"{name}: {'; '.join(clock.why)}" for name, clock in named if clock is not None)
    return Clocks(first, second, tuple(sentences), customer)


def pressing(risk: float, rules: SlaRules) -> tuple[float, float] | None:
    """Return all of a risk that clocks go by: of two with the same, every ticket has the same clocks."""
    return facts.pressing(risk, rules.multipliers)


def sla_registers(found: Clocks) -> dict[str, Value]:
    """Return the registers that people see of both clocks; None empties one."""
    made: dict[str, Value] = {}
    for name, clock in (("customer", found.customer), ("engineering", found.engineering)):
        made[f"sla.{name}_due"] = (clock.due or None) if clock else None
        made[f"sla.{name}_state"] = clock.state if clock else None
    return {**made, "sla.why": "\n".join(found.why) or None}


def why_for(found: Clocks, may_see: Callable[[str], bool]) -> str:
    """Return why the deadlines are what they are, as a reader may be told it."""
    named = (("Customer", found.customer), ("Engineering", found.engineering))
    return "\n".join(
        f"{name}: {'; '.join(lines_for(clock.lines or map(Line, clock.why), may_see))}"
        for name, clock in named
        if clock is not None
    )


# the customer's clock ---------------------------------------------------------------------------


def _customer(scene: _Scene) -> Clock | None:
    ticket, rules = scene.ticket, scene.rules
    own, signed = rules.customer.row(ticket), rules.customer.row(ticket, rules.contract)
    contract, pin = seconds_of(ticket.get("sla.due")), seconds_of(ticket.get("sla.pinned"))
    promises = bool(own or signed or contract is not None or pin is not None)
    if ticket.get("status") in DONE:
        return _met("Nothing is owed: the ticket is done") if promises else None
    open_ = [*_open(scene, facts.owed_to_customer(ticket), own, signed)]
    tightest = _tightest(open_)
    due = tightest.due if tightest else None
    why = [*_told(scene, tightest)] if tightest else []
    if contract is not None and (due is None or contract < due):
        due = contract
        why.append(Line(f"never later than the contract's {moment(contract)}", ("sla.due",)))
    if pin is not None:
        why += _pinned(pin, due, [contract, *(owed.latest for owed in open_)])
        due = pin
    if due is None and tightest is None:
        return _met("Nothing is owed to the customer now") if promises else None
    return _clock(scene, tightest, due, why)


def _pinned(pin: int, due: int | None, latest: Iterable[int | None]) -> Iterator[Line]:
    """A pin stands as it is; who reads it should know what it changed, and above all what it broke."""
    yield Line(f"a person pinned it to {moment(pin)}")
    if due is not None and due != pin:
        yield Line(f"without the pin it would be {moment(due)}", ("sla.customer_due",))
    contract = min((at for at in latest if at is not None), default=None)
    if contract is not None and pin > contract:
        yield Line(f"the pin is later than the contract allows: {moment(contract)}", ("sla.due",))


# engineering's clock ----------------------------------------------------------------------------


def _engineering(scene: _Scene, start: int, *, fixed: bool) -> Clock | None:
    own = scene.terms.row(scene.ticket)
    if not own:
        return None
    if fixed or scene.ticket.get("status") in DONE:
        return _met("Engineering has finished" if fixed else "Nothing is owed: the ticket is done")
    tightest = _tightest(_open(scene, facts.owed_by_engineering(scene.ticket, start), own, {}))
    if tightest is None:
        return _met("Engineering owes nothing now")
    return _clock(scene, tightest, tightest.due, [*_told(scene, tightest)])


# one target -------------------------------------------------------------------------------------


def _open(
    scene: _Scene,
    owed: Iterable[tuple[Target, int]],
    own: Mapping[str, int],
    signed: Mapping[str, int],
) -> Iterator[_Owed]:
    """Return what is owed and has a time, each with its deadline."""
    for target, start in owed:
        times = [table[target] for table in (own, signed) if target in table]
        if times:
            yield _owed(scene, target, start, min(times) * 60, signed.get(target))


def _owed(scene: _Scene, target: Target, start: int, seconds: int, signed: int | None) -> _Owed:
    paused = scene.terms.paused_while.get(target, _NEVER_PAUSED)
    ran = running(scene.spells, start, {*paused, *DONE})
    track, steady = Track(scene.calendar, ran, scene.speeds), Track(scene.calendar, ran)
    pressed_due = track.due(seconds)
    least = steady.due(min(scene.terms.least.get(target, 0) * 60, seconds))
    due = None if pressed_due is None or least is None else max(pressed_due, least)
    latest = steady.due(signed * 60) if signed is not None else None
    return _Owed(
        target,
        start,
        seconds,
        due,
        latest,
        track,
        None if track.runs else ran[-1][1] if ran else start,
        due is not None and due != pressed_due,
        signed is not None and signed * 60 == seconds,
    )


def _tightest(owed: Iterable[_Owed]) -> _Owed | None:
    """Return the one that is due first; while all stand still, the first that is owed."""
    return min(owed, key=lambda o: END if o.due is None else o.due, default=None)


def _clock(scene: _Scene, owed: _Owed | None, due: int | None, lines: Sequence[Line]) -> Clock:
    why = tuple(line.said for line in lines)
    target = owed.seconds / 60 if owed else 0.0
    if due is None:
        used = owed.track.used(scene.now) / owed.seconds if owed else 0.0
        return Clock("", "paused", round(used, 4), target, why, lines=tuple(lines))
    if owed is not None and due == owed.due:
        whole = int(Track(scene.calendar, owed.track.ran).used(due))
    else:
        start = owed.start if owed else facts.opened(scene.ticket)
        whole = scene.calendar.between(start, due) if start is not None else 0
    used = share_used(scene.calendar, whole, due, scene.now)
    state = _state(scene, due, used)
    told = tuple(lines)
    return Clock(instant_of(due), state, round(used, 4), target, why, whole, scene.calendar, told)


def share_used(calendar: Calendar, whole: int, due: int, now: int) -> float:
    """Return how much of the business time until a deadline is over: 1 at the deadline, more after it."""
    left = calendar.between(now, due) - calendar.between(due, now)
    if whole <= 0:
        return float(now >= due)
    return max(1 - left / whole, 0.0)


def _state(scene: _Scene, due: int, used: float) -> State:
    if due <= scene.now:
        return "breached"
    left = scene.calendar.between(scene.now, due)
    near = 1 - used <= scene.rules.soon_share or left <= scene.rules.soon_minutes * 60
    return "soon" if near else "ok"


def _told(scene: _Scene, owed: _Owed) -> Iterator[Line]:
    yield promised(
        owed.target, owed.seconds, scene.calendar, scene.ticket, scene.terms.column, signed=owed.signed
    )
    yield from pressed(scene.paces, owed.start, owed.due, scene.rules.multipliers.at_least)
    if owed.floored:
        floor = scene.terms.least[owed.target] * 60
        yield Line(f"but no less than {length(min(floor, owed.seconds), scene.calendar)}")
    rested = _rested(scene.calendar, owed)
    if rested > 0:
        yield Line(f"{length(rested, scene.calendar)} of waiting for others do not count")
    if owed.stopped is not None and owed.due is None:
        since = f"paused since {moment(owed.stopped)}"
        yield Line(f"{since}: the ticket is {scene.ticket.get('status')}", ("status",), since)


def _rested(calendar: Calendar, owed: _Owed) -> float:
    """Return the business seconds for which it stood still, up to the deadline or the pause that lasts."""
    ran, end = owed.track.ran, owed.due if owed.stopped is None else owed.stopped
    if end is None or ran == ((owed.start, END),):
        return 0.0
    return calendar.between(owed.start, end) - Track(calendar, ran).used(end)


def _met(because: str) -> Clock:
    return Clock("", "met", 0.0, 0.0, (because,))
