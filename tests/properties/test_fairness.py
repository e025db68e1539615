"""Nobody starves, whoever they are: what account value and urgency can do to a queue is bounded."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.queue_replay import arrivals, by_score, fifo, replay, strict
from hub.model import Course, Value
from hub.records import Score
from hub.score import settle
from hub.sla.calendar import ALWAYS, Calendar
from hub.sla.clocks import Clock, Clocks
from tests.scoring import NOW, OFFICE, REGISTER_VALUES, RULES, Case, later

LOWEST = "starter"
SWAPPED = 12
"""Business hours: all that an account is worth, at a point an hour. `scoring.yaml` states both numbers."""
SHOWN = SWAPPED + RULES.steps.priority


@pytest.mark.parametrize(("seed", "calendar"), [(1, ALWAYS), (2, OFFICE)], ids=["always", "office"])
def test_the_lowest_tier_waits_no_day_longer_than_in_a_queue(seed: int, calendar: Calendar) -> None:
    """A month of bursts, agents busy 97 % of the time: the longest wait is FIFO's and 24 hours, at most."""
    tickets = arrivals(seed, calendar)
    ours = replay(tickets, by_score(tickets, RULES, calendar))
    assert ours.longest(LOWEST) <= replay(tickets, fifo(tickets)).longest() + 24


def test_without_ageing_the_lowest_tier_starves() -> None:
    """What the test above proves can fail: it does where value and urgency alone decide."""
    tickets = arrivals(1, ALWAYS)
    starved = replay(tickets, by_score(tickets, strict(RULES), ALWAYS))
    assert starved.longest(LOWEST) > replay(tickets, fifo(tickets)).longest() + 24


# two tickets that differ in their accounts ------------------------------------------------------

ACCOUNTS = st.fixed_dictionaries(
    {},
    optional={
        "account.tier": st.sampled_from(["enterprise", "business", "starter"]),
        "account.arr_reported": st.integers(0, 10**8),
        "account.health": st.sampled_from(["green", "yellow", "red"]),
        "account.renewal_date": st.integers(-40, 100).map(lambda days: later(24 * days)[:10]),
    },
)


def pair(
    registers: dict[str, Value],
    accounts: tuple[dict[str, Value], dict[str, Value]],
    hours: float,
    target: int,
) -> tuple[Case, Case]:
    """Return two tickets alike but for their accounts; the first began to wait so many hours before the other."""
    same = {name: value for name, value in registers.items() if not name.startswith("account.")}
    found: list[Case] = []
    for account, since in zip(accounts, (later(-hours), NOW), strict=True):
        due = later(target, since)
        clock = Clock(due, "ok", 0.0, target * 60.0, (), target * 3600, ALWAYS)
        course = Course(opened=later(-hours), waiting_since=since)
        found.append(Case({**same, "status": "open", **account}, course, clocks=Clocks(clock)))
    return found[0], found[1]


@given(REGISTER_VALUES, st.tuples(ACCOUNTS, ACCOUNTS), st.integers(1, 72), st.integers(0, 200))
def test_who_has_waited_twelve_hours_longer_is_first(
    registers: dict[str, Value],
    accounts: tuple[dict[str, Value], dict[str, Value]],
    target: int,
    passed: int,
) -> None:
    """Whatever their accounts, at every later moment: of equal scores, the longer wait is first."""
    poor, rich = pair(registers, accounts, SWAPPED, target)
    now = later(passed)
    assert poor.score(now=now).priority >= rich.score(now=now).priority


@given(REGISTER_VALUES, st.tuples(ACCOUNTS, ACCOUNTS), st.integers(1, 72))
def test_what_is_shown_swaps_a_step_later(
    registers: dict[str, Value], accounts: tuple[dict[str, Value], dict[str, Value]], target: int
) -> None:
    """A shown score lags by less than a step: so the order that people see is right 17 hours later."""
    one, other = pair(registers, accounts, SHOWN, target)
    poor: Score | None = None
    rich: Score | None = None
    for hour in range(-SHOWN, 100):
        now = later(hour)
        poor = settle(poor, one.score(now=now), RULES)
        if hour >= 0:
            rich = settle(rich, other.score(now=now), RULES)
            assert poor.priority >= rich.priority


def test_the_bound_is_the_account_s_worth_over_the_rate() -> None:
    """The stated hours follow from the rules; within the first hours waiting is worth even more."""
    account = next(group for group in RULES.groups if group.name == "account")
    waiting = next(f for f in RULES.priority if f.source == "hours_waiting_on_us")
    steps = [(b[1] - a[1]) / (b[0] - a[0]) for a, b in zip(waiting.curve, waiting.curve[1:], strict=False)]
    assert account.most / RULES.ageing.per_hour == SWAPPED
    assert min(steps) >= RULES.ageing.per_hour
    assert waiting.curve[-1][0] == RULES.ageing.after
    assert min(y for f in RULES.priority if f.group == "account" for y in [0.0, *f.points.values()]) >= 0
