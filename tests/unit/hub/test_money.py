"""Money is added in one currency, to the cent, and what cannot be converted is named."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.money import Money

EUROS = Money("EUR", {"USD": 0.92, "JPY": 0.0061, "rub": 0.0098}, several=True)
SINGLE = Money("EUR")


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        (120_000, "EUR", 120_000),
        (120_000, " eur ", 120_000),
        (100, "USD", 92),
        (99.99, "USD", 91.99),
        (1_000_000, "JPY", 6100),
        (1, "RUB", 0.01),
        (0, "USD", 0),
        (-10, "USD", -9.2),
        (100, "CHF", None),
        (100, None, None),
        (100, "", None),
        (None, "USD", None),
        ("100", "USD", None),
        (True, "USD", None),
        (math.nan, "EUR", None),
        (math.inf, "EUR", None),
        (1e300, "EUR", None),
    ],
)
def test_an_amount_in_the_reporting_currency(amount: Any, currency: Any, shown: Any) -> None:
    """A known rate converts, to the cent; nothing is taken for euros that does not say so."""
    assert EUROS.reported(amount, currency) == shown
    assert bool(EUROS.problem(amount, currency)) == (shown is None and type(amount) in {int, float})


def test_in_a_single_currency_nobody_has_to_say_it() -> None:
    """An organisation with one currency names it nowhere, and its amounts add up as they are."""
    assert SINGLE.reported(12.5, None) == 12.5
    assert Money().reported(12.5, None) == 12.5
    assert SINGLE.reported(12.5, "USD") is None


def test_a_problem_says_what_to_do() -> None:
    """No currency, no rate, no number: each in words."""
    assert "set the account's currency" in EUROS.problem(120_000, None)
    assert "no rate of CHF to EUR is known; add it" in EUROS.problem(5, "CHF")
    assert "correct it" in EUROS.problem(math.nan, "EUR")


@pytest.mark.parametrize("rate", [0, -1, math.nan, math.inf])
def test_a_rate_that_cannot_be_is_refused(rate: float) -> None:
    """A worthless currency is a slip in the settings."""
    with pytest.raises(ValueError, match="the rate of USD is"):
        _ = Money("EUR", {"USD": rate})


@given(st.integers(-(10**12), 10**12), st.floats(0.0001, 1000))
def test_rounding_is_to_the_nearest_cent(cents: int, rate: float) -> None:
    """Never further off than half a cent, and the same each time."""
    money = Money("EUR", {"USD": rate})
    shown = money.reported(cents / 100, "USD")
    assert shown is not None
    assert abs(shown - cents / 100 * rate) <= 0.005 + abs(shown) * 1e-12
    assert money.reported(shown, "EUR") == shown
