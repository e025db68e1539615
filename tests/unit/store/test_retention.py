"""What is kept no longer goes, what undo needs stays, and the trail still verifies."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import text

from hub.audit import Act
from hub.model import JIRA, TicketId
from hub.records import Conflict
from hub.store import SqlStore
from hub.store_settings import RetentionSettings
from tests.unit.store.samples import RUN, decision
from tests.unit.store.test_audit import live
from tests.unit.store.test_decisions import run_sql

OLD = "2024-01-01T00:00:00Z"


def count(store: SqlStore, table: str) -> int:
    with store.reading() as connection:
        return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


def age(store: SqlStore, *tables: str) -> None:
    """Let what is there be two years old, before it is sealed."""
    with store.beside() as connection:
        for table in tables:
            column = "started" if table == "runs" else "at"
            connection.execute(text(f"UPDATE {table} SET {column} = '{OLD}'"))


def aged(store: SqlStore, *tables: str) -> None:
    store.audit_keys = ()
    quiet, store.seal_quietly = store.seal_quietly, lambda: None  # type: ignore[method-assign]
    live(store)
    store.seal_quietly = quiet  # type: ignore[method-assign]
    age(store, *tables)
    assert store.seal() is None


def test_what_is_old_goes_and_the_trail_still_holds(store: SqlStore) -> None:
    """Journal, runs and acts that are older than their days go; their seals stay, and verification passes."""
    aged(store, "journal", "runs", "acts")
    store.resolve_conflict(1, "kept")
    assert store.seal() is None
    removed = store.prune(RetentionSettings(audit=400))
    assert removed["journal"] == 3 and removed["runs"] == 1 and removed["acts"] == 1
    assert store.seal() is None
    found = store.verify()
    assert found.intact, found.faults
    assert found.removed == 3 + 3 + 1 + 1
    assert count(store, "journal") == 0


def test_what_is_needed_stays(store: SqlStore) -> None:
    """What is young, what undo may need, and what belongs to an open conflict stays."""
    aged(store, "journal", "runs")
    assert store.due_for_removal(RetentionSettings(undo=5_000))["journal"] == 0
    removed = store.prune(RetentionSettings())
    assert removed["journal"] == 2, "ticket 1 has an open conflict"
    assert removed["runs"] == 0, "a run goes after the last of its writes"
    assert count(store, "history") == 3


@pytest.mark.parametrize("ended", ["", "2025-12-30T10:00:00Z"])
def test_conflicts_that_were_settled_long_ago_go(store: SqlStore, ended: str) -> None:
    """With the values that people may have written; counted from when they were settled, if that is known."""

    def conflict(register: str, **settled: Any) -> Conflict:
        return Conflict(TicketId("zendesk:1"), register, ("a",), {JIRA: "b"}, **settled)

    old = (conflict("a"), conflict("b", resolved="kept", ended=OLD), conflict("c", resolved="kept", ended=ended))
    told = conflict("d", resolved="kept", ended=OLD, due=True)
    store.commit([replace(decision("zendesk:1"), conflicts=(*old, told))], [], RUN, OLD)
    with store.beside() as connection:
        connection.execute(text("UPDATE conflicts SET due = :yes WHERE id = 4"), {"yes": True})

    removed = store.prune(RetentionSettings(conflicts=30, undo=7))
    left = [c.register for c in store.conflicts(only_open=False)]
    assert (removed["conflicts"], left) == ((1, ["a", "c", "d"]) if ended else (2, ["a", "d"]))
    assert store.prune(RetentionSettings(conflicts=0)).get("conflicts") is None


def test_a_conflict_that_was_open_for_years_is_kept_from_when_it_was_settled(store: SqlStore) -> None:
    conflict = Conflict(TicketId("zendesk:1"), "a", ("a",), {JIRA: "b"})
    store.commit([replace(decision("zendesk:1"), conflicts=(conflict,))], [], RUN, OLD)
    store.resolve_conflict(1, "kept")
    assert store.prune(RetentionSettings())["conflicts"] == 0


def test_history_is_kept_for_ever_unless_told_otherwise(store: SqlStore) -> None:
    """Nothing that happened to a ticket goes by default; with days, only that of tickets that are done."""
    aged(store, "history")
    assert "history" not in store.prune(RetentionSettings())
    assert store.prune(RetentionSettings(history=400))["history"] == 0
    with store.beside() as connection:
        connection.execute(text("UPDATE tickets SET done = :yes WHERE id = 'zendesk:2'"), {"yes": True})
    assert store.prune(RetentionSettings(history=400))["history"] == 1
    assert store.seal() is None and store.verify().intact


def test_a_removal_that_nobody_ordered_shows_even_beside_lawful_ones(store: SqlStore, url: str) -> None:
    """An act says which rows went; a row that went without one is named."""
    aged(store, "journal", "runs")
    _ = store.prune(RetentionSettings())
    assert store.seal() is None and store.verify().intact
    run_sql(url, "DELETE FROM journal")
    assert [f.what for f in store.verify().faults] == ["removed", "removed"]


def test_an_act_that_allows_a_removal_cannot_be_slipped_in(store: SqlStore, url: str) -> None:
    """Changing what a removal says that it took is a change of a sealed row."""
    aged(store, "journal", "runs")
    _ = store.prune(RetentionSettings())
    assert store.seal() is None
    _ = store.act(Act("x", OLD))
    run_sql(url, "UPDATE acts SET body = replace(body, '[[2,3]]', '[[1,3]]') WHERE kind = 'pruned'", "DELETE FROM journal")
    assert "act" in [f.source for f in store.verify().faults]


def test_rows_cannot_be_taken_under_a_false_act_of_removal(store: SqlStore, url: str) -> None:
    """With a key, an act that nobody but the database's owner wrote allows no removal; those of the hub do."""
    aged(store, "journal", "runs", "acts")
    assert store.prune(RetentionSettings(audit=400))["acts"] == 1, "before there was a key"
    store.audit_keys = ("a key of at least sixteen characters",)
    assert store.seal() is None and store.verify().intact
    store.resolve_conflict(1, "kept")
    assert store.seal() is None
    assert store.prune(RetentionSettings())["journal"] == 1
    assert store.seal() is None and store.verify().intact
    removed: dict[str, Any] = {"history": [[1, 1]]}
    _ = store.act(Act("pruned", OLD, "hub", subject="history", body={"removed": removed, "mark": "00"}))
    run_sql(url, "DELETE FROM history WHERE id = 1")
    assert [(f.what, f.source) for f in store.verify().faults] == [("removed", "history")]
    assert store.seal() is None
    assert [(f.what, f.source) for f in store.verify().faults] == [("removed", "history")], "nor is it once it is sealed"
