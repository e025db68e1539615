"""Hypothesis profiles: quick while you work, repeatable in CI, no shrinking when hunting mutants."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings

os.environ.setdefault("DO_NOT_TRACK", "1")
os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")

_SLOW_WORLD = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
_PHASES = [Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink]  # explaining traces every line
settings.register_profile(
    "dev", deadline=None, max_examples=100, stateful_step_count=15, phases=_PHASES,
    suppress_health_check=_SLOW_WORLD,
)
settings.register_profile("ci", settings.get_profile("dev"), derandomize=True, database=None)
settings.register_profile("nightly", settings.get_profile("dev"), max_examples=2000)
settings.register_profile(
    "mutants", settings.get_profile("dev"), phases=[Phase.generate], database=None
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """
    Files with slow tests first: else one of two processes is left alone with the longest, in the end.

    But the chaos run comes last: it keeps every core busy by itself.
    """
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: 2 if item.path.parent.name == "chaos" else item.path not in slow)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real recordings and official API documents, where they lie beside the checkout."""
    folder = Path(os.environ.get("SHARED_DATA", Path(__file__).parents[2] / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip("no recorded data here: set SHARED_DATA to a folder with recordings and API documents")
    return folder
