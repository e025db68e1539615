"""The priorities of many tickets at once are those of `hub.score`, to the point."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hub.score import settle
from hub.score_many import Row, Table, row_of
from hub.scoring_rules import ScoringRules
from tests.scoring import CASES, INSTANTS, NOW, RULES, Case, case, later, rule_files


def rows(cases: list[Case], rules: ScoringRules, now: str = NOW) -> list[Row]:
    return [row_of(one.ticket, one.measured(rules, now), one.clocks, rules) for one in cases]


@given(st.lists(CASES, max_size=6), st.one_of(st.just(RULES), rule_files()), INSTANTS, INSTANTS)
def test_many_are_as_one(cases: list[Case], rules: ScoringRules, then: str, now: str) -> None:
    """Whatever the tickets, the rules and the time: rows made at one moment tell the scores of another."""
    table = Table(rows(cases, rules, then), rules)
    found = table.priorities(now)
    one_by_one = [one.score(rules, now) for one in cases]

    assert found.tolist() == [score.priority for score in one_by_one]
    assert table.labels(found) == [score.label for score in one_by_one]


@given(st.lists(CASES, min_size=1, max_size=6), INSTANTS)
def test_what_would_move_is_what_settles_anew(cases: list[Case], now: str) -> None:
    """A rescore touches the tickets whose shown score has had its time, and no others."""
    table = Table(rows(cases, RULES), RULES)
    shown = [one.score(RULES, NOW) for one in cases]
    moves = table.would_move(table.priorities(now), np.array([s.priority for s in shown]))

    fresh = [one.score(RULES, now) for one in cases]
    settled = [settle(old, new, RULES) is new for old, new in zip(shown, fresh, strict=True)]
    same_facts = [old.facts == new.facts for old, new in zip(shown, fresh, strict=True)]
    assert [m for m, same in zip(moves.tolist(), same_facts, strict=True) if same] == [
        m for m, same in zip(settled, same_facts, strict=True) if same
    ]


def test_no_tickets_have_no_priorities() -> None:
    """An empty table is a table."""
    assert Table([], RULES).priorities(NOW).tolist() == []


def test_a_row_holds_while_nothing_happens() -> None:
    """One row tells how a ticket ages, hour by hour."""
    one = case(0, severity="s3")
    table = Table(rows([one], RULES), RULES)
    found = [int(table.priorities(later(hours))[0]) for hours in (0, 1, 8, 20, 71, 72)]
    assert found == [6, 8, 16, 28, 79, 95]
