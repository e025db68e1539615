"""All workers keep to one budget: the vendor's window is never overrun, and hardly a call is left unused."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.fleet import CALL, Fleet, Process, most_in_any
from connectors.allowance import Bucket, Window
from connectors.budget import PacedBudget, jira_budget, salesforce_budget, zendesk_budget
from connectors.quota import Slots
from connectors.sharing import Share
from hub.errors import Unavailable


@given(
    seed=st.integers(0, 10_000),
    limit=st.sampled_from([(10, 60.0, 300.0), (60, 60.0, 240.0), (20, 5.0, 60.0)]),
    workers=st.integers(1, 4),
    threads=st.integers(1, 2),
    deaths=st.lists(st.floats(0.01, 0.9), max_size=2),
    slow=st.floats(0.1, 2.0),
)
@settings(max_examples=8, deadline=None)
def test_the_window_of_the_vendor_is_never_overrun_and_used_well(
    seed: int, limit: tuple[int, float, float], workers: int, threads: int, deaths: list[float], slow: float
) -> None:
    """Whoever dies, however clocks differ, wherever the vendor's window lies; one worker alone gets it all, too."""
    most, period, seconds = limit
    fleet = Fleet(lambda: Window(most, period), seed, travel=(0.02, slow))
    there = [fleet.join(f"w{number}", threads) for number in range(workers)]
    for number, death in enumerate(
        seconds * part for part in deaths
    ):  # dies with what it was granted, and another one comes
        fleet.simulation.at(death, there[number % workers].kill)
        fleet.simulation.at(death, lambda n=number: void(fleet.join(f"again{n}", threads)))
    fleet.simulation.run(seconds)

    assert most_in_any(fleet.came, period) <= most
    # Unavoidable: a call's place is free one period after it was answered, not after it was counted.
    able = min(most * seconds / (period + slow), workers * threads * seconds / slow)
    assert len(fleet.came) >= 0.85 * able


@given(seed=st.integers(0, 10_000), workers=st.integers(1, 4), deaths=st.lists(st.floats(1, 8), max_size=2))
@settings(max_examples=4, deadline=None)
def test_a_bucket_of_the_vendor_never_runs_dry_and_is_used_well(
    seed: int, workers: int, deaths: list[float]
) -> None:
    """Jira's bursts: 100 a second for one endpoint, over all workers."""
    fleet = Fleet(lambda: Bucket(100, 100), seed, travel=(0.05, 0.25))
    there = [fleet.join(f"w{number}", 8) for number in range(workers)]
    for number, death in enumerate(deaths):
        fleet.simulation.at(death, there[number % workers].kill)
        fleet.simulation.at(death, lambda n=number: void(fleet.join(f"again{n}", 8)))
    fleet.simulation.run(10.0)

    tokens, at = 100.0, fleet.came[0]
    for came in sorted(fleet.came):
        tokens, at = min(100.0, tokens + (came - at) * 100) - 1, came
        assert tokens >= 0, "the vendor would have refused this one"
    assert len(fleet.came) >= 0.85 * min(1000, workers * 8 * 10.0 / 0.25)


def void(_: object) -> None:
    """Nothing comes of it."""


def test_workers_get_alike() -> None:
    """Who came first does not keep the others out."""
    fleet = Fleet(lambda: Window(100, 60.0))
    for number in range(4):
        _ = fleet.join(f"w{number}")
    fleet.simulation.run(400.0)

    assert len(fleet.by) == 4
    assert min(fleet.by.values()) >= 0.5 * max(fleet.by.values())


def test_most_calls_cost_no_transaction() -> None:
    """A lot grows until it is used up in time."""
    fleet = Fleet(lambda: Window(2500, 60.0))
    for number in range(3):
        _ = fleet.join(f"w{number}", 4)
    fleet.simulation.run(60.0)

    assert len(fleet.came) > 1500
    assert fleet.ledger.drawn < len(fleet.came) / 10


def test_slots_are_counted_over_all_workers_and_come_back_from_the_dead() -> None:
    """Jira takes five bulk calls at a time, of all of us and everybody else."""
    fleet = Fleet(lambda: Slots(2), travel=(0.5, 1.0))
    under_way: list[int] = [0]
    worst: list[int] = [0]

    def work(budget: PacedBudget) -> None:
        while True:
            budget.take(CALL)
            under_way[0] += 1
            worst[0] = max(worst[0], under_way[0])
            fleet.simulation.sleep(0.5)
            under_way[0] -= 1
            fleet.came.append(fleet.simulation.now())
            budget.learn(CALL, 200, {})

    for number in range(3):
        budget = fleet.budget(f"w{number}")
        for _ in range(2):
            fleet.simulation.start(lambda b=budget: work(b))
    dead = Process(fleet.simulation)
    doomed = fleet.budget("doomed")
    dead.start(lambda: (doomed.take(CALL), fleet.simulation.sleep(1e9))[1])
    fleet.simulation.at(0.1, dead.kill)
    fleet.simulation.run(80.0)

    assert worst[0] == 2
    assert len([t for t in fleet.came if t > fleet.came[0] + 62]) > 45, "the slot of the dead came free"


def test_a_refusal_is_heard_by_the_other_workers() -> None:
    """One worker ran into a 429 that asks for half a minute: the others stop, too, when their lot is spent."""
    fleet = Fleet(lambda: Window(100, 60.0))
    refused = fleet.budget("refused")
    other = fleet.budget("other")
    times: list[float] = []

    def story() -> None:
        refused.take(CALL)
        refused.learn(CALL, 429, {"retry-after": "30"})
        began = fleet.simulation.now()
        other.take(CALL)
        times.append(fleet.simulation.now() - began)

    fleet.simulation.start(story)
    fleet.simulation.run(100.0)

    assert 30 <= times[0] < 35


def test_who_heard_nothing_yet_does_not_wait_for_a_limit_that_is_none() -> None:
    """
    High Volume has thirty exports a minute, and ten are documented. A thread that read its first feed after an
    hour took the others' eighteen for too many, and waited half a minute with the feed claimed.
    """
    fleet = Fleet(lambda: Window(1, 1))
    export = "GET /api/v2/incremental/tickets/cursor"
    headers = {"zendesk-ratelimit-incremental-exports": "total=30; remaining=12; resets=40"}
    times: list[float] = []

    def story() -> None:
        for name, calls in (("old", 18), ("new", 2)):
            share = Share(fleet.ledger, "zendesk", name, fleet.simulation.now)
            budget = zendesk_budget(share=share, now=fleet.simulation.now, sleep=fleet.simulation.sleep)
            for _ in range(calls):
                budget.take(export)
                budget.learn(export, 200, headers)
            times.append(fleet.simulation.now())

    fleet.simulation.start(story)
    fleet.simulation.run(300.0)
    assert times[1] - times[0] < 5.0


class TestTheCallsOfADay:
    """Salesforce's allowance of 24 hours, as all workers spend it."""

    ORG = "GET /services/data/v66.0/query"

    def workers(self, *names: str) -> tuple[Fleet, list[Any]]:
        fleet = Fleet(lambda: Window(1, 1))
        return fleet, [
            salesforce_budget(
                reserve=0.2,
                share=Share(fleet.ledger, "salesforce", name, fleet.simulation.now),
                now=fleet.simulation.now,
            )
            for name in names
        ]

    def test_workers_stop_together_where_the_reserve_begins(self) -> None:
        """A worker that has heard nothing yet knows what the others heard."""
        _, budgets = self.workers("a", "b", "c")
        used = 700
        gone = 0
        for turn in range(300):
            budget = budgets[turn % 3]
            try:
                budget.take(self.ORG)
            except Unavailable:
                continue
            used, gone = used + 1, gone + 1
            budget.learn(self.ORG, 200, {"sforce-limit-info": f"api-usage={used}/1000"})
        assert used <= 800
        assert gone >= 85
        with pytest.raises(Unavailable, match=r"all workers of the hub stop at 800.* hub\.toml"):
            budgets[1].take(self.ORG)

    def test_one_call_looks_again_for_all(self) -> None:
        """Each quarter of an hour one call, not one of each worker, asks whether some came free."""
        fleet, budgets = self.workers("a", "b")
        budgets[0].take(self.ORG)
        budgets[0].learn(self.ORG, 200, {"sforce-limit-info": "api-usage=900/1000"})
        looked = 0
        for _ in range(60):
            fleet.simulation.time += 60.0
            for budget in budgets:
                try:
                    budget.take(self.ORG)
                except Unavailable:
                    continue
                looked += 1
                budget.learn(self.ORG, 200, {"sforce-limit-info": "api-usage=900/1000"})
        assert 3 <= looked <= 5

    def test_a_look_that_met_an_ended_session_is_made_again(self) -> None:
        _, [budget] = self.workers("a")
        budget.take(self.ORG)
        budget.learn(self.ORG, 401, {})
        budget.take(self.ORG)
        budget.learn(self.ORG, 200, {"sforce-limit-info": "api-usage=10/1000"})
        assert budget.usage.used == 10


def test_what_is_left_can_be_read() -> None:
    """For `hub status` and the metrics: every limit that was used lately, over all workers."""
    fleet = Fleet(lambda: Window(100, 60.0))
    mine = fleet.budget("mine")
    fleet.simulation.start(lambda: mine.take(CALL))
    fleet.simulation.run(0.1)

    [line] = fleet.ledger.budgets()
    assert (line.system, line.name, line.limit, line.used, line.left) == ("zendesk", "limit", 100, 1, 99)
    assert line.until is not None
    assert not line.paused


def test_jira_shares_endpoints_and_not_issues() -> None:
    """An issue is one worker's at a time, so its own limit is counted where it is worked on."""
    fleet = Fleet(lambda: Window(1, 1))
    share = Share(fleet.ledger, "jira", "w", fleet.simulation.now)
    budget = jira_budget(share=share, now=fleet.simulation.now, sleep=fleet.simulation.sleep)
    budget.take("PUT /rest/api/3/issue/{id}", "SUP-1")
    budget.learn("PUT /rest/api/3/issue/{id}", 204, {})
    assert {(line.name, line.which) for line in fleet.ledger.budgets()} == {
        ("endpoint", "PUT /rest/api/3/issue/{id}")
    }
