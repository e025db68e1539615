"""What workers did that nobody had counted: one sum for all of them; and what a count of the rest sees."""

from __future__ import annotations

import os
import threading

import pytest

from hub.model import JIRA
from hub.safety import Toll
from hub.store import SqlStore, open_store
from tests.unit.store.conftest import POSTGRES
from tests.unit.store.samples import AT, Clock, page, seen

pytestmark = [
    pytest.mark.parametrize("url", ["postgresql"], indirect=True),
    pytest.mark.skipif(
        POSTGRES not in os.environ, reason=f"WORKERS NOT TESTED: set {POSTGRES}; SQLite takes one at a time"
    ),
]


def test_what_does_not_fit_is_not_added(store: SqlStore) -> None:
    with store.work("one"):
        assert store.uncounted() == Toll()
        assert store.add_uncounted(Toll(touch=3, sides={JIRA: {"touch": 3}}), _at_most_five, AT)
        assert not store.add_uncounted(Toll(touch=3), _at_most_five, AT)
        assert store.add_uncounted(Toll(touch=2), _at_most_five, AT)
        assert store.uncounted() == Toll(touch=5, sides={JIRA: {"touch": 3}})
        store.forget_uncounted()
        assert store.uncounted() == Toll()


def test_of_many_that_add_at_once_the_sum_stays_within(url: str, clock: Clock) -> None:
    added: list[bool] = []
    together = threading.Barrier(4)

    def worker(number: int) -> None:
        store = open_store(url, now=clock, rights=clock)
        with store.work(f"worker {number}"):
            _ = together.wait(30)
            added.extend(store.add_uncounted(Toll(touch=1), _at_most_five, AT) for _ in range(5))
        store.close()

    threads = [threading.Thread(target=worker, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (added.count(True), added.count(False)) == (5, 15)


def test_a_count_sees_all_for_which_anything_came_since(store: SqlStore) -> None:
    """Oldest news first; what waits longer comes with it; page by page, nothing twice."""
    with store.work("one"):
        store.stage(JIRA, page("1", seen("1"), seen("2"), seen("3")), AT)
        before = store.last_row()
        store.stage(JIRA, page("2", seen("3"), seen("4"), seen("1"), seen("3")), AT)
        found = store.waiting(10, before, since=before)
        assert {one.remote_id: len(one.rows) for one in found} == {"3": 3, "4": 1, "1": 2}
        oldest = store.waiting(2, before, since=before)
        assert {one.remote_id for one in oldest} == {"3", "4"}
        after = max(min(row for row in one.rows if row > before) for one in oldest)
        assert [one.remote_id for one in store.waiting(2, after, since=before)] == ["1"]
        assert {one.remote_id for one in store.claim(10, since=before)} == {"3", "4", "1"}


def _at_most_five(total: Toll) -> bool:
    return total.touch <= 5
