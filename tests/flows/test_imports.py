"""What is imported when: Prefect only where a flow runs; and what `prefect.yaml` promises exists."""

from __future__ import annotations

import importlib
import inspect
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.flows.conftest import Office

ROOT = Path(__file__).parents[2]
WITHOUT = """
import sys
from flows.cli import main
sys.argv = ["hub", *sys.argv[1:]]
try:
    main()
except SystemExit as ended:
    code = ended.code or 0
loaded = {name.partition(".")[0] for name in sys.modules} & {"prefect", "fastapi"}
sys.exit(f"imported {loaded}" if loaded else code)
"""


def hub(*words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-c", WITHOUT, *words], env=environment, capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip


def test_help_imports_no_prefect() -> None:
    ran = hub("--help")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "sync" in ran.stdout


def test_sync_imports_no_prefect(office: Office) -> None:
    _ = office.hand_over()
    ran = hub("sync", "-c", str(office.config), "--json")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert '"state": "clean"' in ran.stdout


@pytest.fixture(scope="module")
def deployments() -> list[dict[str, Any]]:
    return list(yaml.safe_load((ROOT / "prefect.yaml").read_text())["deployments"])


@pytest.mark.slow
def test_every_deployment_names_an_async_flow_of_ours(
    deployments: list[dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path))
    for deployment in deployments:
        # a module, not a file: the working directory of a run is where hub.toml lies
        module, _, name = deployment["entrypoint"].rpartition(".")
        flow = getattr(importlib.import_module(module), name)
        assert flow.isasync, "a sync flow takes a second longer"
        inspect.signature(flow.fn).bind(**deployment["parameters"])
        assert deployment["description"]


def test_no_deployment_overlaps_itself(deployments: list[dict[str, Any]]) -> None:
    names = [d["name"] for d in deployments]
    assert len(set(names)) == len(names)
    for deployment in deployments:
        assert deployment["concurrency_limit"] == {"limit": 1, "collision_strategy": "CANCEL_NEW"}
        assert deployment["work_pool"] == {"name": "hub", "job_variables": {"env": {"DO_NOT_TRACK": "1"}}}


def test_prefect_is_told_to_be_quiet_before_its_first_import() -> None:
    """A fresh process that imports the flows has the switches set that keep it from phoning home."""
    asked = (
        "import flows.jobs, os; from prefect.settings import get_current_settings as s; "
        "print(os.environ['DO_NOT_TRACK'], s().server.analytics_enabled)"
    )
    environment = {k: v for k, v in os.environ.items() if k != "DO_NOT_TRACK" and not k.startswith("PREFECT_")}
    ran = subprocess.run(
        [sys.executable, "-c", asked], env={**environment, "PYTHONPATH": str(ROOT)}, cwd=ROOT,
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert ran.stdout.split() == ["1", "False"]
