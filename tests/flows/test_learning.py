"""`hub learn` on a store with a past: a champion, an outlook that a rescore goes by, a loud fall-back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from pathlib import Path

import pytest
from msgspec.structs import replace

from flows import learning
from flows.learning import followed, run_learn
from flows.outlooks import outlook_of
from flows.rescoring import run_rescore
from hub.history.event import Event
from hub.model import ZENDESK, Origin, Ticket, TicketId
from hub.records import Decision
from hub.risk.drift import Verdict
from hub.risk.holding import Held
from tests.properties.sides import HANDED_OVER
from tests.unit.hub.risk.made_up import BEGIN, DAYS, a_history
from tests.world import World


def decision(events: list[Event]) -> Decision:
    """A ticket of a made-up past, as the hub would hold it after its last event."""
    last = {name: value for event in events for name, value in event.set.items()}
    name = TicketId(f"zendesk:9{events[0].ticket[1:]}")
    origins = dict.fromkeys(last, Origin(ZENDESK, events[-1].at))
    told = tuple(replace(event, ticket=str(name)) for event in events)
    return Decision(Ticket(name, last, origins), (), None, (), (), (), dirty=False, done=True, events=told)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Ten weeks of tickets that are over, and one that is open now."""
    made = World(tmp_path, scoring={"encoder": False})
    made.clock.freeze(BEGIN.timestamp() + (DAYS + 9) * 86_400)
    by_ticket = groupby(sorted(a_history(), key=attrgetter("ticket", "at")), attrgetter("ticket"))
    _ = made.store.commit([decision(list(events)) for _, events in by_ticket], [], "past", made.iso())
    _ = made.zendesk.person("create", subject="Export fails", body="It fails.", **HANDED_OVER)
    made.settle()
    yield made
    made.close()


def test_what_was_learned_speaks_from_the_next_run_on(world: World) -> None:
    done = run_learn(world.assembly)
    assert "error" not in done.summary
    assert done.summary["model"], done.summary
    champion = world.store.champion("escalation")
    assert champion is not None
    assert champion.version == done.summary["model"]
    assert {"shown", "rule"} <= champion.metrics["tested"].keys()
    outlook = outlook_of(world.store, "escalation")
    assert outlook.version.startswith(champion.version)
    _ = run_rescore(world.assembly)
    world.settle()
    [ticket] = world.store.open_tickets(5)
    held = world.store.load([ticket])[ticket]
    assert held.score.model.startswith(champion.version)
    assert "in 100 tickets like this escalate within 7 days" in held.ticket.get("score.risk_told")
    assert run_rescore(world.assembly).summary["marked"] == 0


def test_a_dry_run_tells_the_same_and_keeps_nothing(world: World) -> None:
    told = run_learn(world.assembly, dry_run=True)
    assert told.summary["model"]
    assert world.store.champion("escalation") is None
    assert outlook_of(world.store).version == ""


def test_what_does_not_hold_falls_back_to_the_rule_and_says_so(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    _ = run_learn(world.assembly)
    bad = Held(
        900, Verdict(True, False, ("the trailing calibration error is 0.200",)), {"shown": {"ece": 0.2}}
    )
    monkeypatch.setattr(learning, "_held", lambda *_: bad)
    world.tick(86_400)
    done = run_learn(world.assembly)
    assert done.state == "attention"
    assert "the rule alone speaks" in str(done.summary["fallen_back"])
    assert world.store.champion("escalation") is None
    assert outlook_of(world.store).version == ""
    sent = run_rescore(world.assembly, send=lambda *_: True)
    assert "error" not in sent.summary
    assert "model" in {alert.kind for alert in world.store.alerts()}


def test_a_rescore_follows_the_outcomes_once_a_day(world: World) -> None:
    """The model stays, the crowd and the day's intercept move; within the day nothing is gone through again."""
    _ = run_learn(world.assembly)
    first = outlook_of(world.store)
    world.tick(86_400)
    appraiser = world.assembly.appraiser()
    now = followed(world.assembly, appraiser, world.iso())
    assert now.model == first.model
    assert now.at >= datetime.fromisoformat(world.iso()).timestamp()
    again = replace(appraiser, outlook=now)
    assert followed(world.assembly, again, world.iso()) is now
