"""Corners in which a promise was broken once: what fails beside what people do, and what is told of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.inline import set_link
from flows.settling import resolve_conflict
from flows.undoing import undo_run
from hub.errors import HubError, Misconfigured
from hub.lenses.scalars import Number
from hub.model import JIRA, Json, Value
from hub.ports import Hint
from hub.records import RunRecord
from sandbox.faults import Fate, Fault
from tests.properties.sides import HANDED_OVER, Jira, Zendesk
from tests.scenarios.test_failing import limited
from tests.world import World, summary

DOWN = Fault(Fate.FAIL_500)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.close()


def test_keeps_secrets_when_hiding_a_comment_fails_at_first(world: World) -> None:
    """What an engineer takes back from the customer is hidden with the next run that can."""
    agents, engineers = Zendesk(world), Jira(world)
    number = agents.create("case")
    _ = world.settle()
    said = engineers.say("SUP-1", "The disk is full", customer=True)
    _ = world.settle()
    assert len(agents.texts(number, public=True)) == 1
    world.jira.person("edit_comment", issue="SUP-1", comment=said, body="The disk is full")
    _ = world.sandbox.faults["zendesk"].always(DOWN, writes=True)
    assert summary(world.sync(), "waiting")
    world.sandbox.faults["zendesk"].clear()
    _ = world.settle()
    assert agents.texts(number, public=True) == []


def test_loses_no_edit_of_a_comment_when_writing_it_fails_at_first(world: World) -> None:
    """The correction arrives with the next run that can."""
    agents, engineers = Zendesk(world), Jira(world)
    number = agents.create("case")
    _ = world.settle()
    said = engineers.say("SUP-1", "It is the disk")
    _ = world.settle()
    world.jira.person("edit_comment", issue="SUP-1", comment=said, body="It is the cache")
    _ = world.sandbox.faults["zendesk"].always(DOWN, writes=True)
    _ = world.sync()
    world.sandbox.faults["zendesk"].clear()
    _ = world.settle()
    assert sum("It is the cache" in text for text in agents.texts(number)) == 1


def test_stops_in_time_however_often_it_was_stopped(tmp_path: Path) -> None:
    """Runs that were stopped do not wear the guard out."""
    world = limited(tmp_path, "touch: 20000", "touch: 2")
    try:
        agents = Zendesk(world)
        numbers = [agents.create(f"case {i}") for i in range(4)]
        assert world.sync().state == "clean"  # the first run takes in what there is
        for i in range(210):
            world.store.begin_run(RunRecord(f"x{i}", "sync", world.iso(), world.iso(), "stopped"))
        for number in numbers:
            assert agents.set(number, subject="new")
        assert world.sync().state == "stopped"
    finally:
        world.close()


def test_stops_in_time_by_whatever_name_a_status_is_done(tmp_path: Path) -> None:
    """Closing is counted by what the mapping says, not by the word that a workflow has for it."""
    world = limited(tmp_path, "close: 500", "close: 1")
    try:
        mapping = world.folder / "mappings" / "jira.yaml"
        mapping.write_text(mapping.read_text().replace("Done: solved", "Released: solved").replace("solved: Done, closed: Done", "solved: Released, closed: Released"))
        done = next(s for s in world.jira.state.statuses.values() if s.name == "Done")
        done.name = "Released"
        world.reborn()
        agents = Zendesk(world)
        numbers = [agents.create(f"case {i}", assignee_email="hub@support.example") for i in range(3)]
        _ = world.settle()
        for number in numbers:
            assert agents.set(number, status="solved")
        run = world.sync()
        assert run.state == "stopped", run.summary
        assert "close" in str(run.summary["error"])
    finally:
        world.close()


def test_links_that_are_not_shown_unlink_nothing(world: World) -> None:
    """A lost permission to see remote links is no engineer who removed them."""
    agents = Zendesk(world)
    number = agents.create("case")
    _ = world.settle()
    world.jira.person("add_remote_link", issue="SUP-1", url="https://example.org/x", title="see")
    site = world.jira.state
    ours = next(u for u in site.users.values() if u.email == world.settings.jira.email)
    lost = (ours.account_id, "BROWSE_PROJECTS", site.issue("SUP-1").project)
    hidden = Fault(
        before=lambda _: site.denied.add(lost),
        after=lambda _, __: site.denied.discard(lost),
    )
    _ = world.sandbox.faults["jira"].always(hidden, endpoint="*remotelink*", method="GET")
    _ = world.sync()
    world.sandbox.faults["jira"].clear()
    _ = world.settle()
    assert agents.see(number)["fields"]["Jira issue"] == "SUP-1"


def test_doubles_nothing_when_a_typed_key_cannot_be_looked_up(world: World) -> None:
    """A ticket that names its issue gets no second one because nobody could look at the first."""
    agents, engineers = Zendesk(world), Jira(world)
    _ = agents.create("first")
    _ = world.settle()
    number = agents.create("second", **{"Jira issue": "SUP-1"})
    _ = world.sandbox.faults["jira"].always(DOWN, endpoint="*bulkfetch*")
    assert world.sync().state == "failed"
    world.sandbox.faults["jira"].clear()
    _ = world.settle()
    assert engineers.keys() == ["SUP-1"]
    assert agents.see(number)["fields"]["Jira issue"] == "SUP-1"


@pytest.mark.parametrize("waiting", ["a creation without an answer", "a hint"])
def test_isolates_a_system_that_is_down_while_something_of_it_waits(world: World, waiting: str) -> None:
    """What the other side's tickets need of the hub alone, they get."""
    agents = Zendesk(world)
    _ = agents.create("handed over")
    if waiting == "a hint":
        _ = world.settle()
        _ = world.store.stage_hints([Hint(JIRA, next(iter(world.jira.state.issues)), "d1")], world.iso())
    else:
        world.sandbox.faults["jira"].follow(["lost"], writes=True)
        _ = world.sync()
    number = agents.create("another", **{"Needs engineering": False})
    _ = world.sandbox.faults["jira"].always(DOWN)
    run = world.sync()
    assert run.state == "failed"
    assert list(summary(run, "down")) == ["jira"]
    assert agents.see(number)["fields"]["Support score"]
    if waiting == "a hint":
        assert world.store.inbox_size() == {JIRA: 1}  # it waits
    world.sandbox.faults["jira"].clear()
    _ = world.settle()
    assert world.store.inbox_size() == {}
    assert Jira(world).keys() == ["SUP-1"]


def test_isolates_a_ticket_on_which_planning_breaks(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stays as it is and is named; the others go on; it is taken up once it can be."""
    agents, engineers = Zendesk(world), Jira(world)
    good, bad = agents.create("good"), agents.create("bad")
    _ = world.settle()
    read = Number.read

    def broken(lens: Number, raw: Json) -> Value:
        if raw in (666, "666"):
            raise KeyError("nobody foresaw this")
        return read(lens, raw)

    assert agents.set(good, subject="better")
    assert agents.set(bad, **{"Affected users": 666})
    with monkeypatch.context() as patched:
        patched.setattr(Number, "read", broken)
        run = world.sync()
        assert run.state == "failed"
        assert f"zendesk:{bad}" in str(run.summary["error"])
        assert "KeyError at hub/" in str(run.summary["error"]), "for the report"
        assert "nobody foresaw this" not in str(run.summary["error"]), "it may be what a customer wrote"
        assert engineers.see("SUP-1")["subject"] == "better"
    _ = world.settle()
    field = next(f.id for f in world.jira.state.fields.values() if f.name == "Affected users")
    assert engineers.issue("SUP-2").values[field] == 666


def test_tells_the_truth_about_a_conflict_that_no_side_could_be_told_of(world: World) -> None:
    """What a person settled while a side is down is not called done."""
    agents, engineers = Zendesk(world), Jira(world)
    number = agents.create("case")
    _ = world.settle()
    assert agents.set(number, subject="A")
    engineers.set("SUP-1", summary="B")
    _ = world.settle()
    [conflict] = world.store.conflicts()
    _ = world.sandbox.faults["jira"].always(DOWN)
    told = resolve_conflict(world.assembly, conflict.id, "jira")
    assert "Not every side shows it yet" in told
    assert [r.state for r in world.store.runs(20) if r.kind == "resolve"] == ["failed"]
    world.sandbox.faults["jira"].clear()
    _ = world.settle()
    assert agents.see(number)["subject"] == engineers.see("SUP-1")["subject"] == "B"


def test_tells_the_truth_about_a_value_that_only_the_hub_computes(world: World) -> None:
    """No side's value can be put in the place of a computed one, and nobody is told that it was."""
    engineers = Jira(world)
    _ = Zendesk(world).create("case")
    _ = world.settle()
    engineers.set("SUP-1", **{"Support tickets": 42})
    _ = world.settle()
    [conflict] = world.store.conflicts()
    with pytest.raises(Misconfigured, match="what the hub makes of its tickets"):
        _ = resolve_conflict(world.assembly, conflict.id, "jira")
    assert "stays" in resolve_conflict(world.assembly, conflict.id, "kept")


def test_a_link_that_breaks_off_is_not_left_running(world: World) -> None:
    """A run that a person asked for ends in the record as it ended."""
    agents = Zendesk(world)
    _ = agents.create("case")
    other = agents.create("other", **HANDED_OVER | {"Needs engineering": False})
    _ = world.settle()
    _ = world.sandbox.faults["jira"].always(DOWN)
    with pytest.raises(HubError):
        _ = set_link(world.assembly, f"#{other}", "SUP-1", wanted=True)
    assert [(r.kind, r.state) for r in world.store.runs(10) if r.kind == "link"] == [("link", "failed")]


def test_tells_the_truth_when_somebody_writes_at_every_attempt(world: World) -> None:
    """A run that could not get a word in says that something waits."""
    agents = Zendesk(world)
    number = agents.create("case")
    _ = world.settle()
    times = iter(range(100))

    def meddle(_: object) -> None:
        world.clock.advance(2)
        assert agents.set(number, Workaround=f"try {next(times)}")

    Jira(world).set("SUP-1", summary="from an engineer")
    _ = world.sandbox.faults["zendesk"].always(Fault(before=meddle), writes=True)
    assert world.sync().state == "attention"
    world.sandbox.faults["zendesk"].clear()
    _ = world.settle()
    assert agents.see(number)["subject"] == "from an engineer"


def test_undo_forgets_nothing_that_waits(world: World) -> None:
    """What another run still has to write is written after an undo, too."""
    agents = Zendesk(world)
    number = agents.create("case")
    _ = world.settle()
    assert agents.set(number, subject="second")
    run = world.sync()
    assert agents.set(number, **{"Affected users": 9})
    _ = world.sandbox.faults["jira"].always(DOWN, writes=True)
    _ = world.sync()
    world.sandbox.faults["jira"].clear()
    _ = undo_run(world.assembly, run.id)
    assert world.store.dirty(5) == [f"zendesk:{number}"]
    _ = world.settle()
    field = next(f.id for f in world.jira.state.fields.values() if f.name == "Affected users")
    assert Jira(world).issue("SUP-1").values[field] == 9


def test_doubles_nothing_when_the_answer_about_a_file_is_lost(world: World) -> None:
    """It is looked for before it is sent again, even where another one looks just alike."""
    agents = Zendesk(world)
    number = agents.create("case")
    _ = world.settle()
    for data in (b"1", b"2"):
        world.zendesk.person("attach", ticket=number, name="log.txt", data=data, body="the log")
    _ = world.sandbox.faults["jira"].always(Fault(Fate.LOST), endpoint="*attachments*", times=2)
    for _ in range(4):
        _ = world.sync()
    assert sorted(f.content for f in Jira(world).issue("SUP-1").attachments) == [b"1", b"2"]


def test_loses_no_edit_that_the_mapping_cannot_read(world: World) -> None:
    """A value with a new name stands where a person set it, until somebody sets another one."""
    agents, engineers = Zendesk(world), Jira(world)
    number = agents.create("case", priority="low")
    _ = world.settle()
    pool = world.jira.state.priorities
    highest = next(p for p in pool.values() if p.name == "Highest")
    pool["77"] = dataclasses.replace(highest, id="77", name="Blocker")
    engineers.set("SUP-1", priority="Blocker")
    _ = world.settle()
    assert engineers.see("SUP-1")["priority"] == "Blocker"
    assert any("Blocker" in loss.detail for loss in world.store.losses())
    assert agents.set(number, priority="high")
    _ = world.settle()
    assert engineers.see("SUP-1")["priority"] == "High"
