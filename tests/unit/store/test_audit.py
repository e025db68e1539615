"""The audit trail: whatever is changed, removed or inserted behind the hub's back is named."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from sqlalchemy import select, text

from hub.audit import Act, Anchor, Seal, chained, committed
from hub.history.event import Event
from hub.model import TicketId
from hub.operations import Done
from hub.records import Conflict, Noted, RunRecord
from hub.score_records import Feedback
from hub.store import Keys, SqlStore, open_store
from hub.store.audit_tables import seals
from hub.store.score_tables import history
from hub.vitals_alarms import alarms
from hub.vitals_settings import WatchSettings
from tests.unit.store.samples import AT, RUN, Clock, decision, update
from tests.unit.store.test_decisions import run_sql

KEYS = Keys((), ("a key of at least sixteen characters",))


def live(store: SqlStore, n: int = 3) -> None:
    """Let a run happen: events, writes and their outcomes, a conflict, a verdict."""
    store.begin_run(RunRecord(RUN, "sync", AT))
    made = [
        replace(
            decision(f"zendesk:{i}", update(f"zendesk:{i}")),
            events=(Event(f"zendesk:{i}", AT, None, None, "zendesk", {"status": "open"}),),
            conflicts=(Conflict(TicketId(f"zendesk:{i}"), "priority", "high", {"jira": "low"}),) if i == 1 else (),
        )
        for i in range(1, n + 1)
    ]
    asked = store.commit(made, (), RUN, AT)
    store.note([Noted(a[0].journal, a[0].operation.ticket_id, Done()) for a in asked], RUN, AT)
    store.add_feedback([Feedback(TicketId("zendesk:1"), AT, "ann", "hub", "accepted")])
    store.end_run(RunRecord(RUN, "sync", AT, AT, "clean", {}))


@pytest.fixture
def sealed(url: str, clock: Clock) -> Iterator[SqlStore]:
    store = open_store(url, now=clock, keys=KEYS)
    live(store)
    yield store
    store.close()


def test_a_run_seals_what_happened_in_it(sealed: SqlStore) -> None:
    """After a run every event, write, outcome, verdict, act and run has a seal, and the chain is signed."""
    found = sealed.verify()
    assert found.intact and not found.unsealed
    assert found.rows == {"history": 3, "journal": 3, "outcome": 3, "feedback": 1, "act": 1, "run": 1}
    assert found.signed == found.anchors == 1


TAMPERING = {
    "an event is changed": ("UPDATE history SET body = replace(body, 'open', 'solved') WHERE id = 2", "changed", "history"),
    "an event is removed": ("DELETE FROM history WHERE id = 2", "removed", "history"),
    "a written value is changed": ("UPDATE journal SET operation = replace(operation, 'old', 'new') WHERE id = 1", "changed", "journal"),
    "an outcome is changed": ("UPDATE journal SET state = 'refused' WHERE id = 3", "changed", "outcome"),
    "a write is removed": ("DELETE FROM journal WHERE id = 1", "removed", "journal"),
    "who said it is changed": ("UPDATE feedback SET body = replace(body, 'ann', 'bob')", "changed", "feedback"),
    "an act is changed": ("UPDATE acts SET actor = 'nobody'", "changed", "act"),
    "a run is given another name": ("UPDATE runs SET id = 'run-2'", "removed", "run"),
    "a seal is changed": ("UPDATE seals SET digest = replace(digest, 'a', 'b') WHERE n = 2", "broken", None),
    "a seal is removed": ("DELETE FROM seals WHERE n = 4", "removed", None),
    "a salt is erased": ("UPDATE seals SET salt = '' WHERE n = 1", "changed", None),
    "the end of the chain is cut off": ("DELETE FROM seals WHERE n > 5", "broken", None),
    "an anchor is signed by another": ("UPDATE anchors SET mark = replace(mark, '1', '2')", "forged", None),
}


@pytest.mark.parametrize("what", TAMPERING)
def test_tampering_is_named(sealed: SqlStore, url: str, what: str) -> None:
    """Whoever writes to the database by hand is found out, and the first row that they touched is named."""
    sql, fault, source = TAMPERING[what]
    run_sql(url, sql)
    found = sealed.verify()
    assert not found.intact
    assert found.faults[0].what == fault
    assert source is None or found.faults[0].source == source


def test_who_has_the_database_but_not_the_key_cannot_seal_anew(sealed: SqlStore, url: str, clock: Clock) -> None:
    """Sealing a forged history from the beginning, by the hub's own software, shows without the hub's key."""
    run_sql(url, "UPDATE history SET body = replace(body, 'open', 'solved')", "DELETE FROM seals", "DELETE FROM anchors")
    forger = open_store(url, now=clock, keys=Keys((), ("some other key, just as long",)))
    forger.seal()
    forger.close()
    assert [f.what for f in sealed.verify().faults] == ["unsigned"], "no mark is ours"
    run_sql(url, "UPDATE anchors SET mark = '', key = ''")
    assert [f.what for f in sealed.verify().faults] == ["unsigned"], "taking the marks away makes it no better"
    kept = [Anchor(13, AT, "0" * 64)]
    assert any(f.what in ("forged", "truncated") for f in sealed.verify(kept).faults)


@pytest.mark.usefixtures("sealed")
def test_another_key_cannot_go_on_with_the_chain(url: str, clock: Clock) -> None:
    """An anchor by a key that is none of ours, behind one that is ours, is named; and so is since when ours are there."""
    forger = open_store(url, now=clock, keys=Keys((), ("some other key, just as long",)))
    forger.act(Act("x", AT))
    assert forger.seal() is None
    forger.close()
    store = open_store(url, now=clock, keys=KEYS)
    store.act(Act("y", AT))
    assert store.seal() is None
    found = store.verify(store.anchors(9))
    store.close()
    assert [f.what for f in found.faults] == ["forged"] and "none of our keys" in found.faults[0].said
    assert (found.signed, found.anchors) == (2, 3), "those that were kept elsewhere are not counted twice"
    assert found.signed_from is not None and found.signed_from.n == 12


def test_a_trail_that_was_cut_shows_by_an_anchor_that_was_kept(sealed: SqlStore, url: str) -> None:
    """Truncation to an earlier, consistent state is only seen from outside: an exported anchor sees it."""
    kept = sealed.anchors()
    live_again = Act("plan approved", AT, "ann")
    sealed.act(live_again)
    assert sealed.seal() is None
    late = sealed.anchors()
    n = kept[0].n
    run_sql(url, f"DELETE FROM seals WHERE n > {n}", f"DELETE FROM anchors WHERE n > {n}", "DELETE FROM acts WHERE id = 2")
    assert sealed.verify(kept).intact
    found = sealed.verify(late)
    assert [f.what for f in found.faults] == ["truncated"]


def test_a_row_put_among_old_ones_is_named(url: str, clock: Clock) -> None:
    """A row that nobody can have been waiting to seal was put there by hand."""
    store = open_store(url, now=clock)
    live(store, n=1)
    run_sql(url, "UPDATE history SET id = 9000", "UPDATE seals SET row = '9000' WHERE source = 'history'")
    run_sql(url, "INSERT INTO history (id, ticket_id, at, body) VALUES (7, 'zendesk:1', '2020-01-01T00:00:00Z', '{}')")
    assert "inserted" in [f.what for f in store.verify().faults]
    store.close()


def test_a_broken_end_is_not_built_upon(sealed: SqlStore, url: str, caplog: pytest.LogCaptureFixture) -> None:
    """A forged row at the end of the chain is not anchored by the next run; the run itself goes on."""
    run_sql(url, "INSERT INTO seals SELECT n + 100, source, row, at, salt, digest, 0, chain FROM seals WHERE n = 1")
    sealed.act(Act("x", AT))
    fault = sealed.seal()
    assert fault is not None and "ends at" in fault.said
    assert [one.key for one in alarms(sealed.vitals(), WatchSettings(late={"sync": 0}))] == ["audit"]
    sealed.end_run(RunRecord("run-9", "sync", AT, AT, "clean", {}))
    assert "hub audit verify" in caplog.text


def test_a_row_and_its_own_seal_cannot_be_made_anew(sealed: SqlStore, url: str) -> None:
    """Who knows how seals are made, and makes one anew for a row that they changed, breaks the one behind it."""
    run_sql(url, "UPDATE history SET body = replace(body, 'open', 'solved') WHERE id = 2")
    with sealed.reading() as connection:
        row = connection.execute(select(history).where(history.c.id == 2)).one()
        mine = select(seals).where(seals.c.source == "history", seals.c.row == "2")
        old = Seal(**connection.execute(mine).mappings().one())
        before = connection.execute(select(seals.c.chain).where(seals.c.n == old.n - 1)).scalar_one()
    forged = replace(old, digest=committed(old.salt, "history", [str(row.id), row.ticket_id, row.at, row.body]))
    run_sql(url, f"UPDATE seals SET digest = '{forged.digest}', chain = '{chained(before, forged)}' WHERE n = {old.n}")
    found = sealed.verify()
    assert [f.what for f in found.faults][:1] == ["broken"] and found.faults[0].n == old.n + 1


@pytest.mark.usefixtures("sealed")
def test_keys_can_be_rotated(url: str, clock: Clock) -> None:
    """With a new key before the old one, new anchors are signed by the new, and the old ones still hold."""
    both = open_store(url, now=clock, keys=Keys((), ("a new key, twenty characters", *KEYS.audit)))
    both.act(Act("x", AT))
    assert both.seal() is None
    found = both.verify()
    assert found.intact and found.signed == found.anchors == 2
    both.close()


def test_several_workers_seal_one_chain(url: str, clock: Clock) -> None:
    """Runs that end at the same moment seal one after the other: no gap, no number twice, nothing missed."""
    stores = [open_store(url, now=clock) for _ in range(3)]
    live(stores[0])

    def end(store: SqlStore) -> None:
        for _ in range(5):
            store.act(Act("x", AT))
            assert store.seal() is None

    threads = [threading.Thread(target=end, args=(s,)) for s in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = stores[0].verify()
    assert found.intact and not found.unsealed and found.rows["act"] == 16
    for store in stores:
        store.close()


def test_what_people_decide_is_kept_with_who_decided(store: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settling a conflict and undoing are acts, in the transaction of the deed, under the name of who did it."""
    monkeypatch.setenv("HUB_ACTOR", "ann@desk")
    live(store)
    store.resolve_conflict(1, "jira")
    store.mark_undone([1, 2])
    told = [(a.kind, a.actor, a.ticket_id) for a in store.acts()]
    assert ("conflict resolved", "ann@desk", "zendesk:1") in told
    assert [t for t in told if t[0] == "undone"] == [("undone", "ann@desk", "zendesk:1"), ("undone", "ann@desk", "zendesk:2")]
    assert store.seal() is None and store.verify().intact, "that a write was undone is no tampering"


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_no_single_byte_of_a_sealed_row_can_be_changed(data: st.DataObject) -> None:
    """Whichever sealed value is altered in whichever way, verification names that very row."""
    store = open_store(":memory:", now=Clock(), keys=KEYS)
    live(store)
    table, columns = data.draw(st.sampled_from([
        ("history", ("ticket_id", "at", "body")), ("journal", ("run", "system", "at", "operation")),
        ("feedback", ("at", "body")), ("acts", ("at", "kind", "actor", "subject", "body")),
    ]))
    column = data.draw(st.sampled_from(columns))
    with store.beside() as connection:
        number, old = connection.execute(text(f"SELECT id, {column} FROM {table} LIMIT 1")).one()
        new = data.draw(st.text(max_size=30).filter(lambda s: s != old and "\0" not in s))
        connection.execute(text("PRAGMA foreign_keys = OFF"))
        connection.execute(text("PRAGMA defer_foreign_keys = ON"))
        if column == "ticket_id":
            return
        connection.execute(text(f"UPDATE {table} SET {column} = :new WHERE id = :id"), {"new": new, "id": number})
    try:
        first = store.verify().faults[0]
    finally:
        store.close()
    assert first.what == "changed" and first.row == str(number)

