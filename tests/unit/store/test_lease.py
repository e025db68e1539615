"""One run at a time, and no writes from a run that was taken for dead."""

from __future__ import annotations

import os
import threading
from contextlib import ExitStack

import pytest

from hub.claiming import Claim
from hub.errors import StoreBroken, StoreInUse
from hub.model import SALESFORCE, ZENDESK
from hub.ports import Store
from hub.records import RunRecord
from hub.replica import Cursor
from hub.store import SqlStore, open_store
from tests.unit.store.samples import AT, RUN, Clock, account, decision, page, seen
from tests.unit.store.test_decisions import run_sql


def test_a_second_run_is_told_who_holds_the_store(store: SqlStore, url: str, clock: Clock) -> None:
    other = open_store(url, now=clock, rights=clock)
    with store.lease("sync run-1"), pytest.raises(StoreInUse) as caught, other.lease("sync run-2"):
        pass
    told = str(caught.value)
    assert "sync run-1" in told
    assert f"process {os.getpid()} on {os.uname().nodename}, since {clock()}" in told
    with other.lease("sync run-2"):
        pass
    other.close()


def test_a_lease_is_free_again_when_its_run_fails(store: SqlStore) -> None:
    with pytest.raises(RuntimeError), store.lease("one"):
        raise RuntimeError
    with store.lease("two"):
        pass


def test_of_many_that_want_it_at_once_exactly_one_gets_it(url: str, clock: Clock) -> None:
    stores = [open_store(url, now=clock, rights=clock) for _ in range(6)]
    start, done = threading.Barrier(6), threading.Barrier(6)
    won: list[int] = []
    lost: list[int] = []

    def want(number: int) -> None:
        start.wait(20)
        with ExitStack() as held:
            try:
                held.enter_context(stores[number].lease(f"run {number}"))
                won.append(number)
            except StoreInUse:
                lost.append(number)
            done.wait(20)

    threads = [threading.Thread(target=want, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    for one in stores:
        one.close()
    assert (len(won), len(lost)) == (1, 5)


def test_a_silent_holder_is_taken_over_after_two_minutes_and_cannot_write(
    store: SqlStore, url: str, clock: Clock
) -> None:
    zombie = store
    other = open_store(url, now=clock, rights=clock)
    with zombie.lease("slow"):
        zombie.stage(ZENDESK, page("c1", seen("1")), AT)
        clock.minutes = 2
        with pytest.raises(StoreInUse), other.lease("eager"):
            pass
        clock.seconds = 1
        with other.lease("eager"):
            for write in (
                lambda: zombie.stage(ZENDESK, page("c2"), AT),
                lambda: zombie.commit([decision("t1")], [], RUN, AT),
                lambda: zombie.note([], RUN, AT),
                lambda: zombie.settle([]),
                lambda: zombie.take_accounts(SALESFORCE, [account("A")], [], [], Cursor("a2"), AT),
                lambda: zombie.settle_accounts({}),
            ):
                with pytest.raises(StoreInUse, match="took it over"):
                    write()
            assert zombie.cursors() == {ZENDESK: "c1"}
            assert zombie.ticket_count() == 0
            assert zombie.account_cursor(SALESFORCE) is None
    other.close()


def test_the_end_of_a_zombie_leaves_its_successor_alone(store: SqlStore, url: str, clock: Clock) -> None:
    successor, third = open_store(url, now=clock, rights=clock), open_store(url, now=clock, rights=clock)
    with ExitStack() as late:
        with store.lease("zombie"):
            clock.minutes = 3
            late.enter_context(successor.lease("successor"))
        with pytest.raises(StoreInUse, match="successor"), third.lease("third"):
            pass
    successor.close()
    third.close()


def test_work_renews_the_lease(store: SqlStore, url: str, clock: Clock) -> None:
    other = open_store(url, now=clock, rights=clock)
    with store.lease("busy"):
        for minute in range(1, 10):
            clock.minutes = minute
            store.note([], RUN, AT)
        with pytest.raises(StoreInUse, match="busy"), other.lease("other"):
            pass
    other.close()


def test_a_predecessor_with_our_own_number_is_dead(store: SqlStore, url: str) -> None:
    """In a container the hub has the same process number and host name every time."""
    with store.lease("predecessor"):
        run_sql(url, "UPDATE leases SET process = 'of an earlier start'")
        other = open_store(url)
        with other.lease("successor"):
            pass
        other.close()


@pytest.mark.parametrize("right", ["lease", "work"])
def test_what_could_not_be_let_go_is_free_to_the_process_that_had_it(
    store: SqlStore, url: str, right: str
) -> None:
    """The database died before the run did: the next run of the same process does not wait two minutes for it."""
    feed = Claim("feed jira")
    tables = ("leases", "workers")

    def dies_with_its_database() -> None:
        with getattr(store, right)("its end is never told"):
            assert store.claims({feed}) == {feed}
            for table in tables:
                run_sql(url, f"ALTER TABLE {table} RENAME TO {table}_away")

    with pytest.raises(StoreBroken):
        dies_with_its_database()
    for table in tables:
        run_sql(url, f"ALTER TABLE {table}_away RENAME TO {table}")
    with getattr(store, right)("the next one"):
        assert store.claims({feed}) == {feed}


def test_another_host_is_believed_until_it_is_silent(store: SqlStore, url: str) -> None:
    with store.lease("far away"):
        run_sql(url, "UPDATE leases SET host = 'elsewhere', process = 'theirs', pid = 1")
        with pytest.raises(StoreInUse, match="process 1 on elsewhere"), store.lease("here"):
            pass


def test_it_is_the_store_of_the_port(store: SqlStore) -> None:
    port: Store = store  # the type checker holds the two to each other
    assert port.runs() == []


def test_runs_are_told_newest_first(store: SqlStore) -> None:
    for n in range(3):
        store.begin_run(RunRecord(f"run-{n}", "sync", f"2026-01-01T00:00:0{n}Z"))
    ended = RunRecord(
        "run-1", "sync", "2026-01-01T00:00:01Z", AT, "clean", {"observed": 3, "calls": {"a": 1}}
    )
    store.end_run(ended)
    assert [r.id for r in store.runs(2)] == ["run-2", "run-1"]
    assert store.run("run-1") == ended
    assert store.run("run-9") is None


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_on_sqlite_a_worker_is_alone(url: str, clock: Clock) -> None:
    one, two = open_store(url, now=clock, rights=clock), open_store(url, now=clock, rights=clock)
    with one.work("one"):
        assert not one.shared
        assert one.claims({Claim("ticket a")}) == {"ticket a"}
        with pytest.raises(StoreInUse), two.work("two"):
            pass
    one.close()
    two.close()
