"""A field or option is deleted at a vendor after a good run: it is told, and everything else goes on."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from flows.checking import check_mappings
from tests.bad_input.conftest import People, replaced
from tests.world import World

QUARTER = 15 * 60.0  # a schema is believed for ten minutes before a refusal has it read again


def told(run: Any) -> list[str]:
    return list(run.summary.get("drift", ()))


@pytest.mark.parametrize(
    ("system", "field", "change"),
    [
        ("jira", "Affected users", {"Affected users": 99}),
        ("jira", "Severity", {"Severity": "S1 - Down"}),
        ("zendesk", "Support score", {"priority": "urgent"}),
        ("zendesk", "Score label", {"priority": "urgent"}),
    ],
)
def test_a_custom_field_is_deleted(
    world: World, people: People, system: str, field: str, change: dict[str, Any]
) -> None:
    ticket = people.hand_over()
    assert world.sync().state == "clean"
    getattr(world, system).person("delete_field", field=field)
    world.tick(QUARTER)
    people.agent("set", ticket=ticket, subject="Printer is ash", **change)
    people.agent("comment", ticket=ticket, body="Nothing is left.")
    run = world.sync()

    mapping = world.folder / "mappings" / f"{system}.yaml"
    lines = mapping.read_text().splitlines()
    start = next(n for n, line in enumerate(lines) if re.search(rf"field: {field}[,}}]|field: {field}$", line))
    place = f"{start + 1}:{lines[start].index(field) + 1}"
    assert run.state == "attention"
    assert "error" not in run.summary
    assert [p for p in told(run) if f"{mapping}:{place}: error: {system} has no field `{field}`" in p]
    issue = people.issues[0]
    assert issue.values["summary"] == "Printer is ash", "the other fields go on"
    assert len(issue.comments) == 1
    lost = [loss for loss in world.store.losses() if loss.system == system]
    assert lost, "and what could not be shown stands in the loss ledger"

    second = people.hand_over("Another fire")
    later = world.sync()
    assert later.state == "attention"
    assert told(later) == told(run), "it is told until somebody mends it"
    assert len(people.issues) == 2, "new issues are made as ever"
    assert people.agent("show", ticket=second)["fields"]["Jira issue"]

    mend(mapping, lines, start)
    world.reborn()
    assert world.sync().state == "clean"


def mend(mapping: Any, text: list[str], start: int) -> None:
    """Take a rule of one or more lines out of a mapping file."""
    first = start if "{" in text[start] else start - 1
    indent = len(text[first]) - len(text[first].lstrip())
    last = first + 1
    while last < len(text) and text[last].strip() and len(text[last]) - len(text[last].lstrip()) > indent:
        last += 1
    mapping.write_text("\n".join(text[:first] + text[last:]) + "\n")


def test_an_option_is_deleted(world: World, people: People) -> None:
    """The value that has no option any more is refused and told; other values and fields go on."""
    ticket = people.hand_over()
    assert world.sync().state == "clean"
    people.engineer("delete_option", field="Product area", option="Billing")
    world.tick(QUARTER)
    people.agent("set", ticket=ticket, subject="Printer is ash", **{"Product area": "Billing"})
    run = world.sync()
    assert run.state == "attention"
    assert any("`Product area` has no option `Billing`" in problem for problem in told(run))
    assert people.issues[0].values["summary"] == "Printer is ash"
    [why] = [p.reason for p in world.store.parked() if p.slot.startswith("field:")]
    assert why.startswith("Jira refused the field Product area: ")
    people.agent("set", ticket=ticket, **{"Product area": "API"})
    _ = world.sync()
    issue = people.issues[0]
    area = next(f for f in world.jira.state.fields.values() if f.name == "Product area")
    shown = next(o.value for o in area.options if o.id == issue.values[area.id])
    assert shown == "API"


def test_a_schema_is_not_read_again_on_every_run(world: World, people: People) -> None:
    """A value that nothing can hold must not cost calls whenever its ticket is touched."""
    ticket = people.hand_over()
    assert world.sync().state == "clean"
    people.engineer("delete_field", field="Affected users")
    world.tick(QUARTER)
    reads = []
    for users in (10, 20, 30):
        people.agent("set", ticket=ticket, **{"Affected users": users})
        before = world.assembly.connectors["jira"].calls()
        _ = world.sync()
        after = world.assembly.connectors["jira"].calls()
        name = "GET /rest/api/3/field"
        reads.append(after.get(name, 0) - before.get(name, 0))
    assert reads[0] >= 1
    assert reads[1:] == [0, 0]


def test_an_old_schema_serves_while_the_system_is_down(world: World, people: People) -> None:
    """The daily look at the schema must not stop the other system's part of a run."""
    ticket = people.hand_over()
    assert world.sync().state == "clean"
    world.tick(25 * 3600.0)
    world.sandbox.faults["jira"].always("fail_500")
    people.agent("set", ticket=ticket, priority="urgent")
    run = world.sync()
    assert run.state == "failed"
    assert "jira" in str(run.summary["error"]).lower()
    assert run.summary["written"]["zendesk"] >= 1, "the score follows the priority"
    world.sandbox.faults["jira"].clear()
    assert world.sync().state == "clean"


def test_a_renamed_field_is_told_too(world: World, people: People) -> None:
    """Mapped by name: the old id goes on serving, and the file is told to follow."""
    ticket = people.hand_over()
    assert world.sync().state == "clean"
    people.engineer("rename_field", field="Affected users", name="Users affected")
    world.tick(25 * 3600.0)
    people.agent("set", ticket=ticket, **{"Affected users": 41})
    run = world.sync()
    assert run.state == "attention"
    said = "jira has no field `Affected users`; it is called `Users affected` now"
    assert any(said in p for p in told(run))
    assert said in check_mappings(world.assembly).text
    field = next(f for f in world.jira.state.fields.values() if f.name == "Users affected")
    assert people.issues[0].values[field.id] == 41
    replaced(world.folder / "mappings" / "jira.yaml", "field: Affected users", "field: Users affected")
    world.reborn()
    assert world.sync().state == "clean"


def test_an_option_that_is_added_stops_nothing(world: World, people: People) -> None:
    """Who meets it is told; the file is asked to say what it means, and everything else goes on."""
    ticket = people.hand_over()
    assert world.sync().state == "clean"
    field = next(f for f in world.jira.state.fields.values() if f.name == "Severity")
    field.options.append(replace(field.options[0], id="99001", value="S0"))
    world.tick(25 * 3600.0)
    people.agent("set", ticket=ticket, subject="Printer is ash")
    run = world.sync()
    assert run.state == "attention"
    assert any("`Severity` has options that `read` does not know; add `S0: …`" in p for p in told(run))
    assert people.issues[0].values["summary"] == "Printer is ash"


def test_a_field_that_became_another_kind_is_left_alone(world: World, people: People) -> None:
    """Nothing is read from it and nothing written to it, until the file says what it is now."""
    ticket = people.hand_over()
    assert world.sync().state == "clean"
    field = next(f for f in world.zendesk.state.ticket_fields.values() if f.title == "Affected users")
    field.type = "text"
    world.zendesk.state.fields_changed()
    world.tick(25 * 3600.0)
    people.agent("set", ticket=ticket, subject="Printer is ash", **{"Affected users": "about forty"})
    people.engineer("set_fields", issue="SUP-1", fields={"Affected users": 41})
    run = world.sync()
    assert run.state == "attention", run.summary
    assert any("`Affected users` is a" in problem for problem in told(run))
    assert people.issues[0].values["summary"] == "Printer is ash"
    assert people.agent("show", ticket=ticket)["fields"]["Affected users"] == "about forty"
