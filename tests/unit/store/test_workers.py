"""Several workers on one store: what each has claimed, who is dead, and whose reading counts."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from sqlalchemy import func, select

from hub.claiming import WAVE, Claim, feed_claim, replica_claim, ticket_claim
from hub.cluster import Replica
from hub.errors import StoreBroken, StoreInUse
from hub.model import JIRA, ZENDESK, RemoteId, TicketId
from hub.operations import Done
from hub.ports import Hint
from hub.records import Noted
from hub.store import SqlStore, inbox, open_store, stamps
from hub.store.lease import EXPIRES, RENEWS, SETTLES, WISHES
from tests.unit.store.conftest import POSTGRES
from tests.unit.store.samples import AT, RUN, Clock, decision, page, seen, update
from tests.unit.store.test_decisions import run_sql

pytestmark = [
    pytest.mark.parametrize("url", ["postgresql"], indirect=True),
    pytest.mark.skipif(
        POSTGRES not in os.environ, reason=f"WORKERS NOT TESTED: set {POSTGRES}; SQLite takes one at a time"
    ),
]
A, B = (Claim("ticket a"), Claim("ticket b"))


@pytest.fixture
def shared(url: str, clock: Clock) -> Iterator[tuple[SqlStore, SqlStore]]:
    """Two programs on one store that takes several workers."""
    one, two = open_store(url, now=clock, rights=clock), open_store(url, now=clock, rights=clock)
    yield one, two
    one.close()
    two.close()


def test_what_one_worker_has_no_other_gets_until_it_lets_go(shared: tuple[SqlStore, SqlStore]) -> None:
    one, two = shared
    with one.work("one"), two.work("two"):
        assert one.claims({A}) == {A}
        assert one.claims({A}) == {A}, "its own claim is its own"
        assert two.claims({A, B}) == {B}
        assert two.claimed_by_others({A, B}) == {A}
        one.release({A, B})
        assert two.claims({A}) == {A}
        assert one.claims({B}) == set(), "nobody lets go of what another has"
    with one.work("one"):
        assert one.claims({A, B}) == {A, B}, "claims end with the work"


def test_of_many_that_claim_at_once_each_claim_is_one_workers(url: str, clock: Clock) -> None:
    """In whatever order they name them; and no two wait for each other for ever."""
    names = [Claim(f"ticket {n}") for n in range(300)]
    got: list[set[Claim]] = []
    start, done = threading.Barrier(4), threading.Barrier(4)

    def work(number: int) -> None:
        store = open_store(url, now=clock, rights=clock)
        with store.work(f"worker {number}"):
            start.wait(20)
            mine: set[Claim] = set()
            for at in range(0, 300, 30):
                part = names[at : at + 30]
                mine |= store.claims(part if number % 2 else part[::-1])
            got.append(mine)
            done.wait(20)
        store.close()

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(name for mine in got for name in mine) == sorted(names)


def test_a_run_that_has_the_store_alone_and_workers_exclude_each_other(
    shared: tuple[SqlStore, SqlStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.store.lease.PATIENCE", 0.0)
    one, two = shared
    with one.lease("undo"), pytest.raises(StoreInUse, match="in use by undo"), two.work("worker"):
        pass
    with two.work("worker"), pytest.raises(StoreInUse, match="in use by worker"), one.lease("undo"):
        pass


def test_who_wants_the_store_alone_goes_before_new_workers(url: str, clock: Clock) -> None:
    """It waits for those at work; whoever would begin meanwhile is told to wait, so that it gets its turn."""
    one, two, three = (open_store(url, now=clock, rights=clock) for _ in range(3))
    told: list[str] = []
    with ExitStack() as at_work:
        at_work.enter_context(two.work("worker"))

        def sleep(_: float) -> None:
            with pytest.raises(StoreInUse, match="wanted by a run that works alone"), three.work("new"):
                pass
            told.append("waits")
            at_work.close()

        one._lease._sleep = sleep
        with one.lease("undo"):
            assert told == ["waits"]
    with three.work("new"):
        assert three.shared
    for store in (one, two, three):
        store.close()


def test_a_wish_that_nobody_renews_is_forgotten(
    shared: tuple[SqlStore, SqlStore], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.store.lease.PATIENCE", 0.0)
    one, two = shared
    with one.work("one"), pytest.raises(StoreInUse), two.lease("undo"):
        pass
    with pytest.raises(StoreInUse, match="wanted"), two.work("two"):
        pass
    clock.seconds += WISHES
    with two.work("two"):
        pass


def test_a_dead_workers_claims_are_free_and_its_writes_are_refused(
    shared: tuple[SqlStore, SqlStore], clock: Clock
) -> None:
    one, two = shared
    with one.work("one"):
        assert one.claims({A}) == {A}
        clock.seconds += EXPIRES + 1
        with two.work("two"):
            assert two.claims({A}) == {A}
            with pytest.raises(StoreInUse, match="took it over"):
                one.commit([decision("a")], [], RUN, AT)
            assert two.load([TicketId("a")]) == {}
            assert two.commit([decision("a")], [], RUN, AT) == [()]


@pytest.mark.parametrize("restarted", [False, True])
def test_what_a_killed_worker_claimed_is_free_once_its_requests_cannot_come_any_more(
    shared: tuple[SqlStore, SqlStore], clock: Clock, url: str, restarted: bool
) -> None:
    """
    That its process is gone says nothing of what it had asked of a system a moment ago.

    Nor does that the one after it bears its number, as in a container that is started again.
    """
    one, two = shared
    with one.work("one"):
        assert one.claims({A}) == {A}
        pid = os.getpid() if restarted else pid_of_nobody()
        run_sql(url, f"UPDATE workers SET pid = {pid}, process = 'an-earlier-one'")
        with two.work("two"):
            assert two.claims({A}) == set()
        clock.seconds += SETTLES - 1
        with two.work("two"):
            assert two.claims({A}) == set(), "it counts from when it was noticed"
        clock.seconds += 2
        with two.work("two"):
            assert two.claims({A}) == {A}


def pid_of_nobody() -> int:
    """Return the number of a process that has ended."""
    process = subprocess.Popen(["true"])
    _ = process.wait()
    return process.pid


def test_who_only_seemed_dead_goes_on_if_it_is_heard_of_in_time(
    shared: tuple[SqlStore, SqlStore], clock: Clock, url: str
) -> None:
    """Two containers that were given one host name do not see each other's processes."""
    one, two = shared
    with one.work("one"):
        assert one.claims({A}) == {A}
        run_sql(url, "UPDATE workers SET process = 'of-another-container'")
        for _ in range(4):
            with two.work("two"):
                assert two.claims({A}) == set()
            clock.seconds += SETTLES - 1
            one.stage_observations((), AT)


def test_who_was_taken_for_dead_finds_out_before_it_asks_anything(
    shared: tuple[SqlStore, SqlStore], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that was stopped for minutes, or its machine suspended, wakes in the midst of its writes."""
    monkeypatch.setattr("hub.store.lease.STILL", 0.0)
    one, two = shared
    one.still()  # who has no right needs none: what a person asks beside all runs
    with one.work("one"):
        one.still()
        clock.seconds += EXPIRES + 1
        with two.work("two"):
            with pytest.raises(StoreInUse, match="took it over"):
                one.still()
            two.still()


def test_two_threads_of_a_worker_renew_without_waiting_for_each_other_for_ever(
    shared: tuple[SqlStore, SqlStore], clock: Clock
) -> None:
    one, _ = shared
    with one.work("one"):
        for _ in range(3):
            clock.seconds += RENEWS
            start = threading.Barrier(2)
            failed: list[BaseException] = []

            def write(start: threading.Barrier = start, failed: list[BaseException] = failed) -> None:
                start.wait(20)
                try:
                    one.stage_observations((), AT)
                except StoreBroken as error:
                    failed.append(error)

            threads = [threading.Thread(target=write) for _ in range(2)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(30)
            assert not failed


def test_a_worker_that_writes_is_not_taken_for_dead(shared: tuple[SqlStore, SqlStore], clock: Clock) -> None:
    one, two = shared
    with one.work("one"):
        assert one.claims({A}) == {A}
        for _ in range(4):
            clock.seconds += EXPIRES - 10
            one.stage_observations((), AT)
        with two.work("two"):
            assert two.claims({A}) == set()


def test_the_databases_clock_says_who_is_dead(url: str, clock: Clock) -> None:
    """A machine whose own clock is wrong takes nobody for dead: it does not ask its own."""
    one, two = open_store(url, now=clock), open_store(url, now=lambda: "2031-01-01T00:00:00Z")
    with one.work("one"), two.work("years ahead"):
        assert one.claims({A}) == {A}
        assert two.claims({A}) == set()
        assert one.stage_observations((), AT) is None, "it lives"
    one.close()
    two.close()


# the inbox ------------------------------------------------------------------------------------------


def test_two_workers_take_different_parts_of_the_inbox(shared: tuple[SqlStore, SqlStore]) -> None:
    one, two = shared
    with one.work("one"), two.work("two"):
        one.stage(ZENDESK, page("c1", *(seen(str(n)) for n in range(10))), AT)
        mine = {staged.remote_id for staged in one.claim(6)}
        theirs = {staged.remote_id for staged in two.claim(6)}
        assert (len(mine), len(theirs)) == (6, 4)
        assert not mine & theirs
        assert {s.remote_id for s in two.waiting(10)} == theirs, "what it has itself it may look at again"


def test_workers_go_no_further_than_what_was_counted(shared: tuple[SqlStore, SqlStore]) -> None:
    one, two = shared
    with one.work("one"), two.work("two"):
        one.stage(ZENDESK, page("c1", seen("1"), seen("2")), AT)
        counted = one.last_row()
        one.admit(counted, [])
        one.stage(ZENDESK, page("c2", seen("3")), AT)
        assert two.admitted() == counted
        assert {s.remote_id for s in two.claim(10, 0, two.admitted())} == {"1", "2"}
        one.admit(0, [])
        assert two.admitted() == counted, "nothing that was let through is called back"


def test_nothing_that_was_not_counted_comes_below_what_was(url: str, clock: Clock) -> None:
    """A page that is stored slowly must not be let through by who counts what came after it."""
    one, two = open_store(url, now=clock), open_store(f"{url}%20-clock_timeout%3D100", now=clock)
    hint = Hint(JIRA, RemoteId("7"), "delivery")
    with one.work("one"):
        with one.fenced() as connection:
            inbox.put(connection, [seen("1")], AT)
            with pytest.raises(StoreBroken, match="lock"):
                _ = two.stage_hints([hint], AT)
        counted = one.last_row()
        assert two.stage_hints([hint], AT) == 1
        assert [s.remote_id for s in one.waiting(10, counted)] == ["7"]
    one.close()
    two.close()


def test_what_waits_is_at_hand_once_it_is_all_there_and_nobody_has_it(shared: tuple[SqlStore, SqlStore]) -> None:
    """A page of a feed is no wave: taken up one by one, a thousand changes would never be too much at once."""
    one, two = shared
    with one.work("one"):
        assert two.at_hand(0) == 0
        assert one.claims({feed_claim(JIRA)})
        one.stage(JIRA, page("c1", seen("1"), seen("2")), AT)
        assert two.at_hand(0) == 0, "it is still read"
        one.release({feed_claim(JIRA)})
        assert two.at_hand(0) == one.last_row()
        assert two.at_hand(one.last_row()) == 0, "it is asked for what came later"
        assert one.claims({WAVE})
        assert two.at_hand(0) == 0, "it is being counted"
        assert len(one.claim(10)) == 2
        one.release({WAVE})
        assert two.at_hand(0) == 0, "it is at work"
        one.stage(JIRA, page("c2", seen("3")), AT)
        assert two.at_hand(0) == one.last_row()


def test_what_was_let_through_is_at_hand_while_more_is_read_and_counted(shared: tuple[SqlStore, SqlStore]) -> None:
    one, two = shared
    with one.work("one"):
        one.stage(JIRA, page("c1", seen("1"), seen("2"), seen("3")), AT)
        counted = one.last_row()
        one.admit(counted, [])
        assert one.claims({feed_claim(JIRA), WAVE})
        assert two.at_hand(0) == counted
        one.stage(JIRA, page("c2", seen("3")), AT)
        assert two.at_hand(0) == counted
        assert len(one.claim(10, until=counted)) == 3
        assert two.at_hand(0) == 0


def test_who_loses_what_is_free_to_another_takes_the_next(
    shared: tuple[SqlStore, SqlStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    """That others were faster with one part is no reason to leave what remains."""
    one, two = shared
    free, taken = inbox.free, list[str]()

    def faster(*asked: Any) -> Any:
        found = free(*asked)
        if not taken:
            taken.append("at work")
            taken.extend(s.remote_id for s in two.claim(2))
        return found

    with one.work("one"), two.work("two"):
        one.stage(JIRA, page("c1", *(seen(str(n)) for n in range(4))), AT)
        monkeypatch.setattr(inbox, "free", faster)
        assert [s.remote_id for s in one.claim(2)] == ["2", "3"]
        assert taken == ["at work", "0", "1"]


def test_a_ticket_is_let_through_once(shared: tuple[SqlStore, SqlStore]) -> None:
    """What comes to it after its decision is counted anew."""
    one, two = shared
    with one.work("one"), two.work("two"):
        one.commit([decision("a", update("a"), dirty=True), decision("b", dirty=True)], [], RUN, AT)
        one.admit(0, [TicketId("a"), TicketId("b")])
        assert list(two.admitted_tickets(10)) == ["a", "b"]
        assert list(two.admitted_tickets(10, "a")) == ["b"]
        _ = two.load([TicketId("b")])
        two.settle([TicketId("b")])
        assert list(one.admitted_tickets(10)) == ["a"], "what is finished needs no one"
        two.commit([decision("a", dirty=True)], [], RUN, AT)
        assert list(one.admitted_tickets(10)) == []


def test_what_a_run_alone_decided_is_let_through_no_more(shared: tuple[SqlStore, SqlStore]) -> None:
    """Else what marks thousands of tickets later (new rules, a score) would pass the workers uncounted."""
    one, two = shared
    with one.work("one"):
        one.commit([decision("a", dirty=True)], [], RUN, AT)
        one.admit(0, [TicketId("a")])
    with one.lease("reconcile"):
        one.commit([decision("a", dirty=True)], [], RUN, AT)
    with two.work("two"):
        assert list(two.admitted_tickets(10)) == []


def test_one_counts_at_a_time(shared: tuple[SqlStore, SqlStore]) -> None:
    one, two = shared
    with one.work("one"), two.work("two"):
        assert one.claims({WAVE}) == {WAVE}
        assert two.claims({WAVE, ticket_claim(TicketId("x"))}) == {"ticket x"}


# readings -------------------------------------------------------------------------------------------


@pytest.fixture
def store(shared: tuple[SqlStore, SqlStore]) -> Iterator[SqlStore]:
    with shared[0].work("one"):
        yield shared[0]


def test_a_reading_from_before_a_write_is_outdated(store: SqlStore) -> None:
    """Another worker read the ticket, we wrote to it, and only then its reading was stored."""
    began = store.tick()
    [[asked]] = store.commit([decision("a", update("a"))], [], RUN, AT)
    system, written = asked.operation.system, asked.operation.remote_id
    store.note([Noted(asked.journal, TicketId("a"), Done(RemoteId(written)))], RUN, AT)
    store.stage(system, page("c1", seen(written, system=system), seen("8")), AT, began)
    first, other = store.claim(10)
    assert (first.remote_id, first.observations, len(first.outdated)) == (written, (), 1)
    assert (other.remote_id, other.outdated, len(other.observations)) == ("8", (), 1)
    store.stage(ZENDESK, page("c2", seen("9")), AT)
    assert [len(one.observations) for one in store.claim(10) if one.remote_id == "9"] == [1]


def test_a_reading_from_before_what_was_planned_on_is_outdated(store: SqlStore) -> None:
    """A page that was long on its way must not undo what a newer look showed."""
    replica = Replica(JIRA, RemoteId("7"))
    assert store.claims({replica_claim(replica)})
    began = store.tick()
    looked = store.tick()
    assert store.outdated({replica: looked}) == set()
    assert store.outdated({replica: began}) == {replica}
    store.stage(JIRA, page("c1", seen("7", system=JIRA)), AT, began)
    [staged] = store.claim(10)
    assert (staged.observations, len(staged.outdated)) == ((), 1)


def test_where_stamps_were_let_go_no_old_reading_counts(store: SqlStore, url: str) -> None:
    replica = Replica(JIRA, RemoteId("7"))
    _ = store.outdated({replica: store.tick()})
    run_sql(url, "UPDATE stamps SET tick = 5")
    with store.fenced() as connection:
        store._forget_stamps(connection)
    store.stage(JIRA, page("c1", seen("7", system=JIRA)), AT, 4)
    [staged] = store.claim(10)
    assert staged.outdated


def test_a_run_begins_while_another_stamps_what_is_old(store: SqlStore, url: str, clock: Clock) -> None:
    """They touch the same rows, each in an order of its own: neither waits for the other."""
    replicas = [Replica(JIRA, RemoteId(name)) for name in "78"]
    _ = store.outdated(dict.fromkeys(replicas, store.tick()))
    run_sql(url, "UPDATE stamps SET tick = 5")
    other = open_store(f"{url}%20-clock_timeout%3D100", now=clock)
    with store.fenced() as connection:
        stamps.stamp(connection, store.insert, {replicas[0]: 6})
        with other.fenced() as beside:
            stamps.forget(beside)
    with store.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(stamps.stamps)) == 1
    other.close()


def test_workers_are_named_to_who_wants_the_store(
    shared: tuple[SqlStore, SqlStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.store.lease.PATIENCE", 0.0)
    one, two = shared
    with one.work("sync run-1"), pytest.raises(StoreInUse) as caught, two.lease("undo"):
        pass
    assert f"sync run-1, process {os.getpid()}" in str(caught.value)
