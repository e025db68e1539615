"""Laws of business time and of deadlines, on calendars and tickets that nobody thought of."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache
from math import floor
from typing import NamedTuple
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from hub.model import ZENDESK, Course, Origin, Ticket, TicketId, Value
from hub.sla.calendar import DAY, Calendar, Spans, instant_of, seconds_of
from hub.sla.clocks import Clocks, clocks
from hub.sla.load import load_sla
from hub.sla.rules import Multipliers, SlaRules

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo", "Asia/Kathmandu")
"""With no change of clocks, one at night, half an hour of change, one at midnight, odd minutes."""
START = datetime(2026, 1, 1, tzinfo=UTC)


# business time ----------------------------------------------------------------------------------


def spans() -> st.SearchStrategy[Spans]:
    """Return up to three spans of a day, in whole minutes."""
    cuts = st.lists(st.integers(0, 1440), max_size=6, unique=True).map(sorted)
    return cuts.map(lambda c: tuple((a * 60, b * 60) for a, b in zip(c[::2], c[1::2], strict=False)))


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    """Return a calendar with a week of any hours, and some days that differ."""
    week = draw(st.lists(spans(), min_size=7, max_size=7).filter(any))
    days = st.dates(date(2026, 1, 1), date(2026, 12, 31))
    odd = draw(st.dictionaries(days, st.one_of(st.just(()), spans()), max_size=20))
    return Calendar("any", ZoneInfo(draw(st.sampled_from(ZONES))), week, odd.get)


@cache
def changes(zone: str) -> tuple[int, ...]:
    """Return the minutes of the year about which the clocks of a zone change."""
    there = ZoneInfo(zone)
    hours = [START + timedelta(hours=h) for h in range(366 * 24)]
    offsets = [h.astimezone(there).utcoffset() for h in hours]
    return tuple(i * 60 for i in range(1, len(hours)) if offsets[i] != offsets[i - 1])


@st.composite
def windows(draw: st.DrawFn, calendar: Calendar) -> tuple[int, int]:
    """Return two instants on whole minutes, up to three days apart, often about a change of clocks."""
    near = changes(str(calendar.zone))
    change = st.sampled_from(near).flatmap(lambda m: st.integers(m - 2000, m + 100)) if near else st.nothing()
    since = draw(st.one_of(st.integers(0, 360 * 1440), change))
    return tuple(int(START.timestamp()) + 60 * m for m in (since, since + draw(st.integers(0, 4320))))


def open_minutes(calendar: Calendar, since: int, until: int) -> int:
    """Walk minute by minute and look at the clock on the wall."""
    passed = 0
    for at in range(since, until, 60):
        wall = datetime.fromtimestamp(at, calendar.zone)
        second = wall.hour * 3600 + wall.minute * 60
        different = calendar.differs(wall.date())
        today = calendar.week[wall.weekday()] if different is None else different
        passed += any(a <= second < b for a, b in today)
    return passed


@settings(max_examples=120)
@given(st.data())
def test_business_time_is_what_a_walker_counts(data: st.DataObject) -> None:
    """Minute by minute by the clock on the wall, on days on which it changes too."""
    calendar = data.draw(calendars())
    since, until = data.draw(windows(calendar))
    assert calendar.between(since, until) == 60 * open_minutes(calendar, since, until)


@given(st.data(), st.integers(1, 40 * 3600))
def test_what_is_added_is_there(data: st.DataObject, seconds: int) -> None:
    """To add a time and to measure it undo each other, and no earlier instant would do."""
    calendar = data.draw(calendars())
    since, _ = data.draw(windows(calendar))
    due = calendar.later(since, seconds)
    assert calendar.between(since, due) == seconds
    assert calendar.between(since, due - 1) == seconds - 1


@given(st.data(), st.integers(0, 400 * DAY))
def test_parts_make_the_whole(data: st.DataObject, further: int) -> None:
    """Business time up to some moment and from there on is all of it, over years too."""
    calendar = data.draw(calendars())
    since, middle = data.draw(windows(calendar))
    until = middle + further
    parts = calendar.between(since, middle) + calendar.between(middle, until)
    assert calendar.between(since, until) == parts


# deadlines --------------------------------------------------------------------------------------

RULES = load_sla(
    """
calendars:
  office: {zone: Europe/Berlin, hours: {mon-thu: "08:30-12:00, 13:00-17:00", fri: "09:00-15:00"}}
  always: {zone: UTC, hours: {mon-sun: "00:00-24:00"}}
use: {default: office, tiers: {gold: always}}
customer:
  targets:
    other:
      first_reply: {urgent: 1h, high: 3h, normal: 7h, low: 20h, other: 7h}
      next_reply: {urgent: 2h, high: 4h, normal: 8h, low: 16h}
      resolution: {urgent: 9h, high: 30h, normal: 70h, low: 100h, other: 70h}
  paused_while: {next_reply: [pending, hold], resolution: [pending, hold]}
  least: {first_reply: 20m, resolution: 3h}
engineering:
  targets: {other: {response: {s1: 1h, s2: 4h, s3: 8h, s4: 16h}, resolution: {s1: 8h, s2: 24h, other: 80h}}}
  paused_while: {resolution: [pending]}
contract: {gold: {first_reply: {high: 2h, urgent: 2h}, resolution: {urgent: 8h, other: 90h}}, silver: {next_reply: {low: 9h, other: 7h}}}
multipliers:
  at_least: 0.3
  renewal: [[90, 0.75], [30, 0.35]]
  risk: [[0.3, 0.7], [0.6, 0.5]]
  signals: {production_down: 0.6, churn: 0.9}
  health: {yellow: 0.95, red: 0.6}
""",
    "sla.yaml",
)
EASY = replace(RULES, multipliers=Multipliers())
"""The same targets, and nothing presses."""
MOST = int(START.timestamp()) + 60 * DAY
PRIORITIES, SEVERITIES = ("low", "normal", "high", "urgent"), ("s4", "s3", "s2", "s1")
HEALTH, RISKS = ("green", "yellow", "red"), (0.0, 0.3, 0.9)


class Case(NamedTuple):
    """A ticket, and what else its clocks are made from."""

    ticket: Ticket
    risk: float = 0.0
    mentions: frozenset[str] = frozenset()

    def clocks(self, now: int = MOST, rules: SlaRules = RULES) -> Clocks:
        return clocks(self.ticket, rules, instant_of(now), risk=self.risk, mentions=self.mentions)

    def dues(self, now: int = MOST, rules: SlaRules = RULES) -> tuple[str, str]:
        """Return both deadlines; "9" where there is none: later than any."""
        both = self.clocks(now, rules)
        return tuple((clock and clock.due) or "9" for clock in (both.customer, both.engineering))  # pyright: ignore[reportReturnType]

    def having(self, **registers: Value) -> Case:
        named = {name.replace("__", "."): value for name, value in registers.items()}
        return self._replace(ticket=replace(self.ticket, registers={**self.ticket.registers, **named}))


@st.composite
def cases(draw: st.DrawFn, *, paused: bool = True) -> Case:
    """Return an open ticket of January or February with a course of statuses; it may stand still at the end."""
    opened = int(START.timestamp()) + draw(st.integers(0, 40 * DAY))
    times = sorted(draw(st.lists(st.integers(opened, opened + 15 * DAY), max_size=6)))
    statuses = [draw(st.sampled_from(("open", "pending", "hold", "solved"))) for _ in times]
    if not paused or (statuses and statuses[-1] == "solved"):
        statuses[-1:] = ["open"] if statuses else []
    answer = draw(st.one_of(st.none(), st.integers(opened, opened + 10 * DAY)))
    waiting = draw(st.one_of(st.none(), st.integers(0, 5 * DAY))) if answer is not None else None
    course = Course(
        opened=instant_of(opened),
        spells=(
            ("new", instant_of(opened)),
            *((s, instant_of(at)) for s, at in zip(statuses, times, strict=True)),
        ),
        first_answer=instant_of(answer) if answer is not None else "",
        last_ours=instant_of(answer) if answer is not None else "",
        waiting_since=instant_of(answer + waiting) if answer is not None and waiting is not None else "",
    )
    registers: dict[str, Value] = {
        "status": statuses[-1] if statuses else "new",
        "priority": draw(st.sampled_from(PRIORITIES)),
        "severity": draw(st.sampled_from(SEVERITIES)),
        "account.tier": draw(st.sampled_from((None, "gold", "silver"))),
        "account.health": draw(st.sampled_from((None, *HEALTH))),
        "account.renewal_date": draw(
            st.one_of(st.none(), st.dates(date(2026, 1, 1), date(2026, 6, 1)).map(str))
        ),
        "needs_engineering": draw(st.booleans()),
    }
    at = Origin(ZENDESK, instant_of(opened + draw(st.integers(0, 5 * DAY))))
    origins = dict.fromkeys(("needs_engineering", "account.health", "status"), at)
    ticket = Ticket(TicketId("zendesk:1"), registers, origins, course=course)
    mentions = draw(st.frozensets(st.sampled_from(("production_down", "churn", "gratitude"))))
    return Case(ticket, draw(st.sampled_from(RISKS)), mentions)


@given(cases(), st.lists(st.integers(0, 400 * DAY), min_size=2, max_size=5))
def test_a_deadline_does_not_move_with_the_clock(case: Case, later: list[int]) -> None:
    """Between two events it is the same instant whenever it is asked for, over renewal windows too."""
    assert len({case.dues(MOST + wait) for wait in later}) == 1
    assert len({case.clocks(MOST + wait).why for wait in later}) == 1


@given(cases(), st.integers(0, 30 * DAY), st.integers(0, 30 * DAY))
def test_time_only_makes_it_worse(case: Case, wait: int, more: int) -> None:
    """Ok, soon, breached: without an event it never goes back."""
    order = ("met", "paused", "ok", "soon", "breached")
    for name in ("customer", "engineering"):
        first = getattr(case.clocks(MOST + wait), name)
        second = getattr(case.clocks(MOST + wait + more), name)
        assert (first is None) == (second is None)
        if first is not None:
            assert order.index(second.state) >= order.index(first.state)
            assert second.used >= first.used


@given(cases(), st.data())
def test_more_severe_is_never_later(case: Case, data: st.DataObject) -> None:
    """Higher priority or severity, worse health, more risk, more alarming words."""
    get = case.ticket.get
    worse = {
        "priority": data.draw(st.sampled_from(PRIORITIES[PRIORITIES.index(str(get("priority"))) :])),
        "severity": data.draw(st.sampled_from(SEVERITIES[SEVERITIES.index(str(get("severity"))) :])),
        "account.health": data.draw(st.sampled_from((get("account.health"), "red"))),
    }
    ticket = replace(case.ticket, registers={**case.ticket.registers, **worse})
    risk = data.draw(st.sampled_from([r for r in RISKS if r >= case.risk]))
    mentions = case.mentions | data.draw(st.frozensets(st.sampled_from(("production_down", "churn"))))
    harder, easier = Case(ticket, risk, mentions).dues(), case.dues()
    assert all(hard <= easy for hard, easy in zip(harder, easier, strict=True))


@given(cases(paused=False))
def test_what_presses_stays_within_bounds(case: Case) -> None:
    """Never later than the plain target, and never less of it than `at_least`, or the least there is."""
    pressed, easy = case.clocks(), case.clocks(rules=EASY)
    for hard, plain in ((pressed.customer, easy.customer), (pressed.engineering, easy.engineering)):
        if hard is None or plain is None or not plain.due:
            assert (hard is None) == (plain is None)
            continue
        assert hard.due <= plain.due
        if hard.target == plain.target:
            assert hard.whole >= floor(0.3 * plain.target * 60)


@given(cases(), st.integers(-10 * DAY, 10 * DAY))
def test_nothing_is_later_than_the_contract(case: Case, further: int) -> None:
    """Neither than the helpdesk's own deadline, whatever state the ticket is in, nor than what was signed."""
    stated = instant_of(MOST + further)
    assert case.having(sla__due=stated).dues()[0] <= stated
    bare = replace(RULES, customer=replace(RULES.customer, targets=RULES.contract), multipliers=Multipliers())
    signed = case.clocks(rules=bare).customer
    if signed is not None and signed.state != "met":
        assert not signed.due or case.dues()[0] <= signed.due


@given(cases(), st.integers(-90 * DAY, 90 * DAY), st.sampled_from(PRIORITIES))
def test_a_pin_survives_every_update(case: Case, pin: int, priority: str) -> None:
    """Whatever else becomes of the ticket while it is open."""
    pinned = case.having(sla__pinned=instant_of(MOST + pin), priority=priority, sla__due=instant_of(MOST))
    assert pinned.dues()[0] == instant_of(MOST + pin)
    assert pinned._replace(risk=0.9, mentions=frozenset({"churn"})).dues(rules=EASY)[0] == instant_of(
        MOST + pin
    )


@given(
    st.integers(0, 20 * DAY),
    st.integers(0, 5 * DAY),
    st.integers(0, 5 * DAY),
    st.sampled_from((None, "gold")),
)
def test_a_pause_shifts_by_the_business_time_that_it_took(
    opened: int, before: int, pause: int, tier: str | None
) -> None:
    """No more and no less; a pause that began after the deadline shifts nothing."""
    start = int(START.timestamp()) + opened
    asked, back = start + before, start + before + pause
    answered = Course(opened=instant_of(start), first_answer=instant_of(start))

    def due(*spells: tuple[str, int]) -> int:
        told = tuple((status, instant_of(at)) for status, at in spells)
        registers: dict[str, Value] = {"status": "open", "priority": "high", "account.tier": tier}
        ticket = Ticket(TicketId("zendesk:1"), registers, course=replace(answered, spells=told))
        return seconds_of(Case(ticket).dues()[0]) or 0

    whole = due(("open", start))
    shifted = due(("open", start), ("pending", asked), ("open", back))
    calendar = RULES.uses.of(Ticket(TicketId("zendesk:1"), {"account.tier": tier}))
    if whole <= asked:
        assert shifted == whole
    else:
        assert calendar.between(whole, shifted) == calendar.between(asked, back)
