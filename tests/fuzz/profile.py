"""How long to fuzz: some examples in CI, always the same; random ones by `python -m tests.fuzz`."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, settings

LONG = "HUB_FUZZ"


def examples(most: int) -> Callable[[Any], Any]:
    """Return the settings of a test: `most` examples, the same each time; or a thousand that nobody knows."""
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture, HealthCheck.large_base_example]
    long = LONG in os.environ
    return settings(
        max_examples=1_000 if long else most, derandomize=not long, database=None, deadline=None,
        suppress_health_check=checks, print_blob=True,
    )  # fmt: skip
