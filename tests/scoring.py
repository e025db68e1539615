"""Random tickets, clocks and rule files for the tests of scores: all that the real ones may be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from hub.measure_names import MEASURES
from hub.measures import measures
from hub.model import Course, Ticket, TicketId, Value
from hub.records import Score
from hub.registers import REGISTERS, find
from hub.score import score
from hub.scoring_file import load_scoring
from hub.scoring_rules import Ageing, Factor, Group, Override, ScoringRules, Steps
from hub.signals.heard import Heard, Mention
from hub.signals.reading import SIGNALS
from hub.sla.calendar import ALWAYS, Calendar
from hub.sla.clocks import Clock, Clocks, share_used
from tests.worlds import MAPPINGS

TEXT = (MAPPINGS / "scoring.yaml").read_text("utf-8")
RULES = load_scoring(TEXT, "mappings/scoring.yaml")
NOW = "2026-11-21T10:00:00Z"
OFFICE = Calendar("office", UTC, (((9 * 3600, 17 * 3600),),) * 5 + ((),) * 2)
HALF = Calendar("half", UTC, (((0, 12 * 3600),),) * 7)
CALENDARS = st.sampled_from([ALWAYS, OFFICE, HALF])


def at(moment: datetime) -> str:
    """Return an instant as registers hold it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def later(hours: float, since: str = NOW) -> str:
    """Return the instant so many hours after another."""
    return at(datetime.fromisoformat(since) + timedelta(hours=hours))


INSTANTS = st.integers(-2000, 2000).map(lambda n: later(n / 3))
REGISTER_VALUES = st.fixed_dictionaries(
    {"status": st.sampled_from(["new", "open", "open", "pending", "hold", "solved"])},
    optional={
        "severity": st.sampled_from(["s1", "s2", "s3", "s4"]),
        "priority": st.sampled_from(["low", "normal", "high", "urgent"]),
        "impact.blocked": st.booleans(),
        "impact.affected_users": st.integers(0, 10**6),
        "impact.revenue_at_risk": st.floats(0, 1e9),
        "impact.promised_to_customer": st.text(max_size=5),
        "account.tier": st.sampled_from(["enterprise", "business", "starter", "other"]),
        "account.arr_reported": st.integers(0, 10**8),
        "account.health": st.sampled_from(["green", "yellow", "red"]),
        "account.renewal_date": st.dates().map(str),
        "go_live_date": INSTANTS.map(lambda text: text[:10]),
    },
)
COUNTS = st.integers(0, 12)
COURSES = st.builds(
    Course,
    opened=st.one_of(st.just(""), INSTANTS),
    reopened=COUNTS,
    reassigned=COUNTS,
    moved=COUNTS,
    returned=COUNTS,
    raised=COUNTS,
    customer_said=COUNTS,
    we_said=COUNTS,
    asked_again=COUNTS,
    waiting_since=st.one_of(st.just(""), INSTANTS),
)
MENTIONS = st.dictionaries(
    st.sampled_from(SIGNALS),
    st.builds(
        Mention,
        quote=st.text(min_size=1, max_size=9),
        at=INSTANTS,
        audience=st.sampled_from(["public", "internal", "engineering"]),
    ),
    max_size=4,
)
HEARD = st.builds(
    Heard,
    sentiment=st.sampled_from(["negative", "neutral", "positive"]),
    trend=st.sampled_from(["", "better", "steady", "worse"]),
    mood=st.floats(-1, 1),
    negatives=COUNTS,
    count=st.integers(0, 3),
    mentions=MENTIONS,
)


@st.composite
def _clock(draw: st.DrawFn) -> Clock:
    due, whole, calendar = draw(INSTANTS), draw(st.integers(0, 10**6)), draw(CALENDARS)
    state = draw(st.sampled_from(["ok", "ok", "soon", "breached", "paused", "met"]))
    return Clock("" if state in {"paused", "met"} else due, state, 0.5, whole / 60, (), whole, calendar)


CLOCKS = st.builds(
    Clocks,
    customer=st.one_of(st.none(), _clock()),
    engineering=st.one_of(st.none(), _clock()),
    calendar=CALENDARS,
)


class Case:
    """A ticket with what was heard on it and promised of it."""

    def __init__(
        self,
        registers: dict[str, Value],
        course: Course | None = None,
        heard: Heard | None = None,
        clocks: Clocks | None = None,
    ) -> None:
        self.ticket = Ticket(
            TicketId("zendesk:1"), {"status": "open", **registers}, course=course or Course()
        )
        self.heard, self.clocks = heard or Heard(), clocks or Clocks()

    def __repr__(self) -> str:
        return f"Case({dict(self.ticket.registers)}, {self.ticket.course}, {self.heard}, {self.clocks})"

    def measured(self, rules: ScoringRules = RULES, now: str = NOW) -> dict[str, Value]:
        """Return what is measured on it."""
        return measures(self.ticket, self.heard, self.clocks, rules, now)

    def score(self, rules: ScoringRules = RULES, now: str = NOW) -> Score:
        """Return its score."""
        return score(self.ticket, self.measured(rules, now), rules, now, self.heard.mentions)


CASES = st.builds(Case, REGISTER_VALUES, COURSES, HEARD, CLOCKS)


def case(hours: float | None = None, *, clocks: Clocks | None = None, **registers: Any) -> Case:
    """Return a ticket whose customer has waited so long; dots of registers are `__`."""
    named = {name.replace("__", "."): value for name, value in registers.items()}
    course = Course(waiting_since=later(-hours)) if hours is not None else Course()
    return Case(named, course, clocks=clocks)


def clock(used: float, hours: float = 10, calendar: Calendar = ALWAYS) -> Clock:
    """Return a running clock of which that share is used now, on a calendar that never closes."""
    whole = int(hours * 3600)
    due = later(hours * (1 - used))
    moment = int(datetime.fromisoformat(NOW).timestamp())
    ends = int(datetime.fromisoformat(due).timestamp())
    share = share_used(calendar, whole, ends, moment)
    return Clock(due, "breached" if share >= 1 else "ok", round(share, 4), hours * 60, (), whole, calendar)


# rule files -------------------------------------------------------------------------------------

_REGISTERS = (
    "severity",
    "priority",
    "impact.blocked",
    "impact.affected_users",
    "impact.promised_to_customer",
    "account.tier",
    "account.arr_reported",
    "account.renewal_date",
    "go_live_date",
)
SOURCES = (*_REGISTERS, *MEASURES)
WORTHS = st.one_of(st.integers(-10, 40).map(float), st.floats(-10, 40))
GROUPS = ("a", "b", "c")


def _kind(source: str) -> str:
    found = find(source) or MEASURES[source]
    return found.kind


def _words(source: str) -> list[str]:
    if _kind(source) == "flag":
        return ["true", "false"]
    options = MEASURES[source].options if source in MEASURES else REGISTERS[source].options
    return list(options) or ["any", "enterprise", "starter"]


@st.composite
def _factor(draw: st.DrawFn, name: str) -> Factor:
    source = draw(st.sampled_from(SOURCES))
    group = draw(st.sampled_from([*GROUPS, ""]))
    if _kind(source) in {"number", "date", "instant"}:
        xs = draw(st.lists(st.integers(-40, 120), min_size=1, max_size=4, unique=True).map(sorted))
        scale = draw(st.sampled_from([1.0, 0.01, 1000.0]))
        curve = tuple((x * scale, draw(WORTHS)) for x in xs)
        return Factor(name, source, "{value} {when} {percent}", curve=curve, group=group)
    if _kind(source) == "text":
        return Factor(name, source, "{value}", {"any": draw(WORTHS)}, group=group)
    points = {word: draw(WORTHS) for word in _words(source)}
    return Factor(name, source, "{value}", points, group=group)


@st.composite
def _override(draw: st.DrawFn, name: str) -> Override:
    source = draw(st.sampled_from(SOURCES).filter(lambda s: _kind(s) in {"number", "flag", "choice"}))
    low, high = sorted([draw(st.integers(0, 100)), draw(st.integers(0, 100))])
    ends = draw(st.sampled_from([(low, None), (None, high), (low, high)]))
    if _kind(source) == "number":
        return Override(name, source, "{value}", (), draw(st.floats(-2, 80)), *ends)
    words = tuple(draw(st.lists(st.sampled_from(_words(source)), min_size=1, max_size=2)))
    return Override(name, source, "{value}", words, None, *ends)


@st.composite
def rule_files(draw: st.DrawFn) -> ScoringRules:
    """Return rules as a file may give them, sums beyond 100 and points below 0 included."""
    factors = [draw(_factor(f"f{i}")) for i in range(draw(st.integers(0, 8)))]
    takes = st.sampled_from(["sum", "largest"])
    groups = tuple(Group(n, draw(st.integers(0, 60)), f"Group {n}", draw(takes)) for n in GROUPS)
    breaks = draw(st.lists(st.integers(1, 100), min_size=3, max_size=3, unique=True).map(sorted))
    return ScoringRules(
        labels=tuple(zip(("low", "normal", "high", "urgent"), (0, *breaks), strict=True)),
        priority=tuple(factors),
        groups=groups,
        ageing=Ageing(
            draw(st.floats(0, 50)),
            draw(st.floats(0.1, 5)),
            draw(st.integers(1, 300)),
            draw(st.integers(0, 100)),
        ),
        overrides=tuple(draw(_override(f"o{i}")) for i in range(draw(st.integers(0, 3)))),
        steps=Steps(draw(st.integers(1, 20))),
        version=str(draw(st.integers(0, 3))),
    )
