"""Mapping files that do not fit: every place is told as file:line:column, with what to write instead."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from hub.errors import Misconfigured
from tests.bad_input.conftest import People, Ran, place_of, replaced
from tests.world import World

MISTAKES = {
    "field": (
        "jira.yaml", {"field: Affected users": "field: Affected user"}, "Affected user,", "Affected user",
        "error: jira has no field `Affected user`; did you mean `Affected users`?",
    ),
    "zendesk field": (
        "zendesk.yaml", {"field: Environment": "field: Surroundings"}, "Surroundings", "Surroundings",
        "error: zendesk has no field `Surroundings`",
    ),
    "option": (
        "jira.yaml", {"read: {S1: s1": "read: {S0: s1"}, "S0: s1", "S0",
        "error: `Severity` has no option `S0`; it has S1, S2, S3, S4",
    ),
    "zendesk option": (
        "zendesk.yaml", {"Checkout: checkout": "Check-out: checkout"}, "Check-out", "Check-out",
        "error: `Product area` has no option `Check-out`; did you mean `Checkout`?",
    ),
    "status": (
        "jira.yaml",
        {"Done: solved}": "Finished: solved}", "solved: Done, closed: Done": "solved: Finished, closed: Finished"},
        "Finished: solved", "Finished",
        "error: `Status` has no option `Finished`; it has To Do, In Progress, In Review, Blocked, Done",
    ),
    "register": (
        "jira.yaml", {"impact.affected_users:": "impact.afected_users:"}, "impact.afected_users", "impact.afected",
        "error: `impact.afected_users` is not a register; did you mean `impact.affected_users`?",
    ),
    "condition": (
        "jira.yaml", {"ticket.needs_engineering ||": "ticket.needs_enginering ||"}, "needs_enginering", "ticket.needs_eng",
        "error: `ticket.needs_enginering` is not a register; did you mean `ticket.needs_engineering`?",
    ),
    "fill": (
        "jira.yaml", {"fill: {resolution: Done}": "fill: {resolution: Fixed}"}, "resolution: Fixed", "Fixed",
        "error: `Resolution` has no option `Fixed`; it has Done, Won't Do, Duplicate, Cannot Reproduce",
    ),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_what_is_not_there_is_told_with_its_place(
    hub: Callable[..., Ran], config: Path, mistake: str
) -> None:
    """Unknown field, option, status, register: the same line from the check and from a run."""
    file, changes, line, word, said = MISTAKES[mistake]
    mapping = config.parent / "mappings" / file
    for right, wrong in changes.items():
        replaced(mapping, right, wrong)
    place = f"{mapping}:{place_of(mapping, line, word)}"
    for command in (("mappings", "check"), ("sync",)):
        ran = hub(*command, "-c", config)
        told = ran.out + ran.err
        assert f"{place}: {said}" in told
        assert ran.code == (1 if command[0] == "mappings" else 2)
    found = json.loads(hub("mappings", "check", "--json", "-c", config).out)
    assert found["ok"] is False
    assert place in [f"{p['file']}:{p['line']}:{p['column']}" for p in found["problems"]]


def test_a_good_set_is_told_with_its_score_and_what_is_lost(hub: Callable[..., Ran], config: Path) -> None:
    ran = hub("mappings", "check", "-c", config)
    assert ran.code == 0
    assert "5 mapping files: no problems" in ran.out
    assert "zendesk → jira: score " in ran.out
    assert "context in fields of its own" in ran.out
    found = json.loads(hub("mappings", "check", "--json", "-c", config).out)
    assert found["ok"] is True
    sides = ("zendesk", "jira", "salesforce", "email")
    every = {(a, b) for a in sides for b in sides if a != b}
    assert {(hop["from"], hop["to"]) for hop in found["hops"]} == every
    for hop in found["hops"]:
        assert 0 < hop["score"] <= 100
        assert hop["context_arrives"] == 1.0
        assert all(row["register"] and row["how"] for row in hop["registers"])


def test_yaml_that_is_no_yaml(hub: Callable[..., Ran], config: Path) -> None:
    mapping = config.parent / "mappings" / "zendesk.yaml"
    replaced(mapping, "creates: true", "creates: [true")
    ran = hub("sync", "-c", config)
    assert ran.code == 2
    assert ran.err.startswith(f"hub: {mapping}:")


def test_all_mistakes_are_told_at_once(world: World, people: People) -> None:
    _ = people.hand_over()
    mapping = world.folder / "mappings" / "jira.yaml"
    replaced(mapping, "field: Affected users", "field: Affected user")
    replaced(mapping, "field: Account tier", "field: Account class")
    world.reborn()
    with pytest.raises(Misconfigured) as caught:
        _ = world.sync()
    assert "no field `Affected user`" in str(caught.value)
    assert "no field `Account class`" in str(caught.value)
    assert world.store.runs()[0].state == "failed", "`hub status` shows it"
    replaced(mapping, "field: Affected user,", "field: Affected users,")
    replaced(mapping, "field: Account class", "field: Account tier")
    world.reborn()
    assert world.sync().state == "clean"


def test_a_field_that_was_just_made_needs_no_waiting(world: World, people: People) -> None:
    """The schema is kept for a day; a mapping that does not fit it has it read again first."""
    _ = people.hand_over()
    assert world.sync().state == "clean"
    people.engineer("rename_field", field="Affected users", name="Users affected")
    replaced(world.folder / "mappings" / "jira.yaml", "field: Affected users", "field: Users affected")
    world.reborn()
    assert world.sync().state == "clean"
