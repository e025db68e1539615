"""A secret that lies in a block of Prefect's is found in its flows, and a name that is none is said clearly."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.flows.test_prefect import ROOT, Orchestra, orchestra, outside

__all__ = ["orchestra", "outside"]

ASKS = """
import flows.prefect_env
from prefect.blocks.system import Secret
from flows.prefect_blocks import block
from hub.errors import Misconfigured
Secret(value="never-in-a-file").save("hub-jira", overwrite=True)
assert block("hub-jira") == "never-in-a-file"
try:
    block("hub-none")
except Misconfigured as error:
    print(error)
"""


@pytest.mark.slow
def test_a_block_holds_a_secret(orchestra: Orchestra) -> None:  # pytest's way to name a fixture
    """`block:hub-jira` is the value of that Secret block."""
    ran = subprocess.run(
        [sys.executable, "-c", ASKS],
        cwd=ROOT,
        env=orchestra.environment,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    assert "Prefect has no Secret block called 'hub-none'" in ran.stdout
    assert "never-in-a-file" not in ran.stdout + ran.stderr
