"""
The promises with two workers on one store: whatever one is doing, the other may do a whole run meanwhile.

Not by chance: at chosen requests of the first worker, before or after their effect, the second one runs,
and may itself die on the way. What no interleaving of requests can break, no timing can.
"""

from __future__ import annotations

import os
from contextlib import ExitStack, suppress
from functools import partial
from typing import Any, ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import rule

from flows.inline import run_sync
from flows.wiring import Assembly
from hub.errors import StoreInUse
from sandbox.faults import Crash, Fate, Fault
from tests.postgres import POSTGRES, empty_schema
from tests.properties.fates import fault_of
from tests.properties.test_promises import Promises
from tests.world import World

pytestmark = pytest.mark.skipif(
    POSTGRES not in os.environ, reason=f"SEVERAL WORKERS NOT TESTED: set {POSTGRES}; SQLite takes one at a time"
)
WORKER_FATES = ("worker before", "worker after")


class TwoWorkers(World):
    """A second hub, on the same store, in the same world."""

    second: Assembly

    def _enter(self) -> Assembly:
        first = super()._enter()
        self._first, self.second = self._open, super()._enter()
        self._other, self._open = self._open, self._first
        return first

    def _shut(self) -> None:
        if self._open is not None:
            self._other.__exit__(None, None, None)
        super()._shut()


class SeveralWorkers(Promises):
    """Two workers; at writes and at reads of the one, the other does a run of its own."""

    fates: ClassVar[tuple[str, ...]] = (
        "ok", "fail", "lost", "crash before", "crash after", "edit before", *WORKER_FATES, *WORKER_FATES,
    )  # fmt: skip
    tickets = 2

    def made(self) -> World:
        self.stack = ExitStack()
        self.nested = False
        return TwoWorkers(self.folder, store={"url": self.stack.enter_context(empty_schema())})

    def teardown(self) -> None:
        try:
            super().teardown()
        finally:
            self.stack.close()

    def other(self, *_: Any) -> None:
        """The other worker runs, once at a time, and may die: its claims end, what it did not note is open."""
        world: Any = self.world
        if self.nested:
            return
        self.nested = True
        try:
            with suppress(StoreInUse, Crash):
                _ = run_sync(world.second)
        finally:
            self.nested = False

    def fault(self, vendor: str, fate: str) -> Fault:
        match fate:
            case "worker before":
                return Fault(Fate.OK, before=self.other)
            case "worker after":
                return Fault(Fate.OK, after=self.other)
            case _:
                return fault_of(fate, partial(self.meanwhile, vendor))

    @rule(data=st.data())
    def the_hub_runs(self, data: st.DataObject) -> None:
        for vendor in ("zendesk", "jira"):
            drawn = data.draw(st.lists(st.sampled_from(self.fates), max_size=5), label=vendor)
            self.world.sandbox.faults[vendor].follow([self.fault(vendor, f) for f in drawn], writes=True)
        self.go()

    @rule(data=st.data())
    def the_hub_runs_while_another_reads(self, data: st.DataObject) -> None:
        for vendor in ("zendesk", "jira"):
            drawn = data.draw(st.lists(st.sampled_from(("ok", *WORKER_FATES)), max_size=4), label=vendor)
            self.world.sandbox.faults[vendor].follow([self.fault(vendor, f) for f in drawn])
        self.go()

    def go(self) -> None:
        try:
            _ = self.world.sync()
        except Crash:
            self.world.reborn()
        self.calm_down()


class SeveralImpatient(SeveralWorkers):
    """And faster than Zendesk's export shows what happened."""

    tickets = 1

    def made(self) -> World:
        world = super().made()
        world.zendesk.settings["export_delay"] = 60
        world.pause = 17.0
        return world


TestSeveralWorkers = SeveralWorkers.TestCase
TestSeveralImpatient = SeveralImpatient.TestCase
for _case in (TestSeveralWorkers, TestSeveralImpatient):
    _case.settings = settings(max_examples=4, stateful_step_count=8)
del _case
