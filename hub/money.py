"""
Sums of money in one currency, so that they can be added. Pure; exact to the cent, in any order.

An amount that cannot be converted counts for nothing, and `problem` says so: a number that is
silently left out, or silently taken for euros, is worse than none.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Context, Decimal

import msgspec

from hub.model import Value

_CENT = Decimal("0.01")
_MOST = Decimal(10) ** 24
_EXACT = Context(prec=60, rounding=ROUND_HALF_EVEN)
"""Not the thread's: somebody else's setting must not change a sum."""


class Money(msgspec.Struct, frozen=True):
    """The currency to report in, and what one unit of every other is worth in it."""

    currency: str = ""
    rates: Mapping[str, float] = {}
    several: bool = False
    """Accounts name their currencies; one that does not is a mistake, not an account in ours."""

    def __post_init__(self) -> None:
        for code, rate in self.rates.items():
            if not 0 < rate < float("inf"):
                worth = f"what one {code} is worth in {self.currency or 'your currency'}"
                raise ValueError(f"the rate of {code} is {rate}; it must be a number above 0: {worth}")

    def reported(self, amount: Value, currency: Value) -> int | float | None:
        """Return the amount in the reporting currency; None if there is none, or no known rate."""
        rate = self._rate(currency)
        if rate is None or isinstance(amount, bool) or not isinstance(amount, (int, float)):
            return None
        exact = Decimal(str(amount))
        if not exact.is_finite() or abs(exact) > _MOST:
            return None
        worth = _EXACT.quantize(_EXACT.multiply(exact, rate), _CENT)
        return int(worth) if worth == worth.to_integral_value() else float(worth)

    def problem(self, amount: Value, currency: Value) -> str:
        """Return why an amount counts for nothing, and what to do about it; "" if it counts."""
        if not isinstance(amount, (int, float)) or isinstance(amount, bool):
            return ""
        code = _code(currency)
        if not code and self._rate(currency) is None:
            return (
                f"its revenue of {amount:,} has no currency, and others have one: it counts for nothing "
                "in sums; set the account's currency"
            )
        if self._rate(currency) is None:
            return (
                f"its revenue of {amount:,} {code} counts for nothing in sums: no rate of {code} to "
                f"{self.currency or 'a reporting currency'} is known; add it to `money.rates` in policy.yaml"
            )
        if self.reported(amount, currency) is None:
            return f"its revenue {amount} is not a number that can be added; correct it"
        return ""

    def _rate(self, currency: Value) -> Decimal | None:
        code = _code(currency)
        if not code:
            return None if self.several else Decimal(1)
        if code == _code(self.currency):
            return Decimal(1)
        known = next((rate for name, rate in self.rates.items() if _code(name) == code), None)
        return None if known is None else Decimal(str(known))


def _code(currency: Value) -> str:
    return currency.strip().upper() if isinstance(currency, str) else ""
