"""A day's calls are shared: what is left to others is left, and nobody waits a day in a loop."""

from __future__ import annotations

import pytest

from connectors.budget import salesforce_budget
from connectors.daily import LOOK_AGAIN
from connectors.ratelimits import Usage, daily_usage
from hub.errors import Unavailable

CALL = "GET /services/data/v66.0/query"


class Clock:
    """Seconds that move when told."""

    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


@pytest.mark.parametrize(
    ("said", "usage"),
    [
        ("api-usage=24/15000", Usage(24, 15000)),
        ("api-usage=25/5000; per-app-api-usage=17/250(appName=sample-connected-app)", Usage(25, 5000, 17, 250)),
        ("", Usage()),
        ("nonsense", Usage()),
    ],
)
def test_the_header_is_read(said: str, usage: Usage) -> None:
    """With and without the app's own quota behind it."""
    assert daily_usage({"sforce-limit-info": said}) == usage


def test_calls_go_until_the_reserve_begins() -> None:
    """What the org has used counts, not only what we did."""
    budget = salesforce_budget(reserve=0.2, now=Clock())
    for used in range(70, 80):
        budget.take(CALL)
        budget.learn(CALL, 200, {"sforce-limit-info": f"api-usage={used + 1}/100"})
    with pytest.raises(Unavailable, match=r"used 80 of its 100 calls .* leaves 20 of them to others"):
        budget.take(CALL)
    assert budget.usage == Usage(80, 100)


def test_calls_under_way_are_counted() -> None:
    """Several threads do not go over together."""
    budget = salesforce_budget(reserve=0.2, now=Clock())
    budget.take(CALL)
    budget.learn(CALL, 200, {"sforce-limit-info": "api-usage=78/100"})
    budget.take(CALL)
    budget.take(CALL)
    with pytest.raises(Unavailable):
        budget.take(CALL)


def test_it_looks_again_now_and_then() -> None:
    """In a process that lives long one call every quarter of an hour finds out that calls came free."""
    clock = Clock()
    budget = salesforce_budget(now=clock)
    budget.take(CALL)
    budget.learn(CALL, 200, {"sforce-limit-info": "api-usage=90/100"})
    with pytest.raises(Unavailable):
        budget.take(CALL)
    clock.at += LOOK_AGAIN
    budget.take(CALL)
    with pytest.raises(Unavailable):
        budget.take(CALL)
    budget.learn(CALL, 200, {"sforce-limit-info": "api-usage=10/100"})
    budget.take(CALL)


def test_an_answer_that_says_nothing_changes_nothing() -> None:
    """A page of the edge has no such header, and a call that broke has none at all."""
    budget = salesforce_budget(now=Clock())
    budget.take(CALL)
    budget.learn(CALL, 200, {"sforce-limit-info": "api-usage=79/100"})
    budget.take(CALL)
    budget.learn(CALL, 0, {})
    assert budget.usage == Usage(79, 100)


@pytest.mark.parametrize("reserve", [-0.1, 1, 2])
def test_a_reserve_is_a_share(reserve: float) -> None:
    """Not a number of calls."""
    with pytest.raises(ValueError, match="share"):
        _ = salesforce_budget(reserve=reserve)
