"""Signs of life and counters: left by every run in the transaction of its end, read at a price that does not grow."""

from __future__ import annotations

from typing import Any

import pytest

from hub.model import JIRA, ZENDESK, RemoteId
from hub.ports import Hint
from hub.records import RunRecord
from hub.store import SqlStore


def run(number: int, state: Any, at: str, **summary: Any) -> RunRecord:
    return RunRecord(f"r{number}", "sync", at, at, state, {"seconds": 2.0, **summary})


def test_a_run_leaves_its_sign_of_life_when_it_begins(store: SqlStore) -> None:
    store.begin_run(RunRecord("r1", "sync", "2026-03-01T09:00:00Z"))

    beat = store.vitals().beats["sync"]

    assert (beat.state, beat.begun, beat.good) == ("running", "2026-03-01T09:00:00Z", "")


def test_failures_are_counted_until_a_run_ends_well(store: SqlStore) -> None:
    store.end_run(run(1, "clean", "2026-03-01T09:00:00Z"))
    store.end_run(run(2, "failed", "2026-03-01T09:02:00Z", error="jira: down"))
    store.end_run(run(3, "stopped", "2026-03-01T09:04:00Z", error="too much"))

    beat = store.vitals().beats["sync"]

    assert (beat.failures, beat.good, beat.error) == (2, "2026-03-01T09:00:00Z", "too much")

    store.end_run(run(4, "attention", "2026-03-01T09:06:00Z"))

    beat = store.vitals().beats["sync"]
    assert (beat.failures, beat.good, beat.error) == (0, "2026-03-01T09:06:00Z", "")


def test_what_runs_did_is_added_up_for_ever(store: SqlStore) -> None:
    for number in (1, 2):
        store.end_run(
            run(
                number, "clean", "2026-03-01T09:00:00Z", calls={"jira": 3, "zendesk": 0}, conflicts=2,
                waited={"zendesk incremental-exports": 25},
            )
        )  # fmt: skip

    found = store.vitals()

    assert found.number("calls", "jira") == 6
    assert found.number("calls", "zendesk") == 0
    assert found.number("conflicts") == 4
    assert found.number("runs", "sync", "clean") == 2
    assert found.number("run_seconds", "sync") == 4
    assert found.number("waited", "zendesk", "incremental-exports") == 50


def test_the_longest_silence_of_a_side_is_remembered_by_the_week(store: SqlStore) -> None:
    for number, (at, many) in enumerate([("09:00", 1), ("10:00", 0), ("12:00", 3), ("12:30", 1)]):
        store.end_run(
            run(number, "clean", f"2026-03-02T{at}:00Z", calls={"jira": 1}, observed={"jira": many})
        )

    assert store.vitals().number("quiet", "jira", "2026-10") == 3 * 3600


def test_polling_counts_what_webhooks_should_have_told(store: SqlStore) -> None:
    seen = {"calls": {"jira": 1}, "observed": {"jira": 2}}
    store.end_run(run(1, "clean", "2026-03-02T09:00:00Z", **seen))
    assert store.vitals().number("unheard", "jira") == 0, "this side never sent one"

    hint = Hint(JIRA, RemoteId("7"), "d1")
    assert store.stage_hints([hint], "2026-03-02T09:01:00Z") == 1
    store.end_run(run(2, "clean", "2026-03-02T09:02:00Z", **seen))
    store.end_run(run(3, "clean", "2026-03-02T09:04:00Z", **seen))
    assert store.vitals().number("unheard", "jira") == 4

    assert store.stage_hints([Hint(JIRA, RemoteId("7"), "d2")], "2026-03-02T09:05:00Z") == 1
    assert store.vitals().number("unheard", "jira") == 0


def test_a_process_that_goes_on_says_so(store: SqlStore) -> None:
    store.beat("serve")
    assert store.vitals().beats["serve"].state == "alive"

    store.beat("serve", "stopped")
    assert store.vitals().beats["serve"].state == "stopped"


def test_what_waits_is_counted_with_its_age(store: SqlStore) -> None:
    _ = store.stage_hints(
        [Hint(ZENDESK, RemoteId("1"), "a"), Hint(ZENDESK, RemoteId("2"), "b")], "2026-03-02T09:05:00Z"
    )

    waiting = store.vitals().inbox["zendesk"]

    assert (waiting.count, waiting.oldest) == (2, "2026-03-02T09:05:00Z")


def test_counters_are_added_to_by_whoever_asks(store: SqlStore) -> None:
    store.count({("answers", ("jira", "5xx")): 2.0})
    store.count({("answers", ("jira", "5xx")): 1.0, ("answers", ("jira", "2xx")): 1.0})

    assert store.vitals().number("answers", "jira", "5xx") == 3


@pytest.mark.parametrize("holder", ["", "hub sync r1"])
def test_who_holds_the_store_is_told(store: SqlStore, holder: str) -> None:
    if not holder:
        assert store.vitals().holder == ""
        return
    with store.lease(holder):
        assert store.vitals().holder == holder
    assert store.vitals().holder == ""
