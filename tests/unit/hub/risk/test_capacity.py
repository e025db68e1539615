"""A team looks at N tickets a day: what it finds, and how long before."""

from __future__ import annotations

from collections import defaultdict
from itertools import groupby
from statistics import mean, median

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.risk.capacity import (
    DAY,
    HOUR,
    Warned,
    caught,
    daily_lists,
    happenings,
    looked_at,
    median_lead,
    precision_at,
    warnings,
)

Rows = list[tuple[int, int, float, int]]
"""Ticket, day, score, what came of it."""
rows = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 2), st.sampled_from([0.1, 0.2, 0.3]), st.integers(0, 1)),
    min_size=1,
    max_size=14,
)


def columns(given: Rows) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """In order of time, a minute apart within each day."""
    ordered = sorted(given, key=lambda r: r[1])
    at = np.array([r[1] * DAY + i * 60.0 for i, r in enumerate(ordered)])
    return (
        np.array([r[2] for r in ordered]),
        np.array([r[0] for r in ordered], np.int64),
        at,
        np.array([float(r[3]) for r in ordered]),
    )


def by_hand(given: Rows, capacity: int) -> float:
    """Every list of every day, averaged over all fair choices among equals."""
    score, ticket, at, y = columns(given)
    best: dict[tuple[int, int], int] = {}
    for row in range(len(y)):
        key = (int(at[row] // DAY), int(ticket[row]))
        if key not in best or score[row] > score[best[key]]:
            best[key] = row
    by_day: dict[int, list[int]] = defaultdict(list)
    for (day, _), row in best.items():
        by_day[day].append(row)
    found = looked = 0.0
    for listed in by_day.values():
        room = capacity
        for _, step in groupby(sorted(listed, key=lambda r: -score[r]), key=lambda r: score[r]):
            equal = list(step)
            taken = min(room, len(equal))
            found += taken * mean(y[r] for r in equal)
            looked += taken
            room -= taken
    return found / looked


@given(rows, st.integers(1, 4))
def test_precision_at_capacity_list_by_list(given: Rows, capacity: int) -> None:
    score, ticket, at, y = columns(given)
    lists = daily_lists(score, ticket, at)
    assert precision_at(lists, y, np.ones((1, len(y))), capacity)[0] == pytest.approx(
        by_hand(given, capacity)
    )


@given(rows, st.integers(1, 4), st.lists(st.integers(0, 2), min_size=5, max_size=5))
def test_a_ticket_drawn_twice_takes_two_places(given: Rows, capacity: int, counts: list[int]) -> None:
    """A resample is listed as the real days are: with each copy as a ticket of its own."""
    score, ticket, at, y = columns(given)
    weights = np.array(counts, float)[ticket][None, :]
    copies = [
        (t + 10 * copy, d, s, o)
        for (t, d, s, o), n in ((r, counts[r[0]]) for r in given)
        for copy in range(n)
    ]
    told = precision_at(daily_lists(score, ticket, at), y, weights, capacity)[0]
    if copies:
        assert told == pytest.approx(by_hand(copies, capacity))
    else:
        assert np.isnan(told)


@given(rows, st.integers(1, 4))
def test_no_day_has_more_on_its_list_than_the_team_can_look_at(given: Rows, capacity: int) -> None:
    """And no ticket stands twice on one list; nothing left off scores higher than what is on it."""
    score, ticket, at, _ = columns(given)
    lists = daily_lists(score, ticket, at)
    share = looked_at(lists, capacity)
    days = (at[lists.rows] // DAY).astype(int)
    for day in set(days):
        own = lists.rows[days == day]
        tickets = {int(t) for t in ticket[at // DAY == day]}
        assert sorted(tickets) == sorted(int(t) for t in ticket[own])
        assert share[days == day].sum() == pytest.approx(min(capacity, len(tickets)))
        on = [score[r] for r, s in zip(own, share[days == day], strict=True) if s > 0]
        off = [score[r] for r, s in zip(own, share[days == day], strict=True) if s < 1]
        assert min(on) >= max(off, default=-1.0)


def test_lead_is_counted_from_the_first_alert_of_an_event() -> None:
    """Two alerts for one event count once, from the earlier; an alert that nothing followed not at all."""
    at = np.array([0.0, 1.0, 2.0, 3.0]) * DAY
    ticket = np.array([7, 7, 8, 7], np.int64)
    y = np.array([1.0, 1.0, 0.0, 1.0])
    lead = np.array([2 * DAY, DAY, np.nan, 6 * HOUR])
    warned = warnings(daily_lists(at, ticket, at), 1, y, ticket, at, lead)
    certain = warned.share == 1
    assert warned.hours[certain].tolist() == [48.0, 6.0]
    assert warned.ticket[certain].tolist() == [7, 7]
    assert not warned.share[~certain].any()
    assert happenings(y, ticket, at, lead).tolist() == [7, 7]
    counts = np.ones((1, 9))
    assert caught(warned, np.array([7, 7, 8]), counts)[0] == pytest.approx(2 / 3)
    assert median_lead(warned, counts)[0] == 27.0


def test_what_is_presumed_is_one_event_without_a_time() -> None:
    """Still open for too long: it counts as found, and not in how early."""
    at = np.array([0.0, 1.0, 1.5]) * DAY
    ticket, y, lead = np.array([1, 1, 2]), np.ones(3), np.array([np.nan, np.nan, 3 * HOUR])
    warned = warnings(daily_lists(at, ticket, at), 1, y, ticket, at, lead)
    happened = happenings(y, ticket, at, lead)
    assert happened.tolist() == [1, 2]
    assert caught(warned, happened, np.ones((1, 3)))[0] == 1.0
    assert median_lead(warned, np.ones((1, 3)))[0] == 3.0


def test_equals_at_the_end_of_a_list_are_each_warned_of_by_half() -> None:
    """Two tickets, one place, no preference: each is seen on one day of two, on both days in a quarter."""
    at = np.array([0.0, 60.0, DAY, DAY + 60])
    ticket = np.array([0, 1, 0, 1], np.int64)
    lead = 2 * DAY - at
    warned = warnings(daily_lists(np.zeros(4), ticket, at), 1, np.ones(4), ticket, at, lead)
    assert warned.share.tolist() == [0.5, 0.25, 0.5, 0.25]
    assert caught(warned, happenings(np.ones(4), ticket, at, lead), np.ones((1, 2)))[0] == 0.75


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 9)), min_size=1, max_size=8), st.data())
def test_the_median_lead_of_a_resample_is_that_of_its_copies(
    leads: list[tuple[int, int]], data: st.DataObject
) -> None:
    counts = data.draw(st.lists(st.integers(0, 3), min_size=4, max_size=4))
    warned = Warned(
        np.array([t for t, _ in leads]), np.array([float(h) for _, h in leads]), np.ones(len(leads))
    )
    copies = [h for t, h in leads for _ in range(counts[t])]
    told = median_lead(warned, np.array([counts], float))[0]
    assert np.isnan(told) if not copies else told == pytest.approx(median(copies))


def test_nobody_was_warned() -> None:
    nothing = Warned(np.array([], np.int64), np.array([]), np.array([]))
    assert np.isnan(median_lead(nothing, np.ones((3, 2)))).all()
    assert caught(nothing, np.array([0]), np.ones((3, 2))).tolist() == [0.0, 0.0, 0.0]
    assert np.isnan(caught(nothing, np.array([], np.int64), np.ones((3, 2)))).all()


def test_days_end_at_midnight_utc() -> None:
    at = np.array([DAY - 1, DAY])
    lists = daily_lists(np.array([0.2, 0.1]), np.array([1, 2], np.int64), at)
    assert [len(list(g)) for _, g in groupby(lists.day)] == [1, 1]
    assert looked_at(lists, 1).tolist() == [1.0, 1.0]
