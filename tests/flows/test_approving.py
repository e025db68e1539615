"""`stops_in_time` under a real Prefect server: a flow run that stops is suspended, shows why, and goes on when approved."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from flows.inline import run_sync
from flows.wiring import assemble
from tests.flows.conftest import Office
from tests.flows.test_prefect import ROOT, Orchestra, eventually, orchestra, outside

__all__ = ["orchestra", "outside"]
SERVE = """
import sys
import flows.prefect_env
from flows.jobs import sync
sync.serve(name="by-hand", parameters={"config": sys.argv[1]}, pause_on_shutdown=False)
"""


@pytest.fixture
def runner(orchestra: Orchestra, office: Office, tmp_path: Path) -> Iterator[tuple[Any, Path]]:
    log = tmp_path / "runner.log"
    with log.open("wb") as said:
        process = subprocess.Popen(
            [sys.executable, "-c", SERVE, str(office.config)], cwd=ROOT, env=orchestra.environment,
            stdout=said, stderr=said, start_new_session=True,
        )  # fmt: skip
    yield process, log
    os.killpg(process.pid, signal.SIGKILL)
    _ = process.wait(5)


def _stopped_soon(office: Office) -> None:
    """A hub that ran once, may create one issue a run, and has two to create."""
    office.running.sandbox.vendors["zendesk"].settings["export_delay"] = 0
    policy = office.config.parent / "mappings" / "policy.yaml"
    _ = policy.write_text(policy.read_text().replace("create: 12000", "create: 1"))
    with assemble(office.settings) as assembly:
        assert run_sync(assembly).state == "clean"
    _ = office.hand_over("First"), office.hand_over("Second")


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_a_flow_run_that_stops_waits_for_a_person_and_goes_on(
    orchestra: Orchestra,
    office: Office,
    runner: tuple[Any, Path],
) -> None:
    """Suspended, with counts and examples in an artifact; others do not ask again; approved, it does the work."""
    _stopped_soon(office)

    def state(run: str, *kinds: str) -> Callable[[], Any]:
        def look() -> Any:
            found = orchestra.found("flow_runs", flow_runs={"id": {"any_": [run]}})
            return found[0] if found and found[0]["state"]["type"] in kinds else None

        return look

    [deployment] = eventually(lambda: orchestra.found("deployments"), *runner)

    def begin() -> str:
        return str(orchestra.post(f"deployments/{deployment['id']}/create_flow_run")["id"])

    lost = begin()
    _ = eventually(state(lost, "PAUSED"), *runner)
    _ = orchestra.post(f"flow_runs/{lost}/set_state", state={"type": "CANCELLED"}, force=True)
    first = begin()
    asking = eventually(state(first, "PAUSED"), *runner)
    assert asking["state"]["name"] == "Suspended"
    assert office.issues == []
    [shown] = orchestra.found("artifacts/latest", artifacts={"key": {"any_": ["hub-held"]}})
    assert "would create replicas for 2 tickets" in shown["data"]
    assert "| jira | create | 2 |" in shown["data"]
    other = eventually(state(begin(), "CANCELLED"), *runner)
    assert f"Flow run {first} asks" in other["state"]["message"]
    answer = {"run_input": {"decision": "approve", "by": "kim"}}
    told = orchestra.post(f"flow_runs/{first}/resume", **answer)
    assert told["status"] == "ACCEPT", told
    done = eventually(state(first, "COMPLETED", "FAILED", "CRASHED"), *runner)
    assert done["state"]["type"] == "COMPLETED", done["state"]
    assert sorted(issue.values["summary"] for issue in office.issues) == ["First", "Second"]
    with assemble(office.settings) as assembly:
        [plan] = assembly.store.held_plans()
        assert (plan.state, plan.decided_by) == ("done", "kim")
