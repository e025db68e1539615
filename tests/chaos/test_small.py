"""The chaos run in small: every kind of fault once, three workers, a database that dies; then every promise."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.chaos import report
from tests.chaos.plan import STORMS, plan
from tests.chaos.postgres import programs
from tests.chaos.run import Chaos
from tests.chaos.stage import House

pytestmark = [pytest.mark.enable_socket, pytest.mark.slow, pytest.mark.timeout(600)]

SEED, TICKETS, EDITS, RATE = 6, 36, 360, 9.0


def test_the_same_seed_plans_the_same() -> None:
    """Acts and faults are decided before anything happens, by the seed alone."""
    assert plan(1, 60, 600, 3) == plan(1, 60, 600, 3)
    assert plan(1, 60, 600, 3).acts != plan(2, 60, 600, 3).acts
    assert {storm.kind for storm in plan(1, 60, 600, 3).storms} == set(STORMS)


def test_every_promise_holds_after_everything_went_wrong(tmp_path: Path) -> None:
    """People on four sides, each fault at least once, then calm: nothing lost, nothing doubled."""
    postgresql = programs() is not None
    if not postgresql:
        sys.stderr.write("\nNO POSTGRESQL: one worker on SQLite, and no database that dies\n")
    workers = 3 if postgresql else 1
    made = plan(SEED, TICKETS, EDITS, workers, postgresql=postgresql)
    told: list[str] = []
    with House(workers, postgresql=postgresql) as house:
        result = Chaos(made, house, RATE, told.append).run()
        log = house.log.read_text("utf-8", "replace")
    again = f"python -m tests.chaos --seed {SEED} --tickets {TICKETS} --edits {EDITS} --minutes {EDITS / RATE / 60:.1f}"
    shown = report.text(result, again)
    _ = (tmp_path / "chaos.txt").write_text("\n".join([*told, shown, log]))
    assert not result.reckoning.violations, shown
    assert result.reckoning.counts["doubles_nothing"] > 100, shown
    died = sum(deaths for deaths in result.deaths.values())
    assert died >= workers, shown
