"""Asking for what was decided: what becomes of the other systems when an answer cannot be noted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, cast

import pytest
from msgspec.structs import replace

from hub.effects import CHUNK, World, apply
from hub.errors import StoreBroken
from hub.model import JIRA, SALESFORCE, RemoteId, System, TicketId
from hub.operations import Done, Operation, Outcome, Unanswered, UpdateReplica
from hub.ports import Connector
from hub.records import Asked, Noted
from hub.tally import Tally
from tests.unit.hub.clusters import ONE, POLICY, TICKET, decide, decision, edited, settled

AT = "2026-05-04T10:00:00Z"
MANY = 20_000


class Side:
    """A system that does whatever it is asked for."""

    def __init__(self) -> None:
        self.asked = 0
        self.ended = False

    def execute(self, operations: Sequence[Operation]) -> Iterator[tuple[int, Outcome]]:
        try:
            for index in range(len(operations)):
                self.asked += 1
                yield index, Done()
        finally:
            self.ended = True


def asked_of(system: System, many: int) -> list[Asked]:
    return [
        Asked(
            number,
            UpdateReplica(
                system=system, ticket_id=TicketId("zendesk:77"), remote_id=RemoteId("1"), expect="", changes={}
            ),
        )
        for number in range(many)
    ]


def test_when_answers_cannot_be_noted_no_system_is_asked_any_further() -> None:
    """And none has anything on its way when the error is told: then others may take the tickets."""
    jira, salesforce = Side(), Side()

    def note(_: Any) -> None:
        raise StoreBroken("the database went away")

    sides = cast("dict[System, Connector]", {JIRA: jira, SALESFORCE: salesforce})
    world = World(sides, POLICY, note, lambda *_: None, lambda: AT)
    with pytest.raises(StoreBroken) as caught:
        _ = apply((), [*asked_of(JIRA, CHUNK), *asked_of(SALESFORCE, MANY)], world, Tally())
    assert caught.tb is not None, "as long as somebody looks at the error, it keeps what was under way"
    assert jira.ended
    assert salesforce.ended
    assert salesforce.asked < MANY


class Breaks(Side):
    """Its connector stumbles over an answer, after some."""

    def execute(self, operations: Sequence[Operation]) -> Iterator[tuple[int, Outcome]]:
        yield len(operations) - 1, Done()
        raise TypeError("unhashable type: what a customer wrote")


def test_a_connector_that_breaks_leaves_nothing_for_undone() -> None:
    """What it was asked may have been done before it broke; the other system goes on."""
    noted: list[Noted] = []
    tally = Tally()
    sides = cast("dict[System, Connector]", {JIRA: Breaks(), SALESFORCE: Side()})
    world = World(sides, POLICY, noted.extend, lambda *_: None, lambda: AT)
    _ = apply((), [*asked_of(JIRA, 3), *asked_of(SALESFORCE, 3)], world, tally)
    came = Counter(type(one.outcome) for one in noted)
    assert came == {Done: 4, Unanswered: 2}
    assert list(tally.down) == [JIRA]
    assert "nobody foresaw (TypeError at hub/effects.py" in tally.down[JIRA]
    assert "customer" not in tally.down[JIRA]


class Strange(Side):
    """Its first answer is one that nobody foresaw."""

    def execute(self, operations: Sequence[Operation]) -> Iterator[tuple[int, Outcome]]:
        for index in range(len(operations)):
            yield index, Done(raw=cast("Any", 7)) if index == 0 else Done()


def test_an_answer_that_nobody_foresaw_stops_no_other_ticket() -> None:
    """It counts as none: the ticket is looked at before anything is asked again, and the run says so."""
    calm = settled()
    noted: list[Noted] = []
    tally = Tally()
    decided = decision(decide(edited(calm, TICKET, subject="typed")))
    [write] = [o for o in decided.operations if isinstance(o, UpdateReplica) and o.system == JIRA]
    others = [replace(one, journal=one.journal + 2) for one in asked_of(JIRA, 3)]
    world = World({JIRA: cast("Connector", Strange())}, POLICY, noted.extend, lambda *_: None, lambda: AT)
    applied = apply([decided], [Asked(1, write), *others], world, tally)
    assert [type(one.outcome) for one in noted] == [Unanswered, Done, Done, Done]
    said = tally.unforeseen[ONE]
    assert "was answered so that nobody foresaw it" in said
    assert " at hub/" in said, "where it broke, for the report"
    assert "'int'" not in said, "an error's own words may quote what people wrote"
    assert ONE not in applied.settled
