"""What a learned model has to beat."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.risk.baselines import Scored, baselines, platt
from hub.risk.frame import Frame
from tests.unit.hub.risk.frames import a_frame

labelled = st.lists(
    st.tuples(st.integers(-5, 5).map(float), st.integers(0, 1).map(float)), min_size=2, max_size=60
)


def said(train: Frame, y: np.ndarray, test: Frame) -> dict[str, Scored]:
    return {model.name: model for model in baselines(train, y, test)}


@given(labelled)
def test_platt_has_the_mean_of_its_targets(given: list[tuple[float, float]]) -> None:
    """At the best fit, the mean chance is the mean of what it was fitted to, and its slope has the right sign."""
    score, y = (np.array(column) for column in zip(*given, strict=True))
    slope, level = platt(score, y)
    if y.min() == y.max() or score.min() == score.max():
        assert (slope, level) == (0.0, 0.0)
        return
    positive, negative = y.sum(), (1 - y).sum()
    target = np.where(y > 0, (positive + 1) / (positive + 2), 1 / (negative + 2))
    chance = 1 / (1 + np.exp(-(slope * score + level)))
    assert chance.mean() == pytest.approx(target.mean(), abs=1e-6)
    together = np.cov(score, target)[0, 1]
    assert slope * together >= -1e-9


def test_the_base_rate_is_that_of_learning() -> None:
    train, test = a_frame(rule=np.zeros(4)), a_frame(rule=np.zeros(2))
    assert said(train, np.array([1.0, 0, 0, 0]), test)["prior"].chance.tolist() == [0.25, 0.25]


def test_the_priority_field_ranks_by_itself_and_learns_its_chances() -> None:
    """Urgent stands above low even where low went wrong more often: nobody told the field."""
    train = a_frame(priority=np.repeat([4.0, 1.0], 50))
    y = np.concatenate([np.zeros(50), np.ones(50)])
    found = said(train, y, a_frame(priority=np.array([4.0, 1.0, np.nan])))["priority"]
    assert found.rank[0] > found.rank[1] > found.rank[2]
    assert found.chance[0] < 0.05
    assert found.chance[1] > 0.95
    assert found.chance[2] == pytest.approx(0.5), "a rank that learning never saw has the base rate"


def test_the_oldest_stands_first() -> None:
    train = a_frame(ticket=np.array([1, 2, 1, 2]), at=np.array([0.0, 10, 20, 30]))
    found = said(train, np.array([0.0, 0, 1, 1]), train)["fifo"]
    assert found.rank.tolist() == [0.0, 0.0, 20.0, 20.0]
    by_column = a_frame(names=("age",), x=np.array([[3.0], [9.0]]), rule=np.zeros(2))
    assert said(by_column, np.array([0.0, 1.0]), by_column)["fifo"].rank.tolist() == [3.0, 9.0]


def test_a_rule_that_points_the_wrong_way_says_the_base_rate() -> None:
    """Its order stays its own; turned around it would be another rule, and a learned one."""
    train = a_frame(rule=np.arange(10.0))
    y = np.array([1.0] * 5 + [0.0] * 5)
    found = said(train, y, train)["rule"]
    assert found.chance.tolist() == [0.5] * 10
    assert found.rank.tolist() == list(range(10))


def test_without_anything_to_learn_from_there_are_still_chances() -> None:
    nothing = a_frame(rule=np.zeros(0))
    for model in baselines(nothing, np.zeros(0), a_frame(rule=np.zeros(3), priority=np.ones(3))):
        assert model.chance.tolist() == [0.5] * 3
