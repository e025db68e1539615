"""A store that cannot be used: locked, read-only, held by another process. Which one, why, and what to do."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from flows.setting_up import copy_mappings, for_sandbox, write_settings
from hub.store import open_store
from sandbox.server import Running
from tests.bad_input.conftest import Ran

Hub = Callable[..., Ran]
ROOT = Path(__file__).parents[2]
HOLDER = """
import sys
from hub.store import open_store
store = open_store(sys.argv[1])
with store.lease("hub sync of somebody else"):
    print("held", flush=True)
    sys.stdin.read()
store.close()
"""


def test_a_database_that_another_program_has_locked(hub: Hub, config: Path) -> None:
    _ = config.write_text(config.read_text() + '[store]\nurl = "sqlite:///hub.sqlite3?timeout=0.1"\n')
    assert hub("sync", "-c", config).code in (0, 1)
    file = config.parent / "hub.sqlite3"
    with closing(sqlite3.connect(file, isolation_level=None)) as browser:
        browser.execute("BEGIN IMMEDIATE")
        ran = hub("sync", "-c", config)
        browser.execute("ROLLBACK")
    assert ran.code == 2
    assert ran.err == (
        f"hub: Cannot use the SQLite store {file}: another program has it locked. Close what else has it open "
        "(a database browser, a backup, another hub), then run this again. (database is locked)\n"
    )
    assert hub("sync", "-c", config).code in (0, 1)


@pytest.fixture
def read_only(served: Running) -> Iterator[Path]:
    """A `hub.toml` beside a store that this user may read and not write, even if it is root."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        write_settings(place / "hub.toml", for_sandbox(served.line))
        _ = copy_mappings(place / "mappings")
        open_store(f"sqlite:///{place}/hub.sqlite3").close()
        for file in place.iterdir():
            file.chmod(0o755 if file.is_dir() else 0o444)
        place.chmod(0o555)
        was = os.geteuid()
        if was == 0:
            os.seteuid(65534)
        try:
            yield place / "hub.toml"
        finally:
            os.seteuid(was)
            place.chmod(0o755)


def test_a_read_only_database(hub: Hub, read_only: Path) -> None:
    ran = hub("sync", "-c", read_only)
    assert ran.code == 2
    assert ran.err.startswith(f"hub: Cannot use the SQLite store {read_only.parent}/hub.sqlite3: it cannot be ")
    assert "this user" in ran.err


def test_a_file_that_is_no_database(hub: Hub, config: Path) -> None:
    file = config.parent / "hub.sqlite3"
    file.write_text("Dear diary, " * 200)
    ran = hub("sync", "-c", config)
    assert ran.code == 2
    assert "the file is not a SQLite database. Correct the path of the store, or put a backup there" in ran.err
    assert file.read_text().startswith("Dear diary")


@pytest.fixture
def other(config: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the same store for a run."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, f"sqlite:///{config.parent}/hub.sqlite3"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.stdin.close()
    process.stdout.close()
    _ = process.wait(10)


def test_a_second_process(hub: Hub, config: Path, other: subprocess.Popen[str]) -> None:
    """It is refused before it reads or writes anything, with the name of who holds the store."""
    for command in (("sync",), ("plan",), ("backfill",), ("reconcile",)):
        ran = hub(*command, "-c", config)
        assert ran.code == 2, command
        assert "hub sync of somebody else" in ran.err
        assert f"process {other.pid}" in ran.err
        assert str(config.parent / "hub.sqlite3") in ran.err
    status = hub("status", "-c", config)
    assert status.code == 0, "looking is always allowed"
    assert "Last runs: none" in status.out


def test_the_other_process_dies(hub: Hub, config: Path, other: subprocess.Popen[str]) -> None:
    """`kill -9` leaves no lock that a person must clear."""
    other.kill()
    _ = other.wait(10)
    assert hub("sync", "-c", config).code in (0, 1)


def test_the_other_process_ends(hub: Hub, config: Path, other: subprocess.Popen[str]) -> None:
    assert other.stdin is not None
    other.stdin.close()
    assert other.wait(10) == 0
    assert hub("sync", "-c", config).code in (0, 1)
