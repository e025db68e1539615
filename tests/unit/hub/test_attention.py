"""Where to look first: a number that two lines explain."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hub.attention import attention, percentile, quantiles_of

CHANCES = st.floats(0, 1)
CROWDS = st.lists(CHANCES, max_size=30).map(quantiles_of)
WEIGHTS = st.floats(0, 1).map(lambda x: (x, 1 - x))


@given(st.integers(0, 100), CHANCES, CROWDS, WEIGHTS)
def test_two_lines_add_up(
    priority: int, risk: float, crowd: tuple[float, ...], weights: tuple[float, float]
) -> None:
    """Whole points, between 0 and 100."""
    found = attention(priority, risk, crowd, weights)
    assert sum(r.points for r in found.reasons) == found.points
    assert 0 <= found.points <= 100
    assert [r.factor for r in found.reasons] == ["priority", "risk"]
    assert all(isinstance(r.points, int) and r.points >= 0 for r in found.reasons)


@given(CROWDS, CHANCES, CHANCES)
def test_a_higher_risk_is_never_behind(crowd: tuple[float, ...], one: float, other: float) -> None:
    """The place among others rises with the risk, from 0 to 1."""
    low, high = sorted([one, other])
    assert 0 <= percentile(low, crowd) <= percentile(high, crowd) <= 1


def test_what_it_is_made_of() -> None:
    """60 parts priority, 40 parts the place of the risk among the open tickets."""
    crowd = quantiles_of([i / 100 for i in range(101)])
    found = attention(70, 0.9, crowd)
    assert (found.points, [r.points for r in found.reasons]) == (78, [42, 36])
    assert [r.sentence for r in found.reasons] == [
        "The priority is 70",
        "The risk is 90%: higher than that of 90% of the open tickets",
    ]


def test_without_a_crowd_a_chance_stands_for_itself() -> None:
    """On the first day there is nobody to be compared with."""
    assert attention(50, 0.25).points == 40
    assert attention(50, 0.25).reasons[1].sentence == "The risk is 25%"


def test_tickets_that_are_all_alike_stand_in_the_middle() -> None:
    """Where the rule says the same of everybody, nobody stands out."""
    assert percentile(0.03, quantiles_of([0.03] * 50)) == 0.5
    assert percentile(0.03, quantiles_of([0.03])) == 0.5


def test_a_queue_of_equals_stays_so_while_the_clock_goes_on() -> None:
    """Their risks rise together, the crowd is of the last rescore: that puts nobody above all others."""
    crowd = quantiles_of([0.1087] * 3)
    assert percentile(0.1087, crowd) == percentile(0.112, crowd) == 0.5
    assert percentile(0.16, crowd) == 1 and percentile(0.08, crowd) == 0
