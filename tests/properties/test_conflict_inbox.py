"""
What people are told of conflicts, and what their choices do: random people on random sides.

Through the real connectors (a few sides at a time), and through the plan with random mappings for leaks.
"""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

import hub.desk.wording
from hub.cluster import Cluster, Policy, Replica, Traits
from hub.fingerprint import fingerprint
from hub.mapping import Mapping as FieldMapping
from hub.mapping.rules import Flow
from hub.model import EMAIL, HUB, JIRA, SALESFORCE, ZENDESK, RemoteId, System, Ticket, TicketId
from hub.operations import AddComment
from hub.plan import plan
from hub.records import Conflict, Held
from hub.replica import Agreed, Link, Mark, Observation, Shadow
from sandbox.faults import Crash
from sandbox.zendesk.people import new_end_user
from tests.properties.fates import fault_of
from tests.properties.sides import PRIORITY, Jira, Zendesk, is_conflict_note
from tests.properties.test_appraising import APPRAISE
from tests.scoring import NOW
from tests.world import World
from tests.worlds import demo_mapping

# a chosen value reaches every side ----------------------------------------------------------------

JIRAS = {low: name for name, low in PRIORITY.items() if name != "Lowest"}
PRIORITIES = st.sampled_from(sorted(JIRAS))
NOTES = ("Conflict to settle", "Conflict settled")
MAYA = "maya.lindqvist@support.example"


class Choosing:
    """One ticket whose priority two people dispute, and people who choose, late or not."""

    def __init__(self, folder: Path) -> None:
        self.world = World(folder)
        self.agents, self.engineers = Zendesk(self.world), Jira(self.world)
        _ = new_end_user(self.world.zendesk.state, "Kim", "kim@customer.example")
        self.number = self.agents.create("case", priority="normal", requester="kim@customer.example")
        _ = self.world.settle()

    def dispute(self, agent: str, engineer: str) -> None:
        assert self.agents.set(self.number, priority=agent)
        self.engineers.set("SUP-1", priority=JIRAS[engineer])
        _ = self.world.settle()

    def choose(self, side: System, word: str) -> None:
        match side:
            case "zendesk":
                person = self.world.zendesk.person
                _ = person("comment", ticket=self.number, body=f"/conflict {word}", public=False, author=MAYA)
            case "jira":
                _ = self.engineers.say("SUP-1", f"hub: {word}")
            case _:
                tag = f"conflict_{word.replace(' ', '_')}"
                assert self.agents.set(self.number, additional_tags=[tag])
        self.world.tick(3)

    def shown(self) -> tuple[str, str]:
        there = self.engineers.see("SUP-1")["priority"]
        return str(self.agents.see(self.number)["priority"]), PRIORITY[there]

    def notes(self) -> tuple[int, int]:
        """How often each side was told to settle something, and how often that something ended."""
        told = [c for c in self.agents.see(self.number)["comments"] if is_conflict_note(c["body"])]
        assert not [c for c in told if c["public"]], "keeps_secrets: customers are told nothing"
        comments = self.world.jira.state.issue("SUP-1").comments
        here, there = [c["body"] for c in told], [_text(c.body) for c in comments]
        counts = [[len([t for t in texts if words in t]) for words in NOTES] for texts in (here, there)]
        assert counts[0] == counts[1], "both sides are told the same"
        return counts[0][0], counts[0][1]


def _text(node: Any) -> str:
    return str(node.get("text", "")) + "".join(_text(n) for n in node.get("content", []))


CHOICES = st.tuples(
    st.sampled_from([ZENDESK, JIRA, System("tag")]), st.sampled_from(["keep", "use jira", "use zendesk", "use before"])
)


@settings(max_examples=6)
@given(PRIORITIES, PRIORITIES, st.lists(CHOICES, min_size=1, max_size=3), st.none() | PRIORITIES)
def test_a_chosen_value_reaches_every_side(
    agent: str, engineer: str, choices: list[tuple[System, str]], later: str | None
) -> None:
    """
    converges: what the first of several chose stands on every side, or what somebody typed since.

    And each side is told once that there is something to settle, once how it ended; then it is quiet.
    """
    with tempfile.TemporaryDirectory() as folder:
        one = Choosing(Path(folder))
        try:
            _choose_and_look(one, (agent, engineer), choices, later)
        finally:
            one.world.close()


def _choose_and_look(
    one: Choosing, set_to: tuple[str, str], choices: list[tuple[System, str]], later: str | None
) -> None:
    agent, engineer = set_to
    one.dispute(agent, engineer)
    disputed = agent not in (engineer, "normal") and engineer != "normal"
    assert len(one.world.store.conflicts()) == disputed
    before = one.shown()
    for side, word in choices:
        one.choose(side, word)
    if later is not None:
        assert one.agents.set(one.number, priority=later)
    _ = one.world.settle()
    standing = before[0]
    if disputed and later in (None, standing):
        values = {"keep": standing, "use zendesk": agent, "use jira": engineer}
        first = next((w for _, w in choices if w in values), None)
        standing = values[first] if first else standing
    elif later is not None:
        standing = later
    assert one.shown() == (standing, standing)
    told, ended = one.notes()
    assert told == disputed
    assert ended == (disputed and not one.world.store.conflicts(only_open=True))
    assert not [t for t in one.agents.see(one.number)["tags"] if t.startswith("conflict_")]
    assert sum(one.world.sync().summary["written"].values()) == 0, "goes_quiet"


# a note tells nobody what they may not see --------------------------------------------------------

SIDES = {s: demo_mapping(s) for s in (ZENDESK, JIRA, SALESFORCE, EMAIL)}
TRAITS = {
    ZENDESK: Traits(conditional_writes=True, hears_notes=True, files_on_comments=True),
    JIRA: Traits(edits_comments=True, workflow=True, conditional_writes=True),
    SALESFORCE: Traits(conditional_writes=True),
    EMAIL: Traits(conditional_writes=True, own_voice=True, customers=True),
}
DISPUTED = ("impact.workaround", "impact.environment", "impact.business_impact", "impact.promised_to_customer",
            "impact.steps_to_reproduce", "subject")  # fmt: skip


class Sides(dict[System, FieldMapping]):
    """The sides with fewer fields, some of them only read, and some without a context block."""

    def __repr__(self) -> str:
        return str({s: sorted((r.register, r.direction) for r in m.rules if r.register in DISPUTED) for s, m in self.items()})


@st.composite
def sides(draw: st.DrawFn) -> Sides:
    return Sides({system: _narrowed(draw, mapping) for system, mapping in SIDES.items()})


def _narrowed(draw: st.DrawFn, mapping: FieldMapping) -> FieldMapping:
    dropped = draw(st.sets(st.sampled_from(DISPUTED)))
    read_only = draw(st.sets(st.sampled_from(DISPUTED)))
    rules = tuple(
        dataclasses.replace(r, direction="read") if r.register in read_only else r
        for r in mapping.rules
        if r.register not in dropped and r.register != "context.copy"
    )
    rest = draw(st.sampled_from(["block", "none"])) if mapping.rest == "block" else mapping.rest
    flows = {a: Flow(draw(st.booleans()), read=True) for a in ("public", "internal", "engineering")}
    return dataclasses.replace(mapping, rules=rules, rest=rest, comments=flows, creates=False)


@st.composite
def disputes(draw: st.DrawFn) -> tuple[list[Conflict], bool]:
    registers = draw(st.lists(st.sampled_from(DISPUTED), min_size=1, max_size=3, unique=True))
    ended = draw(st.booleans())
    found = [
        Conflict(
            TicketId("zendesk:1"),
            register,
            f"Zq{i}keptqZ",
            {JIRA: f"Zq{i}jiraqZ", HUB: f"Zq{i}oldqZ"},
            id=i,
            kept_from=ZENDESK,
            note="hub:conflict:n",
        )
        for i, register in enumerate(registers, 1)
    ]
    if ended:
        found = [replace(c, resolved="jira", by="Ann in Zendesk", answer="hub:conflict:n#a", due=True) for c in found]
    return found, ended


def held(conflicts: list[Conflict], mappings: dict[System, FieldMapping], *, told: bool) -> tuple[Held, Cluster]:
    name = TicketId("zendesk:1")
    registers = {c.register: c.dropped[JIRA] if c.resolved else c.kept for c in conflicts}
    ticket = Ticket(name, {"status": "open", "requester": "kim@customer.example", **registers})
    places = [Replica(s, RemoteId(i)) for s, i in ((ZENDESK, "1"), (JIRA, "100"), (SALESFORCE, "5001"), (EMAIL, "m1"))]
    links = []
    for place in places:
        raw = {rule.lens.field: None for rule in mappings[place.system].rules}
        agreed = {
            r.register: Agreed(fingerprint(r.lens.focus(raw[r.lens.field])), ticket.get(r.register))
            for r in mappings[place.system].rules
            if r.reads and r.kind != "reference"
        }
        marks = {conflicts[0].note: Mark(RemoteId("7"), "d", "s")} if told else {}
        shadow = Shadow(agreed, marks)  # pyright: ignore[reportArgumentType]
        links.append(Link(name, *place, label=place.remote_id, version="v1", shadow=shadow, primary=True))
    seen = {
        p: Observation(p.system, p.remote_id, "v1", raw={r.lens.field: None for r in mappings[p.system].rules}, at=NOW)
        for p in places
    }
    one = Held(ticket, tuple(links), dirty=True, conflicts=tuple(conflicts))
    return one, Cluster({name: one}, seen, fresh=frozenset(seen))


def notes_of(conflicts: list[Conflict], mappings: dict[System, FieldMapping], *, told: bool) -> Iterator[AddComment]:
    _, cluster = held(conflicts, mappings, told=told)
    policy = Policy(mappings, TRAITS, lambda _: tuple(SIDES), APPRAISE, afresh=True)
    for operation in plan(cluster, policy, NOW, "run").operations:
        if isinstance(operation, AddComment) and operation.key.startswith("hub:conflict:"):
            yield operation


def check_leaks(mappings: dict[System, FieldMapping], given_: tuple[list[Conflict], bool]) -> None:
    conflicts, ended = given_
    for note in notes_of(conflicts, mappings, told=ended):
        assert note.system != EMAIL, "customers are told nothing"
        assert not note.public and note.audience == "internal"
        mapping = mappings[note.system]
        for conflict in conflicts:
            rule = mapping.rule(conflict.register)
            may = rule.writes if rule is not None else mapping.rest == "block" and conflict.register != "subject"
            words = [str(conflict.kept), *map(str, conflict.dropped.values())]
            assert may or not [w for w in words if w in note.body], (note.system, conflict.register, note.body)


@given(sides(), disputes())
def test_a_note_tells_nobody_what_they_may_not_see(
    mappings: dict[System, FieldMapping], found: tuple[list[Conflict], bool]
) -> None:
    """keeps_secrets: a register that a side does not show, or only reads, is in none of its notes."""
    check_leaks(mappings, found)


def test_this_test_notices_a_leak(monkeypatch: pytest.MonkeyPatch) -> None:
    """A side is told whatever its mapping says: somebody is told what they should not be."""
    monkeypatch.setattr(hub.desk.wording, "told", lambda mapping, ticket, register, value: str(value))  # noqa: ARG005
    looking = settings(max_examples=100, derandomize=True, database=None, report_multiple_bugs=False)
    with pytest.raises(AssertionError):
        looking(given(sides(), disputes())(check_leaks))()


@given(disputes())
def test_every_side_that_shows_the_field_is_told(found: tuple[list[Conflict], bool]) -> None:
    """tells_the_truth: with the whole mapping, helpdesk and tracker are told of what they show."""
    conflicts, ended = found
    told = {note.system: note.body for note in notes_of(conflicts, SIDES, told=ended)}
    for system in (ZENDESK, JIRA):
        for conflict in conflicts:
            rule = SIDES[system].rule(conflict.register)
            if rule is not None and rule.writes:
                assert str(conflict.dropped[JIRA]) in told[system]


# never reopens ------------------------------------------------------------------------------------


def test_never_reopens_by_a_note(tmp_path: Path) -> None:
    """A solved ticket that hears of a conflict, and of its end, stays solved; a closed one hears nothing."""
    world = World(tmp_path)
    try:
        agents, engineers = Zendesk(world), Jira(world)
        number = agents.create("one", assignee_email=MAYA)
        _ = world.settle()
        assert agents.set(number, status="solved")
        _ = world.settle()
        assert agents.set(number, subject="two")
        engineers.set("SUP-1", summary="three")
        _ = world.settle()
        assert agents.see(number)["status"] == "solved"
        assert len([c for c in agents.see(number)["comments"] if is_conflict_note(c["body"])]) == 1
        _ = world.zendesk.person("close", ticket=number)
        _ = world.settle()
        _ = engineers.say("SUP-1", "/conflict keep")
        _ = world.settle()
        assert agents.see(number)["status"] == "closed"
        assert len([c for c in agents.see(number)["comments"] if is_conflict_note(c["body"])]) == 1
        assert "subject" not in {c.register for c in world.store.conflicts()}
        assert sum(world.sync().summary["written"].values()) == 0
    finally:
        world.close()


# whatever becomes of an answer, and whoever dies --------------------------------------------------

FATES = ("crash before", "crash after", "lost")


@pytest.mark.parametrize("side", ["zendesk", "jira"])
@pytest.mark.parametrize("fate", FATES)
def test_doubles_no_note_whatever_becomes_of_the_answer(tmp_path: Path, side: str, fate: str) -> None:
    """survives_death, of each write that tells of a conflict and of its end: told once, answered once."""
    for first in (0, 1) if side == "jira" else (0,):  # Jira takes fields and comments one by one
        folder = tmp_path / str(first)
        folder.mkdir()
        one = Choosing(folder)
        try:
            assert one.agents.set(one.number, priority="urgent")
            one.engineers.set("SUP-1", priority="Low")
            _disturbed(one, side, fate, first)
            one.choose(ZENDESK, "use jira")
            _disturbed(one, side, fate, first)
            assert one.shown() == ("low", "low")
            assert one.notes() == (1, 1)
            assert sum(one.world.sync().summary["written"].values()) == 0, "goes_quiet"
        finally:
            one.world.close()


def _disturbed(one: Choosing, side: str, fate: str, first: int) -> None:
    """Let that become of one write of the next run, and let runs go on until all is calm."""
    one.world.sandbox.faults[side].follow(["ok"] * first + [fault_of(fate)], writes=True)
    with suppress(Crash):
        _ = one.world.sync()
    one.world.sandbox.faults[side].clear()
    one.world.reborn()
    _ = one.world.settle()
