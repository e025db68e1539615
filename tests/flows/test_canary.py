"""The canary: a value walks over every side by the hub's own runs; where it is lost is named; nobody is bothered."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from flows.canary import run_canary
from flows.canary_turn import WALKING
from flows.histories import history_of
from flows.inline import run_sync
from flows.rescoring import run_rescore
from flows.vitals import last_walk
from hub.canary import SILENT
from hub.canary_records import TAG
from hub.errors import StoreInUse
from hub.model import TicketId
from hub.records import RunRecord
from hub.store.mail_tables import mails
from tests.world import World

OWN = {"on": True, "requester": "canary@acme.example", "within": 30}


class Cage:
    """A world with a canary in it, and the hub's own runs while it waits."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.runs: list[RunRecord] = []

    def sync(self) -> None:
        self.world.tick(120)
        self.runs.append(run_sync(self.world.assembly))

    def fly(self) -> RunRecord:
        return run_canary(self.world.assembly, self.sync)

    @property
    def ticket(self) -> Any:
        return next(t for t in self.world.zendesk.state.tickets.values() if TAG in t.tags)

    @property
    def id(self) -> TicketId:
        return TicketId(f"zendesk:{self.ticket.id}")

    def size(self) -> list[int]:
        """How much there is: tickets, their comments, issues, their comments, Cases."""
        issues = list(self.world.jira.state.issues.values())
        return [
            len(self.world.zendesk.state.tickets),
            len(self.ticket.comments),
            len(issues),
            sum(len(issue.comments) for issue in issues),
            len(self.world.salesforce.state.rows["Case"]),
        ]


@pytest.fixture
def cage(tmp_path: Path) -> Iterator[Cage]:
    world = World(tmp_path, crm=True, canary=OWN)
    yield Cage(world)
    world.close()


def test_a_value_walks_from_every_side_to_every_other_and_nothing_grows(cage: Cage) -> None:
    first = cage.fly()

    walk = last_walk(cage.world.store)
    assert walk is not None
    assert walk.ok, (first.summary, walk)
    assert first.state == "clean"
    ways = {(hop.origin, hop.name) for hop in walk.hops}
    for origin in ("zendesk", "jira", "salesforce"):
        others = {"zendesk", "jira", "salesforce"} - {origin}
        assert {(origin, f"{origin} -> hub"), *((origin, f"hub -> {o}") for o in others)} <= ways

    before = cage.size()
    second = cage.fly()

    assert second.state == "clean"
    assert cage.size() == before, "the same ticket, issue and Case; no comment anywhere"


def test_nothing_is_made_of_the_canary(cage: Cage) -> None:
    """No score, no account, no history to learn from, no alert, nothing to rescore, no conflict, nothing lost."""
    assert cage.fly().state == "clean"
    store = cage.world.store

    [held] = store.load([cage.id]).values()
    assert held.score == SILENT
    assert not [r for r in held.ticket.registers if r.startswith(("score.", "sla.", "risk.", "account."))]
    assert held.traces == ()
    assert list(store.history(cage.id)) == []
    assert list(history_of(store)) == []
    assert run_rescore(cage.world.assembly).summary["tickets"] == 0
    assert store.alerts() == []
    assert store.conflicts() == []
    assert store.parked() == []


def test_people_are_left_alone(cage: Cage) -> None:
    """The ticket is private, of our own requester; the issue is labelled and nobody's."""
    assert cage.fly().state == "clean"

    assert not any(comment.public for comment in cage.ticket.comments)
    [issue] = cage.world.jira.state.issues.values()
    shown = cage.world.assembly.connectors["jira"].fetch([issue.key])[issue.key].raw
    assert shown is not None
    assert shown["labels"] == [TAG]
    assert not shown.get("assignee")


def test_a_side_that_is_down_is_named_with_its_reason(cage: Cage) -> None:
    assert cage.fly().state == "clean"
    _ = cage.world.sandbox.faults["salesforce"].always("fail_500")

    record = cage.fly()

    walk = last_walk(cage.world.store)
    assert walk is not None
    assert record.state == "failed"
    assert walk.failed is not None
    assert "salesforce" in walk.failed.name
    assert walk.good, "when it last came through is kept"


def test_a_side_that_changes_it_again_is_named(cage: Cage) -> None:
    """The hub's word is not enough: each side is looked at. Here an automation of Jira's is at work."""
    assert cage.fly().state == "clean"
    [issue] = cage.world.jira.state.issues.values()

    def carry() -> None:
        cage.sync()
        _ = cage.world.jira.person("set_fields", issue=issue.key, fields={"Summary": "Ours"})

    record = run_canary(cage.world.assembly, carry)

    walk = last_walk(cage.world.store)
    assert record.state == "failed"
    assert walk is not None
    lost = next(hop for hop in walk.hops if not hop.ok)
    assert "jira" in lost.name
    assert "shows another one now" in lost.why


def test_runs_that_do_not_run_are_named(cage: Cage) -> None:
    assert cage.fly().state == "clean"

    record = run_canary(cage.world.assembly)  # nobody syncs while it waits

    walk = last_walk(cage.world.store)
    assert record.state == "failed"
    assert walk is not None
    assert walk.failed is not None
    assert walk.failed.name == "zendesk -> hub"
    assert "no sync ran since" in walk.failed.why


def test_only_one_walk_goes_on_at_a_time(cage: Cage) -> None:
    """A walk that waits may outlast its schedule; the next is left out. One that was killed blocks nobody for long."""
    refused: list[str] = []

    def carry() -> None:
        cage.sync()
        if not refused:
            with pytest.raises(StoreInUse, match="walks already") as told:
                _ = run_canary(cage.world.assembly)
            refused.append(str(told.value))

    assert run_canary(cage.world.assembly, carry).state == "clean" and refused
    cage.world.store.save_outlook(WALKING, {"run": "killed"}, cage.world.store.now())
    cage.world.tick(300)
    assert cage.fly().state == "clean"


def test_a_side_that_is_down_while_the_canary_is_made_is_told(cage: Cage) -> None:
    """The first walk, and Zendesk is away: a walk that failed, with the reason; no traceback."""
    _ = cage.world.sandbox.faults["zendesk"].always("fail_500")
    record = cage.fly()
    assert record.state == "failed" and "zendesk" in str(record.summary["error"])


def test_a_ticket_that_somebody_solved_is_opened_again(cage: Cage) -> None:
    assert cage.fly().state == "clean"
    first = cage.ticket.id
    cage.world.zendesk.person("solve", ticket=first)
    cage.sync()

    assert cage.fly().state == "clean"

    walk = last_walk(cage.world.store)
    assert walk is not None
    assert walk.ticket == f"zendesk:{first}"


def test_a_ticket_that_somebody_deleted_is_replaced_and_the_issue_goes_on_with_the_next(cage: Cage) -> None:
    assert cage.fly().state == "clean"
    first = cage.ticket.id
    cage.world.zendesk.person("delete", ticket=first)
    for _ in range(3):
        cage.sync()

    record = cage.fly()

    assert record.state == "clean", record.summary
    walk = last_walk(cage.world.store)
    assert walk is not None
    assert walk.ticket != f"zendesk:{first}"
    assert len(cage.world.jira.state.issues) == 1


def test_without_a_requester_it_says_what_to_write(tmp_path: Path) -> None:
    world = World(tmp_path, canary={"on": True})
    try:
        record = run_canary(world.assembly)
        assert record.state == "failed"
        assert "[canary] requester is missing" in str(record.summary["error"])
        assert world.zendesk.state.tickets == {}
    finally:
        world.close()


def test_a_value_that_one_side_does_not_map_both_ways_is_refused(tmp_path: Path) -> None:
    world = World(tmp_path, canary={**OWN, "walks": "account.tier"})
    try:
        record = run_canary(world.assembly)
        assert "does not map `account.tier` in both directions" in str(record.summary["error"])
        assert world.zendesk.state.tickets == {}
    finally:
        world.close()


def test_a_refusal_is_told_in_the_system_s_own_words(tmp_path: Path) -> None:
    world = World(tmp_path, canary={**OWN, "project": "NONE"})
    cage = Cage(world)
    try:
        record = cage.fly()
        assert record.state == "failed"
        assert "Jira refused the canary's" in str(record.summary["error"])
        assert "[canary]" in str(record.summary["error"])
    finally:
        world.close()


def test_a_letter_goes_out_and_comes_in_and_is_gone(tmp_path: Path) -> None:
    world = World(tmp_path, mail=True, canary=OWN)
    cage = Cage(world)
    try:
        record = cage.fly()
        assert record.state == "clean", record.summary
        hops: Any = record.summary["hops"]
        assert "email: smtp -> mailbox -> hub" in hops
        assert [t for t in world.store.ticket_ids(100) if t.startswith("email:")] == []
        with world.store.reading() as connection:
            assert connection.execute(select(func.count(mails.c.id))).scalar_one() == 0
        inbox: Any = world.assembly.connectors["email"]
        assert inbox.inbox.look() is None
    finally:
        world.close()
