"""The clock of all workers: one run by the clock in so many seconds, whoever begins it."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable

import pytest
from sqlalchemy import Connection

from flows.turns import Turn
from hub.store import SqlStore, vitals_store

NAME = "clock"


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Set the database's clock."""
    told = [1000.0]

    def now(_: Connection) -> float:
        return told[0]

    monkeypatch.setattr(vitals_store, "unix_seconds", now)

    def move(to: float) -> None:
        told[0] = to

    return move


def test_a_turn_is_had_once_in_so_many_seconds(store: SqlStore, at: Callable[[float], None]) -> None:
    assert store.take_turn(NAME, 20.0) == 0.0
    at(1008.0)
    assert store.take_turn(NAME, 20.0) == 12.0
    assert store.take_turn(NAME, 5.0) == 0.0, "who runs more often has it sooner"
    at(1013.5)
    assert store.take_turn(NAME, 20.0) == 14.5, "and the others wait from then on"


def test_whoever_is_asked_to_run_now_has_it(store: SqlStore, at: Callable[[float], None]) -> None:
    assert store.take_turn(NAME, 20.0) == 0.0
    assert store.take_turn(NAME, 0.0) == 0.0
    at(1019.0)
    assert store.take_turn(NAME, 20.0) == 1.0


def test_what_is_given_back_is_had_by_whoever_asks_next(store: SqlStore, at: Callable[[float], None]) -> None:
    at(1000.0)
    assert store.take_turn(NAME, 20.0) == 0.0
    store.give_turn_back(NAME)
    assert store.take_turn("another", 20.0) == 0.0
    at(1001.0)
    assert store.take_turn(NAME, 20.0) == 0.0
    assert store.take_turn(NAME, 20.0) == 20.0


def test_a_clock_that_was_set_back_stops_nobody(store: SqlStore, at: Callable[[float], None]) -> None:
    assert store.take_turn(NAME, 20.0) == 0.0
    at(10.0)
    assert store.take_turn(NAME, 20.0) == 0.0
    assert store.take_turn(NAME, 20.0) == 20.0


def test_of_many_that_ask_at_once_one_has_it(store: SqlStore) -> None:
    """By the real clock of the database, and from nothing: the first to ask makes the row."""
    together, had = threading.Barrier(6), [list[float]() for _ in range(20)]

    def ask() -> None:
        for number, this in enumerate(had):
            _ = together.wait(20)
            this.append(store.take_turn(f"{NAME} {number}", 3600.0))

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(20)
    for this in had:
        assert sorted(left == 0.0 for left in this) == [False] * 5 + [True]
        assert all(0 <= left <= 3600 for left in this)


def test_workers_that_begin_together_take_turns(store: SqlStore, at: Callable[[float], None]) -> None:
    """However long any of them is at work: the feeds are read on time by the others."""
    now = [1000.0]
    turns = [Turn(7.0, shared=True, clock=lambda: now[0]) for _ in range(3)]
    free, begun = [0.0] * 3, list[float]()
    while now[0] < 1100:
        at(now[0])
        for number, turn in enumerate(turns):
            if free[number] <= now[0] and turn.take(store):
                begun.append(now[0])
                free[number] = now[0] + (18.0 if len(begun) % 2 else 2.0)
        now[0] += 0.25
    assert {later - earlier for earlier, later in itertools.pairwise(begun)} == {7.0}


def test_nobody_asks_before_it_can_be_due(store: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """A look four times a second costs the database nothing then."""
    now, asked, ask = [1000.0], list[float](), store.take_turn
    turn = Turn(60.0, shared=True, clock=lambda: now[0])

    def take_turn(name: str, seconds: float) -> float:
        asked.append(seconds)
        return ask(name, seconds)

    monkeypatch.setattr(store, "take_turn", take_turn)
    assert turn.take(store)
    now[0] += 59.0
    assert not turn.take(store)
    now[0] += 1.5
    assert not turn.take(store), "by the database's clock no second has passed"
    assert asked == [60.0, 60.0]
