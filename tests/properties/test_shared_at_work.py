"""What hangs together is at work with one worker at a time, whoever took up which part of it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from flows.inline import run_sync
from hub.records import RunRecord
from sandbox.faults import Fate, Fault
from tests.postgres import POSTGRES, empty_schema
from tests.properties.sides import Jira, Zendesk
from tests.properties.test_several_workers import TwoWorkers
from tests.world import writes

pytestmark = pytest.mark.skipif(
    POSTGRES not in os.environ, reason=f"SEVERAL WORKERS NOT TESTED: set {POSTGRES}; SQLite takes one at a time"
)


def test_of_two_tickets_behind_one_issue_nobody_takes_one_while_the_other_is_at_work(tmp_path: Path) -> None:
    """Its news waits in the inbox, and the next run says it: once, on every side."""
    with empty_schema() as url:
        world = TwoWorkers(tmp_path, store={"url": url})
        people, engineers = Zendesk(world), Jira(world)
        one = people.create("Printer is on fire")
        _ = world.settle()
        [key] = engineers.keys()
        two = people.create("Ours, too", **{"Jira issue": key, "Needs engineering": False})
        _ = world.settle()
        assert engineers.keys() == [key]
        theirs: list[RunRecord] = []

        def meanwhile(*_: object) -> None:
            assert people.say(two, "Ours burns, too", public=False)
            theirs.append(run_sync(world.second))

        assert people.say(one, "It burns", public=False)
        world.sandbox.faults["jira"].follow([Fault(Fate.OK, before=meanwhile)], writes=True)
        assert writes(world.sync()) > 0
        assert [writes(run) for run in theirs] == [0]
        assert sum(world.store.inbox_size().values()) > 0
        _ = world.settle()
        for said in ("It burns", "Ours burns, too"):
            assert sum(said in text for text in engineers.texts(key)) == 1
        world.close()
