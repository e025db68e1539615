"""Commit and note: whole or not at all, and nothing of what was decided gets lost between them."""

from __future__ import annotations

import msgspec
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from hub.errors import StoreBroken
from hub.model import JIRA, ZENDESK, RemoteId, TicketId
from hub.operations import Done, Operation, Outcome, Refused, Retryable, Stale, Unanswered
from hub.records import Conflict, JournalState, Loss, Noted, Parked
from hub.replica import Link
from hub.store import SqlStore
from tests.unit.store.samples import (
    AT,
    RUN,
    comment,
    create,
    decision,
    link,
    page,
    refused,
    say,
    seen,
    update,
)

T1 = TicketId("t1")


def run_sql(url: str, *statements: str) -> None:
    """Do something to the database behind the store's back."""
    engine = create_engine(
        make_url(url.replace("postgresql://", "postgresql+psycopg://")),
        isolation_level="AUTOCOMMIT",
    )
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def asked(store: SqlStore, *operations: Operation, links: tuple[Link, ...] = ()) -> list[int]:
    """Commit one ticket with these operations; return their journal rows."""
    (rows,) = store.commit([decision("t1", *operations, links=links, dirty=True)], [], RUN, AT)
    return [row.journal for row in rows]


def note(
    store: SqlStore,
    journal: int,
    outcome: Outcome,
    *,
    links: tuple[Link, ...] = (),
    parked: tuple[Parked, ...] = (),
) -> None:
    store.note([Noted(journal, T1, outcome, links, parked)], RUN, AT)


def test_commit_takes_tickets_and_removes_their_inbox_rows(store: SqlStore) -> None:
    store.stage(ZENDESK, page("c1", seen("1"), seen("2"), seen("1")), AT)
    one, _ = store.claim(10)
    store.commit([decision("t1", dirty=True)], one.rows, RUN, AT)
    assert [s.remote_id for s in store.claim(10)] == ["2"]
    assert store.dirty(10) == ["t1"]


def test_commit_returns_the_journal_rows_of_each_decision_in_order(store: SqlStore) -> None:
    given = [
        decision("t1", update("t1", "a"), update("t1", "b")),
        decision("t2"),
        decision("t3", update("t3", "c")),
    ]
    for run in ("run-1", "run-2"):
        rows = store.commit(given, [], run, AT)
        assert [[a.operation for a in part] for part in rows] == [list(d.operations) for d in given]
        numbers = [a.journal for part in rows for a in part]
        entries = list(store.journal(run))
        assert [(e.id, e.operation, e.state) for e in entries] == [
            (n, o, "asked") for n, o in zip(numbers, (o for d in given for o in d.operations), strict=True)
        ]


def test_commit_happens_whole_or_not_at_all(store: SqlStore, url: str) -> None:
    """The journal cannot be written, after tickets, comments and links were: none of it stays."""
    store.stage(ZENDESK, page("c1", seen("1")), AT)
    before = decision("t1", links=(link("t1", "100"),), comments=(comment("c1"),))
    store.commit([before], [], RUN, AT)
    after = decision(
        "t1",
        update("t1"),
        word="changed",
        links=(link("t1", "200"),),
        comments=(comment("c1", "edited"), comment("c2")),
        dirty=True,
    )
    after = msgspec.structs.replace(after, conflicts=(Conflict(T1, "subject", "a", {JIRA: "b"}),))
    rows = store.claim(1)[0].rows
    run_sql(url, "ALTER TABLE journal RENAME TO elsewhere")
    with pytest.raises(StoreBroken, match="missing"):
        store.commit([after, decision("t2")], rows, RUN, AT)
    run_sql(url, "ALTER TABLE elsewhere RENAME TO journal")
    held = store.load([T1, TicketId("t2")])
    assert list(held) == ["t1"]
    assert held[T1].ticket == before.ticket
    assert held[T1].links == before.links
    assert not held[T1].dirty
    assert store.inbox_size() == {ZENDESK: 1}
    assert store.conflicts() == []
    assert store.commit([after], rows, RUN, AT)[0][0].operation == update("t1")


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (Done(remote_id=RemoteId("100"), raw={"a": [1]}), "done"),
        (Stale("changed"), "stale"),
        (Retryable("busy", 3.5), "retryable"),
        (Unanswered("time-out"), "unanswered"),
        (Refused("no", "closed"), "refused"),
    ],
)
def test_note_closes_the_journal_row(store: SqlStore, outcome: Outcome, state: JournalState) -> None:
    first, second = asked(store, update("t1"), say("t1"))
    note(store, first, outcome)
    entries = {e.id: e for e in store.journal(RUN)}
    assert (entries[first].state, entries[first].outcome) == (state, outcome)
    assert (entries[second].state, entries[second].outcome) == ("asked", None)
    assert [e.id for e in store.journal(RUN, [state])] == [first]
    store.mark_undone([first])
    assert [e.id for e in store.journal(RUN, ["undone"])] == [first]


def test_the_journal_of_a_long_run_is_read_whole(store: SqlStore) -> None:
    store.commit([decision(f"t{n}", update(f"t{n}")) for n in range(1203)], [], RUN, AT)
    assert [e.ticket_id for e in store.journal(RUN)] == [f"t{n}" for n in range(1203)]


def test_a_created_replica_takes_the_place_of_the_awaited_one(store: SqlStore) -> None:
    waiting = link("t1", "?t1", state="awaited")
    (row,) = asked(store, create("t1"), links=(link("t1", "1", ZENDESK), waiting))
    assert store.awaited(10) == ["t1"]
    note(store, row, Done(remote_id=RemoteId("100")), links=(link("t1", "100"),))
    assert [one.remote_id for one in store.load([T1])[T1].links] == ["100", "1"]
    assert store.awaited(10) == []


def test_only_the_answered_creation_is_awaited_no_more(store: SqlStore) -> None:
    links = tuple(link("t1", key, state="awaited") for key in ("?a", "?b", "?c"))
    a, b, c = asked(store, *(create("t1", k) for k in "abc"), links=links)
    note(store, a, Refused("no"))
    note(store, b, Unanswered("time-out"))
    note(store, c, Done(remote_id=RemoteId("7")))  # does not say where: keep looking
    assert [one.remote_id for one in store.load([T1])[T1].links] == ["?b", "?c"]


def test_a_found_replica_takes_the_place_of_the_awaited_one(store: SqlStore) -> None:
    asked(store, create("t1"), links=(link("t1", "?t1", state="awaited"),))
    store.commit([decision("t1", links=(link("t1", "100"),))], [], "run-2", AT)
    assert [one.remote_id for one in store.load([T1])[T1].links] == ["100"]


def test_a_note_moves_the_links_of_every_ticket_that_shares_the_replica(store: SqlStore) -> None:
    (row,) = asked(store, update("t1"), links=(link("t1", "100"),))
    store.commit([decision("t2", links=(link("t2", "100"),))], [], RUN, AT)
    moved = tuple(msgspec.structs.replace(link(t, "100"), version="9") for t in ("t1", "t2"))
    note(store, row, Done(), links=moved)
    held = store.load([T1, TicketId("t2")])
    assert [one.version for h in held.values() for one in h.links] == ["9", "9"]


def test_a_new_refusal_replaces_the_old_one_in_its_slot(store: SqlStore) -> None:
    first, second = asked(store, update("t1"), update("t1"))
    note(store, first, Refused("no"), parked=(refused("t1"),))
    (before,) = store.parked()
    again = msgspec.structs.replace(refused("t1"), fingerprint="g")
    note(store, second, Refused("no"), parked=(again,))
    (after,) = store.parked()
    assert (after.id, after.fingerprint) == (before.id, "g")
    assert (after.run, after.at) == (RUN, AT)
    assert store.load([T1])[T1].parked == (after,)


def test_what_is_done_at_last_is_parked_no_more(store: SqlStore) -> None:
    slots = ("field:summary", "field:other", "comment:c1", "create")
    (row, *_) = asked(store, update("t1"), say("t1"))
    note(store, row, Refused("no"), parked=tuple(refused("t1", s) for s in slots))
    later, said = asked(store, update("t1"), say("t1"))
    note(store, later, Done())
    note(store, said, Done())
    assert {p.slot for p in store.parked()} == {"field:other", "create"}
    (made,) = asked(store, create("t1"))
    note(store, made, Done(), links=(link("t1", "100"),))
    assert {p.slot for p in store.parked()} == {"field:other"}


def test_a_field_refused_within_what_was_done_stays_parked(store: SqlStore) -> None:
    (row,) = asked(store, update("t1"))
    note(store, row, Done(refused={"summary": "no"}), parked=(refused("t1"),))
    assert [p.slot for p in store.parked()] == ["field:summary"]
    (row,) = asked(store, update("t1"))
    note(store, row, Done(refused={"summary": "no"}))
    assert [p.slot for p in store.parked()] == ["field:summary"]


def test_a_dropped_operation_is_hidden_from_people_but_not_from_the_plan(store: SqlStore) -> None:
    (row,) = asked(store, update("t1"))
    note(store, row, Refused("no"), parked=(refused("t1"),))
    store.settle([T1])
    store.set_parked([store.parked()[0].id], "dropped")
    assert store.parked() == []
    assert [p.state for p in store.load([T1])[T1].parked] == ["dropped"]
    assert store.dirty(10) == ["t1"]


def test_a_retry_asked_for_during_a_run_is_not_lost(store: SqlStore) -> None:
    """The run has planned already: neither its commit nor its settle may call the ticket calm."""
    (row,) = asked(store, update("t1"))
    note(store, row, Refused("no"), parked=(refused("t1"),))
    store.load([T1])
    store.set_parked([store.parked()[0].id], "retry")
    store.commit([decision("t1")], [], RUN, AT)
    store.settle([T1])
    assert store.dirty(10) == ["t1"]
    store.load([T1])  # the next run has seen the wish
    store.settle([T1])
    assert store.dirty(10) == []


def test_conflicts_are_kept_and_resolved(store: SqlStore) -> None:
    one = msgspec.structs.replace(
        decision("t1"),
        conflicts=tuple(Conflict(T1, r, ("a",), {JIRA: None, ZENDESK: 1}) for r in ("a", "b")),
    )
    store.commit([one], [], RUN, AT)
    first, second = store.conflicts()
    assert (first.register, first.kept, first.dropped) == ("a", ("a",), {JIRA: None, ZENDESK: 1})
    assert (first.run, first.at, first.resolved) == (RUN, AT, "")
    store.resolve_conflict(first.id, "kept")
    assert store.conflicts() == [second]
    assert [c.resolved for c in store.conflicts(only_open=False)] == ["kept", ""]
    with pytest.raises(LookupError, match="no conflict 99"):
        store.resolve_conflict(99, "kept")


def test_the_same_loss_is_told_once(store: SqlStore) -> None:
    loss = Loss(T1, JIRA, "subject", "cut", "300 to 255")
    given = msgspec.structs.replace(decision("t1", update("t1")), losses=(loss,))
    store.commit([given], [], RUN, AT)
    ((row,),) = store.commit([given], [], "run-2", AT)
    other = msgspec.structs.replace(loss, detail="301 to 255")
    store.note([Noted(row.journal, T1, Done(), losses=(loss, other))], "run-3", AT)
    assert [(x.detail, x.run) for x in store.losses(T1)] == [
        ("300 to 255", "run-3"),
        ("301 to 255", "run-3"),
    ]
    assert store.losses(TicketId("t2")) == []
    assert len(store.losses()) == 2


def test_a_link_of_a_ticket_that_is_not_held_is_refused_whole(store: SqlStore) -> None:
    with pytest.raises(StoreBroken):
        store.commit([decision("t1", links=(link("t9", "1"),))], [], RUN, AT)
    assert store.ticket_count() == 0
