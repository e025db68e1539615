"""`survives_death` by mail: `kill -9` at every command to either mail server; then a rerun, an hour later."""

from __future__ import annotations

import os
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from flows.inline import run_sync
from flows.wires import Wires
from flows.wiring import assemble
from hub.settings import load
from sandbox.faults import Fate, Fault
from tests.crash.processes import SPAWNER, Scene, kill, scene

pytestmark = [pytest.mark.enable_socket, pytest.mark.slow, pytest.mark.timeout(300)]

CUSTOMERS = tuple(f"customer{n}@company.example" for n in range(3))
MOST_RUNS = 8


def run_later(folder: Path, hours: int) -> None:
    """One run, as a process of its own, so many hours later: what was in doubt is not any more."""

    def now() -> str:
        return (datetime.now(UTC) + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")

    with assemble(load(folder / "hub.toml"), Wires(now=now)) as assembly:
        _ = run_sync(assembly)


class Killer:
    """Kills the hub at its nth command to a mail server: before it is done, or after."""

    def __init__(self, it: Scene, nth: int, *, after: bool) -> None:
        self.left = nth
        self.at = ""
        self.process: Any = None
        self.started = threading.Event()
        self.faults = it.sandbox.faults["email"]
        told = {"after": lambda event, _: self.count(event)} if after else {"before": self.count}
        _ = self.faults.always(Fault(Fate.OK, **told), endpoint="SMTP MESSAGE" if after else "*")

    def count(self, event: Any) -> None:
        self.left -= 1
        if self.left == 0:
            assert self.started.wait(10)
            self.at = event.endpoint
            kill(self.process)


def story(it: Scene) -> None:
    """Three customers have written, and are answered; then each writes again, and a fourth for the first time."""
    mail: Any = it.sandbox.parties["email"]
    for n, customer in enumerate(CUSTOMERS):
        _ = mail.person("write", **{"from": customer, "subject": f"case {n}", "body": f"first {n}"})
    it.settled()
    for n, number in enumerate(it.tickets().values()):
        _ = it.agents.say(number, f"answer {n}", public=True)
        _ = it.agents.say(number, f"internal {n}", public=False)
    for n, customer in enumerate(CUSTOMERS):
        _ = mail.person("write", **{"from": customer, "subject": f"new {n}", "body": f"another {n}"})


def seen(it: Scene) -> tuple[list[str], dict[str, list[str]]]:
    """Every ticket by its subject, and what each customer got."""
    mail: Any = it.sandbox.parties["email"]
    with it.sandbox.lock:
        subjects = sorted(t.subject for t in it.account.state.tickets.values())
        got = {c: [m["text"].strip() for m in mail.person("inbox", address=c)["mails"]] for c in CUSTOMERS}
    return subjects, got


EVERYTHING = (
    sorted([*(f"case {n}" for n in range(3)), *(f"new {n}" for n in range(3))]),
    {customer: [f"answer {n}"] for n, customer in enumerate(CUSTOMERS)},
)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_death_at_every_command(tmp_path: Path, after: bool) -> None:
    """
    Each mail is one ticket, and each answer reaches its customer once, wherever the process died.

    By day at every fourth command before it is done, by night at each.
    """
    places: set[str] = set()
    thorough = after or os.environ.get("HYPOTHESIS_PROFILE") == "nightly"
    for nth in range(1, 60, 1 if thorough else 4):
        with scene(tmp_path / str(nth), patience=0.0) as it:
            story(it)
            killer = Killer(it, nth, after=after)
            killer.process = SPAWNER.Process(target=run_later, args=(it.folder, 0))
            killer.process.start()
            killer.started.set()
            killer.process.join(60)
            killer.faults.clear()
            if killer.left > 0:
                assert places >= {"SMTP MESSAGE"} if after else len(places) > 3
                return
            places.add(killer.at)
            assert killer.process.exitcode == -9, killer.process.exitcode
            for hours in range(1, MOST_RUNS):
                rerun = SPAWNER.Process(target=run_later, args=(it.folder, hours))
                rerun.start()
                rerun.join(60)
                if seen(it) == EVERYTHING and hours > 2:
                    break
            assert seen(it) == EVERYTHING, f"killed at command {nth}, {killer.at}, {after=}"
    raise AssertionError("there is no end to the commands")
