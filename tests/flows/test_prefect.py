"""
The hub's flows under a real Prefect server: its schedule makes a run of ours, and the run does its work.

Installing and importing prove nothing here: some sets of versions install, import, serve, and never
schedule. So this starts the server as operators do.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.flows.conftest import Office

ROOT = Path(__file__).parents[2]
PATIENCE = 75.0
BUSY = 503  # two that write at once on SQLite: nothing was done, "clients can retry" (prefect/server/api/server.py)
SERVE = """
import sys
import flows.prefect_env
from flows.jobs import sync
sync.serve(name="every-three-seconds", interval=3, parameters={"config": sys.argv[1]}, pause_on_shutdown=False)
"""
RUN = """
import asyncio, sys
import flows.prefect_env
from flows import jobs
state = asyncio.run(getattr(jobs, sys.argv[1])(sys.argv[2], return_state=True))
print(state.name, "|", state.message)
sys.exit(0 if state.is_completed() else 3)
"""


@dataclass
class Orchestra:
    """A running Prefect server, and an environment for processes that use it."""

    url: str
    environment: dict[str, str]
    called_home: list[str]

    def post(self, path: str, **body: Any) -> Any:
        """What the server answers, asked again while it says 503, as Prefect's own client does."""
        end = time.monotonic() + PATIENCE
        while True:
            reply = httpx.post(f"{self.url}/{path}", json=body, timeout=30)
            if reply.status_code != BUSY or time.monotonic() > end:
                reply.raise_for_status()
                return reply.json()
            time.sleep(0.3)

    def found(self, what: str, **body: Any) -> list[dict[str, Any]]:
        return self.post(f"{what}/filter", **body)

    def run(self, flow: str, config: Path) -> subprocess.CompletedProcess[str]:
        """Run a flow once, in a process of its own."""
        return subprocess.run(
            [sys.executable, "-c", RUN, flow, str(config)], cwd=ROOT, env=self.environment,
            capture_output=True, text=True, timeout=PATIENCE, check=False,
        )  # fmt: skip


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def eventually(look: Callable[[], Any], process: subprocess.Popen[bytes], log: Path) -> Any:
    """Return what `look` finds, as soon as it finds something; a process that ends is a failure."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        assert process.poll() is None, log.read_text()[-3000:]
        time.sleep(0.3)
    raise AssertionError(f"not seen in {PATIENCE} s:\n{log.read_text()[-3000:]}")


@pytest.fixture(scope="module")
def outside() -> Iterator[tuple[int, list[str]]]:
    """What stands where the internet would be: a proxy that takes nothing, and remembers who tried."""
    tried: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def listen() -> None:
            while True:
                try:
                    caller, _ = listener.accept()
                except OSError:
                    return
                with caller:
                    caller.settimeout(2)
                    tried.append(caller.recv(200).decode("latin-1").partition("\r")[0])

        threading.Thread(target=listen, daemon=True).start()
        yield listener.getsockname()[1], tried


@pytest.fixture(scope="module")
def orchestra(
    tmp_path_factory: pytest.TempPathFactory, outside: tuple[int, list[str]]
) -> Iterator[Orchestra]:
    home = tmp_path_factory.mktemp("prefect")
    port, (proxy, tried) = free_port(), outside
    url = f"http://127.0.0.1:{port}/api"
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith("PREFECT_")},
        "PREFECT_HOME": str(home),
        "PREFECT_API_URL": url,
        "PREFECT_SERVER_EPHEMERAL_ENABLED": "false",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_UI_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_SERVICES_SCHEDULER_LOOP_SECONDS": "1",
        "PREFECT_RUNNER_POLL_FREQUENCY": "1",
        "HTTPS_PROXY": f"http://127.0.0.1:{proxy}",
        "https_proxy": f"http://127.0.0.1:{proxy}",
        "NO_PROXY": "127.0.0.1,localhost",
        "PYTHONPATH": str(ROOT),
    }
    log = home / "server.log"
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)]
    with log.open("wb") as said:
        server = subprocess.Popen(command, cwd=home, env=environment, stdout=said, stderr=said)
    try:
        _ = eventually(lambda: healthy(url), server, log)
        yield Orchestra(url, environment, tried)
    finally:
        server.terminate()
        try:
            _ = server.wait(15)
        except subprocess.TimeoutExpired:
            server.kill()
            _ = server.wait(5)


def healthy(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health", timeout=5).status_code == 200
    except httpx.TransportError:
        return False


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_the_schedule_makes_a_run_that_brings_both_sides_in_step(
    orchestra: Orchestra, office: Office, tmp_path: Path
) -> None:
    _ = office.hand_over()
    office.running.sandbox.vendors["zendesk"].settings["export_delay"] = 0
    log = tmp_path / "runner.log"
    with log.open("wb") as said:
        runner = subprocess.Popen(
            [sys.executable, "-c", SERVE, str(office.config)], cwd=ROOT, env=orchestra.environment,
            stdout=said, stderr=said, start_new_session=True,
        )  # fmt: skip
    try:

        def completed() -> list[dict[str, Any]]:
            runs = orchestra.found("flow_runs", flow_runs={"state": {"type": {"any_": ["COMPLETED"]}}})
            return [run for run in runs if run["auto_scheduled"]]

        runs = eventually(completed, runner, log)
    finally:
        # It would wait for the runs that it has begun; they are in its process group, and so end with it.
        os.killpg(runner.pid, signal.SIGKILL)
        _ = runner.wait(5)
    assert runs[0]["parameters"] == {"config": str(office.config)}
    assert "clean: " in runs[0]["state"]["message"] or "attention: " in runs[0]["state"]["message"]
    assert [issue.values["summary"] for issue in office.issues] == ["Printer on fire"]
    [latest] = orchestra.found("artifacts/latest", artifacts={"key": {"any_": ["hub-sync"]}})[:1]
    assert "| written | " in latest["data"]
    assert orchestra.called_home == []


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_a_run_that_fails_is_seen_to_fail(orchestra: Orchestra, office: Office) -> None:
    """Failed in the list of runs, with the hub's own words, in the artifact too, and asked only once."""
    text = office.config.read_text()
    tokens = [line for line in text.splitlines() if line.startswith("api_token")]
    _ = office.config.write_text(text.replace(tokens[0], 'api_token = "hush-wrong"'))
    ended = orchestra.run("reconcile", office.config)
    assert ended.returncode == 3, ended.stderr[-2000:]
    assert ended.stdout.startswith("Failed | ")
    assert "zendesk refused our credentials (401 to " in ended.stdout
    assert "hush-wrong" not in ended.stdout + ended.stderr
    [run] = orchestra.found("flow_runs", flow_runs={"state": {"type": {"any_": ["FAILED"]}}})
    assert "zendesk refused our credentials" in run["state"]["message"]
    [latest] = orchestra.found("artifacts/latest", artifacts={"key": {"any_": ["hub-reconcile"]}})
    assert latest["data"].startswith("### Run ")
    assert ": failed\n\n**zendesk refused our credentials" in latest["data"]
    tasks = orchestra.found("task_runs", flow_runs={"id": {"any_": [run["id"]]}})
    assert [t["run_count"] for t in tasks] in ([1], []), "a refusal is not asked again"
    assert orchestra.called_home == []
