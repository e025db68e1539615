"""`survives_death`: `kill -9` at any moment, then a rerun, ends in the same state as an undisturbed run."""

from __future__ import annotations

import os
import random
import threading
from pathlib import Path
from typing import Any

import pytest

from sandbox.faults import Fate, Fault
from tests.crash.processes import Scene, kill, scene

pytestmark = [pytest.mark.enable_socket, pytest.mark.slow, pytest.mark.timeout(300)]

TICKETS = 16
SEEDS = (20,)
"""Of the moments at which the hub is killed: a failure is repeated with its seed."""


def people_begin(it: Scene) -> None:
    """Tickets of several kinds, some with comments and files, most of them for engineering."""
    for number in range(TICKETS):
        ticket = it.agents.create(
            f"case {number}",
            tags=[f"t{number % 3}"],
            priority=("low", "normal", "high", "urgent")[number % 4],
            **{"Needs engineering": number % 4 != 3, "Affected users": number + 1},
        )
        if number % 2:
            _ = it.agents.say(ticket, f"public {number}", public=True)
            _ = it.agents.say(ticket, f"internal {number}", public=False)
        if number % 5 == 0:
            file = {"name": f"log{number}.txt", "data": f"line {number}\n".encode() * 50}
            _ = it.account.person("attach", ticket=ticket, body=f"file {number}", **file)


def agents_go_on(it: Scene, turn: int) -> None:
    """What agents change in one turn; no two turns and no two sides change the same."""
    for number in range(turn, TICKETS, 4):
        ticket = it.tickets()[f"case {number}"]
        assert it.agents.set(
            ticket, **{"Business impact": f"impact {number}", "Affected users": 100 + number}
        )
        _ = it.agents.say(ticket, f"more {number}", public=number % 3 == 0)


def engineers_go_on(it: Scene, turn: int) -> None:
    for number in range(turn, TICKETS, 4):
        issue = it.issues().get(f"case {number}")
        if issue is None:
            continue
        it.engineers.set(issue.key, Severity="S1", priority="High")
        _ = it.engineers.say(issue.key, f"engineer {number}", customer=number % 2 == 0)
        assert it.engineers.move_to(issue.key, "In Progress")


def undisturbed(folder: Path) -> dict[str, Any]:
    with scene(folder, patience=0.0) as it:
        people_begin(it)
        it.settled()
        for turn in range(4):
            agents_go_on(it, turn)
            engineers_go_on(it, turn)
        it.settled()
        return it.shown()


@pytest.mark.parametrize("seed", SEEDS)
def test_death_at_random_moments(tmp_path: Path, seed: int) -> None:
    """The hub's process dies again and again while people go on; in the end nothing tells of it."""
    dice = random.Random(seed)
    expected = undisturbed(tmp_path / "calm")
    deaths = 0
    with scene(tmp_path / "killed") as it:
        people_begin(it)
        for _ in range(4):
            deaths += it.killed_after(dice.uniform(0.5, 1.6))
        it.commanded()
        for turn in range(4):
            with it.sandbox.lock:
                agents_go_on(it, turn)
                engineers_go_on(it, turn)
            deaths += it.killed_after(dice.uniform(0.5, 1.3))
        it.commanded()
        it.settled()
        assert it.shown() == expected
    assert deaths, "every process came to its end before it was killed; shorten the moments"


class Reaper:
    """Kills the hub at its nth write, after or instead of the effect."""

    def __init__(self, it: Scene, nth: int, *, effect: bool) -> None:
        self.left = nth
        self.process: Any = None
        self.started = threading.Event()
        fault = Fault(Fate.LOST if effect else Fate.LOST_BEFORE, before=self.strike)
        calm = Fault(Fate.OK, before=self.count)
        self.fault, self.calm, self.it = fault, calm, it

    def watch(self) -> None:
        """Stand at both vendors: their writes are counted together."""
        for faults in self.it.sandbox.faults.values():
            faults.clear()
            _ = faults.always(self.calm if self.left > 1 else self.fault, writes=True, times=1)

    def count(self, _: Any) -> None:
        self.left -= 1
        self.watch()

    def strike(self, _: Any) -> None:
        assert self.started.wait(10)
        kill(self.process)
        self.left = 0
        for faults in self.it.sandbox.faults.values():
            faults.clear()


def small_scene(it: Scene) -> None:
    """Whatever kinds of writes there are, each at least once."""
    first = it.agents.create("case 0", status="open", assignee_email="hub@support.example")
    _ = it.agents.say(first, "public 0", public=True)
    file = {"name": "log.txt", "data": b"line\n" * 50}
    _ = it.account.person("attach", ticket=first, body="the log", **file)
    second = it.agents.create("case 1", **{"Affected users": None})
    it.settled()
    [issue] = it.issues().values()
    _ = it.agents.set(first, priority="high")
    _ = it.agents.say(first, "internal 0", public=False)
    it.engineers.set(issue.key, Severity="S1")
    said = it.engineers.say(issue.key, "to be changed")
    _ = it.engineers.say(issue.key, "for the customer", customer=True)
    _ = it.site.person("edit_comment", issue=issue.key, comment=said, body="changed")
    _ = it.agents.set(second, **{"Affected users": 5})
    third = it.agents.create("case 2", **{"Jira issue": issue.key})
    _ = it.agents.say(third, "public 2", public=True)
    _ = it.site.person("attach", issue=issue.key, name="fix.diff", content=b"+ b\n")
    assert it.engineers.move_to(issue.key, "In Progress")


def test_death_at_every_effect(tmp_path: Path) -> None:
    """
    Killed at its nth write, for every n, before it hears of the effect: the same state in the end.

    By night also before each effect happens.
    """
    with scene(tmp_path / "calm", patience=0.0) as it:
        small_scene(it)
        it.settled()
        expected = it.shown()
    struck = 0
    thorough = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"
    for nth in range(1, 60):
        for effect in (True, False) if thorough else (True,):
            with scene(tmp_path / f"{nth}-{effect}", patience=0.0) as it:
                small_scene(it)
                reaper = Reaper(it, nth, effect=effect)
                reaper.watch()
                reaper.process = it.born()
                reaper.started.set()
                reaper.process.join(60)
                if reaper.left:
                    for faults in it.sandbox.faults.values():
                        faults.clear()
                    assert struck > 10, "too few writes to be worth dying at"
                    return
                struck += 1
                assert reaper.process.exitcode == -9, reaper.process.exitcode
                it.settled()
                assert it.shown() == expected, f"killed at write {nth}, {effect=}"
    raise AssertionError("there is no end to the writes")
