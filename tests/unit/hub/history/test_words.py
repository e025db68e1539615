"""Words of any tracker: how bad, whether over, which line. What is unknown never fails."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.history.words import is_done, is_yes, line_of, rank

LADDERS = [
    ("low", "normal", "high", "urgent"),
    ("s4", "s3", "s2", "s1"),
    ("P4", "P3", "P2", "P1", "P0"),
    ("5 - Planning", "4 - Low", "3 - Moderate", "2 - High", "1 - Critical"),
    ("Lowest", "Low", "Medium", "High", "Highest"),
    ("Trivial", "Minor", "Major", "Critical", "Blocker"),
    ("Low", "Medium", "High", "Major"),
    (5, 4, 3, 2, 1),
    ("5", "4", "3", "2", "1"),
    (3, "2 - High", 1.0),
    ("Priority 3", "Priority 2", "Priority 1"),
    ("низкий", "обычный", "высокий", "критический"),
    ("S4 - Question", "S3 - Minor", "S2 - Degraded", "S1 - Down"),
]


@pytest.mark.parametrize("ladder", LADDERS, ids=str)
def test_what_is_worse_ranks_higher(ladder: tuple[str | float, ...]) -> None:
    ranks = [rank(word) for word in ladder]
    assert all(low is not None and high is not None and low < high for low, high in pairwise(ranks)), ranks


@pytest.mark.parametrize(
    "word", [None, True, "", "tbd", ("a",), float("nan"), float("inf"), 10**9, "x" * 500]
)
def test_what_nobody_can_rank_has_no_rank(word: object) -> None:
    assert rank(word) is None  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "status",
    [
        "solved", "Closed", "RESOLVED", "Done", "completed", "Cancelled", "canceled", "Closed - no fault found",
        "6 - Resolved", "Completed/Closed", "Resolved (Permanently)", "закрыт", "Решён", "Won't Do", "closed: duplicate",
    ],
)  # fmt: skip
def test_ends_are_known_in_any_dress(status: str) -> None:
    assert is_done(status)


@pytest.mark.parametrize(
    "status",
    [
        None, "", "open", "new", "Awaiting Closure Info", "Reopened", "In Progress", "-100", "Awaiting - solved?",
        "Not done", "pending", "Accepted/In Progress", 3, True, ("closed",),
    ],
)  # fmt: skip
def test_anything_else_is_not_an_end(status: object) -> None:
    assert not is_done(status)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("word", "line"), [("1", 1), ("2nd", 2), ("L3", 3), ("Tier 2", 2), (3, 3), ("V51 2nd", 2), ("Line 7", 7)]
)
def test_a_line_is_the_number_that_its_name_counts_with(word: str | int, line: int) -> None:
    assert line_of(word) == line


def test_flags_are_set_in_any_dress() -> None:
    assert all(is_yes(word) for word in (True, "true", "Yes", 1, "1", "да"))
    assert not any(is_yes(word) for word in (None, False, "", "no", 0, 2, "0", ("true",), 1.5))


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=120),
    st.tuples(st.text(max_size=5)),
)


@given(VALUES)
def test_no_word_fails(word: object) -> None:
    for ask in (rank, is_done, line_of, is_yes):
        ask(word)  # type: ignore[operator]
