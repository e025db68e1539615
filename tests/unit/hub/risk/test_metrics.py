"""Figures of merit, against definitions written out one row at a time."""

from __future__ import annotations

from itertools import pairwise, permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.risk import metrics

Rows = list[tuple[float, int]]
rows = st.lists(
    st.tuples(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.75, 1.0]), st.integers(0, 1)), min_size=1, max_size=24
)
both = rows.filter(lambda r: 0 < sum(y for _, y in r) < len(r))
few = st.lists(st.tuples(st.sampled_from([0.1, 0.5, 0.9]), st.integers(0, 1)), min_size=2, max_size=6).filter(
    lambda r: 0 < sum(y for _, y in r) < len(r)
)


def arrays(given: Rows) -> tuple[np.ndarray, np.ndarray]:
    return np.array([s for s, _ in given]), np.array([float(y) for _, y in given])


def ones(given: Rows) -> np.ndarray:
    return np.ones((1, len(given)))


@given(both)
def test_average_precision_is_the_sum_over_thresholds(given: Rows) -> None:
    """Each distinct score is one threshold; precision there counts by the recall that it gains."""
    score, y = arrays(given)
    area, recall = 0.0, 0.0
    for threshold in sorted(set(score), reverse=True):
        taken = score >= threshold
        gained = y[taken].sum() / y.sum()
        area += (gained - recall) * y[taken].mean()
        recall = gained
    assert metrics.ranked_figures(score, y, ones(given))["pr_auc"][0] == pytest.approx(area)


@given(both)
def test_roc_auc_is_the_chance_that_a_positive_stands_above_a_negative(given: Rows) -> None:
    score, y = arrays(given)
    pairs = [(p > n) + (p == n) / 2 for p in score[y == 1] for n in score[y == 0]]
    assert metrics.ranked_figures(score, y, ones(given))["roc_auc"][0] == pytest.approx(np.mean(pairs))


@given(few)
def test_recall_in_a_share_is_the_mean_over_all_orders_of_equals(given: Rows) -> None:
    """Nothing depends on the order in which equal scores happen to come."""
    score, y = arrays(given)
    down = metrics.curve(metrics.ranking(score, y), ones(given))
    for take in range(1, len(given) + 1):
        found = [
            y[list(order)][:take].sum() / y.sum()
            for order in permutations(range(len(given)))
            if all(score[a] >= score[b] for a, b in pairwise(order))
        ]
        assert metrics.recall_at(down, take / len(given))[0] == pytest.approx(np.mean(found))


@given(both)
def test_spared_is_where_the_recall_curve_reaches_four_fifths(given: Rows) -> None:
    """The recall of the share that is left to look at is .8, and of any smaller share less."""
    score, y = arrays(given)
    down = metrics.curve(metrics.ranking(score, y), ones(given))
    share = 1 - metrics.spared(down)[0]
    assert metrics.recall_at(down, share)[0] == pytest.approx(0.8)
    assert metrics.recall_at(down, share - 1e-3)[0] < 0.8


@given(rows)
def test_brier_and_calibration_error_row_by_row(given: Rows) -> None:
    """Ten bins of equal mass; rows of one chance stay together, in the bin of their middle."""
    chance, y = arrays(given)
    figures = metrics.proper_figures(chance, y, ones(given))
    assert figures["brier"][0] == pytest.approx(
        np.mean([(p - t) ** 2 for p, t in zip(chance, y, strict=True)])
    )
    binned: dict[int, list[int]] = {}
    for value in set(chance):
        of_it = np.flatnonzero(chance == value)
        middle = (chance < value).sum() + len(of_it) / 2
        binned.setdefault(min(9, int(10 * middle / len(chance) + 1e-9)), []).extend(of_it)
    apart = sum(abs(chance[at].sum() - y[at].sum()) for at in binned.values()) / len(chance)
    assert figures["ece"][0] == pytest.approx(apart)


@given(both, st.data())
def test_a_weight_is_a_row_that_often(given: Rows, data: st.DataObject) -> None:
    """Weighting by a resample's counts gives what the rows themselves, repeated, would give."""
    score, y = arrays(given)
    counts = np.array(data.draw(st.lists(st.integers(0, 3), min_size=len(y), max_size=len(y))))
    again, truth = np.repeat(score, counts), np.repeat(y, counts)
    weights = counts[None, :].astype(float)
    if not len(again):
        return
    alone = np.ones((1, len(again)))
    for figures in (metrics.ranked_figures, metrics.proper_figures):
        weighted, repeated = figures(score, y, weights), figures(again, truth, alone)
        for name, value in repeated.items():
            assert weighted[name][0] == pytest.approx(value[0], nan_ok=True), name


@given(both, st.data())
def test_many_weightings_at_once_are_each_one_alone(given: Rows, data: st.DataObject) -> None:
    score, y = arrays(given)
    many = np.array(
        data.draw(
            st.lists(st.lists(st.integers(0, 2), min_size=len(y), max_size=len(y)), min_size=1, max_size=4)
        )
    ).astype(float)
    for figures in (metrics.ranked_figures, metrics.proper_figures):
        together = figures(score, y, many)
        for line, weights in enumerate(many):
            for name, value in figures(score, y, weights[None, :]).items():
                assert together[name][line] == pytest.approx(value[0], nan_ok=True)


@given(both)
def test_the_order_of_rows_changes_nothing(given: Rows) -> None:
    score, y = arrays(given)
    order = np.random.default_rng(len(given)).permutation(len(given))
    for figures in (metrics.ranked_figures, metrics.proper_figures):
        before, after = figures(score, y, ones(given)), figures(score[order], y[order], ones(given))
        assert {k: pytest.approx(v[0]) for k, v in before.items()} == {k: v[0] for k, v in after.items()}


def test_a_ranking_that_says_nothing_is_worth_the_base_rate() -> None:
    score, y = np.full(40, 0.3), np.array([1.0] * 10 + [0.0] * 30)
    figures = {
        **metrics.ranked_figures(score, y, np.ones((1, 40))),
        **metrics.proper_figures(score, y, np.ones((1, 40))),
    }
    told = {name: float(value[0]) for name, value in figures.items()}
    assert told == pytest.approx(
        {
            "pr_auc": 0.25,
            "roc_auc": 0.5,
            "recall_10": 0.1,
            "recall_20": 0.2,
            "spared_80": 0.2,
            "brier": 0.19,
            "ece": 0.05,
        }
    )


def test_without_positives_there_is_nothing_to_find() -> None:
    """A slice in which nothing happened has no recall; it is said so, not guessed."""
    figures = metrics.ranked_figures(np.array([0.1, 0.9]), np.zeros(2), np.ones((1, 2)))
    assert all(np.isnan(value[0]) for value in figures.values())


def test_chances_that_are_true_show_the_error_of_chance() -> None:
    """What chance alone makes of a calibration error, row by row or by tickets whose rows come out alike."""
    draw = np.random.default_rng(3)
    chance = np.repeat(draw.uniform(0.05, 0.4, 600), 4)
    ticket = np.repeat(np.arange(600), 4)
    shown: dict[bool, list[float]] = {True: [], False: []}
    for alike, errors in shown.items():
        for _ in range(60):
            luck = np.repeat(draw.uniform(size=600), 4) if alike else draw.uniform(size=2400)
            y = (luck < chance).astype(float)
            errors.append(float(metrics.proper_figures(chance, y, np.ones((1, 2400)))["ece"][0]))
    assert metrics.calibration_noise(chance, ticket) == pytest.approx(np.mean(shown[True]), rel=0.15)
    assert metrics.calibration_noise(chance, np.arange(2400)) == pytest.approx(
        np.mean(shown[False]), rel=0.15
    )


def test_bins_tell_the_mean_chance_and_the_true_share() -> None:
    chance = np.arange(20) / 20
    y = (np.arange(20) % 2).astype(float)
    mean, share = metrics.calibration_bins(chance, y, np.ones((1, 20)))
    assert mean[0] == pytest.approx(np.arange(20).reshape(10, 2).mean(axis=1) / 20)
    assert share[0] == pytest.approx(np.full(10, 0.5))
