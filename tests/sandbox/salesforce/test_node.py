"""jsforce, the Node client, does its ordinary work against the stand-in, over loopback."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from sandbox.sandbox import Sandbox
from sandbox.server import serve

SCRIPT = Path(__file__).with_name("jsforce_session.mjs")


@pytest.fixture
def folder() -> str:
    """Where jsforce is installed."""
    found = os.environ.get("JSFORCE_FOLDER", "")
    if shutil.which("node") is None or not Path(found, "node_modules", "jsforce").is_dir():
        pytest.skip("needs node, and JSFORCE_FOLDER: a folder in which `npm install jsforce` was run")
    return found


def test_jsforce(folder: str) -> None:
    """It signs in each way, queries, describes, writes, and uses Bulk 2.0 both ways."""
    sandbox = Sandbox(vendors=["salesforce"])
    sandbox.seed("demo")
    sandbox.vendors["salesforce"].settings["soap_login"] = True
    with serve(sandbox) as running:
        line = json.dumps(running.line["salesforce"])
        command = ["node", str(SCRIPT), folder, line]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "identity": "hub@sales.example",
        "query": 151,
        "describe": True,
        "created": True,
        "updated": True,
        "read": "changed",
        "upserted": [True, True],
        "many": [True, False],
        "deleted": True,
        "composite": 200,
        "refused": "INVALID_FIELD",
        "bulk_query": 26,
        "bulk_ingest": [1, 1],
        "soap": 26,
        "refreshed": 26,
    }
