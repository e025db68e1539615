"""`hub rescore`, `hub learn`, `hub feedback` on real connectors: quiet, robust, and shown on every side."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from flows.learning import run_learn
from flows.outlooks import OUTLOOK, SURROUNDINGS, outlook_of, surroundings_of
from flows.past import PAST
from flows.rescoring import run_rescore
from flows.rollups import account_registers, rollups_of
from flows.verdicts import deny_signal, give_verdict, said_so_far
from hub.errors import Misconfigured, StoreInUse
from hub.records import RunRecord
from hub.risk.outlook import COLD
from tests.properties.sides import HANDED_OVER
from tests.world import World, writes

ANGRY = "This is unacceptable. If it is not fixed today we will switch to a competitor. Production is down!"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A few tickets that are in step, read by the lexicon alone."""
    made = World(tmp_path, scoring={"encoder": False}, alerts={"hours": "always"})
    for n in range(3):
        _ = made.zendesk.person("create", subject=f"Export {n} fails", body="It fails.", **HANDED_OVER)
    _ = made.zendesk.person("create", subject="Invoice", body=ANGRY)
    made.settle()
    yield made
    made.close()


def rescored(world: World) -> RunRecord:
    return run_rescore(world.assembly, send=taken)


def taken(url: SecretStr, title: str, body: str) -> bool:
    del url, title, body
    return True


def changes(world: World) -> dict[str, int]:
    """How often each side was asked to change something."""
    connectors = world.assembly.connectors.values()
    calls = {name: n for c in connectors for name, n in c.calls().items()}
    return {name: n for name, n in calls.items() if not name.startswith("GET ")}


class TestRescore:
    def test_what_it_marks_the_next_sync_writes_and_then_all_is_quiet(self, world: World) -> None:
        first = rescored(world)
        assert first.state == "clean", first.summary
        assert first.summary["tickets"] == 4
        world.settle()
        assert rescored(world).summary["marked"] == 0
        world.tick(3 * 86_400)
        moved = rescored(world)
        assert int(str(moved.summary["marked"])) > 0, "three days of waiting move a score"
        assert writes(world.sync()) > 0

    def test_a_second_rescore_in_the_same_minute_marks_nothing(self, world: World) -> None:
        world.tick(3 * 86_400)
        first, second = rescored(world), rescored(world)
        assert int(str(first.summary["marked"])) > 0
        assert second.summary["marked"] == 0
        world.settle()
        assert rescored(world).summary["marked"] == 0

    def test_it_writes_to_no_side(self, world: World) -> None:
        before = changes(world)
        world.tick(3 * 86_400)
        assert int(str(rescored(world).summary["marked"])) > 0
        assert changes(world) == before

    def test_it_is_a_run_under_the_lease_like_others(self, world: World) -> None:
        with world.store.lease("hub sync"), pytest.raises(StoreInUse):
            _ = rescored(world)
        done = rescored(world)
        assert world.store.run(done.id) == done
        assert done.kind == "rescore"

    def test_marks_no_more_than_half_of_what_one_run_may_change(self, world: World, tmp_path: Path) -> None:
        policy = tmp_path / "mappings" / "policy.yaml"
        text = policy.read_text(encoding="utf-8")
        _ = policy.write_text(text.replace("touch: 20000", "touch: 4"), encoding="utf-8")
        world.reborn()
        world.tick(5 * 86_400)
        done = rescored(world)
        assert (done.summary["marked"], done.state) == (2, "attention")
        assert done.summary["left"]

    def test_it_sums_up_accounts_areas_and_queues(self, world: World) -> None:
        _ = rescored(world)
        found = rollups_of(world.store)
        assert found is not None
        assert sum(stand.open for stand in found.queues) == 4 or found.queues == ()
        assert all(0 <= one.health <= 100 for one in found.accounts)
        assert all(
            set(told) == {"support.health", "support.attention"}
            for told in account_registers(world.store).values()
        )

    @pytest.mark.parametrize("body", [{"version": 3}, [], "x", {"version": "v", "model": "no model"}, None])
    def test_a_damaged_snapshot_is_told_and_stops_nothing(
        self, world: World, body: Any, caplog: pytest.LogCaptureFixture
    ) -> None:
        for name in (OUTLOOK, SURROUNDINGS, PAST):
            world.store.save_outlook(name, body, world.iso())
        with caplog.at_level(logging.WARNING):
            assert outlook_of(world.store) == COLD
            _ = surroundings_of(world.store)
        assert "cannot be used" in caplog.text
        assert world.sync().state == "clean"
        assert rescored(world).state == "clean"


class TestFeedback:
    def test_a_verdict_is_shown_on_every_side_and_kept_with_what_was_shown(self, world: World) -> None:
        ticket = world.store.open_tickets(1)[0]
        told = give_verdict(world.assembly, ticket, "dismiss", reason="They always write so")
        assert told == f"{ticket} is dismissed: nobody is warned of it until something new happens."
        held = world.store.load([ticket])[ticket]
        assert held.ticket.get("feedback.dismissed") is True
        assert not held.ticket.get("feedback.accepted")
        [said] = said_so_far(world.store, ticket)
        assert (said["verdict"], said["reason"], said["side"]) == ("dismissed", "They always write so", "hub")
        assert said["score"] == held.score.priority
        assert not world.store.dirty(10)
        world.settle()
        assert len(said_so_far(world.store)) == 1, "its own echo is no verdict"

    def test_the_last_word_stands_and_can_be_taken_back(self, world: World) -> None:
        ticket = world.store.open_tickets(1)[0]
        for verb in ("accept", "dismiss", "clear"):
            world.tick()
            _ = give_verdict(world.assembly, ticket, verb)
        held = world.store.load([ticket])[ticket].ticket
        assert not held.get("feedback.accepted")
        assert not held.get("feedback.dismissed")
        assert [s["verdict"] for s in said_so_far(world.store)][-1] == "cleared"

    def test_a_snooze_says_until_when(self, world: World) -> None:
        ticket = world.store.open_tickets(1)[0]
        _ = give_verdict(world.assembly, ticket, "snooze", until="2w")
        until = world.store.load([ticket])[ticket].ticket.get("feedback.snoozed_until")
        assert until == "2025-10-23"
        for wrong in ("tomorrow", "2020-01-01", "2099-01-01"):
            with pytest.raises(Misconfigured, match="--until"):
                _ = give_verdict(world.assembly, ticket, "snooze", until=wrong)

    def test_a_wrong_signal_counts_no_more(self, world: World) -> None:
        [ticket] = [
            t
            for t in world.store.open_tickets(9)
            if "Invoice" in str(world.store.load([t])[t].ticket.get("subject"))
        ]
        heard = world.store.load([ticket])[ticket].ticket.get("support.signals")
        assert "churn" in heard
        _ = deny_signal(world.assembly, ticket, "churn")
        assert "churn" not in (world.store.load([ticket])[ticket].ticket.get("support.signals") or ())
        _ = deny_signal(world.assembly, ticket, "churn", right=True)
        assert world.store.load([ticket])[ticket].ticket.get("support.signals") == heard
        assert [(s["verdict"], s["subject"]) for s in said_so_far(world.store)] == [
            ("corrected", "signal.churn"), ("restored", "signal.churn"),
        ]  # fmt: skip
        with pytest.raises(Misconfigured, match="did you mean `churn`"):
            _ = deny_signal(world.assembly, ticket, "chrun")

    def test_a_name_that_is_nobodys_or_several_is_refused(self, world: World) -> None:
        with pytest.raises(Misconfigured, match="No ticket is called"):
            _ = give_verdict(world.assembly, "zendesk:999", "accept")


class TestLearn:
    def test_with_too_few_outcomes_it_says_what_is_missing_and_the_rule_goes_on(self, world: World) -> None:
        done = run_learn(world.assembly)
        assert done.state == "clean"
        assert "more known outcomes" in str(done.summary["missing"])
        assert done.summary["model"] == ""
        assert outlook_of(world.store).version == ""

    def test_a_dry_run_writes_nothing(self, world: World) -> None:
        before = [run.id for run in world.store.runs(50)]
        _ = run_learn(world.assembly, dry_run=True)
        assert [run.id for run in world.store.runs(50)] == before
