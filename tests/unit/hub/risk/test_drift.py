"""Whether what was learned still holds: what moved, what warns, and what sends the hub back to the rule."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.risk.drift import (
    Gap,
    Shift,
    Week,
    gaps,
    shifts,
    stability,
    trailing_error,
    verdict,
)

values = st.lists(st.one_of(st.integers(0, 5).map(float), st.just(np.nan)), min_size=1, max_size=40).map(
    np.array
)


def week(
    begins: str = "2026-03-02",
    *,
    came: float = 0.2,
    said: float | None = 0.2,
    tickets: int = 400,
    own: float | None = 0.4,
    rule: float | None = 0.3,
) -> Week:
    return Week(begins, tickets * 2, tickets, came, said, own, rule)


@given(values)
def test_what_did_not_move_has_an_index_of_nought(given: np.ndarray) -> None:
    assert stability(given, given) == pytest.approx(0)


@given(values, values)
def test_the_index_is_never_negative_and_never_infinite(before: np.ndarray, now: np.ndarray) -> None:
    assert 0 <= stability(before, now) < 100


def test_the_index_of_two_bins_is_that_of_the_textbook() -> None:
    """A half against a half became four fifths against one: Σ (now - before) · ln(now / before)."""
    before, now = np.repeat([0.0, 1.0], 50), np.repeat([0.0, 1.0], [80, 20])
    by_hand = (0.8 - 0.5) * np.log(0.8 / 0.5) + (0.2 - 0.5) * np.log(0.2 / 0.5)
    assert stability(before, now) == pytest.approx(by_hand)


def test_a_sample_of_the_same_kind_hardly_moves() -> None:
    draw = np.random.default_rng(5)
    assert stability(draw.normal(size=4000), draw.normal(size=4000)) < 0.02
    assert stability(draw.normal(size=4000), draw.normal(1, size=4000)) > 0.3


def test_values_that_went_missing_are_a_move() -> None:
    before = np.arange(100.0)
    now = np.where(np.arange(100) % 2, np.nan, before)
    assert stability(before, now) > 0.3


def test_what_is_said_of_other_tickets_is_not_looked_at() -> None:
    """Rates and loads move with the days; only the tickets' own values tell of a change in the field."""
    before, now = np.zeros((50, 3)), np.ones((50, 3))
    assert [s.name for s in shifts(("age", "group:rate", "all_open"), before, now)] == ["age"]


def test_a_field_that_a_source_stopped_telling_is_named() -> None:
    source = ["zendesk"] * 40 + ["jira"] * 40
    before, now = np.zeros((80, 2)), np.zeros((80, 2))
    now[:20, 1] = np.nan
    assert gaps(("age", "severity"), before, now, source, source) == (Gap("zendesk", "severity", 0.0, 0.5),)
    assert gaps(("age", "severity"), before[:20], now[:20], source[:20], source[:20]) == (), "too few to tell"


def test_a_quiet_fortnight_goes_on() -> None:
    found = verdict(weeks=[week(), week("2026-03-09")], error=0.03)
    assert not found.fall_back
    assert not found.blocks_promotion
    assert found.warnings == ()


def test_loose_chances_fall_back() -> None:
    found = verdict(weeks=[week()], error=0.081)
    assert found.fall_back
    assert "calibration error is 0.081" in found.warnings[0]


def test_a_rule_that_ranks_better_twice_running_takes_over() -> None:
    better, worse = week(), week(own=0.2, rule=0.3)
    assert verdict(weeks=[better, worse, worse]).fall_back
    assert not verdict(weeks=[worse, worse, better]).fall_back
    assert not verdict(weeks=[worse]).fall_back, "one week is no proof"
    unknown = week(own=None, rule=None)
    assert verdict(weeks=[worse, unknown, worse]).fall_back, "a week without outcomes is passed over"


def test_a_base_rate_three_errors_off_warns_and_goes_on() -> None:
    """The daily recalibration follows it; a warning is for people who know why."""
    found = verdict(weeks=[week(came=0.4)])
    assert not found.fall_back
    assert "2026-03-02" in found.warnings[0]
    assert "10.0 standard errors" in found.warnings[0]
    assert verdict(weeks=[week(came=0.22)]).warnings == ()
    assert verdict(weeks=[week(came=0.9, tickets=5)]).warnings == ()


def test_a_factor_that_moved_far_blocks_promotion() -> None:
    warned, blocked = verdict([Shift("age", 0.25)]), verdict([Shift("age", 0.31)])
    assert (warned.blocks_promotion, blocked.blocks_promotion) == (False, True)
    assert "`age`" in warned.warnings[0]
    assert "`severity`" in verdict(lost=[Gap("zendesk", "severity", 0.0, 0.5)]).warnings[0]


def test_the_trailing_error_needs_enough_rows() -> None:
    assert trailing_error(np.full(299, 0.5), np.ones(299)) is None
    assert trailing_error(np.full(300, 0.5), np.ones(300)) == pytest.approx(0.5)
