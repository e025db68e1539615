"""A back-test finds a signal that is there, and none that is not; nothing of the test is seen in learning."""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib import resources

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.history.event import Event
from hub.risk.backtest import NothingToTest, backtest, split
from hub.risk.capacity import DAY
from hub.risk.fit import fit
from hub.risk.frame import Frame
from hub.risk.framing import fold, frame_of
from hub.risk.moments import seconds
from hub.risk.page import as_page
from hub.risk.reliability import FIGURES, Asked, Reliability
from hub.risk.rules import load_risk
from hub.scoring_file import load_scoring
from tests.unit.hub.risk.frames import a_frame
from tests.unit.hub.risk.made_up import MUTE, TELLING, a_history

RULES = load_risk(resources.files("mappings").joinpath("risk.yaml").read_text(encoding="utf-8"), "risk.yaml")
SCORING = load_scoring(
    resources.files("mappings").joinpath("scoring.yaml").read_text(encoding="utf-8"), "scoring.yaml"
)
LABEL = RULES.labels["escalation_like"]
UNTIL, BEGIN, END = (seconds(f"2026-{day}T00:00:00Z") for day in ("02-14", "02-21", "03-09"))


def framed(events: Sequence[Event]) -> tuple[Frame, float]:
    state = fold(events, LABEL, RULES, SCORING)
    return frame_of(state), state.now


def tried(events: Sequence[Event], asked: Asked | None = None) -> Reliability:
    frame, ended = framed(events)
    return backtest(frame, LABEL, RULES, asked or Asked(UNTIL, BEGIN, END, resamples=200), ended)


@pytest.fixture(scope="module")
def found() -> Reliability:
    return tried(a_history(TELLING))


def test_a_signal_that_is_there_is_found(found: Reliability) -> None:
    """The topic tells, and no rule knows it: what was learned is better, with confidence, and its chances hold."""
    assert found.ahead_of_rule["pr_auc"].above_zero
    shown, prior = found.of("shown").figures, found.of("prior").figures
    assert shown["pr_auc"].low is not None
    assert prior["pr_auc"].high is not None
    assert shown["pr_auc"].low > prior["pr_auc"].high
    assert (shown["roc_auc"].value or 0) > 0.7
    assert (shown["ece"].value or 1) < 0.08
    assert (shown["brier"].value or 1) < (prior["brier"].value or 0)


def test_no_signal_is_found_where_there_is_none() -> None:
    """Every topic escalates alike: nothing is better than the base rate for all."""
    found = tried(a_history(MUTE, seed=2))
    shown, prior = found.of("shown").figures, found.of("prior").figures
    assert shown["pr_auc"].low is not None
    assert shown["pr_auc"].low < (prior["pr_auc"].value or 0)
    assert shown["roc_auc"].low is not None
    assert shown["roc_auc"].low < 0.5
    assert (shown["brier"].value or 0) > (prior["brier"].low or 1)


def test_what_comes_later_teaches_nothing() -> None:
    """The model of a history cut off at the end of learning is, to the last bit, that of the whole."""
    clock = Event("another", "2026-02-14T00:00:00Z", set={"status": "closed"})
    events = sorted([*a_history(TELLING), clock], key=lambda e: (e.at, e.ticket))
    cut = [e for e in events if seconds(e.at) <= UNTIL]
    whole, part = framed(events)[0], framed(cut)[0]
    assert fit(whole, RULES, until=UNTIL).version == fit(part, RULES, until=UNTIL).version


def test_every_model_has_every_figure(found: Reliability) -> None:
    assert [m.name for m in found.models][:5] == ["prior", "priority", "fifo", "rule", "logistic"]
    assert [m.name for m in found.models][-2:] == ["chosen", "shown"]
    for model in found.models:
        assert set(model.figures) == set(FIGURES)
        for figure in model.figures.values():
            assert figure.value is not None
            assert figure.low is not None
            assert figure.high is not None
            assert figure.low <= figure.high


def test_what_is_shown_about_the_test_adds_up(found: Reliability) -> None:
    """Weeks, bins and slices are of the rows that were tested, all of them."""
    test = found.test
    weeks = [w for w in found.weeks if w.mean_chance is not None]
    assert sum(w.rows for w in weeks) == test.rows
    assert sum(w.base_rate * w.rows for w in weeks) == pytest.approx(test.positives)
    for bins in found.calibration.values():
        assert len(bins) <= 10
        assert [b.said for b in bins] == sorted(b.said for b in bins)
    by_group = [s for s in found.slices if s.by == "group"]
    assert {s.value for s in by_group} == {"first", "second"}
    assert sum(s.rows for s in by_group) == test.rows
    assert found.recall["shown"][-1].found == 1.0
    assert [d.capacity for d in found.daily] == [5, 10, 20, 50, 100]
    caught = [d.caught.value or 0 for d in found.daily]
    assert caught == sorted(caught)


def test_the_same_history_gives_the_same_figures(found: Reliability) -> None:
    assert tried(a_history(TELLING)) == found


@given(
    st.lists(st.tuples(st.floats(0, 40), st.sampled_from([0.0, 1.0, np.nan])), min_size=1, max_size=30),
    st.floats(1, 20),
    st.floats(0, 9),
)
def test_learning_and_test_never_meet(rows: list[tuple[float, float]], until: float, embargo: float) -> None:
    """No row is in both; what teaches was ripe by then; what is asked for is tested or counted as left out."""
    rows = sorted(rows, key=lambda r: r[0])
    at = np.array([r[0] for r in rows]) * DAY
    y = np.array([r[1] for r in rows])
    frame = a_frame(at=at, y=y, known=np.where(np.isnan(y), np.nan, at + DAY))
    asked = Asked(until * DAY, until * DAY, 30 * DAY, embargo * DAY)
    parts = split(frame, asked, 35 * DAY)
    assert not set(parts.train.ticket) & set(parts.test.ticket)
    assert (parts.train.at + frame.ripens <= asked.until).all()
    assert (parts.test.at >= asked.until + asked.embargo).all()
    assert (parts.test.at + frame.ripens <= 35 * DAY).all()
    assert np.isfinite(parts.y).all()
    assert np.isfinite(parts.y_train).all()
    window = (at >= asked.begin) & (at < asked.end)
    assert len(parts.test) + sum(parts.left_out.values()) == window.sum()
    assert parts.is_test.sum() == len(parts.test)


def test_rows_whose_horizon_is_open_are_left_out() -> None:
    """At the end of a history only what happened is known: with such rows the base rate would look higher."""
    at = np.array([10.0, 20.0, 24.0]) * DAY
    frame = a_frame(at=at, y=np.array([0.0, 1.0, 1.0]), known=at + DAY)
    parts = split(frame, Asked(8 * DAY, 8 * DAY, 30 * DAY, 0.0), 27.5 * DAY)
    assert parts.test.at.tolist() == at[:2].tolist()
    assert parts.left_out["not_matured"] == 1


def test_few_outcomes_are_said_and_it_goes_on() -> None:
    """Too little to learn from: the rule speaks; too little to test: said, with every figure."""
    found = tried(a_history(TELLING, tickets=60))
    assert found.chosen == "rule"
    assert any("fewer than 30" in note for note in found.notes)
    assert any("the rule speaks instead" in note for note in found.notes)


def test_a_quiet_month_has_nothing_to_find() -> None:
    """Nothing came true in the test: said so, without a figure that is none."""
    quiet = [e for e in a_history(TELLING) if e.set.get("priority") != "urgent" or seconds(e.at) < BEGIN]
    found = tried(quiet)
    assert found.test.positives == 0
    assert found.of("shown").figures["pr_auc"].value is None
    assert found.of("shown").figures["precision"].value == 0
    assert any("0 of the tested rows came true, fewer than 30" in note for note in found.notes)
    assert "NaN" not in json.dumps(msgspec.to_builtins(found))
    assert "nan" not in as_page(found)


def test_without_resamples_there_are_no_intervals() -> None:
    found = tried(a_history(TELLING, tickets=300), Asked(UNTIL, BEGIN, END, resamples=0))
    assert all(f.low is None for m in found.models for f in m.figures.values())
    assert "no intervals were asked for" in found.notes


def test_a_window_without_rows_says_what_there_is() -> None:
    frame, ended = framed(a_history(TELLING, tickets=60))
    asked = Asked(UNTIL, seconds("2027-01-01T00:00:00Z"), seconds("2027-02-01T00:00:00Z"))
    with pytest.raises(NothingToTest, match=r"2027-01-01 to 2027-01-31: its rows are of 2026-01-"):
        _ = backtest(frame, LABEL, RULES, asked, ended)
