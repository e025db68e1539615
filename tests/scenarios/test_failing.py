"""What runs do when something fails, or would do too much: real connectors, no sockets."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from sandbox.faults import Crash, Fate, Fault
from tests.properties.sides import Jira, Zendesk
from tests.world import MAPPINGS, World, summary, writes


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.close()


def limited(folder: Path, line: str, instead: str, *, crm: bool = False) -> World:
    """A world whose policy has another limit."""
    shutil.copytree(MAPPINGS, folder / "mappings")
    policy = folder / "mappings" / "policy.yaml"
    text = policy.read_text(encoding="utf-8")
    assert line in text
    policy.write_text(text.replace(line, instead), encoding="utf-8")
    return World(folder, crm=crm)


@pytest.mark.parametrize(("down", "up"), [("zendesk", "jira"), ("jira", "zendesk")])
def test_isolates_a_system_that_is_down(world: World, down: str, up: str) -> None:
    """The other one is read all the same; what waits is done once both are there."""
    agents, engineers = Zendesk(world), Jira(world)
    number = agents.create("case")
    _ = world.settle()
    assert agents.set(number, **{"Business impact": "much"})
    engineers.set("SUP-1", summary="from an engineer")
    _ = world.sandbox.faults[down].always(Fault(Fate.FAIL_500))
    run = world.sync()
    assert run.state == "failed"
    assert list(summary(run, "down")) == [down]
    assert summary(run, "observed")[up] == 1
    world.sandbox.faults[down].clear()
    _ = world.settle()
    assert agents.see(number)["subject"] == engineers.see("SUP-1")["subject"] == "from an engineer"
    assert world.store.dirty(10) == []


def test_doubles_nothing_when_a_creation_is_not_answered(world: World) -> None:
    """It is looked for, and not asked again before a search can have seen it."""
    world.jira.settings["search_lag"] = 20.0
    number = Zendesk(world).create("case")
    world.sandbox.faults["jira"].follow(["lost"], writes=True)
    first = world.sync()
    assert summary(first, "waiting") == 1
    world.tick(-56)  # a moment later: no search sees the issue yet
    again = world.sync()
    assert summary(again, "created")["jira"] == 0
    world.tick(30)
    _ = world.settle()
    assert Jira(world).keys() == ["SUP-1"]
    assert Zendesk(world).see(number)["fields"]["Jira issue"] == "SUP-1"


def test_doubles_nothing_late_in_a_long_run(world: World) -> None:
    """A creation is awaited from when it was asked for, not from when its run began."""
    _ = world.settle()
    world.jira.settings["search_lag"] = 20.0
    _ = Zendesk(world).create("case")
    world.sandbox.faults["zendesk"].follow([Fault(before=lambda _: world.tick(300))])
    world.sandbox.faults["jira"].follow(["lost"], writes=True)
    assert summary(world.sync(), "waiting") == 1
    world.tick(-56)
    assert summary(world.sync(), "created")["jira"] == 0
    world.tick(30)
    _ = world.settle()
    assert Jira(world).keys() == ["SUP-1"]


def test_loses_no_edit_that_is_made_while_a_write_is_on_its_way(world: World) -> None:
    """A write names the version that it was planned on, and gives way to a person who was quicker."""
    agents, engineers = Zendesk(world), Jira(world)
    number = agents.create("case")
    _ = world.settle()
    engineers.set("SUP-1", summary="from an engineer")
    quicker = Fault(before=lambda _: agents.set(number, subject="from an agent"))
    world.sandbox.faults["zendesk"].follow([quicker], writes=True)
    _ = world.settle()
    assert agents.see(number)["subject"] == engineers.see("SUP-1")["subject"] == "from an agent"
    [conflict] = [c for c in world.store.conflicts() if c.register == "subject"]
    assert "from an engineer" in conflict.dropped.values()


def test_loses_no_label_that_is_set_while_others_are_written(world: World) -> None:
    """Labels are added and removed one by one: what the answer shows beside them is somebody's word."""
    agents, engineers = Zendesk(world), Jira(world)
    number = agents.create("case", tags=["old"])
    _ = world.settle()
    held = agents.see(number)["tags"]
    assert agents.set(number, tags=[*held, "agent"])
    labels = [name for name in engineers.issue("SUP-1").values["labels"] if name != "old"]
    quicker = Fault(before=lambda _: engineers.set("SUP-1", labels=[*labels, "engineer"]))
    world.sandbox.faults["jira"].follow([quicker], writes=True)
    _ = world.settle()
    assert agents.set(number, tags=[*agents.see(number)["tags"], "later"])
    _ = world.settle()
    assert engineers.see("SUP-1")["labels"] == ["agent", "engineer", "later"]
    assert {"agent", "engineer", "later"} <= set(agents.see(number)["tags"])
    assert "old" not in agents.see(number)["tags"], "and so is what somebody took away"


def test_survives_death_between_settling_a_conflict_and_its_answer(world: World) -> None:
    """What gave way is on record before the other side is overwritten."""
    agents, engineers = Zendesk(world), Jira(world)
    number = agents.create("case")
    _ = world.settle()
    assert agents.set(number, subject="from an agent")
    engineers.set("SUP-1", summary="from an engineer")
    world.sandbox.faults["jira"].follow([Fault(after=_die)], writes=True)
    with suppress(Crash):
        _ = world.sync()
    world.sandbox.faults["jira"].clear()
    world.reborn()
    _ = world.settle()
    assert engineers.see("SUP-1")["subject"] == "from an agent"
    [conflict] = [c for c in world.store.conflicts() if c.register == "subject"]
    assert dict(conflict.dropped) == {"jira": "from an engineer"}


def test_an_unanswered_creation_is_looked_for_beyond_the_feed(world: World) -> None:
    """The issue is found by its key even where the watched scope does not show it."""
    jira = world.settings.jira.model_copy(update={"jql": "project = OPS"})
    world.settings = world.settings.model_copy(update={"jira": jira})
    world.reborn()
    number = Zendesk(world).create("case")
    world.sandbox.faults["jira"].follow(["lost"], writes=True)
    assert summary(world.sync(), "waiting") == 1
    _ = world.settle()
    assert Jira(world).keys() == ["SUP-1"]
    assert Zendesk(world).see(number)["fields"]["Jira issue"] == "SUP-1"


def test_stops_in_time_before_the_first_write(tmp_path: Path) -> None:
    """A run that would touch more than the limit writes nothing and says what to do; with a word it goes on."""
    world = limited(tmp_path, "close: 500", "close: 2")
    try:
        agents, engineers = Zendesk(world), Jira(world)
        numbers = [agents.create(f"case {n}") for n in range(4)]
        _ = world.settle()
        for number in numbers:
            assert agents.set(number, status="solved", assignee_email="hub@support.example")
        run = world.sync()
        assert (run.state, writes(run)) == ("stopped", 0)
        assert "would close 4 tickets; the limit is 2" in str(run.summary["error"])
        keys = engineers.keys()
        assert {engineers.see(key)["status"] for key in keys} == {"To Do"}
        _ = world.sync(approved=True)
        assert {engineers.see(key)["status"] for key in keys} == {"Done"}
    finally:
        world.close()


def test_stops_in_time_when_a_side_is_suddenly_empty(world: World) -> None:
    """Many issues gone at once are more often a lost permission than a clean-up."""
    agents, engineers = Zendesk(world), Jira(world)
    numbers = [agents.create(f"case {n}") for n in range(8)]
    _ = world.settle()
    keys = engineers.keys()
    for key in keys:
        _ = world.jira.person("delete", issue=key)
    run = world.sync("reconcile")
    assert (run.state, writes(run)) == ("stopped", 0)
    assert "suddenly gone from jira" in str(run.summary["error"])
    assert all(agents.texts(number) == [] for number in numbers)


def test_survives_death_in_the_middle_of_many_batches(tmp_path: Path) -> None:
    """What was seen and not yet worked on is still there for the next process."""
    world = World(tmp_path, sync={"patience": 60.0, "batch": 2})
    try:
        numbers = [Zendesk(world).create(f"case {n}") for n in range(7)]
        dies = Fault(Fate.OK, before=_die)
        world.sandbox.faults["jira"].follow([Fault(), Fault(), Fault(), dies], writes=True)
        with suppress(Crash):
            _ = world.sync()
        world.sandbox.faults["jira"].clear()
        world.reborn()
        _ = world.settle()
        subjects = sorted(issue.values["summary"] for issue in world.jira.state.issues.values())
        assert subjects == [f"case {n}" for n in range(len(numbers))]
    finally:
        world.close()


def _die(*_: object) -> None:
    raise Crash
