"""Who takes the place of the logistic model: only who is better with confidence."""

from __future__ import annotations

import pytest

from hub.risk import fit
from hub.risk.model import Trial

HOLDER = Trial("logistic", 5_000, 0.30, 0.02, None)


@pytest.mark.parametrize(
    ("ahead", "ece", "chosen"),
    [
        ((0.01, 0.05), 0.02, "boosted"),
        ((-0.01, 0.09), 0.02, "logistic"),  # better on the whole, and by luck as well as not
        ((0.0, 0.05), 0.02, "logistic"),
        ((0.01, 0.05), 0.20, "logistic"),  # nobody could believe its chances
    ],
)
def test_a_challenger_must_be_better_with_confidence(
    ahead: tuple[float, float], ece: float, chosen: str
) -> None:
    """Its interval lies above nothing, and its chances can be believed."""
    kind, why = fit._best((HOLDER, Trial("boosted", 5_000, 0.33, ece, ahead)))
    assert kind == chosen and why
