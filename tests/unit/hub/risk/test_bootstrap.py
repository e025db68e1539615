"""Intervals over redrawn tickets."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.risk import bootstrap
from hub.risk.bootstrap import Figure, figure, weightings

tickets = st.lists(st.integers(100, 110), min_size=1, max_size=30).map(lambda t: np.array(t, np.int64))


@given(tickets, st.integers(0, 30))
def test_tickets_are_drawn_whole(ticket: np.ndarray, times: int) -> None:
    """Each resample has as many tickets as the sample; the rows of one ticket share its count."""
    batches = list(weightings(ticket, times))
    rows = np.vstack([b.rows for b in batches])
    counts = np.vstack([b.tickets for b in batches])
    assert len(rows) == times + 1
    assert (rows[0] == 1).all()
    many = len(set(ticket.tolist()))
    assert (counts.sum(axis=1) == many).all()
    for one in set(ticket.tolist()):
        own = rows[:, ticket == one]
        assert (own == own[:, :1]).all()


def test_the_same_seed_draws_the_same() -> None:
    """Whatever the size of the batches: figures of two runs can be compared."""
    ticket = np.repeat(np.arange(50), 3)
    once = np.vstack([b.rows for b in weightings(ticket, 40)])
    again = np.vstack([b.rows for b in weightings(ticket, 40)])
    other = np.vstack([b.rows for b in weightings(ticket, 40, seed=bootstrap.SEED + 1)])
    assert (once == again).all()
    assert (once != other).any()


def test_batches_stay_small_on_a_large_history() -> None:
    ticket = np.arange(500_000)
    sizes = [b.rows.nbytes for b in weightings(ticket, 6)]
    assert len(sizes) > 2
    assert max(sizes) <= 16_000_000


def test_the_interval_of_a_mean_is_that_of_its_textbook() -> None:
    """A thousand tickets of which a third escalate: ± 1.96 standard errors."""
    y = (np.arange(1000) % 3 == 0).astype(float)
    means = np.concatenate([b.rows @ y / b.rows.sum(axis=1) for b in weightings(np.arange(1000), 2000)])
    told = figure(means)
    error = 1.96 * np.sqrt(y.mean() * (1 - y.mean()) / 1000)
    assert told.value == pytest.approx(y.mean())
    assert told.low == pytest.approx(y.mean() - error, abs=0.003)
    assert told.high == pytest.approx(y.mean() + error, abs=0.003)


def test_rows_of_one_ticket_do_not_count_as_evidence_of_their_own() -> None:
    """The same outcomes, ten rows a ticket: the interval is as wide as with one row each."""
    y = (np.arange(200) % 4 == 0).astype(float)

    def width(repeat: int) -> float:
        ticket, truth = np.repeat(np.arange(200), repeat), np.repeat(y, repeat)
        told = figure(np.concatenate([b.rows @ truth / b.rows.sum(axis=1) for b in weightings(ticket, 500)]))
        assert told.low is not None
        assert told.high is not None
        return told.high - told.low

    assert width(10) == pytest.approx(width(1))


def test_what_cannot_be_said_is_not_said() -> None:
    assert figure(np.array([np.nan, 0.1, 0.2])) == Figure(None)
    assert figure(np.array([0.5])) == Figure(0.5)
    assert figure(np.array([0.5, np.nan, np.nan, 0.4])) == Figure(0.5), (
        "most resamples had nothing to measure"
    )
    assert not figure(np.array([0.5])).above_zero
    assert figure(np.array([0.5, 0.4, 0.6])).above_zero
    assert next(iter(weightings(np.array([], np.int64), 5))).rows.shape == (1, 0)
